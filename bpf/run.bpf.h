/* SPDX-License-Identifier: GPL-2.0-only */
/* The run down: automata of the image in force, stepped over the components of a name. */
#ifndef RUN_BPF_H
#define RUN_BPF_H

#include "moves.bpf.h"

#define PC_BEHIND 4 /* 0 and 3 are not used: an index is masked */

/*
 * What deciding on one object needs. It stands at the beginning of a scratch's work area: memory of
 * a map, whose values the verifier does not follow, so that it sees each stage of the work once.
 */
struct pc_ctx {
	__u64 generation;
	__u64 roots;
	__u64 settled;
	__u32 slot;
	__u32 automata;
	__u32 image_flags;
	__u32 flags;		 /* PC_EVENT_* of the name walked last */
	__u32 root;		 /* id of the root it is under; 0: none */
	__u32 root_flags;	 /* of its entry; 0: there is none */
	__u32 self[PC_AUTOMATA]; /* class of the root itself */
	__u32 fallback;		 /* decided by the fallback image */
	__u64 chain;		 /* fingerprint of the chain walked last; 0: it ended at no root */
	__u64 sum;		 /* the same, being made */
	__u64 before;		 /* what told the name before it was read; 0: nothing does */
	__u64 epoch;		 /* what holds for all names of the file system, mixed */
	__u64 begun;		 /* directories moved */
	__u32 found;		 /* outcome of naming */
	__u32 keep;		 /* names below this root may be kept */
	__u32 switches;		 /* as the control word counts them */
	__u32 steady;  /* no directory is moving: names may be kept, and c->before is the place */
	__u32 kept;    /* the class is kept, of c->before under c->epoch */
	__u32 above;   /* component that is a root, plus 1 */
	__u32 hit;     /* the components are those below a directory whose states are kept, … */
	__u32 base;    /* … whose name has so many, … */
	__u32 several; /* … PC_DIR_SEVERAL of it */
	__u32 unaided; /* no directory's states are taken */
	__u32 whole;   /* the components are wanted, all of them */
	__u32 number;  /* that a component spells */
	struct pc_class class;
	__u32 below[PC_AUTOMATA]; /* states behind the name and a slash */
	__u32 state[PC_AUTOMATA]; /* of each automaton: where a run begins, and where it ended */
	/* States behind the directory (1) and the one above it (2), to be kept once the name held.
	 */
	__u32 behind[PC_BEHIND][PC_AUTOMATA];
	__u32 lists[PC_GAIN_LISTS]; /* subject lists, at PC_GAIN_* */
};

static __always_inline struct pc_scratch *scratch_of(struct pc_ctx *c)
{
	return (void *)c - offsetof(struct pc_scratch, work);
}

/* ---- parts of an image --------------------------------------------------------------------- */

static __always_inline void *blob_get(void *outer, __u32 key)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(outer, &key);

	return inner ? bpf_map_lookup_elem(inner, &zero) : NULL;
}

/* The verifier follows each tier by itself, with the mask that belongs to it. unit: bytes. */
#define PART_GET(slot, part, tier, unit, ret_base, ret_mask)                                       \
	do {                                                                                       \
		__u32 key_ = (slot)*PC_PARTS + (part);                                             \
                                                                                                   \
		if ((tier) == 0) {                                                                 \
			(ret_base) = blob_get(&pc_small, key_);                                    \
			(ret_mask) = PC_TIER_BYTES(0) / (unit)-1;                                  \
		} else if ((tier) == 1) {                                                          \
			(ret_base) = blob_get(&pc_medium, key_);                                   \
			(ret_mask) = PC_TIER_BYTES(1) / (unit)-1;                                  \
		} else {                                                                           \
			(ret_base) = blob_get(&pc_large, key_);                                    \
			(ret_mask) = PC_TIER_BYTES(2) / (unit)-1;                                  \
		}                                                                                  \
	} while (0)

/* ---- the run down -------------------------------------------------------------------------- */

struct automaton_run {
	struct pc_automaton a;
	struct pc_ctx *c;
	__u32 number; /* of the automaton */
	__u32 state;
	__u32 component; /* counts down */
	__u32 offset;
};

/* Eight bytes, or as many as are left. Written out: clang does not unroll a loop that is left. */
static __always_inline __u32 run_word(const struct pc_automaton *a, __u32 state, __u64 word,
				      __u32 left)
{
#define RUN_BYTE(k)                                                                                \
	if (left <= (k))                                                                           \
		return state;                                                                      \
	state = pc_automaton_step(a, state, word >> 8 * (k)&0xff);
	RUN_BYTE(0)
	RUN_BYTE(1)
	RUN_BYTE(2)
	RUN_BYTE(3)
	RUN_BYTE(4)
	RUN_BYTE(5)
	RUN_BYTE(6)
	RUN_BYTE(7)
#undef RUN_BYTE
	return state;
}

