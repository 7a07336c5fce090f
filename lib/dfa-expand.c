/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The transitions of one state of a determinisation. */
#include "dfa-subset.h"

#include <errno.h>

/* --- Transitions of one state --- */

static int add_literal(struct pc_subset *s, uint32_t byte_class, uint32_t node)
{
	uint32_t *first = &s->first_literal[byte_class];

	if (pc_dfa_reserve(&s->literals, &s->literal_room, s->literal_count + 1))
		return -ENOMEM;
	if (!pc_set_has(s->literal_classes.bits, byte_class)) {
		pc_set_add(s->literal_classes.bits, byte_class);
		*first = 0;
	}
	s->literals[s->literal_count++] = (struct pc_literal){.node = node, .next = *first};
	*first = s->literal_count;
	return 0;
}

static int add_wide(struct pc_subset *s, uint32_t set, uint32_t node)
{
	if (pc_dfa_reserve(&s->wides, &s->wide_room, s->wide_count + 1))
		return -ENOMEM;
	s->wides[s->wide_count++] = (struct pc_wide){.set = set, .node = node};
	return 0;
}

/* Takes up what a node can do with a byte. */
static int add_node(struct pc_subset *s, uint32_t at)
{
	const struct pc_nfa_node *nodes = s->nfa->nodes;
	int err = 0;

	for (uint32_t child = nodes[at].child; child && !err; child = nodes[child].sibling)
		err = add_literal(s, nodes[child].byte, child);
	for (uint32_t child = nodes[at].wide; child && !err; child = nodes[child].sibling)
		err = add_wide(s, nodes[child].set, child);
	if (nodes[at].loop && !err)
		err = add_wide(s, nodes[at].loop == PC_LOOP_STAR ? PC_SET_NO_SLASH : PC_SET_ALL,
			       at);
	return err;
}

static int add_content(struct pc_subset *s, uint32_t content)
{
	uint32_t set = content & ~PC_IS_SET, n;
	int err = 0;

	s->literal_count = 0;
	s->wide_count = 0;
	s->literal_classes = (struct pc_byte_set){0};
	s->answered = (struct pc_byte_set){0};
	if (!(content & PC_IS_SET))
		return add_node(s, content);
	n = s->sets.first[set + 1] - s->sets.first[set];
	s->work += n;
	for (uint32_t i = 0; i < n && !err; i++)
		err = add_node(s, s->sets.pool[s->sets.first[set] + i]);
	return err;
}

static void answer(struct pc_subset *s, uint32_t byte_class, uint32_t state)
{
	s->target[byte_class] = state;
	pc_set_add(s->answered.bits, byte_class);
}

static uint32_t lowest(const struct pc_byte_set *set)
{
	uint32_t w = 0;

	while (!set->bits[w])
		w++;
	return w * 64 + (uint32_t)__builtin_ctzll(set->bits[w]);
}

/* Removes the lowest member of a set that has one. */
static uint32_t take_lowest(struct pc_byte_set *set)
{
	uint32_t member = lowest(set);

	pc_set_drop(set->bits, member);
	return member;
}

static bool is_empty(const struct pc_byte_set *set)
{
	return !(set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]);
}

static uint32_t size_of(const struct pc_byte_set *set)
{
	uint32_t n = 0;

	for (int w = 0; w < PC_SET_WORDS; w++)
		n += (uint32_t)__builtin_popcountll(set->bits[w]);
	return n;
}

/* Divides a into what set holds (left in a) and the rest (returned). */
static struct pc_byte_set divide(struct pc_byte_set *a, const struct pc_byte_set *set)
{
	struct pc_byte_set rest;

	for (int w = 0; w < PC_SET_WORDS; w++) {
		rest.bits[w] = a->bits[w] & ~set->bits[w];
		a->bits[w] &= set->bits[w];
	}
	return rest;
}

/* The state behind base and the literals of one class. */
static int answer_literal(struct pc_subset *s, uint32_t byte_class)
{
	uint32_t state, at;
	int err;

	pc_list_begin(s, &s->list);
	for (uint32_t i = 0; i < s->base.n; i++)
		pc_list_push(s, &s->list, s->base.nodes[i]);
	for (at = s->first_literal[byte_class]; at; at = s->literals[at - 1].next)
		pc_list_push(s, &s->list, s->literals[at - 1].node);
	pc_list_finish(s, &s->list);
	err = pc_subset_state_of(s, &s->list, &state);
	if (!err)
		answer(s, byte_class, state);
	return err;
}

/*
 * Answers the classes of a group that have literals; no wide transition tells a group's classes
 * apart. The classes left, in *group, all lead to *ret_rest.
 */
