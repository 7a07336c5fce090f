// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tries every technique with every operation, as root, as a user, and as a user in a user namespace
 * of its own, and says for each whether it reached the file.
 *
 *   alias run COMMAND [TECHNIQUE]
 *                  all cells in cgroups /alias-POLICY; then has a shell run COMMAND, and tries
 * again those that reached the file. A line for each, with tabs: policy, technique, who, place,
 * operation, what is expected with enforcement, what came of it alias list     the techniques:
 * name, what it is, how it ends where it is denied ("-": with an error), why it is known to reach
 * the file ("-": it is not)
 *
 * What came of it is "reached", "ERRNO in STEP" where the technique failed, "ERRNO at STEP" where
 * the operation did, or another word. Whether a file was changed is looked at from outside.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alias.h"

enum who { ROOT, USER, USERNS, WHO };
static const char *const whos[WHO] = {"root", "user", "userns"};

enum policy { OPEN, PROGRAMS, CLOSED, ONLY, POLICIES };
static const char *const policies[POLICIES] = {"open", "programs", "closed", "only"};
static int cgroups[POLICIES], nowhere;

static const struct place places[] = {
	{"file", TOP "/file", "secret", NULL, false},
	{"tree", TOP "/tree/deep", "secret", NULL, false},
	{"beside", TOP "/file", "beside", TOP "/free", true},
	{0},
};
static const struct place programs[] = {
	{"other", TOP "/others", "program", NULL, false},
	{"approved", TOP "/only", "program", NULL, true},
	{0},
};

struct cell {
	const struct technique *technique;
	const struct place *place;
	const struct operation *operation;
	enum who who;
	enum policy policy;
};

/* What the task leaves for who started it. */
static struct {
	char step[40];
	int err;
	bool acted; /* the operation failed, not the technique */
	bool done;
} * report;

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- for techniques and operations --------------------------------------------------------- */

static void failed_step(const char *step, long result, bool acted)
{
	if (result >= 0)
		return;
	report->err = errno;
	report->acted = acted;
	snprintf(report->step, sizeof(report->step), "%s", step);
	_exit(1);
}

void trick(const char *step, long result)
{
	failed_step(step, result, false);
}

void act(const char *step, long result)
{
	failed_step(step, result, true);
}

void lead(struct way *way, const char *folder)
{
	snprintf(way->path, sizeof(way->path), "%s/%s", folder, way->place->file);
	snprintf(way->spare, sizeof(way->spare), "%s/spare", folder);
}

void lead_file(struct way *way, const char *path)
{
	snprintf(way->path, sizeof(way->path), "%s", path);
}

void lead_at(struct way *way, int at)
{
	way->at = at;
	snprintf(way->path, sizeof(way->path), "%s", way->place->file);
	snprintf(way->spare, sizeof(way->spare), "spare");
}

/* ---- before and after a cell --------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	if (!ftw->level || (kind == FTW_DP && (!strcmp(path, SPOT) || !strcmp(path, EMPTY))))
		return 0;
	return remove(path);
}

static ino_t inode_of(int at, const char *path)
{
	struct stat st;

	return fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_ino;
}

/* What a technique has moved goes back to where it was. */
static void restore(const char *folder, ino_t inode)
{
	if (inode_of(AT_FDCWD, "/srv/b"))
		rename("/srv/b", TOP);
	if (inode_of(AT_FDCWD, folder) == inode)
		return;
	if (rename(WAY "/folder", folder) &&
	    renameat2(AT_FDCWD, EMPTY, AT_FDCWD, folder, RENAME_EXCHANGE))
		die("move back");
}

static void clear_way(void)
{
	if (nftw(WAY, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		die(WAY);
	mkdir(SPOT, 0777);
	mkdir(EMPTY, 0777);
}

static void make_file(const char *folder, const char *name, const char *mark)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
	make_program(AT_FDCWD, path, mark);
}

/* Of each cell in the order of the first run: whether it reached the file. */
static unsigned char reached[8192];
static size_t cells;
static bool again;
/* The step that nobody like this may take, whatever the cell. */
static char shut[sizeof(report->step)];

static bool begin(const struct cell *cell, struct way *way)
{
	const struct place *place = cell->place;

	*way = (struct way){
		.place = place,
		.folder = cell->technique->moves && place->aside ? place->aside : place->folder,
		.at = AT_FDCWD,
		.host_at = AT_FDCWD,
		.open = open_plainly,
		.remove = remove_plainly,
		.replace = replace_plainly,
		.fd = -1,
	};
	clear_way();
	if (cell->technique->approval)
		make_file(TOP "/only", "program", "approved");
	make_file(way->folder, place->file, place->name);
	if (cell->operation->bit == REPLACE)
		make_file(way->folder, "spare", "spare");
	lead(way, way->folder);
	snprintf(way->host, sizeof(way->host), "%s", way->path);
	return !cell->technique->prepare || cell->technique->prepare(way);
}

/* ---- the task ------------------------------------------------------------------------------ */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	trick(path, fd);
	trick(path, write(fd, text, strlen(text)));
	close(fd);
}

static void become(const struct cell *cell)
{
	int spaces = cell->technique->mounts || cell->technique->space ? CLONE_NEWNS : 0;

	if (cell->who != ROOT) {
		trick("setgroups", setgroups(0, NULL));
		trick("setgid", setresgid(1000, 1000, 1000));
		trick("setuid", setresuid(1000, 1000, 1000));
		prctl(PR_SET_DUMPABLE, 1);
	}
	if (cell->who == USERNS) {
		trick("unshare", unshare(CLONE_NEWUSER | spaces));
		write_text("/proc/self/setgroups", "deny");
		write_text("/proc/self/uid_map", "0 1000 1");
		write_text("/proc/self/gid_map", "0 1000 1");
	} else if (cell->who == ROOT && spaces) {
		trick("unshare", unshare(spaces));
	}
}

