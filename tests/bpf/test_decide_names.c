/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From components to classes in this kernel: lengths, depths, roots, tiers, paths of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide_world.h"

static void setup(struct kernel *k, struct world *w, const char *text)
{
	const char *texts[] = {text, NULL};

	if (world_build(w, texts, NULL)) {
		pc_diags_print(&w->diags, stderr, false, PC_NOTE);
		fail_msg("the policy does not compile");
	}
	kernel_load(k, w);
}

static uint32_t class_here(const struct world *w, const char *path)
{
	struct pc_class class;

	pc_image_class(&w->image, path, strlen(path), &class);
	return class.of[0];
}

static uint32_t class_in_kernel(struct kernel *k, const char *path)
{
	return kernel_name(k, path, strlen(path), false).class.of[0];
}

/* A component of n bytes below /d is exactly what its rule says, and nothing one byte off. */
static void components_of_every_length_are_read_to_the_byte(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	char name[PC_COMPONENT_MAX + 1], text[512], path[PC_COMPONENT_MAX + 16];
	static const uint32_t lengths[] = {1,  2,  6,  7,  8,  9,  14,	15,  16,  17,  22, 23,
					   24, 25, 31, 32, 33, 63, 127, 247, 248, 254, 255};
	struct world w;

	for (size_t i = 0; i < PC_ARRAY_SIZE(lengths); i++) {
		uint32_t n = lengths[i];

		memset(name, 'a', n); /* the rubbish behind a component is of the same letter */
		name[n] = 0;
		snprintf(text, sizeof(text), SYSTEM("p") "file:\n  deny:\n    - read /d/%s/e\n",
			 name);
		setup(k, &w, text);
		snprintf(path, sizeof(path), "/d/%s/e", name);
		assert_int_not_equal(class_here(&w, path), 0);
		assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
		if (n > 1) {
			snprintf(path, sizeof(path), "/d/%s/e", name + 1);
			assert_int_equal(class_in_kernel(k, path), 0);
		}
		if (n < PC_COMPONENT_MAX) {
			snprintf(path, sizeof(path), "/d/%sa/e", name);
			assert_int_equal(class_in_kernel(k, path), 0);
		}
		name[n - 1] = 'b';
		snprintf(path, sizeof(path), "/d/%s/e", name);
		assert_int_equal(class_in_kernel(k, path), 0);
		world_free(&w);
	}
}

/* The last component, too, ends where its length says. */
static void a_last_component_ends_at_its_length(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	char path[PC_COMPONENT_MAX + 2] = "/";
	struct world w;

	setup(k, &w,
	      SYSTEM("p") "file:\n  deny:\n    - read /aaaaaaa\n    - write /*\n"
			  "    - lock /aaaaaaaaaaaaaaa*\n    - ioctl /*b\n");
	for (uint32_t n = 1; n <= PC_COMPONENT_MAX; n++) {
		memset(path + 1, 'a', n);
		path[n + 1] = 0;
		assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
		path[n] = 'b';
		assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
	}
	world_free(&w);
}

/* bytes: of each component. */
static void deep_path(char *path, uint32_t depth, uint32_t bytes)
{
	for (uint32_t i = 0; i < depth; i++) {
		*path++ = '/';
		memset(path, 'a' + (int)(i % 3), bytes);
		path += bytes;
	}
	*path = 0;
}

static void names_of_up_to_64_components_are_run_whole(void **state)
{
	static char path[PC_DEPTH_MAX * (PC_COMPONENT_MAX + 1) + 1];
	static const uint32_t sizes[] = {1, 7, 8, 23, 24, 25, PC_COMPONENT_MAX};
	struct kernel *k = kernel_or_skip(state);
	struct world w;

	setup(k, &w,
	      SYSTEM("p") "file:\n  deny:\n    - read /*/*\n    - write /**/c*\n"
			  "    - lock /a*/**/b*/c*/a*\n");
	for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++)
		for (uint32_t depth = 1; depth <= PC_DEPTH_MAX; depth++) {
			deep_path(path, depth, sizes[i]);
			assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
		}
	assert_int_not_equal(class_in_kernel(k, path), 0);
	world_free(&w);
}

