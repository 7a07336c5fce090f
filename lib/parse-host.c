/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the host this process runs on says of users, groups and paths. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "parse-internal.h"

#define ENTRY_BYTES ((size_t)64 << 10)	   /* of an entry of the user database, at first */
#define ENTRY_BYTES_MAX ((size_t)64 << 20) /* groups have many members */

static int live_user(void *context, const char *name, uint32_t *ret_uid)
{
	PC_FREE char *buf = NULL;
	struct passwd entry, *found = NULL;
	int err = ERANGE;

	(void)context;
	for (size_t size = ENTRY_BYTES; err == ERANGE && size <= ENTRY_BYTES_MAX; size *= 4) {
		free(buf);
		buf = malloc(size);
		if (!buf)
			return -ENOMEM;
		err = getpwnam_r(name, &entry, buf, size, &found);
	}
	if (found) {
		*ret_uid = entry.pw_uid;
		return 0;
	}
	return err ? -err : -ENOENT;
}

static int live_group(void *context, const char *name, uint32_t *ret_gid)
{
	PC_FREE char *buf = NULL;
	struct group entry, *found = NULL;
	int err = ERANGE;

	(void)context;
	for (size_t size = ENTRY_BYTES; err == ERANGE && size <= ENTRY_BYTES_MAX; size *= 4) {
		free(buf);
		buf = malloc(size);
		if (!buf)
			return -ENOMEM;
		err = getgrnam_r(name, &entry, buf, size, &found);
	}
	if (found) {
		*ret_gid = entry.gr_gid;
		return 0;
	}
	return err ? -err : -ENOENT;
}

/*
 * Reading the mount table costs more than all the rest, so a file that is no link and no mount
 * point is not asked about: whoever asks knows its directory's name.
 */
static bool may_be_elsewhere(const char *path, const char *canonical)
{
	struct statx status;

	if (strcmp(path, canonical) != 0)
		return true;
	if (statx(AT_FDCWD, canonical, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &status) < 0)
		return false;
	return S_ISDIR(status.stx_mode) ||
	       ((status.stx_attributes & status.stx_attributes_mask) & STATX_ATTR_MOUNT_ROOT);
}

static int live_path(void *context, const char *path, char *buf, size_t size)
{
	PC_FREE char *canonical = realpath(path, NULL);
	PC_FCLOSE FILE *mountinfo = NULL;
	size_t n;

	(void)context;
	if (!canonical)
		return -errno;
	if (may_be_elsewhere(path, canonical))
		mountinfo = fopen("/proc/self/mountinfo", "re");
	if (mountinfo)
		return pc_mounts_name(mountinfo, canonical, buf, size);
	n = strlen(canonical) + 1;
	if (n > size)
		return -ENAMETOOLONG;
	memcpy(buf, canonical, n);
	return 0;
}

static int live_mounts(void *context, const char *path, int (*take)(void *to, const char *line),
		       void *to)
{
	PC_FREE char *canonical = realpath(path, NULL);
	PC_FCLOSE FILE *mountinfo = canonical ? fopen("/proc/self/mountinfo", "re") : NULL;

	(void)context;
	return mountinfo ? pc_mounts_behind(mountinfo, canonical, take, to) : 0;
}

#define CGROUPS "/sys/fs/cgroup"

/* Of the system and of users: a unit's cgroup may be anywhere. */
static const char *const unit_folders[] = {
	"/etc/systemd/system",
	"/run/systemd/system",
	"/run/systemd/transient",
	"/run/systemd/generator",
	"/run/systemd/generator.early",
	"/run/systemd/generator.late",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system",
	"/etc/systemd/user",
	"/run/systemd/user",
	"/usr/lib/systemd/user",
};

/* Not to be found for lack of memory is found: nothing is said then. */
static bool exists(const char *folder, const char *name)
{
	PC_FREE char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ||
	       !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static bool has_unit_file(const char *name)
{
	bool found = false, any = false;

	for (size_t i = 0; !found && i < PC_ARRAY_SIZE(unit_folders); i++) {
		any |= exists(unit_folders[i], "");
		found = exists(unit_folders[i], name);
	}
	return found || !any;
}

static bool is_unit(const char *name, const char *type)
{
	const char *at = strchr(name, '@');
	PC_FREE char *template = NULL;

	if (has_unit_file(name))
		return true;
	if (!at)
		return false;
	return asprintf(&template, "%.*s%s", (int)(at + 1 - name), name, type) < 0 ||
	       has_unit_file(template);
}

/* "a-b.slice" is in "a.slice". */
static bool is_slice(const char *name)
{
	PC_FREE char *folder = strdup(CGROUPS);

	for (const char *dash = strchr(name, '-'); folder && dash; dash = strchr(dash + 1, '-')) {
		PC_FREE char *above = folder;

		folder = NULL;
		if (asprintf(&folder, "%s/%.*s.slice", above, (int)(dash - name), name) < 0)
			folder = NULL;
	}
	return !folder || exists(folder, name) || has_unit_file(name);
}

static int live_place(void *context, const char *name)
{
	const char *type = strrchr(name, '.');
	bool there;

	(void)context;
	if (strlen(name) > NAME_MAX)
		return 0;
	if (*name != '/' && !type)
		return 0;
	if (*name != '/' && strcmp(type, ".slice") != 0)
		there = is_unit(name, type);
	else if (access(CGROUPS "/cgroup.controllers", F_OK))
		there = true;
	else
		there = *name == '/' ? exists(CGROUPS, name + 1) : is_slice(name);
	return there ? 0 : -ENOENT;
}

const struct pc_host pc_host_live = {
	.user = live_user,
	.group = live_group,
	.path = live_path,
	.mounts = live_mounts,
	.place = live_place,
};
