/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The decision: label, operation and class in, verdict out. Runs in the kernel and in user space.
 */
#ifndef PC_DECIDE_H
#define PC_DECIDE_H

#include <pc/abi.h>

#define PC_INLINE static inline __attribute__((always_inline))

/*
 * pc_loop(n, callback, context) calls callback(i, context) for i = 0.. until it returns 1 or n is
 * reached: bpf_loop in the kernel, a loop in user space. n is at most PC_LOOP_MAX.
 */
#define PC_LOOP_MAX (1u << 15)
#ifdef __bpf__
#define pc_loop(n, callback, context) bpf_loop((n), (callback), (context), 0)
#define PC_CALLBACK static long
#else
#define PC_CALLBACK static long __attribute__((unused))
static inline void pc_loop(__u32 n, long (*callback)(__u32 i, void *context), void *context)
{
	for (__u32 i = 0; i < n; i++)
		if (callback(i, context))
			break;
}
#endif

/* The tables of an image. mask is the blob's size in words minus one (64 bits: see automaton.h). */
struct pc_tables {
	const __u32 *words;
	__u64 mask;
};

PC_INLINE __u32 pc_word(const struct pc_tables *t, __u32 at)
{
	return t->words[at & t->mask];
}

/* ---- verdict ------------------------------------------------------------------------------- */

/*
 * An object with a name, without one (memfd, O_TMPFILE), or with a name it has lost: a deleted file
 * is denied what either its last name or its being deleted denies, and allowed only as the latter.
 */
enum pc_object { PC_OBJECT_NAMED, PC_OBJECT_FILELESS, PC_OBJECT_DELETED };

/*
 * What a move takes along: one name, or a directory and what is below it. A directory is one name
 * where the automaton does not tell the names below it from those they would get.
 */
enum pc_move { PC_MOVE_NOT, PC_MOVE_NAME, PC_MOVE_TREE };

/*
 * What is asked of every layer. The object is a class, or nameless, or could not be named. An
 * operation of PC_OPS_PLAIN has none of these: one row of each policy speaks, or another for the
 * layers that its object, a task, has as well. PC_OP_TAMPER may have a place, which is named.
 */
struct pc_question {
	__u32 op;
	__u32 reason;	/* PC_REASON_RULE: it is named; otherwise why it could not be */
	__u32 fileless; /* enum pc_object */
	__u32 same;	/* PC_OPS_PLAIN: layers, as bits */
	__u32 place;	/* PC_OP_TAMPER: with that name, and denied only where a rule guards it */
	struct pc_class class;
	__u32 moves;	    /* enum pc_move, with PC_OP_MOVE: … */
	struct pc_class to; /* … to a name of this class */
};

/* The answer of all layers. Layers are positions in the label, as bits. */
struct pc_verdict {
	__u32 denied;  /* layers that deny */
	__u32 audited; /* layers that would deny, were they or their rule not in audit mode */
	__u32 policy;  /* index of the policy that speaks for all, where denied or audited */
	__u32 rule;
	__u32 err; /* positive errno */
	__u32 kill;
	__u32 reason;
};

/* What one layer says. */
struct pc_layer_answer {
	__u32 decision; /* enum pc_decision */
	__u32 rule;
	__u32 err;
	__u32 kill;
	__u32 reason;
};

struct pc_row_sum {
	__u32 deny;
	__u32 audit;
	__u32 allow;
	__u32 answers; /* of the first row that denies */
};

PC_INLINE void pc_row_add(const struct pc_tables *t, __u32 row, __u32 bit, struct pc_row_sum *sum)
{
	__u32 deny = pc_word(t, row + PC_R_DENY);
	__u32 audit = pc_word(t, row + PC_R_AUDIT);

	if ((deny & bit) || ((audit & bit) && !(sum->deny & bit)))
		if (!(sum->deny & bit))
			sum->answers = pc_word(t, row + PC_R_ANSWERS);
	sum->deny |= deny;
	sum->audit |= audit;
	sum->allow |= pc_word(t, row + PC_R_ALLOW);
}

PC_INLINE __u32 pc_row_of(const struct pc_tables *t, __u32 policy, __u32 automaton, __u32 class)
{
	__u32 pages = pc_word(t, policy + PC_P_PAGES + automaton);
	__u32 page = pc_word(t, pages + (class >> PC_PAGE_SHIFT));

	return pc_word(t, page + (class & PC_PAGE_MASK));
}

struct pc_rows_walk {
	struct pc_tables t;
	struct pc_row_sum *sum;
	const struct pc_class *class;
	__u32 policy;
	__u32 bit;
};

