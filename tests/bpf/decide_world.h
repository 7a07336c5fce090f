/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For tests of decide.bpf.c: images in the kernel's maps, asked there and here. After <cmocka.h>.
 */
#ifndef PC_TEST_DECIDE_WORLD_H
#define PC_TEST_DECIDE_WORLD_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "compile-internal.h"
#include "decide.h"
#include "decide.skel.h"
#include "outcome.h"
#include "parse.h"

#define HEAD(name) "portcullis: 1\npolicy: " name "\n"
#define SYSTEM(name) HEAD(name) "subject: system\n"
#define TEXTS_MAX 24
#define FIRST_ID 100 /* of policies in the store: unlike any index */

/* ---- policies ------------------------------------------------------------------------------ */

struct world {
	struct pc_policy_set set;
	struct pc_diags diags;
	struct pc_image image;
	uint32_t ids[TEXTS_MAX];
};

/* Texts are in the order of the policies' names. */
static inline int world_build(struct world *w, const char *const *texts,
			      const struct pc_dfa_limits *limits)
{
	struct pc_compile_input input = {.set = &w->set, .ids = w->ids};
	static const struct pc_host no_host = {.path = NULL};
	struct pc_text items[TEXTS_MAX];
	char names[TEXTS_MAX][8];
	uint32_t n = 0;

	*w = (struct world){.set = {.count = 0}};
	for (; texts[n]; n++) {
		snprintf(names[n], sizeof(names[n]), "%02u.yaml", n % 100);
		items[n] = (struct pc_text){names[n], names[n], texts[n], strlen(texts[n])};
		/* Neither ascending nor descending. */
		w->ids[n] = FIRST_ID + (n * 7 + 3) % 32;
	}
	if (pc_parse(items, n, &no_host, &w->set, &w->diags)) {
		pc_diags_print(&w->diags, stderr, false, PC_NOTE);
		fail_msg("the policies do not parse");
	}
	return pc_compile_within(&input, limits, &w->image, &w->diags);
}

static inline void world_free(struct world *w)
{
	pc_image_free(&w->image);
	pc_policy_set_free(&w->set);
	pc_diags_free(&w->diags);
}

/* ---- the kernel's side ---------------------------------------------------------------------- */

struct kernel {
	struct decide *skel;
	struct pc_control *control;
	struct pc_scratch *scratch;
	int error;
	uint64_t generations;
	uint32_t same; /* layers that a task that is asked about has, too */
	int inner[PC_SLOTS][PC_PARTS];
};

static inline PC_PRINTF(2, 0) int quiet(enum libbpf_print_level level, const char *format,
					va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

/* An array of which this process sees the memory. */
static inline void *map_memory(struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *memory = mmap(NULL, (size + page - 1) & ~(page - 1), PROT_READ | PROT_WRITE,
			    MAP_SHARED, bpf_map__fd(map), 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static inline int kernel_open(struct kernel *k)
{
	struct decide *skel;

	*k = (struct kernel){.skel = NULL};
	libbpf_set_print(quiet);
	skel = decide__open();
	if (!skel)
		return -errno;
	k->skel = skel;
	bpf_map__set_map_flags(skel->maps.pc_scratches, BPF_F_MMAPABLE);
	bpf_map__set_map_flags(skel->maps.pc_control, BPF_F_MMAPABLE);
	bpf_map__set_max_entries(skel->maps.pc_scratches,
				 PC_SCRATCH_A_CPU * (uint32_t)libbpf_num_possible_cpus());
	k->error = decide__load(skel);
	if (k->error)
		return k->error;
	k->control = map_memory(skel->maps.pc_control);
	k->scratch = map_memory(skel->maps.pc_scratches);
	return k->control && k->scratch ? 0 : -errno;
}

static inline void kernel_close(struct kernel *k)
{
	for (uint32_t i = 0; i < PC_SLOTS * PC_PARTS; i++)
		if (k->inner[i / PC_PARTS][i % PC_PARTS])
			close(k->inner[i / PC_PARTS][i % PC_PARTS]);
	if (k->skel)
		decide__destroy(k->skel);
}

/* Group fixtures. Only where the kernel lets nobody like us load anything are the tests skipped. */
static inline int kernel_setup(void **state)
{
	struct kernel *k = calloc(1, sizeof(*k));
	int err = k ? kernel_open(k) : -ENOMEM;

	*state = k;
	if (err == -EPERM || err == -EACCES || err == -ENOSYS)
		return geteuid() ? 0 : err;
	return err;
}

static inline int kernel_teardown(void **state)
{
	kernel_close(*state);
	free(*state);
	return 0;
}

static inline struct kernel *kernel_or_skip(void **state)
{
	struct kernel *k = *state;

	if (k->error) {
		print_message("loading BPF programs needs root: %s\n", strerror(-k->error));
		skip();
	}
	return k;
}

static inline void run(const struct bpf_program *program, struct decide_args *args)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(*args));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(program), &opts), 0);
	if ((int)opts.retval)
		fail_msg("%s returned %d", bpf_program__name(program), (int)opts.retval);
}

