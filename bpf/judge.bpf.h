/* SPDX-License-Identifier: GPL-2.0-only */
/* What a hook asks, and what the layers of a label say to it. */
#ifndef JUDGE_BPF_H
#define JUDGE_BPF_H

#include "event.bpf.h"

enum ask_kind {
	ASK_CHECK, /* may the current task do this? */
	ASK_EXEC,  /* the same for the file of an exec; notes whose subject it is */
	ASK_MOVE,  /* may it take this name to another? */
};

/* What a hook asks. Constants of 32 bytes would land in a section that bpftool does not link. */
struct ask {
	__u32 kind;
	__u32 ops; /* list of operations: all must be allowed */
	__u32 hook;
	__u32 event_flags;
	__u8 present;	/* the name exists */
	__u8 any;	/* the first operation suffices; if it is denied the others decide */
	__u8 note_only; /* ASK_EXEC while enforcement is off: nothing is decided */
	__u8 quiet;	/* decide, but tell nobody and kill nobody */
};

struct judge_args {
	struct pc_question q;
	__u32 slot;
	__u32 fallback;
	__u64 generation;
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
 * What one layer says; PC_LAYERS_MAX stands for what comes behind them all. Global: see pc_run; the
 * verifier looks at the rules of the language here, once, and not once a layer and operation.
 */
__noinline int pc_judge_layer(struct judge_args *args, struct pc_label *label, struct pc_verdict *v,
			      __u32 layer)
{
	struct pc_tables t;

	if (!args || !label || !v)
		return -ENOENT;
	TABLES_GET(args->slot, t);
	if (!t.words)
		return -ENOENT;
	if (layer < PC_LAYERS_MAX)
		pc_decide_step(&t, label, layer, &args->q, v);
	else
		pc_decide_end(&t, label, &args->q, v);
	return 0;
}

/*
 * What all layers of a label say. Returns 0, CHECK_AGAIN where the image changed meanwhile, or
 * -ENOENT.
 */
__noinline int pc_judge(struct judge_args *args, struct pc_label *label, struct pc_verdict *v)
{
	__u32 count, failed = 0;

	if (!args || !label || !v)
		return -ENOENT;
	count = pc_layer_count(label);
	for (__u32 i = 0; i < PC_LAYERS_MAX && i < count && !failed; i++)
		failed = pc_judge_layer(args, label, v, i) != 0;
	if (!failed)
		failed = pc_judge_layer(args, label, v, PC_LAYERS_MAX) != 0;
	if (!image_same(args->slot, args->generation, args->fallback))
		return CHECK_AGAIN;
	return failed ? -ENOENT : 0;
}

/* Counts what all layers said of one operation; v->policy becomes an identity. */
__noinline int pc_count(struct judge_args *args, struct pc_label *label, struct pc_verdict *v)
{
	struct count_walk walk = {.label = label, .v = v};

	if (!args || !label || !v)
		return -ENOENT;
	TABLES_GET(args->slot, walk.t);
	if (!walk.t.words)
		return -ENOENT;
	walk.policies = pc_word(&walk.t, PC_W_POLICIES);
	walk.op = args->q.op;
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
	__u32 same; /* layers that the task that is the object has, too */
	__u32 done;
	__u32 races;
	__u32 reporting; /* decided; the next step names the object for the event */
	__u32 renew;	 /* enum renew_kind */
	__u32 transient; /* the label could not be kept and stands in the scratch */
	__u32 op;	 /* the one reported */
	__u32 dev;	 /* of the object */
	__u32 moves;	 /* enum pc_move, of ASK_MOVE */
	struct {
		__u32 found;
		__u32 below[PC_AUTOMATA];
		struct pc_class class;
	} to;	     /* the other name of ASK_MOVE */
	__u32 other; /* the one reported is denied by another name of the file */
	__u32 tree;  /* what is renamed is a directory */
	struct {
		__u32 denied, audited;
	} first;
	struct pc_linked also; /* classes of the file's names, besides the one that was used */
	int err;
	struct pc_link_key link;
	__u64 inode;
	struct pc_verdict v;	 /* of the operation reported */
	struct pc_verdict asked; /* of the one being asked for */
	struct {
		__u32 denied, audited;
	} said[OPS_MAX]; /* of each, to be counted */
	struct judge_args judge;
};
_Static_assert(sizeof(struct work) <= PC_SCRATCH_WORK * 8, "work area of a scratch");

static __always_inline struct work *work_of(struct pc_scratch *scratch)
{
	return (void *)scratch->work;
}

/* ---- judging ------------------------------------------------------------------------------- */

struct ops_walk {
	struct work *w;
	struct pc_label *label;
	__u32 ops;
	__u32 decided;	/* so many */
	__u32 reported; /* which of them w->v is of, plus 1; 0: none */
	int err;
};

static __always_inline __u32 next_op(struct ops_walk *walk)
{
	__u32 op = (walk->ops & 0x1f) - 1;

	walk->ops >>= 8;
	return op;
}

/*
 * Decides one operation on every name of the object: it is allowed only if all names allow it.
 * w->first: what the name that was used says. On the stack there is no room for it on 6.1.
 */
static __always_inline int names_judge(struct work *w, struct pc_label *label)
{
	int err;

	w->judge.q.class = w->c.class;
	err = pc_judge(&w->judge, label, &w->asked);
	w->first.denied = w->asked.denied;
	w->first.audited = w->asked.audited;
	for (__u32 i = 0; i < PC_LINK_CLASSES && i < w->also.count && !err; i++) {
		w->judge.q.class = w->also.class[i];
		err = pc_judge(&w->judge, label, &w->asked);
	}
	return err;
}

/* Decides the next operation. The first that is denied ends it; what is audited is allowed. */
static long ops_step(__u32 i, void *context)
{
	struct ops_walk *walk = context;
	struct work *w = walk->w;
	__u32 any = w->ask.any && !i;

	if (!(walk->ops & 0x1f))
		return 1;
	__builtin_memset(&w->asked, 0, sizeof(w->asked));
	w->judge.q.op = next_op(walk);
	walk->err = names_judge(w, walk->label);
	if (walk->err == CHECK_AGAIN)
		return 1;
	if (walk->err) {
		w->asked.denied = 1;
		w->asked.err = EACCES;
		w->asked.reason = PC_REASON_IMAGE;
	}
	walk->err = 0;
	if (any) {
		/* Neither counted nor reported: another operation may do as well. */
		walk->err = w->asked.denied ? 0 : CHECK_ENOUGH;
		return !w->asked.denied;
	}
	w->said[i & (OPS_MAX - 1)].denied = w->asked.denied;
	w->said[i & (OPS_MAX - 1)].audited = w->asked.audited;
	walk->decided = i + 1;
	if (w->asked.denied || (w->asked.audited && !walk->reported)) {
		walk->reported = i + 1;
		w->v = w->asked;
		w->op = w->judge.q.op;
		w->other = !w->first.denied &&
			   (w->asked.denied || (!w->first.audited && w->asked.audited));
	}
	return w->asked.denied != 0;
}

static long ops_count_step(__u32 i, void *context)
{
	struct ops_walk *walk = context;
	struct pc_verdict verdict = {};
	struct work *w = walk->w;

	w->judge.q.op = next_op(walk);
	if (w->ask.any && !i)
		return 0;
	verdict.denied = w->said[i & (OPS_MAX - 1)].denied;
	verdict.audited = w->said[i & (OPS_MAX - 1)].audited;
	if (i + 1 == walk->reported)
		pc_count(&w->judge, walk->label, &w->v);
	else
		pc_count(&w->judge, walk->label, &verdict);
	return 0;
}

/* ---- the usual answer ---------------------------------------------------------------------- */

/* What is answered without going through everything: at most so many layers and operations. */
#define FAST_LAYERS 4
#define FAST_OPS 2

static __always_inline __u32 fast_mask(__u32 ops)
{
	return ((1u << (ops & 0x1f)) | (1u << (ops >> 8 & 0x1f))) >> 1;
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

/* Does one layer allow all of these operations on a class of the only automaton, and say no more?
 */
static __always_inline bool layer_allows(const struct pc_tables *t, __u32 policy, __u32 class,
					 __u32 mask)
{
	__u32 row = pc_row_of(t, policy, 0, class);
	__u32 closed = pc_word(t, policy + PC_P_DEFAULT) & ~pc_word(t, row + PC_R_ALLOW);

	return !((pc_word(t, row + PC_R_DENY) | pc_word(t, row + PC_R_AUDIT) | closed) & mask);
}

/* 1: all layers of a label, of at most FAST_LAYERS, do. Global: see pc_run. */
__noinline int pc_layers_allow(struct pc_label *label, __u32 slot, __u32 class, __u32 mask)
{
	struct pc_tables t;
	__u32 policies;

	if (!label)
		return 0;
	TABLES_GET(slot, t);
	if (!t.words)
		return 0;
	policies = pc_word(&t, PC_W_POLICIES);
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < FAST_LAYERS; i++) {
		if (i >= label->count)
			break;
		if (!layer_allows(&t, policies + label->index[i] * PC_P_WORDS, class,
				  mask & label->layer_ops[i]))
			return 0;
	}
	return 1;
}

/*
 * Do all layers of a label allow what w->ask asks, without anything to report? Counts it, then, and
 * returns CHECK_ENOUGH. 0: pc_judge_ops() has to find out.
 */
__noinline int pc_allows(struct pc_scratch *scratch, struct pc_label *label)
{
	struct work *w;
	__u32 ops, mask;

	if (!scratch || !label)
		return 0;
	w = work_of(scratch);
	ops = w->ask.any ? w->ask.ops & 0x1f : w->ask.ops;
	mask = fast_mask(ops);
	if (w->c.found != NAME_FOUND || w->c.automata != 1 || w->moves || w->also.count ||
	    (mask & PC_OPS_PLAIN) || ops >> 8 * FAST_OPS || label->count > FAST_LAYERS ||
	    label->overflow)
		return 0;
	if (!pc_layers_allow(label, w->c.slot, w->c.class.of[0], mask) ||
	    !image_same(w->c.slot, w->c.generation, w->c.fallback))
		return 0;
	if (!w->ask.any)
		count_allowed(label, ops);
	return CHECK_ENOUGH;
}

/*
 * Decides all operations of w->ask on the object that has been named, then counts them: an image
 * that changes in between begins it anew, and nothing is counted twice. What is denied is reported,
 * else the first that is audited. Returns 0, CHECK_AGAIN, CHECK_ENOUGH or CHECK_REPORT.
 */
__noinline int pc_judge_ops(struct pc_scratch *scratch, struct pc_label *label)
{
	struct ops_walk walk = {.label = label};
	struct work *w;
	__u32 found;

	if (!scratch || !label)
		return -ENOENT;
	w = work_of(scratch);
	found = w->c.found;
	walk.w = w;
	walk.ops = w->ask.ops;
	w->judge.slot = w->c.slot;
	w->judge.fallback = w->c.fallback;
	w->judge.generation = w->c.generation;
	w->judge.q.same = w->same;
	w->judge.q.fileless = 0;
	if (found >= NAME_FILELESS)
		w->judge.q.fileless =
			found == NAME_DELETED ? PC_OBJECT_DELETED : PC_OBJECT_FILELESS;
	w->judge.q.reason = found >= NAME_FILELESS ? PC_REASON_RULE : found;
	w->judge.q.moves = w->moves;
	w->judge.q.to = w->to.class;
	bpf_loop(OPS_MAX, ops_step, &walk, 0);
	if (walk.err != CHECK_AGAIN && walk.decided) {
		walk.ops = w->ask.ops;
		bpf_loop(walk.decided & (2 * OPS_MAX - 1), ops_count_step, &walk, 0);
	}
	return !walk.err && walk.reported ? CHECK_REPORT : walk.err;
}

#endif
