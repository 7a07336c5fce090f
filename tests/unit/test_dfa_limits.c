/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Automata at their limits: exact fits, splits over several, and who is to blame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../fuzz/glob-cases.h"

struct rules {
	struct pc_arena arena;
	struct pc_dfa *dfa;
	struct pc_dfa_result result;
	const struct pc_glob *globs[512];
	uint32_t n;
};

static void begin(struct rules *r, const struct pc_dfa_limits *limits)
{
	*r = (struct rules){0};
	assert_int_equal(pc_dfa_new(limits, &r->dfa), 0);
}

/* Tags count from 0. */
static void add(struct rules *r, const char *text)
{
	struct pc_glob_error error;
	struct pc_glob *glob;

	assert_int_equal(pc_glob_parse(&r->arena, text, strlen(text), NULL, &glob, &error), 0);
	assert_int_equal(pc_dfa_add(r->dfa, glob, r->n), 0);
	assert_true(r->n < PC_ARRAY_SIZE(r->globs));
	r->globs[r->n++] = glob;
}

static void add_many(struct rules *r, const char *before, const char *after, uint32_t n)
{
	char text[128];

	for (uint32_t i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s%03u%s", before, i, after);
		add(r, text);
	}
}

static void end(struct rules *r)
{
	pc_dfa_result_free(&r->result);
	pc_dfa_free(r->dfa);
	pc_arena_free(&r->arena);
}

static bool has_tag(const struct pc_dfa_result *result, const char *path, uint32_t tag)
{
	bool found = false;

	for (uint32_t i = 0; i < result->count; i++) {
		const struct pc_dfa_automaton *a = &result->automata[i];
		const struct pc_automaton view = {.cells = a->cells, .mask = UINT32_MAX};
		const struct pc_automaton_header *header = (const void *)a->cells;
		uint32_t state = pc_automaton_run(&view, header->start, path, strlen(path));
		uint32_t class = pc_automaton_accepts(&view, state);

		for (uint32_t t = a->first_tag[class]; t < a->first_tag[class + 1]; t++)
			found |= a->tags[t] == tag;
	}
	return found;
}

/* Do the automata, together, say about a path what the reference says for each rule? */
static void assert_agrees(const struct rules *r, const char *path)
{
	for (uint32_t tag = 0; tag < r->n; tag++)
		assert_int_equal(has_tag(&r->result, path, tag),
				 pc_glob_match(r->globs[tag], path, strlen(path)));
}

static uint32_t cells_of_one(const char *before, const char *after, uint32_t n)
{
	struct rules r;
	uint32_t cells;

	begin(&r, NULL);
	add_many(&r, before, after, n);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 1);
	cells = r.result.automata[0].cell_count;
	end(&r);
	return cells;
}