/* Eight bytes of a component. */
static long run_step(__u32 i, void *context)
{
	struct automaton_run *run = context;
	struct pc_component *component =
		&scratch_of(run->c)->component[run->component & (PC_DEPTH_MAX - 1)];
	__u64 word = *(__u64 *)(component->text + (run->offset & 0xf8));
	__u32 left = component->length - run->offset, state = run->state;
	struct pc_automaton a = run->a;

	state = run_word(&a, state, word, left);
	run->state = state;
	run->offset += 8;
	if (left > 8)
		return 0;
	if (!run->component)
		return 1;
	if (run->component < PC_BEHIND)
		run->c->behind[run->component & (PC_BEHIND - 1)][run->number & (PC_AUTOMATA - 1)] =
			state;
	run->component--;
	run->offset = 0;
	return 0;
}

/* A component of a few bytes, and where the first automaton of a slot's image stands. */
#define NAME_SHORT 24

struct pc_short {
	__u64 text[NAME_SHORT / 8];
	__u32 length;
	__u32 slot;
	__u32 state; /* behind the directory, then behind the name */
	__u32 class; /* of the name */
};

/* Runs over a slash and the name. Returns 0, or -ENOENT where the image cannot be read. */
__noinline int pc_run_short(struct pc_short *name)
{
	struct pc_control *control = control_get();
	struct pc_automaton a;
	__u32 state, tier;

	if (!name || !control)
		return -ENOENT;
	tier = control->slots[name->slot & (PC_SLOTS - 1)].tier[PC_PART_AUTOMATON];
	PART_GET(name->slot, PC_PART_AUTOMATON, tier, sizeof(struct pc_cell), a.cells, a.mask);
	if (!a.cells)
		return -ENOENT;
	state = pc_automaton_step(&a, name->state, '/');
	state = run_word(&a, state, name->text[0], name->length);
	if (name->length > 8)
		state = run_word(&a, state, name->text[1], name->length - 8);
	if (name->length > 16)
		state = run_word(&a, state, name->text[2], name->length - 16);
	name->state = state;
	name->class = pc_automaton_accepts(&a, state);
	return 0;
}

struct run_walk {
	struct pc_ctx *c;
	struct pc_slot *slot;
	__u32 ok;
};

static long run_automaton_step(__u32 i, void *context)
{
	struct run_walk *walk = context;
	struct pc_ctx *c = walk->c;
	__u32 a = i & (PC_AUTOMATA - 1), tier = walk->slot->tier[PC_PART_AUTOMATON + a];
	struct automaton_run run = {
		.c = c,
		.number = a,
		.state = c->state[a],
		.component = scratch_of(c)->depth - 1,
	};
	void *base;
	__u64 mask;

	walk->ok = 0;
	PART_GET(c->slot, PC_PART_AUTOMATON + a, tier, sizeof(struct pc_cell), base, mask);
	if (!base)
		return 1;
	run.a.cells = base;
	run.a.mask = mask;
	for (int i = 0; i < PC_BEHIND; i++)
		c->behind[i][a] = run.state;
	if (scratch_of(c)->depth)
		bpf_loop(PC_DEPTH_MAX * 33, run_step, &run, 0);
	c->state[a] = run.state;
	c->class.of[a] = pc_automaton_accepts(&run.a, run.state);
	c->below[a] = pc_automaton_step(&run.a, run.state, '/');
	walk->ok = 1;
	return 0;
}

/*
 * Runs every automaton from c->state over the collected components. Sets the states and c->class.
 * Global, so that the verifier looks at it once and not at every call. Returns 0, or -ENOENT where
 * the image cannot be read.
 */
__noinline int pc_run(struct pc_scratch *scratch)
{
	struct pc_control *control = control_get();
	struct run_walk walk = {.ok = 1};

	if (!scratch || !control)
		return -ENOENT;
	walk.c = (void *)scratch->work;
	walk.slot = &control->slots[walk.c->slot & (PC_SLOTS - 1)];
	bpf_loop(walk.c->automata & (2 * PC_AUTOMATA - 1), run_automaton_step, &walk, 0);
	return walk.ok ? 0 : -ENOENT;
}

#endif
