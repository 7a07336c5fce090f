/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What tests that go on for as long as one likes are told by `make soak`. */
#ifndef PC_SOAK_H
#define PC_SOAK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* CI does a fiftieth of what a soak does. */
#define SOAK_CASES_USUAL 200000u

static inline uint64_t soak_number(const char *variable, uint64_t usual)
{
	const char *text = getenv(variable);

	return text && *text ? strtoull(text, NULL, 10) : usual;
}

static inline uint64_t soak_cases(void)
{
	return soak_number("SOAK_CASES", SOAK_CASES_USUAL);
}

static inline uint64_t soak_seed(void)
{
	return soak_number("SOAK_SEED", 7);
}

/* Of sets of patterns, and paths that are tried on each. */
struct soak_count {
	uint64_t cases, wanted; /* sets with a path */
	uint64_t matched;	/* cases where a pattern matches */
	uint64_t sets, split;	/* those that took more than one automaton */
};

static inline bool soak_goes_on(const struct soak_count *count)
{
	return count->cases < count->wanted;
}

/* False: too few of the cases say anything. */
static inline bool soak_report(const struct soak_count *count)
{
	printf("# %" PRIu64 " cases, seed %" PRIu64 ": %" PRIu64 " matched, %" PRIu64 " of %" PRIu64
	       " sets were split\n",
	       count->cases, soak_seed(), count->matched, count->split, count->sets);
	return count->matched > count->cases / 8 && count->split >= count->sets / 200;
}

#endif