static void exact_fit_of_cells_is_one_automaton(void **state)
{
	struct pc_dfa_limits limits = {.cells = cells_of_one("/srv/app", "/data/**", 100)};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/srv/app", "/data/**", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 1);
	assert_int_equal(r.result.automata[0].cell_count, limits.cells);
	end(&r);
}

static void one_cell_less_is_two_automata(void **state)
{
	struct pc_dfa_limits limits = {.cells = cells_of_one("/srv/app", "/data/**", 100) - 1};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/srv/app", "/data/**", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_in_range(r.result.automata[i].cell_count, 1, limits.cells);
	assert_agrees(&r, "/srv/app000/data/x");
	assert_agrees(&r, "/srv/app049/data/x");
	assert_agrees(&r, "/srv/app050/data/x/y");
	assert_agrees(&r, "/srv/app099/data/x");
	assert_agrees(&r, "/srv/app100/data/x");
	end(&r);
}

static void exact_fit_of_classes_is_one_automaton(void **state)
{
	struct pc_dfa_limits limits = {.classes = 101};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/a", "", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 1);
	assert_int_equal(r.result.automata[0].classes, 101);
	end(&r);
}

static void one_class_less_is_two_automata(void **state)
{
	struct pc_dfa_limits limits = {.classes = 100};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/a", "", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(r.result.automata[i].classes, 51);
	assert_agrees(&r, "/a000");
	assert_agrees(&r, "/a099");
	end(&r);
}

static void four_automata_are_the_most(void **state)
{
	struct pc_dfa_limits limits = {.classes = 26};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/a", "", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 4);
	end(&r);

	limits.classes = 25;
	begin(&r, &limits);
	add_many(&r, "/a", "", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	assert_int_equal(r.result.count, 0);
	assert_int_equal(r.result.culprit_count, 100);
	end(&r);
}

static void wild_globs_are_kept_apart_from_many_tame_ones(void **state)
{
	struct pc_dfa_limits limits = {.cells = 1 << 13};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/srv/a", "/*.x", 200);
	add(&r, "/**b???????b");
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.count, 2);
	assert_agrees(&r, "/srv/a017/q.x");
	assert_agrees(&r, "/srv/a017/b234567b.x");
	assert_agrees(&r, "/srv/a017/b234567b");
	assert_agrees(&r, "/b234567b");
	end(&r);
}

static void wild_globs_are_dealt_out_where_they_multiply(void **state)
{
	struct pc_dfa_limits limits = {.cells = 1 << 13};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/t/*", "x*", 12);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_in_range(r.result.count, 2, 4);
	assert_agrees(&r, "/t/000x");
	assert_agrees(&r, "/t/a001x003x010xb");
	assert_agrees(&r, "/t/011x/");
	end(&r);
}

static void glob_too_large_by_itself_is_the_culprit(void **state)
{
	struct pc_dfa_limits limits = {.cells = 1 << 12};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/srv/a", "/*.x", 5);
	add(&r, "/**b?b");
	add(&r, "/**a????????????b");
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	assert_int_equal(r.result.count, 0);
	assert_int_equal(r.result.culprit_count, 1);
	assert_int_equal(r.result.culprits[0], 6);
	end(&r);
}

static void explosion_during_construction_is_bounded(void **state)
{
	struct rules r;

	(void)state;
	begin(&r, NULL);
	add(&r, "/etc/*");
	add(&r, "/**a??????????????????????????????b");
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	assert_int_equal(r.result.culprit_count, 1);
	assert_int_equal(r.result.culprits[0], 1);
	end(&r);
}

static void the_worst_culprit_comes_first(void **state)
{
	struct pc_dfa_limits limits = {.cells = 1 << 11};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/t/*", "x*", 40);
	add(&r, "/t/*a?b*");
	add(&r, "/t/*a????b*");
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	assert_int_equal(r.result.culprit_count, 42);
	assert_int_equal(r.result.culprits[0], 41);
	end(&r);
}

static void blamed_tags_are_named_once(void **state)
{
	struct pc_dfa_limits limits = {.classes = 2};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/a", "", 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(pc_dfa_add(r.dfa, r.globs[i], i + 100 * (i % 2)), 0);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	assert_int_equal(r.result.culprit_count, 12);
	end(&r);
}

static void limit_below_the_smallest_automaton_is_refused(void **state)
{
	struct pc_dfa_limits limits = {.cells = PC_AUTOMATON_HEADER + PC_AUTOMATON_SLACK};
	struct rules r;

	(void)state;
	begin(&r, &limits);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(r.result.automata[0].cell_count, limits.cells);
	end(&r);
	limits.cells--;
	begin(&r, &limits);
	add(&r, "/a");
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), -E2BIG);
	end(&r);
}

/* One class more than there are offsets in a row of cells. */
static void all_256_bytes_can_be_told_apart(void **state)
{
	unsigned char bytes[] = {'/', 0, 'x'};
	struct pc_automaton view;
	struct rules r;
	uint32_t start;

	(void)state;
	begin(&r, NULL);
	for (uint32_t i = 0; i < 256; i++) {
		bytes[1] = (unsigned char)i;
		assert_int_equal(pc_dfa_add(r.dfa, pc_glob_literal(&r.arena, bytes, 3), i), 0);
	}
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	view = (struct pc_automaton){.cells = r.result.automata[0].cells, .mask = UINT32_MAX};
	start = ((const struct pc_automaton_header *)(const void *)view.cells)->start;
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t class, before;

		bytes[1] = (unsigned char)i;
		before = pc_automaton_run(&view, start, bytes, 2);
		class = pc_automaton_accepts(&view, pc_automaton_step(&view, before, 'x'));
		assert_in_range(class, 1, 256);
		assert_int_equal(r.result.automata[0].tags[class - 1], i);
		class = pc_automaton_accepts(&view, pc_automaton_step(&view, before, 'y'));
		assert_int_equal(class, 0);
	}
	end(&r);
}