/* ---- images in the maps --------------------------------------------------------------------- */

static inline struct bpf_map *outer_of(const struct kernel *k, int tier)
{
	return tier == 0 ? k->skel->maps.pc_small
			 : (tier == 1 ? k->skel->maps.pc_medium : k->skel->maps.pc_large);
}

/* One part, in its own tier or a larger one; it is in no other tier afterwards. */
static inline void part_load(struct kernel *k, uint32_t slot, uint32_t part, const void *blob,
			     size_t size, int least_tier)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	uint32_t key = slot * PC_PARTS + part, zero = 0;
	int tier = pc_image_tier(size), fd;
	void *padded;

	assert_in_range(tier, 0, PC_TIERS - 1);
	tier = tier < least_tier ? least_tier : tier;
	for (int other = 0; other < PC_TIERS; other++)
		bpf_map_delete_elem(bpf_map__fd(outer_of(k, other)), &key);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(key), PC_TIER_BYTES(tier), 1, &opts);
	assert_true(fd >= 0);
	padded = calloc(1, PC_TIER_BYTES(tier));
	assert_non_null(padded);
	memcpy(padded, blob, size);
	assert_int_equal(bpf_map_update_elem(fd, &zero, padded, BPF_ANY), 0);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(outer_of(k, tier)), &key, &fd, BPF_ANY),
			 0);
	free(padded);
	if (k->inner[slot][part])
		close(k->inner[slot][part]);
	k->inner[slot][part] = fd;
	k->control->slots[slot].tier[part] = (__u8)tier;
}

/* Fills a slot; a new generation. */
static inline void slot_load(struct kernel *k, uint32_t slot, const struct pc_image *image,
			     int least_tier)
{
	static const char cgroups = PC_NAMES_CGROUP;
	struct pc_slot *s = &k->control->slots[slot];

	s->generation = 0;
	part_load(k, slot, PC_PART_TABLES, image->tables,
		  image->table_words * sizeof(*image->tables), least_tier);
	for (uint32_t a = 0; a < image->automata.count; a++)
		part_load(k, slot, PC_PART_AUTOMATON + a, image->automata.automata[a].cells,
			  image->automata.automata[a].cell_count * sizeof(struct pc_cell),
			  least_tier);
	pc_image_states(image, &cgroups, 1, s->cgroup_start);
	s->automata = (__u8)image->automata.count;
	s->flags = (__u8)image->tables[PC_W_FLAGS];
	s->generation = ++k->generations;
}

#define DEV 0x00800001u

/*
 * "mount" is a directory's path, "" for "/". inode 0: the root of the file system. said: the key
 * that the value says it is of.
 */
static inline void root_put_as(struct kernel *k, const struct world *w, uint32_t slot,
			       struct pc_root_key key, struct pc_root_key said, struct pc_root root,
			       const char *mount)
{
	const char *self = *mount ? mount : "/";
	struct pc_class class;

	root.key = said;
	root.again = key;
	pc_image_states(&w->image, mount, strlen(mount), root.state[slot]);
	pc_image_class(&w->image, self, strlen(self), &class);
	memcpy(root.self[slot], class.of, sizeof(class.of));
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.pc_roots), &key, &root, BPF_ANY), 0);
}

