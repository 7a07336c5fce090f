/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Acts that reach a file in some other way than by its path. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act.h"
#include "passing.h"

int prepare_memfd(struct act_args *a)
{
	a->fd = memfd_create("act", 0);
	return result(a->fd);
}

int prepare_pipe(struct act_args *a)
{
	int fds[2], err = result(pipe(fds));

	a->fd = fds[0];
	return err;
}

int run_chroot(const struct act_args *a)
{
	return chroot(a->other) ? errno : result(open(a->path, a->flags));
}

static struct {
	struct file_handle head;
	unsigned char bytes[MAX_HANDLE_SZ];
} handle;

int prepare_handle(struct act_args *a)
{
	int mount;

	handle.head.handle_bytes = MAX_HANDLE_SZ;
	return result(name_to_handle_at(AT_FDCWD, a->path, &handle.head, &mount, 0));
}

int run_handle(const struct act_args *a)
{
	return result(open_by_handle_at(a->fd, &handle.head, a->flags));
}

/* Has the file bound over another one, in a mount namespace of its own. */
int run_bind(const struct act_args *a)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(a->path, a->other, NULL, MS_BIND, NULL))
		return errno;
	return result(open(a->other, a->flags));
}

/* Puts a file system of its own over the folder `other`, and so makes up the name `path`. */
int run_forge(const struct act_args *a)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("forged", a->other, "tmpfs", 0, NULL))
		return errno;
	return result(open(a->path, a->flags, 0600));
}

/* The caller's own folder in /proc, by its number. */
int run_own_proc(const struct act_args *a)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/%d/%s", getpid(), a->path);
	return result(open(path, a->flags));
}

/* ---- descriptors that come from elsewhere -------------------------------------------------- */

/* Sends the held descriptor to ourselves, to be received later. */
int prepare_send(struct act_args *a)
{
	int socket = passing_send(a->fd);

	if (socket < 0)
		return errno;
	close(a->fd);
	a->fd = socket;
	return 0;
}

int run_receive(const struct act_args *a)
{
	return result(passing_receive(a->fd));
}

int run_getfd(const struct act_args *a)
{
	long parent = syscall(SYS_pidfd_open, getppid(), 0);

	return parent < 0 ? errno : result(syscall(SYS_pidfd_getfd, parent, a->fd, 0));
}
