/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Diagnostics: their form, their order, what is counted and what is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "diag-codes.h"
#include "diag.h"

static void printed(const struct pc_diags *diags, bool colour, const char *expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	pc_diags_print(diags, out, colour, PC_NOTE);
	fclose(out);
	assert_string_equal(text, expected);
	free(text);
}

static void source(struct pc_diags *diags, const char *line)
{
	pc_diag_source(diags, line, strlen(line));
}

static void has_the_form_of_the_manual(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"50-web.yaml", 4, 7, 7};

	(void)state;
	pc_diag_add(&diags, PC_ERROR, PC_CODE_MODE, &loc, "unknown mode \"%s\"", "enfroce");
	pc_diag_hint(&diags, "did you mean \"%s\"?", "enforce");
	source(&diags, "mode: enfroce");
	printed(&diags, false,
		"50-web.yaml:4:7: error[PC0104]: unknown mode \"enfroce\"\n"
		"    4 | mode: enfroce\n"
		"      |       ^~~~~~~ did you mean \"enforce\"?\n");
	printed(&diags, true,
		"\033[1m50-web.yaml:4:7: \033[0m\033[31;1merror[PC0104]\033[0m: "
		"unknown mode \"enfroce\"\n"
		"    4 | mode: enfroce\n"
		"      |       \033[32;1m^~~~~~~ did you mean \"enforce\"?\033[0m\n");
	assert_true(pc_diags_failed(&diags));
	pc_diags_free(&diags);
	assert_false(pc_diags_failed(&diags));
}

static void says_what_it_can_without_a_place(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc file = {.file = "a.yaml"}, line = {"a.yaml", 12345, 0, 0};

	(void)state;
	pc_diag_add(&diags, PC_WARNING, 7, NULL, "no place");
	pc_diag_add(&diags, PC_ERROR, 8, &file, "only a file");
	pc_diag_hint(&diags, "a hint");
	pc_diag_add(&diags, PC_NOTE, 9, &line, "only a line");
	source(&diags, "the line");
	pc_diag_hint(&diags, "another");
	printed(&diags, false,
		"warning[PC0007]: no place\n"
		"a.yaml: error[PC0008]: only a file\n"
		"      = a hint\n"
		"a.yaml:12345: note[PC0009]: only a line\n"
		"12345 | the line\n"
		"      = another\n");
	assert_int_equal(diags.errors, 1);
	assert_int_equal(diags.warnings, 1);
	pc_diags_free(&diags);
}

static void comes_in_order_of_place_within_files_as_they_came(void **state)
{
	static const struct pc_loc locs[] = {
		{"z.yaml", 2, 5, 1}, {"a.yaml", 9, 1, 1}, {"z.yaml", 2, 1, 1},
		{"z.yaml", 1, 9, 1}, {"a.yaml", 0, 0, 0}, {"z.yaml", 2, 1, 1},
	};
	struct pc_diags diags = {0};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(locs); i++)
		pc_diag_add(&diags, PC_NOTE, 1000, &locs[i], "%zu", i);
	printed(&diags, false,
		"z.yaml:1:9: note[PC1000]: 3\nz.yaml:2:1: note[PC1000]: 2\n"
		"z.yaml:2:1: note[PC1000]: 5\nz.yaml:2:5: note[PC1000]: 0\n"
		"a.yaml: note[PC1000]: 4\na.yaml:9:1: note[PC1000]: 1\n");
	assert_false(pc_diags_failed(&diags));
	pc_diags_free(&diags);
}

static void shows_twenty_of_a_file_and_counts_the_rest(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"a.yaml", 1, 1, 1}, other = {"b.yaml", 1, 1, 1};

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		assert_non_null(pc_diag_add(&diags, PC_ERROR, 2, &loc, "x"));
	assert_int_equal(diags.count, 20);
	assert_null(pc_diag_add(&diags, PC_ERROR, 2, &loc, "x"));
	/* What is only counted takes no hint away from what is shown. */
	pc_diag_hint(&diags, "lost");
	source(&diags, "lost");
	assert_int_equal(diags.count, 21);
	assert_string_equal(diags.items[20].message, "1 more error in this file");
	assert_null(diags.items[19].hint);
	assert_null(diags.items[20].hint);
	assert_null(pc_diag_add(&diags, PC_ERROR, 2, &loc, "x"));
	assert_string_equal(diags.items[20].message, "2 more errors in this file");
	assert_int_equal(diags.count, 21);
	assert_int_equal(diags.errors, 22);
	assert_non_null(pc_diag_add(&diags, PC_WARNING, 2, &loc, "another severity"));
	assert_non_null(pc_diag_add(&diags, PC_ERROR, 2, &other, "another file"));
	assert_int_equal(diags.errors, 23);
	pc_diags_free(&diags);
}

