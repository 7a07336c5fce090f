/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Merges equivalent states and byte classes, and picks each state's default. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

/* --- Are states of one color really equivalent? --- */

static const struct pc_graph_state *state_at(const struct pc_graph *graph, uint32_t state)
{
	return &graph->states[state];
}

/* Do a and b, class by class, lead to the same colors? */
static bool same_targets(const struct pc_graph *graph, const struct pc_graph_state *a,
			 const struct pc_graph_state *b, const uint32_t *color)
{
	const uint32_t *x = graph->edges + a->first, *y = graph->edges + b->first;
	const uint32_t *x_end = x + a->count, *y_end = y + b->count;
	uint32_t classes = 0;

	for (; x < x_end || y < y_end; classes++) {
		uint32_t k = x < x_end ? pc_edge_class(*x) : UINT32_MAX;
		uint32_t l = y < y_end ? pc_edge_class(*y) : UINT32_MAX;
		uint32_t to = k <= l ? pc_edge_target(*x++) : a->other;
		uint32_t too = l <= k ? pc_edge_target(*y++) : b->other;

		if (color[to] != color[too])
			return false;
	}
	return classes == graph->class_count || color[a->other] == color[b->other];
}

/*
 * Numbers the colors by their first states: number[s] is the new number of s, first[i] the state
 * that stands for number i. False when a color holds states that differ.
 */
static bool number_states(const struct pc_graph *graph, const uint32_t *color, uint32_t *of_color,
			  uint32_t *number, uint32_t *first, uint32_t *ret_count)
{
	uint32_t count = 0;

	for (uint32_t s = 0; s < graph->state_count; s++) {
		uint32_t *known = &of_color[color[s]];

		if (!*known) {
			first[count] = s;
			*known = ++count;
		} else {
			const struct pc_graph_state *other = state_at(graph, first[*known - 1]);

			if (other->accepts != state_at(graph, s)->accepts ||
			    !same_targets(graph, other, state_at(graph, s), color))
				return false;
		}
		number[s] = *known - 1;
	}
	*ret_count = count;
	return true;
}

/* Rewrites a state's edges in their place, without those that say what the default says. */
static void renumber(struct pc_graph *graph, struct pc_graph_state *state, const uint32_t *number)
{
	uint32_t *edges = graph->edges + state->first, kept = 0;

	state->other = number[state->other];
	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t target = number[pc_edge_target(edges[i])];

		if (target != state->other)
			edges[kept++] = pc_edge(target, pc_edge_class(edges[i]));
	}
	state->count = kept;
}

static void merge_states(struct pc_graph *graph, const uint32_t *number, const uint32_t *first,
			 uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		graph->states[i] = graph->states[first[i]];
		renumber(graph, &graph->states[i], number);
	}
	graph->state_count = count;
	graph->start = number[graph->start];
}

static int merge_equivalent(struct pc_graph *graph)
{
	uint32_t n = graph->state_count, count;
	PC_FREE uint32_t *color = malloc(n * sizeof(*color));
	PC_FREE uint32_t *of_color = NULL, *number = NULL, *first = NULL;
	int err;

	if (!color)
		return -ENOMEM;
	err = pc_graph_refine(graph, color);
	if (err)
		return err;
	of_color = calloc((size_t)graph->classes + n, sizeof(*of_color));
	number = malloc(n * sizeof(*number));
	first = malloc(n * sizeof(*first));
	if (!of_color || !number || !first)
		return -ENOMEM;
	/* On a collision of hashes (2^-64) the automaton stays as it is: larger, and right. */
	if (number_states(graph, color, of_color, number, first, &count) && count < n)
		merge_states(graph, number, first, count);
	return 0;
}

/* --- Byte classes --- */

struct columns {
	uint32_t leader[256]; /* lowest class that looks the same */
	uint32_t size[256];   /* classes of a leader */
};

static uint64_t mix(uint64_t x)
{
	x = (x + UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 29) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 32;
}

/* A hash of each class's column of targets, relative to the states' defaults. */
static void hash_columns(const struct pc_graph *graph, uint64_t *hash)
{
	memset(hash, 0, 256 * sizeof(*hash));
	for (uint32_t s = 0; s < graph->state_count; s++) {
		const struct pc_graph_state *state = state_at(graph, s);

		for (uint32_t i = 0; i < state->count; i++) {
			uint32_t edge = graph->edges[state->first + i];

			hash[pc_edge_class(edge)] += mix((uint64_t)s << 32 | pc_edge_target(edge));
		}
	}
}

