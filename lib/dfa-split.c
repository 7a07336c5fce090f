/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Globs too many or too wild for one automaton, divided over several; or who is to blame. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

#define TRIAL_STATES 4096u
#define TRIALS_MAX 2048u
#define LONERS_MAX 8u /* so many globs are looked at whether they are too large by themselves */

struct item {
	struct pc_tagged_glob glob;
	uint32_t index;
	uint32_t weight; /* states it takes by itself; 0: its states do not multiply with others' */
};

/* Where a scan through a glob is: what came before in this path component, or anywhere. */
struct scan {
	bool star;
	bool globstar;
	bool multiplies;
};

static void scan_sequence(struct scan *scan, const struct pc_glob *glob);

static void scan_alternatives(struct scan *scan, const struct pc_glob *node)
{
	const struct scan before = *scan;

	for (uint32_t i = 0; i < node->length; i++) {
		struct scan branch = before;

		scan_sequence(&branch, node->branches[i]);
		scan->star |= branch.star;
		scan->globstar |= branch.globstar;
		scan->multiplies |= branch.multiplies;
	}
}

/*
 * Where anything follows `**`, or a second wildcard follows `*` in the same component, a set of
 * such globs can have a state for each combination of their positions.
 */
static void scan_sequence(struct scan *scan, const struct pc_glob *glob)
{
	for (; glob; glob = glob->next) {
		scan->multiplies |= scan->globstar;
		switch (glob->kind) {
		case PC_GLOB_LITERAL:
			if (memchr(glob->bytes, '/', glob->length))
				scan->star = false;
			break;
		case PC_GLOB_ALT:
			scan_alternatives(scan, glob);
			break;
		case PC_GLOB_GLOBSTAR:
			scan->multiplies |= scan->star;
			scan->globstar = true;
			break;
		case PC_GLOB_STAR:
			scan->multiplies |= scan->star;
			scan->star = true;
			break;
		case PC_GLOB_ANY:
		case PC_GLOB_SET:
			scan->multiplies |= scan->star;
			break;
		}
	}
}

/* States of the glob's own automaton, at most TRIAL_STATES. */
static int own_states(const struct pc_tagged_glob *glob, uint32_t *ret_states)
{
	const struct pc_subset_limits limits = {.states = TRIAL_STATES,
						.cells = TRIAL_STATES * 64,
						.numbers = TRIAL_STATES * 64,
						.classes = TRIAL_STATES,
						.work = UINT64_C(256) * TRIAL_STATES};
	struct pc_interner tag_sets = {0};
	struct pc_graph graph = {0};
	struct pc_nfa nfa;
	int err = pc_nfa_init(&nfa);

	if (!err)
		err = pc_nfa_add(&nfa, glob, false);
	if (!err)
		err = pc_nfa_finish(&nfa);
	if (!err)
		err = pc_subset_build(&nfa, &limits, &graph, &tag_sets);
	*ret_states = err == -E2BIG ? TRIAL_STATES : graph.state_count;
	pc_nfa_free(&nfa);
	pc_graph_free(&graph);
	pc_interner_free(&tag_sets);
	return err == -E2BIG ? 0 : err;
}

/* The tame first, as they came, then the wild, the worst first. */
static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (!x->weight != !y->weight)
		return x->weight ? 1 : -1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

/* Weighs the items; where that would take long, all wild ones alike. */
static int weigh(struct item *items, uint32_t n, uint32_t *ret_tame)
{
	uint32_t wild = 0;
	int err = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct scan scan = {0};

		scan_sequence(&scan, items[i].glob.glob);
		items[i].weight = scan.multiplies;
		wild += items[i].weight;
	}
	for (uint32_t i = 0; i < n && wild <= TRIALS_MAX && !err; i++) {
		if (items[i].weight)
			err = own_states(&items[i].glob, &items[i].weight);
	}
	*ret_tame = n - wild;
	return err;
}

struct splitter {
	const struct pc_dfa_limits *limits;
	struct pc_dfa_result *result;
	bool too_large;		     /* all in one have been tried */
	struct pc_tagged_glob *part; /* room for all */
	struct pc_interner blamed;
};

/* Builds one automaton of every step-th of n items: 1 they fit, 0 they do not. */
static int try_part(struct splitter *splitter, const struct item *items, uint32_t n, uint32_t step,
		    struct pc_dfa_automaton *automaton)
{
	uint32_t count = 0;
	int err;

	for (uint32_t i = 0; i < n; i += step)
		splitter->part[count++] = items[i].glob;
	err = pc_dfa_build_one(splitter->part, count, splitter->limits, false, automaton);
	return err == -E2BIG ? 0 : err ? err : 1;
}

