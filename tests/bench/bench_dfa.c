/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long path rules take to become an automaton, and how large it is. Each size runs in a process
 * of its own, so that peaks of memory do not mix.
 *
 *	bench_dfa [RULES...]	default 10 1000 100000
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "dfa.h"

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* The rules of a large host: a third each of trees, libraries and single files. */
static int rule_text(char *text, size_t size, uint32_t i)
{
	static const char *const patterns[] = {
		"/srv/app-%05u/data/**",
		"/usr/lib/x%05u/*.so",
		"/opt/package-%05u/bin/tool",
	};
	const char *pattern = patterns[i % 3];
	const char *percent = strchr(pattern, '%');

	return snprintf(text, size, "%.*s%05u%s", (int)(percent - pattern), pattern, i,
			percent + strlen("%05u"));
}

static int add_rules(struct pc_arena *arena, struct pc_dfa *dfa, uint32_t n)
{
	struct pc_glob_error error;
	struct pc_glob *glob;
	char text[128];
	int err = 0;

	for (uint32_t i = 0; i < n && !err; i++) {
		int length = rule_text(text, sizeof(text), i);

		err = pc_glob_parse(arena, text, (size_t)length, NULL, &glob, &error);
		if (!err)
			err = pc_dfa_add(dfa, glob, i);
	}
	return err;
}

/* Nanoseconds a byte, over paths that match. */
static double step_ns(const struct pc_dfa_automaton *automaton, uint32_t rules)
{
	const struct pc_automaton view = {.cells = automaton->cells, .mask = UINT32_MAX};
	const struct pc_automaton_header *header = (const void *)automaton->cells;
	double begun = now(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t bytes = 0, missed = 0;
	char text[128];

	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t rule = (uint32_t)((uint64_t)i * 7919 % rules);
		int n = rule_text(text, sizeof(text), rule);
		uint32_t state;

		state = pc_automaton_run(&view, header->start, text, (size_t)n);
		missed += !pc_automaton_accepts(&view, state);
		bytes += (uint64_t)n;
	}
	if (missed)
		fprintf(stderr, "%" PRIu64 " paths matched nothing\n", missed);
	return (now(CLOCK_PROCESS_CPUTIME_ID) - begun) * 1e9 / (double)bytes;
}

static int bench(uint32_t rules)
{
	const struct pc_automaton_header *header;
	struct pc_dfa_result result;
	struct pc_arena arena = {0};
	double begun, seconds;
	struct pc_dfa *dfa;
	long before;
	int err;

	if (pc_dfa_new(NULL, &dfa) || add_rules(&arena, dfa, rules))
		return EXIT_FAILURE;
	before = peak_kib();
	begun = now(CLOCK_MONOTONIC);
	err = pc_dfa_build(dfa, &result);
	seconds = now(CLOCK_MONOTONIC) - begun;
	if (err) {
		fprintf(stderr, "%u rules: %s\n", rules, strerror(-err));
		return EXIT_FAILURE;
	}
	header = (const void *)result.automata[0].cells;
	printf("%8u %8.3f %10.1f %10.1f %8u %8u %6.2f %8u %8.1f\n", rules, seconds,
	       (double)before / 1024, (double)peak_kib() / 1024, header->states, header->cells,
	       (double)header->cells / header->states, result.automata[0].classes,
	       step_ns(&result.automata[0], rules));
	pc_dfa_result_free(&result);
	pc_dfa_free(dfa);
	pc_arena_free(&arena);
	return EXIT_SUCCESS;
}

static int bench_apart(uint32_t rules)
{
	int status = EXIT_FAILURE;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(bench(rules));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return EXIT_FAILURE;
	return status;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {10, 1000, 100000};
	int failed = 0;

	printf("%8s %8s %10s %10s %8s %8s %6s %8s %8s\n", "rules", "seconds", "globs MiB",
	       "peak MiB", "states", "cells", "a state", "classes", "ns/byte");
	for (int i = 1; i < argc; i++)
		failed |= bench_apart((uint32_t)strtoul(argv[i], NULL, 10));
	for (size_t i = 0; argc < 2 && i < PC_ARRAY_SIZE(sizes); i++)
		failed |= bench_apart(sizes[i]);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
