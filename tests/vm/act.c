/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Does one thing to a file, by system call, and says what came of it: "ok", the name of an errno or
 * of the signal that killed it.
 *
 *   act [in CGROUP] ACT PATH [OTHER]   status 0 where it is ok, else 1; nothing is prepared, but
 *                                      what acts on a descriptor has one from before the cgroup
 *   act table FILE                     each line is CGROUP, ACT, PATH and OTHER, with tabs between
 *                                      them; prints for each what came of it and the process that
 * did it
 *
 * In a table \xHH stands for a byte, "-" for no cgroup (or no name), and each act finds and leaves
 * behind what its entry in the table of acts says; "=ACT" takes things as they are.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act.h"

#define FAILED 255 /* no errno */

static _Noreturn void die(const char *what, const char *about)
{
	fprintf(stderr, "act: %s %s: %s\n", what, about, strerror(errno));
	_exit(FAILED);
}

static const struct act *find_act(const char *name)
{
	for (const struct act *act = acts; act->name; act++)
		if (!strcmp(act->name, name))
			return act;
	errno = EINVAL;
	die("no act called", name);
}

static void remove_name(const char *path)
{
	if (*path && unlink(path) && errno == EISDIR)
		rmdir(path);
}

static void make_name(const char *path, enum before before)
{
	int fd;

	if (!*path)
		return;
	remove_name(path);
	if (before == DIR_THERE && mkdir(path, 0700))
		die("mkdir", path);
	if (before == LINK_THERE && symlink("/nowhere", path))
		die("symlink", path);
	if (before != FILE_THERE)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "some text\n", 10) != 10)
		die("make", path);
	close(fd);
}

static void enter(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die("enter", path);
	close(fd);
}

/* What is done before the task is confined. Returns 0 or an errno. */
static int hold(const struct act *act, struct act_args *args)
{
	args->flags = act->flags;
	args->fd = -1;
	if (act->hold != NO_FD) {
		args->fd = open(args->path, act->hold);
		if (args->fd < 0)
			return errno;
	}
	return act->prepare ? act->prepare(args) : 0;
}

/* Has a child do it in a cgroup (NULL: where it is). Sets text to what came of it. */
static pid_t perform(const struct act *act, struct act_args *args, const char *cgroup,
		     const char **text)
{
	int status, err = hold(act, args);
	pid_t pid = 0;

	if (!err) {
		pid = fork();
		if (pid < 0)
			die("fork for", act->name);
		if (!pid) {
			if (cgroup)
				enter(cgroup);
			_exit(act->run(args));
		}
		if (waitpid(pid, &status, 0) < 0)
			die("wait for", act->name);
		err = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	}
	if (pid && WIFSIGNALED(status))
		*text = WTERMSIG(status) == SIGKILL ? "SIGKILL" : "signal";
	else
		*text = !err ? "ok" : err == FAILED ? "failed" : strerrorname_np(err);
	if (args->fd >= 0)
		close(args->fd);
	return pid;
}

/* ---- a table ------------------------------------------------------------------------------- */

/* Turns each \xHH into its byte, in place. */
static void unescape(char *text)
{
	char *to = text, hex[3] = "";

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] == 'x' && isxdigit(text[2]) && isxdigit(text[3])) {
			memcpy(hex, text + 2, 2);
			*to++ = (char)strtol(hex, NULL, 16);
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The next field of a line. */
static char *field(char **rest)
{
	static char none[] = "";
	char *text = strsep(rest, "\t\n");

	if (!text || !strcmp(text, "-"))
		return none;
	unescape(text);
	return text;
}

static void table_line(char *line)
{
	char *cgroup = field(&line), *name = field(&line);
	char *path = field(&line), *other = field(&line);
	struct act_args args = {.path = path, .other = other};
	bool as_they_are = *name == '=';
	const struct act *act = find_act(name + as_they_are);
	const char *text;
	pid_t pid;

	if (!as_they_are) {
		make_name(args.path, act->path);
		make_name(args.other, act->other);
	}
	pid = perform(act, &args, *cgroup ? cgroup : NULL, &text);
	if (!as_they_are) {
		remove_name(args.path);
		remove_name(args.other);
	}
	printf("%s\t%d\n", text, pid);
}

static int table(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die("open", path);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	while (getline(&line, &size, file) > 0) {
		table_line(line);
		/* A child must not have output to print. */
		fflush(stdout);
	}
	fclose(file);
	free(line);
	return 0;
}

int main(int argc, char **argv)
{
	struct act_args args = {.other = ""};
	const char *cgroup = NULL, *text;

	umask(0);
	if (argc == 3 && !strcmp(argv[1], "table"))
		return table(argv[2]);
	if (argc > 3 && !strcmp(argv[1], "in")) {
		cgroup = argv[2];
		argv += 2;
		argc -= 2;
	}
	if (argc < 3) {
		fputs("Usage: act [in CGROUP] ACT PATH [OTHER] | act table FILE\n", stderr);
		return FAILED;
	}
	args.path = argv[2];
	if (argc > 3)
		args.other = argv[3];
	perform(find_act(argv[1]), &args, cgroup, &text);
	puts(text);
	return strcmp(text, "ok") != 0;
}
