/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The stages between tagged globs and packed cells, and what they hand over. docs/automaton.md
 * tells the whole way. */
#ifndef PC_DFA_INTERNAL_H
#define PC_DFA_INTERNAL_H

#include "dfa.h"
#include "glob-internal.h"

#define PC_DFA_CELLS (UINT32_C(1) << 22)
#define PC_DFA_CLASSES (PC_CLASS_MASK + 1)

struct pc_tagged_glob {
	const struct pc_glob *glob;
	uint32_t tag;
	uint32_t above; /* tag of what the glob can match something below, with has_above */
	bool has_above;
};

/*
 * Makes room for need elements in an array that grows by halves; new elements are not zeroed. 0 or
 * -ENOMEM.
 */
int pc_dfa_reserve_(void *array, uint32_t *room, uint32_t need, size_t element);
#define pc_dfa_reserve(array, room, need)                                                          \
	((need) <= *(room) ? 0 : pc_dfa_reserve_((array), (room), (need), sizeof(**(array))))

/* --- Sets of numbers, each kept once (dfa-intern.c) --- */

struct pc_intern_slot {
	uint32_t hash;
	uint32_t set; /* number + 1; 0: empty */
};

/* Set i is pool[first[i]] .. pool[first[i + 1] - 1], ascending. */
struct pc_interner {
	uint32_t *pool;
	uint32_t pool_room;
	uint32_t *first; /* count + 1 entries */
	uint32_t first_room;
	uint32_t count;
	struct pc_intern_slot *table;
	uint32_t table_size;
};

/* The number of the set of n ascending numbers. 0, -ENOMEM, or -E2BIG when the pool is full. */
int pc_intern(struct pc_interner *interner, const uint32_t *numbers, uint32_t n, uint32_t *ret_set);
void pc_interner_free(struct pc_interner *interner);
/* Sorts and drops repeats; returns how many are left. */
uint32_t pc_sort_unique(uint32_t *numbers, uint32_t n);

/* --- The globs as one nondeterministic automaton (dfa-nfa.c) --- */

enum pc_nfa_loop {
	PC_LOOP_NONE,
	PC_LOOP_STAR,	  /* stays on every byte but '/' */
	PC_LOOP_GLOBSTAR, /* stays on every byte */
};

/* A node of a tree of glob elements: globs share the nodes of their common beginning. 0 is none. */
struct pc_nfa_node {
	uint32_t child;	  /* first child by a literal byte; siblings ascend by byte */
	uint32_t wide;	  /* first child by a set of bytes */
	uint32_t sibling; /* next in the parent's list */
	uint32_t empty;	  /* first link to a node reached without a byte */
	uint32_t tags;	  /* first link to a tag of a glob that ends here */
	uint16_t set;	  /* how a wide child is reached */
	uint8_t byte;	  /* how a literal child is reached; after pc_nfa_finish its class */
	uint8_t loop : 2; /* enum pc_nfa_loop */
	uint8_t wanted : 1;
};

struct pc_nfa_link {
	uint32_t value;
	uint32_t next;
};

struct pc_byte_set {
	uint64_t bits[PC_SET_WORDS];
};

#define PC_NFA_ROOT 1u
#define PC_NFA_SETS_MAX 65536u
/* Sets every automaton knows, by number. */
#define PC_SET_ALL 0u
#define PC_SET_NO_SLASH 1u

struct pc_nfa {
	struct pc_nfa_node *nodes;
	struct pc_nfa_link *links; /* 0 is none */
	uint32_t *join_of;	   /* set of joined nodes -> the node behind all of them */
	uint32_t node_count, node_room;
	uint32_t link_count, link_room;
	uint32_t join_room;
	struct pc_interner joins;
	struct pc_interner sets;	/* each a struct pc_byte_set over bytes */
	struct pc_byte_set *class_sets; /* the same over byte classes */
	struct pc_byte_set literals;	/* bytes some element asks for by themselves */
	uint32_t class_count;		/* 1..256, numbered from 0 by their lowest byte */
	uint8_t class_of[256];
};

int pc_nfa_init(struct pc_nfa *nfa);
/*
 * Adds a glob. With wanted, its nodes are marked: an exploration that asks for marks stops where no
 * marked node is left. 0, -ENOMEM, or -E2BIG when there are too many different sets.
 */