/* The second automaton and on. */
PC_CALLBACK pc_rows_step(__u32 i, void *context)
{
	struct pc_rows_walk *walk = context;
	__u32 a = (i + 1) & (PC_AUTOMATA - 1);

	pc_row_add(&walk->t, pc_row_of(&walk->t, walk->policy, a, walk->class->of[a]), walk->bit,
		   walk->sum);
	return 0;
}

/* Sums what a policy's rows say of a class: one row an automaton, and nearly always one. */
PC_INLINE void pc_rows_sum(const struct pc_tables *t, __u32 policy, __u32 automata,
			   const struct pc_class *class, __u32 bit, struct pc_row_sum *sum)
{
	struct pc_rows_walk walk = {
		.t = *t,
		.sum = sum,
		.class = class,
		.policy = policy,
		.bit = bit,
	};

	pc_row_add(t, pc_row_of(t, policy, 0, class->of[0]), bit, sum);
	if (automata > 1)
		pc_loop((automata - 1) & (PC_AUTOMATA - 1), pc_rows_step, &walk);
}

struct pc_answer_search {
	struct pc_tables t;
	__u32 at;
	__u32 bit;
	struct pc_layer_answer *answer;
};

PC_CALLBACK pc_answer_step(__u32 i, void *context)
{
	struct pc_answer_search *search = context;
	__u32 at = search->at + i * PC_A_WORDS;
	__u32 err;

	if (!(pc_word(&search->t, at + PC_A_OPS) & search->bit))
		return 0;
	err = pc_word(&search->t, at + PC_A_ERRNO);
	search->answer->rule = pc_word(&search->t, at + PC_A_RULE);
	if (err & 0xfff)
		search->answer->err = err & 0xfff;
	search->answer->kill = !!(err & PC_A_KILL);
	return 1;
}

/* The first rule of a row's answers that denies the operation. */
static inline void pc_answer_find(const struct pc_tables *t, __u32 answers, __u32 bit,
				  struct pc_layer_answer *answer)
{
	struct pc_answer_search search = {
		.t = *t,
		.at = answers + 1,
		.bit = bit,
		.answer = answer,
	};
	__u32 count = pc_word(t, answers);

	pc_loop(count < PC_LOOP_MAX ? count : PC_LOOP_MAX, pc_answer_step, &search);
}

PC_INLINE __u32 pc_section_errno(__u32 section)
{
	__u32 err = 0;

	switch (section) {
#define PC_X(symbol, name, number)                                                                 \
	case PC_SECTION_##symbol:                                                                  \
		err = number;                                                                      \
		break;
		PC_SECTIONS(PC_X)
#undef PC_X
	}
	return err;
}

/* What a policy says of the operation asked for: bits of that operation, and who answers. */
struct pc_said {
	__u32 denied; /* by a rule */
	__u32 closed; /* by default */
	__u32 audited;
	__u32 bits;
	__u32 answers;
};

PC_INLINE void pc_object_sum(const struct pc_tables *t, __u32 policy, __u32 automata,
			     const struct pc_question *q, __u32 bits, struct pc_row_sum *sum)
{
	if (q->fileless != PC_OBJECT_FILELESS)
		pc_rows_sum(t, policy, automata, &q->class, bits, sum);
	if (q->fileless != PC_OBJECT_NAMED) {
		sum->allow = 0;
		pc_row_add(t, pc_word(t, policy + PC_P_FILELESS), bits, sum);
	}
}

PC_INLINE void pc_say(const struct pc_tables *t, __u32 layer, __u32 policy, __u32 automata,
		      const struct pc_question *q, struct pc_said *said)
{
	__u32 row = q->same >> (layer & (PC_LAYERS_MAX - 1)) & 1 ? PC_P_SAME : PC_P_PLAIN;
	__u32 bit = PC_BIT(q->op);
	struct pc_row_sum sum = {};

	if ((bit & PC_OPS_PLAIN) && !q->place)
		pc_row_add(t, pc_word(t, policy + row), bit, &sum);
	else
		pc_object_sum(t, policy, automata, q, bit, &sum);
	said->denied = sum.deny & bit;
	said->audited = sum.audit & bit;
	said->closed = q->place ? 0 : pc_word(t, policy + PC_P_DEFAULT) & ~sum.allow & bit;
	said->bits = bit;
	said->answers = sum.answers;
}

/*
 * By default (deny) a directory is moved only if everything below it may be renamed, or no allow
 * rule speaks of it; and only to where that holds too.
 */
PC_INLINE int pc_move_is_closed(__u32 from, __u32 to)
{
	__u32 both = from & to;

	if (from & PC_BIT(PC_OP_MOVE))
		return 0;
	return ((to & PC_OPS_BELOW) && !(both & PC_OPS_IMPLIED)) ||
	       ((from & PC_OPS_BELOW) && !(from & PC_OPS_IMPLIED));
}

