/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The glob language: parsing, its errors, matching. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "../fuzz/glob-cases.h"

struct fixture {
	struct pc_arena arena;
	struct pc_glob_error error;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	pc_arena_free(&f->arena);
	free(f);
	return 0;
}

/* --- Variables for the tests: one, two, long, none --- */

static int lookup(void *context, const char *name, size_t length, struct pc_glob ***ret_values,
		  uint32_t *ret_n)
{
	static const struct {
		const char *name;
		const char *values[3];
	} table[] = {
		{"one", {"x*"}},
		{"two", {"y", "{v,w}z"}},
		{"stars", {"**"}},
		{"none", {NULL}},
	};
	struct fixture *f = context;

	if (length == 6 && !memcmp(name, "memory", 6))
		return -ENOMEM;
	for (size_t i = 0; i < PC_ARRAY_SIZE(table); i++) {
		uint32_t n = 0;

		if (strlen(table[i].name) != length || memcmp(table[i].name, name, length) != 0)
			continue;
		*ret_values = pc_arena_array(&f->arena, struct pc_glob *, 3);
		for (; n < 3 && table[i].values[n]; n++)
			assert_int_equal(pc_glob_parse(&f->arena, table[i].values[n],
						       strlen(table[i].values[n]), NULL,
						       &(*ret_values)[n], &f->error),
					 0);
		*ret_n = n;
		return 0;
	}
	return -ENOENT;
}

static struct pc_glob *parse(struct fixture *f, const char *text)
{
	const struct pc_glob_vars vars = {.lookup = lookup, .context = f};
	struct pc_glob *glob = NULL;

	if (pc_glob_parse(&f->arena, text, strlen(text), &vars, &glob, &f->error))
		fail_msg("%s: %s", text, f->error.message);
	return glob;
}

static bool matches(struct fixture *f, const char *text, const char *path)
{
	return pc_glob_match(parse(f, text), path, strlen(path));
}

static void assert_text(struct fixture *f, const char *text, const char *expected)
{
	assert_string_equal(pc_glob_text(&f->arena, parse(f, text)), expected);
}

/* --- Matching --- */

struct match_case {
	const char *text;
	const char *path;
	bool matches;
};

static void assert_matches(struct fixture *f, const struct match_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (matches(f, cases[i].text, cases[i].path) != cases[i].matches)
			fail_msg("%s %s %s", cases[i].text,
				 cases[i].matches ? "does not match" : "matches", cases[i].path);
	}
}

static void wildcards_match_what_the_language_says(void **state)
{
	static const struct match_case cases[] = {
		{"/a", "/a", true},	      {"/a", "/ab", false},
		{"/a", "/", false},	      {"/*", "/", true},
		{"/*", "/abc", true},	      {"/*", "/a/c", false},
		{"/?", "/a", true},	      {"/?", "/", false},
		{"/?", "//", false},	      {"/**", "/a/b/c", true},
		{"/**", "/", true},	      {"/dir/**", "/dir", false},
		{"/dir/**", "/dir/", true},   {"/dir/**", "/dir/a/b", true},
		{"/**/x", "/a/b/x", true},    {"/**/x", "/x", false},
		{"/a**b", "/a/c/b", true},    {"/a**b", "/ab", true},
		{"/a**b", "/a/c", false},     {"/*.so", "/x.so", true},
		{"/*.so", "/x.so.1", false},  {"/*.so", "/.so", true},
		{"/*a*a", "/aba", true},      {"/*a*a", "/a", false},
		{"/\\*", "/*", true},	      {"/\\*", "/a", false},
		{"/a\\ b", "/a b", true},     {"/a b", "/a b", true},
		{"/\\x41\\x2f", "/A/", true}, {"/a,b", "/a,b", true},
	};

	assert_matches(*state, cases, PC_ARRAY_SIZE(cases));
}

static void sets_match_one_byte_and_never_a_slash(void **state)
{
	static const struct match_case cases[] = {
		{"/[a-c]", "/b", true},	       {"/[a-c]", "/d", false},
		{"/[!a-c]", "/d", true},       {"/[!a-c]", "/b", false},
		{"/[!a-c]", "//", false},      {"/[!a-c]", "/", false},
		{"/[+-9]", "/.", true},	       {"/[+-9]", "//", false},
		{"/[a-]", "/-", true},	       {"/[-a]", "/-", true},
		{"/[a\\-c]", "/b", false},     {"/[a\\-c]", "/-", true},
		{"/[\\]]", "/]", true},	       {"/[a!]", "/!", true},
		{"/[\\!a]", "/!", true},       {"/[\\x80-\\xff]", "/\xc3", true},
		{"/[*?{}]", "/*", true},       {"/[*?{},]", "/,", true},
		{"/[*]", "/ab", false},	       {"/[\\^a]", "/^", true},
		{"/{[a,]x,[}]}", "/,x", true}, {"/{[a,]x,[}]}", "/}", true},
	};

	assert_matches(*state, cases, PC_ARRAY_SIZE(cases));
}

