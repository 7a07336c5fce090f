// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Measures what operations cost, in ns; in a machine whose time counts instructions (tests/vm/run
 * --icount) these are instructions.
 *
 *   cost make UID                  makes the files, for a user
 *   cost [-u UID] [-s SET] [-l] [-a PROFILE] [OP...]
 *                                  prints "OP NS" for each, or for all, with a set of new files of
 *                                  its own; -l: confined by Landlock, -a: by AppArmor
 *   cost nothing                   does nothing: what is run by the operation exec
 */
#include "cost.h"
#include "measure.h"

#include <stdbool.h>
#include <unistd.h>

/* The least of many short measurements: one that no timer tick, and no other task, fell into. */
static int measure(const struct cost_op *op)
{
	uint64_t best = UINT64_MAX;
	uint32_t n = 0;

	if (op->prepare && op->prepare())
		return -1;
	for (uint32_t round = 0; round < op->rounds; round++) {
		uint64_t begin = measure_now(), took;

		for (uint32_t i = 0; i < op->batch; i++)
			if (op->run(n++))
				return -1;
		took = measure_now() - begin;
		if (took < best)
			best = took;
	}
	printf("%s %llu\n", op->name, (unsigned long long)(best / op->batch));
	fflush(stdout);
	return 0;
}

static bool asked_for(const char *name, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

static int fail(const char *what)
{
	fprintf(stderr, "cost: %s: ", what);
	perror(NULL);
	return 1;
}

/* Becomes what is asked for. Returns a status. */
static int become(int argc, char **argv)
{
	const char *profile = NULL;
	bool landlock = false;
	int option;

	while ((option = getopt(argc, argv, "u:s:a:l")) != -1) {
		if (option == 'u' && (setgid((gid_t)atoi(optarg)) || setuid((uid_t)atoi(optarg))))
			return fail("setuid");
		if (option == 's')
			cost_set = (uint32_t)atoi(optarg) % COST_SETS;
		if (option == 'a')
			profile = optarg;
		if (option == 'l')
			landlock = true;
		if (option == '?')
			return 2;
	}
	if (landlock && cost_landlock())
		return fail("landlock");
	return profile && cost_apparmor(profile) ? fail("apparmor") : 0;
}

int main(int argc, char **argv)
{
	int status;

	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc == 3 && !strcmp(argv[1], "make"))
		return cost_make((uint32_t)atoi(argv[2])) ? fail("make") : 0;
	status = become(argc, argv);
	for (const struct cost_op *op = cost_ops; !status && op->name; op++)
		if (asked_for(op->name, argv + optind) && measure(op))
			status = fail(op->name);
	return status;
}
