/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The acts: everything a task can do to a file that a policy speaks of. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "act.h"

#define ACL "system.posix_acl_access"
#define ATTRIBUTE "trusted.act"
#define IOC32_SETFLAGS 0x40046602u
#define NR_FILE_SETATTR 469

/* ---- open ---------------------------------------------------------------------------------- */

static int run_open(const struct act_args *a)
{
	return result(open(a->path, a->flags, 0600));
}

static int run_reopen(const struct act_args *a)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", a->fd);
	return result(open(path, a->flags));
}

static int prepare_unlink(struct act_args *a)
{
	return result(unlink(a->path));
}

/* ---- descriptors --------------------------------------------------------------------------- */

static int run_map(const struct act_args *a)
{
	void *memory = mmap(NULL, 1, a->flags, MAP_SHARED, a->fd, 0);

	return memory == MAP_FAILED ? errno : 0;
}

static int run_protect(const struct act_args *a)
{
	void *memory = mmap(NULL, 1, PROT_READ, MAP_SHARED, a->fd, 0);

	return memory == MAP_FAILED ? errno : result(mprotect(memory, 1, a->flags));
}

static int run_clear_append(const struct act_args *a)
{
	return result(fcntl(a->fd, F_SETFL, 0));
}

static int run_flock(const struct act_args *a)
{
	return result(flock(a->fd, LOCK_EX));
}

static int run_fcntl_lock(const struct act_args *a)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return result(fcntl(a->fd, a->flags, &lock));
}

static int run_lease(const struct act_args *a)
{
	return result(fcntl(a->fd, F_SETLEASE, F_RDLCK));
}

/* ---- names --------------------------------------------------------------------------------- */

static int run_mkdir(const struct act_args *a)
{
	return result(mkdir(a->path, 0700));
}

static int run_mknod(const struct act_args *a)
{
	return result(mknod(a->path, (mode_t)a->flags | 0600, 0x103));
}

static int run_symlink(const struct act_args *a)
{
	return result(symlink("/nowhere", a->path));
}

static int run_socket(const struct act_args *a)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, a->path, sizeof(address.sun_path) - 1);
	return fd < 0 ? errno : result(bind(fd, (void *)&address, sizeof(address)));
}

static int run_link(const struct act_args *a)
{
	return result(link(a->path, a->other));
}

static int run_link_to(const struct act_args *a)
{
	return result(link(a->other, a->path));
}

static int run_link_fd(const struct act_args *a)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", a->fd);
	return result(linkat(AT_FDCWD, path, AT_FDCWD, a->other, AT_SYMLINK_FOLLOW));
}

static int run_rename(const struct act_args *a)
{
	return result(renameat2(AT_FDCWD, a->path, AT_FDCWD, a->other, (unsigned int)a->flags));
}

static int run_rename_to(const struct act_args *a)
{
	return result(renameat2(AT_FDCWD, a->other, AT_FDCWD, a->path, (unsigned int)a->flags));
}

/* For what stands there already: afterwards it stands there again. */
static int run_rename_back(const struct act_args *a)
{
	return run_rename(a) ?: run_rename_to(a);
}

static int run_unlink(const struct act_args *a)
{
	return result(unlinkat(AT_FDCWD, a->path, a->flags));
}

/* ---- attributes ---------------------------------------------------------------------------- */

static int run_stat(const struct act_args *a)
{
	struct stat st;

	return result(lstat(a->path, &st));
}

static int run_truncate(const struct act_args *a)
{
	return result(a->fd < 0 ? truncate(a->path, 1) : ftruncate(a->fd, 1));
}

static int run_chmod(const struct act_args *a)
{
	return result(a->fd < 0 ? chmod(a->path, 0640) : fchmod(a->fd, 0640));
}

static int run_chown(const struct act_args *a)
{
	return result(a->fd < 0 ? lchown(a->path, 1, 1) : fchown(a->fd, 1, 1));
}

static int prepare_suid(struct act_args *a)
{
	return result(chmod(a->path, 04755));
}

static int run_utimes(const struct act_args *a)
{
	return result(a->fd < 0 ? utimensat(AT_FDCWD, a->path, NULL, 0) : futimens(a->fd, NULL));
}

static int run_setxattr(const struct act_args *a)
{
	return result(a->fd < 0 ? setxattr(a->path, ATTRIBUTE, "x", 1, 0)
				: fsetxattr(a->fd, ATTRIBUTE, "x", 1, 0));
}

static int prepare_xattr(struct act_args *a)
{
	return result(setxattr(a->path, ATTRIBUTE, "x", 1, 0));
}

static int run_removexattr(const struct act_args *a)
{
	return result(removexattr(a->path, ATTRIBUTE));
}

static int run_setacl(const struct act_args *a)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} acl = {2, {{1, 6, ~0u}, {2, 4, 1}, {4, 4, ~0u}, {16, 4, ~0u}, {32, 0, ~0u}}};

	return result(setxattr(a->path, ACL, &acl, sizeof(acl), 0));
}

static int prepare_acl(struct act_args *a)
{
	return run_setacl(a);
}

