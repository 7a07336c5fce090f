// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps of an actor that would shed its label: helpers, namespaces, numbers, time. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "ring.h"

void step_spawn(const char *path, char **rest)
{
	pid_t child;

	errno = posix_spawn(&child, path, NULL, NULL, arguments(path, rest), environ);
	attempt(errno ? -1 : 0);
	follow("spawn", child);
}

/* Joins the namespaces of a child, which has made them. */
void step_setns(const char *value, char **rest)
{
	int ready[2], flags = namespaces(value), pidfd;
	pid_t child;
	char byte = 0;

	(void)rest;
	need("pipe", pipe(ready));
	child = fork();
	need("fork", child);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		byte = !unshare(flags);
		_exit(write(ready[1], &byte, 1) == 1 ? pause() : 1);
	}
	need("unshare", read(ready[0], &byte, 1) == 1 && byte ? 0 : -1);
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	need("pidfd_open", pidfd);
	need("setns", setns(pidfd, flags));
}

/* ---- io_uring -------------------------------------------------------------------------------- */

/* "worker" or "poll": has the thread made that does later what step uring asks for. */
void step_ring(const char *value, char **rest)
{
	int poll = !strcmp(value, "poll");

	(void)rest;
	need("ring", ring_begin(poll ? IORING_SETUP_SQPOLL : 0, poll ? 0 : IOSQE_ASYNC));
	need("first", ring_open(AT_FDCWD, "/dev/null", O_RDONLY));
}

void step_uring(const char *path, char **rest)
{
	(void)rest;
	attempt(ring_open(AT_FDCWD, path, O_RDONLY));
}

/* ---- many times ------------------------------------------------------------------------------ */

static int opens(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * "DENIED,ALLOWED,END": opens both until END is there. "ok" where both could be opened each time,
 * EACCES where it was the second only, and often.
 */
void step_hammer(const char *value, char **rest)
{
	char text[64], *denied = strdup(value), *allowed = strchr(denied, ','), *end;
	unsigned long tries = 0, opened = 0, failed = 0;

	(void)rest;
	*allowed++ = '\0';
	end = strchr(allowed, ',');
	*end++ = '\0';
	do {
		tries++;
		opened += (unsigned long)opens(denied);
		failed += (unsigned long)!opens(allowed);
	} while (access(end, F_OK));
	if (opened == tries && !failed)
		say("ok");
	if (!opened && !failed && tries > 1000)
		say("EACCES");
	snprintf(text, sizeof(text), "%lu opened, %lu failed of %lu", opened, failed, tries);
	say(text);
}

static void sparks(const char *path, int number, unsigned int *opened)
{
	pid_t child;

	for (; number > 0; number--) {
		child = fork();
		if (child < 0)
			return;
		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			__atomic_add_fetch(&opened[0], (unsigned int)opens(path), __ATOMIC_RELAXED);
			__atomic_add_fetch(&opened[1], 1, __ATOMIC_RELEASE);
			pause();
		}
	}
}

/* "PATH,NUMBER": so many processes at once, of which each tries to open it. */
void step_bomb(const char *value, char **rest)
{
	char *path = strdup(value), *number = strchr(path, ',');
	unsigned int *opened =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int wanted;

	(void)rest;
	*number++ = '\0';
	wanted = (unsigned int)atoi(number);
	sparks(path, (int)wanted, opened);
	while (__atomic_load_n(&opened[1], __ATOMIC_ACQUIRE) < wanted)
		usleep(1000);
	if (opened[0] && opened[0] < wanted)
		say("some of them");
	errno = EACCES;
	attempt(opened[0] ? 0 : -1);
}
