/* SPDX-License-Identifier: GPL-2.0-only */
/* The event loop: signals, timers, the ring, the mount table, the socket, and the watchdog. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "log.h"
#include "server.h"

#define TICK_US UINT64_C(1000000)
#define DRAIN_IDLE_US UINT64_C(100000)
#define DRAIN_BUSY_US UINT64_C(5000)
#define DRAIN_STORM_US UINT64_C(500)
#define STORM_EVENTS 1000
/* The watchdog is not fed when the ring was not drained for so long. */
#define DRAIN_LATE_NS UINT64_C(5000000000)

struct loop {
	struct pc_daemon *daemon;
	sd_event *event;
	sd_event_source *drain, *tick, *ring, *mounts;
	int mountinfo;
	uint64_t generation; /* when memory was last given back */
	char status[256];
};

/* ---- events -------------------------------------------------------------------------------- */

static void on_line(void *context, const struct pc_event_line *line)
{
	struct pc_daemon *daemon = context;

	if (daemon->server)
		pc_server_publish(daemon->server, line);
}

/* Programs wake nobody, so the ring is looked at: often while events come, seldom otherwise. */
static int on_drain(sd_event_source *source, uint64_t usec, void *context)
{
	struct loop *loop = context;
	int count = pc_events_drain(&loop->daemon->events);
	uint64_t pause = count <= 0		? DRAIN_IDLE_US
			 : count < STORM_EVENTS ? DRAIN_BUSY_US
						: DRAIN_STORM_US;

	(void)usec;
	sd_event_source_set_time_relative(source, pause);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static int on_ring(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct loop *loop = context;

	(void)fd;
	/* Map descriptors answer EPOLLERR where they cannot be polled: the timer is enough then. */
	if (events & (EPOLLERR | EPOLLHUP)) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	pc_events_drain(&loop->daemon->events);
	return 0;
}

/* ---- the mount table ----------------------------------------------------------------------- */

static int on_mounts(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct loop *loop = context;

	(void)source;
	(void)fd;
	(void)events;
	pc_sync_roots(&loop->daemon->sync);
	return 0;
}

/* ---- each second --------------------------------------------------------------------------- */

static bool count_entries(const char *folder, int depth, uint32_t *count)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char path[4096];

	if (!directory)
		return false;
	while ((entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		++*count;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (entry->d_type == DT_DIR && depth < 4)
			count_entries(path, depth + 1, count);
	}
	closedir(directory);
	return true;
}

/* Pins come and go with each image put in force; between two of them none may go. */
static void check_pins(struct pc_daemon *daemon, uint64_t generation)
{
	const char *folder = daemon->options.pin_dir;
	static uint64_t counted_at; /* generation */
	uint32_t count = 0;
	bool there;

	if (!*folder)
		return;
	there = count_entries(folder, 0, &count);
	if (!daemon->pins_known || counted_at != generation) {
		daemon->pins = count;
		daemon->pins_known = true;
		counted_at = generation;
	}
	if (!there)
		pc_failed(&daemon->sync.problems, PC_FAILURE_PINS, "%s is not there", folder);
	else if (count < daemon->pins)
		pc_failed(&daemon->sync.problems, PC_FAILURE_PINS, "%u of %u below %s",
			  daemon->pins - count, daemon->pins, folder);
	else
		pc_mended(&daemon->sync.problems, PC_FAILURE_PINS);
}

static void check_sink(struct pc_daemon *daemon)
{
	struct pc_sink_status status;

	if (!daemon->sink)
		return;
	pc_sink_status(daemon->sink, &status);
	if (*status.error)
		pc_failed(&daemon->sync.problems, PC_FAILURE_SINK, "%s", status.error);
	else
		pc_mended(&daemon->sync.problems, PC_FAILURE_SINK);
}

static void feed_watchdog(struct pc_daemon *daemon)
{
	uint64_t drained = daemon->events.drained_at;

	if (pc_now(CLOCK_BOOTTIME) - drained < DRAIN_LATE_NS &&
	    !*daemon->sync.problems.text[PC_FAILURE_PINS])
		sd_notify(0, "WATCHDOG=1");
}

static void tell_status(struct loop *loop, const struct pc_kernel_status *kernel)
{
	const struct pc_problems *problems = &loop->daemon->sync.problems;
	char text[sizeof(loop->status)];
	int count = 0;

	for (int i = 0; i < PC_FAILURE_COUNT; i++)
		count += *problems->text[i] != '\0';
	snprintf(text, sizeof(text),
		 "%s: revision %" PRIu64 ", generation %" PRIu64 "%s; %d problem%s",
		 !kernel->enforcing   ? "Off"
		 : kernel->generation ? "Enforcing"
				      : "Nothing to enforce",
		 kernel->revision, kernel->generation,
		 loop->daemon->sync.pending ? ", to be confirmed" : "", count,
		 count == 1 ? "" : "s");
	if (!strcmp(text, loop->status))
		return;
	strcpy(loop->status, text);
	sd_notifyf(0, "STATUS=%s", text);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *context)
{
	struct loop *loop = context;
	struct pc_daemon *daemon = loop->daemon;
	struct pc_kernel_status status = {0};

	(void)usec;
	pc_sync_tick(&daemon->sync);
	pc_kernel_status(daemon->kernel, &status);
	check_pins(daemon, status.generation);
	check_sink(daemon);
	if (status.generation != loop->generation)
		malloc_trim(0); /* compiling it took many times what is kept of it */
	loop->generation = status.generation;
	pc_server_expire(daemon->server, pc_now(CLOCK_BOOTTIME));
	tell_status(loop, &status);
	feed_watchdog(daemon);
	sd_event_source_set_time_relative(source, TICK_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

/* ---- signals ------------------------------------------------------------------------------- */

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	(void)context;
	pc_log(LOG_INFO, "%s: ending; what is pinned stays in force",
	       info->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *context)
{
	struct loop *loop = context;

	(void)source;
	(void)info;
	if (loop->daemon->sink)
		pc_sink_reopen(loop->daemon->sink);
	pc_log(LOG_INFO, "SIGHUP: the file of events is opened anew");
	return 0;
}

/* Before any thread is made: they are to leave these signals to the loop. */
static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* the store answers -ENOSPC */
	return sigprocmask(SIG_BLOCK, &set, NULL) ? -errno : 0;
}

/* ---- the loop ------------------------------------------------------------------------------ */

static int add_mounts(struct loop *loop)
{
	loop->mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (loop->mountinfo < 0)
		return -errno;
	/* EPOLLPRI alone: it can be read at any time, which says nothing. EPOLLERR comes with it.
	 */
	return sd_event_add_io(loop->event, &loop->mounts, loop->mountinfo, EPOLLPRI, on_mounts,
			       loop);
}

static int add_ring(struct loop *loop)
{
	int fd = pc_kernel_events_fd(loop->daemon->kernel), err;

	if (fd < 0)
		return 0;
	err = sd_event_add_io(loop->event, &loop->ring, fd, EPOLLIN, on_ring, loop);
	return err == -EPERM ? 0 : err; /* not one to be polled: the timer is enough */
}

static int add_sources(struct loop *loop)
{
	int err = sd_event_add_signal(loop->event, NULL, SIGTERM, on_stop, loop);

	if (err >= 0)
		err = sd_event_add_signal(loop->event, NULL, SIGINT, on_stop, loop);
	if (err >= 0)
		err = sd_event_add_signal(loop->event, NULL, SIGHUP, on_hangup, loop);
	if (err >= 0)
		err = sd_event_add_time_relative(loop->event, &loop->drain, CLOCK_MONOTONIC, 0,
						 1000, on_drain, loop);
	if (err >= 0)
		err = sd_event_add_time_relative(loop->event, &loop->tick, CLOCK_MONOTONIC, TICK_US,
						 100000, on_tick, loop);
	if (err >= 0)
		err = add_ring(loop);
	return err < 0 ? err : add_mounts(loop);
}

static const char *socket_problem(int err)
{
	if (err == -EADDRINUSE)
		return "another enforcerd is running";
	if (err == -ENOTSOCK)
		return "it is there and no socket, so it is left alone; name another path";
	return strerror(-err);
}

static int open_socket(struct loop *loop, bool listen)
{
	struct pc_daemon *daemon = loop->daemon;
	int err = listen ? pc_server_listen(daemon->server)
			 : pc_server_open(daemon, loop->event, daemon->options.socket,
					  &daemon->server);

	if (!err)
		return 0;
	pc_failed(&daemon->sync.problems, PC_FAILURE_SOCKET, "%s: %s", daemon->options.socket,
		  socket_problem(err));
	return pc_failure_status(PC_FAILURE_SOCKET);
}

/* The socket is taken first, and listened to only when all is in force: two daemons never have one
 * kernel side, nobody is answered too early, and nobody connects whom no hook asks about. */
static int run(struct loop *loop, const struct pc_daemon_options *options)
{
	struct pc_daemon *daemon = loop->daemon;
	int status, err;

	daemon->options = *options;
	daemon->events.subscriber = on_line;
	daemon->events.subscriber_context = daemon;
	status = open_socket(loop, false);
	if (!status)
		status = pc_daemon_open(daemon, options);
	if (!status)
		status = open_socket(loop, true);
	if (status)
		return status;
	daemon->events.drained_at = pc_now(CLOCK_BOOTTIME);
	err = add_sources(loop);
	if (err >= 0) {
		/* What was mounted before the mount table was watched. */
		pc_sync_roots(&daemon->sync);
		on_tick(loop->tick, 0, loop);
		sd_notify(0, "READY=1");
		err = sd_event_loop(loop->event);
	}
	if (err < 0) {
		pc_failed(&daemon->sync.problems, PC_FAILURE_LOOP, "%s", strerror(-err));
		return pc_failure_status(PC_FAILURE_LOOP);
	}
	sd_notify(0, "STOPPING=1\nSTATUS=Ending; what is pinned stays in force");
	pc_events_drain(&daemon->events);
	return err;
}

static void loop_free(struct loop *loop)
{
	sd_event_source_disable_unref(loop->drain);
	sd_event_source_disable_unref(loop->tick);
	sd_event_source_disable_unref(loop->ring);
	sd_event_source_disable_unref(loop->mounts);
	if (loop->mountinfo >= 0)
		close(loop->mountinfo);
	pc_server_close(loop->daemon->server);
	loop->daemon->server = NULL;
	sd_event_unref(loop->event);
}

int pc_daemon_run(const struct pc_daemon_options *options)
{
	struct pc_daemon *daemon = calloc(1, sizeof(*daemon));
	struct loop loop = {.daemon = daemon, .mountinfo = -1};
	int status = pc_failure_status(PC_FAILURE_LOOP);

	if (!daemon)
		return status;
	if (block_signals() || sd_event_new(&loop.event) < 0)
		pc_failed(&daemon->sync.problems, PC_FAILURE_LOOP, "no event loop");
	else
		status = run(&loop, options);
	loop_free(&loop);
	pc_daemon_close(daemon);
	free(daemon);
	return status;
}
