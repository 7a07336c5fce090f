// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Steps of an actor that a process section speaks of: ways to another task and to its memory. The
 * step "target" starts that task in a cgroup, "enforcer" takes the daemon for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

pid_t other;
static char memory[] = "what only its owner reads";

static void enter(const char *group)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	need("cgroup", fd);
	need("cgroup", write(fd, "0", 1));
	/* What it is asked about next finds the label up to date. */
	need("open", open("/dev/null", O_RDONLY | O_CLOEXEC));
	close(fd);
}

/* Waits to be looked at, in a cgroup or where the actor is; dies with the actor. */
void step_target(const char *group, char **rest)
{
	int ready[2];
	char byte;

	(void)rest;
	need("pipe", pipe(ready));
	other = fork();
	need("fork", other);
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, 1); /* also where it was root before */
		if (*group)
			enter(group);
		byte = write(ready[1], "", 1) == 1;
		for (;;)
			pause();
	}
	need("target", read(ready[0], &byte, 1) - 1);
}

void step_enforcer(const char *value, char **rest)
{
	FILE *file = fopen("/run/enforcerd.pid", "re");

	(void)value;
	(void)rest;
	need("enforcer", file && fscanf(file, "%d", &other) == 1 ? 0 : -1);
	fclose(file);
}

static int proc(const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", other, name);
	return open(path, flags | O_CLOEXEC);
}

/* The kernel makes EACCES of what is denied on the way to memory. */
static void attempt_memory(long result)
{
	if (result < 0 && errno == EACCES)
		errno = EPERM;
	attempt(result);
}

/* ---- ways that attach ------------------------------------------------------------------------ */

void step_attach(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	attempt(ptrace(PTRACE_ATTACH, other, NULL, NULL));
	need("wait", waitpid(other, NULL, 0));
	need("detach", ptrace(PTRACE_DETACH, other, NULL, NULL));
}

void step_seize(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	attempt(ptrace(PTRACE_SEIZE, other, NULL, NULL));
}

void step_mem(const char *value, char **rest)
{
	(void)rest;
	attempt_memory(proc("mem", *value == 'w' ? O_RDWR : O_RDONLY));
}

/* "read" or "write". */
void step_vm(const char *value, char **rest)
{
	char here[sizeof(memory)] = "";
	struct iovec local = {here, sizeof(here)}, remote = {memory, sizeof(here)};

	(void)rest;
	if (*value == 'w')
		attempt(process_vm_writev(other, &local, 1, &remote, 1, 0));
	else
		attempt(process_vm_readv(other, &local, 1, &remote, 1, 0));
}

void step_getfd(const char *value, char **rest)
{
	int pidfd = (int)syscall(SYS_pidfd_open, other, 0);

	(void)value;
	(void)rest;
	need("pidfd_open", pidfd);
	attempt(syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

/* A child asks to be traced by the actor, which has entered a cgroup since the child began. */
void step_traceme(const char *group, char **rest)
{
	int go[2], status;
	pid_t child;
	char byte;

	(void)rest;
	need("pipe", pipe(go));
	child = fork();
	need("fork", child);
	if (!child) {
		need("go", read(go[0], &byte, 1) - 1);
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) ? errno : 0);
	}
	if (*group)
		enter(group);
	need("go", write(go[1], "", 1));
	need("wait", waitpid(child, &status, 0));
	errno = WEXITSTATUS(status);
	attempt(errno ? -1 : 0);
}

/* ---- ways that look -------------------------------------------------------------------------- */

void step_look(const char *name, char **rest)
{
	char text[256];
	int fd = proc(name, O_RDONLY);

	(void)rest;
	attempt_memory(fd);
	attempt_memory(read(fd, text, sizeof(text)));
}

void step_link(const char *name, char **rest)
{
	char path[64], text[256];

	(void)rest;
	snprintf(path, sizeof(path), "/proc/%d/%s", other, name);
	attempt_memory(readlink(path, text, sizeof(text)));
}

/* What is decided there is not told: fields of it are zero where it is denied. */
void step_stat(const char *value, char **rest)
{
	char text[1024] = "";
	int fd = proc("stat", O_RDONLY);
	const char *field = text;

	(void)value;
	(void)rest;
	need("stat", fd);
	need("read", read(fd, text, sizeof(text) - 1));
	for (int i = 0; i < 27 && field; i++) /* startstack is the 28th */
		field = strchr(field + 1, ' ');
	errno = EPERM;
	attempt(field && strncmp(field, " 0 ", 3) ? 0 : -1);
}
