/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Determinisation. A state is the set of nodes a prefix can have led to; most are a single node of
 * the tree, and those cost no set at all. */
#include "dfa-subset.h"

#include <errno.h>
#include <string.h>

/* --- Lists of nodes --- */

void pc_list_push(struct pc_subset *s, struct pc_list *list, uint32_t node)
{
	if (s->stamp[node] == s->tick)
		return;
	s->stamp[node] = s->tick;
	list->nodes[list->n++] = node;
}

void pc_list_begin(struct pc_subset *s, struct pc_list *list)
{
	list->n = 0;
	if (!++s->tick) {
		memset(s->stamp, 0, s->nfa->node_count * sizeof(*s->stamp));
		s->tick = 1;
	}
}

/* Adds what is reached without a byte; drops the nodes nothing can happen at. */
void pc_list_finish(struct pc_subset *s, struct pc_list *list)
{
	const struct pc_nfa_node *nodes = s->nfa->nodes;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		uint32_t link = nodes[list->nodes[i]].empty;

		for (; link; link = s->nfa->links[link].next)
			pc_list_push(s, list, s->nfa->links[link].value);
	}
	for (uint32_t i = 0; i < list->n; i++) {
		if (pc_nfa_waits(&nodes[list->nodes[i]]))
			list->nodes[kept++] = list->nodes[i];
	}
	s->work += list->n;
	list->n = pc_sort_unique(list->nodes, kept);
}

static bool wanted(const struct pc_subset *s, const struct pc_list *list)
{
	if (!s->wanted_only)
		return true;
	for (uint32_t i = 0; i < list->n; i++) {
		if (s->nfa->nodes[list->nodes[i]].wanted)
			return true;
	}
	return false;
}

/* --- States --- */

/* The object class of a list: its tags, interned. */
static int accepts(struct pc_subset *s, const struct pc_list *list, uint32_t *ret_class)
{
	uint32_t n = 0, set;
	int err;

	for (uint32_t i = 0; i < list->n; i++) {
		uint32_t link = s->nfa->nodes[list->nodes[i]].tags;

		for (; link; link = s->nfa->links[link].next) {
			if (pc_dfa_reserve(&s->tags, &s->tag_room, n + 1))
				return -ENOMEM;
			s->tags[n++] = s->nfa->links[link].value;
		}
	}
	*ret_class = 0;
	if (!n)
		return 0;
	s->work += n;
	n = pc_sort_unique(s->tags, n);
	s->found_0_without_1 |= n == 1 && s->tags[0] == 0;
	err = pc_intern(s->tag_sets, s->tags, n, &set);
	if (err)
		return err;
	*ret_class = set + 1;
	if (set + 2 > s->limits->classes || s->tag_sets->first[set + 1] > s->limits->numbers)
		return -E2BIG;
	return 0;
}

static int new_state(struct pc_subset *s, const struct pc_list *list, uint32_t content,
		     uint32_t *ret_state)
{
	struct pc_graph *graph = s->graph;
	struct pc_graph_state state = {.other = PC_GRAPH_DEAD};
	int err = accepts(s, list, &state.accepts);

	if (err)
		return err;
	if (graph->state_count >= s->limits->states || s->work > s->limits->work)
		return -E2BIG;
	if (pc_dfa_reserve(&graph->states, &graph->state_room, graph->state_count + 1) ||
	    pc_dfa_reserve(&s->stack, &s->stack_room, s->stack_count + 1))
		return -ENOMEM;
	*ret_state = graph->state_count++;
	graph->states[*ret_state] = state;
	s->stack[s->stack_count++] = (struct pc_pending){.state = *ret_state, .content = content};
	return 0;
}

