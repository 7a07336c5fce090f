/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The processes of a soak: those that open, those that move what is opened. */
#ifndef SOAK_LOAD_H
#define SOAK_LOAD_H

#include <stdbool.h>
#include <stdint.h>

/* Shared by all processes. */
struct load {
	volatile bool stop;
	uint64_t opened, denied; /* by the openers */
	uint64_t first, second;	 /* of "first" and "second", opened: each set denies another one */
	uint64_t impossible;	 /* answers that no set of policies gives: "always", "never" */
	uint64_t moves, mounts;	 /* that were carried out */
};

/* All work in the current directory, whose tree load_make_tree() makes; returns 0 or -errno. */
int load_make_tree(void);
/* These do not return. number: of the process, which makes its random numbers its own. */
_Noreturn void load_open(struct load *load, uint64_t seed, uint32_t number);
_Noreturn void load_move(struct load *load, uint64_t seed, uint32_t number);
_Noreturn void load_mount(struct load *load, uint64_t seed, uint32_t number);

#endif
