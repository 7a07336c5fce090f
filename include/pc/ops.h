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
	X(IOCTL, FILE, "ioctl", "ioctl")

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
};

#endif
