/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A determinisation at work: the states found so far, and the one at hand. */
#ifndef PC_DFA_SUBSET_H
#define PC_DFA_SUBSET_H

#include "dfa-internal.h"

#define PC_IS_SET 0x80000000u /* content of a state: a set's number, not a node's */

struct pc_list {
	uint32_t *nodes; /* room for all there are */
	uint32_t n;
};

struct pc_pending {
	uint32_t state;
	uint32_t content;
};

struct pc_literal {
	uint32_t node;
	uint32_t next; /* of the same class; index + 1 */
};

struct pc_wide {
	uint32_t set;
	uint32_t node;
};

struct pc_subset {
	const struct pc_nfa *nfa;
	const struct pc_subset_limits *limits;
	struct pc_graph *graph;
	struct pc_interner *tag_sets;
	struct pc_interner sets;
	uint32_t *state_of_set;	 /* 0: not a state yet */
	uint32_t *state_of_node; /* the same for sets of one */
	uint32_t *stamp;	 /* node is in the list begun at this tick */
	struct pc_pending *stack;
	uint32_t set_room, stack_room, stack_count;
	uint32_t tick;
	uint64_t work;
	uint32_t *tags;
	uint32_t tag_room;
	bool wanted_only;
	bool found_0_without_1;

	/* Of the state at hand: */
	struct pc_list base, list;
	struct pc_literal *literals;
	struct pc_wide *wides;
	uint32_t literal_room, literal_count;
	uint32_t wide_room, wide_count;
	uint32_t first_literal[256]; /* by class; index + 1 */
	uint32_t target[256];
	struct pc_byte_set literal_classes;
	struct pc_byte_set answered; /* classes with a target */
};

/* Begins a list, adds nodes, finishes it: adds what is reached without a byte, drops the nodes
 * nothing can happen at, sorts. Only the list begun last may be added to. */
void pc_list_begin(struct pc_subset *s, struct pc_list *list);
void pc_list_push(struct pc_subset *s, struct pc_list *list, uint32_t node);
void pc_list_finish(struct pc_subset *s, struct pc_list *list);
/* The state of a finished list; a new one is put on the stack. */
int pc_subset_state_of(struct pc_subset *s, const struct pc_list *list, uint32_t *ret_state);
/* Works out the transitions of a state (dfa-expand.c). */
int pc_subset_expand(struct pc_subset *s, struct pc_pending pending);

#endif
