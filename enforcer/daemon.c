/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon opens, in which order, and its jobs that end at once. */
#include "daemon.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "fault.h"
#include "log.h"
#include "server.h"

/*
 * The store first: one that cannot be read must not touch what is pinned. One that cannot be
 * written is enforced all the same, for that takes reading only.
 */
static int open_store(struct pc_daemon *daemon)
{
	const char *path = daemon->options.store;
	struct pc_store_error error;
	int err = pc_store_open(path, PC_STORE_CREATE | PC_STORE_CHECK, &daemon->store, &error);
	enum pc_failure failure = PC_FAILURE_STORE_OPEN;

	if (!err)
		return 0;
	if (err == -ENOSPC || err == -EROFS)
		daemon->read_only = !pc_store_open(path, PC_STORE_READ_ONLY | PC_STORE_CHECK,
						   &daemon->store, NULL);
	if (daemon->read_only)
		failure = PC_FAILURE_STORE_WRITE;
	pc_failed(&daemon->sync.problems, failure, "%s%s%s", error.message, *error.hint ? "; " : "",
		  error.hint);
	return pc_failure_status(failure);
}

int pc_daemon_want_store(struct pc_daemon *daemon, struct pc_refusal *refusal)
{
	struct pc_store_error error;
	struct pc_store *store;

	if (!daemon->read_only)
		return 0;
	if (pc_store_open(daemon->options.store, PC_STORE_CHECK, &store, &error))
		return pc_refuse(refusal, PC_EXIT_INTERNAL, error.hint, "%s", error.message);
	pc_store_close(daemon->store);
	daemon->store = store;
	daemon->sync.store = store;
	daemon->sync.rulebook.store = store;
	daemon->sync.data_version = 0; /* what others wrote meanwhile is to be seen */
	daemon->read_only = false;
	pc_mended(&daemon->sync.problems, PC_FAILURE_STORE_WRITE);
	return 0;
}

/* Programs can load and attach, and yet never run: no daemon is better than one that only seems to
 * enforce. */
static int check_host(struct pc_daemon *daemon)
{
	PC_FREE struct pc_kernel_features *features = calloc(1, sizeof(*features));
	const struct pc_kernel_feature *missing = NULL;

	if (!features)
		return PC_EXIT_INTERNAL;
	pc_kernel_probe(features);
	if (features->enforces)
		return 0;
	for (uint32_t i = 0; i < features->count && !missing; i++)
		if (features->items[i].required && !features->items[i].present)
			missing = &features->items[i];
	pc_failed(&daemon->sync.problems, PC_FAILURE_NOT_ENFORCING, "%s: %s",
		  missing ? missing->name : "", missing ? missing->detail : "");
	return pc_failure_status(PC_FAILURE_NOT_ENFORCING);
}

/* In this boot a daemon has been here before, and has found that the host enforces. */
static bool is_loaded(const struct pc_daemon *daemon)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/pc_control", daemon->options.pin_dir);
	return *daemon->options.pin_dir && !access(path, F_OK);
}

static int open_kernel(struct pc_daemon *daemon)
{
	const struct pc_kernel_options options = {
		.pin_dir = daemon->options.pin_dir,
		.no_cache = daemon->options.no_cache,
		.links_max = daemon->options.links_max,
	};
	struct pc_kernel_error error = {0};
	int status = is_loaded(daemon) ? 0 : check_host(daemon);

	if (status)
		return status;
	if (!pc_kernel_open(&options, &daemon->kernel, &daemon->sync.adopted, &error)) {
		pc_log(LOG_INFO, "%s",
		       daemon->sync.adopted ? "what was in force is adopted"
					    : "the kernel side is loaded");
		return 0;
	}
	pc_failed(&daemon->sync.problems, PC_FAILURE_KERNEL_OPEN, "%s%s%s", error.message,
		  *error.hint ? "; " : "", error.hint);
	return pc_failure_status(PC_FAILURE_KERNEL_OPEN);
}

/* Events are of use, and not what enforcement rests on: without a file the daemon goes on. */
static void open_sink(struct pc_daemon *daemon)
{
	const struct pc_sink_options options = {.path = daemon->options.events};
	int err;

	if (!*options.path)
		return;
	err = pc_sink_open(&options, &daemon->sink);
	if (err)
		pc_failed(&daemon->sync.problems, PC_FAILURE_SINK, "%s: %s", options.path,
			  strerror(-err));
}

int pc_daemon_open(struct pc_daemon *daemon, const struct pc_daemon_options *options)
{
	int status;

	daemon->options = *options;
	daemon->started_ns = pc_now(CLOCK_REALTIME);
	status = open_store(daemon);
	pc_fault(PC_FAULT_START_STORE);
	if (!status)
		status = open_kernel(daemon);
	if (status)
		return status;
	daemon->sync.store = daemon->store;
	daemon->sync.kernel = daemon->kernel;
	daemon->events.kernel = daemon->kernel;
	daemon->events.book = &daemon->sync.rulebook;
	daemon->events.problems = &daemon->sync.problems;
	open_sink(daemon);
	daemon->events.sink = daemon->sink;
	return pc_sync_start(&daemon->sync);
}

void pc_daemon_close(struct pc_daemon *daemon)
{
	pc_fault(PC_FAULT_STOP_BEGUN);
	pc_events_free(&daemon->events);
	pc_sink_close(daemon->sink);
	pc_sync_stop(&daemon->sync);
	if (daemon->kernel)
		pc_kernel_close(daemon->kernel);
	pc_fault(PC_FAULT_STOP_CLOSED);
	pc_store_close(daemon->store);
}

int pc_daemon_probe(void)
{
	PC_FREE struct pc_kernel_features *features = calloc(1, sizeof(*features));
	json_t *object;
	bool enforces;

	if (!features)
		return PC_EXIT_INTERNAL;
	pc_kernel_probe(features);
	enforces = features->enforces;
	object = pc_json_features(features);
	if (!object || json_dumpf(object, stdout, JSON_INDENT(2)) || putchar('\n') == EOF ||
	    fflush(stdout)) {
		json_decref(object);
		return PC_EXIT_INTERNAL;
	}
	json_decref(object);
	return enforces ? PC_EXIT_OK : PC_EXIT_HOST;
}

int pc_daemon_unload(const struct pc_daemon_options *options)
{
	const struct pc_kernel_options kernel_options = {.pin_dir = options->pin_dir};
	struct pc_kernel_error error = {0};
	struct pc_kernel *kernel;
	PC_CLOSE int lock = -1;
	struct stat status;
	bool adopted;

	if (stat(options->pin_dir, &status)) {
		int err = errno;

		if (err == ENOENT) {
			pc_log(LOG_INFO, "nothing is loaded");
			return PC_EXIT_OK;
		}
		pc_log(LOG_ERR, "cannot see what is loaded: %s: %s%s", options->pin_dir,
		       strerror(err), err == EACCES ? "; run as root" : "");
		return PC_EXIT_PERMISSION;
	}
	lock = pc_server_lock(options->socket);
	if (lock == -EADDRINUSE) {
		pc_log(LOG_ERR, "enforcerd is running: stop it first");
		return PC_EXIT_NO;
	}
	if (pc_kernel_open(&kernel_options, &kernel, &adopted, &error)) {
		pc_log(LOG_ERR, "%s%s%s", error.message, *error.hint ? "; " : "", error.hint);
		return PC_EXIT_INTERNAL;
	}
	pc_kernel_remove(kernel);
	pc_log(LOG_NOTICE, "everything is removed from the kernel: nothing is enforced");
	return PC_EXIT_OK;
}
