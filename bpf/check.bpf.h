/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from a hook to a verdict: whose label, which object, what is asked, what is told. */
#ifndef CHECK_BPF_H
#define CHECK_BPF_H

#include "links.bpf.h"

/* ---- the label ----------------------------------------------------------------------------- */

/* A task's executable's dentry; NULL where there is none. */
static __always_inline struct dentry *exe_dentry(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct dentry *dentry;
	struct file *file;

	if (!mm)
		return NULL;
	file = mm->exe_file;
	if (!file)
		return NULL;
	dentry = file->f_path.dentry;
	barrier_var(dentry); /* or this load and another one become one, of two kinds of pointers */
	return dentry;
}

/* Names the running executable: as name_walk(). */
__noinline int pc_name_exe(struct pc_scratch *scratch)
{
	struct dentry *dentry = exe_dentry(bpf_get_current_task_btf());

	if (!scratch)
		return 0;
	work_of(scratch)->c.found = NAME_NO_FILE;
	scratch->depth = 0;
	if (dentry)
		name_walk(&work_of(scratch)->c, dentry, false); /* also the last name */
	return 0;
}

/*
 * What is stored with a task; NULL with task->bpf_storage set: it cannot be had, and somebody's
 * layers may be in it.
 */
static __always_inline struct pc_task *stored(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Must a label be kept? Without storage only a task begun after the switch settled is nobody's. */
static __always_inline bool label_matters(struct work *w, const struct pc_label *label,
					  struct task_struct *task)
{
	return label->count || label->overflow || task->start_boottime <= w->c.settled;
}

/*
 * Makes the current task's label current, for the image that is pinned and the executable as
 * named. Returns 0, CHECK_AGAIN (the executable is being moved), or -EACCES: a label that cannot be
 * had. w->transient: it stands in the scratch, and is kept nowhere.
 */
__noinline int pc_label_update(struct pc_scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_task *t, *kept;
	struct work *w;
	bool gained;

	if (!scratch)
		return -EACCES;
	w = work_of(scratch);
	if (w->c.found == PC_REASON_RACE)
		return w->races++ < RACES_MAX ? CHECK_AGAIN : -EACCES;
	/* Its own: overlayfs and io_uring lend others for a while. */
	if (!w->renew)
		identity_read(&scratch->identity, task->real_cred, task);
	t = &scratch->transient;
	__builtin_memset(t, 0, sizeof(*t));
	kept = stored(task);
	if (kept)
		*t = *kept;
	else if (task->bpf_storage)
		return -EACCES;
	gained = label_gain(&w->c, t, task, w->c.found == NAME_FOUND, w->renew == RENEW_EXEC);
	/* What was read may have been of two images. */
	if (!image_same(w->c.slot, w->c.generation, w->c.fallback))
		return CHECK_AGAIN;
	if (!gained)
		return -EACCES;
	if (!kept && label_matters(w, &t->label, task))
		kept = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (kept)
		kept->label = scratch->transient.label;
	w->transient = !kept;
	return 0;
}

/* The current task's label where there is one: kept, or worked out for this once. */
static __always_inline struct pc_task *own_label(struct pc_scratch *scratch)
{
	if (work_of(scratch)->transient)
		return &scratch->transient;
	return stored(bpf_get_current_task_btf());
}

/* Is there no label because there is none, and not because it cannot be had? */
static __always_inline bool none_stored(void)
{
	return !bpf_get_current_task_btf()->bpf_storage;
}

static __always_inline int label_update(struct pc_scratch *scratch)
{
	struct pc_ctx *c = &work_of(scratch)->c;

	c->found = NAME_NO_FILE;
	if (c->image_flags & PC_IMAGE_BY_EXE)
		pc_name_exe(scratch);
	return pc_label_update(scratch);
}

static long label_step(__u32 i, void *context)
{
	struct pc_scratch *scratch = *(struct pc_scratch **)context;
	struct pc_control *control = control_get();
	struct work *w = work_of(scratch);

	if (!control)
		return 1;
	image_pin(&w->c, control);
	w->err = label_update(scratch);
	w->done = w->err != CHECK_AGAIN;
	return w->done;
}

static __always_inline struct pc_scratch *work_begin(void)
{
	struct pc_scratch *scratch = scratch_borrow();
	struct work *w;

	if (!scratch) {
		count_reason(PC_REASON_SCRATCH);
		return NULL;
	}
	w = work_of(scratch);
	w->done = 0;
	w->same = 0;
	w->races = 0;
	w->reporting = 0;
	w->renew = 0;
	w->transient = 0;
	w->moves = PC_MOVE_NOT;
	w->also.count = 0;
	w->c.whole = 0;
	w->err = 0;
	return scratch;
}

/* Tells the verifier that an error lies in [-4095, 0]. */
static __always_inline int hook_return(int err)
{
	if (err >= 0)
		return 0;
	barrier_var(err); /* or both comparisons become one that the verifier does not follow */
	return err < -4095 ? -EACCES : err;
}

static __always_inline int work_end(struct pc_scratch *scratch)
{
	struct work *w = work_of(scratch);
	int err = -EACCES;

	if (w->done)
		err = hook_return(w->err);
	else
		count_reason(PC_REASON_SWITCH);
	scratch_return(scratch);
	return err;
}

/*
 * Brings the current task's label up to date, to be kept. cred: credentials about to be taken, or
 * NULL with RENEW_NOT. Returns 0 or -errno.
 */
static __always_inline int label_do(const struct cred *cred, enum renew_kind kind)
{
	struct pc_scratch *scratch = work_begin();
	bool lost;
	int err;

	if (!scratch)
		return -EACCES;
	if (cred)
		identity_read(&scratch->identity, cred, bpf_get_current_task_btf());
	work_of(scratch)->renew = kind;
	bpf_loop(STEPS_MAX, label_step, &scratch, 0);
	lost = work_of(scratch)->transient &&
	       (scratch->transient.label.count || scratch->transient.label.overflow);
	err = work_end(scratch) ?: (lost ? -ENOMEM : 0);
	if (err)
		count_reason(PC_REASON_LABEL);
	return err;
}

/* ---- exec ---------------------------------------------------------------------------------- */

/* Must an exec be refused because nobody can say whose subject the file is? */
static __always_inline bool exec_unnamed(struct work *w)
{
	return (w->c.image_flags & PC_IMAGE_BY_EXE) && w->c.found != NAME_FOUND &&
	       w->c.found < NAME_FILELESS;
}

/*
 * Counts the files of an exec and keeps the subject lists of the first, the program or script: the
 * last is the executable, and those in between are no subject's. Returns 0 or -errno.
 */
__noinline int pc_exec_note(struct pc_scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_task *t;
	struct work *w;
	__u32 *lists;

	if (!scratch)
		return -ENOMEM;
	w = work_of(scratch);
	if (exec_unnamed(w)) {
		count_reason(w->c.found);
		return -EACCES;
	}
	t = stored(task);
	if (!t && !none_stored())
		return -ENOMEM;
	if (t && t->exec_level++)
		return 0;
	lists = &w->c.lists[PC_GAIN_EXE];
	__builtin_memset(lists, 0, sizeof(*lists) * PC_AUTOMATA);
	if (w->c.found == NAME_FOUND && pc_lists(&w->c, PC_GAIN_EXE))
		return -ENOMEM;
	if (!t && (lists[0] | lists[1] | lists[2] | lists[3])) {
		t = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!t)
			return -ENOMEM;
		t->exec_level = 1;
	}
	if (!t)
		return 0;
	t->exec_generation = w->c.generation;
	__builtin_memcpy(t->exec_lists, lists, sizeof(t->exec_lists));
	return 0;
}