static int run_removeacl(const struct act_args *a)
{
	return result(removexattr(a->path, ACL));
}

static int run_file_setattr(const struct act_args *a)
{
	uint64_t attributes[3] = {0};

	return result(
		syscall(NR_FILE_SETATTR, AT_FDCWD, a->path, attributes, sizeof(attributes), 0));
}

/* ---- ioctl --------------------------------------------------------------------------------- */

static unsigned int file_flags;

static int prepare_flags(struct act_args *a)
{
	return result(ioctl(a->fd, FS_IOC_GETFLAGS, &file_flags));
}

static int run_ioctl(const struct act_args *a)
{
	return result(ioctl(a->fd, FIONREAD, &file_flags));
}

static int run_chattr(const struct act_args *a)
{
	file_flags |= FS_NODUMP_FL;
	return result(ioctl(a->fd, FS_IOC_SETFLAGS, &file_flags));
}

static int run_fsxattr(const struct act_args *a)
{
	struct fsxattr attributes = {0};

	return result(ioctl(a->fd, FS_IOC_FSSETXATTR, &attributes));
}

/* As a 32-bit program calls it. */
static int ioctl32(int fd, unsigned int command, uint32_t argument)
{
#ifdef __x86_64__
	long value = 54;

	__asm__ volatile("int $0x80"
			 : "+a"(value)
			 : "b"(fd), "c"(command), "d"(argument)
			 : "memory", "r8", "r9", "r10", "r11");
	return value < 0 ? (int)-value : 0;
#else
	(void)fd, (void)command, (void)argument;
	return ENOSYS;
#endif
}

static int run_ioctl32(const struct act_args *a)
{
	return ioctl32(a->fd, FIOCLEX, 0);
}

static int run_chattr32(const struct act_args *a)
{
	unsigned int *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		return errno;
	*low = file_flags | FS_NODUMP_FL;
	return ioctl32(a->fd, IOC32_SETFLAGS, (uint32_t)(uintptr_t)low);
}

/* ---- the table ----------------------------------------------------------------------------- */

#define OPEN(act_name, there, open_flags)                                                          \
	{                                                                                          \
		.name = act_name, .run = run_open, .flags = open_flags, .hold = NO_FD,             \
		.path = there                                                                      \
	}
#define ON_NAME(act_name, function, function_flags, there, other_there)                            \
	{                                                                                          \
		.name = act_name, .run = function, .flags = function_flags, .hold = NO_FD,         \
		.path = there, .other = other_there                                                \
	}
#define ON_FD(act_name, function, function_flags, held)                                            \
	{                                                                                          \
		.name = act_name, .run = function, .flags = function_flags, .hold = held,          \
		.path = FILE_THERE                                                                 \
	}
#define PREPARED(act_name, function, function_flags, held, before)                                 \
	{                                                                                          \
		.name = act_name, .run = function, .flags = function_flags, .hold = held,          \
		.prepare = before, .path = FILE_THERE                                              \
	}

