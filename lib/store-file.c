/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where the store lies: refuses a place that others could tamper with, and makes a new store. */
#include "store-internal.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const char *const beside[] = {"-wal", "-shm", "-journal"};

static void unlinkp(char **path)
{
	if (*path)
		unlink(*path);
	free(*path);
}

static void sqlite_freep(unsigned char **bytes)
{
	sqlite3_free(*bytes);
}

static int unsafe(struct pc_store *store, int err, const char *path, const char *why,
		  const char *hint)
{
	return pc_store_fail(store, err, hint, "%s: refused: %s", path, why);
}

static bool owned_by_us(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* A folder above the store. Whoever can rename in it decides what the store is. */
static int check_folder(struct pc_store *store, const char *path, bool innermost)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return pc_store_fail_system(store, -errno, "looking at its folder", path);
	if (!S_ISDIR(st.st_mode))
		return unsafe(store, -EPERM, path, "not a folder", "name another store");
	if (!owned_by_us(&st))
		return unsafe(store, -EPERM, path, "the folder belongs to another user",
			      "chown it to root, or keep the store in another folder");
	if ((st.st_mode & 022) && (innermost || !(st.st_mode & S_ISVTX)))
		return unsafe(store, -EPERM, path, "others can write in the folder",
			      "chmod go-w it, or keep the store in another folder");
	return 0;
}

/* folder is a real path: no component of it is a symlink. */
static int check_folders(struct pc_store *store, const char *folder)
{
	char *path PC_FREE = strdup(folder);
	int r;

	if (!path)
		return pc_store_fail_memory(store);
	r = check_folder(store, path, true);
	while (r == 0 && path[1]) {
		char *slash = strrchr(path, '/');

		slash[slash == path ? 1 : 0] = '\0';
		r = check_folder(store, path, false);
	}
	return r;
}

/* 0, or -ENOENT where it does not exist. */
static int check_file(struct pc_store *store, const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? -ENOENT
				       : pc_store_fail_system(store, -errno, "looking at it", path);
	if (S_ISLNK(st.st_mode))
		return unsafe(store, -ELOOP, path, "it is a symlink",
			      "name the file itself, and find out who made the link");
	if (!S_ISREG(st.st_mode))
		return unsafe(store, -EPERM, path, "not a regular file", "name another store");
	if (!owned_by_us(&st))
		return unsafe(store, -EPERM, path, "it belongs to another user",
			      "find out who made it; remove it, or chown it to root");
	if (st.st_mode & 022)
		return unsafe(store, -EPERM, path, "others can write it",
			      "make sure that nobody changed it, then chmod 0600 it");
	if (st.st_nlink != 1)
		return unsafe(store, -EPERM, path, "it has a second name (a hard link)",
			      "remove the other name, or copy the file");
	return 0;
}

static int check_beside(struct pc_store *store, const char *path, bool store_exists)
{
	for (size_t i = 0; i < PC_ARRAY_SIZE(beside); i++) {
		char name[PATH_MAX];
		int r;

		if (snprintf(name, sizeof(name), "%s%s", path, beside[i]) >= (int)sizeof(name))
			return pc_store_fail_system(store, -ENAMETOOLONG, "finding it", path);
		r = check_file(store, name);
		if (r < 0 && r != -ENOENT)
			return r;
		if (r == 0 && !store_exists)
			return pc_store_fail(store, -EUCLEAN,
					     "restore the store, or move this file away",
					     "%s: left over, but the store is missing", name);
	}
	return 0;
}

/* The real path of the folder that holds path; to be freed. */
static int find_folder(struct pc_store *store, const char *path, char **ret_folder)
{
	const char *slash = strrchr(path, '/');
	char *named PC_FREE = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	char *real;

	if (!named)
		return pc_store_fail_memory(store);
	real = realpath(named, NULL);
	if (!real && errno == ENOENT && (store->flags & PC_STORE_CREATE)) {
		if (mkdir(named, 0700) < 0 && errno != EEXIST)
			return pc_store_fail_system(store, -errno, "making its folder", named);
		real = realpath(named, NULL);
	}
	if (!real && errno == ENOENT)
		return pc_store_fail(store, -ENOENT, "start enforcerd once, or name another store",
				     "%s: there is no store here (no such folder)", path);
	if (!real)
		return pc_store_fail_system(store, -errno, "finding its folder", named);
	*ret_folder = real;
	return 0;
}

int pc_store_place(struct pc_store *store, const char *path, char **ret_path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *folder PC_FREE = NULL;
	char *real PC_FREE = NULL;
	int r, exists;

	if (!*base || !strcmp(base, ".") || !strcmp(base, ".."))
		return pc_store_fail(store, -EINVAL, "name a file", "%s: not a file's name", path);
	r = find_folder(store, path, &folder);
	if (!folder)
		return r;
	r = check_folders(store, folder);
	if (r < 0)
		return r;
	if (asprintf(&real, "%s/%s", folder[1] ? folder : "", base) < 0) {
		real = NULL;
		return pc_store_fail_memory(store);
	}
	exists = check_file(store, real);
	if (exists < 0 && exists != -ENOENT)
		return exists;
	r = check_beside(store, real, exists == 0);
	if (r < 0)
		return r;
	*ret_path = PC_TAKE_PTR(real);
	return exists;
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* Makes the new name durable. */
static int sync_folder(const char *path)
{
	char *folder PC_FREE = strndup(path, (size_t)(strrchr(path, '/') - path) + 1);
	int fd PC_CLOSE = -1;

	if (!folder)
		return -ENOMEM;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/*
 * The store appears complete or not at all, so that an empty or half-written file can only be
 * damage and is never taken for a new store.
 */
int pc_store_create_file(struct pc_store *store)
{
	unsigned char *bytes PC_CLEANUP(sqlite_freep) = NULL;
	char *name PC_FREE = NULL;
	char *made PC_CLEANUP(unlinkp) = NULL;
	int fd PC_CLOSE = -1;
	size_t size;
	int r;

	r = pc_store_image(store, &bytes, &size);
	if (r < 0)
		return r;
	if (asprintf(&name, "%s.new-XXXXXX", store->path) < 0) {
		name = NULL;
		return pc_store_fail_memory(store);
	}
	fd = mkostemp(name, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return pc_store_fail_system(store, -errno, "making a new one", name);
	made = PC_TAKE_PTR(name);
	r = write_all(fd, bytes, size);
	if (r == 0 && renameat2(AT_FDCWD, made, AT_FDCWD, store->path, RENAME_NOREPLACE) < 0)
		r = errno == EEXIST ? 1 : -errno; /* somebody was faster: theirs is as good */
	if (r == 0) {
		free(PC_TAKE_PTR(made));
		r = sync_folder(store->path);
	}
	return r < 0 ? pc_store_fail_system(store, r, "making a new one", store->path) : 0;
}

bool pc_store_is_on_read_only(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY);
}

bool pc_store_has_log(const char *path)
{
	char wal[PATH_MAX];
	struct stat st;

	snprintf(wal, sizeof(wal), "%s-wal", path);
	return lstat(wal, &st) == 0 && st.st_size > 0;
}