/* ---- reporting ----------------------------------------------------------------------------- */

/* Begins the event of a verdict with the executable's path, and does what the verdict says. */
__noinline int pc_report(struct pc_scratch *scratch)
{
	struct pc_control *control = control_get();
	struct work *w;

	if (!scratch || !control)
		return -ENOENT;
	w = work_of(scratch);
	if (w->v.denied) {
		w->err = -(int)(w->v.err & 0xfff);
		if (w->v.kill)
			bpf_send_signal(9);
	}
	count_reason(w->v.reason);
	STAT_ADD(reported);
	event_begin(&w->c, control, &w->v);
	scratch->event.op = w->op;
	scratch->event.hook = w->ask.hook;
	scratch->event.dev = w->dev;
	scratch->event.inode = w->inode;
	if (w->other)
		scratch->event.flags |= PC_EVENT_OTHER_NAME;
	w->c.whole = 1;
	pc_name_exe(scratch);
	scratch->event.exe_root = w->c.root;
	scratch->event.exe_length = pc_path_write(scratch, 0);
	return 0;
}

/* The object's components are collected: its path, and out with the event. */
__noinline int pc_report_end(struct pc_scratch *scratch)
{
	struct work *w;

	if (!scratch)
		return 0;
	w = work_of(scratch);
	scratch->event.flags |= w->c.flags | w->ask.event_flags;
	scratch->event.path_root = w->c.root;
	scratch->event.path_length = pc_path_write(scratch, scratch->event.exe_length);
	event_send(scratch);
	return 0;
}