static void negated_set_never_matches_nul(void **state)
{
	struct fixture *f = *state;

	assert_false(pc_glob_match(parse(f, "[!a]"), "\0", 1));
	assert_true(pc_glob_match(parse(f, "?"), "\0", 1));
}

static void braces_match_each_alternative(void **state)
{
	static const struct match_case cases[] = {
		{"/{a,b}", "/a", true},
		{"/{a,b}", "/b", true},
		{"/{a,b}", "/c", false},
		{"/{a,b}", "/ab", false},
		{"/{,a}x", "/x", true},
		{"/{,a}x", "/ax", true},
		{"/{a,}x", "/x", true},
		{"/{a}", "/a", true},
		{"/{a,b{c,d{e,f}}}", "/bdf", true},
		{"/{a,b{c,d{e,f}}}", "/bd", false},
		{"/{a/b,c}/d", "/a/b/d", true},
		{"/{*,**}x", "/a/bx", true},
		{"/{a,b}{c,d}", "/bc", true},
		{"/{a\\,b,c}", "/a,b", true},
		{"/{\\},c}", "/}", true},
		{"/{,}", "/", true},
		{"/{a,b},c", "/b,c", true},
		{"/{a,b},c", "/b", false},
	};

	assert_matches(*state, cases, PC_ARRAY_SIZE(cases));
}

static void variables_stand_for_each_of_their_values(void **state)
{
	static const struct match_case cases[] = {
		{"/${one}", "/xyz", true},    {"/${one}", "/yz", false},
		{"/${two}/a", "/y/a", true},  {"/${two}/a", "/wz/a", true},
		{"/${two}/a", "/w/a", false}, {"/{${two},q}", "/q", true},
		{"/${stars}", "/a/b", true},  {"/\\${one}", "/${one}", false},
	};

	assert_matches(*state, cases, PC_ARRAY_SIZE(cases) - 1);
	/* The escaped dollar leaves a brace with one alternative. */
	assert_true(matches(*state, "/\\${one}", "/$one"));
}

static void variables_print_as_their_values(void **state)
{
	assert_text(*state, "/${one}/${two}", "/x*/{y,{v,w}z}");
	assert_text(*state, "/*${stars}", "/**");
	assert_text(*state, "/${stars}*", "/**");
}

static void paths_beyond_path_max_match_nothing(void **state)
{
	static char path[4097];
	struct fixture *f = *state;

	memset(path, 'a', sizeof(path));
	assert_true(pc_glob_match(parse(f, "**"), path, 4096));
	assert_false(pc_glob_match(parse(f, "**"), path, 4097));
}

/* --- Errors --- */

struct error_case {
	const char *text;
	size_t offset;
	size_t length;
	const char *says; /* part of the message */
};

static void assert_error(struct fixture *f, const char *text, size_t n, size_t offset,
			 size_t length, const char *says)
{
	const struct pc_glob_vars vars = {.lookup = lookup, .context = f};
	struct pc_glob *glob = (void *)1;

	if (pc_glob_parse(&f->arena, text, n, &vars, &glob, &f->error) != -EINVAL)
		fail_msg("%s: is accepted", text);
	if (!strstr(f->error.message, says))
		fail_msg("%s: says \"%s\", not \"%s\"", text, f->error.message, says);
	if (f->error.offset != offset || f->error.length != length)
		fail_msg("%s: points at %zu+%zu, not %zu+%zu", text, f->error.offset,
			 f->error.length, offset, length);
	/* Outputs are untouched on failure. */
	assert_ptr_equal(glob, (void *)1);
}

