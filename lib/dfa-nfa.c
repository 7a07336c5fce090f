/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All globs as one nondeterministic automaton: a tree of glob elements. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

#define SET_NUMBERS (sizeof(struct pc_byte_set) / sizeof(uint32_t))

/* Adding one glob: what its nodes get. Nodes are numbers, 0 says that there is no memory. */
struct adder {
	struct pc_nfa *nfa;
	const struct pc_tagged_glob *tagged;
	bool wanted;
};

static int intern_set(struct pc_nfa *nfa, const uint64_t *bits, uint32_t *ret_set)
{
	uint32_t numbers[SET_NUMBERS];
	int err;

	memcpy(numbers, bits, sizeof(numbers));
	err = pc_intern(&nfa->sets, numbers, SET_NUMBERS, ret_set);
	return err ? err : nfa->sets.count > PC_NFA_SETS_MAX ? -E2BIG : 0;
}

static uint32_t new_node(struct adder *adder, struct pc_nfa_node node)
{
	struct pc_nfa *nfa = adder->nfa;

	if (pc_dfa_reserve(&nfa->nodes, &nfa->node_room, nfa->node_count + 1))
		return 0;
	nfa->nodes[nfa->node_count] = node;
	return nfa->node_count++;
}

/* Puts a value in front of a list; at holds the list's head. */
static int push_link(struct pc_nfa *nfa, uint32_t *at, uint32_t value)
{
	if (pc_dfa_reserve(&nfa->links, &nfa->link_room, nfa->link_count + 1))
		return -ENOMEM;
	nfa->links[nfa->link_count] = (struct pc_nfa_link){.value = value, .next = *at};
	*at = nfa->link_count++;
	return 0;
}

static uint32_t literal_child(struct adder *adder, uint32_t parent, uint8_t byte)
{
	struct pc_nfa_node *nodes = adder->nfa->nodes;
	uint32_t before = 0, at = nodes[parent].child, node;

	for (; at && nodes[at].byte < byte; at = nodes[at].sibling)
		before = at;
	if (at && nodes[at].byte == byte)
		return at;
	pc_set_add(adder->nfa->literals.bits, byte);
	node = new_node(adder, (struct pc_nfa_node){.byte = byte, .sibling = at});
	if (!node)
		return 0;
	nodes = adder->nfa->nodes;
	if (before)
		nodes[before].sibling = node;
	else
		nodes[parent].child = node;
	return node;
}

static uint32_t wide_child(struct adder *adder, uint32_t parent, uint32_t set)
{
	struct pc_nfa_node *nodes = adder->nfa->nodes;
	uint32_t at = nodes[parent].wide, node;

	for (; at; at = nodes[at].sibling) {
		if (nodes[at].set == set)
			return at;
	}
	node = new_node(adder,
			(struct pc_nfa_node){.set = (uint16_t)set, .sibling = nodes[parent].wide});
	if (node)
		adder->nfa->nodes[parent].wide = node;
	return node;
}

static uint32_t loop_child(struct adder *adder, uint32_t parent, enum pc_nfa_loop loop)
{
	struct pc_nfa *nfa = adder->nfa;
	uint32_t link, node;

	for (link = nfa->nodes[parent].empty; link; link = nfa->links[link].next) {
		node = nfa->links[link].value;
		if (nfa->nodes[node].loop == loop)
			return node;
	}
	node = new_node(adder, (struct pc_nfa_node){.loop = loop & 3u});
	if (!node || push_link(nfa, &nfa->nodes[parent].empty, node))
		return 0;
	return node;
}

/* The node behind all of these: the same for the same nodes. */
static uint32_t join(struct adder *adder, const uint32_t *nodes, uint32_t n)
{
	struct pc_nfa *nfa = adder->nfa;
	uint32_t known = nfa->joins.count, set, node;

	if (n == 1)
		return nodes[0];
	if (pc_intern(&nfa->joins, nodes, n, &set))
		return 0;
	if (set < known)
		return nfa->join_of[set];
	node = new_node(adder, (struct pc_nfa_node){0});
	if (!node || pc_dfa_reserve(&nfa->join_of, &nfa->join_room, set + 1))
		return 0;
	nfa->join_of[set] = node;
	for (uint32_t i = 0; i < n; i++) {
		if (push_link(nfa, &nfa->nodes[nodes[i]].empty, node))
			return 0;
	}
	return node;
}

static uint32_t add_sequence(struct adder *adder, uint32_t from, const struct pc_glob *glob);

static uint32_t add_alternatives(struct adder *adder, uint32_t from, const struct pc_glob *glob)
{
	PC_FREE uint32_t *ends = calloc(glob->length + 1, sizeof(*ends));

	if (!ends)
		return 0;
	for (uint32_t i = 0; i < glob->length; i++) {
		ends[i] = add_sequence(adder, from, glob->branches[i]);
		if (!ends[i])
			return 0;
	}
	return join(adder, ends, pc_sort_unique(ends, glob->length));
}

/* What leads to this node is a directory above a match. The empty name is none. */
static bool mark_above(struct adder *adder, uint32_t node)
{
	const struct pc_tagged_glob *tagged = adder->tagged;
	struct pc_nfa *nfa = adder->nfa;
	uint32_t latest = nfa->nodes[node].tags;

	if (!tagged->has_above || node == PC_NFA_ROOT ||
	    (latest && nfa->links[latest].value == tagged->above))
		return true;
	return !push_link(nfa, &nfa->nodes[node].tags, tagged->above);
}

