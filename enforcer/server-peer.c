/* SPDX-License-Identifier: GPL-2.0-only */
/* One connection: requests in, answers out, never both at once, all of it bounded. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "log.h"
#include "server-internal.h"

#define LOST_LINE 80u
#define OUT_KEPT ((size_t)64 << 10) /* bytes of a buffer that stay allocated */

static int on_peer(sd_event_source *source, int fd, uint32_t events, void *context);

struct pc_peer *pc_peer_new(struct pc_server *server, int fd, const struct pc_store_who *who)
{
	struct pc_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	if (sd_event_add_io(server->event, &peer->source, fd, EPOLLIN, on_peer, peer) < 0) {
		free(peer);
		return NULL;
	}
	peer->server = server;
	peer->fd = fd;
	peer->who = *who;
	peer->in.limit = PC_REQUEST_MAX;
	peer->progress = pc_now(CLOCK_BOOTTIME);
	peer->next = server->peers;
	server->peers = peer;
	server->count++;
	return peer;
}

void pc_peer_close(struct pc_peer *peer)
{
	struct pc_peer **link = &peer->server->peers;

	while (*link != peer)
		link = &(*link)->next;
	*link = peer->next;
	peer->server->count--;
	sd_event_source_disable_unref(peer->source);
	close(peer->fd);
	pc_lines_free(&peer->in);
	free(peer->out);
	free(peer);
}

static bool has_output(const struct pc_peer *peer)
{
	return peer->sent < peer->used;
}

bool pc_peer_stalled(const struct pc_peer *peer)
{
	return has_output(peer) || !peer->follow;
}

/* ---- out ----------------------------------------------------------------------------------- */

static int put(struct pc_peer *peer, const char *bytes, size_t n)
{
	size_t size = peer->size ? peer->size : 4096;
	char *out;

	if (peer->sent) {
		memmove(peer->out, peer->out + peer->sent, peer->used - peer->sent);
		peer->used -= peer->sent;
		peer->sent = 0;
	}
	while (size < peer->used + n)
		size *= 2;
	if (size != peer->size) {
		out = realloc(peer->out, size);
		if (!out)
			return -ENOMEM;
		peer->out = out;
		peer->size = size;
	}
	memcpy(peer->out + peer->used, bytes, n);
	peer->used += n;
	return 0;
}

/* Sends what it takes. 0, or -errno: the connection is gone. */
static int flush(struct pc_peer *peer)
{
	while (has_output(peer)) {
		ssize_t n = send(peer->fd, peer->out + peer->sent, peer->used - peer->sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		peer->sent += (size_t)n;
		peer->progress = pc_now(CLOCK_BOOTTIME);
	}
	peer->used = 0;
	peer->sent = 0;
	if (peer->size > OUT_KEPT) {
		free(peer->out);
		peer->out = NULL;
		peer->size = 0;
	}
	return 0;
}

/* What the loop waits for. Nothing is read while an answer is being sent. */
static void watch(struct pc_peer *peer)
{
	uint32_t events = 0;

	if (has_output(peer))
		events |= EPOLLOUT;
	if (!peer->ended && (peer->follow || !has_output(peer)))
		events |= EPOLLIN;
	sd_event_source_set_io_events(peer->source, events);
}

/* ---- the stream of events ------------------------------------------------------------------ */

static bool has_room(const struct pc_peer *peer, size_t n)
{
	return peer->used - peer->sent + n <= PC_STREAM_BYTES;
}

static void tell_lost(struct pc_peer *peer)
{
	char line[LOST_LINE];
	int n = snprintf(line, sizeof(line),
			 "{\"schema\":\"portcullis.lost.v1\",\"lost\":%" PRIu64 "}\n", peer->lost);

	if (!put(peer, line, (size_t)n))
		peer->lost = 0;
}

void pc_peer_publish(struct pc_peer *peer, const struct pc_event_line *line)
{
	bool idle = !has_output(peer);

	/* After a loss, room for half of the buffer: else each line would be lost in turn. */
	if (peer->lost && has_room(peer, PC_STREAM_BYTES / 2))
		tell_lost(peer);
	if (peer->lost || !has_room(peer, line->length + 1 + LOST_LINE) ||
	    put(peer, line->text, line->length)) {
		peer->lost++;
		return;
	}
	if (put(peer, "\n", 1))
		peer->out[peer->used - 1] = '\n'; /* a broken line is better than two in one */
	if (idle) {
		peer->progress = pc_now(CLOCK_BOOTTIME);
		watch(peer);
	}
}

/* ---- in ------------------------------------------------------------------------------------ */

static int answer(struct pc_peer *peer, const char *line, size_t n)
{
	PC_FREE char *reply = NULL;
	bool follow = false;
	size_t length = 0;

	pc_command_answer(peer->server->daemon, &peer->who, line, n, &reply, &length, &follow,
			  &peer->filter);
	if (!reply)
		return -ENOMEM;
	peer->follow |= follow;
	peer->progress = pc_now(CLOCK_BOOTTIME);
	return put(peer, reply, length);
}

/* Says why before it closes. */
static int give_up(struct pc_peer *peer, const char *message)
{
	PC_FREE char *line = NULL;
	struct pc_refusal refusal;
	size_t length;

	pc_refuse(&refusal, PC_EXIT_USAGE, NULL, "%s", message);
	line = pc_command_refusal(&refusal, NULL, &length);
	if (line && !put(peer, line, length))
		flush(peer);
	return -EMSGSIZE;
}

static size_t bytes_waiting(const struct pc_server *server)
{
	size_t sum = 0;

	for (const struct pc_peer *peer = server->peers; peer; peer = peer->next)
		sum += peer->in.size;
	return sum;
}

/* Answers complete lines as long as the answers are taken. One a turn of the loop would be slower
 * and no fairer: each is short but for changes, and those exclude each other anyway. */
static int work(struct pc_peer *peer)
{
	int err = flush(peer);

	while (!err && !has_output(peer) && !peer->follow) {
		size_t n;
		char *line = pc_lines_next(&peer->in, &n);

		if (!line)
			break;
		err = answer(peer, line, n);
		if (!err)
			err = flush(peer);
	}
	if (!err && peer->lost && !has_output(peer))
		tell_lost(peer);
	if (!err && peer->ended && !peer->follow && !has_output(peer))
		err = -ECONNRESET; /* all is said */
	return err;
}

static int receive(struct pc_peer *peer)
{
	ssize_t n;

	if (bytes_waiting(peer->server) > PC_PEERS_BYTES)
		return give_up(peer, "enforcerd is busy with other requests: try again");
	n = pc_lines_read(&peer->in, peer->fd);
	if (n == -EMSGSIZE)
		return give_up(peer, "the request is longer than 16 MiB");
	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	if (n == 0)
		peer->ended = true;
	else if (peer->follow)
		pc_lines_free(&peer->in); /* a subscriber has nothing more to say */
	else
		peer->progress = pc_now(CLOCK_BOOTTIME);
	return 0;
}

static int on_peer(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct pc_peer *peer = context;
	int err = 0;

	(void)source;
	(void)fd;
	if ((events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN))
		err = -ECONNRESET;
	if (!err && (events & EPOLLIN))
		err = receive(peer);
	if (!err)
		err = work(peer);
	if (err)
		pc_peer_close(peer);
	else
		watch(peer);
	return 0;
}
