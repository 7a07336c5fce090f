/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Canonical names: from a dentry to the object class of its name.
 *
 * A name is read from the dentry tree, never from the path a caller used, so every way to a file
 * gives the same name. The walk goes up to the root of the file system, collecting components in a
 * borrowed buffer; the automaton then runs down from the state where that root is mounted.
 *
 * Results stand in inode storage (class of a file) and pc_dirs (states behind a directory). Each
 * entry carries a proof that mixes d_seq and hash of every component, the generation, the version
 * of the mount table and the numbers themselves. A rename of the file or of any directory above it
 * changes a d_seq, so a stale entry fails its proof; nothing has to be invalidated.
 */
#ifndef NAME_BPF_H
#define NAME_BPF_H

#include "chain.bpf.h"
#include "outcome.h"

/* In the place of an automaton's state: like that behind no name. */
#define NO_STATE 0xffffffffu

/* ---- the walk up --------------------------------------------------------------------------- */

struct collect_walk {
	struct dentry *dentry;
	struct pc_ctx *c;
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
	barrier_var(
		length); /* or the mask, which tells the verifier its bound, is optimised away */
	return bpf_probe_read_kernel(component->text + 1, length & PC_COMPONENT_MAX, name);
}

/* Copies component i of a name. Returns NAME_FOUND, or why there is no name. */
static __always_inline __u32 component_take(struct pc_ctx *c, __u32 i, struct dentry *dentry,
					    struct dentry *parent)
{
	struct pc_component *component = &scratch_of(c)->component[i & (PC_DEPTH_MAX - 1)];
	__u32 seq = dentry->d_seq.seqcount.sequence, length = dentry->d_name.len;

	if (length > PC_COMPONENT_MAX)
		return PC_REASON_LENGTH;
	if ((seq & 1) || component_copy(component, dentry, length))
		return PC_REASON_RACE;
	component->length = length + 1;
	if (dentry->d_seq.seqcount.sequence != seq || dentry->d_parent != parent)
		return PC_REASON_RACE;
	return NAME_FOUND;
}

static long collect_step(__u32 i, void *context)
{
	struct collect_walk *walk = context;
	struct dentry *dentry = walk->dentry, *parent = dentry->d_parent;
	struct pc_component *component;
	struct pc_ctx *c = walk->c;
	struct inode *inode;

	if (dentry == parent) {
		c->found = dentry == dentry->d_sb->s_root ? NAME_FOUND : PC_REASON_DISCONNECTED;
		return 1;
	}
	if (i >= PC_DEPTH_MAX)
		return 1;
	c->found = component_take(c, i, dentry, parent);
	if (c->found != NAME_FOUND)
		return 1;
	component = &scratch_of(c)->component[i & (PC_DEPTH_MAX - 1)];
	component->inode = 0;
	component->igeneration = 0;
	inode = dentry->d_inode;
	if (inode) {
		component->inode = inode->i_ino;
		component->igeneration = inode->i_generation;
	}
	walk->dentry = parent;
	scratch_of(c)->depth = i + 1;
	c->found = PC_REASON_DEPTH;
	return 0;
}

/*
 * Collects the components of a name into the scratch, the last one first; sets its depth, and
 * c->found to the outcome. A race with a rename is PC_REASON_RACE: the caller tries again.
 */
static __noinline int name_collect(struct pc_ctx *c, struct dentry *dentry)
{
	struct collect_walk walk = {.dentry = dentry, .c = c};

	scratch_of(c)->depth = 0;
	bpf_loop(PC_DEPTH_MAX + 1, collect_step, &walk, 0);
	return 0;
}

/* ---- where names begin --------------------------------------------------------------------- */

struct subtree_search {
	struct pc_ctx *c;
	__u32 dev;
};

static __always_inline struct pc_root *subtree_get(struct pc_scratch *scratch, __u32 dev, __u32 i)
{
	struct pc_component *component = &scratch->component[i & (PC_DEPTH_MAX - 1)];
	struct pc_root_key key = {
		.inode = component->inode,
		.dev = dev,
		.generation = component->igeneration,
	};

	return key.inode ? bpf_map_lookup_elem(&pc_roots, &key) : NULL;
}

/* Of a file system whose root is not mounted: the nearest directory that is. */
static long subtree_step(__u32 i, void *context)
{
	struct subtree_search *search = context;

	if (!subtree_get(scratch_of(search->c), search->dev, i))
		return 0;
	search->c->above = i + 1;
	return 1;
}

