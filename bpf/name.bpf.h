/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Canonical names: from a dentry to the object class of its name.
 *
 * A name is read from the dentry tree, never from the path a caller used, so every way to a file
 * gives the same name. The walk goes up to the root of the file system, collecting components in a
 * borrowed buffer; the automaton then runs down from the state where that root is mounted.
 *
 * Results stand in inode storage (class of a file) and pc_dirs (states behind a directory). Each
 * entry carries a proof that mixes d_seq, hash and length of every component, the generation, the
 * version of the mount table and the numbers themselves. A rename of the file or of any directory
 * above it changes a d_seq, so a stale entry fails its proof; nothing has to be invalidated.
 */
#ifndef NAME_BPF_H
#define NAME_BPF_H

#include "run.bpf.h"

/* Outcomes of naming beside enum pc_reason. */
enum { NAME_FOUND = PC_REASON_RULE, NAME_FILELESS = 0x100, NAME_NO_FILE };

#define MIX_A 0x9e3779b97f4a7c15ull
#define MIX_B 0xff51afd7ed558ccdull

static __always_inline __u64 mix(__u64 h, __u64 x)
{
	h = (h ^ x) * MIX_A;
	return h ^ (h >> 29);
}

/* ---- the walk up --------------------------------------------------------------------------- */

struct chain_walk {
	struct dentry *dentry;
	__u64 h;
	__u32 ended;
};

/* One level into the fingerprint. A difference of addresses is all the verifier lets us mix. */
static __always_inline __u64 chain_mix(__u64 h, struct dentry *dentry, struct dentry *parent,
				       __u32 seq)
{
	__u64 place = (__u64)((long)dentry - (long)parent);
	__u64 name = ((__u64)dentry->d_name.len << 32) | dentry->d_name.hash;

	return mix(h ^ name, place ^ ((__u64)seq << 32));
}

static long chain_step(__u32 i, void *context)
{
	struct chain_walk *walk = context;
	struct dentry *dentry = walk->dentry, *parent = dentry->d_parent;

	if (dentry == parent) {
		walk->ended = 1;
		return 1;
	}
	walk->h = chain_mix(walk->h, dentry, parent, dentry->d_seq.seqcount.sequence);
	walk->dentry = parent;
	return 0;
}

/* Fingerprint of the chain above and with a dentry; 0 when it does not end at a root. */
static __noinline __u64 chain_of(struct dentry *dentry)
{
	struct chain_walk walk = {.dentry = dentry, .h = MIX_B};

	bpf_loop(PC_DEPTH_MAX, chain_step, &walk, 0);
	return walk.ended ? walk.h : 0;
}

struct collect_walk {
	struct dentry *dentry;
	struct pc_scratch *scratch;
	__u32 depth;
	__u32 reason;
	__u32 ended;
};

/* Copies a component's bytes: short names stand in the dentry itself and are loaded directly. */
static __always_inline int component_copy(struct pc_component *component, struct dentry *dentry,
					  __u32 length)
{
	struct dentry___new *renamed = (void *)dentry;
	const unsigned char *name = dentry->d_name.name;
	const unsigned char *inlined, *here;
	__u64 *text = (__u64 *)(component->text + 1);

	if (bpf_core_field_exists(dentry->d_iname))
		inlined = dentry->d_iname;
	else
		inlined = renamed->d_shortname.string;
	component->text[0] = '/';
	here = inlined;
	barrier_var(
		here); /* or the compiler loads through name, which the verifier does not know */
	if (name == inlined && length <= 24) {
		text[0] = *(__u64 *)here;
		if (length > 8)
			text[1] = *(__u64 *)(here + 8);
		if (length > 16)
			text[2] = *(__u64 *)(here + 16);
		return 0;
	}
	return bpf_probe_read_kernel(component->text + 1, length & 0xff, name);
}

static long collect_step(__u32 i, void *context)
{
	struct collect_walk *walk = context;
	struct dentry *dentry = walk->dentry, *parent = dentry->d_parent;
	struct pc_component *component = &walk->scratch->component[i & (PC_DEPTH_MAX - 1)];
	struct inode *inode;
	__u32 seq, length;

	if (dentry == parent) {
		walk->ended = 1;
		return 1;
	}
	seq = dentry->d_seq.seqcount.sequence;
	length = dentry->d_name.len;
	walk->reason = PC_REASON_LENGTH;
	if (length > PC_COMPONENT_MAX)
		return 1;
	walk->reason = PC_REASON_RACE;
	if ((seq & 1) || component_copy(component, dentry, length))
		return 1;
	component->length = length + 1;
	component->inode = 0;
	component->igeneration = 0;
	inode = dentry->d_inode;
	if (inode) {
		component->inode = inode->i_ino;
		component->igeneration = inode->i_generation;
	}
	if (dentry->d_seq.seqcount.sequence != seq || dentry->d_parent != parent)
		return 1;
	walk->dentry = parent;
	walk->depth = i + 1;
	walk->reason = PC_REASON_DEPTH;
	return 0;
}

