/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packed automata: they say what the reference says, are minimal, deterministic, within limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../fuzz/glob-cases.h"

struct built {
	struct pc_arena arena;
	struct case_globs globs;
	struct pc_dfa_result result;
};

/* Texts end with NULL; the tag of each is its index. */
static int build_texts(struct built *b, const struct pc_dfa_limits *limits,
		       const char *const *texts)
{
	struct pc_glob_error error;

	*b = (struct built){0};
	for (; texts[b->globs.n]; b->globs.n++) {
		struct pc_glob *glob;

		assert_int_equal(pc_glob_parse(&b->arena, texts[b->globs.n],
					       strlen(texts[b->globs.n]), NULL, &glob, &error),
				 0);
		b->globs.globs[b->globs.n] = glob;
		b->globs.tags[b->globs.n] = b->globs.n;
	}
	return case_build(&b->globs, limits, &b->result);
}

static void build_random(struct built *b, struct case_random *random)
{
	assert_int_equal(case_globs_random(random, &b->arena, &b->globs), 0);
	assert_int_equal(case_build(&b->globs, NULL, &b->result), 0);
}

static void drop(struct built *b)
{
	pc_dfa_result_free(&b->result);
	pc_arena_free(&b->arena);
}

static uint32_t tags_of(const struct built *b, const char *path)
{
	return case_packed_tags(&b->result, path, strlen(path));
}

static const struct pc_automaton_header *header_of(const struct pc_dfa_automaton *automaton)
{
	return (const void *)automaton->cells;
}

static struct pc_automaton view_of(const struct pc_dfa_automaton *automaton)
{
	return (struct pc_automaton){.cells = automaton->cells, .mask = UINT32_MAX};
}

/* --- Meaning --- */

static void classes_are_the_exact_sets_of_tags(void **state)
{
	static const char *const texts[] = {"/a/**", "/a/b", "/**/b", "/a/?", NULL};
	struct built b;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, texts), 0);
	assert_int_equal(b.result.count, 1);
	assert_int_equal(tags_of(&b, "/a/b"), 1 | 2 | 4 | 8);
	assert_int_equal(tags_of(&b, "/a/c"), 1 | 8);
	assert_int_equal(tags_of(&b, "/a/c/d"), 1);
	assert_int_equal(tags_of(&b, "/x/b"), 4);
	assert_int_equal(tags_of(&b, "/a/x/b"), 1 | 4);
	assert_int_equal(tags_of(&b, "/b"), 0);
	assert_int_equal(tags_of(&b, ""), 0);
	/* The sets {}, {0}, {2}, {0,2}, {0,3}, {0,1,2,3}. */
	assert_int_equal(b.result.automata[0].classes, 6);
	drop(&b);
}

static void class_zero_is_the_empty_set(void **state)
{
	static const char *const texts[] = {"/a", NULL};
	struct built b;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, texts), 0);
	assert_int_equal(b.result.automata[0].first_tag[0], 0);
	assert_int_equal(b.result.automata[0].first_tag[1], 0);
	assert_int_equal(b.result.automata[0].first_tag[2], 1);
	assert_int_equal(header_of(&b.result.automata[0])->classes, 2);
	drop(&b);
}

static void globs_with_one_tag_are_one_class(void **state)
{
	struct built b;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, (const char *const[]){"/a", "/a*", "/c", NULL}), 0);
	pc_dfa_result_free(&b.result);
	b.globs.tags[1] = b.globs.tags[2] = 0;
	assert_int_equal(case_build(&b.globs, NULL, &b.result), 0);
	assert_int_equal(b.result.automata[0].classes, 2);
	assert_int_equal(tags_of(&b, "/c"), 1);
	drop(&b);
}

static void no_globs_match_nothing(void **state)
{
	struct built b;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, (const char *const[]){NULL}), 0);
	assert_int_equal(b.result.count, 1);
	assert_int_equal(b.result.automata[0].classes, 1);
	assert_int_equal(header_of(&b.result.automata[0])->states, 1);
	assert_int_equal(tags_of(&b, "/a"), 0);
	assert_int_equal(tags_of(&b, ""), 0);
	drop(&b);
}

