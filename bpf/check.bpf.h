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
	ASK_LABEL, /* bring the label up to date */
};

/* What a hook asks. */
struct ask {
	__u32 kind;
	__u32 ops; /* list of operations: all must be allowed */
	__u32 hook;
	__u32 event_flags;
	__u32 present; /* the name exists */
	__u32 any;     /* the first operation suffices; if it is denied the others decide */
	const struct cred *cred; /* ASK_LABEL: credentials about to be taken, or NULL */
};

/* Outcomes of a step, beside 0 and -errno. */
#define CHECK_AGAIN 1  /* the image changed meanwhile */
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
 * One hook's work, done in stages by one loop: there is one place where names are walked, and the
 * verifier looks at it once.
 *
 *   STAGE_BEGIN    take the image; find the label
 *   STAGE_EXE      name the running executable, then make the label current
 *   STAGE_OBJECT   name the object and decide
 *   STAGE_EVENT    name the executable for the event, then the object
 */
enum { STAGE_BEGIN = 1, STAGE_EXE, STAGE_OBJECT, STAGE_EVENT_EXE, STAGE_EVENT_OBJECT };
#define STAGES_MAX 16 /* steps, with all retries */
#define RACES_MAX 8   /* steps after which a racing name is not walked again */

/* In the scratch's work area. */
struct work {
	struct pc_ctx c;
	__u32 stage;
	__u32 done;
	__u32 found;	 /* outcome of naming */
	__u32 transient; /* the label could not be kept and stands in the scratch */
	__u32 op;	 /* the one reported */
	int err;
	struct pc_verdict v;
	struct judge_args judge;
};
_Static_assert(sizeof(struct work) <= PC_SCRATCH_WORK * 8, "work area of a scratch");

/* On the hook's stack: what the verifier has to know the types of. */
struct hook {
	struct pc_scratch *scratch;
	struct dentry *dentry;
	struct inode *inode;
	const struct ask *ask;
};

static __always_inline struct work *work_of(struct pc_scratch *scratch)
{
	return (void *)scratch->work;
}

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
	__u32 any;
	int err;
};

static long ops_step(__u32 i, void *context)
{
	struct ops_walk *walk = context;
	__u32 op = (walk->ops & 0x1f) - 1;

	if (!(walk->ops & 0x1f))
		return 1;
	walk->ops >>= 8;
	walk->err = judge_op(walk->w, walk->label, op, walk->any && !i);
	return walk->err != 0;
}

/* Decides all operations; the first that is denied or audited ends it. */
static __always_inline int work_judge(struct work *w, struct pc_label *label, const struct ask *ask)
{
	struct ops_walk walk = {.w = w, .label = label, .ops = ask->ops, .any = ask->any};
	struct pc_ctx *c = &w->c;

	w->judge.slot = c->slot;
	w->judge.fallback = c->fallback;
	w->judge.generation = c->generation;
	w->judge.roots = c->roots;
	w->judge.q.fileless = w->found >= NAME_FILELESS;
	w->judge.q.reason = w->found >= NAME_FILELESS ? PC_REASON_RULE : w->found;
	w->judge.q.class = c->class;
	bpf_loop(OPS_MAX, ops_step, &walk, 0);
	return walk.err;
}

static __always_inline bool label_is_current(struct pc_ctx *c, struct pc_task *t,
					     struct task_struct *task)
{
	return t && t->label.generation == c->generation && t->label.cgroup == cgroup_id_of(task);
}

/* Keeps the subject lists of a file that is being executed. False: they cannot be kept. */
static __always_inline bool exec_note(struct work *w, __u32 level)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 *lists = &w->c.lists[PC_GAIN_EXE];
	struct pc_task *t;

	if (pc_lists(&w->c, PC_GAIN_EXE))
		return false;
	if (!(lists[0] | lists[1] | lists[2] | lists[3]))
		return true;
	t = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		return false;
	t->exec_generation = w->c.generation;
	/* The file asked for, then the latest: of three levels the middle one is not a subject's.
	 */
	if (level <= 1)
		__builtin_memcpy(t->exec_lists[0], lists, sizeof(t->exec_lists[0]));
	else
		__builtin_memcpy(t->exec_lists[1], lists, sizeof(t->exec_lists[1]));
	return true;
}

/* Makes the label current, now that the executable is named. Returns true when the work is done. */
static __always_inline bool work_label(struct hook *h, struct work *w, struct pc_control *control)
{
	struct task_struct *task = bpf_get_current_task_btf();
	const struct cred *cred = h->ask->cred;
	struct pc_task *t;

	if (!cred)
		cred = task->cred;
	w->err = -EACCES; /* a label that cannot be had: DESIGN, rule 6 */
	t = bpf_task_storage_get(&pc_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t) {
		/* Worked out for this once; but whoever has storage may have inherited layers
		 * there. */
		if (task->bpf_storage)
			return true;
		w->transient = 1;
		t = &h->scratch->transient;
		__builtin_memset(t, 0, sizeof(*t));
	}
	if (!label_gain(&w->c, control, t, task, cred, w->found == NAME_FOUND))
		return true;
	w->err = 0;
	w->stage = STAGE_OBJECT;
	return h->ask->kind == ASK_LABEL;
}

/* Decides, now that the object is named. t: NULL for a task without layers. True: done. */
static __always_inline bool work_decide(struct hook *h, struct work *w, struct pc_control *control,
					struct pc_task *t)
{
	__u32 level = 1, event;
	int err = 0;