static uint32_t group_columns(const struct pc_graph *graph, struct columns *columns)
{
	uint64_t hash[256];
	uint32_t leaders = 0;

	*columns = (struct columns){0};
	hash_columns(graph, hash);
	for (uint32_t k = 0; k < graph->class_count; k++) {
		uint32_t leader = 0;

		while (hash[leader] != hash[k])
			leader++;
		columns->leader[k] = leader;
		columns->size[leader]++;
		leaders += leader == k;
	}
	return leaders;
}

/* Does a state treat all classes of each leader alike? */
static bool treats_alike(const struct pc_graph *graph, const struct pc_graph_state *state,
			 const struct columns *columns)
{
	uint32_t target[256], seen[256];

	for (uint32_t i = 0; i < state->count; i++)
		seen[columns->leader[pc_edge_class(graph->edges[state->first + i])]] = 0;
	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t edge = graph->edges[state->first + i];
		uint32_t leader = columns->leader[pc_edge_class(edge)];

		if (seen[leader]++ && target[leader] != pc_edge_target(edge))
			return false;
		target[leader] = pc_edge_target(edge);
	}
	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t leader = columns->leader[pc_edge_class(graph->edges[state->first + i])];

		if (seen[leader] != columns->size[leader])
			return false;
	}
	return true;
}

/* Keeps the leaders' edges, under their new numbers. */
static void keep_leaders(struct pc_graph *graph, struct pc_graph_state *state,
			 const struct columns *columns, const uint32_t *number)
{
	uint32_t *edges = graph->edges + state->first, kept = 0;

	for (uint32_t i = 0; i < state->count; i++) {
		uint32_t k = pc_edge_class(edges[i]);

		if (columns->leader[k] == k)
			edges[kept++] = pc_edge(pc_edge_target(edges[i]), number[k]);
	}
	state->count = kept;
}

static void merge_classes(struct pc_graph *graph)
{
	struct columns columns;
	uint32_t number[256] = {0}, count = 0;

	if (group_columns(graph, &columns) == graph->class_count)
		return;
	for (uint32_t s = 0; s < graph->state_count; s++) {
		if (!treats_alike(graph, state_at(graph, s), &columns))
			return;
	}
	for (uint32_t k = 0; k < graph->class_count; k++) {
		if (columns.leader[k] == k)
			number[k] = count++;
	}
	for (uint32_t s = 0; s < graph->state_count; s++)
		keep_leaders(graph, &graph->states[s], &columns, number);
	for (uint32_t byte = 0; byte < 256; byte++)
		graph->class_of[byte] = (uint8_t)number[columns.leader[graph->class_of[byte]]];
	graph->class_count = count;
}

/* --- Defaults --- */

static uint32_t most_common(uint32_t *targets, uint32_t n)
{
	uint32_t best = targets[0], most = 0, run = 0;

	for (uint32_t i = 0; i < n; i++) {
		run = i && targets[i] == targets[i - 1] ? run + 1 : 1;
		if (run > most) {
			most = run;
			best = targets[i];
		}
	}
	return best;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Makes a state's most common target its default. That never needs more edges than before. */
static void choose_default(struct pc_graph *graph, struct pc_graph_state *state)
{
	uint32_t *edges = graph->edges + state->first;
	uint32_t target[256], sorted[256], kept = 0, other;

	if (state->count * 2 <= graph->class_count)
		return;
	for (uint32_t k = 0; k < graph->class_count; k++)
		target[k] = state->other;
	for (uint32_t i = 0; i < state->count; i++)
		target[pc_edge_class(edges[i])] = pc_edge_target(edges[i]);
	memcpy(sorted, target, sizeof(sorted));
	qsort(sorted, graph->class_count, sizeof(*sorted), compare_numbers);
	other = most_common(sorted, graph->class_count);
	for (uint32_t k = 0; k < graph->class_count; k++) {
		if (target[k] != other)
			edges[kept++] = pc_edge(target[k], k);
	}
	state->other = other;
	state->count = kept;
}

int pc_graph_minimise(struct pc_graph *graph)
{
	int err = merge_equivalent(graph);

	if (err)
		return err;
	merge_classes(graph);
	for (uint32_t s = 0; s < graph->state_count; s++)
		choose_default(graph, &graph->states[s]);
	return 0;
}
