/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of several names: each is allowed only what all of its names allow.
 *
 * A table for each slot's image holds the classes of their names. The daemon walks the trees that
 * patterns can reach and fills it; from before that on, the hooks of link and rename add what
 * names come, for whichever task. So of a file that a complete table lacks all names have one
 * class, and the name that was used tells it. Classes are added and never taken away, until the
 * last name goes or a walk fills a new table.
 *
 * A renamed directory takes along names that nobody looks at: the table is not complete, then,
 * until the daemon has walked again, unless both names of the directory are the same to the
 * automata.
 */
#ifndef LINKS_BPF_H
#define LINKS_BPF_H

#include "fast.bpf.h"

/* May the name that was used be one of several? One that was deleted may have left another. */
static __always_inline bool has_names(struct pc_ctx *c, struct inode *inode)
{
	unsigned int left = inode->i_nlink;

	return (left > 1 || (left && (c->flags & PC_EVENT_DELETED))) && !is_directory(inode) &&
	       (c->found == NAME_FOUND || c->found == NAME_DELETED);
}

static __always_inline void link_key(struct pc_link_key *key, struct dentry *dentry,
				     struct inode *inode)
{
	key->inode = inode->i_ino;
	key->dev = dentry->d_sb->s_dev;
	key->pad = 0;
}

/* Does the daemon walk the file system of the name that was walked last? */
static __always_inline bool is_walked(const struct pc_ctx *c)
{
	return c->hit || (c->root_flags & (PC_ROOT_CACHED | PC_ROOT_SUBTREES));
}

static __always_inline bool links_kept(struct pc_control *control, __u32 slot)
{
	return *(volatile __u32 *)&control->links_on >> (slot & (PC_SLOTS - 1)) & 1;
}

static __always_inline struct pc_links *links_of(struct pc_control *control, __u32 slot)
{
	return &control->links[slot & (PC_SLOTS - 1)];
}

static __always_inline bool class_same(const struct pc_class *a, const struct pc_class *b)
{
	return !((a->of[0] ^ b->of[0]) | (a->of[1] ^ b->of[1]) | (a->of[2] ^ b->of[2]) |
		 (a->of[3] ^ b->of[3]));
}

/* ---- reading ------------------------------------------------------------------------------- */

/* Copies what the table holds of a file. False: it tells of a name that nobody knows. */
static __always_inline bool linked_take(struct pc_linked *to, const struct pc_linked *entry)
{
	bool known = true;

	to->count = *(volatile __u32 *)&entry->count;
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < PC_LINK_CLASSES; i++) {
		to->class[i].of[0] = *(volatile __u32 *)&entry->class[i].of[0];
		barrier();
		to->class[i].of[1] = entry->class[i].of[1];
		to->class[i].of[2] = entry->class[i].of[2];
		to->class[i].of[3] = entry->class[i].of[3];
		if (i < to->count && to->class[i].of[0] == PC_LINK_UNKNOWN)
			known = false;
	}
	return known && to->count <= PC_LINK_CLASSES;
}

/*
 * Takes the classes of the names of the file with w->link, or makes w->c.found PC_REASON_LINKS:
 * not all are known. Global: see pc_run.
 */
