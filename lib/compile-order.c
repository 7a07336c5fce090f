/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Renumbers object classes in order of their tags. Tags are in order of policies, so the classes
 * that a policy tells apart become neighbours and fill its pages, instead of one here and one
 * there.
 */
#include "compile-internal.h"

#include <errno.h>
#include <string.h>

static int compare_classes(const void *a, const void *b, void *context)
{
	const struct pc_dfa_automaton *automaton = context;
	const uint32_t *first = automaton->first_tag, *tags = automaton->tags;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint32_t i = first[x], j = first[y];

	for (; i < first[x + 1] && j < first[y + 1]; i++, j++)
		if (tags[i] != tags[j])
			return tags[i] < tags[j] ? -1 : 1;
	return (i < first[x + 1]) - (j < first[y + 1]);
}

/* The tags of class order[k] become those of class k. */
static int move_tags(struct pc_dfa_automaton *automaton, const uint32_t *order)
{
	const uint32_t *old = automaton->first_tag;
	uint32_t count = old[automaton->classes];
	PC_FREE uint32_t *tags = malloc((count + 1) * sizeof(*tags));
	PC_FREE uint32_t *first = malloc((automaton->classes + 1) * sizeof(*first));

	if (!tags || !first)
		return -ENOMEM;
	first[0] = 0;
	for (uint32_t k = 0; k < automaton->classes; k++) {
		uint32_t n = old[order[k] + 1] - old[order[k]];

		if (n)
			memcpy(tags + first[k], automaton->tags + old[order[k]], n * sizeof(*tags));
		first[k + 1] = first[k] + n;
	}
	free(automaton->tags);
	free(automaton->first_tag);
	automaton->tags = PC_TAKE_PTR(tags);
	automaton->first_tag = PC_TAKE_PTR(first);
	return 0;
}

/* States accept a class by its number: in their head cells, which nothing else looks like. */
static void renumber_heads(struct pc_dfa_automaton *automaton, const uint32_t *number)
{
	for (uint32_t i = PC_AUTOMATON_HEADER; i < automaton->cell_count; i++) {
		uint32_t owner = automaton->cells[i].owner;

		if (owner & PC_HEAD)
			automaton->cells[i].owner = PC_HEAD | number[owner & PC_CLASS_MASK];
	}
}

int pc_compile_order(struct pc_dfa_automaton *automaton)
{
	PC_FREE uint32_t *order = malloc(automaton->classes * sizeof(*order));
	PC_FREE uint32_t *number = malloc(automaton->classes * sizeof(*number));
	int err;

	if (!order || !number)
		return -ENOMEM;
	for (uint32_t k = 0; k < automaton->classes; k++)
		order[k] = k;
	/* Class 0 has no tags and stays the first. */
	qsort_r(order, automaton->classes, sizeof(*order), compare_classes, automaton);
	for (uint32_t k = 0; k < automaton->classes; k++)
		number[order[k]] = k;
	err = move_tags(automaton, order);
	if (!err)
		renumber_heads(automaton, number);
	return err;
}