static void large_tags_are_kept(void **state)
{
	struct built b;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, (const char *const[]){"/a", "/*", NULL}), 0);
	pc_dfa_result_free(&b.result);
	b.globs.tags[0] = UINT32_MAX;
	b.globs.tags[1] = 0x80000000;
	assert_int_equal(case_build(&b.globs, NULL, &b.result), 0);
	assert_int_equal(b.result.automata[0].classes, 3);
	for (uint32_t c = 1; c < 3; c++) {
		const uint32_t *tags =
			b.result.automata[0].tags + b.result.automata[0].first_tag[c];

		assert_int_equal(tags[0], 0x80000000);
		if (b.result.automata[0].first_tag[c + 1] - b.result.automata[0].first_tag[c] == 2)
			assert_int_equal(tags[1], UINT32_MAX);
	}
	drop(&b);
}

static void packed_agrees_with_the_reference(void **state)
{
	struct case_random random = {.state = 20261124};
	uint32_t cases = 0, matched = 0;

	(void)state;
	while (cases < 200000) {
		struct built b = {0};

		build_random(&b, &random);
		for (int i = 0; i < 50; i++, cases++) {
			struct case_path path = case_path_for(&random, &b.globs);

			assert_true(case_agrees(&b.globs, &b.result, &path));
			matched += case_packed_tags(&b.result, path.bytes, path.n) != 0;
		}
		drop(&b);
	}
	/* The cases are worth something: both answers are common. */
	assert_in_range(matched, cases / 5, cases / 5 * 4);
}

/* --- Structure --- */

#define STATES_MAX 4096u

/* The states of a small automaton as a table: 256 targets and a class each. */
struct table {
	uint32_t index[STATES_MAX]; /* of the head cell */
	uint32_t target[STATES_MAX][256];
	uint32_t color[STATES_MAX];
	uint32_t n;
};

static uint32_t number_of(struct table *table, uint32_t index)
{
	uint32_t i = 0;

	while (i < table->n && table->index[i] != index)
		i++;
	assert_true(i < STATES_MAX);
	if (i == table->n)
		table->index[table->n++] = index;
	return i;
}

static void read_table(struct table *table, const struct pc_dfa_automaton *automaton)
{
	const struct pc_automaton view = view_of(automaton);

	table->n = 0;
	number_of(table, header_of(automaton)->start);
	for (uint32_t i = 0; i < table->n; i++) {
		for (uint32_t byte = 0; byte < 256; byte++)
			table->target[i][byte] = number_of(
				table, pc_automaton_step(&view, table->index[i], (uint8_t)byte));
		table->color[i] = pc_automaton_accepts(&view, table->index[i]);
	}
}

static bool look_alike(const struct table *table, uint32_t a, uint32_t b)
{
	if (table->color[a] != table->color[b])
		return false;
	for (uint32_t byte = 0; byte < 256; byte++) {
		if (table->color[table->target[a][byte]] != table->color[table->target[b][byte]])
			return false;
	}
	return true;
}

/* Moore's algorithm, as plain as can be: how many states are needed. */
static uint32_t states_needed(struct table *table)
{
	uint32_t before = 0, count = 0;

	do {
		uint32_t fresh[STATES_MAX];

		before = count;
		count = 0;
		for (uint32_t i = 0; i < table->n; i++) {
			uint32_t j = 0;

			while (j < i && !look_alike(table, i, j))
				j++;
			fresh[i] = j < i ? fresh[j] : count++;
		}
		memcpy(table->color, fresh, table->n * sizeof(*fresh));
	} while (count != before);
	return count;
}

static bool told_apart(const struct table *table, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < table->n; i++) {
		if (table->target[i][a] != table->target[i][b])
			return true;
	}
	return false;
}

