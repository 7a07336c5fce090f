/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts that people write to policyctl and read from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "text.h"

static void durations_are_read_in_units(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} good[] = {{"90", 90},	    {"90s", 90},	 {"15m", 900},	    {"1h30m", 5400},
		    {"2d", 172800}, {"1d2h3m4s", 93784}, {"366d", 31622400}};
	static const char *const bad[] = {"",	  "0",	   "0m",   "m",
					  "1h30", "30m1h", "1m1m", "1.5h",
					  "-5m",  "5 m",   "367d", "99999999999999999999s",
					  "5x"};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(good); i++) {
		assert_int_equal(ctl_parse_duration(good[i].text, &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++)
		assert_true(ctl_parse_duration(bad[i], &seconds) < 0);
}

static void durations_are_written_in_two_units(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} cases[] = {{0, "0s"},
		     {59, "59s"},
		     {60, "1m"},
		     {61, "1m 1s"},
		     {3600, "1h"},
		     {5400, "1h 30m"},
		     {86400 * 3 + 60, "3d"},
		     {90000, "1d 1h"}};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
		ctl_format_duration(cases[i].seconds, buf);
		assert_string_equal(buf, cases[i].text);
	}
}

static void times_are_shown_in_the_zone_of_this_machine(void **state)
{
	char buf[32];

	(void)state;
	setenv("TZ", "CET-1", 1);
	tzset();
	ctl_format_time(UINT64_C(1732414501999999999), buf);
	assert_string_equal(buf, "2024-11-24 03:15:01");
	ctl_local_time("2024-11-24T02:15:01.999999999Z", buf);
	assert_string_equal(buf, "2024-11-24 03:15:01");
	ctl_local_time("", buf);
	assert_string_equal(buf, "-");
	ctl_format_time(0, buf);
	assert_string_equal(buf, "-");
}

static void numbers_are_decimal_from_one(void **state)
{
	uint64_t number;

	(void)state;
	assert_int_equal(ctl_parse_number("7", &number), 0);
	assert_int_equal(number, 7);
	assert_true(ctl_parse_number("0", &number) < 0);
	assert_true(ctl_parse_number("-1", &number) < 0);
	assert_true(ctl_parse_number(" 1", &number) < 0);
	assert_true(ctl_parse_number("1x", &number) < 0);
	assert_true(ctl_parse_number("18446744073709551616", &number) < 0);
}

static void slips_and_beginnings_are_recognised(void **state)
{
	(void)state;
	assert_true(ctl_is_near("lnit", "lint"));
	assert_true(ctl_is_near("statsu", "status"));
	assert_true(ctl_is_near("hist", "history"));
	assert_true(ctl_is_near("wbe", "web"));
	assert_false(ctl_is_near("x", "apply"));
	assert_false(ctl_is_near("enforce", "on"));
	assert_int_equal(ctl_distance("kitten", "sitting"), 3);
	assert_int_equal(ctl_distance("", "abc"), 3);
}

static void printable_keeps_escapes_and_hides_controls(void **state)
{
	struct pc_arena arena = {0};

	(void)state;
	assert_string_equal(ctl_printable(&arena, "read /a\\ b\\x1b"), "read /a\\ b\\x1b");
	assert_string_equal(ctl_printable(&arena, "a\033[31mb"), "a\\x1b[31mb");
	assert_string_equal(ctl_printable(&arena, "gr\xc3\xbc\xc3\x9f\x65 \xff"),
			    "gr\xc3\xbc\xc3\x9f\x65 \\xff");
	assert_string_equal(ctl_printable(&arena, ""), "");
	pc_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_in_units),
		cmocka_unit_test(durations_are_written_in_two_units),
		cmocka_unit_test(times_are_shown_in_the_zone_of_this_machine),
		cmocka_unit_test(numbers_are_decimal_from_one),
		cmocka_unit_test(slips_and_beginnings_are_recognised),
		cmocka_unit_test(printable_keeps_escapes_and_hides_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
