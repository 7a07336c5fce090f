/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading policy texts from folders that mask one another, and from single files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "diag-codes.h"
#include "parse.h"
#include "paths.h"

#ifndef PC_PREFIX
#define PC_PREFIX "/usr/local"
#endif

#define BYTES_MAX ((size_t)16 << 20) /* of one text */
#define DEPTH_MAX 8		     /* folders inside include/ */
#define READ_STEP ((size_t)64 << 10)

const char *const pc_policy_folders[] = {
	PC_PREFIX "/lib/portcullis/policies",
	PC_CONFIG_DIR "/policies",
	PC_RUN_DIR "/policies",
};
const uint32_t pc_policy_folder_count = PC_ARRAY_SIZE(pc_policy_folders);

/* A name found in a folder; a later folder's entry of the same name takes its place. */
struct entry {
	const char *name; /* path inside the folder */
	const char *file;
	bool disabled; /* a link to /dev/null */
	uint32_t order;
};

struct scan {
	struct pc_arena arena;
	struct entry *entries;
	uint32_t count;
	const char *folder;
	struct pc_diags *diags;
};

void pc_texts_free(struct pc_texts *texts)
{
	pc_arena_free(&texts->arena);
	*texts = (struct pc_texts){0};
}

static void cannot_read(struct pc_diags *diags, const char *file, int err)
{
	struct pc_loc loc = {.file = file};

	pc_diag_add(diags, PC_ERROR, PC_CODE_READ, &loc, "cannot be read: %s", strerror(err));
	if (err == EACCES || err == EPERM)
		pc_diag_hint(diags, "run as root, or make the file readable");
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static bool is_null_device(const struct stat *status)
{
	return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

static int add_entry(struct scan *scan, const char *name, bool disabled)
{
	uint32_t order = scan->count;
	struct entry *entry;
	char *copy, *file;

	copy = pc_arena_strndup(&scan->arena, name, strlen(name));
	file = pc_arena_printf(&scan->arena, "%s/%s", scan->folder, name);
	entry = pc_arena_push(&scan->arena, &scan->entries, &scan->count);
	if (!copy || !file || !entry)
		return -ENOMEM;
	*entry = (struct entry){copy, file, disabled, order};
	return 0;
}

static int scan_folder(struct scan *scan, int fd, const char *inside, uint32_t depth);

/* Folders that are looked into: NAME.d at the top; include at the top, and all below it. */
static bool is_wanted_folder(const char *inside, const char *name)
{
	if (*inside)
		return !strncmp(inside, "include/", strlen("include/"));
	return !strcmp(name, "include") || ends_with(name, ".d");
}

static int scan_subfolder(struct scan *scan, int fd, const char *inside, const char *name,
			  uint32_t depth)
{
	char *below = pc_arena_printf(&scan->arena, "%s%s/", inside, name);
	int sub;

	if (!below)
		return -ENOMEM;
	if (depth == DEPTH_MAX) {
		cannot_read(scan->diags, below, ELOOP);
		return -ELOOP;
	}
	sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sub < 0) {
		int err = errno;
		char *file = pc_arena_printf(&scan->arena, "%s/%s", scan->folder, below);

		cannot_read(scan->diags, file ? file : below, err);
		return -err;
	}
	return scan_folder(scan, sub, below, depth + 1);
}

/* A policy under another ending would be passed over without a word. */
static void warn_of_name(struct scan *scan, const char *inside, const char *name)
{
	struct pc_loc loc = {0};
	char *file;

	if (!ends_with(name, ".yml") && !ends_with(name, ".YAML") && !ends_with(name, ".YML"))
		return;
	file = pc_arena_printf(&scan->arena, "%s/%s%s", scan->folder, inside, name);
	loc.file = file ? file : name;
	pc_diag_add(scan->diags, PC_WARNING, PC_CODE_FILE_NAME, &loc,
		    "ignored: names of policies end in .yaml or .json");
	pc_diag_hint(scan->diags, "rename the file");
}

static int scan_entry(struct scan *scan, int fd, const char *inside, const char *name,
		      uint32_t depth)
{
	struct stat status;
	bool text = ends_with(name, ".yaml") || ends_with(name, ".json");
	char *path;

	if (name[0] == '.')
		return 0;
	path = pc_arena_printf(&scan->arena, "%s%s", inside, name);
	if (!path)
		return -ENOMEM;
	if (fstatat(fd, name, &status, 0) < 0) {
		int err = errno;
		char *file = pc_arena_printf(&scan->arena, "%s/%s", scan->folder, path);

		if (!text) /* a dangling link of no concern */
			return 0;
		cannot_read(scan->diags, file ? file : path, err);
		return -err;
	}
	if (S_ISDIR(status.st_mode))
		return is_wanted_folder(inside, name)
			       ? scan_subfolder(scan, fd, inside, name, depth)
			       : 0;
	if (text)
		return add_entry(scan, path, is_null_device(&status));
	warn_of_name(scan, inside, name);
	return 0;
}

/* Closes fd. Goes on after what cannot be read, so that all of it is told. */
static int scan_folder(struct scan *scan, int fd, const char *inside, uint32_t depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int result = 0, r;

	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (errno = 0, (entry = readdir(dir))) {
		r = scan_entry(scan, dirfd(dir), inside, entry->d_name, depth);
		result = r < 0 ? r : result;
		if (r == -ENOMEM)
			break;
	}
	if (errno && result == 0) {
		result = -errno;
		cannot_read(scan->diags, *inside ? inside : scan->folder, errno);
	}
	closedir(dir);
	return result;
}

static int scan_top(struct scan *scan, const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	scan->folder = folder;
	if (fd < 0) {
		int err = errno;

		if (err == ENOENT)
			return 0;
		cannot_read(scan->diags, folder, err);
		return -err;
	}
	return scan_folder(scan, fd, "", 0);
}

/* By name; of one name the strongest last. */
static int compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* Reads to the end; an unreasonably long file is cut one byte behind what a text may have. */
static int slurp(int fd, char **ret_bytes, size_t *ret_size)
{
	PC_FREE char *bytes = NULL;
	size_t size = 0, room = 0;
	ssize_t n = 1;

	while (n > 0 && size <= BYTES_MAX) {
		if (room - size < READ_STEP) {
			char *grown = realloc(bytes, room * 2 + READ_STEP);

			if (!grown)
				return -ENOMEM;
			bytes = grown;
			room = room * 2 + READ_STEP;
		}
		n = read(fd, bytes + size, room - size);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0)
			return -errno;
		else
			size += (size_t)n;
	}
	*ret_bytes = PC_TAKE_PTR(bytes);
	*ret_size = size > BYTES_MAX ? BYTES_MAX + 1 : size;
	return 0;
}

