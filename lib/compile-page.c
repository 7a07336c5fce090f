/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows by (policy, class): found in one walk over the classes, laid out policy by policy. */
#include "compile-internal.h"

#include <errno.h>

#define PAGE_WORDS (1u << PC_PAGE_SHIFT)

struct class_row {
	uint32_t class;
	uint32_t row;
};

/* Rows of one automaton, sorted by policy, then class. */
struct rows {
	struct class_row *of;
	uint32_t *first; /* by policy, and one more */
};

static void free_rows(struct rows *rows)
{
	free(rows->of);
	free(rows->first);
}

static uint32_t policy_of(const struct pc_compiler *c, uint32_t tag)
{
	return c->policy_of[pc_rule_of_tag(tag)];
}

/* Tags of one policy's rules from tag i on; end is behind the class's tags. */
static uint32_t group_end(const struct pc_compiler *c, const uint32_t *tags, uint32_t i,
			  uint32_t end)
{
	uint32_t behind = pc_rule_tag(c->first_rule[policy_of(c, tags[i]) + 1]);

	while (i < end && tags[i] < behind)
		i++;
	return i;
}

/* Number of rows each policy has, added up. */
static void count_rows(const struct pc_compiler *c, const struct pc_dfa_automaton *automaton,
		       struct rows *rows)
{
	const uint32_t *tags = automaton->tags, *first = automaton->first_tag;

	for (uint32_t class = 1; class < automaton->classes; class ++)
		for (uint32_t i = first[class];
		     i < first[class + 1] && pc_tag_is_of_rule(c, tags[i]);) {
			rows->first[policy_of(c, tags[i]) + 1]++;
			i = group_end(c, tags, i, first[class + 1]);
		}
	for (uint32_t p = 0; p < c->set->count; p++)
		rows->first[p + 1] += rows->first[p];
}

static void put_rows(struct pc_compiler *c, const struct pc_dfa_automaton *automaton,
		     struct rows *rows, uint32_t *next)
{
	const uint32_t *tags = automaton->tags, *first = automaton->first_tag;

	for (uint32_t class = 1; class < automaton->classes; class ++)
		for (uint32_t i = first[class];
		     i < first[class + 1] && pc_tag_is_of_rule(c, tags[i]);) {
			uint32_t end = group_end(c, tags, i, first[class + 1]);
			struct class_row *row = &rows->of[next[policy_of(c, tags[i])]++];

			row->class = class;
			row->row = pc_compile_row(c, tags + i, end - i);
			i = end;
		}
}

static int find_rows(struct pc_compiler *c, const struct pc_dfa_automaton *automaton,
		     struct rows *rows)
{
	PC_FREE uint32_t *next = calloc(c->set->count + 1, sizeof(*next));

	rows->first = calloc(c->set->count + 2, sizeof(*rows->first));
	if (!next || !rows->first)
		return -ENOMEM;
	count_rows(c, automaton, rows);
	for (uint32_t p = 0; p < c->set->count; p++)
		next[p] = rows->first[p];
	rows->of = malloc((rows->first[c->set->count] + 1) * sizeof(*rows->of));
	if (!rows->of)
		return -ENOMEM;
	put_rows(c, automaton, rows, next);
	return 0;
}

/* Pages of one policy: where no row is its own, everything is shared. */
static void put_pages(struct pc_compiler *c, uint32_t record, const struct class_row *row,
		      uint32_t n, uint32_t *pages, uint32_t page_count)
{
	const uint32_t empty = pc_compile_row(c, NULL, 0);
	uint32_t page[PAGE_WORDS], blank, i = 0;

	for (uint32_t k = 0; k < PAGE_WORDS; k++)
		page[k] = empty;
	blank = pc_words_share(&c->words, page, PAGE_WORDS);
	for (uint32_t p = 0; p < page_count; p++)
		pages[p] = blank;
	while (i < n) {
		uint32_t number = row[i].class >> PC_PAGE_SHIFT, first = i;

		for (; i < n && row[i].class >> PC_PAGE_SHIFT == number; i++)
			page[row[i].class & PC_PAGE_MASK] = row[i].row;
		pages[number] = pc_words_share(&c->words, page, PAGE_WORDS);
		for (; first < i; first++)
			page[row[first].class & PC_PAGE_MASK] = empty;
	}
	pc_words_set(&c->words, record, pc_words_share(&c->words, pages, page_count));
}

static int put_automaton(struct pc_compiler *c, uint32_t a)
{
	const struct pc_dfa_automaton *automaton = &c->image.automata.automata[a];
	uint32_t page_count = (automaton->classes + PC_PAGE_MASK) >> PC_PAGE_SHIFT;
	PC_FREE uint32_t *pages = calloc(page_count, sizeof(*pages));
	PC_CLEANUP(free_rows) struct rows rows = {.of = NULL};
	int err = pages ? find_rows(c, automaton, &rows) : -ENOMEM;

	for (uint32_t p = 0; p < c->set->count && !err; p++)
		put_pages(c, pc_record_of(c, p) + PC_P_PAGES + a, rows.of + rows.first[p],
			  rows.first[p + 1] - rows.first[p], pages, page_count);
	return err;
}

int pc_compile_pages(struct pc_compiler *c)
{
	int err = 0;

	for (uint32_t a = 0; a < c->image.automata.count && !err && !c->words.err; a++)
		err = put_automaton(c, a);
	return err;
}
