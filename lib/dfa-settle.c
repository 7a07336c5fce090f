/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * States that need no comparing. A state that alone accepts its object class is like no other. And
 * if u is like no other, a state like p, which leads to u, must lead to u as well: where p is the
 * only one that does (those already known to be like no other aside), p is like no other too. With
 * a tag for each rule this settles almost every state, in linear time and without reverse edges.
 */
#include "dfa-internal.h"

#include <errno.h>

struct settle {
	const struct pc_graph *graph;
	uint8_t *settled;
	uint32_t *sources; /* edges from states not settled, but for those from itself */
	uint32_t *source;  /* xor of where they come from: when one is left, that one */
	uint32_t *stack;
	uint32_t stacked;
};

static void mark(struct settle *s, uint32_t state)
{
	if (s->settled[state])
		return;
	s->settled[state] = 1;
	s->stack[s->stacked++] = state;
}

static void count_edge(struct settle *s, uint32_t from, uint32_t to)
{
	if (from == to)
		return;
	s->sources[to]++;
	s->source[to] ^= from;
}

static void drop_edge(struct settle *s, uint32_t from, uint32_t to)
{
	if (from == to)
		return;
	s->source[to] ^= from;
	if (--s->sources[to] == 1 && s->settled[to])
		mark(s, s->source[to]);
}

static void each_edge(struct settle *s, uint32_t from,
		      void (*edge)(struct settle *s, uint32_t from, uint32_t to))
{
	const struct pc_graph_state *state = &s->graph->states[from];

	edge(s, from, state->other);
	for (uint32_t i = 0; i < state->count; i++)
		edge(s, from, pc_edge_target(s->graph->edges[state->first + i]));
}

static int mark_lone_acceptors(struct settle *s)
{
	PC_FREE uint32_t *acceptors = calloc(s->graph->classes, sizeof(*acceptors));

	if (!acceptors)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->graph->state_count; i++)
		acceptors[s->graph->states[i].accepts]++;
	for (uint32_t i = 0; i < s->graph->state_count; i++) {
		if (acceptors[s->graph->states[i].accepts] == 1)
			mark(s, i);
	}
	return 0;
}

static int settle(struct settle *s)
{
	int err;

	for (uint32_t i = 0; i < s->graph->state_count; i++)
		each_edge(s, i, count_edge);
	err = mark_lone_acceptors(s);
	while (s->stacked && !err) {
		uint32_t state = s->stack[--s->stacked];

		if (s->sources[state] == 1)
			mark(s, s->source[state]);
		each_edge(s, state, drop_edge);
	}
	return err;
}

int pc_graph_settle(const struct pc_graph *graph, uint8_t *settled)
{
	uint32_t n = graph->state_count;
	struct settle s = {
		.graph = graph,
		.settled = settled,
		.sources = calloc(n, sizeof(*s.sources)),
		.source = calloc(n, sizeof(*s.source)),
		.stack = malloc(n * sizeof(*s.stack)),
	};
	int err = s.sources && s.source && s.stack ? settle(&s) : -ENOMEM;

	free(s.sources);
	free(s.source);
	free(s.stack);
	return err;
}
