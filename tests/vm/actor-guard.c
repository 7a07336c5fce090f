// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Steps of an actor against the enforcer: its process, its BPF objects, its socket, its files. What
 * succeeds does no harm, so that it can be tried without enforcement first.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "actor.h"

/* ---- the process, which the step "enforcer" or "target" chose ----------------------------------
 */

static void signal_by(const char *way, int number)
{
	siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE, .si_pid = getpid()};

	if (!strcmp(way, "tgkill"))
		attempt(syscall(SYS_tgkill, other, other, number));
	else if (!strcmp(way, "tkill"))
		attempt(syscall(SYS_tkill, other, number));
	else if (!strcmp(way, "queue"))
		attempt(syscall(SYS_rt_sigqueueinfo, other, number, &info));
	else if (!strcmp(way, "pidfd"))
		attempt(syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, other, 0), number,
				NULL, 0));
	else
		attempt(kill(other, number));
}

/* The way; a process that runs does not notice this signal. */
void step_signal(const char *way, char **rest)
{
	(void)rest;
	signal_by(way, SIGCONT);
}

void step_exists(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	attempt(kill(other, 0));
}

/* A signal that a pipe sends to whom it belongs: nobody is told how that went. */
void step_sigio(const char *value, char **rest)
{
	int ends[2];

	(void)value;
	(void)rest;
	need("pipe", pipe(ends));
	need("owner", fcntl(ends[0], F_SETOWN, other));
	need("signal", fcntl(ends[0], F_SETSIG, SIGKILL));
	need("async", fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK));
	need("write", write(ends[1], "", 1));
}

/* The same where somebody in no policy writes. */
void step_lure(const char *path, char **rest)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	(void)rest;
	need("open", fd);
	need("owner", fcntl(fd, F_SETOWN, other));
	need("signal", fcntl(fd, F_SETSIG, SIGKILL));
	need("async", fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK));
	sleep(3);
}

/* What it has to run with: set to what it is. */
void step_limit(const char *what, char **rest)
{
	struct sched_param zero = {0};
	struct rlimit limit;
	cpu_set_t cpus;
	unsigned long node = 1;

	(void)rest;
	if (!strcmp(what, "nofile")) {
		need("prlimit", prlimit(other, RLIMIT_NOFILE, NULL, &limit));
		attempt(prlimit(other, RLIMIT_NOFILE, &limit, NULL));
	} else if (!strcmp(what, "nice")) {
		attempt(setpriority(PRIO_PROCESS, (id_t)other, 0));
	} else if (!strcmp(what, "io")) {
		attempt(syscall(SYS_ioprio_set, 1, other, 2 << 13 | 4));
	} else if (!strcmp(what, "scheduler")) {
		attempt(sched_setscheduler(other, SCHED_OTHER, &zero));
	} else if (!strcmp(what, "cpus")) {
		need("affinity", sched_getaffinity(other, sizeof(cpus), &cpus));
		attempt(sched_setaffinity(other, sizeof(cpus), &cpus));
	} else if (!strcmp(what, "pages")) {
		attempt(syscall(SYS_migrate_pages, other, 8 * sizeof(node), &node, &node));
	} else {
		say("no such limit");
	}
}

/* ---- BPF ---------------------------------------------------------------------------------------
 */

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static bool is_called(int fd, const char *name, bool map)
{
	struct bpf_map_info map_info = {0};
	struct bpf_prog_info program_info = {0};
	union bpf_attr attr = {0};

	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = map ? sizeof(map_info) : sizeof(program_info);
	attr.info.info = (uintptr_t)(map ? (void *)&map_info : (void *)&program_info);
	need("info", bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	return !strncmp(map ? map_info.name : program_info.name, name, BPF_OBJ_NAME_LEN - 1);
}

/* A descriptor of the map or program with this name, by trying every id. */
static void by_id(const char *name, bool map)
{
	union bpf_attr attr = {0};
	uint32_t id = 0;
	int fd;

	for (;;) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		if (bpf(map ? BPF_MAP_GET_NEXT_ID : BPF_PROG_GET_NEXT_ID, &attr))
			say("no such name");
		id = attr.next_id;
		memset(&attr, 0, sizeof(attr));
		attr.map_id = id;
		fd = (int)bpf(map ? BPF_MAP_GET_FD_BY_ID : BPF_PROG_GET_FD_BY_ID, &attr);
		attempt(fd);
		if (is_called(fd, name, map))
			return;
		close(fd);
	}
}

void step_map_id(const char *name, char **rest)
{
	(void)rest;
	by_id(name, true);
}

void step_program_id(const char *name, char **rest)
{
	(void)rest;
	by_id(name, false);
}

void step_pin(const char *path, char **rest)
{
	union bpf_attr attr = {0};

	(void)rest;
	attr.pathname = (uintptr_t)path;
	attempt(bpf(BPF_OBJ_GET, &attr));
}

/* On a link that is none: who may try is told so. */
void step_bpf(const char *command, char **rest)
{
	union bpf_attr attr = {0};

	(void)rest;
	if (!strcmp(command, "detach")) {
		attr.link_detach.link_fd = UINT32_MAX;
		attempt(bpf(BPF_LINK_DETACH, &attr));
	} else if (!strcmp(command, "update")) {
		attr.link_update.link_fd = UINT32_MAX;
		attempt(bpf(BPF_LINK_UPDATE, &attr));
	} else if (!strcmp(command, "link")) {
		attr.link_id = UINT32_MAX;
		attempt(bpf(BPF_LINK_GET_FD_BY_ID, &attr));
	} else {
		say("no such command");
	}
}

/* A map of its own, made and found again. */
void step_own_map(const char *value, char **rest)
{
	union bpf_attr attr = {0};
	struct bpf_map_info info = {0};
	int fd;

	(void)value;
	(void)rest;
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8;
	attr.max_entries = 1;
	fd = (int)bpf(BPF_MAP_CREATE, &attr);
	attempt(fd);
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	need("info", bpf(BPF_OBJ_GET_INFO_BY_FD, &attr));
	memset(&attr, 0, sizeof(attr));
	attr.map_id = info.id;
	attempt(bpf(BPF_MAP_GET_FD_BY_ID, &attr));
}

/* ---- socket and files --------------------------------------------------------------------------
 */

void step_connect(const char *path, char **rest)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)rest;
	need("socket", fd);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	attempt(connect(fd, (const struct sockaddr *)&address, sizeof(address)));
}

/* There and back again. */
void step_rename(const char *path, char **rest)
{
	char aside[256];

	(void)rest;
	snprintf(aside, sizeof(aside), "%s_aside", path);
	attempt(rename(path, aside));
	need("back", rename(aside, path));
}

void step_chmod(const char *path, char **rest)
{
	struct stat status;

	(void)rest;
	need("stat", stat(path, &status));
	attempt(chmod(path, status.st_mode & 07777));
}

/* Made and removed. */
void step_folder(const char *path, char **rest)
{
	(void)rest;
	attempt(mkdir(path, 0755));
	need("rmdir", rmdir(path));
}

void step_hardlink(const char *path, char **rest)
{
	(void)rest;
	attempt(link(path, "/var/hardlink"));
	need("unlink", unlink("/var/hardlink"));
}

void step_create(const char *path, char **rest)
{
	(void)rest;
	attempt(open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	need("unlink", unlink(path));
}

void step_unlink(const char *path, char **rest)
{
	(void)rest;
	attempt(unlink(path));
	need("again", creat(path, 0644));
}