/* A state's default is the most common target of its byte classes. */
static bool has_best_default(const struct table *table, uint32_t state,
			     const struct pc_dfa_automaton *automaton)
{
	const struct pc_automaton_header *header = header_of(automaton);
	uint32_t classes[STATES_MAX] = {0};
	bool seen[256] = {false};
	uint32_t other, most = 0;

	for (uint32_t byte = 0; byte < 256; byte++) {
		if (!seen[header->byte_class[byte]])
			classes[table->target[state][byte]]++;
		seen[header->byte_class[byte]] = true;
	}
	for (uint32_t i = 0; i < table->n; i++)
		most = classes[i] > most ? classes[i] : most;
	other = automaton->cells[table->index[state]].next;
	for (uint32_t i = 0; i < table->n; i++) {
		if (table->index[i] == other)
			return classes[i] == most;
	}
	return false;
}

static void automata_are_minimal(void **state)
{
	struct table *table = malloc(sizeof(*table));
	struct case_random random = {.state = 77};

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct built b = {0};
		const struct pc_automaton_header *header;

		build_random(&b, &random);
		header = header_of(&b.result.automata[0]);
		if (header->states > 400) {
			drop(&b);
			continue;
		}
		read_table(table, &b.result.automata[0]);
		/* The dead state is there even where no path leads to it. */
		assert_in_range(header->states, table->n, table->n + 1);
		for (uint32_t s = 0; s < table->n; s++)
			assert_true(has_best_default(table, s, &b.result.automata[0]));
		assert_int_equal(states_needed(table), table->n);
		for (uint32_t byte = 0; byte < 256; byte++)
			for (uint32_t other = byte + 1; other < 256; other++)
				assert_int_equal(header->byte_class[byte] !=
							 header->byte_class[other],
						 told_apart(table, byte, other));
		drop(&b);
	}
	free(table);
}

/* One head for each state, and each other cell in use belongs to a head in front of it. */
static void cells_are_what_the_header_describes(void **state)
{
	struct case_random random = {.state = 8};
	struct built b = {0};
	const struct pc_dfa_automaton *a = &b.result.automata[0];
	uint32_t heads = 0, last = 0;

	(void)state;
	build_random(&b, &random);
	for (uint32_t i = PC_AUTOMATON_HEADER; i < a->cell_count; i++) {
		uint32_t owner = a->cells[i].owner;

		if (owner & PC_HEAD) {
			assert_in_range(owner & ~PC_HEAD, 0, a->classes - 1);
			heads++;
			last = i;
		} else if (owner) {
			assert_true(a->cells[owner].owner & PC_HEAD);
			assert_in_range(i - owner, 1, 255);
		}
		if (owner)
			assert_true(a->cells[a->cells[i].next].owner & PC_HEAD);
	}
	assert_int_equal(heads, header_of(a)->states);
	assert_int_equal(a->cell_count, header_of(a)->cells);
	assert_int_equal(a->cell_count, last + PC_AUTOMATON_SLACK);
	drop(&b);
}

static void dead_state_is_real_and_stays_dead(void **state)
{
	struct built b;
	struct pc_automaton view;
	uint32_t dead;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, (const char *const[]){"/a", NULL}), 0);
	view = view_of(&b.result.automata[0]);
	dead = pc_automaton_run(&view, header_of(&b.result.automata[0])->start, "xy", 2);
	assert_int_equal(b.result.automata[0].cells[dead].owner, PC_HEAD);
	assert_int_equal(b.result.automata[0].cells[dead].next, dead);
	for (uint32_t byte = 0; byte < 256; byte++)
		assert_int_equal(pc_automaton_step(&view, dead, (uint8_t)byte), dead);
	drop(&b);
}

