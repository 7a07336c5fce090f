/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is remembered of names: pc_names (the class, and what a label was allowed) and pc_dirs (the
 * states behind a directory).
 *
 * The place of a dentry mixes its address, its parent, d_seq, hash and inode: while that is what it
 * was, the dentry has its last component and its directory. The count of directories moved says the
 * same of all above, and the generation and the version of the mount table of all else a class
 * depends on. So an entry proves itself by a few loads however deep the name is, and nothing has to
 * be invalidated.
 */
#ifndef CACHE_BPF_H
#define CACHE_BPF_H

#include "run.bpf.h"

#define MIX_A 0x9e3779b97f4a7c15ull
#define MIX_B 0xff51afd7ed558ccdull

static __always_inline __u64 mix(__u64 h, __u64 x)
{
	h = (h ^ x) * MIX_A;
	return h ^ (h >> 29);
}

/* A difference of addresses is all the verifier lets us mix. */
static __always_inline __u64 distance(void *a, void *b)
{
	__u64 between = (__u64)((long)a - (long)b);

	barrier_var(between); /* or what is added to it is added to an address first */
	return between;
}

/* d_seq changes with every rename; the hash tells a dentry from a later one at its address. */
static __always_inline __u64 name_word(struct dentry *dentry)
{
	return (__u64)dentry->d_seq.seqcount.sequence << 32 | dentry->d_name.hash;
}

static __always_inline __u64 place_of(struct dentry *dentry, struct super_block *sb, __u64 inode)
{
	__u64 h = distance(dentry, sb) * MIX_B + distance(dentry, dentry->d_parent);

	return mix(mix(h, name_word(dentry)), inode);
}

/* Its number and generation: a later inode of the same number is another one. */
static __always_inline __u64 inode_id(struct inode *inode)
{
	return inode->i_ino ^ (__u64)inode->i_generation << 32;
}

static __always_inline __u64 inode_of(struct dentry *dentry)
{
	struct inode *inode = dentry->d_inode;

	return inode ? inode_id(inode) : 0;
}

/* Mixed before the last is added: small numbers must not make up for each other. */
static __always_inline __u64 epoch_of(__u64 generation, __u64 roots, __u64 begun, dev_t dev)
{
	return mix(mix(generation << 32 ^ roots, MIX_B), (__u64)dev << 32 ^ begun);
}

static __always_inline __u64 proof_of(__u64 place, __u64 epoch, const __u32 *number)
{
	__u64 h = mix(place, epoch);

	h = mix(h, (__u64)number[0] << 32 | number[1]);
	return mix(h, (__u64)number[2] << 32 | number[3]);
}

static __always_inline __u32 slot_of(struct dentry *dentry, struct super_block *sb, __u32 shift)
{
	return distance(dentry, sb) * MIX_B >> (64 - shift);
}

static __always_inline struct pc_cached_name *name_slot(struct dentry *dentry,
							struct super_block *sb)
{
	__u32 zero = 0;
	struct pc_names *names = bpf_map_lookup_elem(&pc_names, &zero);

	return names ? &names->of[slot_of(dentry, sb, PC_NAMES_SHIFT)] : NULL;
}

static __always_inline struct pc_cached_dir *dir_slot(struct dentry *dentry, struct super_block *sb)
{
	__u32 zero = 0;
	struct pc_dirs *dirs = bpf_map_lookup_elem(&pc_dirs, &zero);

	return dirs ? &dirs->of[slot_of(dentry, sb, PC_DIRS_SHIFT)] : NULL;
}

/* One reading of an entry, which another may be writing. */
static __always_inline struct pc_cached entry_take(struct pc_cached *slot)
{
	struct pc_cached copy = {.proof = *(volatile __u64 *)&slot->proof};

#pragma clang loop unroll(full)
	for (int a = 0; a < PC_AUTOMATA; a++)
		copy.number[a] = *(volatile __u32 *)&slot->number[a];
	return copy;
}

/* Hooks that have just come do not know of renames that were under way: a while passes first. */
static __always_inline bool caches_on(struct pc_control *control)
{
	__u64 from = *(volatile __u64 *)&control->cache_from;

	if (control->flags & PC_CONTROL_NO_CACHE)
		return false;
	if (!from)
		return true;
	if (bpf_ktime_get_boot_ns() < from)
		return false;
	__sync_val_compare_and_swap(&control->cache_from, from, 0);
	return true;
}

/* begun was read: may what is read now be put together, and kept? */
static __always_inline bool nothing_moves(struct pc_control *control, struct pc_moves *moves,
					  __u64 roots)
{
	return !*(volatile __u64 *)&moves->open && !(roots & 1) && caches_on(control);
}

