// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Steps of an actor: processes, who they are, and what is around them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

/* ---- processes ------------------------------------------------------------------------------- */

void follow(const char *step, pid_t child)
{
	int status;

	need(step, child);
	need("wait", waitpid(child, &status, 0));
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

void step_fork(const char *value, char **rest)
{
	pid_t child = fork();

	(void)value;
	if (!child)
		take_steps(rest);
	follow("fork", child);
}

static int go_on(void *rest)
{
	take_steps(rest);
}

void step_vfork(const char *value, char **rest)
{
	static char stack[65536] __attribute__((aligned(64)));

	(void)value;
	follow("vfork",
	       clone(go_on, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, rest));
}

static void *go_on_in_thread(void *rest)
{
	take_steps(rest);
}

void step_thread(const char *value, char **rest)
{
	pthread_t thread;

	(void)value;
	need("thread", -pthread_create(&thread, NULL, go_on_in_thread, rest));
	pthread_join(thread, NULL);
}

void step_clone3(const char *group, char **rest)
{
	char path[256];
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	pid_t child;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%s", group);
	args.cgroup = (__u64)open_program(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	child = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!child)
		take_steps(rest);
	follow("clone3", child);
}

/* Twice forked, in a session of its own; nobody waits for it. */
void step_daemon(const char *value, char **rest)
{
	pid_t child = fork();

	(void)value;
	need("fork", child);
	if (child)
		_exit(0);
	need("setsid", setsid());
	child = fork();
	need("fork", child);
	if (child)
		_exit(0);
	need("chdir", chdir("/"));
	take_steps(rest);
}

static void write_file(const char *step, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	need(step, fd);
	need(step, write(fd, text, strlen(text)));
	close(fd);
}

void step_cgroup(const char *group, char **rest)
{
	char path[256];

	(void)rest;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs", group);
	write_file("cgroup", path, "0");
}

/* ---- who it is ------------------------------------------------------------------------------- */

/* "R,E,S", where -1 leaves one as it is; or one number for all. */
static void three(const char *value, unsigned int *ids)
{
	if (sscanf(value, "%d,%d,%d", (int *)&ids[0], (int *)&ids[1], (int *)&ids[2]) == 1)
		ids[2] = ids[1] = ids[0];
}

void step_uid(const char *value, char **rest)
{
	unsigned int id[3];

	(void)rest;
	three(value, id);
	need("uid", setresuid(id[0], id[1], id[2]));
}

void step_gid(const char *value, char **rest)
{
	unsigned int id[3];

	(void)rest;
	three(value, id);
	need("gid", setresgid(id[0], id[1], id[2]));
}

void step_fsuid(const char *value, char **rest)
{
	(void)rest;
	setfsuid((uid_t)atoi(value));
}

void step_setuid(const char *value, char **rest)
{
	(void)rest;
	need("setuid", setuid((uid_t)atoi(value)));
}

void step_groups(const char *value, char **rest)
{
	gid_t groups[2] = {1, (gid_t)atoi(value)};

	(void)rest;
	need("groups", setgroups(2, groups));
}

void step_login(const char *value, char **rest)
{
	(void)rest;
	write_file("login", "/proc/self/loginuid", value);
}

/* ---- surroundings ---------------------------------------------------------------------------- */

int namespaces(const char *names)
{
	static const struct {
		const char *name;
		int flag;
	} kinds[] = {
		{"user", CLONE_NEWUSER},     {"mnt", CLONE_NEWNS},  {"pid", CLONE_NEWPID},
		{"net", CLONE_NEWNET},	     {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS},
		{"cgroup", CLONE_NEWCGROUP},
	};
	int flags = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		flags |= strstr(names, kinds[i].name) ? kinds[i].flag : 0;
	return flags;
}

void step_unshare(const char *value, char **rest)
{
	int flags = namespaces(value);

	(void)rest;
	need("unshare", unshare(flags));
	if (flags & CLONE_NEWUSER) {
		write_file("setgroups", "/proc/self/setgroups", "deny");
		write_file("uid_map", "/proc/self/uid_map", "0 0 1");
		write_file("gid_map", "/proc/self/gid_map", "0 0 1");
	}
	if (flags & CLONE_NEWNS)
		need("private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

/* What is mounted on what is shared is mounted for others, too. */
void step_peers(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	need("unshare", unshare(CLONE_NEWNS));
}

/* Where all is shared with who comes of it: as systemd leaves the host's mounts. */
void step_shared(const char *value, char **rest)
{
	(void)value;
	(void)rest;
	need("unshare", unshare(CLONE_NEWNS));
	need("private", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	need("shared", mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL));
}

void step_bind(const char *value, char **rest)
{
	char *from = strdup(value), *to = strchr(from, ',');

	(void)rest;
	*to++ = '\0';
	need("bind", mount(from, to, NULL, MS_BIND, NULL));
}

void step_tmpfs(const char *value, char **rest)
{
	(void)rest;
	need("tmpfs", mount("actor", value, "tmpfs", 0, "mode=755"));
}

void step_copy(const char *value, char **rest)
{
	char *from = strdup(value), *name = strchr(from, ',');
	int to;

	(void)rest;
	*name++ = '\0';
	to = open(name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);
	need("create", to);
	copy_into(to, from);
	close(to);
}

void step_chroot(const char *value, char **rest)
{
	(void)rest;
	need("chroot", chroot(value));
	need("chdir", chdir("/"));
}

/* Leaves a mark for those who want it waiting before they do something. */
void step_wait(const char *path, char **rest)
{
	char mark[] = "/run/waiting/XXXXXX";

	(void)rest;
	need("wait", mkstemp(mark));
	while (access(path, F_OK))
		sleep(1);
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Which files of a folder cannot be read: where each policy denies one, the layers it has. */
void step_layers(const char *folder, char **rest)
{
	struct dirent **names;
	char text[512] = "", path[512];
	int n;

	(void)rest;
	folder = *folder ? folder : "/opt/secret";
	n = scandir(folder, &names, is_name, alphasort);
	need("scandir", n);
	for (int i = 0; i < n; i++) {
		size_t length = strlen(text);
		int fd;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		fd = open(path, O_RDONLY);
		if (fd >= 0)
			close(fd);
		else
			snprintf(text + length, sizeof(text) - length, "%s%s%s", length ? "," : "",
				 names[i]->d_name, errno == EACCES ? "" : "!");
	}
	say(*text ? text : "none");
}
