/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short answers, given before any buffer is borrowed. This task is nobody's subject; this label
 * was allowed the same on this name before; or its layers allow it, and the class of the name is
 * remembered, or is one or two short components away from what is remembered of a directory.
 *
 * What was allowed stands beside the class of a name. Its own proof mixes the name's place, the
 * label's digest (which tells the generation), what the epoch has besides (bpf/cache.bpf.h) and the
 * operations: whatever changes, the entry no longer proves itself and the long way is taken. Only
 * an allow is ever answered here, never a deny: that has an event to write.
 */
#ifndef FAST_BPF_H
#define FAST_BPF_H

#include "judge.bpf.h"

/* The control block where there may be something to ask about the current task; else NULL. */
static __always_inline struct pc_control *asked_about(struct task_struct *task)
{
	struct pc_control *control = control_get();
	__u64 word;

	if (!control)
		return NULL; /* an array's only element: never */
	word = *(volatile __u64 *)&control->word;
	return (word & PC_CONTROL_ON) && !task_is_free(control, word, task) ? control : NULL;
}

static __always_inline bool nobody_asks(void)
{
	return !asked_about(bpf_get_current_task_btf());
}

/* who: the label's digest, which tells the generation, too. */
static __always_inline __u64 allowed_proof(__u64 place, __u64 who, __u64 moved, dev_t dev,
					   __u32 allowed)
{
	return mix(mix(mix(place, who), moved), (__u64)dev << 32 | allowed);
}

/* Multiplied, or the two, which anybody may raise, could make up for each other. */
static __always_inline __u64 moved_word(__u64 roots, __u64 begun)
{
	return roots * MIX_B ^ begun;
}

/* Keeps that a label was allowed ops on a name whose class is kept; known: and what it was before.
 */
static __always_inline void allowed_remember(struct pc_cached_name *slot, __u64 place, __u64 moved,
					     dev_t dev, const struct pc_label *label, __u32 mask,
					     bool known)
{
	__u32 allowed = known ? *(volatile __u32 *)&slot->allowed : 0;

	if (allowed &&
	    slot->allowed_proof == allowed_proof(place, label->digest, moved, dev, allowed))
		mask |= allowed;
	slot->allowed = mask;
	slot->allowed_proof = allowed_proof(place, label->digest, moved, dev, mask);
}

/* The same after the long way. */
static __always_inline void allowed_keep(struct pc_ctx *c, struct dentry *dentry,
					 const struct pc_label *label, __u32 mask)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_cached_name *slot = name_slot(dentry, sb);

	if (slot && label->count <= FAST_LAYERS && !label->overflow && !c->fallback)
		allowed_remember(slot, c->before, moved_word(c->roots, c->begun), sb->s_dev, label,
				 mask, true);
}

/* ---- the way of one or two components -------------------------------------------------------- */

/* A name that is asked about, and what tells it: as in struct pc_ctx. */
struct near {
	struct pc_control *control;
	struct super_block *sb;
	struct dentry *parent;
	struct pc_moves *moves;
	struct pc_cached_name *slot;
	dev_t dev;
	__u32 sequence; /* d_seq before the rest of the name was read */
	__u64 roots;
	__u64 begun;
	__u64 epoch;
	__u64 place;
};

/* Steps over the name of a dentry; false: it takes the long way. */
static __always_inline bool near_step(struct pc_short *name, struct dentry *dentry)
{
	__u32 length = dentry->d_name.len;

	name->length = length;
	return name_copy_short(name->text, dentry, length) && !pc_run_short(name);
}

/*
 * Sets name->state to the one behind a directory, whose depth is returned: it is remembered, or one
 * short name away from the one above it, and then kept. PC_DEPTH_MAX or more: neither, or the
 * name may begin right here (PC_DIR_SEVERAL).
 */
static __always_inline __u32 near_directory(const struct near *n, struct pc_short *name,
					    struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;
	__u32 sequence, depth;
	struct pc_cached copy;

	if (dir_take(dentry, n->sb, n->epoch, &copy, &depth)) {
		name->state = copy.number[0];
		return depth;
	}
	if (parent == dentry || !dir_take(parent, n->sb, n->epoch, &copy, &depth) ||
	    depth >= PC_DEPTH_MAX)
		return PC_DEPTH_MAX;
	sequence = *(volatile __u32 *)&dentry->d_seq.seqcount.sequence;
	name->state = copy.number[0];
	if ((sequence & 1) || !near_step(name, dentry) ||
	    *(volatile __u32 *)&dentry->d_seq.seqcount.sequence != sequence)
		return PC_DEPTH_MAX;
	/* Before anybody knows that it held: who uses it looks at begun after that. */
	copy.number[0] = name->state;
	dir_put(dentry, n->sb, n->epoch, copy.number, depth + 1);
	return depth + 1;
}

/*
 * The class of a name whose directory, or the one above, is remembered: what bpf/name.bpf.h does
 * for one or two components, with the same proof that it held together.
 */
