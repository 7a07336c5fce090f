/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which states are equivalent. A state's hash is linear in the colors of its targets,
 *
 *	hash(s) = sum over byte classes k of W[k] * C[color(target(s, k))]	(mod 2^64),
 *
 * so it does not depend on which target is the default, and a target that changes its color costs
 * one addition. Colors split until each has one hash; the larger part keeps the color, as in
 * Hopcroft's algorithm. The hash only proposes: the result is verified exactly.
 */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

struct color {
	uint64_t hash;	  /* of its members that were not touched */
	uint32_t first;	  /* members: elements[first] .. elements[first + size - 1] */
	uint32_t size;	  /* the touched ones stand in front */
	uint32_t touched; /* members whose hash may differ; if any, the color is in the queue */
};

/* Touched members of one color with the same hash. */
struct group {
	uint64_t hash;
	uint32_t count;
	uint32_t at; /* where its next member goes in elements */
	uint32_t slot;
};

struct refine {
	const struct pc_graph *graph;
	uint32_t *color; /* of every state; below limit: an index of colors */
	uint32_t limit;	 /* colors from here on are of one state and never change */
	uint64_t *hash;	 /* of states */
	uint32_t *in;	 /* edges that lead to state t: in_first[t] .. in_first[t + 1] - 1 */
	uint32_t *in_first;
	uint32_t *other_in;   /* first state whose other is t, + 1 */
	uint32_t *other_next; /* next with the same other, + 1 */
	uint32_t *elements, *position;
	uint32_t count; /* of elements */
	struct color *colors;
	uint32_t color_count;
	uint32_t *queue; /* a ring of limit colors */
	uint32_t queue_at, queued;
	struct group *groups;
	uint32_t group_count;
	uint32_t *group_of; /* of the touched members at hand */
	uint32_t *scratch;
	uint32_t *table; /* group + 1 by hash */
	uint64_t weight[256];
	uint64_t weight_of_all;
};

static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t color_value(uint32_t color)
{
	return mix(color);
}

/* The weight of all classes without an edge of their own. */
static uint64_t weight_of_other(const struct refine *r, uint32_t state)
{
	const struct pc_graph_state *s = &r->graph->states[state];
	uint64_t weight = r->weight_of_all;

	for (uint32_t i = 0; i < s->count; i++)
		weight -= r->weight[pc_edge_class(r->graph->edges[s->first + i])];
	return weight;
}

static uint64_t hash_of(const struct refine *r, uint32_t state)
{
	const struct pc_graph_state *s = &r->graph->states[state];
	uint64_t hash = weight_of_other(r, state) * color_value(r->color[s->other]);

	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t edge = r->graph->edges[s->first + i];

		hash += r->weight[pc_edge_class(edge)] *
			color_value(r->color[pc_edge_target(edge)]);
	}
	return hash;
}

/* --- Who leads here --- */

static bool is_settled(const struct refine *r, uint32_t state)
{
	return r->color[state] >= r->limit;
}

/* Edges between states that are not settled, by target. */
static void find_incoming(struct refine *r)
{
	const struct pc_graph *graph = r->graph;

	for (uint32_t s = 0; s < graph->state_count; s++) {
		const struct pc_graph_state *state = &graph->states[s];

		if (is_settled(r, s))
			continue;
		for (uint32_t i = 0; i < state->count; i++) {
			uint32_t edge = graph->edges[state->first + i];
			uint32_t target = pc_edge_target(edge);

			if (!is_settled(r, target))
				r->in[--r->in_first[target]] = pc_edge(s, pc_edge_class(edge));
		}
		r->other_next[s] = r->other_in[state->other];
		r->other_in[state->other] = s + 1;
	}
}

/* Makes in_first[t] the end of t's part of in; find_incoming fills the parts from their ends. */
static uint32_t count_incoming(struct refine *r)
{
	const struct pc_graph *graph = r->graph;
	uint32_t sum = 0;

	for (uint32_t s = 0; s < graph->state_count; s++) {
		const struct pc_graph_state *state = &graph->states[s];

		for (uint32_t i = 0; i < state->count && !is_settled(r, s); i++)
			r->in_first[pc_edge_target(graph->edges[state->first + i])]++;
	}
	for (uint32_t s = 0; s < graph->state_count; s++) {
		if (!is_settled(r, s))
			sum += r->in_first[s];
		r->in_first[s] = sum;
	}
	r->in_first[graph->state_count] = sum;
	return sum;
}

/* --- Touching --- */

static void place(struct refine *r, uint32_t state, uint32_t at)
{
	r->elements[at] = state;
	r->position[state] = at;
}

