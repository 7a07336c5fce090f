/* SPDX-License-Identifier: GPL-2.0-only */
/* The one way from a hook to a verdict: who asks, what it is about, what is asked. */
#ifndef CHECK_BPF_H
#define CHECK_BPF_H

#include "event.bpf.h"

/* Operations as a list, one a byte: OP(READ), or OPS(list, OP(WRITE)) to add one. At most four. */
#define OP(symbol) (PC_OP_##symbol + 1)
#define OPS(list, op) ((list) << 8 | (op))
#define OPS_MAX 4

enum ask_kind {
	ASK_CHECK, /* may the current task do this? */
	ASK_EXEC,  /* the same for the file of an exec; notes whose subject it is */
};

/* What a hook asks. */
struct ask {
	__u32 kind;
	__u32 ops; /* list of operations: all must be allowed */
	__u32 hook;
	__u32 event_flags;
	__u32 present; /* the name exists */
	__u32 any;     /* the first operation suffices; if it is denied the others decide */
};

/* Outcomes of a step, beside 0 and -errno. */
#define CHECK_AGAIN 1  /* the image or a name changed meanwhile */
#define CHECK_ENOUGH 2 /* allowed, and nothing more needs asking */
#define CHECK_REPORT 3 /* decided, and to be reported */

/* The enforcer itself is never denied; its identity is its thread group and when that began. */
static __always_inline bool is_enforcer(struct pc_control *control, struct task_struct *task)
{
	return control->enforcer_tgid && (__u32)task->tgid == control->enforcer_tgid &&
	       task->group_leader->start_time == control->enforcer_start;
}

struct judge_args {
	struct pc_question q;
	__u32 slot;
	__u32 silent; /* neither counted nor reported: another operation may do as well */
	__u32 fallback;
	__u32 pad;
	__u64 generation;
	__u64 roots;
};

static __always_inline void count_decision(const struct pc_tables *t, __u32 policy, __u32 op,
					   __u32 decision)
{
	__u32 key = pc_word(t, policy + PC_P_COUNTER);
	struct pc_counter_row *row = bpf_map_lookup_elem(&pc_counters, &key);

	if (row && op < PC_OP_COUNT && decision < PC_DECISIONS)
		__sync_fetch_and_add(&row->of[op][decision], 1);
}

struct count_walk {
	struct pc_tables t;
	const struct pc_label *label;
	const struct pc_verdict *v;
	__u32 policies;
	__u32 op;
};

/* Counts what one layer said. */
static long count_step(__u32 i, void *context)
{
	struct count_walk *walk = context;
	__u32 bit = 1u << (i & (PC_LAYERS_MAX - 1)), decision = PC_ALLOWED;
	__u32 index = walk->label->index[i & (PC_LAYERS_MAX - 1)];
	__u32 policy = walk->policies + index * PC_P_WORDS;

	if (!(pc_word(&walk->t, policy + PC_P_OPS) & PC_BIT(walk->op & 31)))
		return 0;
	if (walk->v->denied & bit)
		decision = PC_DENIED;
	else if (walk->v->audited & bit)
		decision = PC_AUDITED;
	count_decision(&walk->t, policy, walk->op, decision);
	return 0;
}

/*
 * What all layers of a label say, counted; v->policy becomes an identity. Global: see pc_run.
 * Returns 0, CHECK_AGAIN where the image changed meanwhile, or -ENOENT.
 */
__noinline int pc_judge(struct judge_args *args, struct pc_label *label, struct pc_verdict *v)
{
	struct count_walk walk = {.label = label, .v = v};

	if (!args || !label || !v)
		return -ENOENT;
	TABLES_GET(args->slot, walk.t);
	if (!walk.t.words)
		return -ENOENT;
	walk.policies = pc_word(&walk.t, PC_W_POLICIES);
	pc_decide(&walk.t, label, &args->q, v);
	walk.op = args->q.op;
	if (!image_same(args->slot, args->generation, args->roots, args->fallback))
		return CHECK_AGAIN;
	if (args->silent)
		return 0;
	bpf_loop(label->count & (2 * PC_LAYERS_MAX - 1), count_step, &walk, 0);
	v->policy = pc_word(&walk.t, walk.policies + v->policy * PC_P_WORDS + PC_P_ID);
	return 0;
}

