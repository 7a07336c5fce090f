// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Techniques with mounts, roots, and second ways to the blocks of a file system. */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "alias.h"

/* <sys/mount.h> and <linux/mount.h> do not go together everywhere. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);

static void bind(const char *from, const char *to, unsigned long flags)
{
	trick("mount", mount(from, to, NULL, MS_BIND | flags, NULL));
}

/* ---- bind mounts --------------------------------------------------------------------------- */

void go_bind_file(struct way *way)
{
	make_program(AT_FDCWD, WAY "/under", "under");
	bind(way->path, WAY "/under", 0);
	lead_file(way, WAY "/under");
}

void go_bind_folder(struct way *way)
{
	bind(way->folder, SPOT, 0);
	lead(way, SPOT);
}

void go_bind_root(struct way *way)
{
	char folder[128];

	bind("/", SPOT, MS_REC);
	snprintf(folder, sizeof(folder), SPOT "%s", way->folder);
	lead(way, folder);
}

/* The places' folders are bound there in the host's own table. */
void go_bound_before(struct way *way)
{
	char folder[128];

	snprintf(folder, sizeof(folder), BOUND "%s", way->folder + strlen(TOP));
	lead(way, folder);
}

static int tree_of(const char *path)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path,
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	trick("open_tree", fd);
	return fd;
}

void go_open_tree(struct way *way)
{
	trick("move_mount", syscall(SYS_move_mount, tree_of(way->folder), "", AT_FDCWD, SPOT,
				    MOVE_MOUNT_F_EMPTY_PATH));
	lead(way, SPOT);
}

/* Never mounted anywhere. */
void go_open_tree_loose(struct way *way)
{
	lead_at(way, tree_of(way->folder));
}

void go_move(struct way *way)
{
	bind(way->folder, SPOT, 0);
	trick("mount", mount(SPOT, EMPTY, NULL, MS_MOVE, NULL));
	lead(way, EMPTY);
}

void go_move_mount(struct way *way)
{
	bind(way->folder, SPOT, 0);
	trick("move_mount", syscall(SYS_move_mount, AT_FDCWD, SPOT, AT_FDCWD, EMPTY, 0));
	lead(way, EMPTY);
}

/* What lies under a file system of its own is reached from where it stood before. */
void go_cover(struct way *way)
{
	int fd = open(way->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	trick("O_PATH", fd);
	trick("mount", mount("alias", way->folder, "tmpfs", 0, "mode=777"));
	lead_at(way, fd);
}

/* ---- roots --------------------------------------------------------------------------------- */

void go_namespace(struct way *way)
{
	(void)way;
	trick("unshare", unshare(CLONE_NEWNS));
}

void go_chroot(struct way *way)
{
	trick("chroot", chroot(way->folder));
	trick("chdir", chdir("/"));
	lead(way, "");
}

/* Out of a root again, and down to the file from there. */
void go_chroot_out(struct way *way)
{
	trick("chdir", chdir("/"));
	trick("chroot", chroot(SPOT));
	lead(way, way->folder + 1);
}

void go_pivot(struct way *way)
{
	bind(way->folder, SPOT, 0);
	trick("chdir", chdir(SPOT));
	trick("pivot_root", syscall(SYS_pivot_root, ".", "."));
	lead(way, "");
}

/* ---- stacked file systems ------------------------------------------------------------------ */

static void overlay(struct way *way, const char *lower, const char *upper, const char *more)
{
	char options[256];

	trick("mkdir", mkdir(WAY "/work", 0777));
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=%s,workdir=" WAY "/work%s", lower,
		 upper, more);
	trick("mount", mount("alias", SPOT, "overlay", 0, options));
	lead(way, SPOT);
}

void go_overlay(struct way *way)
{
	overlay(way, way->folder, EMPTY, ",userxattr");
}

/* What is written to the overlay is written to its upper layer. */
void go_overlay_upper(struct way *way)
{
	overlay(way, EMPTY, way->folder, "");
}

/* merged/ is an overlay of the host, and its lower layer is elsewhere. */
bool prepare_merged(struct way *way)
{
	if (strcmp(way->place->name, "tree"))
		return false;
	make_program(AT_FDCWD, TOP "/layers/lower/secret", way->place->name);
	snprintf(way->host, sizeof(way->host), TOP "/tree/merged/secret");
	return !access(way->host, F_OK);
}

void go_overlay_layer(struct way *way)
{
	lead(way, TOP "/layers/lower");
}

/* ---- the blocks below ---------------------------------------------------------------------- */

/* disk/ is a file system on /dev/loop0, whose image is /opt/disk. */
bool prepare_disk(struct way *way)
{
	if (strcmp(way->place->name, "tree"))
		return false;
	unlink(TOP "/tree/disk/secret");
	make_program(AT_FDCWD, TOP "/tree/disk/secret", way->place->name);
	make_program(AT_FDCWD, TOP "/tree/disk/spare", "spare");
	sync();
	snprintf(way->host, sizeof(way->host), TOP "/tree/disk/secret");
	return true;
}

/* The same file system, mounted once more. */
void go_other_mount(struct way *way)
{
	trick("mount", mount("/dev/loop0", SPOT, "ext4", 0, NULL));
	lead(way, SPOT);
}

/* A second one of the same blocks, which the kernel takes for another. */
void go_loop_again(struct way *way)
{
	char device[32];
	int control = open("/dev/loop-control", O_RDWR), image = open("/opt/disk", O_RDWR), n, fd;

	trick("loop-control", control);
	trick("image", image);
	n = ioctl(control, LOOP_CTL_GET_FREE);
	trick("loop", n);
	snprintf(device, sizeof(device), "/dev/loop%d", n);
	fd = open(device, O_RDWR);
	trick("device", fd);
	trick("loop", ioctl(fd, LOOP_SET_FD, image));
	trick("loop",
	      ioctl(fd, LOOP_SET_STATUS64, &(struct loop_info64){.lo_flags = LO_FLAGS_AUTOCLEAR}));
	trick("mount", mount(device, SPOT, "ext4", 0, NULL));
	lead(way, SPOT);
}

static const char *device_path;

/* Where the file's bytes are on the device: a descriptor of just these. */
static int open_blocks(struct way *way, int flags)
{
	static char block[4096];
	int fd = open(device_path, flags | O_CLOEXEC), found = memfd_create("found", 0);

	trick("open of the device", fd);
	for (off_t at = 0; pread(fd, block, sizeof(block), at) == sizeof(block);
	     at += (off_t)sizeof(block))
		if (!memcmp(block, "\177ELF", 4) && memmem(block, 256, way->place->name, 4))
			return write(found, block, 256) == 256 ? found : -1;
	errno = ENOENT;
	return -1;
}

static void by_device(struct way *way, const char *path)
{
	device_path = path;
	*way->path = '\0';
	way->open = open_blocks;
}

void go_raw_disk(struct way *way)
{
	by_device(way, "/dev/loop0");
}

void go_raw_node(struct way *way)
{
	trick("mknod", mknod(WAY "/node", S_IFBLK | 0600, makedev(7, 0)));
	by_device(way, WAY "/node");
}
