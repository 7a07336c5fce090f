/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line, the way out at boot, and the table of failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "boot.h"
#include "failure.h"
#include "log.h"
#include "options.h"

static void the_way_out_is_a_word_of_its_own(void **state)
{
	(void)state;
	assert_true(pc_switched_off("portcullis=off"));
	assert_true(pc_switched_off("quiet portcullis=off ro\n"));
	assert_true(pc_switched_off("quiet portcullis=off\n"));
	assert_true(pc_switched_off("xportcullis=off portcullis=off"));
	assert_false(pc_switched_off("quiet ro\n"));
	assert_false(pc_switched_off("xportcullis=off"));
	assert_false(pc_switched_off("portcullis=offer"));
	assert_false(pc_switched_off("portcullis=on"));
	assert_false(pc_switched_off(""));
}

/* What main() gets may be written to. */
#define ARG(text) ((char[]){text})

static void options_are_taken(void **state)
{
	char *argv[] = {ARG("enforcerd"), ARG("--store"), ARG("/a"), ARG("--events="),
			ARG("--unload"),  ARG("-v"),	  NULL};
	struct pc_options options;

	(void)state;
	assert_int_equal(pc_options_parse(6, argv, &options), 0);
	assert_string_equal(options.daemon.store, "/a");
	assert_string_equal(options.daemon.events, "");
	assert_string_equal(options.daemon.pin_dir, PC_PIN_DIR);
	assert_int_equal(options.job, PC_JOB_UNLOAD);
	assert_true(options.verbose);
	assert_false(options.daemon.no_cache);
}

static void caches_can_be_left_out(void **state)
{
	char *argv[] = {ARG("enforcerd"), ARG("--no-cache"), NULL};
	struct pc_options options;

	(void)state;
	assert_int_equal(pc_options_parse(2, argv, &options), 0);
	assert_true(options.daemon.no_cache);
	assert_int_equal(options.job, PC_JOB_RUN);
}

static void what_is_too_much_is_refused(void **state)
{
	char *extra[] = {ARG("enforcerd"), ARG("start"), NULL};
	char *missing[] = {ARG("enforcerd"), ARG("--store"), NULL};
	struct pc_options options = {.job = PC_JOB_HELP};

	(void)state;
	assert_true(pc_options_parse(2, extra, &options) < 0);
	assert_true(pc_options_parse(2, missing, &options) < 0);
	assert_int_equal(options.job, PC_JOB_HELP);
}

static void failures_last_until_they_are_mended(void **state)
{
	struct pc_problems *problems = calloc(1, sizeof(*problems));

	(void)state;
	assert_int_equal(pc_failed(problems, PC_FAILURE_ROOTS, "%s", "full"), PC_ACTION_RETRY);
	assert_int_equal(pc_failed(problems, PC_FAILURE_ROOTS, "%s", "full"), PC_ACTION_RETRY);
	assert_int_equal(problems->count[PC_FAILURE_ROOTS], 2);
	assert_non_null(strstr(problems->text[PC_FAILURE_ROOTS], "full"));
	pc_mended(problems, PC_FAILURE_ROOTS);
	assert_string_equal(problems->text[PC_FAILURE_ROOTS], "");
	assert_int_equal(pc_failed(problems, PC_FAILURE_CLIENT, "no"), PC_ACTION_COUNT);
	assert_string_equal(problems->text[PC_FAILURE_CLIENT], "");
	free(problems);
}

/* A daemon that ends must say so to whoever started it. */
static void what_ends_the_daemon_ends_it_with_a_status(void **state)
{
	static const struct {
		enum pc_action action;
		int status;
	} table[] = {
#define PC_X(symbol, action, priority, status, what) {PC_ACTION_##action, status},
		PC_FAILURES(PC_X)
#undef PC_X
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(table); i++)
		assert_true((table[i].action == PC_ACTION_EXIT) == (table[i].status != 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_way_out_is_a_word_of_its_own),
		cmocka_unit_test(options_are_taken),
		cmocka_unit_test(caches_can_be_left_out),
		cmocka_unit_test(what_is_too_much_is_refused),
		cmocka_unit_test(failures_last_until_they_are_mended),
		cmocka_unit_test(what_ends_the_daemon_ends_it_with_a_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
