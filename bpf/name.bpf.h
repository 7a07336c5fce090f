/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Canonical names: from a dentry to the object class of its name.
 *
 * A name is read from the dentry tree, never from the path a caller used, so every way to a file
 * gives the same name. The walk goes up to the root of the file system, collecting components in a
 * borrowed buffer; the automaton then runs down from the state where that root is mounted.
 *
 * What was found is kept: see bpf/cache.bpf.h.
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

/* Copies a name of at most NAME_SHORT bytes, if it stands in the dentry itself. */
static __always_inline bool name_copy_short(__u64 *text, struct dentry *dentry, __u32 length)
{
	struct dentry___new *renamed = (void *)dentry;
	const unsigned char *inlined, *here;

	if (bpf_core_field_exists(dentry->d_iname))
		inlined = dentry->d_iname;
	else
		inlined = renamed->d_shortname.string;
	here = inlined;
	/* Or the compiler loads through name, which the verifier does not know. */
	barrier_var(here);
	if (length > NAME_SHORT || dentry->d_name.name != inlined)
		return false;
	text[0] = *(__u64 *)here;
	if (length > 8)
		text[1] = *(__u64 *)(here + 8);
	if (length > 16)
		text[2] = *(__u64 *)(here + 16);
	return true;
}

/* Copies a component's bytes: short names are loaded directly. */
static __always_inline int component_copy(struct pc_component *component, struct dentry *dentry,
					  __u32 length)
{
	component->text[0] = '/';
	if (name_copy_short((__u64 *)(component->text + 1), dentry, length))
		return 0;
	/* Or the mask, which tells the verifier its bound, is optimised away. */
	barrier_var(length);
	return bpf_probe_read_kernel(component->text + 1, length & PC_COMPONENT_MAX,
				     dentry->d_name.name);
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
	c->hit = c->steady && !(c->whole | c->unaided) && dir_cached(c, parent);
	if (!c->hit || c->base + i >= PC_DEPTH_MAX)
		c->found = PC_REASON_DEPTH;
	return c->hit;
}

/*
 * Collects the components of a name into the scratch, the last one first, up to the root or to a
 * directory whose states are kept (c->hit); sets its depth, and c->found to the outcome. A race
 * with a rename is PC_REASON_RACE: the caller tries again.
 */
static __noinline int name_collect(struct pc_ctx *c, struct dentry *dentry)
{
	struct collect_walk walk = {.dentry = dentry, .c = c};

	scratch_of(c)->depth = 0;
	c->hit = 0;
	c->base = 0;
	c->several = 0;
	bpf_loop(PC_DEPTH_MAX + 1, collect_step, &walk, 0);
	return 0;
}

/* ---- where names begin --------------------------------------------------------------------- */

struct subtree_search {
	struct pc_ctx *c;
	__u32 dev;
};

/* What component i of a collected name would be in the table. */
static __always_inline struct pc_root_key subtree_key(struct pc_scratch *scratch, __u32 dev,
						      __u32 i)
{
	struct pc_component *component = &scratch->component[i & (PC_DEPTH_MAX - 1)];

	return (struct pc_root_key){
		.inode = component->inode,
		.dev = dev,
		.generation = component->igeneration,
	};
}

/* Of a file system whose root is not mounted: the nearest directory that is. */
static long subtree_step(__u32 i, void *context)
{
	struct subtree_search *search = context;
	struct pc_root_key key = subtree_key(scratch_of(search->c), search->dev, i);

	if (!key.inode || !bpf_map_lookup_elem(&pc_roots, &key))
		return 0;
	search->c->above = i + 1;
	return 1;
}

/* Sets c->above, which is 0 where none of the collected components is such a directory. */
static __noinline int subtree_find(struct pc_ctx *c, __u32 dev)
{
	struct subtree_search search = {.c = c, .dev = dev};

	c->above = 0;
	bpf_loop(scratch_of(c)->depth & (2 * PC_DEPTH_MAX - 1), subtree_step, &search, 0);
	return 0;
}