/*
 * Collects the components of a name into the scratch, the last one first; sets its depth. A race
 * with a rename is PC_REASON_RACE: the caller tries again.
 */
static __noinline __u32 name_collect(struct pc_scratch *scratch, struct dentry *dentry)
{
	struct collect_walk walk = {
		.dentry = dentry,
		.scratch = scratch,
		.reason = PC_REASON_DEPTH,
	};

	bpf_loop(PC_DEPTH_MAX, collect_step, &walk, 0);
	scratch->depth = walk.depth;
	if (!walk.ended)
		return walk.reason;
	return walk.dentry == dentry->d_sb->s_root ? NAME_FOUND : PC_REASON_DISCONNECTED;
}

/* ---- where names begin --------------------------------------------------------------------- */

struct subtree_search {
	struct pc_scratch *scratch;
	struct pc_root *root;
	__u32 dev;
	__u32 depth;
};

/* Of a file system whose root is not mounted: the nearest directory that is. */
static long subtree_step(__u32 i, void *context)
{
	struct subtree_search *search = context;
	struct pc_component *component = &search->scratch->component[i & (PC_DEPTH_MAX - 1)];
	struct pc_root_key key = {
		.inode = component->inode,
		.dev = search->dev,
		.generation = component->igeneration,
	};

	if (!key.inode)
		return 0;
	search->root = bpf_map_lookup_elem(&pc_roots, &key);
	search->depth = i;
	return search->root != NULL;
}

/* The entry where the collected name begins; shortens scratch->depth to what lies below it. */
static __noinline struct pc_root *root_find(struct pc_scratch *scratch, __u32 dev)
{
	struct pc_root_key key = {.dev = dev};
	struct subtree_search search = {.scratch = scratch, .dev = dev};
	struct pc_root *root = bpf_map_lookup_elem(&pc_roots, &key);

	if (!root || !(root->flags & PC_ROOT_SUBTREES))
		return root;
	bpf_loop(scratch->depth & (2 * PC_DEPTH_MAX - 1), subtree_step, &search, 0);
	if (!search.root)
		return root;
	scratch->depth = search.depth;
	return search.root;
}

/* ---- special names ------------------------------------------------------------------------- */

/* /proc/PID of the caller's own thread group is named /proc/self. */
static __noinline void proc_self(struct pc_scratch *scratch)
{
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, number = 0;
	struct pc_component *component;

	if (!scratch->depth)
		return;
	component = &scratch->component[(scratch->depth - 1) & (PC_DEPTH_MAX - 1)];
	for (__u32 i = 1; i < 11; i++) {
		if (i >= component->length)
			break;
		if (component->text[i] < '0' || component->text[i] > '9')
			return;
		number = number * 10 + component->text[i] - '0';
	}
	if (component->length < 2 || component->length > 11 || number != tgid)
		return;
	__builtin_memcpy(component->text, "/self\0\0\0", 8);
	component->length = 5;
}

/* A tree whose root is no file system's: memfd and such, pipes, sockets, or a lone file handle. */
static __always_inline __u32 rootless(struct inode *inode, struct super_block *sb, bool known)
{
	__u32 type;

	if (known || !inode)
		return PC_REASON_DISCONNECTED;
	type = inode->i_mode & S_IFMT;
	if (type == S_IFREG && (sb->s_magic == TMPFS_MAGIC || sb->s_magic == HUGETLBFS_MAGIC))
		return NAME_FILELESS;
	if (type == S_IFDIR)
		return PC_REASON_DISCONNECTED;
	return NAME_NO_FILE;
}

/* ---- naming -------------------------------------------------------------------------------- */

static __always_inline __u64 proof_of(struct pc_ctx *c, __u64 chain, const __u32 *number)
{
	__u64 h = mix(chain, c->generation);

	h = mix(h, c->roots);
	h = mix(h, (__u64)number[0] << 32 | number[1]);
	return mix(h, (__u64)number[2] << 32 | number[3]);
}

static __always_inline bool caches_on(void)
{
	struct pc_control *control = control_get();

	return control && !(control->flags & PC_CONTROL_NO_CACHE);
}

/* Only a file with one name, or a directory, has a class that belongs to the inode. */
static __always_inline bool one_name(struct inode *inode)
{
	return inode->i_nlink == 1 || (inode->i_mode & S_IFMT) == S_IFDIR;
}

