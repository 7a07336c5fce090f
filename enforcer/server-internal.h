/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to enforcer/server*.c: a connection. */
#ifndef PC_SERVER_INTERNAL_H
#define PC_SERVER_INTERNAL_H

#include "command.h"
#include "server.h"

struct pc_peer {
	struct pc_server *server;
	struct pc_peer *next;
	sd_event_source *source;
	int fd;
	struct pc_store_who who;
	struct pc_lines in;
	/* Waiting to be sent: bytes sent..used. */
	char *out;
	size_t size;
	size_t used;
	size_t sent;
	uint64_t progress; /* ns of boot time: when it last did something */
	uint64_t lost;	   /* lines that found no room, untold */
	bool follow;
	bool ended; /* it sends no more; what it asked for is still answered */
	struct pc_event_filter filter;
};

struct pc_server {
	struct pc_daemon *daemon;
	sd_event *event;
	sd_event_source *source;
	struct pc_peer *peers;
	uint32_t count;
	int fd;
	int lock;
	char *path;
};

/* Takes the descriptor; NULL: it was not taken. */
struct pc_peer *pc_peer_new(struct pc_server *server, int fd, const struct pc_store_who *who);
void pc_peer_close(struct pc_peer *peer);
/* Is it expected to do something: send the rest of a request, or read an answer? */
bool pc_peer_stalled(const struct pc_peer *peer);
void pc_peer_publish(struct pc_peer *peer, const struct pc_event_line *line);

#endif