/* The entry where the collected name begins; shortens scratch->depth to what lies below it. */
static __always_inline struct pc_root *root_find(struct pc_ctx *c, __u32 dev)
{
	struct subtree_search search = {.c = c, .dev = dev};
	struct pc_root_key key = {.dev = dev};
	struct pc_root *root = bpf_map_lookup_elem(&pc_roots, &key);
	struct pc_scratch *scratch = scratch_of(c);

	if (!root || !(root->flags & PC_ROOT_SUBTREES))
		return root;
	c->above = 0;
	bpf_loop(scratch->depth & (2 * PC_DEPTH_MAX - 1), subtree_step, &search, 0);
	if (!c->above)
		return root;
	scratch->depth = c->above - 1;
	return subtree_get(scratch, dev, scratch->depth);
}

/* ---- special names ------------------------------------------------------------------------- */

struct number_read {
	struct pc_ctx *c;
	struct pc_component *component;
};

static long digit_step(__u32 i, void *context)
{
	struct number_read *read = context;
	__u32 digit = read->component->text[(i & 15) + 1] - '0';

	if (digit > 9) {
		read->c->number = 0;
		return 1;
	}
	read->c->number = read->c->number * 10 + digit;
	return 0;
}

/* /proc/PID of the caller's own thread group is named /proc/self. */
static __noinline int proc_self(struct pc_ctx *c)
{
	struct pc_scratch *scratch = scratch_of(c);
	struct number_read read = {.c = c};

	if (!scratch->depth)
		return 0;
	read.component = &scratch->component[(scratch->depth - 1) & (PC_DEPTH_MAX - 1)];
	if (read.component->length < 2 || read.component->length > 11)
		return 0;
	c->number = 0;
	bpf_loop(read.component->length - 1, digit_step, &read, 0);
	if (!c->number || c->number != bpf_get_current_pid_tgid() >> 32)
		return 0;
	__builtin_memcpy(read.component->text, "/self\0\0\0", 8);
	read.component->length = 5;
	return 0;
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
	/* A file system that decodes handles can hand out what hangs on no tree yet. */
	if (type == S_IFDIR || (sb->s_export_op && sb->s_magic != NSFS_MAGIC &&
				sb->s_magic != PIDFS_MAGIC && type == S_IFREG))
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
	struct pc_cached_inode *cached;
	struct pc_cached copy;

	if (!caches_on() || !one_name(inode))
		return false;
	cached = bpf_inode_storage_get(&pc_inodes, inode, 0, 0);
	if (!cached)
		return false;
	copy = cached->class;
	chain_of(c, dentry);
	if (!c->chain || copy.proof != proof_of(c, c->chain, copy.number))
		return false;
	__builtin_memcpy(c->class.of, copy.number, sizeof(copy.number));
	c->kept = 1;
	return true;
}

static __always_inline void inode_remember(struct pc_ctx *c, struct inode *inode)
{
	struct pc_cached_inode *cached =
		bpf_inode_storage_get(&pc_inodes, inode, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!cached)
		return;
	__builtin_memcpy(cached->class.number, c->class.of, sizeof(cached->class.number));
	cached->class.proof = proof_of(c, c->chain, c->class.of);
	c->kept = 1;
}

/* Sets c->run.state to the states behind a directory if pc_dirs has them and they prove themselves:
 * c->parent is the directory's fingerprint. */
static __always_inline bool dir_cached(struct pc_ctx *c, __u64 key)
{
	struct pc_cached *cached = bpf_map_lookup_elem(&pc_dirs, &key), copy;

	if (!cached)
		return false;
	copy = *cached;
	if (copy.proof != proof_of(c, c->parent, copy.number))
		return false;
	__builtin_memcpy(c->run.state, copy.number, sizeof(copy.number));
	return true;
}

static __always_inline void dir_remember(struct pc_ctx *c)
{
	struct pc_cached fresh = c->dir; /* 6.1 takes a value from the stack alone */
	__u64 key = c->dir_key;

	if (key)
		bpf_map_update_elem(&pc_dirs, &key, &fresh, BPF_ANY);
}

/*
 * From the collected name to c->class; c->found becomes PC_REASON_IMAGE where that fails. The
 * directory's states are kept later, once the name has held together.
 */
