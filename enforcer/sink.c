/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of events: a buffer that is filled by one thread and written by another. */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define KEPT_IDLE ((size_t)64 << 10) /* bytes of a buffer that stay allocated */
#define LOST_LINE 64
#define WAKE_AT ((size_t)128 << 10) /* bytes waiting that do not wait for a flush */

struct buffer {
	char *bytes;
	size_t size;
	size_t used;
	uint64_t lines;
};

struct pc_sink {
	/* Set once. */
	char *path;
	uint64_t file_bytes;
	uint32_t files;
	size_t waiting_max;
	pthread_t thread;
	/* The thread's own. */
	int fd; /* -1: to be opened */
	uint64_t file_size;
	struct buffer writing;
	size_t sent; /* bytes of it that are in the file */
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct buffer waiting;
	uint64_t lost_untold; /* no line says so yet */
	bool flush, reopen, stop;
	struct pc_sink_status status;
};

/* ---- the buffer ---------------------------------------------------------------------------- */

static bool buffer_add(struct buffer *buffer, const char *line, size_t n, size_t max)
{
	size_t size = buffer->size ? buffer->size : KEPT_IDLE;
	char *bytes;

	if (buffer->used + n + 1 > max)
		return false;
	while (size < buffer->used + n + 1)
		size *= 2;
	if (size != buffer->size) {
		bytes = realloc(buffer->bytes, size);
		if (!bytes)
			return false;
		buffer->bytes = bytes;
		buffer->size = size;
	}
	memcpy(buffer->bytes + buffer->used, line, n);
	buffer->bytes[buffer->used + n] = '\n';
	buffer->used += n + 1;
	buffer->lines++;
	return true;
}

static void buffer_reset(struct buffer *buffer)
{
	if (buffer->size > KEPT_IDLE) {
		free(buffer->bytes);
		buffer->bytes = NULL;
		buffer->size = 0;
	}
	buffer->used = 0;
	buffer->lines = 0;
}

/* Says in the file how many lines it lacks. Holds the lock. */
static void tell_lost(struct pc_sink *sink)
{
	char line[LOST_LINE + 32];
	int n = snprintf(line, sizeof(line),
			 "{\"schema\":\"portcullis.lost.v1\",\"lost\":%" PRIu64 "}",
			 sink->lost_untold);

	if (buffer_add(&sink->waiting, line, (size_t)n, SIZE_MAX))
		sink->lost_untold = 0;
}

void pc_sink_add(struct pc_sink *sink, const char *line, size_t n)
{
	pthread_mutex_lock(&sink->lock);
	if (sink->lost_untold && sink->waiting.used + n + LOST_LINE < sink->waiting_max / 2)
		tell_lost(sink);
	if (sink->lost_untold || !buffer_add(&sink->waiting, line, n, sink->waiting_max)) {
		sink->lost_untold++;
		sink->status.lost++;
	}
	if (sink->waiting.used > WAKE_AT && !sink->flush) {
		sink->flush = true;
		pthread_cond_signal(&sink->wake);
	}
	pthread_mutex_unlock(&sink->lock);
}

void pc_sink_flush(struct pc_sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	sink->flush = true;
	pthread_cond_signal(&sink->wake);
	pthread_mutex_unlock(&sink->lock);
}

void pc_sink_reopen(struct pc_sink *sink)
{
	pthread_mutex_lock(&sink->lock);
	sink->reopen = true;
	pthread_cond_signal(&sink->wake);
	pthread_mutex_unlock(&sink->lock);
}

void pc_sink_status(struct pc_sink *sink, struct pc_sink_status *ret_status)
{
	pthread_mutex_lock(&sink->lock);
	*ret_status = sink->status;
	pthread_mutex_unlock(&sink->lock);
}

/* ---- the file ------------------------------------------------------------------------------ */

static void note_error(struct pc_sink *sink, const char *what, int err)
{
	pthread_mutex_lock(&sink->lock);
	if (err)
		snprintf(sink->status.error, sizeof(sink->status.error), "%s: %s: %s", sink->path,
			 what, strerror(err));
	else
		sink->status.error[0] = '\0';
	pthread_mutex_unlock(&sink->lock);
}

static void make_folder(const char *path)
{
	PC_FREE char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (!slash || slash == folder)
		return;
	*slash = '\0';
	mkdir(folder, 0750); /* where it fails, opening the file says so */
}

/* A line that a crash cut off must not run into the next one. */
static int end_last_line(int fd, const char *path, off_t size)
{
	PC_CLOSE int reader = -1;
	char last = '\n';

	if (!size)
		return 0;
	reader = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (reader < 0 || pread(reader, &last, 1, size - 1) != 1 || last == '\n')
		return 0;
	return write(fd, "\n", 1) == 1 ? 0 : -errno;
}

/* A link, pipe or device in its place is refused: it could block, or lead anywhere. */
static int open_file(struct pc_sink *sink)
{
	PC_CLOSE int fd = -1;
	struct stat status;

	if (sink->fd >= 0)
		return 0;
	make_folder(sink->path);
	fd = open(sink->path,
		  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		  0640);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (end_last_line(fd, sink->path, status.st_size))
		return -EIO;
	sink->file_size = (uint64_t)status.st_size;
	sink->fd = PC_TAKE_FD(fd);
	return 0;
}

static void close_file(struct pc_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
}

static void rename_one(const struct pc_sink *sink, uint32_t from, uint32_t to)
{
	char older[4096], newer[4096];

	snprintf(older, sizeof(older), "%s.%u", sink->path, to);
	if (from)
		snprintf(newer, sizeof(newer), "%s.%u", sink->path, from);
	else
		snprintf(newer, sizeof(newer), "%s", sink->path);
	rename(newer, older);
}

