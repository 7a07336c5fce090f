// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel side's own decision code, callable from user space (BPF_PROG_RUN). It works on a
 * scratch that the test has filled, where a hook would have read dentries and credentials.
 *
 *   decide_pin     takes the image in force; forgets all lists
 *   decide_name    the class of the components in the scratch
 *   decide_lists   the subject lists of that class
 *   decide_label   a label from the lists and the identity in the scratch
 *   decide_judge   what that label says
 *   decide_path    the components as a path of an event
 *   decide_self    /proc/PID becomes /proc/self
 *   decide_borrow  borrows until there is no scratch left
 */
#include "check.bpf.h"

#include "control.bpf.h"
#include "decide.h"

static __always_inline struct pc_scratch *scratch_filled(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&pc_scratches, &zero);
}

SEC("syscall")
int decide_pin(struct decide_args *args)
{
	struct pc_scratch *scratch = scratch_filled();
	struct pc_control *control = control_get();
	struct pc_ctx *c;

	if (!scratch || !control)
		return -ENOENT;
	c = &work_of(scratch)->c;
	image_pin(c, control);
	__builtin_memset(c->lists, 0, sizeof(c->lists));
	args->slot = c->slot;
	args->fallback = c->fallback;
	args->generation = c->generation;
	args->same = image_same(c->slot, c->generation, c->fallback);
	return 0;
}

struct name_repeat {
	struct pc_ctx *c;
	__u32 state[PC_AUTOMATA];
	__u32 failed;
};

/* As name_run and cgroup_lists do. */
static long name_step(__u32 i, void *context)
{
	struct name_repeat *repeat = context;
	struct pc_ctx *c = repeat->c;

	__builtin_memcpy(c->state, repeat->state, sizeof(repeat->state));
	repeat->failed = !!pc_run(scratch_of(c));
	return repeat->failed;
}

SEC("syscall")
int decide_name(struct decide_args *args)
{
	struct name_repeat repeat = {};
	struct pc_scratch *scratch = scratch_filled();
	struct pc_control *control = control_get();
	struct pc_ctx *c;
	__u64 begin;
	__u32 times;

	if (!scratch || !control)
		return -ENOENT;
	c = &work_of(scratch)->c;
	repeat.c = c;
	times = args->repeat;
	args->root = 0;
	if (args->whole) {
		__builtin_memcpy(repeat.state,
				 control->slots[c->slot & (PC_SLOTS - 1)].cgroup_start,
				 sizeof(repeat.state));
	} else {
		c->found = NAME_FOUND;
		root_find(c, args->dev);
		if (!c->root_flags)
			return -ENOENT;
		args->root = c->root;
		times = scratch->depth ? args->repeat : 0;
		if (!times)
			__builtin_memcpy(c->class.of, c->self, sizeof(c->self));
		__builtin_memcpy(repeat.state, c->state, sizeof(repeat.state));
	}
	begin = bpf_ktime_get_ns();
	bpf_loop(times, name_step, &repeat, 0);
	args->ns = bpf_ktime_get_ns() - begin;
	args->result = repeat.failed ? -EIO : 0;
	args->found = c->found;
	__builtin_memcpy(&args->class, &c->class, sizeof(args->class));
	__builtin_memcpy(args->state, c->state, sizeof(args->state));
	return 0;
}

SEC("syscall")
int decide_lists(struct decide_args *args)
{
	struct pc_scratch *scratch = scratch_filled();

	if (!scratch)
		return -ENOENT;
	args->result = pc_lists(&work_of(scratch)->c, args->at);
	return 0;
}

SEC("syscall")
int decide_label(struct decide_args *args)
{
	struct pc_scratch *scratch = scratch_filled();
	struct pc_ctx *c;

	if (!scratch)
		return -ENOENT;
	c = &work_of(scratch)->c;
	args->result = pc_label_make(c, &scratch->transient.label, &scratch->identity);
	if (!args->result)
		scratch->transient.label.generation = c->generation;
	return 0;
}

struct judge_repeat {
	struct pc_scratch *scratch;
	int err;
};

static long judge_step(__u32 i, void *context)
{
	struct judge_repeat *repeat = context;

	repeat->err = pc_judge_ops(repeat->scratch, &repeat->scratch->transient.label);
	return 0;
}

SEC("syscall")
int decide_judge(struct decide_args *args)
{
	struct judge_repeat repeat = {.scratch = scratch_filled()};
	struct work *w;
	__u64 begin;

	if (!repeat.scratch)
		return -ENOENT;
	w = work_of(repeat.scratch);
	w->ask = (struct ask){.kind = ASK_CHECK, .ops = args->ops, .any = args->any};
	w->c.found = args->found;
	w->moves = args->moves;
	w->same = args->layers;
	__builtin_memcpy(&w->c.class, &args->class, sizeof(args->class));
	__builtin_memcpy(&w->to.class, &args->to, sizeof(args->to));
	__builtin_memset(&w->v, 0, sizeof(w->v));
	w->op = 0;
	begin = bpf_ktime_get_ns();
	bpf_loop(args->repeat, judge_step, &repeat, 0);
	args->ns = bpf_ktime_get_ns() - begin;
	args->result = repeat.err;
	args->op = w->op;
	__builtin_memcpy(&args->v, &w->v, sizeof(args->v));
	return 0;
}

SEC("syscall")
int decide_path(struct decide_args *args)
{
	struct pc_scratch *scratch = scratch_filled();

	if (!scratch)
		return -ENOENT;
	args->result = pc_path_write(scratch, args->at);
	return 0;
}

SEC("syscall")
int decide_self(struct decide_args *args)
{
	struct pc_scratch *scratch = scratch_filled();

	if (!scratch)
		return -ENOENT;
	proc_self(&work_of(scratch)->c);
	return 0;
}

/* result: how many it got. All are given back. */
SEC("syscall")
int decide_borrow(struct decide_args *args)
{
	struct pc_scratch *borrowed[PC_SCRATCH_A_CPU + 1] = {};
	__u32 count = 0;

	for (int i = 0; i <= PC_SCRATCH_A_CPU; i++) {
		borrowed[i] = scratch_borrow();
		if (borrowed[i])
			count++;
	}
	for (int i = 0; i <= PC_SCRATCH_A_CPU; i++)
		if (borrowed[i])
			scratch_return(borrowed[i]);
	args->result = count;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