/* The blob is allocated to the cell: a sanitizer sees a step that looks behind it. */
static void no_step_looks_outside_the_blob(void **state)
{
	struct case_random random = {.state = 9};

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct built b = {0};
		const struct pc_dfa_automaton *a = &b.result.automata[0];
		struct pc_automaton view;

		build_random(&b, &random);
		view = view_of(a);
		for (uint32_t s = PC_AUTOMATON_HEADER; s < a->cell_count; s++) {
			if (!(a->cells[s].owner & PC_HEAD))
				continue;
			for (uint32_t byte = 0; byte < 256; byte++)
				assert_in_range(pc_automaton_step(&view, s, (uint8_t)byte),
						PC_AUTOMATON_HEADER, a->cell_count - 1);
		}
		drop(&b);
	}
}

static void equal_input_gives_equal_bytes(void **state)
{
	struct case_random random = {.state = 10};

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct built b = {0};
		struct pc_dfa_result again;
		const struct pc_dfa_automaton *a = &b.result.automata[0];

		build_random(&b, &random);
		assert_int_equal(case_build(&b.globs, NULL, &again), 0);
		assert_int_equal(a->cell_count, again.automata[0].cell_count);
		assert_memory_equal(a->cells, again.automata[0].cells,
				    a->cell_count * sizeof(*a->cells));
		assert_int_equal(a->classes, again.automata[0].classes);
		assert_memory_equal(a->first_tag, again.automata[0].first_tag,
				    (a->classes + 1) * sizeof(*a->first_tag));
		assert_memory_equal(a->tags, again.automata[0].tags,
				    a->first_tag[a->classes] * sizeof(*a->tags));
		pc_dfa_result_free(&again);
		drop(&b);
	}
}

/* --- Can these tests fail? --- */

/* Compares on all paths of up to seven bytes over an alphabet of four. */
static bool agrees_everywhere(const struct built *b)
{
	for (uint32_t n = 0; n <= 7; n++) {
		for (uint32_t number = 0; number < 1u << (2 * n); number++) {
			struct case_path path = {.n = n};

			for (uint32_t i = 0; i < n; i++)
				path.bytes[i] = (unsigned char)"/abc"[number >> (2 * i) & 3];
			if (!case_agrees(&b->globs, &b->result, &path))
				return false;
		}
	}
	return true;
}

static void every_corrupted_cell_is_noticed(void **state)
{
	struct built b;
	struct pc_dfa_automaton *a = &b.result.automata[0];
	uint32_t dead, corrupted = 0;
	struct pc_automaton view;

	(void)state;
	assert_int_equal(build_texts(&b, NULL, (const char *const[]){"/a*", "/[ab]/b", NULL}), 0);
	assert_true(agrees_everywhere(&b));
	view = view_of(a);
	dead = pc_automaton_run(&view, header_of(a)->start, "x", 1);
	for (uint32_t i = PC_AUTOMATON_HEADER; i < a->cell_count; i++) {
		struct pc_cell whole = a->cells[i];

		if (!whole.owner)
			continue;
		a->cells[i].next = whole.next == dead ? header_of(a)->start : dead;
		assert_false(agrees_everywhere(&b));
		a->cells[i] = whole;
		a->cells[i].owner ^= 1;
		assert_false(agrees_everywhere(&b));
		a->cells[i] = whole;
		corrupted++;
	}
	assert_true(corrupted > 10);
	assert_true(agrees_everywhere(&b));
	drop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_the_exact_sets_of_tags),
		cmocka_unit_test(class_zero_is_the_empty_set),
		cmocka_unit_test(globs_with_one_tag_are_one_class),
		cmocka_unit_test(no_globs_match_nothing),
		cmocka_unit_test(large_tags_are_kept),
		cmocka_unit_test(packed_agrees_with_the_reference),
		cmocka_unit_test(automata_are_minimal),
		cmocka_unit_test(cells_are_what_the_header_describes),
		cmocka_unit_test(dead_state_is_real_and_stays_dead),
		cmocka_unit_test(no_step_looks_outside_the_blob),
		cmocka_unit_test(equal_input_gives_equal_bytes),
		cmocka_unit_test(every_corrupted_cell_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