static __always_inline bool root_is(const struct pc_root_key *key, __u64 inode, __u32 dev,
				    __u32 generation)
{
	return key->inode == inode && key->dev == dev && key->generation == generation;
}

/* Copies an entry to c->root, c->root_flags, c->state and c->self. See struct pc_root. */
static __noinline int root_copy(struct pc_ctx *c, struct pc_root_key *key)
{
	struct pc_root *root = bpf_map_lookup_elem(&pc_roots, key);
	__u32 slot = c->slot & (PC_SLOTS - 1);

	c->root = 0;
	c->root_flags = 0;
	if (!root)
		return 0;
	c->root = root->id;
	c->root_flags = root->flags;
	__builtin_memcpy(c->state, root->state[slot], sizeof(c->state));
	__builtin_memcpy(c->self, root->self[slot], sizeof(c->self));
	barrier();
	if (!root_is(&root->key, key->inode, key->dev, key->generation) ||
	    !root_is(&root->again, key->inode, key->dev, key->generation)) {
		c->found = PC_REASON_RACE;
		c->root = 0;
	}
	return 0;
}

/* The entry where the collected name begins; shortens scratch->depth to what lies below it. */
static __always_inline void root_find(struct pc_ctx *c, __u32 dev)
{
	struct pc_scratch *scratch = scratch_of(c);
	struct pc_root_key key = {.dev = dev};

	root_copy(c, &key);
	if (!(c->root_flags & PC_ROOT_SUBTREES))
		return;
	if (c->root_flags & PC_ROOT_SEVERAL)
		c->several = PC_DIR_SEVERAL;
	subtree_find(c, dev);
	if (!c->above)
		return;
	scratch->depth = c->above - 1;
	key = subtree_key(scratch, dev, scratch->depth);
	root_copy(c, &key);
	if (!c->root_flags)
		c->found = PC_REASON_RACE; /* it was there a moment ago */
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

/* Sets c->chain to what tells a name from any other that its dentry may have; 0: it is too deep. */
static __noinline int witness(struct pc_ctx *c, struct dentry *dentry)
{
	if (!c->steady)
		return chain_of(c, dentry);
	c->chain = place_of(dentry, dentry->d_sb, inode_of(dentry));
	return 0;
}

/* Before anything of a name is read: what it must still be when all is. */
static __noinline int name_begin(struct pc_ctx *c, struct dentry *dentry)
{
	epoch_take(c, dentry);
	witness(c, dentry);
	c->before = c->chain;
	return 0;
}

/*
 * The collected components are a name, and what was found for them and for their directory is
 * right, only if all the links between them held at one moment. Either no directory has begun to
 * move since before the first was read, and the last link is what it was; or, where some may be
 * moving, all links are.
 */
static __always_inline bool held_together(struct pc_ctx *c, struct dentry *dentry)
{
	witness(c, dentry);
	return c->chain && c->chain == c->before && (!c->steady || epoch_same(c, dentry));
}

/*
 * From the collected components, which are a whole name, to where a run over them begins. False:
 * there is nothing to run over, and c->found and c->class say why.
 */
static __noinline bool name_root(struct pc_ctx *c, struct dentry *dentry, bool deleted)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_scratch *scratch = scratch_of(c);
	__u32 depth = scratch->depth;

	root_find(c, sb->s_dev);
	c->base = depth - scratch->depth;
	if (c->found == PC_REASON_DISCONNECTED && !scratch->depth)
		c->found = rootless(dentry->d_inode, sb, c->root_flags != 0);
	if (c->found != NAME_FOUND)
		return false;
	if (!(c->root_flags & PC_ROOT_NAMED) || !c->state[0]) {
		c->flags |= PC_EVENT_FOREIGN;
		__builtin_memset(c->class.of, 0, sizeof(c->class.of));
		if (deleted)
			c->found = NAME_DELETED;
		return false;
	}
	if (sb->s_magic == PROC_SUPER_MAGIC)
		proc_self(c);
	c->keep = (c->root_flags & PC_ROOT_CACHED) && c->steady;
	if (!scratch->depth)
		__builtin_memcpy(c->class.of, c->self, sizeof(c->class.of));
	return true;
}