/* ---- one hook ------------------------------------------------------------------------------- */

/* On the hook's stack: what the verifier has to know the types of. */
struct hook {
	struct pc_scratch *scratch;
	struct dentry *dentry;
	struct dentry *to; /* of ASK_MOVE */
	struct inode *inode;
};

/* What is read again after a call that the verifier follows, so that it stands in no register. */
#define AGAIN(field) (*(volatile __typeof__(field) *)&(field))

/* Decides on the named object. True: done, or a step of its own follows for the event. */
static __always_inline bool step_judge(struct hook *h, struct pc_task *t)
{
	struct work *w = work_of(h->scratch);
	struct inode *inode;
	int err = 0;

	w->v.denied = 0;
	if (t && (t->label.ops & ops_mask(w->ask.ops)) && !w->ask.note_only)
		err = pc_allows(h->scratch, &t->label) ?: pc_judge_ops(h->scratch, &t->label);
	if (err == CHECK_AGAIN) {
		STAT_ADD(retries);
		return false;
	}
	w->done = 1;
	if (t && (!err || err == CHECK_ENOUGH) && !w->ask.any && !w->ask.note_only && h->inode &&
	    AGAIN(w->c.kept))
		allowed_keep(&w->c, h->dentry, &t->label, ops_mask(w->ask.ops));
	if (w->ask.kind == ASK_EXEC && !AGAIN(w->v.denied))
		w->err = pc_exec_note(h->scratch);
	if (err != CHECK_REPORT)
		return true;
	w->dev = h->dentry->d_sb->s_dev;
	w->inode = 0;
	inode = h->dentry->d_inode;
	if (inode)
		w->inode = inode->i_ino;
	pc_report(h->scratch);
	w->reporting = 1;
	return false;
}

/* The label cannot be had: rule 6 of the design, for want of knowing whose subject the task is. */
static __always_inline long step_unlabelled(struct work *w)
{
	count_reason(PC_REASON_LABEL);
	w->err = -EACCES;
	w->done = 1;
	return 1;
}

/* Is there nothing to do about a label, or about there being none? */
static __always_inline bool label_stands(struct work *w, struct pc_control *control,
					 struct pc_task *t)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return label_is_of(t, w->c.generation, task) ||
	       (w->ask.kind == ASK_EXEC && !t && task_is_free(control, control->word, task));
}

/*
 * Takes the image and brings the label up to date. True: the label speaks of what is asked and
 * stands in *ret_label (of ASK_EXEC also where there is none: NULL). False: the check is done
 * (w->done, w->err), or begins anew.
 */
static __always_inline bool step_begin(struct pc_scratch *scratch, struct pc_task **ret_label)
{
	struct work *w = work_of(scratch);
	struct pc_control *control = control_get();
	struct pc_task *t;
	int err = 0;

	if (!control)
		return false;
	image_pin(&w->c, control);
	t = own_label(scratch);
	if (!label_stands(w, control, t)) {
		err = label_update(scratch);
		if (err == CHECK_AGAIN)
			return false;
		t = own_label(scratch);
	}
	if (err || (!t && !none_stored())) {
		step_unlabelled(w);
		return false;
	}
	*ret_label = t;
	if (w->ask.kind == ASK_EXEC || (t && (t->label.ops & ops_mask(w->ask.ops))))
		return true;
	w->done = 1;
	return false;
}

