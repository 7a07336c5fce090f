/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk that finds the names of files that have several. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "compile_world.h"
#include "links.h"

#define LATER (UINT64_MAX)
#define TOLD_MAX 16

/* A folder that stands for the root of a file system, mounted on "/". */
struct fixture {
	struct world w;
	char folder[32];
	struct {
		struct pc_link_key file;
		struct pc_linked names;
	} told[TOLD_MAX];
	uint32_t count;
};

static const char policy[] = SYSTEM("p") "file:\n"
					 "  deny: ['read /p/**', 'write /q/**', 'lock /r/**', "
					 "'append /s/**', 'chmod /t/**', 'chown /**/*.key']\n";

static const char narrow[] = SYSTEM("p") "file:\n"
					 "  deny: ['read /p/**', 'write /q/**']\n";

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/pc-links-XXXXXX");
	if (!mkdtemp(f->folder) || chdir(f->folder))
		return -1;
	for (const char *name = "pqrstf"; *name; name++)
		if (mkdir((char[]){*name, '\0'}, 0700))
			return -1;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	drop(&f->w);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (chdir("/") || system(command))
		return -1;
	free(f);
	return 0;
}

static void make(const char *name, const char *other)
{
	int fd = open(name, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
	if (other)
		assert_int_equal(link(name, other), 0);
}

static struct pc_class class_of(const struct fixture *f, const char *path)
{
	struct pc_class class;

	pc_image_class(&f->w.image, path, strlen(path), &class);
	return class;
}

static int take(void *to, const struct pc_link_key *file, const struct pc_linked *names)
{
	struct fixture *f = to;

	assert_true(f->count < TOLD_MAX);
	f->told[f->count].file = *file;
	f->told[f->count++].names = *names;
	return 0;
}

static int walk_from(struct fixture *f, const char *place, const char *prefix, uint64_t deadline)
{
	struct pc_links_walk walk = {.image = &f->w.image, .deadline = deadline};
	uint32_t state[PC_AUTOMATA];
	int fd = open(place, O_RDONLY | O_DIRECTORY), err;

	if (fd < 0)
		fd = open(place, O_PATH);
	pc_image_states(&f->w.image, prefix, strlen(prefix), state);
	f->count = 0;
	err = pc_links_walk(&walk, fd, 7, state) ?: pc_links_tell(&walk, take, f);
	pc_links_walk_free(&walk);
	return err;
}

static int walk(struct fixture *f)
{
	return walk_from(f, f->folder, "", LATER);
}

/* The only file told of is this one, and has just these classes. */
static void only_told(struct fixture *f, const char *name, uint32_t classes, ...)
{
	struct stat st;
	va_list args;

	assert_int_equal(f->count, 1);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(f->told[0].file.inode, st.st_ino);
	assert_int_equal(f->told[0].file.dev, 7);
	assert_int_equal(f->told[0].names.count, classes);
	va_start(args, classes);
	for (uint32_t i = 0; i < classes; i++) {
		struct pc_class class = class_of(f, va_arg(args, const char *));
		bool found = false;

		for (uint32_t k = 0; k < classes; k++)
			found |= !memcmp(&f->told[0].names.class[k], &class, sizeof(class));
		assert_true(found);
	}
	va_end(args);
}

static void a_name_out_of_reach_counts_as_one_that_no_pattern_matches(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("p/a", "f/a");
	assert_int_equal(walk(f), 0);
	only_told(f, "p/a", 2, "/p/a", "/f/a");
}

static void names_in_two_trees_are_both_told(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("p/a", "q/a");
	assert_int_equal(walk(f), 0);
	only_told(f, "p/a", 2, "/p/a", "/q/a");
}

static void three_names_of_two_classes_and_one_elsewhere(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("p/a", "q/a");
	assert_int_equal(link("p/a", "p/b") | link("p/a", "f/a"), 0);
	assert_int_equal(walk(f), 0);
	only_told(f, "p/a", 3, "/p/a", "/q/a", "/f/a");
}

static void names_of_one_class_need_not_be_told(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("p/a", "p/b");
	make("f/a", "f/b");
	make("p/alone", NULL);
	assert_int_equal(walk(f), 0);
	assert_int_equal(f->count, 0);
}

static void a_pattern_that_may_match_anywhere_is_walked_everywhere(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, policy);
	assert_int_equal(mkdir("f/below", 0700) | mkdir("f/below/more", 0700), 0);
	make("f/below/more/x.key", "f/x");
	assert_int_equal(walk(f), 0);
	only_told(f, "f/x", 2, "/f/below/more/x.key", "/f/x");
}