/*
 * A move, beyond the rename or link that has been allowed on both names. What a deny rule implies
 * holds unless an allow rule says `move`. One name leaves the rule's reach only where something it
 * is denied now would not be denied under the new name.
 */
static inline void pc_say_move(const struct pc_tables *t, __u32 policy, __u32 automata,
			       const struct pc_question *q, struct pc_said *said)
{
	__u32 move = PC_BIT(PC_OP_MOVE), ops = (PC_OPS_EXEC | PC_OPS_FILE) & ~move;
	__u32 dflt = pc_word(t, policy + PC_P_DEFAULT), implied = PC_OPS_IMPLIED;
	struct pc_row_sum from = {}, to = {};
	__u32 shed = ops, audit_shed = ops;

	pc_object_sum(t, policy, automata, q, move | implied, &from);
	pc_rows_sum(t, policy, automata, &q->to, move | implied, &to);
	to.deny |= dflt & ~to.allow;
	if (q->moves == PC_MOVE_NAME) {
		shed = from.deny & ~to.deny & ops;
		audit_shed = from.audit & ~(to.deny | to.audit) & ops;
	}
	if (from.allow & move)
		shed = audit_shed = 0;
	said->denied = from.deny & (move | (shed ? implied : 0));
	said->audited = from.audit & (move | (audit_shed ? implied : 0));
	said->closed = 0;
	if (q->moves == PC_MOVE_TREE && pc_move_is_closed(from.allow, to.allow))
		said->closed = dflt & move;
	said->answers = from.answers;
	said->bits = move | (said->denied ? shed : audit_shed);
}

PC_INLINE __u32 pc_decision_of(const struct pc_tables *t, __u32 policy)
{
	return pc_word(t, policy + PC_P_MODE) == PC_POLICY_ENFORCE ? PC_DENIED : PC_AUDITED;
}

/* Is it denied where the object cannot be named? Who may tamper may do it there, too. */
PC_INLINE __u32 pc_is_closed(const struct pc_tables *t, __u32 policy, const struct pc_question *q)
{
	__u32 bit = PC_BIT(q->op);

	if (q->place && (pc_word(t, pc_word(t, policy + PC_P_PLAIN) + PC_R_ALLOW) & bit))
		return 0;
	return pc_word(t, policy + PC_P_CLOSED) & bit;
}

/* One layer: its position, its policy's record. Hot: the usual answer takes a row and no call. */
PC_INLINE __u32 pc_decide_layer(const struct pc_tables *t, __u32 layer, __u32 policy,
				__u32 automata, const struct pc_question *q,
				struct pc_layer_answer *answer)
{
	__u32 bit = PC_BIT(q->op);
	struct pc_said said;

	if (!(pc_word(t, policy + PC_P_OPS) & bit))
		return PC_ALLOWED;
	answer->rule = pc_word(t, policy + PC_P_RULES + pc_section_of(q->op));
	answer->err = pc_section_errno(pc_section_of(q->op));
	answer->kill = 0;
	if (q->reason != PC_REASON_RULE && (!(bit & PC_OPS_PLAIN) || q->place)) {
		if (!pc_is_closed(t, policy, q))
			return PC_ALLOWED;
		answer->reason = q->reason;
		return pc_decision_of(t, policy);
	}
	if (q->moves)
		pc_say_move(t, policy, automata, q, &said);
	else
		pc_say(t, layer, policy, automata, q, &said);
	if (!(said.denied | said.closed | said.audited))
		return PC_ALLOWED;
	answer->reason = PC_REASON_DEFAULT;
	if (said.denied || !said.closed) {
		answer->reason = PC_REASON_RULE;
		if (q->moves) /* by whichever rule, rather than by none, if several automata differ
			       */
			pc_answer_find(t, said.answers, PC_OPS_IMPLIED, answer);
		pc_answer_find(t, said.answers, said.bits, answer);
	}
	return said.denied | said.closed ? pc_decision_of(t, policy) : PC_AUDITED;
}

/* Does b speak rather than a? Kill first, then the first policy by name (its index). */
PC_INLINE int pc_outranks(const struct pc_verdict *v, __u32 decision,
			  const struct pc_layer_answer *answer, __u32 index)
{
	if (decision == PC_DENIED && !v->denied)
		return 1;
	if (decision == PC_AUDITED && v->denied)
		return 0;
	if (decision == PC_AUDITED && !v->audited)
		return 1;
	if (answer->kill != v->kill)
		return answer->kill > v->kill;
	return index < v->policy;
}

