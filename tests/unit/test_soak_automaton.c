/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packed automata agree with the reference matcher, SOAK_CASES times. A case is a set of patterns
 * and a path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/glob-cases.h"
#include "../soak.h"

#define PATHS_PER_SET 25

struct soak {
	struct case_random random;
	struct soak_count count;
};

/* Every fourth set has so little room that it is split, or cannot be built at all. */
static int build(struct soak *soak, const struct case_globs *globs, struct pc_dfa_result *result)
{
	struct pc_dfa_limits tight = {.cells = 400 + case_below(&soak->random, 500)};

	return case_build(globs, case_below(&soak->random, 4) ? NULL : &tight, result);
}

static void soak_one_set(struct soak *soak)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_dfa_result result = {0};
	struct case_globs globs;

	assert_int_equal(case_globs_random(&soak->random, &arena, &globs), 0);
	if (!build(soak, &globs, &result)) {
		soak->count.sets++;
		soak->count.split += result.count > 1;
		for (int i = 0; i < PATHS_PER_SET && soak_goes_on(&soak->count); i++) {
			struct case_path path = case_path_for(&soak->random, &globs);

			soak->count.cases++;
			soak->count.matched += case_packed_tags(&result, path.bytes, path.n) != 0;
			if (!case_agrees(&globs, &result, &path)) {
				case_print(&globs, path.bytes, path.n);
				fail_msg("case %" PRIu64, soak->count.cases);
			}
		}
	}
	pc_dfa_result_free(&result);
}

static void packed_automata_agree_with_the_reference(void **state)
{
	struct soak soak = {.random.state = soak_seed() * 2 + 1, .count.wanted = soak_cases()};

	(void)state;
	while (soak_goes_on(&soak.count))
		soak_one_set(&soak);
	assert_true(soak_report(&soak.count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_automata_agree_with_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
