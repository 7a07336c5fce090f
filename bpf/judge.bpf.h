/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hook asks, and what the layers of a label say to it. */
#ifndef JUDGE_BPF_H
#define JUDGE_BPF_H

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

#endif
