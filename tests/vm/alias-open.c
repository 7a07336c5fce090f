// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Techniques with descriptors, /proc and other ways to open. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "alias.h"
#include "passing.h"

static int folder_fd(const char *folder)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	trick("O_PATH", fd);
	return fd;
}

/* ---- /proc --------------------------------------------------------------------------------- */

static void below(struct way *way, const char *prefix)
{
	char folder[128];

	snprintf(folder, sizeof(folder), "%s%s", prefix, way->folder);
	lead(way, folder);
}

void go_proc_self_root(struct way *way)
{
	below(way, "/proc/thread-self/root");
}

void go_proc_1_root(struct way *way)
{
	below(way, "/proc/1/root");
}

void go_proc_self_cwd(struct way *way)
{
	trick("chdir", chdir(way->folder));
	lead(way, "/proc/self/cwd");
}

/* A process of the same subject that stands in the folder. */
static pid_t standing(struct way *way)
{
	int ready[2];
	pid_t pid;
	char byte;

	trick("pipe", pipe(ready));
	pid = fork();
	trick("fork", pid);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, 1);
		byte = !chdir(way->folder) && open("/dev/null", O_RDONLY) >= 0;
		_exit(write(ready[1], &byte, 1) == 1 ? pause() : 1);
	}
	trick("chdir", read(ready[0], &byte, 1) == 1 && byte ? 0 : -1);
	return pid;
}

void go_proc_pid_cwd(struct way *way)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/proc/%d/cwd", standing(way));
	lead(way, folder);
}

void go_proc_pid_root(struct way *way)
{
	char root[64];

	snprintf(root, sizeof(root), "/proc/%d/root", standing(way));
	below(way, root);
}

static void lead_by_number(struct way *way, const char *folder, int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%d", folder, fd);
	lead_file(way, name);
}

void go_proc_fd_folder(struct way *way)
{
	char folder[64];

	snprintf(folder, sizeof(folder), "/proc/self/fd/%d", folder_fd(way->folder));
	lead(way, folder);
}

static int path_fd(struct way *way)
{
	int fd = open(way->path, O_PATH | O_CLOEXEC);

	trick("O_PATH", fd);
	return fd;
}

void go_proc_fd_file(struct way *way)
{
	lead_by_number(way, "/proc/self/fd", path_fd(way));
}

void go_dev_fd(struct way *way)
{
	lead_by_number(way, "/dev/fd", path_fd(way));
}

void go_openat(struct way *way)
{
	lead_at(way, folder_fd(way->folder));
}

/* ---- openat2 ------------------------------------------------------------------------------- */

static unsigned long long resolve;

static int open_resolving(struct way *way, int flags)
{
	struct open_how how = {.flags = (unsigned int)flags, .resolve = resolve};

	return (int)syscall(SYS_openat2, way->at, way->path, &how, sizeof(how));
}

static void openat2_with(struct way *way, const char *folder, unsigned long long how)
{
	/* What begins with "/" is not beneath. */
	lead(way, way->folder + strlen(folder) + (how != RESOLVE_IN_ROOT));
	way->at = folder_fd(folder);
	resolve = how;
	way->open = open_resolving;
}

void go_openat2_no_xdev(struct way *way)
{
	openat2_with(way, "/srv", RESOLVE_NO_XDEV);
}

void go_openat2_no_magiclinks(struct way *way)
{
	openat2_with(way, "/srv", RESOLVE_NO_MAGICLINKS);
}

void go_openat2_no_symlinks(struct way *way)
{
	openat2_with(way, "/srv", RESOLVE_NO_SYMLINKS);
}

void go_openat2_beneath(struct way *way)
{
	openat2_with(way, TOP, RESOLVE_BENEATH);
}

void go_openat2_in_root(struct way *way)
{
	openat2_with(way, TOP, RESOLVE_IN_ROOT);
}

void go_openat2_cached(struct way *way)
{
	openat2_with(way, "/srv", RESOLVE_CACHED);
}

/* ---- handles ------------------------------------------------------------------------------- */

static struct {
	struct file_handle head;
	unsigned char bytes[MAX_HANDLE_SZ];
} handle;

static int open_handle(struct way *way, int flags)
{
	(void)way;
	return open_by_handle_at(AT_FDCWD, &handle.head, flags);
}

void go_handle(struct way *way)
{
	int mount;

	handle.head.handle_bytes = MAX_HANDLE_SZ;
	trick("name_to_handle_at", name_to_handle_at(AT_FDCWD, way->path, &handle.head, &mount, 0));
	trick("chdir", chdir(TOP));
	*way->path = '\0';
	way->open = open_handle;
}

/* ---- descriptors from elsewhere ------------------------------------------------------------ */

static int open_held(struct way *way, int flags)
{
	(void)flags;
	return way->fd;
}

static void lead_by_held(struct way *way)
{
	*way->path = '\0';
	way->open = open_held;
}

bool prepare_held(struct way *way)
{
	way->fd = open(way->host, O_RDWR | O_CLOEXEC);
	return way->fd >= 0;
}

/* A program that somebody may still write is not executed. */
void go_inherited(struct way *way)
{
	lead_by_held(way);
}

static bool send_to_itself(struct way *way, int flags)
{
	int fd = open(way->host, flags | O_CLOEXEC);

	way->fd = fd < 0 ? -1 : passing_send(fd);
	close(fd);
	return way->fd >= 0;
}

bool prepare_sent(struct way *way)
{
	return send_to_itself(way, O_RDWR);
}

bool prepare_sent_path(struct way *way)
{
	return send_to_itself(way, O_PATH);
}

static int receive(int socket)
{
	int fd = passing_receive(socket);

	trick("receive", fd);
	return fd;
}

void go_received(struct way *way)
{
	way->fd = receive(way->fd);
	lead_by_held(way);
}

void go_received_path(struct way *way)
{
	lead_by_number(way, "/proc/self/fd", receive(way->fd));
}

/* Its parent has it open, and the task does not. */
bool prepare_offered(struct way *way)
{
	return prepare_held(way);
}

void go_taken(struct way *way)
{
	int parent = (int)syscall(SYS_pidfd_open, getppid(), 0), held = way->fd;

	trick("pidfd_open", parent);
	close(held);
	way->fd = (int)syscall(SYS_pidfd_getfd, parent, held, 0);
	trick("pidfd_getfd", way->fd);
	lead_by_held(way);
}

bool prepare_removed(struct way *way)
{
	way->fd = open(way->host, O_PATH | O_CLOEXEC);
	return way->fd >= 0 && !unlink(way->host);
}

void go_deleted(struct way *way)
{
	lead_by_number(way, "/proc/self/fd", way->fd);
}

/* What was known of the old file says nothing of the new one. */
bool prepare_recreated(struct way *way)
{
	struct way old = *way;

	close(open(old.host, O_RDONLY | O_CLOEXEC));
	unlink(way->host);
	make_program(AT_FDCWD, way->host, way->place->name);
	return true;
}