__noinline int pc_links_take(struct pc_scratch *scratch)
{
	struct pc_control *control = control_get();
	struct pc_linked *entry = NULL;
	struct pc_link_key key; /* 6.1 looks up none that stands in a scratch */
	struct pc_links *links;
	bool known = true;
	struct work *w;
	__u64 walked;
	__u32 slot;
	void *table;

	if (!scratch || !control)
		return 0;
	w = work_of(scratch);
	slot = w->c.slot;
	if (!links_kept(control, slot))
		return 0;
	links = links_of(control, slot);
	walked = *(volatile __u64 *)&links->walked;
	table = bpf_map_lookup_elem(&pc_links, &slot);
	key = w->link;
	if (table)
		entry = bpf_map_lookup_elem(table, &key);
	if (entry)
		known = linked_take(&w->also, entry);
	else if (*(volatile __u32 *)&links->full)
		known = !is_walked(&w->c);
	/* Read before the table and behind it: another may have taken its place. */
	if (!walked || walked != *(volatile __u64 *)&links->walked ||
	    walked != *(volatile __u64 *)&links->moved)
		known &= !is_walked(&w->c);
	if (!known) {
		w->c.found = PC_REASON_LINKS;
		w->also.count = 0;
	}
	return 0;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Adds a class to an entry. Two at once may add the same twice, which only takes room. */
static __always_inline void linked_add(struct pc_linked *entry, const struct pc_class *class)
{
	__u32 at = entry->count;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < PC_LINK_CLASSES; i++)
		if (i < at && class_same(&entry->class[i], class))
			return;
	if (at < PC_LINK_CLASSES)
		at = __sync_fetch_and_add(&entry->count, 1);
	if (at >= PC_LINK_CLASSES) {
		*(volatile __u32 *)&entry->count = PC_LINK_CLASSES + 1;
		return;
	}
	at &= PC_LINK_CLASSES - 1;
	entry->class[at].of[1] = class->of[1];
	entry->class[at].of[2] = class->of[2];
	entry->class[at].of[3] = class->of[3];
	barrier();
	*(volatile __u32 *)&entry->class[at].of[0] = class->of[0];
}

/* Adds a class of a file's names to the table of a slot, or says that there is no room. */
static __noinline int link_add(__u32 slot, const struct pc_link_key *file,
			       const struct pc_class *class)
{
	struct pc_control *control = control_get();
	struct pc_linked *entry, fresh;
	struct pc_link_key key = *file;
	void *table = bpf_map_lookup_elem(&pc_links, &slot);

	if (!control)
		return 0;
	entry = table ? bpf_map_lookup_elem(table, &key) : NULL;
	if (table && !entry) {
		__builtin_memset(&fresh, 0xff, sizeof(fresh));
		fresh.count = 1;
		fresh.class[0] = *class;
		if (!bpf_map_update_elem(table, &key, &fresh, BPF_NOEXIST)) {
			__sync_fetch_and_add(&links_of(control, slot)->entries, 1);
			return 0;
		}
		entry = bpf_map_lookup_elem(table, &key);
	}
	if (entry)
		linked_add(entry, class);
	else
		*(volatile __u32 *)&links_of(control, slot)->full = 1;
	return 0;
}

/* A name goes that was the file's only one. Global: see pc_run. */
__noinline int pc_links_forget(struct pc_link_key *file)
{
	struct pc_control *control = control_get();
	struct pc_link_key key;

	if (!control || !file)
		return 0;
	key = *file;
	for (__u32 slot = 0; slot < PC_SLOTS; slot++) {
		void *table;
		__u32 at = slot;

		if (!links_kept(control, slot) || !links_of(control, slot)->entries)
			continue;
		table = bpf_map_lookup_elem(&pc_links, &at);
		if (table && !bpf_map_delete_elem(table, &key))
			__sync_fetch_and_add(&links_of(control, slot)->entries, -1);
	}
	return 0;
}

/* ---- names that come and go ----------------------------------------------------------------- */

struct links_walk {
	struct pc_scratch *scratch;
	struct dentry *from;
	struct dentry *to;
};

static __always_inline bool is_name(__u32 found)
{
	return found == NAME_FOUND || found == NAME_DELETED;
}

/* May the names below a directory be others to an automaton than before? While the daemon walks
 * it must not lose sight of any that it looks for, either. */
static __always_inline bool below_differs(const struct pc_links *links, const struct work *w,
					  bool complete)
{
#pragma clang loop unroll(full)
	for (int a = 0; a < PC_AUTOMATA; a++) {
		__u32 from = w->to.below[a], to = w->c.below[a], dead = links->dead[a];

		if ((!from || from == dead) && (!to || to == dead))
			continue;
		if (!complete || from != to)
			return true;
	}
	return false;
}

/*
 * A file, or w->tree, gets the name that was walked last beside or for the one in w->to. Global:
 * see pc_run.
 */
