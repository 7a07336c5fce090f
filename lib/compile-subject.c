/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Subjects: items with their ranges of ids, and the lists in which a task's classes find them. */
#include "compile-internal.h"

#include <errno.h>
#include <string.h>

#include "diag-codes.h"

static int compare_ranges(const void *a, const void *b)
{
	const struct pc_id_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Sorts, and joins what overlaps or touches; returns how many are left. */
static uint32_t merge(struct pc_id_range *ranges, uint32_t n)
{
	uint32_t left = 0;

	qsort(ranges, n, sizeof(*ranges), compare_ranges);
	for (uint32_t i = 1; i < n; i++) {
		if (ranges[left].last == UINT32_MAX || ranges[i].first <= ranges[left].last + 1) {
			if (ranges[i].last > ranges[left].last)
				ranges[left].last = ranges[i].last;
		} else {
			ranges[++left] = ranges[i];
		}
	}
	return left + 1;
}

/* Writes offset and number of a set's ranges to two words of an item. */
static int put_ranges(struct pc_compiler *c, const struct pc_subject_item *item,
		      const struct pc_id_set *set, uint32_t *words)
{
	struct pc_id_range *ranges;
	uint32_t n;

	_Static_assert(sizeof(*ranges) == 2 * sizeof(uint32_t), "a range is a pair of words");
	if (!set->count)
		return 0;
	ranges = pc_arena_array(&c->scratch, struct pc_id_range, set->count);
	if (!ranges)
		return -ENOMEM;
	memcpy(ranges, set->ranges, set->count * sizeof(*ranges));
	n = merge(ranges, set->count);
	if (n > 1u << PC_RANGE_BITS) {
		pc_diag_add(c->diags, PC_ERROR, PC_CODE_RANGES_MANY, &item->loc,
			    "this subject has %u ranges of ids; there is room for %u", n,
			    1u << PC_RANGE_BITS);
		return -EINVAL;
	}
	words[0] = pc_words_share(&c->words, &ranges->first, 2 * n);
	words[1] = n;
	return 0;
}

static uint32_t keys_of(const struct pc_subject_item *item)
{
	return (item->exe.count ? PC_KEY_EXE : 0) | (item->cgroup.count ? PC_KEY_CGROUP : 0) |
	       (item->user.count ? PC_KEY_USER : 0) | (item->group.count ? PC_KEY_GROUP : 0) |
	       (item->login.count ? PC_KEY_LOGIN : 0);
}

static uint32_t flags_of(uint32_t keys)
{
	uint32_t flags = 0;

	if (keys & (PC_KEY_USER | PC_KEY_GROUP | PC_KEY_LOGIN))
		flags |= PC_IMAGE_BY_ID;
	if (keys & PC_KEY_CGROUP)
		flags |= PC_IMAGE_BY_CGROUP;
	if (keys & PC_KEY_EXE)
		flags |= PC_IMAGE_BY_EXE;
	if (!(keys & (PC_KEY_EXE | PC_KEY_CGROUP)))
		flags |= PC_IMAGE_ANYWHERE;
	return flags;
}

static int put_item(struct pc_compiler *c, uint32_t items, uint32_t number)
{
	const struct pc_subject_item *item = c->items[number];
	uint32_t word[PC_S_WORDS] = {0};
	int err;

	word[PC_S_POLICY] = c->policy_of_item[number];
	word[PC_S_KEYS] = keys_of(item);
	err = put_ranges(c, item, &item->user, &word[PC_S_USER]);
	if (!err)
		err = put_ranges(c, item, &item->group, &word[PC_S_GROUP]);
	if (!err)
		err = put_ranges(c, item, &item->login, &word[PC_S_LOGIN]);
	for (uint32_t i = 0; i < PC_S_WORDS; i++)
		pc_words_set(&c->words, items + number * PC_S_WORDS + i, word[i]);
	if (!c->words.err)
		c->words.word[PC_W_FLAGS] |= flags_of(word[PC_S_KEYS]);
	return err;
}

/* Items that no name finds. list has room for every item and one word more. */
static void put_anywhere(struct pc_compiler *c, uint32_t *list)
{
	list[0] = 0;
	for (uint32_t i = 0; i < c->item_count; i++)
		if (!(keys_of(c->items[i]) & (PC_KEY_EXE | PC_KEY_CGROUP)))
			list[++list[0]] = i;
	if (list[0])
		pc_words_set(&c->words, PC_W_ANYWHERE,
			     pc_words_share(&c->words, list, list[0] + 1));
}

/* The list of a class, or 0. A name is a path or a cgroup's, so no item comes twice. */
static uint32_t put_list(struct pc_compiler *c, const struct pc_dfa_automaton *automaton,
			 uint32_t class, uint32_t *list)
{
	uint32_t i = automaton->first_tag[class + 1];

	list[0] = 0;
	while (i > automaton->first_tag[class] && !pc_tag_is_of_rule(c, automaton->tags[i - 1]))
		i--;
	for (; i < automaton->first_tag[class + 1]; i++)
		list[++list[0]] = pc_item_of_tag(c, automaton->tags[i]);
	return list[0] ? pc_words_share(&c->words, list, list[0] + 1) : 0;
}

static void put_classes(struct pc_compiler *c, uint32_t a, uint32_t *list)
{
	const struct pc_dfa_automaton *automaton = &c->image.automata.automata[a];
	uint32_t at = pc_words_put(&c->words, NULL, automaton->classes);

	pc_words_set(&c->words, PC_W_CLASSES + a, at);
	for (uint32_t class = 1; class < automaton->classes; class ++)
		pc_words_set(&c->words, at + class, put_list(c, automaton, class, list));
}

int pc_compile_subjects(struct pc_compiler *c)
{
	/* Room for both tags of each item, though no class has both. */
	PC_FREE uint32_t *list = malloc((2 * (size_t)c->item_count + 1) * sizeof(*list));
	uint32_t items = pc_words_put(&c->words, NULL, c->item_count * PC_S_WORDS);
	int err = list ? 0 : -ENOMEM;

	pc_words_set(&c->words, PC_W_SUBJECTS, items);
	pc_words_set(&c->words, PC_W_SUBJECT_COUNT, c->item_count);
	for (uint32_t i = 0; i < c->item_count && !err; i++)
		err = put_item(c, items, i);
	if (err)
		return err;
	put_anywhere(c, list);
	for (uint32_t a = 0; a < c->image.automata.count && !c->words.err; a++)
		put_classes(c, a, list);
	return 0;
}