static uint32_t add_literal(struct adder *adder, uint32_t from, const struct pc_glob *glob)
{
	for (uint32_t i = 0; i < glob->length && from; i++) {
		if (glob->bytes[i] == '/' && !mark_above(adder, from))
			return 0;
		from = literal_child(adder, from, glob->bytes[i]);
		if (from)
			adder->nfa->nodes[from].wanted |= adder->wanted;
	}
	return from;
}

/* `**` takes slashes: whatever it has taken so far may be such a directory. */
static uint32_t add_globstar(struct adder *adder, uint32_t from)
{
	uint32_t node = loop_child(adder, from, PC_LOOP_GLOBSTAR);

	return node && mark_above(adder, node) ? node : 0;
}

static uint32_t add_set(struct adder *adder, uint32_t from, const struct pc_glob *glob)
{
	uint32_t set;

	return intern_set(adder->nfa, glob->set, &set) ? 0 : wide_child(adder, from, set);
}

static uint32_t add_element(struct adder *adder, uint32_t from, const struct pc_glob *glob)
{
	switch (glob->kind) {
	case PC_GLOB_LITERAL:
		return add_literal(adder, from, glob);
	case PC_GLOB_ANY:
		return wide_child(adder, from, PC_SET_NO_SLASH);
	case PC_GLOB_STAR:
		return loop_child(adder, from, PC_LOOP_STAR);
	case PC_GLOB_GLOBSTAR:
		return add_globstar(adder, from);
	case PC_GLOB_SET:
		return add_set(adder, from, glob);
	case PC_GLOB_ALT:
		return add_alternatives(adder, from, glob);
	}
	return 0;
}

/* The node where a sequence that begins at a node ends. */
static uint32_t add_sequence(struct adder *adder, uint32_t from, const struct pc_glob *glob)
{
	for (; glob && from; glob = glob->next) {
		from = add_element(adder, from, glob);
		if (from)
			adder->nfa->nodes[from].wanted |= adder->wanted;
	}
	return from;
}

int pc_nfa_add(struct pc_nfa *nfa, const struct pc_tagged_glob *tagged, bool wanted)
{
	struct adder adder = {.nfa = nfa, .tagged = tagged, .wanted = wanted};
	uint32_t end = add_sequence(&adder, PC_NFA_ROOT, tagged->glob);

	if (!end)
		return nfa->sets.count > PC_NFA_SETS_MAX ? -E2BIG : -ENOMEM;
	nfa->nodes[PC_NFA_ROOT].wanted |= wanted;
	return push_link(nfa, &nfa->nodes[end].tags, tagged->tag);
}

int pc_nfa_init(struct pc_nfa *nfa)
{
	struct adder adder = {.nfa = nfa};
	uint64_t all[PC_SET_WORDS];
	uint32_t set;

	*nfa = (struct pc_nfa){.link_count = 1};
	memset(all, 0xff, sizeof(all));
	if (intern_set(nfa, all, &set))
		return -ENOMEM;
	pc_set_drop(all, '/');
	if (intern_set(nfa, all, &set) || pc_dfa_reserve(&nfa->links, &nfa->link_room, 1))
		return -ENOMEM;
	/* Node 0 is none, node 1 the root. */
	new_node(&adder, (struct pc_nfa_node){0});
	return new_node(&adder, (struct pc_nfa_node){0}) == PC_NFA_ROOT ? 0 : -ENOMEM;
}

static struct pc_byte_set byte_set(const struct pc_nfa *nfa, uint32_t set)
{
	struct pc_byte_set bytes;

	memcpy(&bytes, nfa->sets.pool + nfa->sets.first[set], sizeof(bytes));
	return bytes;
}

/* Tells the members of a set from the rest of their classes. */
static void split_classes(struct pc_nfa *nfa, const struct pc_byte_set *set)
{
	uint16_t number[512];
	uint32_t count = 0;

	memset(number, 0xff, sizeof(number));
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint16_t *n = &number[nfa->class_of[byte] * 2 + pc_set_has(set->bits, byte)];

		if (*n == UINT16_MAX)
			*n = (uint16_t)count++;
		nfa->class_of[byte] = (uint8_t)*n;
	}
	nfa->class_count = count;
}

static void find_classes(struct pc_nfa *nfa)
{
	struct pc_byte_set set;

	nfa->class_count = 1;
	for (uint32_t i = 0; i < nfa->sets.count; i++) {
		set = byte_set(nfa, i);
		split_classes(nfa, &set);
	}
	for (uint32_t byte = 0; byte < 256; byte++) {
		set = (struct pc_byte_set){0};
		pc_set_add(set.bits, byte);
		if (pc_set_has(nfa->literals.bits, byte))
			split_classes(nfa, &set);
	}
}

int pc_nfa_finish(struct pc_nfa *nfa)
{
	find_classes(nfa);
	nfa->class_sets = calloc(nfa->sets.count, sizeof(*nfa->class_sets));
	if (!nfa->class_sets)
		return -ENOMEM;
	for (uint32_t i = 0; i < nfa->sets.count; i++) {
		struct pc_byte_set set = byte_set(nfa, i);

		for (uint32_t byte = 0; byte < 256; byte++) {
			if (pc_set_has(set.bits, byte))
				pc_set_add(nfa->class_sets[i].bits, nfa->class_of[byte]);
		}
	}
	/* Literal bytes are classes of their own, in the same order: children still ascend. */
	for (uint32_t i = 0; i < nfa->node_count; i++)
		nfa->nodes[i].byte = nfa->class_of[nfa->nodes[i].byte];
	return 0;
}

void pc_nfa_free(struct pc_nfa *nfa)
{
	free(nfa->nodes);
	free(nfa->links);
	free(nfa->join_of);
	free(nfa->class_sets);
	pc_interner_free(&nfa->joins);
	pc_interner_free(&nfa->sets);
	*nfa = (struct pc_nfa){0};
}