static void rotate(struct pc_sink *sink)
{
	close_file(sink);
	for (uint32_t i = sink->files; i > 0; i--)
		rename_one(sink, i - 1, i);
	pthread_mutex_lock(&sink->lock);
	sink->status.rotations++;
	pthread_mutex_unlock(&sink->lock);
}

/* Bytes from `sent` that end a line and still fit into this file: at least one line. */
static size_t fitting(const struct pc_sink *sink)
{
	const char *from = sink->writing.bytes + sink->sent, *end;
	size_t left = sink->writing.used - sink->sent;
	uint64_t room = sink->file_size < sink->file_bytes ? sink->file_bytes - sink->file_size : 0;

	if (left <= room)
		return left;
	end = memrchr(from, '\n', room);
	if (!end)
		end = memchr(from, '\n', left);
	return (size_t)(end - from) + 1;
}

/* Writes all of `writing`; what could not be written stays. */
static int write_out(struct pc_sink *sink)
{
	int err = open_file(sink); /* even for nothing: that it is there can be relied on */

	while (!err && sink->sent < sink->writing.used) {
		size_t n;
		ssize_t sent;

		/* Only between lines: a line is never in two files. */
		if (sink->fd >= 0 && sink->file_size >= sink->file_bytes &&
		    (!sink->sent || sink->writing.bytes[sink->sent - 1] == '\n'))
			rotate(sink);
		err = open_file(sink);
		if (err)
			return err;
		n = fitting(sink);
		if (sink->file_size && sink->file_size + n > sink->file_bytes &&
		    (!sink->sent || sink->writing.bytes[sink->sent - 1] == '\n')) {
			rotate(sink);
			continue;
		}
		sent = write(sink->fd, sink->writing.bytes + sink->sent, n);
		if (sent < 0 && errno != EINTR)
			return -errno;
		sink->sent += sent > 0 ? (size_t)sent : 0;
		sink->file_size += sent > 0 ? (uint64_t)sent : 0;
	}
	return err;
}

/* ---- the thread ---------------------------------------------------------------------------- */

static void wait_for_work(struct pc_sink *sink, bool failing)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	while (!sink->flush && !sink->reopen && !sink->stop)
		if (!failing)
			pthread_cond_wait(&sink->wake, &sink->lock);
		else if (pthread_cond_timedwait(&sink->wake, &sink->lock, &until) == ETIMEDOUT)
			return;
}

/* Takes what waits, unless something is still to be written. */
static void take_waiting(struct pc_sink *sink)
{
	struct buffer empty = sink->writing;

	if (sink->writing.used || !sink->waiting.used)
		return;
	sink->writing = sink->waiting;
	sink->waiting = empty;
	sink->sent = 0;
}

/* One round; returns whether writing fails. */
static bool write_round(struct pc_sink *sink)
{
	int err = write_out(sink);

	note_error(sink, "cannot be written", -err);
	if (err) {
		close_file(sink); /* it may be another file next time */
		return true;
	}
	pthread_mutex_lock(&sink->lock);
	sink->status.written += sink->writing.lines;
	pthread_mutex_unlock(&sink->lock);
	buffer_reset(&sink->writing);
	sink->sent = 0;
	return false;
}

static void *sink_thread(void *context)
{
	struct pc_sink *sink = context;
	bool failing = false, stop = false, more = false, failed;

	while (!stop || (more && !failing)) {
		pthread_mutex_lock(&sink->lock);
		if (!more || failing)
			wait_for_work(sink, failing);
		stop = sink->stop;
		if (sink->reopen)
			close_file(sink);
		sink->flush = false;
		sink->reopen = false;
		take_waiting(sink);
		pthread_mutex_unlock(&sink->lock);
		failed = failing;
		failing = write_round(sink);
		pthread_mutex_lock(&sink->lock);
		more = sink->waiting.used != 0 && (stop || sink->flush || failed);
		pthread_mutex_unlock(&sink->lock);
	}
	return NULL;
}

static void sink_free(struct pc_sink *sink)
{
	close_file(sink);
	pthread_cond_destroy(&sink->wake);
	pthread_mutex_destroy(&sink->lock);
	free(sink->waiting.bytes);
	free(sink->writing.bytes);
	free(sink->path);
	free(sink);
}

static struct pc_sink *sink_new(const struct pc_sink_options *options)
{
	struct pc_sink *sink = calloc(1, sizeof(*sink));
	pthread_condattr_t attributes;

	if (!sink)
		return NULL;
	sink->fd = -1;
	sink->file_bytes = options->file_bytes ? options->file_bytes : PC_SINK_BYTES;
	sink->files = options->files ? options->files : PC_SINK_FILES;
	sink->waiting_max = options->waiting ? options->waiting : PC_SINK_WAITING;
	pthread_mutex_init(&sink->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&sink->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	sink->path = strdup(options->path);
	if (sink->path)
		return sink;
	sink_free(sink);
	return NULL;
}

int pc_sink_open(const struct pc_sink_options *options, struct pc_sink **ret_sink)
{
	struct pc_sink *sink = sink_new(options);
	int err;

	if (!sink)
		return -ENOMEM;
	err = pthread_create(&sink->thread, NULL, sink_thread, sink);
	if (err) {
		sink_free(sink);
		return -err;
	}
	pc_sink_flush(sink);
	*ret_sink = sink;
	return 0;
}

void pc_sink_close(struct pc_sink *sink)
{
	if (!sink)
		return;
	pthread_mutex_lock(&sink->lock);
	if (sink->lost_untold)
		tell_lost(sink);
	sink->stop = true;
	pthread_cond_signal(&sink->wake);
	pthread_mutex_unlock(&sink->lock);
	pthread_join(sink->thread, NULL);
	sink_free(sink);
}
