/* SPDX-License-Identifier: GPL-2.0-only */
/* Drains the ring: each event becomes one line of JSON, once, for all who want it. */
#include "events.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "sync.h"

bool pc_event_wanted(const struct pc_event_filter *filter, const struct pc_event_line *line)
{
	if (filter->decision >= 0 && (uint32_t)filter->decision != line->decision)
		return false;
	return !*filter->policy || !strcmp(filter->policy, line->policy);
}

const struct pc_event_line *pc_events_kept(const struct pc_events *events, uint32_t i)
{
	return events->kept[(events->first + i) % PC_EVENTS_KEPT];
}

static void drop_oldest(struct pc_events *events)
{
	struct pc_event_line **oldest = &events->kept[events->first];

	events->kept_bytes -= (*oldest)->length;
	free(*oldest);
	*oldest = NULL;
	events->first = (events->first + 1) % PC_EVENTS_KEPT;
	events->count--;
}

static void keep(struct pc_events *events, struct pc_event_line *line)
{
	while (events->count && (events->count == PC_EVENTS_KEPT ||
				 events->kept_bytes + line->length > PC_EVENTS_KEPT_BYTES))
		drop_oldest(events);
	events->kept[(events->first + events->count++) % PC_EVENTS_KEPT] = line;
	events->kept_bytes += line->length;
}

static const char *policy_name(const struct pc_event *event, const struct pc_rule_names *names)
{
	if (names && event->rule < names->count)
		return names->items[event->rule].policy;
	return "";
}

struct drain {
	struct pc_events *events;
	struct pc_event_context context;
	int count;
};

static void take_event(void *context, const struct pc_event *event)
{
	struct drain *drain = context;
	struct pc_events *events = drain->events;
	struct pc_event_line *line;
	size_t length;

	drain->count++;
	if (!pc_event_valid(event, event->size)) {
		events->malformed++;
		pc_failed(events->problems, PC_FAILURE_EVENT, "operation %u, hook %u, %u bytes",
			  event->op, event->hook, event->size);
		return;
	}
	drain->context.names = pc_rulebook_find(events->book, event->revision);
	length = pc_event_to_json(event, &drain->context, events->json);
	if (events->sink)
		pc_sink_add(events->sink, events->json, length);
	events->delivered++;
	line = malloc(sizeof(*line) + length + 1);
	if (!line)
		return; /* the file has it */
	line->decision = event->decision;
	line->length = (uint32_t)length;
	snprintf(line->policy, sizeof(line->policy), "%s",
		 policy_name(event, drain->context.names));
	memcpy(line->text, events->json, length + 1);
	if (events->subscriber)
		events->subscriber(events->subscriber_context, line);
	keep(events, line);
}

static const char *root_prefix(const void *context, uint32_t id)
{
	return pc_kernel_root_prefix(context, id);
}

int pc_events_drain(struct pc_events *events)
{
	struct drain drain = {
		.events = events,
		.context.root = root_prefix,
		.context.root_context = events->kernel,
	};
	int err;

	drain.context.boot_unix_ns = pc_now(CLOCK_REALTIME) - pc_now(CLOCK_BOOTTIME);
	err = pc_kernel_drain(events->kernel, take_event, &drain);
	if (err < 0) {
		pc_failed(events->problems, PC_FAILURE_DRAIN, "%s", strerror(-err));
		return err;
	}
	pc_mended(events->problems, PC_FAILURE_DRAIN);
	events->drained_at = pc_now(CLOCK_BOOTTIME);
	if (drain.count && events->sink)
		pc_sink_flush(events->sink);
	return drain.count;
}

void pc_events_free(struct pc_events *events)
{
	while (events->count)
		drop_oldest(events);
}
