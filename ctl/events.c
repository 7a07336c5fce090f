/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* events: what was denied or would have been, a line each; with --follow as it happens. */
#include <string.h>

#include "commands.h"
#include "daemon.h"
#include "event.h"
#include "table.h"
#include "text.h"

static int print_event(const struct ctl *ctl, const json_t *event)
{
	char line[PC_EVENT_LINE_MAX];

	if (ctl->json)
		return ctl_print_json_line(event);
	pc_event_to_line(event, ctl->colour, line, sizeof(line));
	puts(line);
	fflush(stdout);
	return PC_EXIT_OK;
}

static json_t *make_request(const struct ctl *ctl)
{
	const char *const filters[] = {"policy", "decision"};
	const char *number = ctl_option(ctl, "number");
	json_t *request = pc_request_new("events");
	uint64_t last;

	for (size_t i = 0; request && i < PC_ARRAY_SIZE(filters); i++)
		if (ctl_flag(ctl, filters[i]))
			json_object_set_new(request, filters[i],
					    ctl_json_text(ctl_option(ctl, filters[i])));
	if (ctl_flag(ctl, "follow"))
		json_object_set_new(request, "follow", json_true());
	if (number && !strcmp(number, "0"))
		json_object_set_new(request, "last", json_integer(0));
	else if (number && !ctl_parse_number(number, &last))
		json_object_set_new(request, "last", json_integer((json_int_t)last));
	return request;
}

/* Goes on until enforcerd ends, or the reader of our output does. */
static int follow(const struct ctl *ctl, struct pc_client *client)
{
	for (;;) {
		json_auto_t *event = NULL;
		int err = pc_client_receive(client, &event, -1);

		if (err != 1) {
			ctl_error(ctl, "enforcerd ended the stream%s%s", err ? ": " : "",
				  err ? strerror(-err) : "");
			return PC_EXIT_UNREACHABLE;
		}
		print_event(ctl, event);
		if (ferror(stdout))
			return PC_EXIT_OK;
	}
}

int ctl_cmd_events(struct ctl *ctl)
{
	PC_CLEANUP(pc_client_closep) struct pc_client *client = NULL;
	json_auto_t *request = NULL, *result = NULL;
	const char *number = ctl_option(ctl, "number");
	uint64_t last;
	json_t *event;
	size_t i;
	int status;

	if (number && strcmp(number, "0") != 0 && ctl_parse_number(number, &last))
		return ctl_usage(ctl, "\"%s\" is not a number of events", number);
	request = make_request(ctl);
	if (!request)
		return ctl_out_of_memory(ctl);
	status = ctl_daemon_open(ctl, &client);
	if (!status)
		status = ctl_daemon_ask(ctl, client, request, &result);
	if (status)
		return status;
	json_array_foreach(json_object_get(result, "events"), i, event)
		print_event(ctl, event);
	if (ctl_flag(ctl, "follow"))
		return follow(ctl, client);
	if (!i)
		ctl_note(ctl, "no events");
	return PC_EXIT_OK;
}
