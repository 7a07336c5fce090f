/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Lines of patterns, the last line a path: the packed automata and the reference say the same about
 * each beginning of the path. */
#include <errno.h>

#include "glob-cases.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

/* Takes the lines that are patterns; returns what is left. */
static size_t take_globs(struct pc_arena *arena, struct case_globs *globs, const uint8_t *data,
			 size_t size)
{
	const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
	size_t at = 0;

	for (; newline && globs->n < CASE_GLOBS_MAX; newline = memchr(data + at, '\n', size - at)) {
		size_t n = (size_t)(newline - data) - at;
		struct pc_glob_error error;
		struct pc_glob *glob;

		if (!pc_glob_parse(arena, (const char *)data + at, n, NULL, &glob, &error)) {
			globs->globs[globs->n] = glob;
			globs->tags[globs->n] = globs->n / 2 * 3 % 7;
			globs->n++;
		}
		at += n + 1;
		if (at == size)
			break;
	}
	return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Small, so that explosions end soon and splits happen; the smaller, the more of them. */
	const struct pc_dfa_limits limits = {.cells = size & 1 ? 600 : 1 << 12};
	struct pc_dfa_result result = {0};
	struct case_globs globs = {.n = 0};
	struct pc_arena arena = {0};
	size_t at = take_globs(&arena, &globs, data, size);
	int err = case_build(&globs, &limits, &result);

	EXPECT(!err || (err == -E2BIG && result.culprit_count));
	for (size_t n = 0; at + n <= size && n <= 64 && !err; n++)
		EXPECT(case_packed_tags(&result, data + at, n) ==
		       case_reference_tags(&globs, data + at, n));
	pc_dfa_result_free(&result);
	pc_arena_free(&arena);
	return 0;
}