/* What one layer adds to the verdict: layer is a position in the label. */
PC_INLINE void pc_decide_step(const struct pc_tables *t, const struct pc_label *label, __u32 layer,
			      const struct pc_question *q, struct pc_verdict *v)
{
	struct pc_layer_answer answer = {};
	__u32 index = label->index[layer & (PC_LAYERS_MAX - 1)];
	__u32 policy = pc_word(t, PC_W_POLICIES) + index * PC_P_WORDS;
	__u32 bit = 1u << (layer & (PC_LAYERS_MAX - 1));
	__u32 decision = pc_decide_layer(t, layer, policy, pc_word(t, PC_W_AUTOMATA), q, &answer);

	if (decision == PC_ALLOWED)
		return;
	if (pc_outranks(v, decision, &answer, index)) {
		v->policy = index;
		v->rule = answer.rule;
		v->err = answer.err;
		v->kill = answer.kill && decision == PC_DENIED;
		v->reason = answer.reason;
	}
	if (decision == PC_DENIED)
		v->denied |= bit;
	else
		v->audited |= bit;
}

/* A label that wanted more layers than there is room for is denied whatever any policy speaks of.
 */
PC_INLINE void pc_decide_end(const struct pc_tables *t, const struct pc_label *label,
			     const struct pc_question *q, struct pc_verdict *v)
{
	__u32 section = pc_section_of(q->op);

	if (!label->overflow || !(pc_word(t, PC_W_OPS) & PC_BIT(q->op)) || v->denied)
		return;
	v->denied = 1;
	v->audited &= ~1u;
	v->policy = label->index[0];
	v->rule = pc_word(t, pc_word(t, PC_W_POLICIES) + v->policy * PC_P_WORDS + PC_P_RULES +
				     section);
	v->kill = 0;
	v->reason = PC_REASON_OVERFLOW;
	v->err = pc_section_errno(section);
}

PC_INLINE __u32 pc_layer_count(const struct pc_label *label)
{
	__u32 count = label->count;

	return count < PC_LAYERS_MAX ? count : PC_LAYERS_MAX;
}

/* The whole decision for a label; the kernel side does the same in pc_judge(). Verdict zeroed by
 * the caller. */
PC_INLINE void pc_decide(const struct pc_tables *t, const struct pc_label *label,
			 const struct pc_question *q, struct pc_verdict *v)
{
	for (__u32 i = 0; i < pc_layer_count(label); i++)
		pc_decide_step(t, label, i, q, v);
	pc_decide_end(t, label, q, v);
}

/* ---- labels -------------------------------------------------------------------------------- */

struct pc_label_search {
	const struct pc_label *label;
	__u32 id;
	__u32 found;
};

PC_CALLBACK pc_label_step(__u32 i, void *context)
{
	struct pc_label_search *search = context;

	search->found = search->label->policy[i & (PC_LAYERS_MAX - 1)] == search->id;
	return search->found;
}

/* Adds a policy to a label; index is its position in the tables in use. */
PC_INLINE void pc_label_add(struct pc_label *label, __u32 id, __u32 index)
{
	struct pc_label_search search = {.label = label, .id = id};
	__u32 count = label->count;

	pc_loop(count < PC_LAYERS_MAX ? count : PC_LAYERS_MAX, pc_label_step, &search);
	if (search.found)
		return;
	if (count >= PC_LAYERS_MAX) {
		label->overflow = 1;
		return;
	}
	label->policy[count & (PC_LAYERS_MAX - 1)] = id;
	label->index[count & (PC_LAYERS_MAX - 1)] = (__u16)index;
	label->count = count + 1;
}

struct pc_floor_search {
	struct pc_tables t;
	__u32 at;
	__u32 key;
	__u32 low;  /* the answer is not below */
	__u32 high; /* and below */
};

PC_CALLBACK pc_floor_step(__u32 i, void *context)
{
	struct pc_floor_search *search = context;
	__u32 middle = search->low + (search->high - search->low) / 2;

	(void)i;
	if (search->high - search->low <= 1)
		return 1;
	if (pc_word(&search->t, search->at + 2 * middle) <= search->key)
		search->low = middle;
	else
		search->high = middle;
	return 0;
}

/*
 * Of count pairs of words at `at`, ascending by their first, the last whose first is not above key
 * (0 where none is).
 */
PC_INLINE __u32 pc_floor(const struct pc_tables *t, __u32 at, __u32 count, __u32 key)
{
	struct pc_floor_search search = {.t = *t, .at = at, .key = key, .high = count};

	pc_loop(32, pc_floor_step, &search);
	return search.low;
}

#define PC_NOWHERE 0xffffffffu

/* Position of a policy id among the tables' policies; PC_NOWHERE: it is gone. */
PC_INLINE __u32 pc_index_of(const struct pc_tables *t, __u32 id)
{
	__u32 ids = pc_word(t, PC_W_IDS), count = pc_word(t, PC_W_POLICY_COUNT);
	__u32 at = ids + 2 * pc_floor(t, ids, count, id);

	if (!count || pc_word(t, at) != id)
		return PC_NOWHERE;
	return pc_word(t, at + 1);
}

#endif
