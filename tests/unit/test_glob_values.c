/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Globs as values: printed, taken apart, put together, compared as languages. */
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

static struct pc_glob *parse(struct fixture *f, const char *text)
{
	struct pc_glob *glob = NULL;

	if (pc_glob_parse(&f->arena, text, strlen(text), NULL, &glob, &f->error))
		fail_msg("%s: %s", text, f->error.message);
	return glob;
}

static void assert_text(struct fixture *f, const char *text, const char *expected)
{
	assert_string_equal(pc_glob_text(&f->arena, parse(f, text)), expected);
}

/* --- Printing --- */

static void canonical_text_is_short_and_safe_in_yaml(void **state)
{
	struct fixture *f = *state;

	assert_text(f, "/a\\-b\\.c", "/a-b.c");
	assert_text(f, "/\\x41\\x20b", "/A\\ b");
	assert_text(f, "/a\\ #b", "/a\\x20#b");
	assert_text(f, "/a\\ ", "/a\\x20");
	assert_text(f, "/\\x01\\x7f", "/\\x01\\x7f");
	assert_text(f, "/m\xc3\xbcller", "/m\xc3\xbcller");
	assert_text(f, "/m\\xc3\\xbcller", "/m\xc3\xbcller");
	assert_text(f, "/m\xc3z\\xc2\\x85", "/m\\xc3z\\xc2\\x85");
	assert_text(f, "/\\*\\?\\[\\]\\{\\}\\,\\$\\\\", "/\\*\\?\\[\\]\\{\\}\\,\\$\\\\");
	assert_text(f, "/[cab]", "/[a-c]");
	assert_text(f, "/[ab]", "/[ab]");
	assert_text(f, "/[!\\x20]", "/[!\\x20]");
	assert_text(f, "/[.-0]", "/[.0]");
	assert_text(f, "/[\\x01-\\xff]", "/[\\x01-.0-\\xff]");
	assert_text(f, "/{a}", "/a");
	assert_text(f, "/{a,{b,c}d}", "/{a,{b,c}d}");
	assert_text(f, "/{,a}", "/{,a}");
	assert_text(f, "/*{*}", "/*");
}

static void every_byte_survives_printing(void **state)
{
	struct fixture *f = *state;

	for (unsigned int byte = 1; byte < 256; byte++) {
		unsigned char bytes[] = {'/', (unsigned char)byte, 'a'};
		struct pc_glob *literal = pc_glob_literal(&f->arena, bytes, 3);
		struct pc_glob *again = parse(f, pc_glob_text(&f->arena, literal));

		assert_true(pc_glob_is_literal(again));
		assert_int_equal(again->length, 3);
		assert_memory_equal(again->bytes, bytes, 3);
	}
}

static void printed_sets_have_the_same_members(void **state)
{
	struct case_random random = {.state = 11};
	struct fixture *f = *state;

	for (int i = 0; i < 500; i++) {
		uint64_t set[4] = {0};
		struct pc_glob node = {.kind = PC_GLOB_SET, .set = set};
		uint32_t members = 1 + case_below(&random, 254);

		while (members--) {
			uint32_t byte = 1 + case_below(&random, 255);

			set[byte / 64] |= byte == '/' ? 0 : UINT64_C(1) << (byte % 64);
		}
		set[1] |= 2;
		assert_memory_equal(parse(f, pc_glob_text(&f->arena, &node))->set, set,
				    sizeof(set));
	}
}

static void assert_equal_globs(const struct pc_glob *a, const struct pc_glob *b)
{
	for (; a && b; a = a->next, b = b->next) {
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->length, b->length);
		if (a->kind == PC_GLOB_LITERAL)
			assert_memory_equal(a->bytes, b->bytes, a->length);
		if (a->kind == PC_GLOB_SET)
			assert_memory_equal(a->set, b->set, 4 * sizeof(*a->set));
		for (uint32_t i = 0; a->kind == PC_GLOB_ALT && i < a->length; i++)
			assert_equal_globs(a->branches[i], b->branches[i]);
	}
	assert_true(!a && !b);
}