static inline void root_put(struct kernel *k, const struct world *w, uint32_t slot,
			    struct pc_root_key key, struct pc_root root, const char *mount)
{
	root_put_as(k, w, slot, key, key, root, mount);
}

/* ---- asking the kernel ---------------------------------------------------------------------- */

static inline struct decide_args kernel_pin(struct kernel *k)
{
	struct decide_args args = {.slot = 0};

	run(k->skel->progs.decide_pin, &args);
	return args;
}

/* Puts an image into a slot and in force, with "/" mounted, and pins it. */
static inline void kernel_load_at(struct kernel *k, const struct world *w, uint32_t slot,
				  int least_tier)
{
	slot_load(k, slot, &w->image, least_tier);
	root_put(k, w, slot, (struct pc_root_key){.dev = DEV},
		 (struct pc_root){.id = 1, .flags = PC_ROOT_NAMED | PC_ROOT_IS_SLASH}, "");
	k->control->word = PC_CONTROL_ON | PC_CONTROL_LIVE | slot;
	kernel_pin(k);
}

static inline void kernel_load(struct kernel *k, const struct world *w)
{
	kernel_load_at(k, w, (uint32_t)(k->generations % PC_SLOTS), 0);
}

/* As a walk leaves a path of n bytes: the last component first, rubbish behind each. */
static inline void components_put(struct kernel *k, const char *path, size_t n)
{
	struct pc_scratch *scratch = k->scratch;
	size_t end = n > 1 ? n : 0;

	for (scratch->depth = 0; end; scratch->depth++) {
		struct pc_component *component = &scratch->component[scratch->depth];
		size_t begin = end;

		while (path[--begin] != '/')
			;
		assert_in_range(scratch->depth, 0, PC_DEPTH_MAX - 1);
		assert_in_range(end - begin, 2, PC_COMPONENT_MAX + 1);
		memset(component->text, (int)(0x61 + scratch->depth % 2), sizeof(component->text));
		memcpy(component->text, path + begin, end - begin);
		component->length = (__u32)(end - begin);
		component->inode = 1000 + begin;
		component->igeneration = 7;
		end = begin;
	}
}

static inline struct decide_args kernel_name(struct kernel *k, const char *path, size_t n,
					     bool whole)
{
	struct decide_args args = {.dev = DEV, .whole = whole, .repeat = 1};

	components_put(k, path, n);
	run(k->skel->progs.decide_name, &args);
	assert_int_equal(args.result, 0);
	return args;
}

static inline void kernel_lists(struct kernel *k, uint32_t at)
{
	struct decide_args args = {.at = at};

	run(k->skel->progs.decide_lists, &args);
	assert_int_equal(args.result, 0);
}

/* Makes the label in the scratch current for such a task, as label_gain does. */
static inline const struct pc_label *kernel_label(struct kernel *k, const struct pc_as *as)
{
	struct decide_args args = kernel_pin(k);

	if (as->exe) {
		kernel_name(k, as->exe, strlen(as->exe), false);
		kernel_lists(k, PC_GAIN_EXE);
	}
	if (as->cgroup) {
		kernel_name(k, as->cgroup, strlen(as->cgroup), true);
		kernel_lists(k, PC_GAIN_CGROUP);
	}
	k->scratch->identity = as->who;
	run(k->skel->progs.decide_label, &args);
	assert_int_equal(args.result, 0);
	return &k->scratch->transient.label;
}

static inline void kernel_label_drop(struct kernel *k)
{
	k->scratch->transient = (struct pc_task){.exec_level = 0};
}

static inline struct decide_args kernel_judge(struct kernel *k, struct pc_class class,
					      uint32_t found, uint32_t ops)
{
	struct decide_args args = {
		.class = class, .found = found, .ops = ops, .layers = k->same, .repeat = 1};

	run(k->skel->progs.decide_judge, &args);
	return args;
}

#endif