static void more_classes_than_there_is_room_for_are_unknown(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, policy);
	make("p/a", "q/a");
	assert_int_equal(link("p/a", "r/a") | link("p/a", "s/a") | link("p/a", "t/a"), 0);
	assert_int_equal(walk(f), 0);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->told[0].names.count, 1);
	assert_int_equal(f->told[0].names.class[0].of[0], PC_LINK_UNKNOWN);
}

static void symbolic_links_are_names_and_no_ways(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("f/a", "f/b");
	assert_int_equal(symlink("../f", "p/folder"), 0);
	assert_int_equal(link("p/folder", "f/link"), 0);
	assert_int_equal(walk(f), 0);
	assert_int_equal(f->count, 1);
	assert_int_equal(f->told[0].names.count, 2);
}

static void what_is_mounted_on_a_folder_is_not_below_it(void **state)
{
	struct fixture *f = *state;
	struct pc_class protected;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip();
	BUILD(&f->w, narrow);
	protected = class_of(f, "/p/a");
	make("f/a", "q/a");
	make("p/a", NULL);
	make("f/c", "q/c");
	assert_int_equal(mkdir("p/bound", 0700), 0);
	assert_int_equal(mount("f", "p/bound", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount("f/c", "p/a", NULL, MS_BIND, NULL), 0);
	assert_int_equal(walk(f), 0);
	umount("p/bound");
	umount("p/a");
	assert_int_equal(f->count, 2);
	for (uint32_t i = 0; i < 2; i++)
		for (uint32_t k = 0; k < f->told[i].names.count; k++)
			assert_memory_not_equal(&f->told[i].names.class[k], &protected,
						sizeof(protected));
}

static void a_walk_begins_behind_the_name_of_its_place(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("f/a", "f/b");
	assert_int_equal(link("f/a", "q/a"), 0);
	assert_int_equal(walk_from(f, "f", "/p", LATER), 0);
	only_told(f, "f/a", 2, "/p/a", "/elsewhere");
	assert_int_equal(walk_from(f, "f", "/nowhere", LATER), 0);
	assert_int_equal(f->count, 0);
	assert_int_equal(walk_from(f, "f/a", "/p/file", LATER), 0);
	only_told(f, "f/a", 2, "/p/file", "/elsewhere");
}

static void a_walk_ends_when_its_time_is_up(void **state)
{
	struct fixture *f = *state;

	BUILD(&f->w, narrow);
	make("p/a", "f/a");
	assert_int_equal(walk_from(f, f->folder, "", 1), -ETIME);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_out_of_reach_counts_as_one_that_no_pattern_matches),
		TEST(names_in_two_trees_are_both_told),
		TEST(three_names_of_two_classes_and_one_elsewhere),
		TEST(names_of_one_class_need_not_be_told),
		TEST(a_pattern_that_may_match_anywhere_is_walked_everywhere),
		TEST(more_classes_than_there_is_room_for_are_unknown),
		TEST(symbolic_links_are_names_and_no_ways),
		TEST(what_is_mounted_on_a_folder_is_not_below_it),
		TEST(a_walk_begins_behind_the_name_of_its_place),
		TEST(a_walk_ends_when_its_time_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