static void cgroup_names_begin_behind_their_own_byte(void **state)
{
	static const char *const names[] = {"/", "/s.slice", "/s.slice/x.service", "/t.slice"};
	struct kernel *k = kernel_or_skip(state);
	struct pc_class class;
	struct world w;

	setup(k, &w,
	      HEAD("p") "subject:\n  - cgroup: /s.slice\n  - cgroup: /t.slice/*/x\n"
			"file:\n  deny:\n    - read /s.slice/x/**\n    - read /t.slice\n");
	for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
		pc_image_cgroup_class(&w.image, names[i], strlen(names[i]), &class);
		assert_int_equal(kernel_name(k, names[i], strlen(names[i]), true).class.of[0],
				 class.of[0]);
	}
	/* A file of the same name is another thing. */
	assert_int_not_equal(kernel_name(k, "/s.slice", 8, true).class.of[0], 0);
	class = kernel_name(k, "/s.slice", 8, false).class;
	assert_int_not_equal(kernel_name(k, "/s.slice", 8, true).class.of[0], class.of[0]);
	world_free(&w);
}

static void names_begin_at_the_nearest_mounted_directory(void **state)
{
	struct pc_root_key top = {.dev = DEV}, below = {.dev = DEV, .inode = 1002, .generation = 7};
	struct pc_root root = {.id = 2, .flags = PC_ROOT_NAMED};
	struct kernel *k = kernel_or_skip(state);
	struct decide_args args;
	struct world w;
	uint32_t slot;

	setup(k, &w,
	      SYSTEM("p") "file:\n  deny:\n    - read /srv/data\n    - write /srv/data/**\n"
			  "    - lock /mnt/**\n");
	slot = kernel_pin(k).slot;
	/* All of the file system at /mnt. */
	root_put(k, &w, slot, top, root, "/mnt");
	args = kernel_name(k, "/a/b", 4, false);
	assert_int_equal(args.root, 2);
	assert_int_equal(args.class.of[0], class_here(&w, "/mnt/a/b"));
	assert_int_equal(class_in_kernel(k, "/"), class_here(&w, "/mnt"));
	/* Of it, /a/b (see components_put for its inode) at /srv/data. */
	root.flags |= PC_ROOT_SUBTREES;
	root_put(k, &w, slot, top, root, "/mnt");
	root.id = 3;
	root_put(k, &w, slot, below, root, "/srv/data");
	args = kernel_name(k, "/a/b/c", 6, false);
	assert_int_equal(args.root, 3);
	assert_int_equal(args.class.of[0], class_here(&w, "/srv/data/c"));
	assert_int_not_equal(args.class.of[0], 0);
	assert_int_equal(class_in_kernel(k, "/a/b"), class_here(&w, "/srv/data"));
	args = kernel_name(k, "/ab/c", 5, false);
	assert_int_equal(args.root, 2);
	assert_int_equal(args.class.of[0], class_here(&w, "/mnt/ab/c"));
	/* An element whose memory is used for another key is not believed. */
	below.generation++;
	root_put_as(k, &w, slot, top, below, root, "/srv/data");
	assert_int_equal(kernel_name(k, "/ab/c", 5, false).found, PC_REASON_RACE);
	below.generation--;
	root.id = 2;
	root_put(k, &w, slot, top, root, "/mnt");
	root.id = 3;
	assert_int_equal(kernel_name(k, "/ab/c", 5, false).found, NAME_FOUND);
	/* Another generation of the inode is another file. */
	assert_int_equal(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.pc_roots), &below), 0);
	below.generation++;
	root_put(k, &w, slot, below, root, "/srv/data");
	assert_int_equal(kernel_name(k, "/a/b/c", 6, false).root, 2);
	bpf_map_delete_elem(bpf_map__fd(k->skel->maps.pc_roots), &below);
	world_free(&w);
}

static void each_tier_gives_the_same_answers(void **state)
{
	static const char *const paths[] = {"/", "/a", "/a/b", "/a/bc/d", "/x"};
	struct kernel *k = kernel_or_skip(state);
	struct pc_as as = {.exe = "/a", .cgroup = "/"};
	struct pc_label expected;
	struct world w;

	setup(k, &w,
	      HEAD("p") "subject: {exe: /a}\nfile:\n  deny:\n    - read / /a/**\n"
			"    - write /a/b*/**\n");
	pc_image_label(&w.image, &as, &expected);
	assert_int_equal(expected.count, 1);
	for (int tier = 0; tier < PC_TIERS; tier++) {
		kernel_load_at(k, &w, (uint32_t)tier, tier);
		kernel_label_drop(k);
		assert_int_equal(kernel_label(k, &as)->count, 1);
		for (size_t i = 0; i < PC_ARRAY_SIZE(paths); i++) {
			struct decide_args args = kernel_name(k, paths[i], strlen(paths[i]), false);

			assert_int_equal(args.class.of[0], class_here(&w, paths[i]));
			args = kernel_judge(k, args.class, PC_REASON_RULE, OP(READ));
			assert_int_equal(args.v.denied, i < 4 && i != 1);
		}
	}
	world_free(&w);
}

