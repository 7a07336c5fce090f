/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short answers, given before any buffer is borrowed. This task is nobody's subject; this label
 * was allowed the same on this name before; or its layers allow it, and the class of the name is
 * remembered, or is one short component away from what is remembered of its directory.
 *
 * What was allowed stands beside the class of a name. Its own proof mixes the name's place and the
 * epoch (bpf/cache.bpf.h), the label's digest and the operations: whatever changes, the entry no
 * longer proves itself and the long way is taken. Only an allow is ever answered here, never a
 * deny: that has an event to write.
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

static __always_inline __u64 allowed_proof(__u64 place, __u64 epoch, __u64 label, __u32 allowed)
{
	return mix(mix(mix(place, epoch), label), allowed);
}

/* A name that is asked about, and what tells it: as in struct pc_ctx. */
struct near {
	struct pc_control *control;
	struct dentry *dentry;
	struct super_block *sb;
	struct pc_moves *moves;
	__u64 inode;
	__u64 roots;
	__u64 generation;
	__u64 begun;
	__u64 epoch;
	__u64 place;
	__u32 slot; /* of the image */
};

/* Keeps that a label was allowed ops on a name whose class is kept, besides what it was before. */
static __always_inline void allowed_remember(struct pc_cached_name *slot, __u64 place, __u64 epoch,
					     const struct pc_label *label, __u32 mask)
{
	__u32 allowed = *(volatile __u32 *)&slot->allowed;

	if (slot->allowed_proof == allowed_proof(place, epoch, label->digest, allowed))
		mask |= allowed;
	slot->allowed = mask;
	slot->allowed_proof = allowed_proof(place, epoch, label->digest, mask);
}

/* The same after the long way. */
static __always_inline void allowed_keep(struct pc_ctx *c, struct dentry *dentry,
					 const struct pc_label *label, __u32 mask)
{
	struct pc_cached_name *slot = name_slot(dentry, dentry->d_sb);

	if (slot && !label->overflow && !c->fallback)
		allowed_remember(slot, c->before, c->epoch, label, mask);
}

/* Does the name's entry say that a label was allowed these operations on it? */
static __always_inline bool known_allowed(const struct near *n, struct pc_cached_name *slot,
					  __u64 label, __u32 mask)
{
	__u32 allowed = *(volatile __u32 *)&slot->allowed; /* once: another may be writing */

	return !(mask & ~allowed) &&
	       slot->allowed_proof == allowed_proof(n->place, n->epoch, label, allowed);
}

/* ---- one component ------------------------------------------------------------------------- */

/* The automaton over a slash and a name of at most NAME_SHORT bytes. */
static __always_inline __u32 run_short(const struct pc_automaton *a, __u32 state,
				       const unsigned char *name, __u32 length)
{
	state = pc_automaton_step(a, state, '/');
	state = run_word(a, state, *(__u64 *)name, length);
	if (length > 8)
		state = run_word(a, state, *(__u64 *)(name + 8), length - 8);
	if (length > 16)
		state = run_word(a, state, *(__u64 *)(name + 16), length - 16);
	return state;
}

/* The class behind a directory's state; false: it takes the long way. */
static __always_inline bool class_short(const struct near *n, __u32 state, __u32 *ret_class)
{
	__u32 tier = n->control->slots[n->slot].tier[PC_PART_AUTOMATON];
	__u32 length = n->dentry->d_name.len;
	const unsigned char *name = name_inlined(n->dentry, length);
	struct pc_automaton a;

	if (!name)
		return false;
	PART_GET(n->slot, PC_PART_AUTOMATON, tier, sizeof(struct pc_cell), a.cells, a.mask);
	if (!a.cells)
		return false;
	*ret_class = pc_automaton_accepts(&a, run_short(&a, state, name, length));
	return true;
}

/*
 * The class of a name whose directory is remembered: what bpf/name.bpf.h does for one component,
 * with the same proof that it held together.
 */
