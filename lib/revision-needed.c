/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The libraries that a program names in its ELF header: without them it does not start. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "revision-internal.h"

/* A program as mapped; every offset in it is checked against size. */
struct elf {
	const unsigned char *bytes;
	size_t size;
};

static const void *elf_at(const struct elf *elf, uint64_t offset, uint64_t n)
{
	return offset <= elf->size && n <= elf->size - offset ? elf->bytes + offset : NULL;
}

static int elf_open(const char *path, struct elf *ret_elf)
{
	PC_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *bytes;

	if (fd < 0 || fstat(fd, &status))
		return -ENOENT;
	if (!S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(Elf64_Ehdr))
		return -ENOEXEC;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -ENOMEM;
	*ret_elf = (struct elf){bytes, (size_t)status.st_size};
	return 0;
}

static void elf_close(struct elf *elf)
{
	munmap((void *)(uintptr_t)elf->bytes, elf->size);
}

/* The i-th program header of 64-bit ELF in this machine's byte order; NULL: no more. */
static bool elf_header(const struct elf *elf, uint32_t i, Elf64_Phdr *ret_header)
{
	Elf64_Ehdr head;
	const void *at;

	memcpy(&head, elf->bytes, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    i >= head.e_phnum || head.e_phentsize != sizeof(*ret_header))
		return false;
	at = elf_at(elf, head.e_phoff + (uint64_t)i * sizeof(*ret_header), sizeof(*ret_header));
	if (at)
		memcpy(ret_header, at, sizeof(*ret_header));
	return at != NULL;
}

/* Where in the file an address of the running program is. */
static uint64_t elf_offset(const struct elf *elf, uint64_t address)
{
	Elf64_Phdr header;

	for (uint32_t i = 0; elf_header(elf, i, &header); i++)
		if (header.p_type == PT_LOAD && address >= header.p_vaddr &&
		    address - header.p_vaddr < header.p_filesz)
			return header.p_offset + (address - header.p_vaddr);
	return UINT64_MAX;
}

static bool elf_dynamic(const struct elf *elf, const Elf64_Phdr *dynamic, uint32_t i,
			Elf64_Dyn *ret_entry)
{
	uint64_t from = (uint64_t)i * sizeof(*ret_entry);
	const void *at = NULL;

	if (from + sizeof(*ret_entry) <= dynamic->p_filesz)
		at = elf_at(elf, dynamic->p_offset + from, sizeof(*ret_entry));
	if (at)
		memcpy(ret_entry, at, sizeof(*ret_entry));
	return at && ret_entry->d_tag != DT_NULL;
}

static const char *elf_string(const struct elf *elf, uint64_t strings, uint64_t offset)
{
	uint64_t from = strings + offset;

	if (strings == UINT64_MAX || from < strings || from >= elf->size ||
	    !memchr(elf->bytes + from, '\0', elf->size - from))
		return NULL;
	return (const char *)elf->bytes + from;
}

static void name_needed(const struct elf *elf, const Elf64_Phdr *dynamic, pc_needed_fn fn,
			void *context)
{
	uint64_t strings = UINT64_MAX;
	Elf64_Dyn entry;

	for (uint32_t i = 0; elf_dynamic(elf, dynamic, i, &entry); i++)
		if (entry.d_tag == DT_STRTAB)
			strings = elf_offset(elf, entry.d_un.d_ptr);
	for (uint32_t i = 0; elf_dynamic(elf, dynamic, i, &entry); i++) {
		const char *name = NULL;

		if (entry.d_tag == DT_NEEDED)
			name = elf_string(elf, strings, entry.d_un.d_val);
		if (name && *name && !strchr(name, '/') && strlen(name) <= NAME_MAX)
			fn(context, name);
	}
}

void pc_needed(const char *path, pc_needed_fn fn, void *context)
{
	struct elf elf = {NULL, 0};
	Elf64_Phdr header;

	if (elf_open(path, &elf))
		return;
	for (uint32_t i = 0; elf_header(&elf, i, &header); i++)
		if (header.p_type == PT_DYNAMIC)
			name_needed(&elf, &header, fn, context);
	elf_close(&elf);
}