int pc_nfa_add(struct pc_nfa *nfa, const struct pc_tagged_glob *tagged, bool wanted);
/* Works out the byte classes; nothing can be added afterwards. */
int pc_nfa_finish(struct pc_nfa *nfa);
void pc_nfa_free(struct pc_nfa *nfa);

static inline bool pc_nfa_waits(const struct pc_nfa_node *node)
{
	return node->child || node->wide || node->loop || node->tags;
}

/* --- The deterministic automaton, not yet packed (dfa-subset.c) --- */

/* A transition: target in the upper 24 bits, byte class in the lower 8. */
#define PC_GRAPH_STATES_MAX (UINT32_C(1) << 24)

static inline uint32_t pc_edge(uint32_t target, uint32_t byte_class)
{
	return target << 8 | byte_class;
}

static inline uint32_t pc_edge_target(uint32_t edge)
{
	return edge >> 8;
}

static inline uint32_t pc_edge_class(uint32_t edge)
{
	return edge & 0xff;
}

/* Edges ascend by class; a class without an edge goes to other. */
struct pc_graph_state {
	uint32_t first;
	uint32_t count;
	uint32_t other;
	uint32_t accepts; /* object class */
};

#define PC_GRAPH_DEAD 0u /* the state nothing is accepted from */

struct pc_graph {
	struct pc_graph_state *states;
	uint32_t *edges;
	uint32_t state_count, state_room;
	uint32_t edge_count, edge_room;
	uint32_t start;
	uint32_t classes;     /* object classes, 0 among them */
	uint32_t class_count; /* byte classes */
	uint8_t class_of[256];
};

/* How far a determinisation may go before it is given up with -E2BIG. */
struct pc_subset_limits {
	uint32_t states;
	uint32_t cells;	  /* states and edges */
	uint32_t numbers; /* in the pools of sets */
	uint32_t classes;
	uint64_t work; /* elements of sets looked at */
};

/*
 * Determinises. tag_sets gets the tags of object class c as its set c - 1. 0, -ENOMEM, -E2BIG.
 */
int pc_subset_build(const struct pc_nfa *nfa, const struct pc_subset_limits *limits,
		    struct pc_graph *graph, struct pc_interner *tag_sets);
/* Is there a word with tag 0 and without tag 1? 1, 0, -ENOMEM, -E2BIG. Follows marked nodes only.
 */
int pc_subset_has_0_without_1(const struct pc_nfa *nfa, const struct pc_subset_limits *limits);
void pc_graph_free(struct pc_graph *graph);

/* Merges equivalent states, then byte classes no state tells apart (dfa-minimise.c). */
int pc_graph_minimise(struct pc_graph *graph);
/* Marks states that are certainly equivalent to no other; settled comes in as zeroes
 * (dfa-settle.c). */
int pc_graph_settle(const struct pc_graph *graph, uint8_t *settled);
/* color[s] == color[t] if s and t are equivalent and, but for a collision of 64-bit hashes, only
 * then (dfa-refine.c). Colors are below classes + states. */
int pc_graph_refine(const struct pc_graph *graph, uint32_t *color);
/* Packs by row displacement; 0, -ENOMEM, or -E2BIG above so many cells (dfa-pack.c). */
int pc_graph_pack(const struct pc_graph *graph, uint32_t cell_limit, struct pc_cell **ret_cells,
		  uint32_t *ret_count);

/* --- All of it for some of the globs (dfa.c), and splitting them up (dfa-split.c) --- */

/*
 * 0, -ENOMEM, -E2BIG, or, when asked to be frugal, -EOVERFLOW: it grows out of proportion, and may
 * fit or not.
 */
int pc_dfa_build_one(const struct pc_tagged_glob *globs, uint32_t n,
		     const struct pc_dfa_limits *limits, bool frugal,
		     struct pc_dfa_automaton *ret_automaton);
void pc_dfa_automaton_free(struct pc_dfa_automaton *automaton);
/* Divides globs over several automata; one for all is tried unless known to be too large. */
int pc_dfa_split(const struct pc_tagged_glob *globs, uint32_t n, const struct pc_dfa_limits *limits,
		 bool too_large, struct pc_dfa_result *ret_result);

#endif