static void touch(struct refine *r, uint32_t state)
{
	struct color *color = &r->colors[r->color[state]];
	uint32_t at = r->position[state], front = color->first + color->touched;

	if (color->size == 1 || at < front)
		return;
	place(r, r->elements[front], at);
	place(r, state, front);
	if (!color->touched++) {
		uint32_t end = (r->queue_at + r->queued++) % r->limit;

		r->queue[end] = r->color[state];
	}
}

/* Tells those that lead to a state that its color has changed. */
static void announce(struct refine *r, uint32_t state, uint32_t from)
{
	uint64_t change = color_value(r->color[state]) - color_value(from);

	for (uint32_t i = r->in_first[state]; i < r->in_first[state + 1]; i++) {
		uint32_t source = pc_edge_target(r->in[i]);

		r->hash[source] += r->weight[pc_edge_class(r->in[i])] * change;
		touch(r, source);
	}
	for (uint32_t s = r->other_in[state]; s; s = r->other_next[s - 1]) {
		r->hash[s - 1] += weight_of_other(r, s - 1) * change;
		touch(r, s - 1);
	}
}

/* --- Splitting a color --- */

static uint32_t find_group(struct refine *r, uint64_t hash, uint32_t mask)
{
	uint32_t at = (uint32_t)(hash >> 32 ^ hash) & mask;

	for (; r->table[at]; at = (at + 1) & mask) {
		if (r->groups[r->table[at] - 1].hash == hash)
			return r->table[at] - 1;
	}
	r->groups[r->group_count] = (struct group){.hash = hash, .slot = at};
	r->table[at] = ++r->group_count;
	return r->group_count - 1;
}

/* Puts the touched members of a color into groups, and the table back in order. */
static void find_groups(struct refine *r, const struct color *color)
{
	uint32_t mask = 3;

	while (mask + 1 < color->touched * 2)
		mask = mask * 2 + 1;
	r->group_count = 0;
	for (uint32_t i = 0; i < color->touched; i++) {
		uint32_t state = r->elements[color->first + i];

		r->scratch[i] = state;
		r->group_of[i] = find_group(r, r->hash[state], mask);
		r->groups[r->group_of[i]].count++;
	}
	for (uint32_t g = 0; g < r->group_count; g++)
		r->table[r->groups[g].slot] = 0;
}

/* Moves the group whose hash is that of the untouched members to the end, next to them. */
static void order_groups(struct refine *r, const struct color *color)
{
	uint32_t at = color->first, last = UINT32_MAX;

	for (uint32_t g = 0; g < r->group_count; g++) {
		if (color->touched < color->size && r->groups[g].hash == color->hash) {
			last = g;
			continue;
		}
		r->groups[g].at = at;
		at += r->groups[g].count;
	}
	if (last != UINT32_MAX)
		r->groups[last].at = at;
	for (uint32_t i = 0; i < color->touched; i++)
		place(r, r->scratch[i], r->groups[r->group_of[i]].at++);
	for (uint32_t g = 0; g < r->group_count; g++)
		r->groups[g].at -= r->groups[g].count;
}

/* One part of a split color: a group, or the members nobody touched (and those that join them). */
struct part {
	uint64_t hash;
	uint32_t first;
	uint32_t size;
};

static struct part part_of(const struct refine *r, const struct color *color, uint32_t g)
{
	uint32_t untouched = color->size - color->touched;
	struct part part = {
		.hash = color->hash, .first = color->first + color->touched, .size = untouched};

	if (g < r->group_count) {
		part.hash = r->groups[g].hash;
		part.first = r->groups[g].at;
		part.size = r->groups[g].count;
		if (untouched && part.hash == color->hash)
			part.size += untouched;
	} else if (untouched) {
		for (uint32_t i = 0; i < r->group_count; i++) {
			if (r->groups[i].hash == color->hash)
				part.size = 0;
		}
	}
	return part;
}

static uint32_t largest_part(const struct refine *r, const struct color *color)
{
	uint32_t best = 0, most = 0;

	for (uint32_t g = 0; g <= r->group_count; g++) {
		uint32_t size = part_of(r, color, g).size;

		if (size > most) {
			most = size;
			best = g;
		}
	}
	return best;
}

/* Divides the members among the colors: the largest part keeps the one it has. */
static void divide(struct refine *r, uint32_t number)
{
	const struct color before = r->colors[number];
	uint32_t keeper = largest_part(r, &before);

	for (uint32_t g = 0; g <= r->group_count; g++) {
		const struct part part = part_of(r, &before, g);
		uint32_t to = number;

		if (!part.size)
			continue;
		if (g != keeper)
			to = r->color_count++;
		r->colors[to] =
			(struct color){.hash = part.hash, .first = part.first, .size = part.size};
		for (uint32_t i = 0; i < part.size && to != number; i++)
			r->color[r->elements[part.first + i]] = to;
	}
}