static __always_inline bool near_name(const struct near *n, struct dentry *dentry, __u32 slot,
				      __u32 *ret_class)
{
	struct dentry *parent = n->parent;
	struct pc_short name = {.slot = slot};

	if (parent == dentry || (n->sequence & 1) ||
	    !nothing_moves(n->control, n->moves, n->roots) ||
	    near_directory(n, &name, parent) >= PC_DEPTH_MAX || !near_step(&name, dentry))
		return false;
	*ret_class = name.class;
	/* Every rename and unlink changes d_seq. */
	return *(volatile __u32 *)&dentry->d_seq.seqcount.sequence == n->sequence &&
	       dentry->d_parent == parent && *(volatile __u64 *)&n->moves->begun == n->begun;
}

/* Everything of a name but its class; false: it has none that is kept. */
static __always_inline bool near_begin(struct near *n, struct dentry *dentry, struct inode *inode,
				       const struct pc_label *label)
{
	n->sb = dentry->d_sb;
	n->dev = n->sb->s_dev;
	n->slot = name_slot(dentry, n->sb);
	n->moves = moves_of(n->control, n->dev);
	n->begun = *(volatile __u64 *)&n->moves->begun;
	n->roots = *(volatile __u64 *)&n->control->roots;
	n->epoch = epoch_of(label->generation, n->roots, n->begun, n->dev);
	n->sequence = *(volatile __u32 *)&dentry->d_seq.seqcount.sequence;
	n->parent = dentry->d_parent;
	n->place = place_of(dentry, n->sb, inode ? inode_id(inode) : 0);
	return n->slot && (!inode || one_name(inode));
}

/* Does a label whose ops in mask are not known to be allowed on the name allow them? */
static __noinline bool near_answer(struct pc_control *control, struct dentry *dentry,
				   struct inode *inode, struct pc_label *label, __u32 mask)
{
	__u32 slot = PC_CONTROL_ACTIVE(*(volatile __u64 *)&control->word);
	struct near n = {.control = control};
	struct pc_class class = {};
	struct pc_cached kept;
	bool known;

	if (active_generation(control, slot) != label->generation ||
	    control->slots[slot].automata != 1 || (mask & PC_OPS_PLAIN) || label->overflow ||
	    label->count > FAST_LAYERS || !near_begin(&n, dentry, inode, label))
		return false;
	known = inode && name_take(n.slot, n.place, n.epoch, &kept);
	if (known) {
		class.of[0] = kept.number[0];
		STAT_ADD(name_cache_hits);
	} else {
		if ((inode && !dentry->d_hash.pprev) || !near_name(&n, dentry, slot, &class.of[0]))
			return false;
		STAT_ADD(dir_cache_hits);
		if (inode)
			name_remember(n.slot, n.place, n.epoch, &class);
	}
	if (!pc_layers_allow(label, slot, class.of[0], mask) ||
	    active_generation(control, slot) != label->generation)
		return false;
	if (inode)
		allowed_remember(n.slot, n.place, moved_word(n.roots, n.begun), n.dev, label, mask,
				 known);
	return true;
}

/* ---- the answer ------------------------------------------------------------------------------ */

/* Is it kept that a label was allowed this on a name that exists? */
static __always_inline bool is_allowed(struct pc_control *control, struct dentry *dentry,
				       struct inode *inode, const struct pc_label *label,
				       __u32 mask)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_cached_name *slot = name_slot(dentry, sb);
	__u64 place, moved;
	__u32 allowed;
	dev_t dev;

	if (!slot || !one_name(inode))
		return false;
	place = place_of(dentry, sb, inode_id(inode));
	barrier_var(place); /* or its parts stand on the stack while the rest is read */
	dev = sb->s_dev;
	moved = moved_word(*(volatile __u64 *)&control->roots,
			   *(volatile __u64 *)&moves_of(control, dev)->begun);
	allowed = *(volatile __u32 *)&slot->allowed; /* once: another may be writing */
	return !(mask & ~allowed) &&
	       slot->allowed_proof == allowed_proof(place, label->digest, moved, dev, allowed);
}

enum fast { FAST_ALLOWED, FAST_UNKNOWN };

/*
 * ops: a list, all of which must be allowed. silent: nothing is counted. inode: of a name that
 * exists, or NULL. What is answered rests on one reading of the generation, which is part of every
 * proof.
 */
static __always_inline enum fast fast_answer(struct pc_control *control, struct task_struct *task,
					     struct dentry *dentry, struct inode *inode, __u32 ops,
					     bool silent)
{
	struct pc_task *t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
	__u64 word = *(volatile __u64 *)&control->word;
	__u32 mask = fast_mask(ops);

	if (!label_holds(t, active_generation(control, word), word, task) || ops >> 8 * FAST_OPS)
		return FAST_UNKNOWN;
	if (!(t->label.ops & mask))
		return FAST_ALLOWED;
	if ((!inode || !is_allowed(control, dentry, inode, &t->label, mask)) &&
	    !near_answer(control, dentry, inode, &t->label, mask))
		return FAST_UNKNOWN;
	barrier_var(ops); /* or what was made of it stands on the stack meanwhile */
	if (!silent)
		count_allowed(&t->label, ops);
	return FAST_ALLOWED;
}

#endif
