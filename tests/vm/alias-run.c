// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Techniques that run a program where only what lies in TOP/only may run. The place "other" is a
 * program elsewhere; "approved" is the one that may run, by the same technique.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alias.h"

/* Whatever the operation is: this is what is executed. */
static void start(const char *path, const char **argv, const char **environment)
{
	syscall(SYS_execve, path, argv, environment);
	act("execve", -1);
}

bool prepare_other(struct way *way)
{
	return !way->place->free;
}

static int copy_to(struct way *way, const char *path, int flags)
{
	char bytes[512];
	int from = open(way->path, O_RDONLY | O_CLOEXEC), to = open(path, flags, 0777);
	ssize_t size = read(from, bytes, sizeof(bytes));

	trick("create", to);
	trick("copy", size > 0 && write(to, bytes, (size_t)size) == size ? 0 : -1);
	close(from);
	return to;
}

/* ---- another file by an approved name ------------------------------------------------------ */

void go_run_tmpfs(struct way *way)
{
	trick("mount", mount("alias", TOP "/only", "tmpfs", 0, "mode=777"));
	close(copy_to(way, APPROVED, O_WRONLY | O_CREAT));
	lead_file(way, APPROVED);
}

void go_run_bind(struct way *way)
{
	trick("mount", mount(way->path, APPROVED, NULL, MS_BIND, NULL));
	lead_file(way, APPROVED);
}

/* ---- files without a name ------------------------------------------------------------------ */

/* Opened anew to be read only: what is open for writing is not executed. */
static void lead_by_fd(struct way *way, int fd)
{
	char name[64];
	int again;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	again = open(name, O_RDONLY);
	trick("reopen", again);
	close(fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", again);
	lead_file(way, name);
}

void go_run_memfd(struct way *way)
{
	char name[64];
	int fd = memfd_create("alias", 0);

	trick("memfd_create", fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	close(copy_to(way, name, O_WRONLY));
	lead_by_fd(way, fd);
}

void go_run_deleted(struct way *way)
{
	int fd = copy_to(way, WAY "/copy", O_WRONLY | O_CREAT);
	int read_only = open(WAY "/copy", O_RDONLY);

	close(fd);
	trick("unlink", unlink(WAY "/copy"));
	lead_by_fd(way, read_only);
}

void go_run_tmpfile(struct way *way)
{
	lead_by_fd(way, copy_to(way, WAY, O_RDWR | O_TMPFILE));
}

/* ---- by the help of another program -------------------------------------------------------- */

static void write_text(const char *step, const char *path, const char *text, int flags)
{
	int fd = open(path, O_WRONLY | flags, 0777);

	trick(step, fd);
	trick(step, write(fd, text, strlen(text)));
	close(fd);
}

/* A script's interpreter is asked about, too. */
void go_run_script(struct way *way)
{
	char text[600];

	if (way->place->free) {
		lead_file(way, TOP "/only/script");
		return;
	}
	snprintf(text, sizeof(text), "#!%s\n", way->path);
	write_text("script", WAY "/script", text, O_CREAT);
	lead_file(way, WAY "/script");
}

/* An interpreter that may run reads what it is given. */
void go_run_argument(struct way *way)
{
	(void)way;
	write_text("script", WAY "/script", "exit 200\n", O_CREAT);
	start(TOP "/only/sh", (const char *[]){"sh", WAY "/script", NULL}, NULL);
}

#define LOADER "/lib64/ld-linux-x86-64.so.2"

void go_run_loader(struct way *way)
{
	const char *program = way->place->free ? TOP "/only/dynamic" : "/opt/dynamic";

	start(LOADER, (const char *[]){"ld.so", program, "exit=200", NULL}, NULL);
}

void go_run_preload(struct way *way)
{
	const char *argv[] = {"dynamic", "mapped=library", "exit=200", NULL};
	const char *library = way->place->free ? "LD_PRELOAD=" TOP "/only/library.so"
					       : "LD_PRELOAD=/opt/library.so";

	start(TOP "/only/dynamic", argv, (const char *[]){library, NULL});
}

/* A handler of the host has an approved program run what begins with "ALIAS". */
void go_run_binfmt(struct way *way)
{
	const char *path = way->place->free ? TOP "/only/data" : WAY "/data";

	if (!way->place->free)
		write_text("data", path, "ALIAS", O_CREAT);
	lead_file(way, path);
}

/* In a user namespace a task may have handlers of its own, on newer kernels. */
void go_run_own_binfmt(struct way *way)
{
	char rule[600];

	write_text("data", WAY "/data", "OTHER", O_CREAT);
	trick("mount", mount("binfmt_misc", SPOT, "binfmt_misc", 0, NULL));
	snprintf(rule, sizeof(rule), ":own:M::OTHER::%s:", way->path);
	write_text("register", SPOT "/register", rule, 0);
	lead_file(way, WAY "/data");
}

/* ---- another content ----------------------------------------------------------------------- */

/* mov edi, REACHED; mov eax, 60; syscall */
static const unsigned char code[] = {0xbf, REACHED, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};

/* Written through a shared mapping, which then becomes executable. */
void go_run_shared(struct way *way)
{
	int fd = open(way->path, O_RDWR | O_CLOEXEC);
	unsigned char *at;

	trick("open", fd);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	trick("mmap", at == MAP_FAILED ? -1 : 0);
	memcpy(at, code, sizeof(code));
	act("mprotect", mprotect(at, 4096, PROT_READ | PROT_EXEC));
	((void (*)(void))(void *)at)();
}

/* The approved program changed in place, or replaced by another, and then run. */
void go_run_written(struct way *way)
{
	close(copy_to(way, APPROVED, O_WRONLY | O_TRUNC));
	lead_file(way, APPROVED);
}

void go_run_replaced(struct way *way)
{
	close(copy_to(way, WAY "/copy", O_WRONLY | O_CREAT));
	trick("rename", rename(WAY "/copy", APPROVED));
	lead_file(way, APPROVED);
}