/* Runs down to c->class; c->found becomes PC_REASON_IMAGE where that fails. */
static __always_inline void name_run(struct pc_ctx *c)
{
	struct pc_scratch *scratch = scratch_of(c);

	if (!scratch->depth)
		c->below[0] = NO_STATE; /* the root: its class stands in the table */
	else if (pc_run(scratch))
		c->found = PC_REASON_IMAGE;
}

/*
 * Keeps what has been found of a name that held together, and of the two directories above it.
 * parent: as it was read between the two readings of the name's place; by now a rename may have
 * given the name another one, of which nothing is known.
 */
static __always_inline void name_keep(struct pc_ctx *c, struct dentry *dentry,
				      struct dentry *parent, bool class)
{
	__u32 depth = scratch_of(c)->depth;
	struct pc_cached_name *slot;

	if (depth > 2 || (depth == 2 && !c->hit))
		dir_remember(c, parent->d_parent, 2);
	if (depth > 1 || (depth == 1 && !c->hit))
		dir_remember(c, parent, 1);
	if (!class)
		return;
	slot = name_slot(dentry, dentry->d_sb);
	if (slot) {
		name_remember(slot, c->before, c->epoch, &c->class);
		c->kept = 1;
	}
}

/* Collects the components, not past a directory where a name begins that is nearer. */
static __always_inline void name_collect_to(struct pc_ctx *c, struct dentry *dentry)
{
	c->unaided = 0;
	name_collect(c, dentry);
	if (!c->hit || !c->several)
		return;
	subtree_find(c, dentry->d_sb->s_dev);
	if (c->above) {
		c->unaided = 1;
		name_collect(c, dentry);
	}
}

/*
 * Names a dentry for which name_begin() was called: sets c->class, c->below, c->flags, c->root, and
 * c->found to the outcome (NAME_FOUND, NAME_FILELESS, NAME_DELETED, NAME_NO_FILE, or why there is
 * no name). With c->whole its components are left in the scratch. inode: of the name, if its class
 * may be kept, or NULL. present: the name exists already, and so one that is unhashed has been
 * deleted.
 */
static __noinline int name_find(struct pc_ctx *c, struct dentry *dentry, struct inode *inode,
				bool present)
{
	struct dentry *parent = dentry->d_parent;
	bool deleted = present && !dentry->d_hash.pprev && dentry != parent;

	STAT_ADD(walks);
	c->flags = deleted ? PC_EVENT_DELETED : 0;
	c->root = 0;
	c->keep = 1; /* or nothing would have been kept of a directory above */
	__builtin_memset(c->below, 0, sizeof(c->below));
	name_collect_to(c, dentry);
	if (c->hit)
		STAT_ADD(dir_cache_hits);
	else if (!name_root(c, dentry, deleted))
		return 0;
	if (c->found == NAME_FOUND)
		name_run(c);
	if (c->found != NAME_FOUND)
		return 0;
	if (!held_together(c, dentry)) {
		c->found = PC_REASON_RACE;
		return 0;
	}
	if (deleted)
		c->found = NAME_DELETED;
	if (c->keep)
		name_keep(c, dentry, parent, inode && !deleted && one_name(inode));
	return 0;
}

static __always_inline void name_walk(struct pc_ctx *c, struct dentry *dentry, bool present)
{
	name_begin(c, dentry);
	name_find(c, dentry, NULL, present);
}

/* Names a dentry by a slot's image that need not be in force, and keeps nothing of it. */
static __always_inline void name_once(struct pc_ctx *c, struct dentry *dentry, bool present)
{
	c->steady = 0;
	witness(c, dentry);
	c->before = c->chain;
	name_find(c, dentry, NULL, present);
}

#endif
