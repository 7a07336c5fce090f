/* SPDX-License-Identifier: GPL-2.0-only */
/* The run down: automata of the image in force, stepped over the components of a name. */
#ifndef RUN_BPF_H
#define RUN_BPF_H

#include "maps.bpf.h"

/* A run over components, counting down, from state[a] for each automaton a. */
struct run_args {
	__u32 first;
	__u32 last;
	__u32 steps;		  /* 0: nothing to run over */
	__u32 state[PC_AUTOMATA]; /* in: where to begin; out: where it ended */
};

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
	__u32 flags;	/* PC_EVENT_* of the name walked last */
	__u32 root;	/* id of the root it is under; 0: none */
	__u32 fallback; /* decided by the fallback image */
	__u64 chain;	/* fingerprint of the chain walked last; 0: it ended at no root */
	__u64 sum;	/* the same, being made: … */
	__u64 power;	/* … CHAIN_M to the number of levels */
	__u64 before;	/* fingerprint before the name was read */
	__u64 parent;	/* that of the directory */
	__u32 found;	/* outcome of naming */
	__u32 cache;	/* names below this root may be cached */
	__u32 switches; /* as the control word counts them */
	__u32 kept;	/* the class is kept with the inode, and c->chain proves it */
	__u32 above;	/* component that is a root, plus 1 */
	__u32 whole;	/* the components are wanted, all of them */
	__u32 number;	/* that a component spells */
	struct pc_class class;
	__u32 below[PC_AUTOMATA]; /* states behind the name and a slash */
	struct run_args run;
	struct pc_cached dir;	    /* for pc_dirs, once the name has held together, … */
	__u64 dir_key;		    /* … and the dentry it belongs to; 0: nothing */
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
	struct pc_scratch *scratch;
	__u32 state;
	__u32 component; /* counts down */
	__u32 last;	 /* component to stop after */
	__u32 offset;
};

/* Eight bytes of a component. */
static long run_step(__u32 i, void *context)
{
	struct automaton_run *run = context;
	struct pc_component *component =
		&run->scratch->component[run->component & (PC_DEPTH_MAX - 1)];
	__u64 word = *(__u64 *)(component->text + (run->offset & 0xf8));
	__u32 left = component->length - run->offset, state = run->state;
	struct pc_automaton a = run->a;

#pragma clang loop unroll(full)
	for (__u32 k = 0; k < 8; k++) {
		if (k < left)
			state = pc_automaton_step(&a, state, word & 0xff);
		word >>= 8;
	}
	run->state = state;
	run->offset += 8;
	if (left <= 8) {
		if (run->component == run->last)
			return 1;
		run->component--;
		run->offset = 0;
	}
	return 0;
}

struct run_walk {
	struct pc_ctx *c;
	struct pc_scratch *scratch;
	struct pc_slot *slot;
	__u32 ok;
};

static long run_automaton_step(__u32 i, void *context)
{
	struct run_walk *walk = context;
	struct pc_ctx *c = walk->c;
	__u32 a = i & (PC_AUTOMATA - 1), tier = walk->slot->tier[PC_PART_AUTOMATON + a];
	struct automaton_run run = {
		.scratch = walk->scratch,
		.state = c->run.state[a],
		.component = c->run.first,
		.last = c->run.last,
	};
	void *base;
	__u64 mask;

	walk->ok = 0;
	PART_GET(c->slot, PC_PART_AUTOMATON + a, tier, sizeof(struct pc_cell), base, mask);
	if (!base)
		return 1;
	run.a.cells = base;
	run.a.mask = mask;
	bpf_loop(c->run.steps, run_step, &run, 0);
	c->run.state[a] = run.state;
	c->class.of[a] = pc_automaton_accepts(&run.a, run.state);
	c->below[a] = pc_automaton_step(&run.a, run.state, '/');
	walk->ok = 1;
	return 0;
}

/* Global, so that the verifier looks at it once and not at every call. Returns 0, or -ENOENT where
 * the image cannot be read. */
__noinline int pc_run(struct pc_ctx *c, struct pc_scratch *scratch)
{
	struct run_walk walk = {.c = c, .scratch = scratch, .ok = 1};
	struct pc_control *control = control_get();

	if (!c || !scratch || !control)
		return -ENOENT;
	walk.slot = &control->slots[c->slot & (PC_SLOTS - 1)];
	bpf_loop(c->automata & (2 * PC_AUTOMATA - 1), run_automaton_step, &walk, 0);
	return walk.ok ? 0 : -ENOENT;
}

enum { RUN_WHOLE, RUN_PARENT, RUN_LAST };

/*
 * Runs every automaton from c->run.state over the collected components: all of them, all but the
 * last of the name, or only that. Sets the states and c->class. False: the image cannot be read.
 */
static __always_inline bool run_all(struct pc_ctx *c, __u32 what)
{
	struct pc_scratch *scratch = scratch_of(c);
	__u32 depth = scratch->depth;

	c->run.first = what == RUN_LAST ? 0 : depth - 1;
	c->run.last = what == RUN_PARENT ? 1 : 0;
	c->run.steps = depth > c->run.last ? PC_DEPTH_MAX * 33 : 0;
	return !pc_run(c, scratch);
}

#endif
