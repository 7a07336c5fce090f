/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packed automata, run by this kernel over the components of a name, agree with the reference
 * matcher, SOAK_CASES times. A case is a set of patterns and a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/glob-cases.h"
#include "../soak.h"
#include "decide_world.h"

#define PATHS_PER_SET 200
#define PATH_MAX_BYTES (3 * CASE_PATH_MAX + 1)
#define CELLS_MAX (PC_TIER_BYTES(0) / sizeof(struct pc_cell))
#define SLOT 0u

struct soak {
	struct kernel *k;
	struct case_random random;
	struct case_globs globs;
	struct pc_dfa_result result;
	struct soak_count count;
};

/* Maps for each automaton, which every set's cells are written to. */
static void maps_make(struct kernel *k)
{
	static const struct pc_cell nothing[PC_AUTOMATON_HEADER];

	for (uint32_t a = 0; a < PC_AUTOMATA; a++)
		part_load(k, SLOT, PC_PART_AUTOMATON + a, nothing, sizeof(nothing), 0);
	k->control->word = PC_CONTROL_ON | PC_CONTROL_LIVE | SLOT;
}

static void cells_write(const struct kernel *k, uint32_t a,
			const struct pc_dfa_automaton *automaton)
{
	static struct pc_cell cells[CELLS_MAX];
	uint32_t zero = 0;

	memset(cells, 0, sizeof(cells));
	memcpy(cells, automaton->cells, automaton->cell_count * sizeof(*cells));
	assert_int_equal(
		bpf_map_update_elem(k->inner[SLOT][PC_PART_AUTOMATON + a], &zero, cells, BPF_ANY),
		0);
}

/* In force as a file system that is mounted on "", and for names of cgroups as well. */
static void set_load(struct kernel *k, const struct pc_dfa_result *result)
{
	struct pc_root_key key = {.dev = DEV};
	struct pc_root root = {.id = 1, .flags = PC_ROOT_NAMED, .key = key, .again = key};
	struct pc_slot *slot = &k->control->slots[SLOT];

	for (uint32_t a = 0; a < result->count; a++) {
		cells_write(k, a, &result->automata[a]);
		root.state[SLOT][a] = slot->cgroup_start[a] = case_start(&result->automata[a]);
	}
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.pc_roots), &key, &root, BPF_ANY), 0);
	slot->automata = (__u8)result->count;
	slot->generation = ++k->generations;
	kernel_pin(k);
}

/* Splits at each slash, the last component first; unlike the kernel's, a name has empty ones. */
static void name_put(struct kernel *k, const char *path, size_t n)
{
	struct pc_scratch *scratch = k->scratch;
	size_t end = n;

	for (scratch->depth = 0; end; scratch->depth++) {
		struct pc_component *component =
			&scratch->component[scratch->depth & (PC_DEPTH_MAX - 1)];
		size_t begin = end;

		while (path[--begin] != '/')
			;
		memcpy(component->text, path + begin, end - begin);
		memset(component->text + (end - begin), '/', 8);
		component->length = (__u32)(end - begin);
		end = begin;
	}
	assert_in_range(scratch->depth, 1, PC_DEPTH_MAX);
}

/* A slash and one to three paths: components longer and shorter than the kernel's step. */
static size_t path_random(struct soak *soak, char *path)
{
	uint32_t parts = case_below(&soak->random, 3) ? 1 : 2 + case_below(&soak->random, 2);
	size_t n = 0;

	path[n++] = '/';
	while (parts--) {
		struct case_path part = case_path_for(&soak->random, &soak->globs);
		uint32_t skip = n == 1 && part.n && part.bytes[0] == '/';

		memcpy(path + n, part.bytes + skip, part.n - skip);
		n += part.n - skip;
	}
	return n;
}

static uint32_t kernel_tags(struct soak *soak, const char *path, size_t n)
{
	struct decide_args args = {.dev = DEV, .whole = soak->count.cases & 1, .repeat = 1};
	uint32_t tags = 0;

	name_put(soak->k, path, n);
	run(soak->k->skel->progs.decide_name, &args);
	assert_int_equal(args.result, 0);
	for (uint32_t a = 0; a < soak->result.count; a++)
		tags |= case_class_tags(&soak->result.automata[a], args.class.of[a]);
	return tags;
}

static void soak_one_path(struct soak *soak)
{
	char path[PATH_MAX_BYTES];
	size_t n = path_random(soak, path);
	uint32_t expected = case_reference_tags(&soak->globs, path, n);
	uint32_t got = kernel_tags(soak, path, n);

	soak->count.cases++;
	soak->count.matched += expected != 0;
	if (got == expected)
		return;
	case_print(&soak->globs, path, n);
	fail_msg("case %" PRIu64 ": tags %#x, not %#x", soak->count.cases, got, expected);
}

static int set_build(struct soak *soak)
{
	struct pc_dfa_limits limits = {.cells = CELLS_MAX};

	if (!case_below(&soak->random, 4))
		limits.cells = 400 + case_below(&soak->random, 500);
	return case_build(&soak->globs, &limits, &soak->result);
}

static void soak_one_set(struct soak *soak)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};

	soak->result = (struct pc_dfa_result){.count = 0};
	assert_int_equal(case_globs_random(&soak->random, &arena, &soak->globs), 0);
	if (!set_build(soak)) {
		soak->count.sets++;
		soak->count.split += soak->result.count > 1;
		set_load(soak->k, &soak->result);
		for (int i = 0; i < PATHS_PER_SET && soak_goes_on(&soak->count); i++)
			soak_one_path(soak);
	}
	pc_dfa_result_free(&soak->result);
}

static void the_kernel_agrees_with_the_reference(void **state)
{
	struct soak soak = {
		.k = kernel_or_skip(state),
		.random.state = soak_seed() * 2 + 1,
		.count.wanted = soak_cases(),
	};

	maps_make(soak.k);
	while (soak_goes_on(&soak.count))
		soak_one_set(&soak);
	assert_true(soak_report(&soak.count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_agrees_with_the_reference),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
