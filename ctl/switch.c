/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* off and on: the whole enforcement. */
#include <string.h>

#include "change.h"
#include "commands.h"
#include "table.h"
#include "text.h"

static int print_switched(const struct ctl *ctl, const json_t *result, uint32_t seconds)
{
	char left[32];

	if (ctl->json)
		return ctl_print_json(ctl, result);
	if (json_is_true(json_object_get(result, "enforcing"))) {
		puts("enforcement is on");
		return PC_EXIT_OK;
	}
	ctl_format_duration(seconds, left);
	if (seconds)
		printf("enforcement is off for %s\n", left);
	else
		puts("enforcement is off until \"policyctl on\"");
	return PC_EXIT_OK;
}

static int switch_offline(const struct ctl *ctl, bool on, uint32_t seconds, const char *reason)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	const struct pc_store_who who = ctl_who();
	uint64_t until = seconds ? ctl_now_ns() + seconds * UINT64_C(1000000000) : 0;
	json_auto_t *result = NULL;
	char text[PC_TIME_SIZE];
	int status = ctl_want_no_daemon(ctl);

	if (!status)
		status = ctl_store_open(ctl, 0, &store);
	if (status)
		return status;
	if (pc_store_set_enforcement(store, on, until, reason, &who))
		return ctl_store_failed(ctl, pc_store_last_error(store));
	pc_time_text(until, text);
	result = json_pack("{s:s, s:b, s:o}", "schema", "portcullis.enforcement.v1", "enforcing",
			   on, "until", until ? json_string(text) : json_null());
	status = print_switched(ctl, result, seconds);
	ctl_note(ctl,
		 "it holds from the next start of enforcerd; what the kernel enforces now goes "
		 "on");
	return status;
}

int ctl_cmd_off(struct ctl *ctl)
{
	const char *reason = ctl_option(ctl, "reason"), *time = ctl_option(ctl, "for");
	json_auto_t *result = NULL;
	uint32_t seconds = 0;
	json_t *request;
	int status;

	if (!pc_store_is_reason(reason))
		return ctl_usage(ctl, "off needs --reason: whoever finds it so will want to know");
	if (strlen(reason) > PC_STORE_COMMENT_MAX)
		return ctl_usage(ctl, "--reason: longer than %d bytes", PC_STORE_COMMENT_MAX);
	if (time && ctl_parse_duration(time, &seconds))
		return ctl_usage(ctl, "--for: \"%s\" is not a time such as 15m", time);
	if (ctl_flag(ctl, "offline"))
		return switch_offline(ctl, false, seconds, reason);
	request = pc_request_new("off");
	if (json_object_set_new(request, "reason", json_string(reason))) {
		json_decref(request);
		return ctl_usage(ctl, "--reason: not UTF-8");
	}
	if (seconds)
		json_object_set_new(request, "seconds", json_integer(seconds));
	status = ctl_daemon_change(ctl, request, &result);
	return status ? status : print_switched(ctl, result, seconds);
}

int ctl_cmd_on(struct ctl *ctl)
{
	json_auto_t *result = NULL;
	int status;

	if (ctl_flag(ctl, "offline"))
		return switch_offline(ctl, true, 0, NULL);
	status = ctl_daemon_change(ctl, pc_request_new("on"), &result);
	return status ? status : print_switched(ctl, result, 0);
}
