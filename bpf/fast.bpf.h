/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two short answers, given before any buffer is borrowed: this task is nobody's subject, and
 * this label was allowed the same on this name before.
 *
 * What was allowed stands beside the class of a name. Its own proof mixes the name's place and the
 * epoch (bpf/cache.bpf.h), the label's digest and the operations: whatever changes, the entry no
 * longer proves itself and the long way is taken. Only an allow is ever answered here, never a
 * deny: that has an event to write.
 */
#ifndef FAST_BPF_H
#define FAST_BPF_H

#include "judge.bpf.h"

/* Is there nothing to ask about the current task? */
static __always_inline bool nobody_asks(void)
{
	struct pc_control *control = control_get();
	__u64 word;

	if (!control)
		return true; /* an array's only element: never NULL */
	word = *(volatile __u64 *)&control->word;
	return !(word & PC_CONTROL_ON) || task_is_free(control, word, bpf_get_current_task_btf());
}

static __always_inline __u64 allowed_proof(__u64 place, __u64 epoch, __u64 label, __u32 allowed)
{
	return mix(mix(mix(place, epoch), label), allowed);
}

enum fast { FAST_ALLOWED, FAST_UNKNOWN };

/* Does the name's entry say that a label was allowed these operations on it? */
static __always_inline bool known_allowed(struct pc_control *control, __u64 generation,
					  struct dentry *dentry, struct inode *inode, __u64 label,
					  __u32 mask)
{
	__u64 begun = *(volatile __u64 *)&moves_of(control, dentry->d_sb)->begun;
	__u64 epoch = epoch_of(generation, *(volatile __u64 *)&control->roots, begun, dentry->d_sb);
	struct pc_cached_name *slot = name_slot(dentry);
	__u32 allowed;

	if (!slot || (control->flags & PC_CONTROL_NO_CACHE))
		return false;
	allowed = *(volatile __u32 *)&slot->allowed; /* once: another may be writing */
	return !(mask & ~allowed) &&
	       slot->allowed_proof ==
		       allowed_proof(place_of(dentry, inode->i_ino), epoch, label, allowed);
}

/* inode: of a name that exists. ops: a list, all of which must be allowed. */
static __noinline enum fast fast_answer(struct dentry *dentry, struct inode *inode, __u32 ops)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u32 mask = fast_mask(ops);
	__u64 word, generation;
	struct pc_task *t;
	bool asked;

	if (!control || ops >> 8 * FAST_OPS)
		return FAST_UNKNOWN;
	word = *(volatile __u64 *)&control->word;
	generation = active_generation(control, word);
	t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
	if (!label_holds(t, generation, word, task))
		return FAST_UNKNOWN;
	asked = t->label.ops & mask;
	if (asked && (t->label.count > FAST_LAYERS || !inode || !one_name(inode) ||
		      !known_allowed(control, generation, dentry, inode, t->label.digest, mask)))
		return FAST_UNKNOWN;
	if (active_generation(control, word) != generation)
		return FAST_UNKNOWN;
	if (asked)
		count_allowed(&t->label, ops);
	return FAST_ALLOWED;
}

/* After the long way allowed ops to a label, on a name whose class is kept. */
static __always_inline void allowed_remember(struct pc_ctx *c, struct dentry *dentry,
					     const struct pc_label *label, __u32 mask)
{
	struct pc_cached_name *slot = name_slot(dentry);
	__u32 allowed;

	if (!slot || label->overflow || c->fallback)
		return;
	allowed = *(volatile __u32 *)&slot->allowed;
	if (slot->allowed_proof == allowed_proof(c->before, c->epoch, label->digest, allowed))
		mask |= allowed;
	allowed = mask;
	slot->allowed = allowed;
	slot->allowed_proof = allowed_proof(c->before, c->epoch, label->digest, allowed);
}

#endif
