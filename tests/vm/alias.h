/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Techniques that reach a file in another way than by its name, and operations on what they reach.
 */
#ifndef ALIAS_H
#define ALIAS_H

#include <stdbool.h>
#include <stddef.h>

#define TOP "/srv/a"
#define WAY TOP "/way"	 /* emptied before each cell; only "spot" and "empty" are in it */
#define SPOT WAY "/spot" /* a folder to mount on */
#define EMPTY WAY "/empty"
#define BOUND TOP "/bound" /* the folders of the places, bound before the policy */
#define APPROVED TOP "/only/program"
#define REACHED 200 /* what the program at a place ends with */

enum {
	READ = 1 << 0,
	WRITE = 1 << 1,
	REPLACE = 1 << 2,
	DELETE = 1 << 3,
	EXECUTE = 1 << 4,
	MAP = 1 << 5,
	ALL = (1 << 6) - 1,
};

/* What a cell speaks of: a file that a policy protects, or one that it does not. */
struct place {
	const char *name;
	const char *folder;
	const char *file;
	const char *aside; /* its folder where a technique moves the folder; NULL: the same */
	bool free;	   /* no rule speaks of it */
};

struct way {
	const struct place *place;
	const char *folder; /* the real one */
	int host_at;	    /* the file's own name, for whoever is not confined */
	char host[512];

	/* How it is reached. An empty path: only by what open() gives. */
	int at;
	char path[512];
	char spare[512]; /* a file beside it by the same way */
	int (*open)(struct way *way, int flags);
	int (*remove)(struct way *way);
	int (*replace)(struct way *way);
	int fd; /* from prepare() */
};

struct technique {
	const char *name;
	const char *about;
	/* Before the task is confined. False: it makes no sense for this place. */
	bool (*prepare)(struct way *way);
	/* By the confined task. Ends it where it fails. */
	void (*go)(struct way *way);
	int operations;	   /* that it is for; 0: all */
	bool space;	   /* in a mount namespace of its own */
	bool mounts;	   /* the same, and itself denied without `kernel: allow` */
	bool moves;	   /* also the folder, so that what is free stands in another */
	bool free_denied;  /* also for what no rule speaks of */
	bool approval;	   /* runs what is not approved, where only what is approved may run */
	const char *fails; /* how it ends where it is denied, if not with an error */
	int reaches;	   /* operations that are known to reach the file ... */
	bool only_allowed; /* ... where section kernel allows what it takes */
	const char *why;
};

/* Ends with an entry without a name. */
extern const struct technique techniques[];

/* ---- alias.c ------------------------------------------------------------------------------- */

/* A step of the technique, or of the operation on what it reached: ends the task if it failed. */
void trick(const char *step, long result);
void act(const char *step, long result);
/* From here on it is reached by this path. */
void lead(struct way *way, const char *folder);
void lead_file(struct way *way, const char *path);
/* By a descriptor of a folder. */
void lead_at(struct way *way, int at);

/* ---- alias-ops.c --------------------------------------------------------------------------- */

struct operation {
	const char *name;
	int bit;
	char letter;
	void (*run)(struct way *way);
};
extern const struct operation operations[];
#define OPERATIONS 6

int open_plainly(struct way *way, int flags);
int remove_plainly(struct way *way);
int replace_plainly(struct way *way);
void make_program(int at, const char *path, const char *mark);
/* Has what is open as fd been written to? */
bool was_written(int fd);

/* ---- alias-names.c, alias-open.c, alias-uring.c, alias-mounts.c, alias-run.c ---------------- */

// clang-format off
#define GO(X) \
	X(plain) X(symlink) X(symlink_folder) X(symlink_chain) X(dots) \
	X(hard_link) X(hard_link_fd) X(tmpfile) X(use_alias) X(rename_file) \
	X(rename_folder) X(rename_top) X(exchange) X(exchange_folder) X(whiteout) \
	X(use_at) X(proc_self_root) X(proc_1_root) X(proc_self_cwd) \
	X(proc_pid_cwd) X(proc_pid_root) X(proc_fd_folder) X(proc_fd_file) \
	X(dev_fd) X(openat) X(openat2_no_xdev) X(openat2_no_magiclinks) \
	X(openat2_no_symlinks) X(openat2_beneath) X(openat2_in_root) \
	X(openat2_cached) X(handle) X(uring) X(uring_worker) X(uring_thread) \
	X(inherited) X(received) X(received_path) X(taken) X(deleted) \
	X(bind_file) X(bind_folder) X(bind_root) X(bound_before) X(open_tree) \
	X(open_tree_loose) X(move) X(move_mount) X(cover) X(namespace) X(chroot) \
	X(chroot_out) X(pivot) X(overlay) X(overlay_upper) X(overlay_layer) \
	X(other_mount) X(loop_again) X(raw_disk) X(raw_node) X(run_tmpfs) \
	X(run_bind) X(run_memfd) X(run_deleted) X(run_tmpfile) X(run_script) \
	X(run_argument) X(run_loader) X(run_preload) X(run_binfmt) \
	X(run_own_binfmt) X(run_shared) X(run_written) X(run_replaced)

#define PREPARE(X) \
	X(alias) X(long_name) X(odd_name) X(long_path) X(deep) X(too_deep) \
	X(held) X(sent) X(sent_path) X(offered) X(removed) X(recreated) X(disk) \
	X(merged) X(other)
// clang-format on

#define DECLARE(name) void go_##name(struct way *way);
GO(DECLARE)
#undef DECLARE
#define DECLARE(name) bool prepare_##name(struct way *way);
PREPARE(DECLARE)
#undef DECLARE

#endif
