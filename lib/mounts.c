/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Canonical names across bind mounts. A file system is named from the first place where its root is
 * mounted or, where it is not, from the nearest of its directories that is: as the kernel side
 * does.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "mounts.h"

/* What of a path stands below a directory: "" or "/..."; NULL where it is elsewhere. */
static const char *below(const char *directory, const char *path)
{
	size_t n = strlen(directory);

	if (n == 1)
		return path[1] ? path : "";
	if (strncmp(directory, path, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

/* mountinfo writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] & 3) << 6 | (text[2] & 7) << 3 | (text[3] & 7));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /place options ...": a line that is not of this form is passed over. */
static int add_line(struct pc_mounts *mounts, const char *line)
{
	struct pc_mount *mount;
	const char *type;
	int device, device_end, root, root_end, place, place_end = 0;

	sscanf(line, "%*s %*s %n%*s%n %n%*s%n %n%*s%n", &device, &device_end, &root, &root_end,
	       &place, &place_end);
	if (!place_end)
		return 0;
	mount = pc_arena_push(&mounts->arena, &mounts->items, &mounts->count);
	if (!mount)
		return -ENOMEM;
	mount->device =
		pc_arena_strndup(&mounts->arena, line + device, (size_t)(device_end - device));
	mount->root = pc_arena_strndup(&mounts->arena, line + root, (size_t)(root_end - root));
	mount->place = pc_arena_strndup(&mounts->arena, line + place, (size_t)(place_end - place));
	mount->line = pc_arena_strndup(&mounts->arena, line, strcspn(line, "\n"));
	if (!mount->device || !mount->root || !mount->place || !mount->line)
		return -ENOMEM;
	type = strstr(line + place_end, " - ");
	type = type ? type + 3 : "";
	mount->type = pc_arena_strndup(&mounts->arena, type, strcspn(type, " \n"));
	if (!mount->type)
		return -ENOMEM;
	unescape(mount->root);
	unescape(mount->place);
	return 0;
}

int pc_mounts_read(FILE *mountinfo, struct pc_mounts *mounts)
{
	PC_FREE char *line = NULL;
	size_t size = 0;
	int r = 0;

	while (r == 0 && getline(&line, &size, mountinfo) > 0)
		r = add_line(mounts, line);
	return r;
}

void pc_mounts_free(struct pc_mounts *mounts)
{
	pc_arena_free(&mounts->arena);
	*mounts = (struct pc_mounts){0};
}

/* The mount a path is on: the deepest, and of several on one place the last. */
static const struct pc_mount *mount_of(const struct pc_mounts *mounts, const char *path)
{
	const struct pc_mount *found = NULL;

	for (uint32_t i = 0; i < mounts->count; i++) {
		const struct pc_mount *mount = &mounts->items[i];

		if (below(mount->place, path) &&
		    (!found || strlen(mount->place) >= strlen(found->place)))
			found = mount;
	}
	return found;
}

/* The mount that names a path inside a file system. */
static const struct pc_mount *naming_mount(const struct pc_mounts *mounts, const char *device,
					   const char *inside)
{
	const struct pc_mount *found = NULL;

	for (uint32_t i = 0; i < mounts->count; i++) {
		const struct pc_mount *mount = &mounts->items[i];

		if (strcmp(mount->device, device) != 0 || !below(mount->root, inside))
			continue;
		if (!strcmp(mount->root, "/"))
			return mount;
		if (!found || strlen(mount->root) > strlen(found->root))
			found = mount;
	}
	return found;
}

/* A path below head, of what stands below it. */
static int join(const char *head, const char *rest, char *buf, size_t size)
{
	int n = snprintf(buf, size, "%s%s", *rest && !strcmp(head, "/") ? "" : head, rest);

	return n >= 0 && (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* How a path comes to its name. */
struct naming {
	const struct pc_mount *on,
		*by;	       /* the mount it is on, and the one it is named by, or NULL */
	char inside[PATH_MAX]; /* its file system */
};

static int find_naming(const struct pc_mounts *mounts, const char *path, struct naming *naming)
{
	const char *rest;
	int r;

	naming->by = NULL;
	naming->on = mount_of(mounts, path);
	rest = naming->on ? below(naming->on->place, path) : NULL;
	if (!rest)
		return 0;
	r = join(naming->on->root, rest, naming->inside, sizeof(naming->inside));
	if (r == 0)
		naming->by = naming_mount(mounts, naming->on->device, naming->inside);
	return r;
}

static int name_in(const struct pc_mounts *mounts, const char *path, char *buf, size_t size)
{
	struct naming naming;
	const char *rest;
	int r = find_naming(mounts, path, &naming);

	if (r < 0)
		return r;
	rest = naming.by ? below(naming.by->root, naming.inside) : NULL;
	if (!rest || naming.by == naming.on)
		return join(path, "", buf, size);
	return join(naming.by->place, rest, buf, size);
}

int pc_mounts_name(FILE *mountinfo, const char *path, char *buf, size_t size)
{
	struct pc_mounts mounts = {0};
	int r = pc_mounts_read(mountinfo, &mounts);

	if (r == 0)
		r = name_in(&mounts, path, buf, size);
	pc_mounts_free(&mounts);
	return r;
}

int pc_mounts_behind(FILE *mountinfo, const char *path, int (*take)(void *to, const char *line),
		     void *to)
{
	struct pc_mounts mounts = {0};
	struct naming naming = {0};
	int r = pc_mounts_read(mountinfo, &mounts);

	if (r == 0)
		r = find_naming(&mounts, path, &naming);
	if (r == 0 && naming.by && naming.by != naming.on) {
		r = take(to, naming.on->line);
		if (r == 0)
			r = take(to, naming.by->line);
	}
	pc_mounts_free(&mounts);
	return r;
}
