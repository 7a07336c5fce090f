/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way from a hook to a verdict where no file is to be named: label, rows, event. Only
 * an operation that nobody is asked about is answered before a buffer is borrowed: what these hooks
 * see is rare.
 */
#ifndef PLAIN_BPF_H
#define PLAIN_BPF_H

#include "check.bpf.h"

struct plain {
	struct pc_scratch *scratch;
	struct task_struct *subject; /* whose label is asked; NULL: current */
	struct pc_task *object;	     /* what is stored with the task that is the object; or NULL */
};

struct same_walk {
	struct pc_label *label;
	struct pc_label *other;
	__u32 same;
};

static long same_step(__u32 i, void *context)
{
	struct same_walk *walk = context;
	__u32 count = walk->other->count, layer = i & (PC_LAYERS_MAX - 1);
	struct pc_label_search search = {
		.label = walk->other,
		.id = walk->label->policy[layer],
	};

	bpf_loop(count < PC_LAYERS_MAX ? count : PC_LAYERS_MAX, pc_label_step, &search, 0);
	if (search.found)
		walk->same |= 1u << layer;
	return 0;
}

/* Layers of a label whose policies another has, too, as bits. Ids are compared: the other may be of
 * an older generation. */
__noinline int pc_same(struct pc_label *label, struct pc_label *other)
{
	struct same_walk walk = {.label = label, .other = other};
	__u32 count;

	if (!label || !other)
		return 0;
	count = label->count;
	bpf_loop(count < PC_LAYERS_MAX ? count : PC_LAYERS_MAX, same_step, &walk, 0);
	return walk.same;
}

/*
 * Works out the label of another task for this once, into the scratch: only the task itself keeps
 * it. Returns 0, CHECK_AGAIN or -EACCES.
 */
static __always_inline int label_lend(struct pc_scratch *scratch, struct task_struct *task)
{
	struct pc_task *t = &scratch->transient, *kept;
	struct work *w = work_of(scratch);
	struct dentry *dentry;

	w->c.found = NAME_NO_FILE;
	scratch->depth = 0;
	dentry = exe_dentry(task);
	if ((w->c.image_flags & PC_IMAGE_BY_EXE) && dentry)
		name_walk(&w->c, dentry, false);
	if (AGAIN(w->c.found) == PC_REASON_RACE)
		return w->races++ < RACES_MAX ? CHECK_AGAIN : -EACCES;
	identity_read(&scratch->identity, task->real_cred, task);
	__builtin_memset(t, 0, sizeof(*t));
	if (task->bpf_storage) {
		kept = bpf_task_storage_get(&pc_tasks, task, 0, 0);
		if (!kept)
			return -EACCES;
		t->label = kept->label;
	}
	if (!label_gain(&w->c, t, task, AGAIN(w->c.found) == NAME_FOUND, false))
		return -EACCES;
	w->transient = 1;
	return image_same(w->c.slot, w->c.generation, w->c.fallback) ? 0 : CHECK_AGAIN;
}

/* The event has no path: what stands in the scratch is the executable's. */
static __always_inline void plain_report(struct pc_scratch *scratch)
{
	struct work *w = work_of(scratch);

	if (AGAIN(w->ask.quiet)) {
		if (w->v.denied)
			w->err = -(int)(w->v.err & 0xfff);
		return;
	}
	w->dev = 0;
	w->inode = 0;
	pc_report(scratch);
	scratch->event.flags |= PC_EVENT_NO_OBJECT;
	if ((w->v.denied | w->v.audited) & w->same)
		scratch->event.flags |= PC_EVENT_SAME;
	event_send(scratch);
}

/* Judges by a label that is current. True: done. */
static __always_inline bool plain_judge(struct plain *p, struct pc_task *t)
{
	struct work *w = work_of(p->scratch);
	int err = 0;

	if (t && (t->label.ops & ops_mask(w->ask.ops))) {
		if (p->object)
			w->same = pc_same(&t->label, &p->object->label);
		err = pc_judge_ops(p->scratch, &t->label);
	}
	if (err == CHECK_AGAIN) {
		STAT_ADD(retries);
		return false;
	}
	w->done = 1;
	if (err == CHECK_REPORT)
		plain_report(p->scratch);
	return true;
}

static long plain_step(__u32 i, void *context)
{
	struct plain *p = context;
	struct pc_task *t;

	if (!step_begin(p->scratch, &t))
		return work_of(p->scratch)->done ? 1 : 0;
	return plain_judge(p, t);
}

/* The same where the label is another task's. */
static long lent_step(__u32 i, void *context)
{
	struct plain *p = context;
	struct pc_control *control = control_get();
	struct work *w = work_of(p->scratch);
	int err;

	if (!control)
		return 1;
	image_pin(&w->c, control);
	err = label_lend(p->scratch, p->subject);
	if (err == CHECK_AGAIN)
		return 0;
	if (err)
		return step_unlabelled(w);
	return plain_judge(p, &p->scratch->transient);
}

static __always_inline int plain_do(struct plain *p, const struct ask *ask)
{
	struct work *w;

	p->scratch = work_begin();
	if (!p->scratch)
		return -EACCES;
	w = work_of(p->scratch);
	ask_take(w, ask);
	w->c.found = PC_REASON_RULE;
	if (p->subject)
		bpf_loop(STEPS_MAX, lent_step, p, 0);
	else
		bpf_loop(STEPS_MAX, plain_step, p, 0);
	return work_end(p->scratch);
}

/* The entry of a hook without an object. */
static __always_inline int check_plain_ask(const struct ask *ask)
{
	struct plain p = {};

	if (nobody_asks() || is_enforcer(control_get(), bpf_get_current_task_btf()))
		return 0;
	return plain_do(&p, ask);
}

/* The same: the current task wants to do op. */
static __always_inline int check_plain(__u32 op, __u32 hook)
{
	struct ask ask = {.ops = op, .hook = hook};

	return check_plain_ask(&ask);
}

/* What is stored with a task, if that can be read; who has nothing is no policy's. */
static __always_inline struct pc_task *stored_with(struct task_struct *task)
{
	return task->bpf_storage ? bpf_task_storage_get(&pc_tasks, task, 0, 0) : NULL;
}

/* The entry of a hook whose object is another task. */
static __always_inline int check_task(struct task_struct *object, const struct ask *ask)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct plain p = {};

	if (nobody_asks() || is_enforcer(control_get(), task) || object->tgid == task->tgid)
		return 0;
	p.object = stored_with(object);
	return plain_do(&p, ask);
}

/* The same where another task is about to do it to the current one. */
static __always_inline int check_by(struct task_struct *subject, const struct ask *ask)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	struct plain p = {.subject = subject};
	__u64 word;

	if (!control)
		return 0;
	word = *(volatile __u64 *)&control->word;
	if (!(word & PC_CONTROL_ON) || task_is_free(control, word, subject) ||
	    is_enforcer(control, subject) || subject->tgid == task->tgid)
		return 0;
	p.object = stored_with(task);
	return plain_do(&p, ask);
}

#endif