static void splits_are_deterministic(void **state)
{
	struct pc_dfa_limits limits = {.cells = 1 << 13};
	struct pc_dfa_result again;
	struct rules r;

	(void)state;
	begin(&r, &limits);
	add_many(&r, "/t/*", "x*", 12);
	add_many(&r, "/srv/a", "/*.x", 100);
	assert_int_equal(pc_dfa_build(r.dfa, &r.result), 0);
	assert_int_equal(pc_dfa_build(r.dfa, &again), 0);
	assert_int_equal(r.result.count, again.count);
	for (uint32_t i = 0; i < again.count; i++) {
		assert_int_equal(r.result.automata[i].cell_count, again.automata[i].cell_count);
		assert_memory_equal(r.result.automata[i].cells, again.automata[i].cells,
				    again.automata[i].cell_count * sizeof(struct pc_cell));
	}
	pc_dfa_result_free(&again);
	end(&r);
}

/* Random globs in automata so small that most sets must be split. */
static void split_automata_agree_with_the_reference(void **state)
{
	const struct pc_dfa_limits limits = {.cells = 400, .classes = 8};
	struct case_random random = {.state = 4};
	uint32_t split = 0, refused = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct pc_arena arena = {0};
		struct case_globs globs;
		struct pc_dfa_result result = {0};
		int err;

		assert_int_equal(case_globs_random(&random, &arena, &globs), 0);
		err = case_build(&globs, &limits, &result);
		assert_true(!err || err == -E2BIG);
		split += result.count > 1;
		refused += err != 0;
		for (int p = 0; p < 40 && !err; p++) {
			struct case_path path = case_path_for(&random, &globs);

			assert_true(case_agrees(&globs, &result, &path));
		}
		pc_dfa_result_free(&result);
		pc_arena_free(&arena);
	}
	assert_true(split > 150);
	assert_true(refused > 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_fit_of_cells_is_one_automaton),
		cmocka_unit_test(one_cell_less_is_two_automata),
		cmocka_unit_test(exact_fit_of_classes_is_one_automaton),
		cmocka_unit_test(one_class_less_is_two_automata),
		cmocka_unit_test(four_automata_are_the_most),
		cmocka_unit_test(wild_globs_are_kept_apart_from_many_tame_ones),
		cmocka_unit_test(wild_globs_are_dealt_out_where_they_multiply),
		cmocka_unit_test(glob_too_large_by_itself_is_the_culprit),
		cmocka_unit_test(explosion_during_construction_is_bounded),
		cmocka_unit_test(the_worst_culprit_comes_first),
		cmocka_unit_test(blamed_tags_are_named_once),
		cmocka_unit_test(limit_below_the_smallest_automaton_is_refused),
		cmocka_unit_test(all_256_bytes_can_be_told_apart),
		cmocka_unit_test(splits_are_deterministic),
		cmocka_unit_test(split_automata_agree_with_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
