/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From globs to minimised, packed automata whose accepting states are object classes. */
#ifndef PC_DFA_H
#define PC_DFA_H

#include <pc/automaton.h>

#include "glob.h"

#define PC_AUTOMATA_MAX 4

/* Limits of one automaton: what the maps and the class number can hold. */
struct pc_dfa_limits {
	uint32_t cells;	  /* at most this many cells; default (0) 2^22 (32 MiB) */
	uint32_t classes; /* at most this many object classes; default (0) 2^20 */
};

struct pc_dfa; /* a set of tagged globs on its way to becoming automata */

/* One packed automaton. Classes are 1..classes-1; class c stands for the set of tags
 * tags[first_tag[c]] .. tags[first_tag[c + 1] - 1], ascending, without repeats. Class 0 is no tag.
 */
struct pc_dfa_automaton {
	struct pc_cell *cells; /* begins with struct pc_automaton_header */
	uint32_t cell_count;   /* in use; the map's blob is padded with zeroes */
	uint32_t classes;
	uint32_t *first_tag; /* classes + 1 entries */
	uint32_t *tags;
};

struct pc_dfa_result {
	struct pc_dfa_automaton automata[PC_AUTOMATA_MAX];
	uint32_t count;	    /* 1 where one automaton suffices; more where one would explode */
	uint32_t *culprits; /* on -E2BIG: tags of the globs that cause it, the worst first */
	uint32_t culprit_count;
};

int pc_dfa_new(const struct pc_dfa_limits *limits, struct pc_dfa **ret_dfa);
/* Adds a glob under a tag; several globs may share a tag. The glob must outlive the build. */
int pc_dfa_add(struct pc_dfa *dfa, const struct pc_glob *glob, uint32_t tag);
/* The same, and names of directories below which the glob can match get the tag above. */
int pc_dfa_add_above(struct pc_dfa *dfa, const struct pc_glob *glob, uint32_t tag, uint32_t above);
/*
 * Builds. A set too large for one automaton is split over several. 0; -ENOMEM; -E2BIG: even split
 * it does not fit, ret_result->culprits says why. Deterministic: equal input, equal bytes.
 */
int pc_dfa_build(struct pc_dfa *dfa, struct pc_dfa_result *ret_result);
void pc_dfa_result_free(struct pc_dfa_result *result);
void pc_dfa_free(struct pc_dfa *dfa);

static inline void pc_dfa_freep(struct pc_dfa **dfa)
{
	if (*dfa)
		pc_dfa_free(*dfa);
}

/* Steps n bytes from a state; the view's mask may be UINT32_MAX for an unpadded blob in memory. */
uint32_t pc_automaton_run(const struct pc_automaton *a, uint32_t state, const void *bytes,
			  size_t n);

#endif