/*
 * Items in so many automata: 1 they fit, 0 they do not. The tame are cut into runs, which share
 * their beginnings; the wild are dealt out, because neighbours have the same weight.
 */
static int try_parts(struct splitter *splitter, const struct item *items, uint32_t n,
		     uint32_t parts)
{
	struct pc_dfa_automaton *automata = splitter->result->automata + splitter->result->count;
	int fit = 1;

	for (uint32_t i = 0; i < parts && fit == 1; i++) {
		uint32_t first = (uint32_t)((uint64_t)n * i / parts);
		uint32_t end = (uint32_t)((uint64_t)n * (i + 1) / parts);

		if (items[0].weight)
			fit = try_part(splitter, items + i, n - i, parts, &automata[i]);
		else
			fit = try_part(splitter, items + first, end - first, 1, &automata[i]);
	}
	for (uint32_t i = 0; i < parts && fit != 1; i++)
		pc_dfa_automaton_free(&automata[i]);
	if (fit == 1)
		splitter->result->count += parts;
	return fit;
}

static int blame(struct splitter *splitter, uint32_t tag)
{
	struct pc_dfa_result *result = splitter->result;
	uint32_t known = splitter->blamed.count, set;
	int err = pc_intern(&splitter->blamed, &tag, 1, &set);

	if (!err && set == known)
		result->culprits[result->culprit_count++] = tag;
	return err;
}

/* Blames the items that fit into no automaton by themselves or, where there are none, all. */
static int blame_worst(struct splitter *splitter, const struct item *items, uint32_t n)
{
	struct pc_dfa_automaton automaton = {0};
	int err = 0;

	for (uint32_t i = 0; i < n && i < LONERS_MAX && items[i].weight && !err; i++) {
		int fit = try_part(splitter, items + i, 1, 1, &automaton);

		pc_dfa_automaton_free(&automaton);
		err = fit < 0 ? fit : fit ? 0 : blame(splitter, items[i].glob.tag);
	}
	if (splitter->result->culprit_count)
		return err ? err : -E2BIG;
	for (uint32_t i = 0; i < n && !err; i++)
		err = blame(splitter, items[i].glob.tag);
	return err ? err : -E2BIG;
}

/* Puts n items into as few automata as they need, at most so many. */
static int place(struct splitter *splitter, const struct item *items, uint32_t n, uint32_t parts,
		 uint32_t parts_max)
{
	int fit = !n;

	for (; parts <= parts_max && parts <= n && !fit; parts++)
		fit = try_parts(splitter, items, n, parts);
	return fit < 0 ? fit : fit ? 0 : blame_worst(splitter, items, n);
}

/* The tame on their own, then the wild. */
static int place_all(struct splitter *splitter, const struct item *items, uint32_t n, uint32_t tame)
{
	uint32_t wild = n - tame;
	uint32_t parts = splitter->too_large && (!tame || !wild) ? 2 : 1;
	int err = place(splitter, items, tame, parts, PC_AUTOMATA_MAX - !!wild);

	if (!err)
		err = place(splitter, items + tame, wild, parts,
			    PC_AUTOMATA_MAX - splitter->result->count);
	return err;
}

static int split(struct splitter *splitter, struct item *items, uint32_t n)
{
	struct pc_dfa_result *result = splitter->result;
	uint32_t tame;
	int err = weigh(items, n, &tame);

	if (err)
		return err;
	qsort(items, n, sizeof(*items), compare_items);
	err = place_all(splitter, items, n, tame);
	for (uint32_t i = 0; i < PC_AUTOMATA_MAX && err; i++)
		pc_dfa_automaton_free(&result->automata[i]);
	if (err)
		result->count = 0;
	return err;
}

int pc_dfa_split(const struct pc_tagged_glob *globs, uint32_t n, const struct pc_dfa_limits *limits,
		 bool too_large, struct pc_dfa_result *ret_result)
{
	struct splitter splitter = {.limits = limits, .too_large = too_large, .result = ret_result};
	PC_FREE struct item *items = calloc(n + 1, sizeof(*items));
	int err = -ENOMEM;

	splitter.part = malloc((n + 1) * sizeof(*splitter.part));
	ret_result->culprits = calloc(n + 1, sizeof(*ret_result->culprits));
	for (uint32_t i = 0; items && i < n; i++)
		items[i] = (struct item){.glob = globs[i], .index = i};
	if (items && splitter.part && ret_result->culprits)
		err = split(&splitter, items, n);
	free(splitter.part);
	pc_interner_free(&splitter.blamed);
	return err;
}