/* Takes the count of directories moved, before anything of a name is read: see struct pc_moves. */
static __always_inline void epoch_take(struct pc_ctx *c, struct dentry *dentry)
{
	struct pc_control *control = control_get();
	dev_t dev = dentry->d_sb->s_dev;
	struct pc_moves *moves;

	c->steady = 0;
	if (!control)
		return;
	moves = moves_of(control, dev);
	c->begun = *(volatile __u64 *)&moves->begun;
	c->steady = nothing_moves(control, moves, c->roots);
	c->epoch = epoch_of(c->generation, c->roots, c->begun, dev);
}

static __always_inline bool epoch_same(struct pc_ctx *c, struct dentry *dentry)
{
	struct pc_control *control = control_get();

	return control &&
	       *(volatile __u64 *)&moves_of(control, dentry->d_sb->s_dev)->begun == c->begun;
}

/* Only a file with one name, or a directory, has a class that belongs to the inode. */
static __always_inline bool one_name(struct inode *inode)
{
	return inode->i_nlink == 1 || is_directory(inode);
}

/* Takes the class of a name if its entry proves itself. */
static __always_inline bool name_take(struct pc_cached_name *slot, __u64 place, __u64 epoch,
				      struct pc_cached *ret_class)
{
	*ret_class = entry_take(&slot->class);
	return ret_class->proof == proof_of(place, epoch, ret_class->number);
}

/* Fills c->class if the entry of the name that c->before tells proves itself. */
static __noinline bool name_cached(struct pc_ctx *c, struct dentry *dentry, struct inode *inode)
{
	struct pc_cached_name *slot = name_slot(dentry, dentry->d_sb);
	struct pc_cached copy;

	if (!c->steady || !slot || !one_name(inode) || !name_take(slot, c->before, c->epoch, &copy))
		return false;
	__builtin_memcpy(c->class.of, copy.number, sizeof(copy.number));
	c->kept = 1;
	return true;
}

/* Keeps the class of a name that held together. */
static __always_inline void name_remember(struct pc_cached_name *slot, __u64 place, __u64 epoch,
					  const struct pc_class *class)
{
	__builtin_memcpy(slot->class.number, class->of, sizeof(class->of));
	slot->class.proof = proof_of(place, epoch, class->of);
}

static __always_inline __u64 dir_proof(struct dentry *dentry, struct super_block *sb, __u64 epoch,
				       const __u32 *number, __u32 depth)
{
	__u64 place = place_of(dentry, sb, inode_of(dentry));

	return proof_of(place ^ (__u64)depth << 32, epoch, number);
}

/* Takes the states behind a directory, and how deep it is, if its entry proves itself. */
static __always_inline bool dir_take(struct dentry *dentry, struct super_block *sb, __u64 epoch,
				     struct pc_cached *ret_behind, __u32 *ret_depth)
{
	struct pc_cached_dir *slot = dir_slot(dentry, sb);

	if (!slot)
		return false;
	*ret_behind = entry_take(&slot->behind);
	*ret_depth = *(volatile __u32 *)&slot->depth;
	return ret_behind->proof == dir_proof(dentry, sb, epoch, ret_behind->number, *ret_depth);
}

/* Sets c->state and c->base to the states behind a directory that is remembered. */
static __noinline bool dir_cached(struct pc_ctx *c, struct dentry *dentry)
{
	struct pc_cached copy;
	__u32 depth;

	if (!dir_take(dentry, dentry->d_sb, c->epoch, &copy, &depth))
		return false;
	__builtin_memcpy(c->state, copy.number, sizeof(copy.number));
	c->base = depth & ~PC_DIR_SEVERAL;
	c->several = depth & PC_DIR_SEVERAL;
	return true;
}

static __always_inline void dir_put(struct dentry *dentry, struct super_block *sb, __u64 epoch,
				    const __u32 *behind, __u32 depth)
{
	struct pc_cached_dir *slot = dir_slot(dentry, sb);

	if (!slot)
		return;
	__builtin_memcpy(slot->behind.number, behind, sizeof(slot->behind.number));
	slot->depth = depth;
	slot->behind.proof = dir_proof(dentry, sb, epoch, behind, depth);
}

/* Keeps the states behind a directory, i above a name that held together. */
static __noinline int dir_remember(struct pc_ctx *c, struct dentry *dentry, __u32 i)
{
	dir_put(dentry, dentry->d_sb, c->epoch, c->behind[i & (PC_BEHIND - 1)],
		(c->base + scratch_of(c)->depth - i) | c->several);
	return 0;
}

#endif