static __always_inline __u32 ops_mask(__u32 ops)
{
	__u32 mask = 0;

	for (int i = 0; i < OPS_MAX; i++)
		mask |= (1u << (ops >> 8 * i & 0x1f)) >> 1;
	return mask;
}

/*
 * One hook's work. All its state stands in the work area of a scratch, and each stage that needs no
 * typed pointer is a global function: the verifier, which follows every known value by itself and
 * every call anew, then looks at each stage once a program.
 */
#define STEPS_MAX 16 /* steps of a hook, with all retries */
#define RACES_MAX 2  /* retries of a name that moved */

/* When a label is made anew for the identity in the scratch. */
enum renew_kind { RENEW_NOT, RENEW_CREDS, RENEW_EXEC };

struct work {
	struct pc_ctx c;
	struct ask ask;
	__u32 done;
	__u32 races;
	__u32 reporting; /* decided; the next step names the object for the event */
	__u32 renew;	 /* enum renew_kind */
	__u32 transient; /* the label could not be kept and stands in the scratch */
	__u32 op;	 /* the one reported */
	__u32 dev;	 /* of the object */
	int err;
	__u64 inode;
	struct pc_verdict v;
	struct judge_args judge;
};
_Static_assert(sizeof(struct work) <= PC_SCRATCH_WORK * 8, "work area of a scratch");

static __always_inline struct work *work_of(struct pc_scratch *scratch)
{
	return (void *)scratch->work;
}

/* ---- judging ------------------------------------------------------------------------------- */

/* Decides one operation for a label. Returns 0, CHECK_* . */
static __always_inline int judge_op(struct work *w, struct pc_label *label, __u32 op, __u32 silent)
{
	int err;

	__builtin_memset(&w->v, 0, sizeof(w->v));
	w->judge.q.op = op;
	w->judge.silent = silent;
	err = pc_judge(&w->judge, label, &w->v);
	if (err == CHECK_AGAIN)
		return err;
	if (err) {
		w->v.denied = 1;
		w->v.err = EACCES;
		w->v.reason = PC_REASON_IMAGE;
	}
	if (silent)
		return w->v.denied ? 0 : CHECK_ENOUGH;
	if (!w->v.denied && !w->v.audited)
		return 0;
	w->op = op;
	return CHECK_REPORT;
}

struct ops_walk {
	struct work *w;
	struct pc_label *label;
	__u32 ops;
	int err;
};

static long ops_step(__u32 i, void *context)
{
	struct ops_walk *walk = context;
	__u32 op = (walk->ops & 0x1f) - 1;

	if (!(walk->ops & 0x1f))
		return 1;
	walk->ops >>= 8;
	walk->err = judge_op(walk->w, walk->label, op, walk->w->ask.any && !i);
	return walk->err != 0;
}

/*
 * Decides all operations of w->ask on the object that has been named; the first that is denied or
 * audited ends it. Returns 0, CHECK_AGAIN, CHECK_ENOUGH or CHECK_REPORT.
 */
__noinline int pc_judge_ops(struct pc_scratch *scratch, struct pc_label *label)
{
	struct ops_walk walk = {.label = label};
	struct work *w;

	if (!scratch || !label)
		return -ENOENT;
	w = work_of(scratch);
	walk.w = w;
	walk.ops = w->ask.ops;
	w->judge.slot = w->c.slot;
	w->judge.fallback = w->c.fallback;
	w->judge.generation = w->c.generation;
	w->judge.roots = w->c.roots;
	w->judge.q.fileless = w->c.found >= NAME_FILELESS;
	w->judge.q.reason = w->c.found >= NAME_FILELESS ? PC_REASON_RULE : w->c.found;
	w->judge.q.class = w->c.class;
	bpf_loop(OPS_MAX, ops_step, &walk, 0);
	return walk.err;
}

/* ---- the label ----------------------------------------------------------------------------- */

/* The running executable's dentry; NULL where there is none. */
static __always_inline struct dentry *exe_dentry(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
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
	struct dentry *dentry = exe_dentry();

	if (!scratch)
		return 0;
	work_of(scratch)->c.found = NAME_NO_FILE;
	scratch->depth = 0;
	if (dentry)
		name_walk(&work_of(scratch)->c, dentry, NULL, true);
	return 0;
}

