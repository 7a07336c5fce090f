/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* doctor: what this host can enforce, tried out by enforcerd: the running one, or one for this. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>

#include "commands.h"
#include "daemon.h"
#include "table.h"

#define ANSWER_MAX ((size_t)1 << 20)

/* Fills in the path of enforcerd: where it is installed, or beside policyctl where it was built. */
static bool find_enforcerd(char *path, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n > 0) {
		self[n] = 0;
		slash = strrchr(self, '/');
		if (slash) {
			*slash = 0;
			snprintf(path, size, "%s/enforcerd", self);
			if (!access(path, X_OK))
				return true;
			snprintf(path, size, "%s/../sbin/enforcerd", self);
			if (!access(path, X_OK))
				return true;
		}
	}
	snprintf(path, size, "%s/sbin/enforcerd", PC_PREFIX);
	return !access(path, X_OK);
}

static int start(const char *path, pid_t *ret_pid, int *ret_fd)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -errno;
	}
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(path, path, "--probe", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	*ret_pid = pid;
	*ret_fd = ends[0];
	return 0;
}

static json_t *read_answer(int fd)
{
	PC_FREE char *text = malloc(ANSWER_MAX);
	json_error_t error;
	size_t used = 0;

	while (text && used < ANSWER_MAX) {
		ssize_t n = read(fd, text + used, ANSWER_MAX - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	return text ? json_loadb(text, used, JSON_DISABLE_EOF_CHECK, &error) : NULL;
}

static int probe(const struct ctl *ctl, json_t **ret_result)
{
	char path[PATH_MAX + 32];
	PC_CLOSE int fd = -1;
	pid_t pid = -1;
	int err;

	if (!find_enforcerd(path, sizeof(path))) {
		ctl_error(ctl, "enforcerd neither runs nor is installed");
		return PC_EXIT_UNREACHABLE;
	}
	ctl_trace(ctl, "no enforcerd runs; asking %s --probe", path);
	err = start(path, &pid, &fd);
	if (err) {
		ctl_error(ctl, "cannot start %s: %s", path, strerror(-err));
		return PC_EXIT_INTERNAL;
	}
	*ret_result = read_answer(fd);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (*ret_result)
		return PC_EXIT_OK;
	ctl_error(ctl, "%s --probe gave no answer", path);
	if (geteuid())
		ctl_hint(ctl, "only root can try out what the kernel does");
	return geteuid() ? PC_EXIT_PERMISSION : PC_EXIT_INTERNAL;
}

static int print_features(const struct ctl *ctl, const json_t *result, bool enforces)
{
	static const struct ctl_column columns[] = {
		{.key = "present", .title = "THERE"}, {.key = "required", .title = "REQUIRED"},
		{.key = "name", .title = "WHAT"},     {.key = "what", .title = "FOR"},
		{.key = "detail", .title = "FOUND"},  {0},
	};

	if (ctl->json)
		return ctl_print_json(ctl, result);
	ctl_print_table(ctl, columns, json_object_get(result, "features"));
	printf("\nthis host %s\n", enforces ? "can enforce policies" : "cannot enforce policies");
	return PC_EXIT_OK;
}

int ctl_cmd_doctor(struct ctl *ctl)
{
	json_auto_t *result = NULL;
	bool enforces;
	int status = ctl_daemon_runs(ctl) ? ctl_daemon_call(ctl, pc_request_new("doctor"), &result)
					  : probe(ctl, &result);

	if (status)
		return status;
	enforces = json_is_true(json_object_get(result, "enforces"));
	status = print_features(ctl, result, enforces);
	return status ? status : enforces ? PC_EXIT_OK : PC_EXIT_HOST;
}
