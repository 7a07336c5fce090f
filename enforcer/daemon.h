/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon as a whole: what it is made of, and how it is started. */
#ifndef PC_DAEMON_H
#define PC_DAEMON_H

#include "events.h"
#include "sync.h"

#ifndef PC_VERSION
#define PC_VERSION "0"
#endif

struct pc_daemon_options {
	const char *store;
	const char *socket;
	const char *pin_dir;
	const char *events; /* "" for none */
	bool no_cache;
	uint32_t links_max; /* 0: as it is built */
};

struct pc_server;

struct pc_daemon {
	struct pc_daemon_options options;
	struct pc_store *store;
	bool read_only; /* the store: it could not be opened to be written */
	struct pc_kernel *kernel;
	struct pc_sync sync;
	struct pc_events events;
	struct pc_sink *sink;
	struct pc_server *server; /* NULL: no socket */
	uint64_t started_ns;	  /* unix time */
	uint32_t pins;		  /* entries below the folder of pins when they were last counted */
	bool pins_known;
};

/* Runs until a signal ends it. Returns the exit status. */
int pc_daemon_run(const struct pc_daemon_options *options);
/* --unload: nothing of Portcullis is left in the kernel. Returns the exit status. */
int pc_daemon_unload(const struct pc_daemon_options *options);
/* --probe: prints the features as JSON. Returns the exit status. */
int pc_daemon_probe(void);

/* For what is opened once. 0, or the exit status of the failure. */
int pc_daemon_open(struct pc_daemon *daemon, const struct pc_daemon_options *options);
void pc_daemon_close(struct pc_daemon *daemon);
/* Before anything is written: a store that could only be read is opened anew. 0, or refused. */
int pc_daemon_want_store(struct pc_daemon *daemon, struct pc_refusal *refusal);

#endif