/* Fills c->class from inode storage if the entry proves itself. */
static __noinline bool inode_cached(struct pc_ctx *c, struct dentry *dentry, struct inode *inode)
{
	struct pc_cached *cached, copy;
	__u64 chain;

	if (!caches_on() || !one_name(inode))
		return false;
	cached = bpf_inode_storage_get(&pc_inodes, inode, 0, 0);
	if (!cached)
		return false;
	copy = *cached;
	chain = chain_of(dentry);
	if (!chain || copy.proof != proof_of(c, chain, copy.number))
		return false;
	__builtin_memcpy(c->class.of, copy.number, sizeof(copy.number));
	return true;
}

static __noinline void inode_remember(struct pc_ctx *c, struct inode *inode, __u64 chain)
{
	struct pc_cached *cached =
		bpf_inode_storage_get(&pc_inodes, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!cached)
		return;
	__builtin_memcpy(cached->number, c->class.of, sizeof(cached->number));
	cached->proof = proof_of(c, chain, c->class.of);
}

/* Sets c->run.state to the states behind the parent directory: from pc_dirs or by running down. */
static __always_inline __u32 parent_states(struct pc_ctx *c, struct dentry *parent,
					   struct pc_root *root, bool cache)
{
	struct pc_cached fresh, *cached;
	__u64 chain = 0, key = (__u64)parent;

	if (cache) {
		chain = chain_of(parent);
		cached = bpf_map_lookup_elem(&pc_dirs, &key);
		if (cached && chain) {
			fresh = *cached;
			if (fresh.proof == proof_of(c, chain, fresh.number)) {
				__builtin_memcpy(c->run.state, fresh.number, sizeof(fresh.number));
				STAT_ADD(dir_cache_hits);
				return NAME_FOUND;
			}
		}
	}
	__builtin_memcpy(c->run.state, root->state[c->slot & (PC_SLOTS - 1)], sizeof(c->run.state));
	if (!run_all(c, RUN_PARENT))
		return PC_REASON_IMAGE;
	if (cache && chain) {
		__builtin_memcpy(fresh.number, c->run.state, sizeof(fresh.number));
		fresh.proof = proof_of(c, chain, fresh.number);
		bpf_map_update_elem(&pc_dirs, &key, &fresh, BPF_ANY);
	}
	return NAME_FOUND;
}

/* From the collected name to c->class. */
static __noinline __u32 name_run(struct pc_ctx *c, struct dentry *dentry, struct pc_root *root,
				 bool cache)
{
	__u32 reason;

	if (!scratch_of(c)->depth) {
		__builtin_memcpy(c->class.of, root->self[c->slot & (PC_SLOTS - 1)],
				 sizeof(c->class.of));
		return NAME_FOUND;
	}
	reason = parent_states(c, dentry->d_parent, root, cache);
	if (reason != NAME_FOUND)
		return reason;
	return run_all(c, RUN_LAST) ? NAME_FOUND : PC_REASON_IMAGE;
}

/*
 * Names a dentry: sets c->class, c->flags and c->root, and leaves the components in the scratch.
 * inode: where the class may be kept, or NULL. present: the name exists already, and so one that is
 * unhashed has been deleted. Returns NAME_FOUND, NAME_FILELESS, NAME_NO_FILE or why there is none.
 */
static __noinline __u32 name_walk(struct pc_ctx *c, struct dentry *dentry, struct inode *inode,
				  bool present)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_scratch *scratch = scratch_of(c);
	struct pc_root *root;
	__u64 before;
	__u32 reason;
	bool cache;

	STAT_ADD(walks);
	c->flags = 0;
	c->root = 0;
	before = chain_of(dentry);
	reason = name_collect(scratch, dentry);
	root = root_find(scratch, sb->s_dev);
	if (reason == PC_REASON_DISCONNECTED && !scratch->depth)
		return rootless(dentry->d_inode, sb, root != NULL);
	if (reason != NAME_FOUND)
		return reason;
	if (root)
		c->root = root->id;
	if (scratch->depth && present && !dentry->d_hash.pprev) {
		c->flags = PC_EVENT_FILELESS;
		return NAME_FILELESS;
	}
	if (!root || !(root->flags & PC_ROOT_NAMED) || !root->state[c->slot & (PC_SLOTS - 1)][0]) {
		c->flags = PC_EVENT_FOREIGN;
		__builtin_memset(c->class.of, 0, sizeof(c->class.of));
		return NAME_FOUND;
	}
	if (sb->s_magic == PROC_SUPER_MAGIC)
		proc_self(scratch);
	cache = (root->flags & PC_ROOT_CACHED) && caches_on();
	reason = name_run(c, dentry, root, cache);
	if (reason == NAME_FOUND && inode && cache && before && one_name(inode) &&
	    before == chain_of(dentry))
		inode_remember(c, inode, before);
	return reason;
}

#endif
