/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Holds packed automata against the reference matcher: soak_automaton CASES SEED. A case is a set
 * of patterns and a path. */
#include <inttypes.h>

#include "../fuzz/glob-cases.h"

#define PATHS_PER_SET 25

struct soak {
	struct case_random random;
	uint64_t cases, wanted;
	uint64_t matched, mismatched;
};

static void report(const struct case_globs *globs, const struct case_path *path)
{
	struct pc_arena arena = {0};

	for (uint32_t i = 0; i < globs->n; i++)
		fprintf(stderr, "tag %u: %s\n", globs->tags[i],
			pc_glob_text(&arena, globs->globs[i]));
	fprintf(stderr, "path: %.*s\n", (int)path->n, (const char *)path->bytes);
	pc_arena_free(&arena);
}

static int soak_one_set(struct soak *soak)
{
	struct pc_arena arena = {0};
	struct pc_dfa_result result = {0};
	struct case_globs globs;
	int err = case_globs_random(&soak->random, &arena, &globs);

	if (!err)
		err = case_build(&globs, NULL, &result);
	for (int i = 0; i < PATHS_PER_SET && soak->cases < soak->wanted && !err; i++) {
		struct case_path path = case_path_for(&soak->random, &globs);

		soak->cases++;
		soak->matched += case_packed_tags(&result, path.bytes, path.n) != 0;
		if (!case_agrees(&globs, &result, &path)) {
			if (!soak->mismatched++)
				report(&globs, &path);
		}
	}
	pc_dfa_result_free(&result);
	pc_arena_free(&arena);
	return err;
}

int main(int argc, char **argv)
{
	struct soak soak = {0};
	uint64_t seed;
	int err = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: soak_automaton CASES SEED\n");
		return 2;
	}
	soak.wanted = strtoull(argv[1], NULL, 10);
	seed = strtoull(argv[2], NULL, 10);
	soak.random.state = seed * 2 + 1;
	while (soak.cases < soak.wanted && !err)
		err = soak_one_set(&soak);
	printf("%" PRIu64 " cases, seed %" PRIu64 ", %" PRIu64 " matched, %" PRIu64
	       " mismatches%s\n",
	       soak.cases, seed, soak.matched, soak.mismatched, err ? ", gave up" : "");
	return soak.mismatched || err ? EXIT_FAILURE : EXIT_SUCCESS;
}
