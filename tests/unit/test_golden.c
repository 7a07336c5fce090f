/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every input below tests/golden/parse, and exactly what is said about it. bad/ and good/ hold
 * single files, sets/ folders of policies; NAME.out is what is expected. PC_GOLDEN_UPDATE=1 writes
 * the expectations anew: read the difference before it is committed.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "golden_dump.h"
#include "lint.h"

/* Diagnostics, then the model; whoever calls frees it. */
static char *run_texts(const struct pc_texts *texts, struct pc_diags *diags, bool *ret_valid)
{
	struct pc_policy_set set = {0};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*ret_valid = pc_parse(texts->items, texts->count, &fake_host, &set, diags) == 0;
	if (*ret_valid)
		assert_int_equal(pc_lint(&set, texts->items, texts->count,
					 PC_LINT_WARNINGS | PC_LINT_HINTS, diags),
				 0);
	else
		assert_null(set.policies);
	assert_int_equal(*ret_valid, !pc_diags_failed(diags));
	pc_diags_print(diags, out, false, PC_NOTE);
	dump_set(out, &set);
	fclose(out);
	pc_policy_set_free(&set);
	return text;
}

static char *run_file(const char *path, bool *ret_valid)
{
	static const char *const shared[] = {"shared"};
	struct pc_texts texts = {0};
	struct pc_diags diags = {0};
	char *text;

	assert_int_equal(pc_texts_read_folders(shared, 1, &texts, &diags), 0);
	assert_int_equal(pc_texts_read_file(path, &texts, &diags), 0);
	text = run_texts(&texts, &diags, ret_valid);
	pc_texts_free(&texts);
	pc_diags_free(&diags);
	return text;
}

/* A set's folders are NAME/1, NAME/2 ... or NAME itself. */
static char *run_set(const char *path, bool *ret_valid)
{
	char first[512], second[512];
	const char *folders[] = {first, second};
	struct pc_texts texts = {0};
	struct pc_diags diags = {0};
	struct stat status;
	char *text;

	snprintf(first, sizeof(first), "%s/1", path);
	snprintf(second, sizeof(second), "%s/2", path);
	if (stat(first, &status) < 0)
		snprintf(first, sizeof(first), "%s", path);
	assert_int_equal(pc_texts_read_folders(folders, 2, &texts, &diags), 0);
	text = run_texts(&texts, &diags, ret_valid);
	pc_texts_free(&texts);
	pc_diags_free(&diags);
	return text;
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!in)
		return strdup("");
	if (getdelim(&text, &size, '\0', in) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(in);
	return text;
}

static void expect(const char *path, const char *said)
{
	char expectation[600];
	char *expected;

	snprintf(expectation, sizeof(expectation), "%s.out", path);
	if (getenv("PC_GOLDEN_UPDATE")) {
		FILE *out = fopen(expectation, "we");

		assert_non_null(out);
		fputs(said, out);
		fclose(out);
		return;
	}
	expected = read_all(expectation);
	if (strcmp(said, expected) != 0)
		print_error("--- expected\n%s--- said\n%s", expected, said);
	assert_string_equal(said, expected);
	free(expected);
}

static void run_one(const char *path, char *(*run)(const char *, bool *), int valid)
{
	bool is_valid;
	char *said = run(path, &is_valid);

	expect(path, said);
	if (valid >= 0)
		assert_int_equal(is_valid, valid);
	free(said);
}

static void refused(void **state)
{
	run_one(*state, run_file, 0);
}

static void accepted(void **state)
{
	run_one(*state, run_file, 1);
}

static void together(void **state)
{
	run_one(*state, run_set, -1);
}

static bool is_input(const char *name)
{
	const char *end = strrchr(name, '.');

	return name[0] != '.' && (!end || strcmp(end, ".out") != 0);
}

static const struct {
	const char *name;
	CMUnitTestFunction run;
	int at_least; /* inputs: so that a folder that got lost is noticed */
} folders[] = {{"bad", refused, 90}, {"good", accepted, 10}, {"sets", together, 8}};

/* Adds a case for each input of a folder; outputs how many there are. */
static int add_cases(size_t folder, struct CMUnitTest **cases, size_t *count)
{
	struct dirent **names;
	int n = scandir(folders[folder].name, &names, NULL, alphasort), inputs = 0;

	for (int i = 0; i < n; i++) {
		char *path = NULL;

		if (is_input(names[i]->d_name) &&
		    asprintf(&path, "%s/%s", folders[folder].name, names[i]->d_name) > 0) {
			*cases = realloc(*cases, (*count + 1) * sizeof(**cases));
			(*cases)[(*count)++] =
				(struct CMUnitTest){path, folders[folder].run, NULL, NULL, path};
			inputs++;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return inputs;
}

int main(int argc, char **argv)
{
	const char *golden = argc > 1 ? argv[1] : "tests/golden/parse";
	struct CMUnitTest *cases = NULL;
	size_t count = 0;
	int failed;

	if (chdir(golden) < 0) {
		perror(golden);
		return 1;
	}
	for (size_t i = 0; i < PC_ARRAY_SIZE(folders); i++) {
		int inputs = add_cases(i, &cases, &count);

		if (inputs < folders[i].at_least) {
			fprintf(stderr, "%s/%s: %d inputs, expected at least %d\n", golden,
				folders[i].name, inputs, folders[i].at_least);
			return 1;
		}
	}
	failed = _cmocka_run_group_tests("golden", cases, count, NULL, NULL);
	for (size_t i = 0; i < count; i++)
		free(cases[i].initial_state);
	free(cases);
	return failed;
}
