/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What decide.bpf.c is asked and answers: the context of its programs. */
#ifndef PC_TEST_DECIDE_H
#define PC_TEST_DECIDE_H

#include <pc/decide.h>

/* The rest of what goes in and out stands in element 0 of pc_scratches, and in pc_control. */
struct decide_args {
	__u32 dev;    /* name: of the file system */
	__u32 whole;  /* name: in one run, as a cgroup's; otherwise the parent first, as a file's */
	__u32 at;     /* lists: PC_GAIN_*; path: where to write */
	__u32 ops;    /* judge: a list, as OPS() makes it */
	__u32 any;    /* judge: struct ask's */
	__u32 found;  /* judge: outcome of naming */
	__u32 layers; /* judge: that the task that is the object has, too */
	__u32 repeat; /* judge, name: so many times */
	__u32 moves;  /* judge: enum pc_move, … */
	struct pc_class to; /* … and of the new name */
	__s32 result;
	__u32 op;   /* judge: the one reported */
	__u32 root; /* name: id of the root; 0: none */
	__u32 state[PC_AUTOMATA];
	struct pc_class class;
	struct pc_verdict v;
	__u32 slot; /* pin: what it took */
	__u32 fallback;
	__u32 same;
	__u64 generation;
	__u64 ns; /* what all repetitions took */
};

#endif
