/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Folders of texts: what is read, what masks what, what cannot be read. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "diag-codes.h"
#include "parse.h"

struct fixture {
	char root[64];
	char folders[2][80];
	const char *list[2];
	struct pc_texts texts;
	struct pc_diags diags;
};

static char *path_in(const char *folder, const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void put(const char *folder, const char *name, const char *text)
{
	FILE *out = fopen(path_in(folder, name), "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void make_folder(const char *folder, const char *name)
{
	assert_int_equal(mkdir(path_in(folder, name), 0755), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char root[] = "/tmp/pc-texts-XXXXXX";

	if (!f || !mkdtemp(root))
		return -1;
	memcpy(f->root, root, sizeof(root));
	chmod(root, 0755);
	for (int i = 0; i < 2; i++) {
		snprintf(f->folders[i], sizeof(f->folders[i]), "%s/%d", root, i);
		mkdir(f->folders[i], 0755);
		f->list[i] = f->folders[i];
	}
	*state = f;
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	int r = nftw(f->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	pc_texts_free(&f->texts);
	pc_diags_free(&f->diags);
	free(f);
	return r;
}

static int read_all(struct fixture *f)
{
	return pc_texts_read_folders(f->list, 2, &f->texts, &f->diags);
}

/* The names read, each with a space behind. */
static void names_are(const struct fixture *f, const char *expected)
{
	char names[512] = "";

	for (uint32_t i = 0; i < f->texts.count; i++) {
		strcat(names, f->texts.items[i].name);
		strcat(names, " ");
	}
	assert_string_equal(names, expected);
}

static void folders_that_do_not_exist_are_empty(void **state)
{
	struct fixture *f = *state;

	f->list[0] = "/nonexistent/policies";
	assert_int_equal(read_all(f), 0);
	assert_int_equal(f->texts.count, 0);
	assert_int_equal(f->diags.count, 0);
}

static void policies_dropins_and_includes_are_read_in_order_of_names(void **state)
{
	struct fixture *f = *state;

	put(f->folders[0], "b.yaml", "b");
	put(f->folders[1], "a.json", "a");
	make_folder(f->folders[1], "b.d");
	put(f->folders[1], "b.d/1.yaml", "drop-in");
	make_folder(f->folders[0], "include");
	make_folder(f->folders[0], "include/base");
	put(f->folders[0], "include/base/x.yaml", "include");
	assert_int_equal(read_all(f), 0);
	names_are(f, "a.json b.d/1.yaml b.yaml include/base/x.yaml ");
	assert_int_equal(f->texts.items[1].size, 7);
	assert_memory_equal(f->texts.items[1].bytes, "drop-in", 7);
	assert_string_equal(f->texts.items[2].file, path_in(f->folders[0], "b.yaml"));
	assert_int_equal(pc_text_kind_of(f->texts.items[0].name), PC_TEXT_POLICY);
	assert_int_equal(pc_text_kind_of(f->texts.items[1].name), PC_TEXT_DROPIN);
	assert_int_equal(pc_text_kind_of(f->texts.items[3].name), PC_TEXT_INCLUDE);
}

static void a_stronger_folder_masks_and_null_disables(void **state)
{
	struct fixture *f = *state;

	put(f->folders[0], "a.yaml", "weak");
	put(f->folders[1], "a.yaml", "strong");
	put(f->folders[0], "b.yaml", "weak");
	assert_int_equal(symlink("/dev/null", path_in(f->folders[1], "b.yaml")), 0);
	assert_int_equal(symlink("/dev/null", path_in(f->folders[0], "c.yaml")), 0);
	put(f->folders[1], "c.yaml", "strong");
	assert_int_equal(read_all(f), 0);
	names_are(f, "a.yaml c.yaml ");
	assert_memory_equal(f->texts.items[0].bytes, "strong", 6);
	assert_memory_equal(f->texts.items[1].bytes, "strong", 6);
}

static void other_files_are_left_alone(void **state)
{
	static const char *const others[] = {".hidden.yaml", "a.yaml~",	  "a.yaml.bak",
					     "#a.yaml#",     "README.md", "a.yaml.dpkg-new",
					     ".a.yaml.swp",  ".yaml",	  "yaml"};
	struct fixture *f = *state;

	for (size_t i = 0; i < PC_ARRAY_SIZE(others); i++)
		put(f->folders[0], others[i], "x");
	make_folder(f->folders[0], "examples");
	put(f->folders[0], "examples/x.yaml", "x");
	make_folder(f->folders[0], "b.d");
	make_folder(f->folders[0], "b.d/deeper.d");
	put(f->folders[0], "b.d/deeper.d/x.yaml", "x");
	make_folder(f->folders[0], "folder.yaml");
	assert_int_equal(read_all(f), 0);
	assert_int_equal(f->texts.count, 0);
	assert_int_equal(f->diags.count, 0);
}

static void a_near_miss_of_the_ending_is_told(void **state)
{
	struct fixture *f = *state;

	put(f->folders[0], "web.yml", "x");
	assert_int_equal(read_all(f), 0);
	assert_int_equal(f->diags.warnings, 1);
	assert_int_equal(f->diags.items[0].code, PC_CODE_FILE_NAME);
	assert_string_equal(f->diags.items[0].loc.file, path_in(f->folders[0], "web.yml"));
}

/* Reading fails with err, one diagnostic holds the text, and nothing is handed out. */
static void fails(struct fixture *f, int err, const char *text)
{
	f->texts.count = 77;
	assert_int_equal(read_all(f), err);
	assert_int_equal(f->texts.count, 77);
	f->texts.count = 0;
	assert_int_equal(f->diags.errors, 1);
	assert_int_equal(f->diags.items[0].code, PC_CODE_READ);
	assert_non_null(strstr(f->diags.items[0].message, text));
	assert_non_null(f->diags.items[0].loc.file);
}

static void a_dangling_link_is_an_error(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("nowhere", path_in(f->folders[0], "a.yaml")), 0);
	fails(f, -ENOENT, "No such file");
}

static void a_fifo_is_an_error_and_does_not_hang(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(path_in(f->folders[0], "a.yaml"), 0644), 0);
	fails(f, -EINVAL, "not a regular file");
}

static void a_folder_that_is_a_file_is_an_error(void **state)
{
	struct fixture *f = *state;

	put(f->root, "file", "x");
	f->list[1] = path_in(f->root, "file");
	fails(f, -ENOTDIR, "Not a directory");
}

static void an_unreadable_file_is_an_error_with_its_reason(void **state)
{
	struct fixture *f = *state;
	uid_t uid = geteuid();

	put(f->folders[0], "a.yaml", "x");
	put(f->folders[0], "b.yaml", "x");
	assert_int_equal(chmod(path_in(f->folders[0], "a.yaml"), 0), 0);
	if (uid == 0)
		assert_int_equal(seteuid(65534), 0);
	fails(f, -EACCES, "Permission denied");
	if (uid == 0)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(f->diags.items[0].loc.file, path_in(f->folders[0], "a.yaml"));
}

static void includes_nest_only_so_deep(void **state)
{
	struct fixture *f = *state;
	char name[256] = "include";

	make_folder(f->folders[0], name);
	for (int i = 0; i < 10; i++) {
		strcat(name, "/d");
		make_folder(f->folders[0], name);
	}
	fails(f, -ELOOP, "");
}

static void a_single_file_is_a_policy_whatever_its_folder(void **state)
{
	struct fixture *f = *state;
	char *path;

	make_folder(f->folders[0], "include");
	put(f->folders[0], "include/x", "text");
	path = path_in(f->folders[0], "include/x");
	assert_int_equal(pc_texts_read_file(path, &f->texts, &f->diags), 0);
	assert_int_equal(pc_texts_read_file(path, &f->texts, &f->diags), 0);
	names_are(f, "x x ");
	assert_string_equal(f->texts.items[0].file, path);
	assert_int_equal(pc_texts_read_file("/nonexistent/x.yaml", &f->texts, &f->diags), -ENOENT);
	assert_int_equal(pc_texts_read_file(f->root, &f->texts, &f->diags), -EISDIR);
	assert_int_equal(f->texts.count, 2);
	assert_int_equal(f->diags.errors, 2);
}

static void a_large_file_is_read_whole_and_a_huge_one_cut(void **state)
{
	struct fixture *f = *state;
	struct pc_policy_set set = {0};
	size_t limit = (size_t)16 << 20;
	char *path;

	put(f->folders[0], "a", "");
	path = path_in(f->folders[0], "a");
	assert_int_equal(truncate(path, 1000001), 0);
	assert_int_equal(pc_texts_read_file(path, &f->texts, &f->diags), 0);
	assert_int_equal(f->texts.items[0].size, 1000001);
	assert_int_equal(truncate(path, (off_t)limit * 4), 0);
	assert_int_equal(pc_texts_read_file(path, &f->texts, &f->diags), 0);
	assert_int_equal(f->texts.items[1].size, limit + 1);
	assert_int_equal(pc_parse(f->texts.items + 1, 1, &pc_host_live, &set, &f->diags), -EINVAL);
	assert_int_equal(f->diags.items[0].code, PC_CODE_TOO_LARGE);
}

static void standard_input_is_a_file(void **state)
{
	struct fixture *f = *state;
	int ends[2], saved = dup(STDIN_FILENO);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "hello", 5), 5);
	close(ends[1]);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	assert_int_equal(pc_texts_read_file("-", &f->texts, &f->diags), 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
	names_are(f, "<stdin> ");
	assert_int_equal(f->texts.items[0].size, 5);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(folders_that_do_not_exist_are_empty),
		TEST(policies_dropins_and_includes_are_read_in_order_of_names),
		TEST(a_stronger_folder_masks_and_null_disables),
		TEST(other_files_are_left_alone),
		TEST(a_near_miss_of_the_ending_is_told),
		TEST(a_dangling_link_is_an_error),
		TEST(a_fifo_is_an_error_and_does_not_hang),
		TEST(a_folder_that_is_a_file_is_an_error),
		TEST(an_unreadable_file_is_an_error_with_its_reason),
		TEST(includes_nest_only_so_deep),
		TEST(a_single_file_is_a_policy_whatever_its_folder),
		TEST(a_large_file_is_read_whole_and_a_huge_one_cut),
		TEST(standard_input_is_a_file),
	};

	return cmocka_run_group_tests_name("texts", tests, NULL, NULL);
}