static pid_t clone_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned int)cgroup};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Returns how it ended. */
static int perform(const struct cell *cell, struct way *way)
{
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	pid = clone_into(cgroups[cell->policy]);
	if (pid < 0)
		die("clone3");
	if (!pid) {
		alarm(60);
		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO); /* a loader says there what it was denied */
		become(cell);
		cell->technique->go(way);
		cell->operation->run(way);
		report->done = true;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return status;
}

/* Did it happen to the file itself? */
static bool effective(const struct cell *cell, const struct way *way, int held, ino_t inode)
{
	ino_t now = inode_of(way->host_at, way->host);

	switch (cell->operation->bit) {
	case WRITE:
		return was_written(held);
	case REPLACE:
		return now && now != inode;
	case DELETE:
		return !now;
	default:
		return true;
	}
}

static bool tell(int status, bool real)
{
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
	else if (!report->done && WEXITSTATUS(status) != REACHED && !report->err)
		printf("status %d\n", WEXITSTATUS(status));
	else if (report->err)
		printf("%s %s %s\n", strerrorname_np(report->err), report->acted ? "at" : "in",
		       report->step);
	else
		puts(real ? "reached" : "another file");
	return real && !WIFSIGNALED(status) && !report->err &&
	       (report->done || WEXITSTATUS(status) == REACHED);
}

/* ---- cells --------------------------------------------------------------------------------- */

static const char *expected(const struct cell *cell)
{
	const struct technique *t = cell->technique;

	if (cell->policy == CLOSED && (!t->reaches || t->only_allowed))
		return "trick";
	if (cell->place->free)
		return t->free_denied ? "deny" : "reach";
	return t->reaches & cell->operation->bit ? "known" : "deny";
}

static void print_cell(const struct cell *cell)
{
	printf("%s\t%s\t%s\t%s\t%s\t%s\t", policies[cell->policy], cell->technique->name,
	       whos[cell->who], cell->place->name, cell->operation->name, expected(cell));
}

static void end(const struct way *way, int held)
{
	close(held);
	if (way->fd >= 0)
		close(way->fd);
	if (way->host_at != AT_FDCWD)
		close(way->host_at);
}

static void run_cell(const struct cell *cell)
{
	struct way way;
	ino_t folder_inode, inode;
	int held, status;

	cells++;
	if (!again && *shut) {
		print_cell(cell);
		printf("EPERM in %s\n", shut);
		return;
	}
	if (cells >= sizeof(reached) || (again && !reached[cells]) || !begin(cell, &way))
		return;
	folder_inode = inode_of(AT_FDCWD, way.folder);
	inode = inode_of(way.host_at, way.host);
	held = openat(way.host_at, way.host, O_RDONLY | O_CLOEXEC);
	print_cell(cell);
	fflush(stdout);
	status = perform(cell, &way);
	restore(way.folder, folder_inode);
	reached[cells] = tell(status, effective(cell, &way, held, inode));
	if (!again && report->err == EPERM && !report->acted)
		memcpy(shut, report->step, sizeof(shut));
	end(&way, held);
}

static enum policy policy_of(const struct technique *technique, int operation)
{
	if (technique->approval)
		return ONLY;
	return operation == MAP ? PROGRAMS : OPEN;
}

static void run_operations(struct cell *cell)
{
	int wanted = cell->technique->operations ?: ALL;

	/* That the rest is allowed, too, is told by these. */
	if (cell->place->free)
		wanted &= READ | WRITE | EXECUTE;

	for (int i = 0; i < OPERATIONS; i++) {
		cell->operation = &operations[i];
		cell->policy = policy_of(cell->technique, operations[i].bit);
		if (operations[i].bit & wanted)
			run_cell(cell);
		if (operations[i].bit == READ && cell->technique->mounts &&
		    !cell->technique->approval) {
			cell->policy = CLOSED;
			run_cell(cell);
		}
	}
}

static void run_technique(const struct technique *technique)
{
	struct cell cell = {.technique = technique};

	for (int who = 0; who < WHO; who++) {
		*shut = '\0';
		for (const struct place *p = technique->approval ? programs : places; p->name;
		     p++) {
			cell.who = (enum who)who;
			cell.place = p;
			run_operations(&cell);
		}
	}
}

static void set_up(void)
{
	char path[64];

	umask(0);
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED)
		die("mmap");
	for (int i = 0; i < POLICIES; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/alias-%s", policies[i]);
		cgroups[i] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (cgroups[i] < 0)
			die(path);
	}
}

static void run_all(const char *name)
{
	cells = 0;
	puts(again ? "== on" : "== off");
	for (const struct technique *t = techniques; t->name; t++)
		if (!name || !strcmp(name, t->name))
			run_technique(t);
	fflush(stdout);
}

static int list(void)
{
	for (const struct technique *t = techniques; t->name; t++)
		printf("%s\t%s\t%s\t%s\n", t->name, t->about, t->fails ?: "-", t->why ?: "-");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	if (argc < 3 || strcmp(argv[1], "run")) {
		fputs("Usage: alias run COMMAND [TECHNIQUE] | alias list\n", stderr);
		return 2;
	}
	set_up();
	run_all(argv[3]);
	if (system(argv[2]))
		die(argv[2]);
	again = true;
	run_all(argv[3]);
	return 0;
}