static void text_parses_back_to_an_equal_glob(void **state)
{
	struct case_random random = {.state = 5};
	struct fixture *f = *state;
	int parsed = 0;

	for (int i = 0; i < 20000; i++) {
		struct case_text text = {.n = 0};
		struct pc_glob *glob;
		char *printed;

		case_glob(&random, &text, 0);
		if (pc_glob_parse(&f->arena, text.bytes, text.n, NULL, &glob, &f->error))
			continue;
		parsed++;
		printed = pc_glob_text(&f->arena, glob);
		assert_equal_globs(glob, parse(f, printed));
	}
	assert_true(parsed > 10000);
}

/* --- Taking apart and putting together --- */

static void prefix_ends_at_the_first_wildcard(void **state)
{
	struct fixture *f = *state;
	char buf[16];

	assert_int_equal(pc_glob_prefix(parse(f, "/usr/l*b"), buf, sizeof(buf)), 6);
	assert_memory_equal(buf, "/usr/l", 6);
	assert_int_equal(pc_glob_prefix(parse(f, "/usr/l*b"), buf, 3), 3);
	assert_int_equal(pc_glob_prefix(parse(f, "**"), buf, sizeof(buf)), 0);
	assert_int_equal(pc_glob_prefix(parse(f, "{/a,/b}"), buf, sizeof(buf)), 0);
	assert_int_equal(pc_glob_prefix(parse(f, "/abc"), buf, sizeof(buf)), 4);
}

static void dropping_shortens_the_prefix_only(void **state)
{
	struct fixture *f = *state;
	struct pc_glob *glob = parse(f, "/usr/*");
	struct pc_glob *literal = parse(f, "/usr");

	assert_string_equal(pc_glob_text(&f->arena, pc_glob_drop(&f->arena, glob, 4)), "/*");
	assert_string_equal(pc_glob_text(&f->arena, pc_glob_drop(&f->arena, glob, 5)), "*");
	assert_string_equal(pc_glob_text(&f->arena, pc_glob_drop(&f->arena, glob, 0)), "/usr/*");
	assert_string_equal(pc_glob_text(&f->arena, glob), "/usr/*");
	literal = pc_glob_drop(&f->arena, literal, 4);
	assert_non_null(literal);
	assert_true(pc_glob_match(literal, "", 0));
	assert_false(pc_glob_match(literal, "a", 1));
}

static void concatenation_merges_at_the_seam(void **state)
{
	struct fixture *f = *state;
	struct pc_glob *a = parse(f, "/a*"), *b = parse(f, "**b"), *c = parse(f, "c");
	struct pc_glob *empty = pc_glob_literal(&f->arena, "", 0);

	assert_string_equal(pc_glob_text(&f->arena, pc_glob_concat(&f->arena, a, b)), "/a**b");
	assert_string_equal(pc_glob_text(&f->arena, a), "/a*");
	assert_int_equal(pc_glob_concat(&f->arena, c, c)->length, 2);
	assert_null(pc_glob_concat(&f->arena, c, c)->next);
	assert_true(pc_glob_match(pc_glob_concat(&f->arena, empty, empty), "", 0));
	assert_string_equal(pc_glob_text(&f->arena, pc_glob_concat(&f->arena, empty, c)), "c");
}

static void only_literals_name_one_path(void **state)
{
	struct fixture *f = *state;

	assert_true(pc_glob_is_literal(parse(f, "/a\\*b")));
	assert_true(pc_glob_is_literal(parse(f, "/{a}b")));
	assert_false(pc_glob_is_literal(parse(f, "/a?")));
	assert_false(pc_glob_is_literal(parse(f, "/{a,b}")));
}

/* --- Subset --- */

static int subset(struct fixture *f, const char *a, const char *b)
{
	const struct pc_glob *x = parse(f, a), *y = parse(f, b);

	return pc_glob_subset(&x, 1, &y, 1);
}