static int state_of_many(struct pc_subset *s, const struct pc_list *list, uint32_t *ret_state)
{
	uint32_t known = s->sets.count, set;
	int err = pc_intern(&s->sets, list->nodes, list->n, &set);

	if (err)
		return err;
	if (set < known) {
		*ret_state = s->state_of_set[set];
		return 0;
	}
	if (s->sets.first[s->sets.count] > s->limits->numbers)
		return -E2BIG;
	if (pc_dfa_reserve(&s->state_of_set, &s->set_room, set + 1))
		return -ENOMEM;
	err = new_state(s, list, PC_IS_SET | set, ret_state);
	if (!err)
		s->state_of_set[set] = *ret_state;
	return err;
}

int pc_subset_state_of(struct pc_subset *s, const struct pc_list *list, uint32_t *ret_state)
{
	uint32_t *state;

	if (!list->n || !wanted(s, list)) {
		*ret_state = PC_GRAPH_DEAD;
		return 0;
	}
	if (list->n > 1)
		return state_of_many(s, list, ret_state);
	state = &s->state_of_node[list->nodes[0]];
	if (!*state) {
		int err = new_state(s, list, list->nodes[0], state);

		if (err)
			return err;
	}
	*ret_state = *state;
	return 0;
}

/* --- The whole --- */

static int init(struct pc_subset *s)
{
	uint32_t n = s->nfa->node_count;

	s->state_of_node = calloc(n, sizeof(*s->state_of_node));
	s->stamp = calloc(n, sizeof(*s->stamp));
	s->base.nodes = malloc(n * sizeof(*s->base.nodes));
	s->list.nodes = malloc(n * sizeof(*s->list.nodes));
	if (!s->state_of_node || !s->stamp || !s->base.nodes || !s->list.nodes)
		return -ENOMEM;
	if (pc_dfa_reserve(&s->graph->states, &s->graph->state_room, 1) ||
	    pc_dfa_reserve(&s->graph->edges, &s->graph->edge_room, 1))
		return -ENOMEM;
	s->graph->states[PC_GRAPH_DEAD] = (struct pc_graph_state){0};
	s->graph->state_count = 1;
	return 0;
}

static int explore(struct pc_subset *s)
{
	int err = init(s);

	if (err)
		return err;
	pc_list_begin(s, &s->base);
	pc_list_push(s, &s->base, PC_NFA_ROOT);
	pc_list_finish(s, &s->base);
	err = pc_subset_state_of(s, &s->base, &s->graph->start);
	while (s->stack_count && !err && !(s->wanted_only && s->found_0_without_1))
		err = pc_subset_expand(s, s->stack[--s->stack_count]);
	s->graph->classes = s->tag_sets->count + 1;
	s->graph->class_count = s->nfa->class_count;
	memcpy(s->graph->class_of, s->nfa->class_of, sizeof(s->graph->class_of));
	return err;
}

static void free_subset(struct pc_subset *s)
{
	pc_interner_free(&s->sets);
	free(s->state_of_set);
	free(s->state_of_node);
	free(s->stamp);
	free(s->stack);
	free(s->tags);
	free(s->base.nodes);
	free(s->list.nodes);
	free(s->literals);
	free(s->wides);
}

int pc_subset_build(const struct pc_nfa *nfa, const struct pc_subset_limits *limits,
		    struct pc_graph *graph, struct pc_interner *tag_sets)
{
	struct pc_subset s = {.nfa = nfa, .limits = limits, .graph = graph, .tag_sets = tag_sets};
	int err = explore(&s);

	free_subset(&s);
	return err;
}

int pc_subset_has_0_without_1(const struct pc_nfa *nfa, const struct pc_subset_limits *limits)
{
	struct pc_interner tag_sets = {0};
	struct pc_graph graph = {0};
	struct pc_subset s = {.nfa = nfa,
			      .limits = limits,
			      .graph = &graph,
			      .tag_sets = &tag_sets,
			      .wanted_only = true};
	int err = explore(&s);

	free_subset(&s);
	pc_interner_free(&tag_sets);
	pc_graph_free(&graph);
	return s.found_0_without_1 ? 1 : err;
}

void pc_graph_free(struct pc_graph *graph)
{
	free(graph->states);
	free(graph->edges);
	*graph = (struct pc_graph){0};
}