static void split(struct refine *r, uint32_t number)
{
	const struct color before = r->colors[number];
	uint32_t fresh = r->color_count;

	find_groups(r, &before);
	order_groups(r, &before);
	divide(r, number);
	/* Only now may states be touched again: every color is whole. */
	for (uint32_t end = r->color_count; fresh < end; fresh++) {
		const struct color color = r->colors[fresh];

		memcpy(r->scratch, r->elements + color.first, color.size * sizeof(*r->scratch));
		for (uint32_t i = 0; i < color.size; i++)
			announce(r, r->scratch[i], number);
	}
}

/* --- Setting up --- */

static int allocate(struct refine *r, uint32_t edges)
{
	uint32_t n = r->graph->state_count;
	size_t table = 4;

	while (table < (size_t)r->count * 2)
		table *= 2;
	r->in = malloc((edges + 1) * sizeof(*r->in));
	r->colors = calloc(r->limit, sizeof(*r->colors));
	r->queue = malloc(r->limit * sizeof(*r->queue));
	r->hash = malloc(n * sizeof(*r->hash));
	r->position = malloc(n * sizeof(*r->position));
	r->other_in = calloc(n, sizeof(*r->other_in));
	r->other_next = calloc(n, sizeof(*r->other_next));
	r->elements = malloc((r->count + 1) * sizeof(*r->elements));
	r->scratch = malloc((r->count + 1) * sizeof(*r->scratch));
	r->group_of = malloc((r->count + 1) * sizeof(*r->group_of));
	r->groups = malloc((r->count + 1) * sizeof(*r->groups));
	r->table = calloc(table, sizeof(*r->table));
	if (!r->in || !r->colors || !r->queue || !r->hash || !r->position || !r->other_in ||
	    !r->other_next || !r->elements || !r->scratch || !r->group_of || !r->groups ||
	    !r->table)
		return -ENOMEM;
	return 0;
}

static void free_refine(struct refine *r)
{
	free(r->in);
	free(r->in_first);
	free(r->colors);
	free(r->queue);
	free(r->hash);
	free(r->position);
	free(r->other_in);
	free(r->other_next);
	free(r->elements);
	free(r->scratch);
	free(r->group_of);
	free(r->groups);
	free(r->table);
}

/* One color for each object class; all members are touched. */
static void first_colors(struct refine *r)
{
	uint32_t at = 0;

	for (uint32_t s = 0; s < r->graph->state_count; s++) {
		if (!is_settled(r, s))
			r->colors[r->color[s]].size++;
	}
	for (uint32_t c = 0; c < r->graph->classes; c++) {
		r->colors[c].first = at;
		at += r->colors[c].size;
		if (r->colors[c].size)
			r->queue[r->queued++] = c;
	}
	r->color_count = r->graph->classes;
	for (uint32_t s = 0; s < r->graph->state_count; s++) {
		struct color *color;

		if (is_settled(r, s))
			continue;
		color = &r->colors[r->color[s]];
		place(r, s, color->first + color->touched++);
		r->hash[s] = hash_of(r, s);
	}
}

/* Colors come in as object classes, or from limit on for the settled states. */
static int run(struct refine *r)
{
	uint32_t edges;
	int err;

	for (uint32_t k = 0; k < r->graph->class_count; k++) {
		r->weight[k] = mix(UINT64_C(1) << 40 | k);
		r->weight_of_all += r->weight[k];
	}
	r->in_first = calloc(r->graph->state_count + 1, sizeof(*r->in_first));
	if (!r->in_first)
		return -ENOMEM;
	edges = count_incoming(r);
	err = allocate(r, edges);
	if (err)
		return err;
	find_incoming(r);
	first_colors(r);
	while (r->queued) {
		uint32_t color = r->queue[r->queue_at];

		r->queue_at = (r->queue_at + 1) % r->limit;
		r->queued--;
		split(r, color);
	}
	return 0;
}

int pc_graph_refine(const struct pc_graph *graph, uint32_t *color)
{
	struct refine r = {.graph = graph, .color = color, .limit = graph->classes};
	PC_FREE uint8_t *settled = calloc(graph->state_count, 1);
	uint32_t next;
	int err;

	if (!settled)
		return -ENOMEM;
	err = pc_graph_settle(graph, settled);
	if (err)
		return err;
	for (uint32_t s = 0; s < graph->state_count; s++)
		r.count += !settled[s];
	r.limit += r.count;
	next = r.limit;
	for (uint32_t s = 0; s < graph->state_count; s++)
		color[s] = settled[s] ? next++ : graph->states[s].accepts;
	err = run(&r);
	free_refine(&r);
	return err;
}