__noinline int pc_links_note(struct pc_scratch *scratch)
{
	struct pc_control *control = control_get();
	struct pc_links *links;
	struct pc_link_key key;
	struct work *w;
	bool complete, known;
	__u32 slot;
	void *table;

	if (!scratch || !control)
		return 0;
	w = work_of(scratch);
	slot = w->c.slot;
	links = links_of(control, slot);
	complete = *(volatile __u64 *)&links->walked == *(volatile __u64 *)&links->moved;
	known = is_name(w->to.found) && is_name(w->c.found);
	if (w->tree) {
		if (is_walked(&w->c) && (!known || below_differs(links, w, complete)))
			__sync_fetch_and_add(&links->moved, 1);
		return 0;
	}
	if (known && complete && class_same(&w->to.class, &w->c.class)) {
		table = bpf_map_lookup_elem(&pc_links, &slot);
		key = w->link;
		if (table && !bpf_map_lookup_elem(table, &key))
			return 0;
	}
	if (!known)
		w->c.class.of[0] = PC_LINK_UNKNOWN;
	else
		link_add(slot, &w->link, &w->to.class);
	link_add(slot, &w->link, &w->c.class);
	return 0;
}

/* Keeps what one end of a rename or link is; the other one is walked next. */
static __always_inline void end_keep(struct work *w)
{
	w->to.found = w->c.found;
	w->to.class = w->c.class;
	__builtin_memcpy(w->to.below, w->c.below, sizeof(w->to.below));
}

/* Two steps a slot: the name there is, and the one that comes. Nothing is kept of either: the slot
 * may be one that is being filled. */
static long links_step(__u32 i, void *context)
{
	struct links_walk *walk = context;
	struct pc_control *control = control_get();
	struct dentry *dentry = walk->from;
	struct work *w = work_of(walk->scratch);
	__u32 slot = i >> 1 & (PC_SLOTS - 1);

	if (!control || !links_kept(control, slot))
		return 0;
	if (i & 1)
		dentry = walk->to;
	w->c.slot = slot;
	w->c.automata = control->slots[slot].automata;
	name_once(&w->c, dentry, !(i & 1));
	if (i & 1)
		pc_links_note(walk->scratch);
	else
		end_keep(w);
	return 0;
}

/* Nobody can look at these names: a walk has to. */
static __always_inline void links_lost(struct pc_control *control)
{
#pragma clang loop unroll(full)
	for (__u32 slot = 0; slot < PC_SLOTS; slot++)
		if (links_kept(control, slot))
			__sync_fetch_and_add(&control->links[slot].moved, 1);
}

static __always_inline void names_change(struct pc_control *control, struct dentry *from,
					 struct dentry *to, struct inode *inode)
{
	struct links_walk walk = {.from = from, .to = to, .scratch = scratch_borrow()};
	struct work *w;

	if (!walk.scratch) {
		links_lost(control);
		return;
	}
	w = work_of(walk.scratch);
	w->tree = is_directory(inode);
	w->c.whole = 0;
	link_key(&w->link, from, inode);
	bpf_loop(2 * PC_SLOTS, links_step, &walk, 0);
	scratch_return(walk.scratch);
}

/* A name goes, and the file with it: that is so if this many are left. */
static __always_inline void name_ends(struct dentry *dentry, unsigned int left)
{
	struct pc_control *control = control_get();
	struct inode *inode = dentry->d_inode;
	struct pc_link_key key;

	if (!control || !control->links_on || !inode || is_directory(inode) ||
	    inode->i_nlink != left)
		return;
	link_key(&key, dentry, inode);
	pc_links_forget(&key);
}

/* A file gets another name, and nothing forbids it. One without any (O_TMPFILE) gets its first. */
static __always_inline void link_begin(struct dentry *old, struct dentry *new)
{
	struct pc_control *control = control_get();
	struct inode *inode = old->d_inode;

	if (control && control->links_on && inode && inode->i_nlink)
		names_change(control, old, new, inode);
}

/* The same for a name that is renamed. */
static __always_inline void rename_begin(struct dentry *old, struct dentry *new)
{
	struct pc_control *control = control_get();
	struct inode *inode = old->d_inode;

	if (!control || !control->links_on || !inode)
		return;
	if (is_directory(inode) || inode->i_nlink > 1)
		names_change(control, old, new, inode);
}

#endif