static void each_mistake_is_explained_where_it_is(void **state)
{
	static const struct error_case cases[] = {
		{"", 0, 0, "empty"},
		{"/{a,b", 1, 5 - 1, "brace is not closed"},
		{"/{a,{b}", 1, 6, "brace is not closed"},
		{"/a}", 2, 1, "no brace"},
		{"/{a}}", 4, 1, "no brace"},
		{"/a]", 2, 1, "no bracket"},
		{"/[abc", 1, 4, "set is not closed"},
		{"/[", 1, 1, "set is not closed"},
		{"/[]", 1, 2, "set is empty"},
		{"/[!]", 1, 3, "set is empty"},
		{"/[z-a]", 2, 3, "reversed"},
		{"/[a/b]", 3, 1, "cannot hold `/`"},
		{"/[a\\x2f]", 3, 4, "cannot hold `/`"},
		{"/[^a]", 2, 1, "negated with `!`"},
		{"/[[:alpha:]]", 2, 1, "character classes"},
		{"/[a[]", 3, 1, "bracket inside"},
		{"/[\xc3\xa4]", 2, 1, "single bytes"},
		{"/[!\\x01-\\xff]", 1, 12, "matches nothing"},
		{"/a\\", 2, 1, "backslash at the end"},
		{"/\\q", 1, 2, "special byte"},
		{"/\\x4", 1, 3, "two hexadecimal"},
		{"/\\xzz1", 1, 4, "two hexadecimal"},
		{"/\\x00", 1, 4, "NUL"},
		{"/[\\x00]", 2, 4, "NUL"},
		{"/***", 1, 3, "more than two stars"},
		{"/*****/a", 1, 5, "more than two stars"},
		{"/{}", 1, 2, "braces are empty"},
		{"/$a", 1, 1, "begins a variable"},
		{"/${a", 1, 3, "not closed"},
		{"/${}", 1, 3, "not a variable's name"},
		{"/${a b}", 1, 4, "not a variable's name"},
		{"/${what}/x", 1, 7, "unknown variable"},
		{"/${none}", 1, 7, "no values"},
		{"/{a,${what}}", 4, 7, "unknown variable"},
		{"{{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}}", 16, 1, "deeper than 16"},
	};

	for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++)
		assert_error(*state, cases[i].text, strlen(cases[i].text), cases[i].offset,
			     cases[i].length, cases[i].says);
	assert_error(*state, "/a\0b", 4, 2, 1, "NUL");
	assert_error(*state, "/[a\0]", 5, 3, 1, "NUL");
}

static void sixteen_levels_of_braces_are_allowed(void **state)
{
	assert_true(matches(*state, "{{{{{{{{{{{{{{{{a}}}}}}}}}}}}}}}}", "a"));
}

static void pattern_of_4096_bytes_is_the_longest(void **state)
{
	struct fixture *f = *state;
	static char text[4097];
	struct pc_glob *glob;

	memset(text, 'a', sizeof(text));
	assert_int_equal(pc_glob_parse(&f->arena, text, 4096, NULL, &glob, &f->error), 0);
	assert_true(pc_glob_match(glob, text, 4096));
	assert_error(f, text, 4097, 4096, 1, "longer than 4096");
}

static int lookup_wide(void *context, const char *name, size_t length, struct pc_glob ***ret_values,
		       uint32_t *ret_n)
{
	(void)name;
	(void)length;
	*ret_values = context;
	*ret_n = 1500;
	return 0;
}

static void nodes_of_variables_count_toward_the_limit(void **state)
{
	struct fixture *f = *state;
	struct pc_glob **values = pc_arena_array(&f->arena, struct pc_glob *, 1500);
	const struct pc_glob_vars vars = {.lookup = lookup_wide, .context = values};
	struct pc_glob *glob;

	for (int i = 0; i < 1500; i++)
		values[i] = parse(f, "a");
	assert_int_equal(pc_glob_parse(&f->arena, "/${v}${v}", 9, &vars, &glob, &f->error), 0);
	assert_int_equal(pc_glob_parse(&f->arena, "/${v}${v}${v}", 13, &vars, &glob, &f->error),
			 -EINVAL);
	assert_string_equal(f->error.message, "the pattern is too complex");
	assert_int_equal(f->error.offset, 9);
}

static void variables_are_an_error_where_there_are_none(void **state)
{
	struct fixture *f = *state;
	struct pc_glob *glob;

	assert_int_equal(pc_glob_parse(&f->arena, "/${a}", 5, NULL, &glob, &f->error), -EINVAL);
	assert_string_equal(f->error.message, "variables cannot be used here");
}

static void other_failures_of_a_lookup_come_through(void **state)
{
	struct fixture *f = *state;
	const struct pc_glob_vars vars = {.lookup = lookup, .context = f};
	struct pc_glob *glob;

	assert_int_equal(pc_glob_parse(&f->arena, "/${memory}", 10, &vars, &glob, &f->error),
			 -ENOMEM);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wildcards_match_what_the_language_says),
		TEST(sets_match_one_byte_and_never_a_slash),
		TEST(negated_set_never_matches_nul),
		TEST(braces_match_each_alternative),
		TEST(variables_stand_for_each_of_their_values),
		TEST(variables_print_as_their_values),
		TEST(paths_beyond_path_max_match_nothing),
		TEST(each_mistake_is_explained_where_it_is),
		TEST(sixteen_levels_of_braces_are_allowed),
		TEST(pattern_of_4096_bytes_is_the_longest),
		TEST(nodes_of_variables_count_toward_the_limit),
		TEST(variables_are_an_error_where_there_are_none),
		TEST(other_failures_of_a_lookup_come_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
