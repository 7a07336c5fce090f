// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps of an actor that a kernel section speaks of: mounts by both interfaces, raw devices. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "actor.h"
#include "passing.h"

/* <sys/mount.h> and <linux/mount.h> do not go together everywhere. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);
int umount2(const char *target, int flags);

/* "FROM,TO": cuts the text at the comma. */
static const char *cut(char *both)
{
	char *comma = strchr(both, ',');

	if (!comma)
		say("no pair");
	*comma = '\0';
	return comma + 1;
}

/* ---- where it is ----------------------------------------------------------------------------- */

static int held = -1;

/* The cgroup that a later join enters, from where its name leads nowhere any more. */
void step_hold(const char *group, char **rest)
{
	char path[256];

	(void)rest;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs", group);
	held = open(path, O_WRONLY | O_CLOEXEC);
	need("hold", held);
}

void step_join(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	need("join", write(held, "0", 1));
}

void step_mkdir(const char *path, char **rest)
{
	(void)rest;
	need("mkdir", mkdir(path, 0755));
}

/* ---- mount(2) and what is around it ---------------------------------------------------------- */

void step_mount(const char *path, char **rest)
{
	(void)rest;
	attempt(mount("actor", path, "tmpfs", 0, NULL));
}

/* value: FROM and TO, as cut() takes them apart. */
static void mount_onto(const char *value, unsigned long flags)
{
	char both[256];
	const char *to;

	snprintf(both, sizeof(both), "%s", value);
	to = cut(both);
	attempt(mount(both, to, NULL, flags, NULL));
}

void step_cover(const char *value, char **rest)
{
	(void)rest;
	mount_onto(value, MS_BIND);
}

void step_move(const char *value, char **rest)
{
	(void)rest;
	mount_onto(value, MS_MOVE);
}

void step_share(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_SHARED, NULL));
}

/* What unshare(1), container runtimes and systemd do first where they mount for themselves. */
void step_private(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_REC | MS_PRIVATE, NULL));
}

void step_slave(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_REC | MS_SLAVE, NULL));
}

/* A copy of a tree of mounts. */
void step_recover(const char *value, char **rest)
{
	(void)rest;
	mount_onto(value, MS_BIND | MS_REC);
}

void step_remount(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL));
}

void step_rebind(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
}

void step_again(const char *path, char **rest)
{
	(void)rest;
	attempt(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

void step_umount(const char *path, char **rest)
{
	(void)rest;
	attempt(umount2(path, 0));
}

void step_detach(const char *path, char **rest)
{
	(void)rest;
	attempt(umount2(path, 2 /* MNT_DETACH */));
}

void step_pivot(const char *path, char **rest)
{
	(void)rest;
	attempt(syscall(SYS_pivot_root, path, path));
}

void step_root(const char *path, char **rest)
{
	(void)rest;
	attempt(chroot(path));
}

/* ---- the mount interface with descriptors ---------------------------------------------------- */

/* A file system of its own, not mounted anywhere. */
static int made(const char *type)
{
	int fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);

	need("fsopen", fd);
	attempt(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0));
	return fd;
}

/* A descriptor of it is enough to open its files. */
void step_fsmount(const char *type, char **rest)
{
	(void)rest;
	need("fsmount", syscall(SYS_fsmount, made(type), FSMOUNT_CLOEXEC, 0));
}

static void put(int mounted, const char *path)
{
	attempt(syscall(SYS_move_mount, mounted, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
}

/* A copy of a mount, put somewhere else. */
void step_opentree(const char *value, char **rest)
{
	char both[256];
	const char *to;
	int fd;

	(void)rest;
	snprintf(both, sizeof(both), "%s", value);
	to = cut(both);
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, both, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	need("open_tree", fd);
	put(fd, to);
}

void step_reconfigure(const char *path, char **rest)
{
	int fd = (int)syscall(SYS_fspick, AT_FDCWD, path, FSPICK_CLOEXEC);

	(void)rest;
	need("fspick", fd);
	need("ro", syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, "ro", NULL, 0));
	attempt(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

/* ---- devices --------------------------------------------------------------------------------- */

/* "PATH,FLAGS": flags of open, as a number. */
void step_open(const char *value, char **rest)
{
	char both[256];
	const char *flags;

	(void)rest;
	snprintf(both, sizeof(both), "%s", value);
	flags = cut(both);
	attempt(open(both, atoi(flags) | O_CLOEXEC));
}

/* The same by the way of a descriptor that gives no access. */
void step_reopen(const char *value, char **rest)
{
	char both[256], again[64];
	const char *flags;
	int fd;

	(void)rest;
	snprintf(both, sizeof(both), "%s", value);
	flags = cut(both);
	fd = open(both, O_PATH | O_CLOEXEC);
	need("O_PATH", fd);
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	attempt(open(again, atoi(flags) | O_CLOEXEC));
}

/* "b:MAJOR:MINOR,PATH": gone again afterwards. */
void step_knod(const char *value, char **rest)
{
	unsigned int major, minor;
	char both[256], kind;
	const char *path;

	(void)rest;
	snprintf(both, sizeof(both), "%s", value);
	path = cut(both);
	if (sscanf(both, "%c:%u:%u", &kind, &major, &minor) != 3)
		say("no device");
	attempt(mknod(path, (kind == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev(major, minor)));
	need("unlink", unlink(path));
}

static int received_from;

/* A descriptor on its way through a socket, for a later receive. */
void step_send(const char *path, char **rest)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)rest;
	need("open", fd);
	received_from = passing_send(fd);
	need("send", received_from);
	close(fd);
}

void step_receive(const char *value, char **rest)
{
	int fd = passing_receive(received_from);

	(void)value;
	(void)rest;
	if (fd < 0 && errno == EACCES)
		errno = EPERM; /* what a section kernel says where it denies */
	attempt(fd);
}
