/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One operation on a file, by system call: what the table of acts holds. */
#ifndef ACT_H
#define ACT_H

#include <errno.h>

/* What stands at a name before the act. */
enum before { NOTHING, FILE_THERE, DIR_THERE, LINK_THERE };

#define NO_FD (-1)

struct act_args {
	const char *path;
	const char *other; /* "" where there is none */
	int flags;	   /* of the act */
	int fd;		   /* held: opened before the task was confined; -1: none */
};

struct act {
	const char *name;
	/* Returns 0 or an errno. */
	int (*run)(const struct act_args *args);
	int flags; /* for run: of open, or what else it takes */
	int hold;  /* flags to open args->fd with before, or NO_FD */
	/* What else happens before, unconfined; may replace args->fd. Returns 0 or an errno. */
	int (*prepare)(struct act_args *args);
	enum before path;
	enum before other;
};

/* Ends with an entry without a name. */
extern const struct act acts[];

static inline int result(long value)
{
	return value < 0 ? errno : 0;
}

/* act-ways.c */
int run_chroot(const struct act_args *args);
int run_handle(const struct act_args *args);
int run_bind(const struct act_args *args);
int run_forge(const struct act_args *args);
int run_own_proc(const struct act_args *args);
int run_receive(const struct act_args *args);
int run_getfd(const struct act_args *args);
int prepare_memfd(struct act_args *args);
int prepare_pipe(struct act_args *args);
int prepare_handle(struct act_args *args);
int prepare_send(struct act_args *args);

#endif
