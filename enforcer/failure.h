/* SPDX-License-Identifier: GPL-2.0-only */
/* One table says what each failure of the daemon does. */
#ifndef PC_FAILURE_H
#define PC_FAILURE_H

#include "util.h"

/* What follows. Nothing that is in force is ever weakened by a failure. */
enum pc_action {
	PC_ACTION_EXIT,	 /* the daemon ends; what is pinned stays in force, and systemd starts it
			    anew */
	PC_ACTION_KEEP,	 /* it goes on, and what was in force stays; an administrator has to act */
	PC_ACTION_RETRY, /* it goes on, and tries again by itself */
	PC_ACTION_COUNT, /* it goes on; what was lost is counted */
};

/* X(symbol, action, log priority, exit status, what happened) */
#define PC_FAILURES(X)                                                                             \
	X(STORE_OPEN, EXIT, CRIT, 70, "the store cannot be opened")                                \
	X(STORE_READ, RETRY, ERR, 0, "the store cannot be read")                                   \
	X(STORE_WRITE, KEEP, ERR, 0, "the store cannot be written")                                \
	X(STORE_EMPTY, KEEP, CRIT, 0, "the store is empty, yet policies are in force")             \
	X(KERNEL_OPEN, EXIT, CRIT, 6, "the kernel side cannot be loaded")                          \
	X(NOT_ENFORCING, EXIT, CRIT, 6, "this host cannot enforce policies")                       \
	X(COMPILE_START, EXIT, CRIT, 3,                                                            \
	  "the active revision does not compile, nothing is in force")                             \
	X(INSTALL_START, EXIT, CRIT, 6, "the active revision cannot be put in force")              \
	X(COMPILE, RETRY, CRIT, 0, "the active revision does not compile")                         \
	X(INSTALL, RETRY, CRIT, 0, "the active revision cannot be put in force")                   \
	X(ENFORCEMENT, RETRY, CRIT, 0, "enforcement cannot be switched")                           \
	X(ROOTS, RETRY, ERR, 0, "the table of file systems cannot be updated")                     \
	X(LINKS, RETRY, WARNING, 0, "not all names of files with several are known")               \
	X(PINS, KEEP, CRIT, 0, "pins are gone: something removed them")                            \
	X(DRAIN, RETRY, ERR, 0, "events cannot be read from the kernel")                           \
	X(EVENT, COUNT, WARNING, 0, "the kernel sent an event that makes no sense")                \
	X(SINK, RETRY, ERR, 0, "events cannot be written to their file")                           \
	X(SOCKET, EXIT, CRIT, 70, "the control socket cannot be opened")                           \
	X(CLIENT, COUNT, WARNING, 0, "a client was refused")                                       \
	X(LOOP, EXIT, CRIT, 70, "the event loop cannot run")

enum pc_failure {
#define PC_X(symbol, action, priority, status, what) PC_FAILURE_##symbol,
	PC_FAILURES(PC_X)
#undef PC_X
		PC_FAILURE_COUNT
};

#define PC_PROBLEM_SIZE 768

/* Failures that last: what `status` shows. Zero-initialise. */
struct pc_problems {
	char text[PC_FAILURE_COUNT][PC_PROBLEM_SIZE]; /* empty: there is none */
	uint64_t count[PC_FAILURE_COUNT];	      /* how often it happened */
};

/* Logs it (the same text only once), remembers it, and says what follows. */
enum pc_action pc_failed(struct pc_problems *problems, enum pc_failure failure, const char *format,
			 ...) PC_PRINTF(3, 4);
/* It is over: forgotten, and logged where it lasted. */
void pc_mended(struct pc_problems *problems, enum pc_failure failure);
/* What the daemon ends with after it. */
int pc_failure_status(enum pc_failure failure);
const char *pc_failure_what(enum pc_failure failure);

#endif