static long work_step(__u32 i, void *context)
{
	struct hook *h = context;
	struct pc_scratch *scratch = h->scratch;
	struct work *w = work_of(scratch);
	struct pc_task *t = NULL;

	w->c.kept = 0;
	w->also.count = 0;
	if (!w->reporting && !step_begin(scratch, &t))
		return w->done ? 1 : 0;
	name_begin(&w->c, h->dentry);
	if (!AGAIN(w->reporting) && h->inode && name_cached(&w->c, h->dentry, h->inode)) {
		STAT_ADD(name_cache_hits);
		w->c.found = NAME_FOUND;
		return step_judge(h, t);
	}
	name_find(&w->c, h->dentry, h->inode, w->ask.present);
	if (AGAIN(w->c.found) == PC_REASON_RACE && w->races++ < RACES_MAX)
		return 0;
	if (AGAIN(w->reporting)) {
		pc_report_end(scratch);
		return 1;
	}
	if (h->inode && has_names(&w->c, h->inode)) {
		link_key(&w->link, h->dentry, h->inode);
		pc_links_take(scratch);
	}
	/* A device is raw by whatever name, or none. */
	if (AGAIN(w->ask.kind) == ASK_CHECK && AGAIN(w->c.found) == NAME_NO_FILE &&
	    !(ops_mask(AGAIN(w->ask.ops)) & PC_OPS_PLAIN)) {
		w->done = 1;
		return 1;
	}
	return step_judge(h, t);
}

/* Takes over what a hook asks. */
static __always_inline void ask_take(struct work *w, const struct ask *ask)
{
	/* Field by field and volatile: of a struct assigned whole clang 14 lost the first two. */
	AGAIN(w->ask.kind) = ask->kind;
	AGAIN(w->ask.ops) = ask->ops;
	AGAIN(w->ask.hook) = ask->hook;
	AGAIN(w->ask.event_flags) = ask->event_flags;
	AGAIN(w->ask.present) = ask->present;
	AGAIN(w->ask.any) = ask->any;
	AGAIN(w->ask.note_only) = ask->note_only;
	AGAIN(w->ask.quiet) = ask->quiet;
}

/* Asks by a step that is repeated until it has an answer. */
static __always_inline int hook_run(struct hook *h, const struct ask *ask,
				    long (*step)(__u32 i, void *context))
{
	h->scratch = work_begin();
	if (!h->scratch)
		return -EACCES;
	ask_take(work_of(h->scratch), ask);
	bpf_loop(STEPS_MAX, step, h, 0);
	return work_end(h->scratch);
}

static __always_inline int work_do(struct dentry *dentry, struct inode *inode,
				   const struct ask *ask)
{
	struct hook h = {.dentry = dentry, .inode = inode};

	return hook_run(&h, ask, work_step);
}

/* The enforcer itself is never denied; its identity is its thread group and when that began. */
static __always_inline bool is_enforcer(struct pc_control *control, struct task_struct *task)
{
	return control && control->enforcer_tgid && (__u32)task->tgid == control->enforcer_tgid &&
	       task->group_leader->start_time == control->enforcer_start;
}

/* check(), of a task about which there may be something to ask. */
static __always_inline int check_asked(struct pc_control *control, struct dentry *dentry,
				       struct inode *inode, const struct ask *ask)
{
	if (!ask->any &&
	    fast_answer(control, dentry, inode, ask->ops, ask->present) == FAST_ALLOWED)
		return 0;
	if (is_enforcer(control, bpf_get_current_task_btf()))
		return 0;
	return work_do(dentry, inode, ask);
}

/* The entry of a hook: the current task wants to do ask->ops to the file named by dentry. */
static __always_inline int check(struct dentry *dentry, struct inode *inode, const struct ask *ask)
{
	struct pc_control *control = asked_about(bpf_get_current_task_btf());

	return control ? check_asked(control, dentry, inode, ask) : 0;
}

#endif
