/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The operations a policy can speak of: one table, from which bits, names and help derive. */
#ifndef PC_OPS_H
#define PC_OPS_H

#include <asm/errno.h>
#include <linux/types.h>

/* Sections of a policy that this version decides on. X(symbol, name in a policy, errno of a denial)
 */
#define PC_SECTIONS(X)                                                                             \
	X(EXEC, "exec", EACCES)                                                                    \
	X(FILE, "file", EACCES)                                                                    \
	X(KERNEL, "kernel", EPERM)                                                                 \
	X(PROCESS, "process", EPERM)

/* X(symbol, section, name in a policy, permission name in an audit record) */
#define PC_OPS(X)                                                                                  \
	X(RUN, EXEC, "run", "execute")                                                             \
	X(INTERPRET, EXEC, "interpret", "execute_no_trans")                                        \
	X(MAP, EXEC, "map", "map")                                                                 \
	X(READ, FILE, "read", "read")                                                              \
	X(WRITE, FILE, "write", "write")                                                           \
	X(APPEND, FILE, "append", "append")                                                        \
	X(CREATE, FILE, "create", "create")                                                        \
	X(DELETE, FILE, "delete", "unlink")                                                        \
	X(RENAME, FILE, "rename", "rename")                                                        \
	X(LINK, FILE, "link", "link")                                                              \
	X(TRUNCATE, FILE, "truncate", "truncate")                                                  \
	X(CHMOD, FILE, "chmod", "chmod")                                                           \
	X(CHOWN, FILE, "chown", "chown")                                                           \
	X(SETATTR, FILE, "setattr", "setattr")                                                     \
	X(LOCK, FILE, "lock", "lock")                                                              \
	X(IOCTL, FILE, "ioctl", "ioctl")                                                           \
	X(MOVE, FILE, "move", "rename")                                                            \
	X(MOUNT, KERNEL, "mount", "mount")                                                         \
	X(UMOUNT, KERNEL, "umount", "unmount")                                                     \
	X(REMOUNT, KERNEL, "remount", "remount")                                                   \
	X(PIVOT_ROOT, KERNEL, "pivot-root", "pivot_root")                                          \
	X(CHROOT, KERNEL, "chroot", "chroot")                                                      \
	X(RAW_IO, KERNEL, "raw-io", "raw_io")                                                      \
	X(TAMPER, KERNEL, "tamper", "tamper")                                                      \
	X(TRACE, PROCESS, "trace", "ptrace")                                                       \
	X(READ_MEMORY, PROCESS, "read-memory", "ptrace_read")

enum pc_section_id {
#define PC_X(symbol, name, err) PC_SECTION_##symbol,
	PC_SECTIONS(PC_X)
#undef PC_X
		PC_SECTION_COUNT
};

enum pc_op {
#define PC_X(symbol, section, name, permission) PC_OP_##symbol,
	PC_OPS(PC_X)
#undef PC_X
		PC_OP_COUNT
};

#define PC_BIT(op) (1u << (op))

/*
 * `move` is what rename and link do to a name beside their own operation: they take it out of a
 * rule's reach. A deny rule implies it for what it matches and for every directory above that, so
 * that nobody renames a file to where it is denied less, or a directory with all that is in it;
 * only `allow: move` says otherwise. `all` does not stand for it.
 *
 * In the masks of an image's rows two bits are what rules imply of it. PC_OPS_IMPLIED, in
 * PC_R_DENY and PC_R_AUDIT: this name must not be moved; in PC_R_ALLOW: everything below this
 * directory may be renamed. PC_OPS_BELOW, in PC_R_ALLOW: something below it is allowed.
 */
#define PC_OPS_IMPLIED (1u << 31)
#define PC_OPS_BELOW (1u << 30)

/*
 * `tamper` is whatever would keep the enforcer from its work: see bpf/guard.bpf.h. Every policy but
 * one of `system` implies that it is denied, and only `allow: tamper` says otherwise; `all` does
 * not stand for it. It has no object, or a place: then rows hold its bit of the names at, below and
 * above what is guarded.
 */

/* Every operation of one section, as a mask: a constant where the section is one. */
static inline __attribute__((always_inline)) __u32 pc_ops_of(__u32 section)
{
	__u32 ops = 0;

#define PC_X(symbol, of, name, permission)                                                         \
	if (section == PC_SECTION_##of)                                                            \
		ops |= PC_BIT(PC_OP_##symbol);
	PC_OPS(PC_X)
#undef PC_X
	return ops;
}

/* The section of an operation. */
static inline __attribute__((always_inline)) __u32 pc_section_of(__u32 op)
{
	__u32 section = PC_SECTION_COUNT;

#define PC_X(symbol, name, err)                                                                    \
	if (pc_ops_of(PC_SECTION_##symbol) & PC_BIT(op))                                           \
		section = PC_SECTION_##symbol;
	PC_SECTIONS(PC_X)
#undef PC_X
	return section;
}

/* What `all` stands for in a section. */
static inline __attribute__((always_inline)) __u32 pc_ops_all(__u32 section)
{
	return pc_ops_of(section) & ~(PC_BIT(PC_OP_MOVE) | PC_BIT(PC_OP_TAMPER));
}

#define PC_OPS_EXEC pc_ops_of(PC_SECTION_EXEC)
#define PC_OPS_FILE pc_ops_of(PC_SECTION_FILE)
#define PC_OPS_KERNEL pc_ops_of(PC_SECTION_KERNEL)
#define PC_OPS_PROCESS pc_ops_of(PC_SECTION_PROCESS)
/* Operations that have no object with a name: none at all, or another task. */
#define PC_OPS_PLAIN (PC_OPS_KERNEL | PC_OPS_PROCESS)

#endif
