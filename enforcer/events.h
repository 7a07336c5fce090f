/* SPDX-License-Identifier: GPL-2.0-only */
/* Events on their way from the kernel to whoever wants them: file, subscribers, the last ones kept.
 */
#ifndef PC_EVENTS_H
#define PC_EVENTS_H

#include "failure.h"
#include "kernel.h"
#include "rulebook.h"
#include "sink.h"

#define PC_EVENTS_KEPT 4096u
#define PC_EVENTS_KEPT_BYTES ((size_t)8 << 20)

/* An event as a line of JSON. */
struct pc_event_line {
	uint32_t decision; /* enum pc_decision */
	uint32_t length;
	char policy[PC_POLICY_NAME_MAX + 1]; /* empty: unknown */
	char text[];			     /* length bytes and a NUL */
};

/* Which events somebody wants. */
struct pc_event_filter {
	char policy[PC_POLICY_NAME_MAX + 1]; /* empty: all */
	int decision;			     /* -1: all */
};
bool pc_event_wanted(const struct pc_event_filter *filter, const struct pc_event_line *line);

struct pc_events {
	struct pc_kernel *kernel; /* borrowed */
	struct pc_rulebook *book; /* borrowed */
	struct pc_problems *problems;
	struct pc_sink *sink; /* borrowed; NULL: none */
	/* Called with each line; must not block. May be NULL. */
	void (*subscriber)(void *context, const struct pc_event_line *line);
	void *subscriber_context;
	uint64_t delivered; /* to all of them */
	uint64_t malformed;
	uint64_t drained_at; /* ns of boot time: when the ring was last found empty or emptied */
	/* The last ones, oldest first from `first`. */
	struct pc_event_line *kept[PC_EVENTS_KEPT];
	uint32_t first;
	uint32_t count;
	size_t kept_bytes;
	char json[PC_EVENT_JSON_MAX];
};

/* Empties the ring. Returns how many events there were, or -errno (logged). */
int pc_events_drain(struct pc_events *events);
/* The i-th of those kept, from the oldest. */
const struct pc_event_line *pc_events_kept(const struct pc_events *events, uint32_t i);
void pc_events_free(struct pc_events *events);

#endif
