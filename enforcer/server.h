/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: connections that cannot block the daemon, whatever their other ends do. */
#ifndef PC_SERVER_H
#define PC_SERVER_H

#include <systemd/sd-event.h>

#include "daemon.h"

#define PC_PEERS_MAX 64			  /* connections at a time */
#define PC_PEERS_BYTES ((size_t)96 << 20) /* of requests on their way in, all together */
#define PC_STREAM_BYTES ((size_t)1 << 20) /* waiting for a subscriber; beyond, lines are lost */
#define PC_PEER_TIMEOUT_NS UINT64_C(60000000000) /* without progress */

/* Takes path, where nothing but a socket left behind may be. One daemon at a time: -EADDRINUSE. */
int pc_server_open(struct pc_daemon *daemon, sd_event *event, const char *path,
		   struct pc_server **ret_server);
/* Listens there (0600). Who connects is asked about from when this process is the enforcer on. */
int pc_server_listen(struct pc_server *server);
/* A descriptor that is held as long as a daemon lives: only its holder may replace the socket, or
 * touch what is pinned. -EADDRINUSE: somebody else holds it. */
int pc_server_lock(const char *path);
void pc_server_close(struct pc_server *server);
/* Closes connections that make no progress. */
void pc_server_expire(struct pc_server *server, uint64_t boot_ns);
/* An event for whoever follows. */
void pc_server_publish(struct pc_server *server, const struct pc_event_line *line);
/* NULL is fine. */
uint32_t pc_server_subscribers(const struct pc_server *server);

#endif
