// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Does one thing after the other in a guest and says how the last of them went.
 *
 *   actor STEP...       takes the steps in order; "ok", or what the first that failed says
 *   actor cells FILE    for each line "CASE <tab> EXPECTED <tab> STEP..." in a process of its own:
 *                       the line, a tab, and what was said
 *
 * A step is NAME or NAME=VALUE. Words that begin with "/" are no steps (a script's interpreter gets
 * its path), so a copy of this file under any name is a program, an interpreter and a subject:
 * whoever it is executed by hands on the steps that are left.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

void say(const char *text)
{
	char line[1024];
	int length = snprintf(line, sizeof(line), "%s\n", text);

	_exit(write(STDOUT_FILENO, line, (size_t)length) == length ? 0 : 1);
}

void attempt(long result)
{
	if (result < 0)
		say(strerrorname_np(errno));
}

void need(const char *step, long result)
{
	char text[128];

	if (result >= 0)
		return;
	snprintf(text, sizeof(text), "%s: %s", step, strerrorname_np(errno));
	say(text);
}

/* ---- the steps ------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*take)(const char *value, char **rest);
} steps[] = {
#define ROW(step) {#step, step_##step},
	STEPS(ROW)
#undef ROW
};

/* Is a word this step? It writes "_" as "-", and may have a value. */
static bool is_step(const char *word, const char *name)
{
	for (; *name; word++, name++)
		if (*word != (*name == '_' ? '-' : *name))
			return false;
	return !*word || *word == '=';
}

static void take_step(const char *word, char **rest)
{
	const char *value = strchr(word, '=');

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (is_step(word, steps[i].name)) {
			steps[i].take(value ? value + 1 : "", rest);
			return;
		}
	say("no such step");
}

void take_steps(char **step)
{
	for (; *step; step++)
		if (**step != '/')
			take_step(*step, step + 1);
	say("ok");
}

/* ---- cells ----------------------------------------------------------------------------------- */

static void in_a_child(char *words, int to)
{
	char *step[64];
	size_t n = 0;

	for (char *word = strtok(words, " "); word && n < 63; word = strtok(NULL, " "))
		step[n++] = word;
	step[n] = NULL;
	dup2(to, STDOUT_FILENO);
	close(to);
	if (!freopen("/dev/null", "w", stderr)) /* a loader says there what this cell wants */
		say("no /dev/null");
	alarm(600);
	take_steps(step);
}

/* What a cell says: its line, or how it ended without one. */
static void try_cell(char *words, char *said, size_t size)
{
	size_t length = 0;
	ssize_t n;
	pid_t child;
	int out[2], status;

	need("pipe", pipe2(out, O_CLOEXEC));
	child = fork();
	need("fork", child);
	if (!child)
		in_a_child(words, out[1]);
	close(out[1]);
	while ((n = read(out[0], said + length, size - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = '\0';
	close(out[0]);
	need("wait", waitpid(child, &status, 0));
	said[strcspn(said, "\n")] = '\0';
	if (!length && WIFSIGNALED(status))
		snprintf(said, size, WTERMSIG(status) == SIGKILL ? "killed" : "signal");
	else if (!length)
		snprintf(said, size, "nothing");
}

static int try_cells(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1024], said[1024];

	need("cells", file ? 0 : -1);
	while (fgets(line, sizeof(line), file)) {
		char *words = strrchr(line, '\t');

		line[strcspn(line, "\n")] = '\0';
		printf("%s", line);
		fflush(stdout);
		try_cell(words ? words + 1 : line, said, sizeof(said));
		printf("\t%s\n", said);
	}
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "cells"))
		return try_cells(argv[2]);
	take_steps(argv + 1);
}
