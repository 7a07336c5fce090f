// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is done to a file that a technique reached, and the program that stands there. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alias.h"

#define BASE 0x400000

/* Ends with REACHED, and says in its bytes where it stands. */
struct program {
	Elf64_Ehdr head;
	Elf64_Phdr load;
	unsigned char code[12];
	char mark[19];
	char written; /* WRITE sets it */
};

static struct program program_of(const char *mark)
{
	struct program p = {
		.head = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				     EV_CURRENT},
			 .e_type = ET_EXEC,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_entry = BASE + offsetof(struct program, code),
			 .e_phoff = offsetof(struct program, load),
			 .e_ehsize = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 1},
		.load = {.p_type = PT_LOAD,
			 .p_flags = PF_R | PF_X,
			 .p_vaddr = BASE,
			 .p_filesz = sizeof(p),
			 .p_memsz = sizeof(p),
			 .p_align = 0x1000},
		/* exit(REACHED): mov edi, REACHED; mov eax, 60; syscall */
		.code = {0xbf, REACHED, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05},
	};

	snprintf(p.mark, sizeof(p.mark), "%s", mark);
	return p;
}

void make_program(int at, const char *path, const char *mark)
{
	struct program p = program_of(mark);
	int fd = openat(at, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0777);

	if (fd < 0 || write(fd, &p, sizeof(p)) != sizeof(p) || fchown(fd, 1000, 1000))
		perror(path);
	close(fd);
}

bool was_written(int fd)
{
	char byte = 0;

	return pread(fd, &byte, 1, offsetof(struct program, written)) == 1 && byte == 'W';
}

/* ---- by path ------------------------------------------------------------------------------- */

int open_plainly(struct way *way, int flags)
{
	return openat(way->at, way->path, flags | O_CLOEXEC);
}

int remove_plainly(struct way *way)
{
	return unlinkat(way->at, way->path, 0);
}

/* Puts another file in its place: over it, or after it was removed. */
int replace_plainly(struct way *way)
{
	int fd, err;

	if (!renameat(way->at, way->spare, way->at, way->path))
		return 0;
	err = errno;
	if (way->remove(way)) {
		errno = err;
		return -1;
	}
	fd = openat(way->at, way->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0777);
	return fd;
}

/* ---- the operations ------------------------------------------------------------------------ */

static int opened(struct way *way, int flags)
{
	int fd = way->open(way, flags);

	act("open", fd);
	return fd;
}

/* It must be that file, not one that only has its name. */
static void same_mark(const struct program *p, struct way *way)
{
	struct program expected = program_of(way->place->name);

	errno = EILSEQ;
	act("compare", memcmp(p, &expected, sizeof(expected)) ? -1 : 0);
}

static void run_read(struct way *way)
{
	struct program p = {.written = 0};

	act("read", pread(opened(way, O_RDONLY), &p, sizeof(p), 0));
	same_mark(&p, way);
}

static void run_write(struct way *way)
{
	act("write", pwrite(opened(way, O_WRONLY), "W", 1, offsetof(struct program, written)));
}

static void has_a_name(struct way *way)
{
	errno = ENOTSUP;
	trick("its name", *way->path ? 0 : -1);
}

static void run_replace(struct way *way)
{
	has_a_name(way);
	act("replace", way->replace(way));
}

static void run_delete(struct way *way)
{
	has_a_name(way);
	act("unlink", way->remove(way));
}

static void run_execute(struct way *way)
{
	char *argv[] = {(char[]){"program"}, NULL}, *envp[] = {NULL};

	if (way->open == open_plainly)
		syscall(SYS_execveat, way->at, way->path, argv, envp, 0);
	else
		syscall(SYS_execveat, opened(way, O_RDONLY), "", argv, envp, AT_EMPTY_PATH);
	act("execve", -1);
}

static void run_map(struct way *way)
{
	int fd = opened(way, O_RDONLY);
	void *at = mmap(NULL, sizeof(struct program), PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	act("mmap", at == MAP_FAILED ? -1 : 0);
	same_mark(at, way);
}

const struct operation operations[OPERATIONS] = {
	{"read", READ, 'r', run_read},		{"write", WRITE, 'w', run_write},
	{"replace", REPLACE, 'p', run_replace}, {"delete", DELETE, 'd', run_delete},
	{"execute", EXECUTE, 'x', run_execute}, {"map", MAP, 'm', run_map},
};