static int read_fd(int fd, const char *file, const char *name, struct pc_texts *texts)
{
	PC_FREE char *bytes = NULL;
	struct pc_text *text;
	struct pc_text found;
	size_t size = 0;
	int r;

	r = slurp(fd, &bytes, &size);
	if (r < 0)
		return r;
	found.file = pc_arena_strndup(&texts->arena, file, strlen(file));
	found.name = pc_arena_strndup(&texts->arena, name, strlen(name));
	found.bytes = pc_arena_strndup(&texts->arena, bytes, size);
	found.size = size;
	if (!found.file || !found.name || !found.bytes)
		return -ENOMEM;
	text = pc_arena_push(&texts->arena, &texts->items, &texts->count);
	if (!text)
		return -ENOMEM;
	*text = found;
	return 0;
}

/* O_NONBLOCK: a FIFO must not hang us. */
static int read_path(const char *path, const char *name, struct pc_texts *texts)
{
	PC_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	return read_fd(fd, path, name, texts);
}

static void tell_failure(struct pc_diags *diags, const char *file, int r)
{
	struct pc_loc loc = {.file = file};

	if (r == -EINVAL)
		pc_diag_add(diags, PC_ERROR, PC_CODE_READ, &loc, "not a regular file");
	else
		cannot_read(diags, file, -r);
}

static int read_entries(struct scan *scan, struct pc_texts *texts)
{
	int result = 0;

	for (uint32_t i = 0; i < scan->count; i++) {
		const struct entry *entry = &scan->entries[i];
		int r;

		if (i + 1 < scan->count && !strcmp(entry->name, entry[1].name))
			continue; /* masked */
		if (entry->disabled)
			continue;
		r = read_path(entry->file, entry->name, texts);
		if (r < 0)
			tell_failure(scan->diags, entry->file, r);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

int pc_texts_read_folders(const char *const *folders, uint32_t count, struct pc_texts *ret_texts,
			  struct pc_diags *diags)
{
	struct scan scan = {.diags = diags};
	struct pc_texts texts = {0};
	int result = 0, r;

	for (uint32_t i = 0; i < count && result != -ENOMEM; i++) {
		r = scan_top(&scan, folders[i]);
		result = r < 0 ? r : result;
	}
	if (scan.count)
		qsort(scan.entries, scan.count, sizeof(*scan.entries), compare_entries);
	if (result != -ENOMEM) {
		r = read_entries(&scan, &texts);
		result = r < 0 ? r : result;
	}
	pc_arena_free(&scan.arena);
	if (result < 0)
		pc_texts_free(&texts);
	else
		*ret_texts = texts;
	return result;
}

int pc_texts_read_file(const char *path, struct pc_texts *texts, struct pc_diags *diags)
{
	const char *slash = strrchr(path, '/');
	bool input = !strcmp(path, "-");
	int r;

	if (input)
		r = read_fd(STDIN_FILENO, "<stdin>", "<stdin>", texts);
	else
		r = read_path(path, slash ? slash + 1 : path, texts);
	if (r < 0)
		tell_failure(diags, input ? "<stdin>" : path, r);
	return r;
}