/* Thousands of names: more than the first tier holds. */
static void a_large_image_is_read_from_its_tier(void **state)
{
	enum { NAMES = 3000, TEXT = 64 * NAMES + 256 };
	struct kernel *k = kernel_or_skip(state);
	char *text = malloc(TEXT), path[64];
	struct world w;
	size_t at;

	assert_non_null(text);
	at = (size_t)snprintf(text, TEXT, SYSTEM("p") "file:\n  deny:\n");
	for (uint32_t i = 0; i < NAMES; i++)
		at += (size_t)snprintf(text + at, TEXT - at, "    - %s /srv/%08x/file\n",
				       i % 2 ? "read" : "write", i * 2654435761u);
	setup(k, &w, text);
	assert_int_equal(k->control->slots[kernel_pin(k).slot].tier[PC_PART_AUTOMATON], 1);
	for (uint32_t i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "/srv/%08x/file", i * 2654435761u);
		assert_int_not_equal(class_here(&w, path), 0);
		assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
		path[10] ^= 1;
		assert_int_equal(class_in_kernel(k, path), class_here(&w, path));
	}
	world_free(&w);
	free(text);
}

static int path_write(struct kernel *k, uint32_t at)
{
	struct decide_args args = {.at = at};

	run(k->skel->progs.decide_path, &args);
	return args.result;
}

static void events_show_the_path_that_was_walked(void **state)
{
	static char path[PC_DEPTH_MAX * (PC_COMPONENT_MAX + 1) + 1];
	struct kernel *k = kernel_or_skip(state);
	struct pc_scratch *scratch = k->scratch;

	scratch->event.flags = 0;
	components_put(k, "/a/bcdefghi/j", 13);
	assert_int_equal(path_write(k, 0), 13);
	assert_memory_equal(scratch->tail, "/a/bcdefghi/j", 13);
	assert_int_equal(path_write(k, 13), 13);
	assert_memory_equal(scratch->tail, "/a/bcdefghi/j/a/bcdefghi/j", 26);
	components_put(k, "/", 1);
	assert_int_equal(path_write(k, 0), 0);
	/* Exactly PC_EVENT_PATH_MAX bytes fit; the next component does not. */
	deep_path(path, 16, PC_COMPONENT_MAX);
	components_put(k, path, strlen(path));
	assert_int_equal(path_write(k, PC_EVENT_PATH_MAX), PC_EVENT_PATH_MAX);
	assert_memory_equal(scratch->tail + PC_EVENT_PATH_MAX, path, PC_EVENT_PATH_MAX);
	assert_int_equal(scratch->event.flags, 0);
	deep_path(path, 17, PC_COMPONENT_MAX);
	components_put(k, path, strlen(path));
	assert_int_equal(path_write(k, 0), PC_EVENT_PATH_MAX);
	assert_int_equal(scratch->event.flags, PC_EVENT_TRUNCATED);
	scratch->event.flags = 0;
}

static void the_callers_proc_folder_is_self(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct decide_args args = {.at = 0};
	char paths[4][32];

	snprintf(paths[0], sizeof(paths[0]), "/%d/status", getpid());
	snprintf(paths[1], sizeof(paths[1]), "/%d", getpid());
	snprintf(paths[2], sizeof(paths[2]), "/%dx", getpid());
	snprintf(paths[3], sizeof(paths[3]), "/%d/status", getppid());
	for (int i = 0; i < 4; i++) {
		const char *named = i == 0 ? "/self/status" : i == 1 ? "/self" : paths[i];

		components_put(k, paths[i], strlen(paths[i]));
		run(k->skel->progs.decide_self, &args);
		assert_int_equal(path_write(k, 0), strlen(named));
		assert_memory_equal(k->scratch->tail, named, strlen(named));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(components_of_every_length_are_read_to_the_byte),
		cmocka_unit_test(a_last_component_ends_at_its_length),
		cmocka_unit_test(names_of_up_to_64_components_are_run_whole),
		cmocka_unit_test(cgroup_names_begin_behind_their_own_byte),
		cmocka_unit_test(names_begin_at_the_nearest_mounted_directory),
		cmocka_unit_test(each_tier_gives_the_same_answers),
		cmocka_unit_test(a_large_image_is_read_from_its_tier),
		cmocka_unit_test(events_show_the_path_that_was_walked),
		cmocka_unit_test(the_callers_proc_folder_is_self),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