static void subset_knows_contained_languages(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(subset(f, "/a/b", "/a/*"), 1);
	assert_int_equal(subset(f, "/a/*", "/a/b"), 0);
	assert_int_equal(subset(f, "/a/*", "/a/**"), 1);
	assert_int_equal(subset(f, "/a/**", "/a/*"), 0);
	assert_int_equal(subset(f, "/**/x", "/**x"), 1);
	assert_int_equal(subset(f, "/[a-c]", "/?"), 1);
	assert_int_equal(subset(f, "/?", "/[!z]"), 0);
	assert_int_equal(subset(f, "/{a,b}/c", "/[ab]/c"), 1);
	assert_int_equal(subset(f, "/*a*", "/*"), 1);
	assert_int_equal(subset(f, "/a", "/a"), 1);
}

static void subset_considers_all_of_both_sides(void **state)
{
	struct fixture *f = *state;
	const struct pc_glob *both[] = {parse(f, "/a*"), parse(f, "/b*")};
	const struct pc_glob *set = parse(f, "/[ab]*");

	assert_int_equal(pc_glob_subset(&set, 1, both, 2), 1);
	assert_int_equal(pc_glob_subset(&set, 1, both, 1), 0);
	assert_int_equal(pc_glob_subset(both, 2, &set, 1), 1);
	assert_int_equal(pc_glob_subset(both, 2, both, 1), 0);
	assert_int_equal(pc_glob_subset(NULL, 0, both, 1), 1);
	assert_int_equal(pc_glob_subset(both, 1, NULL, 0), 0);
}

static void subset_looks_only_where_the_first_side_leads(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(subset(f, "/etc/x", "{/etc/*,/srv/**a????????????????????????????}"), 1);
	assert_int_equal(subset(f, "/etc/x/", "{/etc/*,/srv/**a????????????????????????????}"), 0);
}

static void subset_gives_up_on_too_much_work(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(subset(f, "**a????????????????????????",
				"{**a????????????????????????,**b???????????????????????a}"),
			 -E2BIG);
}

/* A subset must hold for every sampled path, and a path in a but not in b disproves it. */
static void subset_agrees_with_sampled_paths(void **state)
{
	struct case_random random = {.state = 3};
	int yes = 0, no = 0;

	for (int i = 0; i < 3000; i++) {
		struct pc_arena arena = {0};
		struct case_globs globs;
		int answer;

		(void)state;
		do {
			case_globs_random(&random, &arena, &globs);
		} while (globs.n < 2);
		answer = pc_glob_subset(globs.globs, 1, globs.globs + 1, globs.n - 1);
		assert_true(answer == 0 || answer == 1);
		yes += answer;
		for (int p = 0; p < 20 && answer; p++) {
			struct case_path path = {.n = 0};
			bool in_b = false;

			case_path_from(&random, &path, globs.globs[0]);
			for (uint32_t g = 1; g < globs.n; g++)
				in_b |= pc_glob_match(globs.globs[g], path.bytes, path.n);
			assert_true(in_b || !pc_glob_match(globs.globs[0], path.bytes, path.n));
		}
		no += !answer;
		pc_arena_free(&arena);
	}
	assert_true(yes > 300 && no > 300);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(canonical_text_is_short_and_safe_in_yaml),
		TEST(every_byte_survives_printing),
		TEST(printed_sets_have_the_same_members),
		TEST(text_parses_back_to_an_equal_glob),
		TEST(prefix_ends_at_the_first_wildcard),
		TEST(dropping_shortens_the_prefix_only),
		TEST(concatenation_merges_at_the_seam),
		TEST(only_literals_name_one_path),
		TEST(subset_knows_contained_languages),
		TEST(subset_considers_all_of_both_sides),
		TEST(subset_looks_only_where_the_first_side_leads),
		TEST(subset_gives_up_on_too_much_work),
		TEST(subset_agrees_with_sampled_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
