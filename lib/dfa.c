/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From tagged globs to packed automata: the public face, and one automaton from end to end. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

/* Globs whose states outgrow the nodes of their tree like this are better split up, even where one
 * automaton could hold them. */
#define GROWTH_MAX 2u
#define GROWTH_FREE (UINT32_C(1) << 17)

struct pc_dfa {
	struct pc_dfa_limits limits;
	struct pc_tagged_glob *globs;
	uint32_t count, room;
};

int pc_dfa_new(const struct pc_dfa_limits *limits, struct pc_dfa **ret_dfa)
{
	struct pc_dfa *dfa = calloc(1, sizeof(*dfa));

	if (!dfa)
		return -ENOMEM;
	if (limits)
		dfa->limits = *limits;
	if (!dfa->limits.cells)
		dfa->limits.cells = PC_DFA_CELLS;
	if (!dfa->limits.classes || dfa->limits.classes > PC_DFA_CLASSES)
		dfa->limits.classes = PC_DFA_CLASSES;
	*ret_dfa = dfa;
	return 0;
}

static int add(struct pc_dfa *dfa, struct pc_tagged_glob glob)
{
	if (pc_dfa_reserve(&dfa->globs, &dfa->room, dfa->count + 1))
		return -ENOMEM;
	dfa->globs[dfa->count++] = glob;
	return 0;
}

int pc_dfa_add(struct pc_dfa *dfa, const struct pc_glob *glob, uint32_t tag)
{
	return add(dfa, (struct pc_tagged_glob){.glob = glob, .tag = tag});
}

int pc_dfa_add_above(struct pc_dfa *dfa, const struct pc_glob *glob, uint32_t tag, uint32_t above)
{
	return add(dfa, (struct pc_tagged_glob){
				.glob = glob, .tag = tag, .above = above, .has_above = true});
}

void pc_dfa_free(struct pc_dfa *dfa)
{
	if (!dfa)
		return;
	free(dfa->globs);
	free(dfa);
}

/*
 * What determinisation may cost. The states of 2^22 cells are about 2^21, two cells each; a few
 * more are allowed because some will merge, and in small automata many more.
 */
static struct pc_subset_limits subset_limits(const struct pc_dfa_limits *limits)
{
	uint32_t cells = limits->cells > 1u << 17 ? limits->cells : 1u << 17;

	return (struct pc_subset_limits){
		.states = cells / 8 * 5,
		.cells = cells / 2 * 3,
		.numbers = 1u << 23,
		.classes = limits->classes,
		.work = UINT64_C(1) << 28,
	};
}

/* Nodes of the tree become states, so the limit of states holds for them too. */
static int add_all(struct pc_nfa *nfa, const struct pc_tagged_glob *globs, uint32_t n,
		   uint32_t nodes_max)
{
	int err = pc_nfa_init(nfa);

	for (uint32_t i = 0; i < n && !err; i++) {
		err = pc_nfa_add(nfa, &globs[i], false);
		if (!err && nfa->node_count > nodes_max)
			err = -E2BIG;
	}
	return err ? err : pc_nfa_finish(nfa);
}

static int build_graph(const struct pc_tagged_glob *globs, uint32_t n,
		       const struct pc_dfa_limits *limits, bool frugal, struct pc_graph *graph,
		       struct pc_interner *tag_sets)
{
	struct pc_subset_limits subset = subset_limits(limits);
	uint32_t slow_growth;
	struct pc_nfa nfa;
	int err = add_all(&nfa, globs, n, subset.states);

	slow_growth = GROWTH_FREE + GROWTH_MAX * nfa.node_count;
	if (frugal && slow_growth < subset.states)
		subset.states = slow_growth;
	else
		frugal = false;
	if (!err)
		err = pc_subset_build(&nfa, &subset, graph, tag_sets);
	if (err == -E2BIG && frugal)
		err = -EOVERFLOW;
	pc_nfa_free(&nfa);
	return err ? err : pc_graph_minimise(graph);
}

/* Takes the tag sets over as the automaton's classes. */
static int take_classes(struct pc_interner *tag_sets, struct pc_dfa_automaton *automaton)
{
	uint32_t sets = tag_sets->count;
	uint32_t *first = malloc((sets + 2) * sizeof(*first));

	if (!first)
		return -ENOMEM;
	/* Class 0 is no tag, class c is set c - 1. */
	first[0] = 0;
	first[1] = 0;
	if (sets)
		memcpy(first + 1, tag_sets->first, (sets + 1) * sizeof(*first));
	automaton->classes = sets + 1;
	automaton->first_tag = first;
	automaton->tags = PC_TAKE_PTR(tag_sets->pool);
	return 0;
}

int pc_dfa_build_one(const struct pc_tagged_glob *globs, uint32_t n,
		     const struct pc_dfa_limits *limits, bool frugal,
		     struct pc_dfa_automaton *ret_automaton)
{
	struct pc_dfa_automaton automaton = {0};
	struct pc_interner tag_sets = {0};
	struct pc_graph graph = {0};
	int err = build_graph(globs, n, limits, frugal, &graph, &tag_sets);

	if (!err)
		err = pc_graph_pack(&graph, limits->cells, &automaton.cells, &automaton.cell_count);
	pc_graph_free(&graph);
	if (!err)
		err = take_classes(&tag_sets, &automaton);
	pc_interner_free(&tag_sets);
	if (err)
		pc_dfa_automaton_free(&automaton);
	else
		*ret_automaton = automaton;
	return err;
}

int pc_dfa_build(struct pc_dfa *dfa, struct pc_dfa_result *ret_result)
{
	struct pc_dfa_result result = {.count = 1};
	int err = pc_dfa_build_one(dfa->globs, dfa->count, &dfa->limits, true, &result.automata[0]);

	if (err == -E2BIG || err == -EOVERFLOW) {
		result.count = 0;
		err = pc_dfa_split(dfa->globs, dfa->count, &dfa->limits, err == -E2BIG, &result);
	}
	if (err && err != -E2BIG)
		pc_dfa_result_free(&result);
	else
		*ret_result = result;
	return err;
}

void pc_dfa_automaton_free(struct pc_dfa_automaton *automaton)
{
	free(automaton->cells);
	free(automaton->first_tag);
	free(automaton->tags);
	*automaton = (struct pc_dfa_automaton){0};
}

void pc_dfa_result_free(struct pc_dfa_result *result)
{
	for (uint32_t i = 0; i < PC_AUTOMATA_MAX; i++)
		pc_dfa_automaton_free(&result->automata[i]);
	free(result->culprits);
	*result = (struct pc_dfa_result){0};
}

uint32_t pc_automaton_run(const struct pc_automaton *a, uint32_t state, const void *bytes, size_t n)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < n; i++)
		state = pc_automaton_step(a, state, byte[i]);
	return state;
}