const struct act acts[] = {
	OPEN("read", FILE_THERE, O_RDONLY),
	OPEN("read-folder", DIR_THERE, O_RDONLY | O_DIRECTORY),
	OPEN("write", FILE_THERE, O_WRONLY),
	OPEN("read-write", FILE_THERE, O_RDWR),
	OPEN("append", FILE_THERE, O_WRONLY | O_APPEND),
	OPEN("read-append", FILE_THERE, O_RDWR | O_APPEND),
	OPEN("read-truncate", FILE_THERE, O_RDONLY | O_TRUNC),
	OPEN("write-truncate", FILE_THERE, O_WRONLY | O_TRUNC),
	OPEN("create", NOTHING, O_WRONLY | O_CREAT | O_EXCL),
	OPEN("create-read", NOTHING, O_RDONLY | O_CREAT),
	OPEN("create-append", NOTHING, O_WRONLY | O_CREAT | O_APPEND),
	OPEN("tmpfile", DIR_THERE, O_WRONLY | O_TMPFILE),
	OPEN("path-only", FILE_THERE, O_PATH),
	ON_FD("reopen", run_reopen, O_RDONLY, O_PATH),
	ON_FD("reopen-write", run_reopen, O_WRONLY, O_RDONLY),
	PREPARED("reopen-deleted", run_reopen, O_RDONLY, O_RDONLY, prepare_unlink),
	PREPARED("reopen-memfd", run_reopen, O_RDWR, NO_FD, prepare_memfd),
	PREPARED("reopen-pipe", run_reopen, O_RDONLY, NO_FD, prepare_pipe),
	PREPARED("handle", run_handle, O_RDONLY, O_RDONLY, prepare_handle),
	PREPARED("handle-write", run_handle, O_WRONLY, O_RDONLY, prepare_handle),
	ON_NAME("chroot-read", run_chroot, O_RDONLY, FILE_THERE, DIR_THERE),
	ON_NAME("bind-read", run_bind, O_RDONLY, FILE_THERE, FILE_THERE),
	ON_NAME("own-proc", run_own_proc, O_RDONLY, NOTHING, NOTHING),
	ON_NAME("forge", run_forge, O_WRONLY | O_CREAT, NOTHING, DIR_THERE),
	PREPARED("receive", run_receive, 0, O_RDONLY, prepare_send),
	PREPARED("receive-write", run_receive, 0, O_WRONLY, prepare_send),
	PREPARED("receive-append", run_receive, 0, O_WRONLY | O_APPEND, prepare_send),
	ON_FD("getfd", run_getfd, 0, O_RDONLY),
	ON_FD("map-read", run_map, PROT_READ, O_RDWR),
	ON_FD("map-write", run_map, PROT_WRITE, O_RDWR),
	ON_FD("protect-write", run_protect, PROT_WRITE, O_RDWR),
	ON_FD("clear-append", run_clear_append, 0, O_WRONLY | O_APPEND),
	ON_FD("flock", run_flock, 0, O_RDONLY),
	ON_FD("lock", run_fcntl_lock, F_SETLK, O_RDWR),
	ON_FD("lock-ofd", run_fcntl_lock, F_OFD_SETLK, O_RDWR),
	ON_FD("lease", run_lease, 0, O_RDONLY),
	ON_NAME("mkdir", run_mkdir, 0, NOTHING, NOTHING),
	ON_NAME("mknod", run_mknod, S_IFREG, NOTHING, NOTHING),
	ON_NAME("mknod-device", run_mknod, S_IFCHR, NOTHING, NOTHING),
	ON_NAME("mkfifo", run_mknod, S_IFIFO, NOTHING, NOTHING),
	ON_NAME("symlink", run_symlink, 0, NOTHING, NOTHING),
	ON_NAME("bind-socket", run_socket, 0, NOTHING, NOTHING),
	ON_NAME("link", run_link, 0, FILE_THERE, NOTHING),
	ON_NAME("link-to", run_link_to, 0, NOTHING, FILE_THERE),
	ON_FD("link-descriptor", run_link_fd, 0, O_PATH),
	ON_NAME("rename", run_rename, 0, FILE_THERE, NOTHING),
	ON_NAME("rename-to", run_rename_to, RENAME_NOREPLACE, NOTHING, FILE_THERE),
	ON_NAME("rename-over", run_rename_to, 0, FILE_THERE, FILE_THERE),
	ON_NAME("rename-folder", run_rename, 0, DIR_THERE, NOTHING),
	ON_NAME("rename-whiteout", run_rename, RENAME_WHITEOUT, FILE_THERE, NOTHING),
	ON_NAME("exchange", run_rename, RENAME_EXCHANGE, FILE_THERE, FILE_THERE),
	ON_NAME("exchange-with", run_rename_to, RENAME_EXCHANGE, FILE_THERE, FILE_THERE),
	ON_NAME("rename-back", run_rename_back, 0, NOTHING, NOTHING),
	ON_NAME("exchange-back", run_rename_back, RENAME_EXCHANGE, NOTHING, NOTHING),
	ON_NAME("unlink", run_unlink, 0, FILE_THERE, NOTHING),
	ON_NAME("unlink-symlink", run_unlink, 0, LINK_THERE, NOTHING),
	ON_NAME("rmdir", run_unlink, AT_REMOVEDIR, DIR_THERE, NOTHING),
	ON_NAME("stat", run_stat, 0, FILE_THERE, NOTHING),
	ON_NAME("truncate", run_truncate, 0, FILE_THERE, NOTHING),
	ON_FD("ftruncate", run_truncate, 0, O_WRONLY),
	ON_NAME("chmod", run_chmod, 0, FILE_THERE, NOTHING),
	ON_FD("fchmod", run_chmod, 0, O_RDONLY),
	ON_NAME("chown", run_chown, 0, FILE_THERE, NOTHING),
	ON_NAME("lchown", run_chown, 0, LINK_THERE, NOTHING),
	ON_FD("fchown", run_chown, 0, O_RDONLY),
	PREPARED("chown-suid", run_chown, 0, NO_FD, prepare_suid),
	ON_NAME("utimes", run_utimes, 0, FILE_THERE, NOTHING),
	ON_FD("futimes", run_utimes, 0, O_RDONLY),
	ON_NAME("setxattr", run_setxattr, 0, FILE_THERE, NOTHING),
	ON_FD("fsetxattr", run_setxattr, 0, O_RDONLY),
	PREPARED("removexattr", run_removexattr, 0, NO_FD, prepare_xattr),
	ON_NAME("setacl", run_setacl, 0, FILE_THERE, NOTHING),
	PREPARED("removeacl", run_removeacl, 0, NO_FD, prepare_acl),
	ON_NAME("file-setattr", run_file_setattr, 0, FILE_THERE, NOTHING),
	ON_FD("ioctl", run_ioctl, 0, O_RDONLY),
	ON_FD("ioctl32", run_ioctl32, 0, O_RDONLY),
	PREPARED("chattr", run_chattr, 0, O_RDONLY, prepare_flags),
	PREPARED("chattr32", run_chattr32, 0, O_RDONLY, prepare_flags),
	ON_FD("fsxattr", run_fsxattr, 0, O_RDONLY),
	{0},
};