	if (h->ask->kind == ASK_CHECK && w->found == NAME_NO_FILE)
		return true;
	w->v.denied = 0;
	if (t && (t->label.ops & ops_mask(h->ask->ops)))
		err = work_judge(w, &t->label, h->ask);
	w->stage = STAGE_BEGIN;
	if (err == CHECK_AGAIN)
		return false;
	if (h->ask->kind == ASK_EXEC) {
		if (t)
			level = ++t->exec_level;
		if (w->found == NAME_FOUND && !w->v.denied && !exec_note(w, level))
			w->err = -ENOMEM;
	}
	if (err != CHECK_REPORT)
		return true;
	if (w->v.denied) {
		if (is_enforcer(control, bpf_get_current_task_btf()))
			return true;
		w->err = -(int)(w->v.err & 0xfff);
		if (w->v.kill)
			bpf_send_signal(9);
	}
	count_reason(w->v.reason);
	STAT_ADD(reported);
	if (!h->dentry)
		return true;
	event = w->op | h->ask->hook << 8 | h->ask->event_flags << 16;
	event_begin(&w->c, control, h->dentry, event, &w->v);
	w->stage = STAGE_EVENT_EXE;
	return false;
}

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

/* Writes a path that has been walked for an event. Returns true when the work is done. */
static __always_inline bool work_event(struct hook *h, struct work *w, __u32 stage)
{
	struct pc_event *e = &h->scratch->event;

	if (stage == STAGE_EVENT_EXE) {
		e->exe_root = w->c.root;
		e->exe_length = pc_path_write(h->scratch, 0);
		w->stage = STAGE_EVENT_OBJECT;
		return false;
	}
	e->path_root = w->c.root;
	e->path_length = pc_path_write(h->scratch, e->exe_length);
	event_send(&w->c);
	return true;
}

/* Takes the image and looks at the label; sets the stage that comes next. True: done. */
static __always_inline bool work_begin(struct hook *h, struct work *w, struct pc_control *control,
				       struct pc_task *t)
{
	struct task_struct *task = bpf_get_current_task_btf();

	image_pin(&w->c, control);
	w->err = 0;
	w->stage = STAGE_OBJECT;
	if (label_is_current(&w->c, t, task) && !h->ask->cred)
		return h->ask->kind == ASK_LABEL;
	if (h->ask->kind == ASK_EXEC && !t && task_is_free(control, control->word, task))
		return !(w->c.image_flags & PC_IMAGE_BY_EXE);
	w->stage = STAGE_EXE;
	return false;
}

/* One step. Returns true when the work is done. */
static __always_inline bool work_one(struct hook *h, struct work *w, struct pc_control *control,
				     __u32 i)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct dentry *dentry = NULL;
	struct inode *inode = NULL;
	struct pc_task *t = NULL;
	__u32 stage;

	if (w->stage <= STAGE_OBJECT) {
		t = bpf_task_storage_get(&pc_tasks, task, 0, 0);
		if (w->transient)
			t = &h->scratch->transient;
	}
	if (w->stage == STAGE_BEGIN && work_begin(h, w, control, t))
		return true;
	stage = w->stage;
	w->found = NAME_NO_FILE;
	if (stage == STAGE_OBJECT) {
		if (h->ask->kind == ASK_CHECK && (!t || !(t->label.ops & ops_mask(h->ask->ops))))
			return true;
		inode = h->inode;
		if (inode && inode_cached(&w->c, h->dentry, inode)) {
			STAT_ADD(inode_cache_hits);
			w->found = NAME_FOUND;
		}
	}
	if (w->found != NAME_FOUND) {
		if (stage == STAGE_OBJECT || stage == STAGE_EVENT_OBJECT)
			dentry = h->dentry;
		else if (stage == STAGE_EVENT_EXE || (w->c.image_flags & PC_IMAGE_BY_EXE))
			dentry = exe_dentry();
		h->scratch->depth = 0;
		if (dentry)
			w->found = name_walk(&w->c, dentry, inode, h->ask->present);
	}
	if (w->found == PC_REASON_RACE && i < RACES_MAX)
		return false;
	if (stage == STAGE_EXE)
		return work_label(h, w, control);
	if (stage == STAGE_OBJECT)
		return work_decide(h, w, control, t);
	return work_event(h, w, stage);
}

static long work_step(__u32 i, void *context)
{
	struct hook *h = context;
	struct work *w = work_of(h->scratch);
	struct pc_control *control = control_get();

	if (!control || !work_one(h, w, control, i))
		return 0;
	w->done = 1;
	return 1;
}

/* Tells the verifier that an error lies in [-4095, 0]. */
static __always_inline int hook_return(int err)
{
	if (err >= 0)
		return 0;
	barrier_var(err); /* or both comparisons become one that the verifier does not follow */
	return err < -4095 ? -EACCES : err;
}

static __always_inline int work_do(struct dentry *dentry, struct inode *inode,
				   const struct ask *ask)
{
	struct hook h = {.dentry = dentry, .inode = inode, .ask = ask};
	struct pc_scratch *scratch = scratch_borrow();
	struct work *w;
	int err = -EACCES;

	if (!scratch) {
		count_reason(PC_REASON_SCRATCH);
		return err;
	}
	h.scratch = scratch;
	w = work_of(scratch);
	w->stage = STAGE_BEGIN;
	w->done = 0;
	w->transient = 0;
	bpf_loop(STAGES_MAX, work_step, &h, 0);
	if (w->done)
		err = hook_return(w->err);
	else
		count_reason(PC_REASON_SWITCH);
	scratch_return(scratch);
	return err;
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
