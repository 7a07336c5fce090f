// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps of an actor: programs and mappings. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef ACTOR_DYNAMIC
#include <dlfcn.h>
#endif

#include "actor.h"

/* ---- programs -------------------------------------------------------------------------------- */

char **arguments(const char *program, char **rest)
{
	static char *argv[64];
	size_t n = 1;

	argv[0] = strdup(program);
	for (; *rest && n < 63; rest++)
		argv[n++] = *rest;
	return argv;
}

void step_exec(const char *path, char **rest)
{
	attempt(execve(path, arguments(path, rest), environ));
}

static void exec_fd(int fd, char **rest)
{
	attempt(syscall(SYS_execveat, fd, "", arguments("/fd", rest), environ, AT_EMPTY_PATH));
}

int open_program(const char *path, int flags)
{
	int fd = open(path, flags);

	need("open", fd);
	return fd;
}

void step_fexec(const char *path, char **rest)
{
	exec_fd(open_program(path, O_PATH | O_CLOEXEC), rest);
}

void step_procfd(const char *path, char **rest)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", open_program(path, O_PATH));
	attempt(execve(name, arguments(name, rest), environ));
}

void copy_into(int to, const char *path)
{
	int from = open_program(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	need("stat", fstat(from, &st));
	for (off_t done = 0; done < st.st_size;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)(st.st_size - done));

		need("copy", n);
		done += n;
	}
	close(from);
}

static int memfd_of(const char *path)
{
	int fd = memfd_create("actor", MFD_CLOEXEC);

	need("memfd", fd);
	copy_into(fd, path);
	return fd;
}

void step_memfd(const char *path, char **rest)
{
	exec_fd(memfd_of(path), rest);
}

/* Leaves it as descriptor 9, for a script whose interpreter is /proc/self/fd/9. */
void step_memfd9(const char *path, char **rest)
{
	(void)rest;
	need("dup", dup2(memfd_of(path), 9));
}

void step_deleted(const char *path, char **rest)
{
	char copy[] = "/opt/deletedXXXXXX";
	int to = mkostemp(copy, O_CLOEXEC), fd;

	need("create", to);
	copy_into(to, path);
	need("chmod", fchmod(to, 0755));
	close(to);
	fd = open_program(copy, O_RDONLY | O_CLOEXEC);
	need("unlink", unlink(copy));
	exec_fd(fd, rest);
}

/* LOADER,PROGRAM: what the dynamic loader does when it is run on its own. */
void step_loader(const char *value, char **rest)
{
	char *loader = strdup(value), *program = strchr(loader, ',');
	char **argv;

	*program++ = '\0';
	argv = arguments(program, rest);
	memmove(argv + 1, argv, 62 * sizeof(*argv));
	argv[0] = loader;
	attempt(execve(loader, argv, environ));
}

/* ---- mappings -------------------------------------------------------------------------------- */

static void *map_fd(int fd, int protection)
{
	void *at = mmap(NULL, 4096, protection, MAP_PRIVATE, fd, 0);

	attempt(at == MAP_FAILED ? -1 : 0);
	return at;
}

void step_map(const char *path, char **rest)
{
	(void)rest;
	map_fd(open_program(path, O_RDONLY), PROT_READ | PROT_EXEC);
}

void step_mprotect(const char *path, char **rest)
{
	void *at = map_fd(open_program(path, O_RDONLY), PROT_READ);

	(void)rest;
	attempt(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

/* A page that was written to is no longer the file's, but its mapping is. */
void step_mprotect_written(const char *path, char **rest)
{
	char *at = map_fd(open_program(path, O_RDONLY), PROT_READ | PROT_WRITE);

	(void)rest;
	*at = 0;
	attempt(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

void step_map_memfd(const char *path, char **rest)
{
	(void)rest;
	map_fd(memfd_of(path), PROT_READ | PROT_EXEC);
}

void step_dlopen(const char *path, char **rest)
{
	(void)rest;
#ifdef ACTOR_DYNAMIC
	if (!dlopen(path, RTLD_NOW))
		say("dlopen failed");
#else
	need(path, (errno = ENOSYS, -1));
#endif
}

void step_read(const char *path, char **rest)
{
	char byte;
	int fd = open(path, O_RDONLY);

	(void)rest;
	attempt(fd);
	attempt(read(fd, &byte, 1));
	close(fd);
}

void step_exit(const char *status, char **rest)
{
	(void)rest;
	_exit(atoi(status));
}

/* Is something of that name mapped to be executed? */
void step_mapped(const char *name, char **rest)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	(void)rest;
	need("maps", maps ? 0 : -1);
	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "r-x") && strstr(line, name)) {
			fclose(maps);
			return;
		}
	say("not mapped");
}
