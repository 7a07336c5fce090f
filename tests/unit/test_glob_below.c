/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Directories: what a glob can match something below, and what it matches everything below. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/glob-cases.h"
#include "dfa.h"

static const char *const components[] = {"/a", "/b", "/ab", "/c"};

static const struct pc_glob *parse(struct pc_arena *arena, const char *text)
{
	struct pc_glob_error error;
	struct pc_glob *glob;

	assert_int_equal(pc_glob_parse(arena, text, strlen(text), NULL, &glob, &error), 0);
	return glob;
}

static bool below(struct pc_arena *arena, const char *text, const char *path)
{
	return pc_glob_match_below(parse(arena, text), path, strlen(path));
}

static void what_can_match_below_a_directory(void **state)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena of_test = {0};
	struct pc_arena *arena = &of_test;

	(void)state;
	assert_true(below(arena, "/srv/www/**", "/srv"));
	assert_true(below(arena, "/srv/www/**", "/srv/www"));
	assert_true(below(arena, "/srv/www/**", "/srv/www/a/b"));
	assert_false(below(arena, "/srv/www/**", "/srv/ww"));
	assert_false(below(arena, "/srv/www/**", "/srv/wwwx"));
	assert_true(below(arena, "/srv/*/key", "/srv/anything"));
	assert_false(below(arena, "/srv/*/key", "/srv/anything/key"));
	assert_false(below(arena, "/srv/key", "/srv/key"));
	assert_true(below(arena, "/{a/b,c}/d", "/a"));
	assert_true(below(arena, "/{a/b,c}/d", "/a/b"));
	assert_false(below(arena, "/{a/b,c}/d", "/b"));
	assert_true(below(arena, "/**/.git/**", "/any/where"));
	assert_true(below(arena, "/a**b", "/ax"));
	assert_false(below(arena, "/a?b/c", "/a/b"));
}

/* Every extension by a few components, tried. */
static bool extends(const struct pc_glob *glob, char *path, size_t n, int depth)
{
	for (size_t i = 0; i < PC_ARRAY_SIZE(components); i++) {
		size_t length = n + strlen(components[i]);

		strcpy(path + n, components[i]);
		if (pc_glob_match(glob, path, length) ||
		    (depth > 1 && extends(glob, path, length, depth - 1)))
			return true;
	}
	return false;
}

static void random_glob(struct case_random *random, char *text, size_t size)
{
	static const char *const parts[] = {"/a", "/b",	 "/ab",	   "/*",       "/a*",
					    "/?", "/*b", "/{a,b}", "/{a,b/a}", "/**/b"};
	uint32_t n = 1 + case_below(random, 3);

	text[0] = 0;
	for (uint32_t i = 0; i < n; i++)
		strncat(text, parts[case_below(random, PC_ARRAY_SIZE(parts))],
			size - strlen(text) - 1);
	if (!case_below(random, 3))
		strncat(text, "/**", size - strlen(text) - 1);
}

static void random_directory(struct case_random *random, char *path)
{
	uint32_t n = 1 + case_below(random, 3);

	*path = 0;
	for (uint32_t i = 0; i < n; i++)
		strcat(path, components[case_below(random, PC_ARRAY_SIZE(components))]);
}

/* The slow matcher against all there is to match, and the automaton against the slow matcher. */
static void the_automaton_marks_the_directories_above(void **state)
{
	struct case_random random = {UINT64_C(0x61626f7665)};
	PC_CLEANUP(pc_arena_free) struct pc_arena of_test = {0};
	struct pc_arena *arena = &of_test;
	char text[64], path[64], longer[64];

	(void)state;
	for (int i = 0; i < 400; i++) {
		PC_CLEANUP(pc_dfa_freep) struct pc_dfa *dfa = NULL;
		struct pc_dfa_result result;
		const struct pc_glob *glob;
		struct pc_automaton view;

		random_glob(&random, text, sizeof(text));
		glob = parse(arena, text);
		assert_int_equal(pc_dfa_new(NULL, &dfa), 0);
		assert_int_equal(pc_dfa_add_above(dfa, glob, 3, 5), 0);
		assert_int_equal(pc_dfa_build(dfa, &result), 0);
		view = (struct pc_automaton){.cells = result.automata[0].cells, .mask = UINT32_MAX};
		for (int j = 0; j < 40; j++) {
			const struct pc_dfa_automaton *a = &result.automata[0];
			bool expected, marked = false;
			uint32_t class, state_at;

			random_directory(&random, path);
			strcpy(longer, path);
			expected = extends(glob, longer, strlen(path), 5);
			assert_int_equal(pc_glob_match_below(glob, path, strlen(path)), expected);
			state_at = pc_automaton_run(
				&view,
				((const struct pc_automaton_header *)(const void *)a->cells)->start,
				path, strlen(path));
			class = pc_automaton_accepts(&view, state_at);
			for (uint32_t t = a->first_tag[class]; t < a->first_tag[class + 1]; t++)
				marked |= a->tags[t] == 5;
			if (marked != expected) {
				fprintf(stderr, "%s above %s: %d\n", path, text, marked);
				fail();
			}
		}
		pc_dfa_result_free(&result);
	}
}

static void a_pattern_of_all_below_names_its_directory(void **state)
{
	static const struct {
		const char *text, *directory; /* NULL: it is none */
	} cases[] = {
		{"/srv/**", "/srv"},	 {"/srv/{a,b}/**", "/srv/{a,b}"},
		{"/srv/*/**", "/srv/*"}, {"/srv/a**", NULL},
		{"/srv/*", NULL},	 {"/srv", NULL},
		{"/srv/**/x", NULL},	 {"/srv/{a,**}", NULL},
	};
	PC_CLEANUP(pc_arena_free) struct pc_arena of_test = {0};
	struct pc_arena *arena = &of_test;

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
		const struct pc_glob *directory = NULL;
		int r = pc_glob_directory(arena, parse(arena, cases[i].text), &directory);

		assert_int_equal(r, cases[i].directory != NULL);
		if (cases[i].directory)
			assert_string_equal(pc_glob_text(arena, directory), cases[i].directory);
	}
}

static void of_everything_below_the_root_no_directory_is_named(void **state)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena of_test = {0};
	struct pc_arena *arena = &of_test;
	const struct pc_glob *directory = NULL;

	(void)state;
	assert_int_equal(pc_glob_directory(arena, parse(arena, "/**"), &directory), 1);
	assert_null(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_match_below_a_directory),
		cmocka_unit_test(the_automaton_marks_the_directories_above),
		cmocka_unit_test(a_pattern_of_all_below_names_its_directory),
		cmocka_unit_test(of_everything_below_the_root_no_directory_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
