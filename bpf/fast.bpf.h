/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two short answers, given before any buffer is borrowed: this task is nobody's subject, and
 * this label was allowed the same on this name before.
 *
 * What was allowed stands in inode storage beside the class. Its own proof mixes the fingerprint of
 * the chain, the generation, the version of the mount table, the label's digest and the operations:
 * whatever changes, the entry no longer proves itself and the long way is taken. Only an allow is
 * ever answered here, never a deny: that has an event to write.
 */
#ifndef FAST_BPF_H
#define FAST_BPF_H

#include "judge.bpf.h"

#define FAST_LAYERS 4
#define FAST_OPS 2

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

static __always_inline __u64 allowed_proof(__u64 chain, __u64 generation, __u64 roots, __u64 label,
					   __u32 allowed)
{
	return mix(mix(mix(chain, generation << 32 ^ roots), label), allowed);
}

static __always_inline void count_allowed_op(struct pc_counter_row *row, __u32 op, __u32 ops)
{
	barrier_var(op); /* so that what is compared is what indexes */
	if (op < PC_OP_COUNT && (ops & PC_BIT(op)))
		__sync_fetch_and_add(&row->of[op][PC_ALLOWED], 1);
}

static __always_inline void count_allowed(const struct pc_label *label, __u32 ops)
{
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < FAST_LAYERS; i++) {
		__u32 key = label->row[i];
		struct pc_counter_row *row;

		if (i >= label->count)
			return;
		row = bpf_map_lookup_elem(&pc_counters, &key);
		if (!row)
			return;
		count_allowed_op(row, (ops & 0x1f) - 1, label->layer_ops[i]);
		if (ops >> 8)
			count_allowed_op(row, (ops >> 8 & 0x1f) - 1, label->layer_ops[i]);
	}
}

enum fast { FAST_ALLOWED, FAST_UNKNOWN };

/* inode: of a name that exists. ops: a list, all of which must be allowed. */
static __noinline enum fast fast_answer(struct dentry *dentry, struct inode *inode, __u32 ops)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u32 slot, allowed, mask = ops_mask(ops);
	__u64 word, generation, roots, chain;
	struct pc_cached_inode *cached;
	struct pc_task *t;

	if (!control)
		return FAST_UNKNOWN;
	word = *(volatile __u64 *)&control->word;
	slot = PC_CONTROL_ACTIVE(word);
	generation = *(volatile __u64 *)&control->slots[slot].generation;
	roots = *(volatile __u64 *)&control->roots;
	t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
	if (!t || (word & PC_CONTROL_ARMED) || t->label.generation != generation ||
	    t->label.cgroup != cgroup_id_of(task))
		return FAST_UNKNOWN;
	if (!(t->label.ops & mask))
		return image_same(slot, generation, 0) ? FAST_ALLOWED : FAST_UNKNOWN;
	if (ops >> 8 * FAST_OPS || t->label.count > FAST_LAYERS || !inode || !one_name(inode))
		return FAST_UNKNOWN;
	cached = bpf_inode_storage_get(&pc_inodes, inode, 0, 0);
	if (!cached || (control->flags & PC_CONTROL_NO_CACHE))
		return FAST_UNKNOWN;
	allowed = *(volatile __u32 *)&cached->allowed; /* once: another may be writing */
	chain = chain_short(dentry);
	if ((mask & ~allowed) || !chain ||
	    cached->allowed_proof !=
		    allowed_proof(chain, generation, roots, t->label.digest, allowed))
		return FAST_UNKNOWN;
	if (!image_same(slot, generation, 0))
		return FAST_UNKNOWN;
	count_allowed(&t->label, ops);
	return FAST_ALLOWED;
}

/* After the long way allowed ops to a label: c->chain is the dentry's, and its class is kept. */
static __always_inline void allowed_remember(struct pc_ctx *c, struct inode *inode,
					     const struct pc_label *label, __u32 mask)
{
	struct pc_cached_inode *cached = bpf_inode_storage_get(&pc_inodes, inode, 0, 0);
	__u32 allowed;

	if (!cached || label->overflow || c->fallback)
		return;
	allowed = *(volatile __u32 *)&cached->allowed;
	if (cached->allowed_proof ==
	    allowed_proof(c->chain, c->generation, c->roots, label->digest, allowed))
		mask |= allowed;
	allowed = mask;
	cached->allowed = allowed;
	cached->allowed_proof =
		allowed_proof(c->chain, c->generation, c->roots, label->digest, allowed);
}

#endif