static __always_inline bool label_is_current(struct pc_ctx *c, struct pc_task *t,
					     struct task_struct *task)
{
	return t && t->label.generation == c->generation && t->label.cgroup == cgroup_id_of(task);
}

/*
 * Makes the current task's label current, for the image that is pinned and the executable as
 * named. Returns 0, CHECK_AGAIN (the executable is being moved), or -EACCES: a label that cannot be
 * had.
 */
__noinline int pc_label_update(struct pc_scratch *scratch)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_task *t;
	struct work *w;

	if (!scratch)
		return -EACCES;
	w = work_of(scratch);
	if (w->c.found == PC_REASON_RACE && w->races++ < RACES_MAX)
		return CHECK_AGAIN;
	if (!w->renew)
		identity_read(&scratch->identity, task->cred, task);
	t = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t) {
		/* Worked out for this once; but whoever has storage may have inherited layers. */
		if (task->bpf_storage)
			return -EACCES;
		w->transient = 1;
		t = &scratch->transient;
		__builtin_memset(t, 0, sizeof(*t));
	}
	return label_gain(&w->c, t, task, w->c.found == NAME_FOUND, w->renew == RENEW_EXEC)
		       ? 0
		       : -EACCES;
}

/* The current task's label where there is one: kept, or worked out for this once. */
static __always_inline struct pc_task *own_label(struct pc_scratch *scratch)
{
	if (work_of(scratch)->transient)
		return &scratch->transient;
	return bpf_task_storage_get(&pc_tasks, bpf_get_current_task_btf(), 0, 0);
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
	if (w->err == CHECK_AGAIN)
		return 0;
	/* What was read may have been of two images. */
	w->done = w->err || image_same(w->c.slot, w->c.generation, w->c.roots, w->c.fallback);
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
	w->races = 0;
	w->reporting = 0;
	w->renew = 0;
	w->transient = 0;
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
 * Brings the current task's label up to date. cred: credentials about to be taken, or NULL with
 * RENEW_NOT. Returns 0 or -errno.
 */
static __always_inline int label_do(const struct cred *cred, enum renew_kind kind)
{
	struct pc_scratch *scratch = work_begin();
	int err;

	if (!scratch)
		return -EACCES;
	if (cred)
		identity_read(&scratch->identity, cred, bpf_get_current_task_btf());
	work_of(scratch)->renew = kind;
	bpf_loop(STEPS_MAX, label_step, &scratch, 0);
	err = work_end(scratch);
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
 * Keeps the subject lists of a file that is being executed, and its level: 1 the file asked for, 2
 * its interpreter, … Returns 0 or -errno.
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
	lists = &w->c.lists[PC_GAIN_EXE];
	__builtin_memset(lists, 0, sizeof(*lists) * PC_AUTOMATA);
	if (exec_unnamed(w)) {
		count_reason(w->c.found);
		return -EACCES;
	}
	if (w->c.found == NAME_FOUND && pc_lists(&w->c, PC_GAIN_EXE))
		return -ENOMEM;
	if (lists[0] | lists[1] | lists[2] | lists[3])
		t = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	else
		t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
	if (!t)
		return task->bpf_storage || (lists[0] | lists[1] | lists[2] | lists[3]) ? -ENOMEM
											: 0;
	t->exec_level++;
	t->exec_generation = w->c.generation;
	/* The file asked for, then the latest: of three levels the middle one is no subject's. */
	if (t->exec_level <= 1)
		__builtin_memcpy(t->exec_lists[0], lists, sizeof(t->exec_lists[0]));
	else
		__builtin_memcpy(t->exec_lists[1], lists, sizeof(t->exec_lists[1]));
	return 0;
}

/* ---- reporting ----------------------------------------------------------------------------- */

/*
 * Takes the verdict: counts it, and begins its event with the executable's path. Returns 0, or
 * -ENOENT where there is nothing to report: the enforcer is never denied.
 */
__noinline int pc_report(struct pc_scratch *scratch)
{
	struct pc_control *control = control_get();
	struct work *w;

	if (!scratch || !control)
		return -ENOENT;
	w = work_of(scratch);
	if (w->v.denied) {
		if (is_enforcer(control, bpf_get_current_task_btf()))
			return -ENOENT;
		w->err = -(int)(w->v.err & 0xfff);
		if (w->v.kill)
			bpf_send_signal(9);
	}
	count_reason(w->v.reason);
	STAT_ADD(reported);
	event_begin(&w->c, control, &w->v);
	scratch->event.flags |= w->ask.event_flags;
	scratch->event.op = w->op;
	scratch->event.hook = w->ask.hook;
	scratch->event.dev = w->dev;
	scratch->event.inode = w->inode;
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
	struct inode *inode;
};

/* What is read again after a call that the verifier follows, so that it stands in no register. */
#define AGAIN(field) (*(volatile __typeof__(field) *)&(field))

/* Takes the image and makes the label current. Returns 0, CHECK_AGAIN, or -errno. */
static __always_inline int step_label(struct pc_scratch *scratch, struct pc_control *control,
				      struct pc_task *t)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct work *w = work_of(scratch);

	image_pin(&w->c, control);
	if (label_is_current(&w->c, t, task))
		return 0;
	if (w->ask.kind == ASK_EXEC && !t && task_is_free(control, control->word, task))
		return 0;
	return label_update(scratch);
}

