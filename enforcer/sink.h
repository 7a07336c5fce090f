/* SPDX-License-Identifier: GPL-2.0-only */
/* Events in a file of JSON Lines, written by a thread of its own: a slow disk delays nobody. */
#ifndef PC_SINK_H
#define PC_SINK_H

#include "paths.h"
#include "util.h"

#define PC_SINK_BYTES ((uint64_t)64 << 20) /* of a file, before it is rotated */
#define PC_SINK_FILES 5			   /* kept beside the current one: .1 is the newest */
#define PC_SINK_WAITING ((size_t)16 << 20) /* bytes that may wait to be written */

struct pc_sink_options {
	const char *path;
	uint64_t file_bytes; /* 0: PC_SINK_BYTES */
	uint32_t files;	     /* 0: PC_SINK_FILES */
	size_t waiting;	     /* 0: PC_SINK_WAITING */
};

struct pc_sink_status {
	uint64_t written; /* lines in the file */
	uint64_t lost; /* lines that found no room while waiting; a line in the file says so too */
	uint64_t rotations;
	char error[256]; /* why writing fails just now, or empty */
};

struct pc_sink;

/* Starts the thread. A file that cannot be opened is tried again each second. -errno. */
int pc_sink_open(const struct pc_sink_options *options, struct pc_sink **ret_sink);
/* Writes what waits, as far as it can be written, and ends. NULL is fine. */
void pc_sink_close(struct pc_sink *sink);

/* Takes a line (without a newline). Never blocks on the disk. */
void pc_sink_add(struct pc_sink *sink, const char *line, size_t n);
/* Has the thread write what was added: once after many lines. */
void pc_sink_flush(struct pc_sink *sink);
/* Opens the file anew: somebody else rotated it. */
void pc_sink_reopen(struct pc_sink *sink);
void pc_sink_status(struct pc_sink *sink, struct pc_sink_status *ret_status);

#endif
