// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is measured, each by as few system calls as it takes. */
#include "cost.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER COST_FILE "2"
#define PAGE 4096

static int held = -1; /* COST_FILE, open */
static char page[PAGE];

static int open_close(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int run_open(uint32_t i)
{
	(void)i;
	return open_close(COST_FILE, O_RDONLY);
}

static int run_new_file(uint32_t i)
{
	return open_close(cost_fresh_name(COST_NEW_FILE, i), O_RDONLY);
}

static int run_new_dir(uint32_t i)
{
	return open_close(cost_fresh_name(COST_NEW_DIR, i), O_RDONLY);
}

static int run_new_path(uint32_t i)
{
	return open_close(cost_fresh_name(COST_NEW_PATH, i), O_RDONLY);
}

/* The names are to be known to the kernel, and none opened. */
static int warm(enum cost_fresh kind)
{
	struct stat st;

	for (uint32_t i = 0; i < COST_FRESH; i++)
		if (stat(cost_fresh_name(kind, i), &st))
			return -1;
	return 0;
}

static int warm_files(void)
{
	return warm(COST_NEW_FILE);
}

static int warm_dirs(void)
{
	return warm(COST_NEW_DIR);
}

static int warm_paths(void)
{
	return warm(COST_NEW_PATH);
}

static int run_stat(uint32_t i)
{
	struct stat st;

	(void)i;
	return stat(COST_FILE, &st);
}

static int hold(void)
{
	if (held < 0)
		held = open(COST_FILE, O_RDWR | O_CLOEXEC);
	return held < 0 ? -1 : 0;
}

static int run_read(uint32_t i)
{
	(void)i;
	return pread(held, page, 64, 0) == 64 ? 0 : -1;
}

static int run_write(uint32_t i)
{
	(void)i;
	return pwrite(held, page, 64, 0) == 64 ? 0 : -1;
}

static int run_getpid(uint32_t i)
{
	(void)i;
	return syscall(SYS_getpid) > 0 ? 0 : -1;
}

static int run_create(uint32_t i)
{
	(void)i;
	return open_close(OTHER, O_WRONLY | O_CREAT | O_EXCL) || unlink(OTHER) ? -1 : 0;
}

static int run_rename(uint32_t i)
{
	return i & 1 ? rename(OTHER, COST_FILE) : rename(COST_FILE, OTHER);
}

static int run_rename_dir(uint32_t i)
{
	return i & 1 ? rename(COST_FOLDER "2", COST_FOLDER) : rename(COST_FOLDER, COST_FOLDER "2");
}

static int run_link(uint32_t i)
{
	(void)i;
	return link(COST_FILE, OTHER) || unlink(OTHER) ? -1 : 0;
}

static int run_chmod(uint32_t i)
{
	return chmod(COST_FILE, i & 1 ? 0644 : 0640);
}

static int run_mmap(uint32_t i)
{
	void *memory = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, held, 0);

	(void)i;
	return memory == MAP_FAILED ? -1 : munmap(memory, PAGE);
}

/* Status 0 of a child that is waited for. */
static int reap(pid_t child)
{
	int status;

	return child > 0 && waitpid(child, &status, 0) == child && !status ? 0 : -1;
}

static int run_fork(uint32_t i)
{
	pid_t child = fork();

	(void)i;
	if (!child)
		_exit(0);
	return reap(child);
}

/* No page is copied: the same hooks, and less noise. */
static int run_vfork(uint32_t i)
{
	pid_t child = vfork();

	(void)i;
	if (!child)
		_exit(0);
	return reap(child);
}

/* By vfork, which copies no page tables: what is left is exec. */
static int run_exec(uint32_t i)
{
	static char name[] = "cost", nothing[] = "nothing";
	char *argv[] = {name, nothing, NULL}, *env[] = {NULL};
	pid_t child = vfork();

	(void)i;
	if (!child) {
		execve("/proc/self/exe", argv, env);
		_exit(127);
	}
	return reap(child);
}

const struct cost_op cost_ops[] = {
	{"open", run_open, NULL, 100, 30},
	{"open-new-file", run_new_file, warm_files, 20, COST_FRESH / 20},
	{"open-new-dir", run_new_dir, warm_dirs, 20, COST_FRESH / 20},
	{"open-new-path", run_new_path, warm_paths, 20, COST_FRESH / 20},
	{"stat", run_stat, NULL, 200, 20},
	{"read", run_read, hold, 500, 20},
	{"write", run_write, hold, 200, 20},
	{"getpid", run_getpid, NULL, 1000, 20},
	{"create+unlink", run_create, NULL, 40, 30},
	{"rename", run_rename, NULL, 40, 30},
	{"rename-dir", run_rename_dir, NULL, 40, 30},
	{"link+unlink", run_link, NULL, 40, 30},
	{"chmod", run_chmod, NULL, 40, 30},
	{"mmap", run_mmap, hold, 100, 30},
	{"fork", run_fork, NULL, 1, 300},
	{"vfork", run_vfork, NULL, 1, 300},
	{"exec", run_exec, NULL, 1, 300},
	{0},
};