static __always_inline bool near_name(const struct near *n, __u32 *ret_class)
{
	struct dentry *dentry = n->dentry, *parent = dentry->d_parent;
	struct pc_cached behind;
	__u32 depth;

	/* PC_DIR_SEVERAL is beyond any depth: the name may begin right here. */
	if (parent == dentry || (dentry->d_seq.seqcount.sequence & 1) ||
	    !nothing_moves(n->control, n->moves, n->roots) ||
	    !dir_take(parent, n->sb, n->epoch, &behind, &depth) || depth >= PC_DEPTH_MAX ||
	    !class_short(n, behind.number[0], ret_class))
		return false;
	return place_of(dentry, n->sb, n->inode) == n->place &&
	       *(volatile __u64 *)&n->moves->begun == n->begun;
}

/* The class of a name that exists, if it is remembered. */
static __always_inline bool near_class(const struct near *n, struct pc_cached_name *slot,
				       __u32 *ret_class)
{
	struct pc_cached copy = entry_take(&slot->class);

	*ret_class = copy.number[0];
	return copy.proof == proof_of(n->place, n->epoch, copy.number);
}

static __always_inline bool near_allows(const struct near *n, const struct pc_label *label,
					__u32 class, __u32 mask)
{
	struct pc_tables t;

	TABLES_GET(n->slot, t);
	return t.words && layers_allow(&t, label, class, mask) &&
	       *(volatile __u64 *)&n->control->slots[n->slot].generation == n->generation;
}

/* ---- the answer ------------------------------------------------------------------------------ */

enum fast { FAST_ALLOWED, FAST_UNKNOWN };

/* Of a label that has something to say. slot: of the name. present: as of name_find(). */
static __always_inline bool near_answer(const struct near *n, struct pc_cached_name *slot,
					const struct pc_label *label, __u32 mask, bool present)
{
	struct pc_class class = {};

	if (n->inode && known_allowed(n, slot, label->digest, mask))
		return true;
	if (n->control->slots[n->slot].automata != 1 || (mask & PC_OPS_PLAIN) || label->overflow)
		return false;
	if (n->inode && near_class(n, slot, &class.of[0])) {
		STAT_ADD(name_cache_hits);
	} else {
		if ((present && !n->dentry->d_hash.pprev) || !near_name(n, &class.of[0]))
			return false;
		STAT_ADD(dir_cache_hits);
		if (n->inode)
			name_remember(slot, n->place, n->epoch, &class);
	}
	if (!near_allows(n, label, class.of[0], mask))
		return false;
	if (n->inode)
		allowed_remember(slot, n->place, n->epoch, label, mask);
	return true;
}

/*
 * ops: a list, all of which must be allowed. inode: of a name that exists, or NULL. What is
 * answered rests on one reading of the generation, which is part of every proof.
 */
static __noinline enum fast fast_answer(struct pc_control *control, struct dentry *dentry,
					struct inode *inode, __u32 ops, bool present)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct near n = {.control = control, .dentry = dentry};
	__u64 word = *(volatile __u64 *)&control->word;
	struct pc_cached_name *slot;
	__u32 mask = fast_mask(ops);
	struct pc_task *t;
	dev_t dev;

	n.slot = PC_CONTROL_ACTIVE(word);
	n.generation = active_generation(control, word);
	t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
	if (!label_holds(t, n.generation, word, task) || ops >> 8 * FAST_OPS)
		return FAST_UNKNOWN;
	if (!(t->label.ops & mask))
		return FAST_ALLOWED;
	n.sb = dentry->d_sb;
	slot = name_slot(dentry, n.sb);
	if (!slot || (control->flags & PC_CONTROL_NO_CACHE) || t->label.count > FAST_LAYERS ||
	    (inode && !one_name(inode)))
		return FAST_UNKNOWN;
	dev = n.sb->s_dev;
	n.inode = inode ? inode->i_ino : 0;
	n.moves = moves_of(control, dev);
	n.begun = *(volatile __u64 *)&n.moves->begun;
	n.roots = *(volatile __u64 *)&control->roots;
	n.epoch = epoch_of(n.generation, n.roots, n.begun, dev);
	n.place = place_of(dentry, n.sb, n.inode);
	if (!near_answer(&n, slot, &t->label, mask, present))
		return FAST_UNKNOWN;
	count_allowed(&t->label, ops);
	return FAST_ALLOWED;
}

#endif
