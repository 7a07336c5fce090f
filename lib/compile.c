/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the model to an image: the order of the steps, and what is wrong with the whole. */
#include "compile-internal.h"

#include <errno.h>

#include "diag-codes.h"

/* The header, and the row of no rule right behind it. */
static void put_header(struct pc_compiler *c)
{
	const struct pc_dfa_result *automata = &c->image.automata;

	pc_words_put(&c->words, NULL, PC_W_END);
	pc_compile_row(c, NULL, 0);
	pc_words_set(&c->words, PC_W_MAGIC, PC_IMAGE_MAGIC);
	pc_words_set(&c->words, PC_W_AUTOMATA, automata->count);
	for (uint32_t a = 0; a < automata->count; a++) {
		const struct pc_automaton_header *header =
			(const void *)automata->automata[a].cells;

		pc_words_set(&c->words, PC_W_START + a, header->start);
	}
}

static const struct pc_policy *largest_policy(const struct pc_compiler *c)
{
	const struct pc_policy *largest = NULL;
	uint32_t most = 0;

	for (uint32_t p = 0; p < c->set->count; p++) {
		uint32_t n = c->first_rule[p + 1] - c->first_rule[p];

		if (!largest || n > most) {
			largest = c->set->policies[p];
			most = n;
		}
	}
	return largest;
}

static int too_large(struct pc_compiler *c)
{
	const struct pc_policy *largest = largest_policy(c);

	pc_diag_add(c->diags, PC_ERROR, PC_CODE_TABLES_LARGE, largest ? &largest->loc : NULL,
		    "the tables of all policies together need more than %u MiB",
		    PC_TIER_BYTES(PC_TIERS - 1) >> 20);
	if (largest)
		pc_diag_hint(c->diags,
			     "\"%s\" has the most rules; rules with fewer exceptions "
			     "among each other need less room",
			     largest->name);
	return -EINVAL;
}

static int put_tables(struct pc_compiler *c)
{
	int err;

	put_header(c);
	pc_compile_policies(c);
	err = pc_compile_subjects(c);
	if (!err)
		err = pc_compile_pages(c);
	pc_words_set(&c->words, PC_W_WORDS, c->words.count);
	if (err)
		return err;
	return c->words.err == -E2BIG ? too_large(c) : c->words.err;
}

static int check_count(struct pc_compiler *c)
{
	if (c->set->count <= PC_COUNTER_ROWS)
		return 0;
	pc_diag_add(c->diags, PC_ERROR, PC_CODE_POLICIES_MANY,
		    &c->set->policies[PC_COUNTER_ROWS]->loc,
		    "there are %u policies; a revision holds at most %u", c->set->count,
		    PC_COUNTER_ROWS);
	return -EINVAL;
}

static int compile(struct pc_compiler *c)
{
	int err = check_count(c);

	if (!err)
		err = pc_compile_number(c);
	if (!err)
		err = pc_compile_globs(c);
	if (!err)
		err = put_tables(c);
	if (err)
		return err;
	/* Room is a power of two with zeroes behind: pc_image_tables relies on it. */
	c->image.table_words = c->words.count;
	c->image.tables = PC_TAKE_PTR(c->words.word);
	return 0;
}

int pc_compile_within(const struct pc_compile_input *input, const struct pc_dfa_limits *limits,
		      struct pc_image *ret_image, struct pc_diags *diags)
{
	struct pc_compiler c = {
		.input = input,
		.set = input->set,
		.diags = diags,
		.image.set = input->set,
	};
	int err;

	if (limits)
		c.limits = *limits;
	err = compile(&c);
	pc_words_free(&c.words);
	pc_arena_free(&c.scratch);
	if (err)
		pc_image_free(&c.image);
	else
		*ret_image = c.image;
	return err;
}

int pc_compile(const struct pc_compile_input *input, struct pc_image *ret_image,
	       struct pc_diags *diags)
{
	return pc_compile_within(input, NULL, ret_image, diags);
}