/* Decides on the named object. True: done, or a step of its own follows for the event. */
static __always_inline bool step_judge(struct hook *h, struct pc_task *t)
{
	struct work *w = work_of(h->scratch);
	struct inode *inode;
	int err = 0;

	w->v.denied = 0;
	if (t && (t->label.ops & ops_mask(w->ask.ops)))
		err = pc_judge_ops(h->scratch, &t->label);
	if (err == CHECK_AGAIN)
		return false;
	w->done = 1;
	if (w->ask.kind == ASK_EXEC && !AGAIN(w->v.denied))
		w->err = pc_exec_note(h->scratch);
	if (err != CHECK_REPORT)
		return true;
	w->dev = h->dentry->d_sb->s_dev;
	w->inode = 0;
	inode = h->dentry->d_inode;
	if (inode)
		w->inode = inode->i_ino;
	if (pc_report(h->scratch))
		return true;
	w->reporting = 1;
	return false;
}

static long work_step(__u32 i, void *context)
{
	struct hook *h = context;
	struct pc_scratch *scratch = h->scratch;
	struct work *w = work_of(scratch);
	struct pc_control *control = control_get();
	struct pc_task *t;
	int err;

	if (!control)
		return 1;
	if (!w->reporting) {
		t = own_label(scratch);
		err = step_label(scratch, control, t);
		if (err == CHECK_AGAIN)
			return 0;
		if (err) {
			count_reason(PC_REASON_LABEL);
			w->err = err;
			w->done = 1;
			return 1;
		}
		t = own_label(scratch);
		if (w->ask.kind == ASK_CHECK && (!t || !(t->label.ops & ops_mask(w->ask.ops)))) {
			w->done = 1;
			return 1;
		}
		if (h->inode && inode_cached(&w->c, h->dentry, h->inode)) {
			STAT_ADD(inode_cache_hits);
			w->c.found = NAME_FOUND;
			return step_judge(h, t);
		}
	}
	name_walk(&w->c, h->dentry, h->inode, w->ask.present);
	if (AGAIN(w->c.found) == PC_REASON_RACE && w->races++ < RACES_MAX)
		return 0;
	if (AGAIN(w->reporting)) {
		pc_report_end(scratch);
		return 1;
	}
	if (AGAIN(w->ask.kind) == ASK_CHECK && AGAIN(w->c.found) == NAME_NO_FILE) {
		w->done = 1;
		return 1;
	}
	return step_judge(h, own_label(scratch));
}

static __always_inline int work_do(struct dentry *dentry, struct inode *inode,
				   const struct ask *ask)
{
	struct hook h = {.scratch = work_begin(), .dentry = dentry, .inode = inode};

	if (!h.scratch)
		return -EACCES;
	work_of(h.scratch)->ask = *ask;
	bpf_loop(STEPS_MAX, work_step, &h, 0);
	return work_end(h.scratch);
}

/* The entry of every hook: the current task wants to do ask->ops to the file named by dentry. */
static __always_inline int check(struct dentry *dentry, struct inode *inode, const struct ask *ask)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u64 word;

	if (!control)
		return 0; /* an array's only element: never NULL */
	word = *(volatile __u64 *)&control->word;
	if (!(word & PC_CONTROL_ON) || task_is_free(control, word, task))
		return 0;
	return work_do(dentry, inode, ask);
}

#endif
