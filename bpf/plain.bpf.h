/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from a hook to a verdict where there is no object to be named: label, rows, event. Only
 * an operation that nobody is asked about is answered before a buffer is borrowed: what these hooks
 * see is rare.
 */
#ifndef PLAIN_BPF_H
#define PLAIN_BPF_H

#include "check.bpf.h"

/* The event has no path: what stands in the scratch is the executable's. */
static __always_inline void plain_report(struct pc_scratch *scratch)
{
	struct work *w = work_of(scratch);

	w->dev = 0;
	w->inode = 0;
	pc_report(scratch);
	scratch->event.flags |= PC_EVENT_NO_OBJECT;
	event_send(scratch);
}

static long plain_step(__u32 i, void *context)
{
	struct pc_scratch *scratch = *(struct pc_scratch **)context;
	struct pc_control *control = control_get();
	struct work *w = work_of(scratch);
	struct pc_task *t;
	int err;

	if (!control)
		return 1;
	t = own_label(scratch);
	err = step_label(scratch, control, t);
	if (err == CHECK_AGAIN)
		return 0;
	t = own_label(scratch);
	if (err || (!t && !none_stored()))
		return step_unlabelled(w);
	err = 0;
	if (t && (t->label.ops & ops_mask(w->ask.ops)))
		err = pc_judge_ops(scratch, &t->label);
	if (err == CHECK_AGAIN) {
		STAT_ADD(retries);
		return 0;
	}
	w->done = 1;
	if (err == CHECK_REPORT)
		plain_report(scratch);
	return 1;
}

/* The entry of a hook without an object: the current task wants to do op. */
static __always_inline int check_plain(__u32 op, __u32 hook)
{
	struct pc_scratch *scratch;
	struct work *w;

	if (nobody_asks() || is_enforcer(control_get(), bpf_get_current_task_btf()))
		return 0;
	scratch = work_begin();
	if (!scratch)
		return -EACCES;
	w = work_of(scratch);
	ask_put(w, &(struct ask){.ops = op, .hook = hook});
	w->c.found = PC_REASON_RULE;
	bpf_loop(STEPS_MAX, plain_step, &scratch, 0);
	return work_end(scratch);
}

#endif