static void cannot_trick_a_terminal(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"a\033[2J.yaml", 1, 9, 3};

	(void)state;
	pc_diag_add(&diags, PC_ERROR, 2, &loc, "bad\r\xc2\x9b\xff back\\slash");
	pc_diag_hint(&diags, "\a");
	source(&diags, "a\t\x01 \xe2\x80\xae"
		       "cd\xc3\xa9");
	printed(&diags, false,
		"a\\x1b[2J.yaml:1:9: error[PC0002]: bad\\x0d\\xc2\\x9b\\xff back\\slash\n"
		"    1 | a \\x01 \\xe2\\x80\\xae"
		"cd\xc3\xa9\n"
		"      |                     ^~ \\x07\n");
	pc_diags_free(&diags);
}

static void marks_characters_not_bytes(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"a", 1, 5, 4};

	(void)state;
	pc_diag_add(&diags, PC_ERROR, 2, &loc, "m");
	source(&diags, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x");
	printed(&diags, false,
		"a:1:5: error[PC0002]: m\n    1 | \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9x\n"
		"      |   ^~\n");
	pc_diags_free(&diags);
}

static void cuts_long_lines_around_the_place(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"a", 1, 1001, 5};
	char line[3001], *text = NULL, *marker;
	size_t size = 0;
	FILE *out;

	(void)state;
	memset(line, '.', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	memcpy(line + 1000, "WRONG", 5);
	pc_diag_add(&diags, PC_ERROR, 2, &loc, "m");
	source(&diags, line);
	assert_true(strlen(diags.items[0].source) <= 160);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	pc_diags_print(&diags, out, false, PC_NOTE);
	fclose(out);
	/* The marker stands below the word. */
	marker = strchr(text, '^');
	assert_non_null(marker);
	assert_int_equal(marker - strrchr(text, '|'), strstr(text, "WRONG") - strchr(text, '|'));
	assert_non_null(strstr(text, "^~~~~\n"));
	free(text);
	pc_diags_free(&diags);
}

static void survives_places_outside_the_line(void **state)
{
	struct pc_diags diags = {0};
	struct pc_loc loc = {"a", 1, 4000000000u, 4000000000u};

	(void)state;
	pc_diag_add(&diags, PC_ERROR, 2, &loc, "m");
	source(&diags, "short");
	pc_diag_add(&diags, PC_ERROR, 2, &loc, "m");
	source(&diags, "");
	printed(&diags, false,
		"a:1:4000000000: error[PC0002]: m\n    1 | short\n      |      ^\n"
		"a:1:4000000000: error[PC0002]: m\n    1 | \n      | ^\n");
	pc_diags_free(&diags);
}

static void codes_are_unique_and_ascend(void **state)
{
	static const uint32_t codes[] = {
#define PC_X(symbol, number, meaning) number,
		PC_CODES(PC_X)
#undef PC_X
	};

	(void)state;
	for (size_t i = 1; i < PC_ARRAY_SIZE(codes); i++)
		assert_true(codes[i] > codes[i - 1]);
	assert_true(codes[PC_ARRAY_SIZE(codes) - 1] < 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_form_of_the_manual),
		cmocka_unit_test(says_what_it_can_without_a_place),
		cmocka_unit_test(comes_in_order_of_place_within_files_as_they_came),
		cmocka_unit_test(shows_twenty_of_a_file_and_counts_the_rest),
		cmocka_unit_test(cannot_trick_a_terminal),
		cmocka_unit_test(marks_characters_not_bytes),
		cmocka_unit_test(cuts_long_lines_around_the_place),
		cmocka_unit_test(survives_places_outside_the_line),
		cmocka_unit_test(codes_are_unique_and_ascend),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
