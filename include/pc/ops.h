/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The operations a policy can speak of: one table, from which bits, names and help derive. */
#ifndef PC_OPS_H
#define PC_OPS_H

#include <asm/errno.h>

/* Sections of a policy that this version decides on. X(symbol, name in a policy, errno of a denial)
 */
#define PC_SECTIONS(X)                                                                             \
	X(EXEC, "exec", EACCES)                                                                    \
	X(FILE, "file", EACCES)

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
	X(MOVE, FILE, "move", "rename")

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

/* Every operation of one section, as a mask. */
#define PC_X_EXEC_EXEC(bit) | (bit)
#define PC_X_EXEC_FILE(bit)
#define PC_X_FILE_EXEC(bit)
#define PC_X_FILE_FILE(bit) | (bit)
enum {
#define PC_X(symbol, section, name, permission) PC_X_EXEC_##section(PC_BIT(PC_OP_##symbol))
	PC_OPS_EXEC = 0 PC_OPS(PC_X),
#undef PC_X
#define PC_X(symbol, section, name, permission) PC_X_FILE_##section(PC_BIT(PC_OP_##symbol))
	PC_OPS_FILE = 0 PC_OPS(PC_X),
#undef PC_X
	/* What `all` stands for in a file section. */
	PC_OPS_FILE_ALL = PC_OPS_FILE & ~PC_BIT(PC_OP_MOVE),
};

#endif
