/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* why: an event explained from the revision that decided it. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "commands.h"
#include "daemon.h"
#include "escape.h"
#include "event.h"
#include "layer.h"
#include "source.h"
#include "table.h"
#include "text.h"

#define EVENTS_KEPT 100000 /* more than enforcerd keeps */

/* The event asked for (a new reference); reported where there is none. */
static int find_event(const struct ctl *ctl, json_t **ret_event)
{
	const char *policy = ctl_option(ctl, "policy");
	json_t *request = pc_request_new("events"), *events, *event;
	json_auto_t *result = NULL;
	uint64_t sequence = 0;
	int status;
	size_t i;

	if (ctl->operand_count && ctl_parse_number(ctl->operands[0], &sequence)) {
		json_decref(request);
		return ctl_usage(ctl, "\"%s\" is not the number of an event", ctl->operands[0]);
	}
	json_object_set_new(request, "last", json_integer(sequence ? EVENTS_KEPT : 1));
	if (policy)
		json_object_set_new(request, "policy", ctl_json_text(policy));
	status = ctl_daemon_call(ctl, request, &result);
	if (status)
		return status;
	events = json_object_get(result, "events");
	json_array_foreach(events, i, event) {
		if (sequence && ctl_number_of(event, "sequence") != sequence)
			continue;
		*ret_event = json_incref(event);
		return PC_EXIT_OK;
	}
	ctl_error(ctl,
		  sequence ? "enforcerd does not keep an event %" PRIu64 " (any more)"
			   : "there are no events",
		  sequence);
	return PC_EXIT_NO;
}

static bool has_flag(const json_t *event, const char *name)
{
	json_t *flag;
	size_t i;

	json_array_foreach(json_object_get(event, "flags"), i, flag)
		if (!strcmp(json_string_value(flag) ? json_string_value(flag) : "", name))
			return true;
	return false;
}

/* What the policy's layer says of the event's object; null where it cannot be told any more. */
static json_t *layer_of(const struct ctl *ctl, const json_t *event)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	const char *path = ctl_text_of(event, "path");
	PC_FREE char *plain = malloc(strlen(path) + 1);
	int op = pc_op_find(ctl_text_of(event, "section"), ctl_text_of(event, "operation"));
	uint64_t revision = ctl_number_of(event, "revision");
	struct ctl_question question = {0};
	ssize_t n = plain ? pc_unescape(path, plain) : -1;

	if (op < 0 || n < 0 || !revision || has_flag(event, "truncated") ||
	    ctl_store_open(ctl, PC_STORE_READ_ONLY, &store) ||
	    ctl_compile_revision(ctl, store, revision, &compiled))
		return json_null();
	question.compiled = compiled;
	question.op = (uint32_t)op;
	question.section = pc_section_of((uint32_t)op);
	question.path = has_flag(event, "fileless") ? NULL : plain;
	question.n = (size_t)n;
	question.same = has_flag(event, "same");
	for (uint32_t i = 0; i < compiled->set.count; i++)
		if (!strcmp(compiled->set.policies[i]->name, ctl_text_of(event, "policy")))
			return ctl_layer(&question, i);
	return json_null();
}

static void who_facts(struct ctl_facts *facts, const json_t *event)
{
	ctl_fact(facts, "by", "%s, pid %" PRIu64 " (%s), uid %" PRIu64, ctl_text_of(event, "exe"),
		 ctl_number_of(event, "pid"), ctl_text_of(event, "comm"),
		 ctl_number_of(event, "uid"));
	ctl_fact(facts, "parent", "pid %" PRIu64, ctl_number_of(event, "ppid"));
}

static int print_event(const struct ctl *ctl, const json_t *event, const json_t *layer)
{
	const json_t *rule = json_object_get(event, "rule");
	struct ctl_facts facts = {0};
	char time[32];

	ctl_local_time(ctl_text_of(event, "time"), time);
	ctl_fact(&facts, "event", "%" PRIu64 ", %s", ctl_number_of(event, "sequence"), time);
	ctl_fact(&facts, "decision", "%s%s", ctl_text_of(event, "decision"),
		 json_is_true(json_object_get(event, "killed")) ? ", killed" : "");
	ctl_fact(&facts, "what", "%s %s %s", ctl_text_of(event, "section"),
		 ctl_text_of(event, "operation"), ctl_text_of(event, "path"));
	who_facts(&facts, event);
	ctl_fact(&facts, "policy", "%s, revision %" PRIu64 ", generation %" PRIu64,
		 ctl_text_of(event, "policy"), ctl_number_of(event, "revision"),
		 ctl_number_of(event, "generation"));
	if (json_is_object(rule))
		ctl_fact(&facts, "rule", "%s:%" PRIu64 ": %s", ctl_text_of(rule, "file"),
			 ctl_number_of(rule, "line"), ctl_text_of(rule, "text"));
	if (*ctl_text_of(event, "why"))
		ctl_fact(&facts, "why", "%s", ctl_text_of(event, "why"));
	ctl_fact(&facts, "reason", "%s, in hook %s, error %s", ctl_text_of(event, "reason"),
		 ctl_text_of(event, "hook"), ctl_text_of(event, "errno"));
	ctl_print_facts(ctl, &facts);
	if (json_is_object(layer)) {
		putchar('\n');
		ctl_print_layer(ctl, layer);
	}
	return PC_EXIT_OK;
}

int ctl_cmd_why(struct ctl *ctl)
{
	json_auto_t *event = NULL, *layer = NULL, *answer = NULL;
	int status;

	if (!ctl->operand_count && !ctl_flag(ctl, "last") && !ctl_flag(ctl, "policy"))
		return ctl_usage(ctl, "why needs the number of an event, or --last");
	status = find_event(ctl, &event);
	if (status)
		return status;
	layer = layer_of(ctl, event);
	if (!ctl->json)
		return print_event(ctl, event, layer);
	answer = json_pack("{s:s, s:O, s:O}", "schema", "portcullis.why.v1", "event", event,
			   "layer", layer);
	return ctl_print_json(ctl, answer);
}