static __always_inline void name_run(struct pc_ctx *c, struct dentry *dentry, struct pc_root *root)
{
	__u32 slot = c->slot & (PC_SLOTS - 1);

	if (!scratch_of(c)->depth) {
		__builtin_memcpy(c->class.of, root->self[slot], sizeof(c->class.of));
		c->below[0] = NO_STATE;
		return;
	}
	__builtin_memcpy(c->run.state, root->state[slot], sizeof(c->run.state));
	if (!run_all(c, RUN_PARENT))
		c->found = PC_REASON_IMAGE;
	if (c->cache && c->before) {
		c->dir_key = (__u64)dentry->d_parent;
		__builtin_memcpy(c->dir.number, c->run.state, sizeof(c->dir.number));
		c->dir.proof = proof_of(c, c->parent, c->dir.number);
	}
	if (c->found == NAME_FOUND && !run_all(c, RUN_LAST))
		c->found = PC_REASON_IMAGE;
}

/*
 * The collected components are a name, and what was found for them and for their directory is
 * right, only if all the links between them held at one moment: those of the first fingerprint
 * still do when everything has been read.
 */
static __always_inline bool held_together(struct pc_ctx *c, struct dentry *dentry)
{
	chain_of(c, dentry);
	return c->chain && c->chain == c->before;
}

/* The last component alone, behind a directory whose states are kept. False: they are not. */
static __always_inline bool name_behind(struct pc_ctx *c, struct dentry *dentry)
{
	struct dentry *parent = dentry->d_parent;

	if (c->whole || !c->before || dentry == parent || !caches_on() ||
	    !dir_cached(c, (__u64)parent))
		return false;
	STAT_ADD(dir_cache_hits);
	c->cache = 1; /* or nothing would have been kept */
	c->found = component_take(c, 0, dentry, parent);
	scratch_of(c)->depth = 1;
	if (c->found == NAME_FOUND && !run_all(c, RUN_LAST))
		c->found = PC_REASON_IMAGE;
	return true;
}

/* The whole name, from where its file system is mounted. False: it has no class, or one already. */
static __always_inline bool name_whole(struct pc_ctx *c, struct dentry *dentry, bool deleted)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_scratch *scratch = scratch_of(c);
	struct pc_root *root;

	name_collect(c, dentry);
	root = root_find(c, sb->s_dev);
	if (c->found == PC_REASON_DISCONNECTED && !scratch->depth)
		c->found = rootless(dentry->d_inode, sb, root != NULL);
	if (c->found != NAME_FOUND)
		return false;
	if (root)
		c->root = root->id;
	if (!root || !(root->flags & PC_ROOT_NAMED) || !root->state[c->slot & (PC_SLOTS - 1)][0]) {
		c->flags |= PC_EVENT_FOREIGN;
		__builtin_memset(c->class.of, 0, sizeof(c->class.of));
		if (deleted)
			c->found = NAME_DELETED;
		return false;
	}
	if (sb->s_magic == PROC_SUPER_MAGIC)
		proc_self(c);
	c->cache = (root->flags & PC_ROOT_CACHED) && caches_on();
	name_run(c, dentry, root);
	return true;
}

/*
 * Names a dentry: sets c->class, c->below, c->flags, c->root, and c->found to the outcome
 * (NAME_FOUND, NAME_FILELESS, NAME_DELETED, NAME_NO_FILE, or why there is no name). With c->whole
 * its components are left in the scratch. inode: where the class may be kept, or NULL. present: the
 * name exists already, and so one that is unhashed has been deleted.
 */
static __noinline int name_walk(struct pc_ctx *c, struct dentry *dentry, struct inode *inode,
				bool present)
{
	bool deleted = present && !dentry->d_hash.pprev && dentry != dentry->d_parent;

	STAT_ADD(walks);
	c->flags = deleted ? PC_EVENT_DELETED : 0;
	c->root = 0;
	c->dir_key = 0;
	__builtin_memset(c->below, 0, sizeof(c->below));
	chain_of(c, dentry);
	c->before = c->chain;
	c->parent = (c->chain - chain_term(dentry, dentry->d_parent)) * CHAIN_INVERSE;
	if (!name_behind(c, dentry) && !name_whole(c, dentry, deleted))
		return 0;
	if (c->found != NAME_FOUND)
		return 0;
	if (!held_together(c, dentry)) {
		c->found = PC_REASON_RACE;
		return 0;
	}
	dir_remember(c);
	if (deleted)
		c->found = NAME_DELETED;
	else if (inode && c->cache && one_name(inode))
		inode_remember(c, inode);
	return 0;
}

#endif
