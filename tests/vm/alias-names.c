// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Techniques with links, renames and names out of the ordinary. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alias.h"

void go_plain(struct way *way)
{
	(void)way;
}

/* ---- links --------------------------------------------------------------------------------- */

void go_symlink(struct way *way)
{
	trick("symlink", symlink(way->path, WAY "/link"));
	lead_file(way, WAY "/link");
}

void go_symlink_folder(struct way *way)
{
	trick("symlink", symlink(way->folder, WAY "/link"));
	lead(way, WAY "/link");
}

void go_symlink_chain(struct way *way)
{
	char from[32], to[64] = "../../..";

	strcat(to, way->folder);
	for (int i = 0; i < 20; i++) {
		snprintf(from, sizeof(from), WAY "/link%d", i);
		trick("symlink", symlink(to, from));
		snprintf(to, sizeof(to), "../way/./link%d", i);
	}
	lead(way, from);
}

void go_dots(struct way *way)
{
	char folder[128];

	snprintf(folder, sizeof(folder), "//srv/./a/way/spot/../../../..%s/", way->folder);
	lead(way, folder);
}

bool prepare_alias(struct way *way)
{
	return !link(way->host, WAY "/alias");
}

void go_use_alias(struct way *way)
{
	lead_file(way, WAY "/alias");
}

void go_hard_link(struct way *way)
{
	trick("link", link(way->path, WAY "/alias"));
	lead_file(way, WAY "/alias");
}

void go_hard_link_fd(struct way *way)
{
	char name[64];
	int fd = open(way->path, O_PATH);

	trick("O_PATH", fd);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	trick("linkat", linkat(AT_FDCWD, name, AT_FDCWD, WAY "/alias", AT_SYMLINK_FOLLOW));
	lead_file(way, WAY "/alias");
}

/* Puts a file that never had a name in its place. */
static int replace_by_tmpfile(struct way *way)
{
	char name[64];
	int fd = open(WAY, O_TMPFILE | O_WRONLY, 0777);

	if (fd < 0 || unlink(way->path))
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, name, AT_FDCWD, way->path, AT_SYMLINK_FOLLOW);
}

/* Nothing but replacing is another way. */
static int open_nothing(struct way *way, int flags)
{
	(void)way;
	(void)flags;
	errno = ENOTSUP;
	return -1;
}

static int remove_nothing(struct way *way)
{
	return open_nothing(way, 0);
}

void go_tmpfile(struct way *way)
{
	way->open = open_nothing;
	way->remove = remove_nothing;
	way->replace = replace_by_tmpfile;
}

/* ---- renames ------------------------------------------------------------------------------- */

static void swap(const char *from, const char *to, unsigned int flags)
{
	trick("rename", renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
}

void go_rename_file(struct way *way)
{
	swap(way->path, WAY "/moved", 0);
	lead_file(way, WAY "/moved");
}

void go_rename_folder(struct way *way)
{
	swap(way->folder, WAY "/folder", 0);
	lead(way, WAY "/folder");
}

void go_rename_top(struct way *way)
{
	char folder[128];

	swap(TOP, "/srv/b", 0);
	snprintf(folder, sizeof(folder), "/srv/b%s", way->folder + strlen(TOP));
	lead(way, folder);
}

void go_exchange(struct way *way)
{
	make_program(AT_FDCWD, WAY "/other", "other");
	swap(way->path, WAY "/other", RENAME_EXCHANGE);
	lead_file(way, WAY "/other");
}

void go_exchange_folder(struct way *way)
{
	swap(way->folder, EMPTY, RENAME_EXCHANGE);
	lead(way, EMPTY);
}

void go_whiteout(struct way *way)
{
	swap(way->path, WAY "/moved", RENAME_WHITEOUT);
	lead_file(way, WAY "/moved");
}

/* ---- names --------------------------------------------------------------------------------- */

/*
 * Makes folders of this name below the place's own, so many of them, and a file of another name in
 * the last. Only below a folder that a rule protects as a whole.
 */
static bool descend(struct way *way, const char *name, int levels, const char *file)
{
	int at;

	if (!strcmp(way->place->name, "file"))
		return false;
	at = open(way->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < levels && at >= 0; i++) {
		int next;

		mkdirat(at, name, 0777);
		next = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = next;
	}
	unlinkat(at, file, 0);
	unlinkat(at, "spare", 0);
	make_program(at, file, way->place->name);
	make_program(at, "spare", "spare");
	way->host_at = at;
	snprintf(way->host, sizeof(way->host), "%s", file);
	return at >= 0;
}

static const char *bytes_255(char letter)
{
	static char name[256];

	memset(name, letter, 255);
	return name;
}

bool prepare_long_name(struct way *way)
{
	return descend(way, "", 0, bytes_255('n'));
}

bool prepare_odd_name(struct way *way)
{
	return descend(way, "\n*\xff\\ \"?[", 1, "\t\x80 # ${x}\n\x01");
}

bool prepare_long_path(struct way *way)
{
	return descend(way, bytes_255('p'), 20, "secret");
}

/* "/srv/a/tree/deep" is four components, "/srv/a/free" three. */
static int levels_to(const struct way *way, int components)
{
	for (const char *c = way->folder; *c; c++)
		components -= *c == '/';
	return components - 1;
}

bool prepare_deep(struct way *way)
{
	return descend(way, "d", levels_to(way, 64), "secret");
}

bool prepare_too_deep(struct way *way)
{
	return descend(way, "d", levels_to(way, 80), "secret");
}

void go_use_at(struct way *way)
{
	way->at = way->host_at;
	memcpy(way->path, way->host, sizeof(way->host));
	strcpy(way->spare, "spare");
}