static int answer_group(struct pc_subset *s, struct pc_byte_set *group, uint32_t *ret_rest)
{
	uint32_t some = lowest(group);
	struct pc_byte_set literals = *group;
	int err = 0;

	*group = divide(&literals, &s->literal_classes);
	pc_list_begin(s, &s->base);
	for (uint32_t i = 0; i < s->wide_count; i++) {
		if (pc_set_has(s->nfa->class_sets[s->wides[i].set].bits, some))
			pc_list_push(s, &s->base, s->wides[i].node);
	}
	pc_list_finish(s, &s->base);
	if (!is_empty(group))
		err = pc_subset_state_of(s, &s->base, ret_rest);
	while (!is_empty(&literals) && !err)
		err = answer_literal(s, take_lowest(&literals));
	return err;
}

/* Divides the classes by the wide transitions; groups has room for 256. */
static uint32_t find_groups(const struct pc_subset *s, struct pc_byte_set *groups)
{
	uint32_t n = 1;

	groups[0] = s->nfa->class_sets[PC_SET_ALL];
	for (uint32_t i = 0; i < s->wide_count; i++) {
		const struct pc_byte_set *set = &s->nfa->class_sets[s->wides[i].set];

		for (uint32_t g = 0, known = n; g < known; g++) {
			struct pc_byte_set rest = divide(&groups[g], set);

			if (is_empty(&groups[g]))
				groups[g] = rest;
			else if (!is_empty(&rest))
				groups[n++] = rest;
		}
	}
	return n;
}

/* The largest group of classes without literals makes the default. */
static int answer_all(struct pc_subset *s, uint32_t *ret_other)
{
	struct pc_byte_set groups[256];
	uint32_t rest[256] = {PC_GRAPH_DEAD};
	uint32_t n = find_groups(s, groups), largest = 0, most = 0;

	for (uint32_t g = 0; g < n; g++) {
		int err = answer_group(s, &groups[g], &rest[g]);

		if (err)
			return err;
		if (size_of(&groups[g]) > most) {
			most = size_of(&groups[g]);
			largest = g;
		}
	}
	*ret_other = most ? rest[largest] : PC_GRAPH_DEAD;
	for (uint32_t g = 0; g < n; g++) {
		while (g != largest && !is_empty(&groups[g]))
			answer(s, take_lowest(&groups[g]), rest[g]);
	}
	return 0;
}

static void add_edge(struct pc_subset *s, uint32_t target, uint32_t byte_class)
{
	s->graph->edges[s->graph->edge_count++] = pc_edge(target, byte_class);
}

/* A single node of the tree: each child answers for its byte, all else is dead. */
static bool is_plain(const struct pc_subset *s, uint32_t content)
{
	return !(content & PC_IS_SET) && !s->nfa->nodes[content].wide &&
	       !s->nfa->nodes[content].loop;
}

static int expand_plain(struct pc_subset *s, uint32_t node)
{
	const struct pc_nfa_node *nodes = s->nfa->nodes;

	for (uint32_t child = nodes[node].child; child; child = nodes[child].sibling) {
		uint32_t state;
		int err;

		pc_list_begin(s, &s->list);
		pc_list_push(s, &s->list, child);
		pc_list_finish(s, &s->list);
		err = pc_subset_state_of(s, &s->list, &state);
		if (err)
			return err;
		if (state != PC_GRAPH_DEAD)
			add_edge(s, state, nodes[child].byte);
	}
	return 0;
}

static int expand_any(struct pc_subset *s, uint32_t content, uint32_t *ret_other)
{
	int err = add_content(s, content);

	if (!err)
		err = answer_all(s, ret_other);
	while (!err && !is_empty(&s->answered)) {
		uint32_t byte_class = take_lowest(&s->answered);

		if (s->target[byte_class] != *ret_other)
			add_edge(s, s->target[byte_class], byte_class);
	}
	return err;
}

int pc_subset_expand(struct pc_subset *s, struct pc_pending pending)
{
	struct pc_graph *graph = s->graph;
	uint32_t other = PC_GRAPH_DEAD, first = graph->edge_count;
	int err = pc_dfa_reserve(&graph->edges, &graph->edge_room, first + 256);

	if (!err) {
		if (is_plain(s, pending.content))
			err = expand_plain(s, pending.content);
		else
			err = expand_any(s, pending.content, &other);
	}
	graph->states[pending.state].first = first;
	graph->states[pending.state].count = graph->edge_count - first;
	graph->states[pending.state].other = other;
	if (!err && graph->state_count + graph->edge_count > s->limits->cells)
		err = -E2BIG;
	return err;
}
