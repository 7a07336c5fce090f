/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that only look. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "server.h"

#define NUMBER(value) ((json_int_t)(value))

/* ---- status -------------------------------------------------------------------------------- */

static json_t *who_to_json(const struct pc_store_who *who)
{
	return json_pack("{s:I, s:o, s:o}", "uid", NUMBER(who->uid), "login_uid",
			 who->login_uid == UINT32_MAX ? json_null() : json_integer(who->login_uid),
			 "comm", pc_json_text(who->comm));
}

static json_t *off_to_json(const struct pc_sync *sync, const struct pc_store_state *state)
{
	if (!sync->off)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "since", pc_json_time(state->switched_ns), "until",
			 pc_json_time(state->off_until_ns), "reason", pc_json_text(state->reason),
			 "by", who_to_json(&state->by));
}

static json_t *hooks_to_json(const struct pc_kernel *kernel)
{
	json_t *array = json_array();
	char names[2048] = "", *rest = names, *name;

	pc_kernel_hooks(kernel, names, sizeof(names));
	while ((name = strsep(&rest, ", ")))
		if (*name)
			json_array_append_new(array, pc_json_text(name));
	return array;
}

static json_t *sink_to_json(struct pc_daemon *daemon)
{
	struct pc_sink_status status;

	if (!daemon->sink)
		return json_null();
	pc_sink_status(daemon->sink, &status);
	return json_pack("{s:o, s:I, s:I, s:o}", "path", pc_json_text(daemon->options.events),
			 "written", NUMBER(status.written), "lost", NUMBER(status.lost), "error",
			 *status.error ? pc_json_text(status.error) : json_null());
}

static json_t *problems_to_json(const struct pc_problems *problems)
{
	json_t *array = json_array();

	for (int i = 0; i < PC_FAILURE_COUNT; i++)
		if (*problems->text[i])
			json_array_append_new(array, pc_json_text(problems->text[i]));
	return array;
}

static json_t *sections_to_json(const struct pc_policy *policy, json_int_t *ret_rules)
{
	json_t *array = json_array();
	json_int_t rules = 0;

	for (uint32_t s = 0; s < PC_SECTION_COUNT; s++)
		if (policy->sections[s].present && !policy->sections[s].implied) {
			json_array_append_new(array, pc_json_text(pc_section_name(s)));
			rules += policy->sections[s].count;
		}
	*ret_rules = rules;
	return array;
}

static json_t *policy_to_json(struct pc_daemon *daemon, const struct pc_compiled *compiled,
			      uint32_t i)
{
	const struct pc_policy *policy = compiled->set.policies[i];
	struct pc_counter_row row = {0};
	json_int_t denied = 0, audited = 0, rules = 0;
	enum pc_mode override;
	json_t *sections = sections_to_json(policy, &rules);

	pc_kernel_counters(daemon->kernel, compiled->counters[i], &row);
	for (uint32_t op = 0; op < PC_OP_COUNT; op++) {
		denied += (json_int_t)row.of[op][PC_DENIED];
		audited += (json_int_t)row.of[op][PC_AUDITED];
	}
	return json_pack("{s:s, s:I, s:s, s:b, s:o, s:o, s:I, s:I, s:I, s:o, s:I, s:I}", "policy",
			 policy->name, "id", NUMBER(compiled->ids ? compiled->ids[i] : i + 1),
			 "mode", policy->mode == PC_MODE_AUDIT ? "audit" : "enforce", "overridden",
			 !pc_revision_mode(&compiled->revision, policy->name, &override), "about",
			 pc_json_text(policy->about), "file", pc_json_text(policy->file), "line",
			 NUMBER(policy->loc.line), "subjects", NUMBER(policy->subject_count),
			 "rules", rules, "sections", sections, "denied", denied, "audited",
			 audited);
}

static json_t *policies_to_json(struct pc_daemon *daemon)
{
	const struct pc_compiled *compiled = pc_sync_in_force(&daemon->sync);
	json_t *array = json_array();

	for (uint32_t i = 0; compiled && i < compiled->set.count; i++)
		json_array_append_new(array, policy_to_json(daemon, compiled, i));
	return array;
}

static int add(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static json_t *store_to_json(struct pc_daemon *daemon, const struct pc_store_state *state)
{
	return json_pack("{s:o, s:I, s:I, s:o}", "path", pc_json_text(daemon->options.store),
			 "active", NUMBER(state->active), "last", NUMBER(state->last), "activated",
			 pc_json_time(state->activated_ns));
}

static json_t *events_to_json(struct pc_daemon *daemon, const struct pc_kernel_status *status)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:o}", "reported", NUMBER(status->stats.reported),
			 "dropped", NUMBER(status->stats.dropped), "delivered",
			 NUMBER(status->delivered), "subscribers",
			 NUMBER(pc_server_subscribers(daemon->server)), "sink",
			 sink_to_json(daemon));
}

static json_t *links_to_json(const struct pc_kernel *kernel)
{
	struct pc_kernel_links links;

	pc_kernel_links(kernel, &links);
	if (!links.kept)
		return json_null();
	return json_pack("{s:I, s:b, s:b, s:I}", "files", NUMBER(links.files), "complete",
			 links.complete, "full", links.full, "walk_ms",
			 NUMBER(links.took / 1000000));
}

json_t *pc_command_status(struct pc_request *request)
{
	struct pc_daemon *daemon = request->daemon;
	struct pc_kernel_status kernel = {0};
	struct pc_store_state state = {0};
	json_t *result;
	int err;

	if (pc_store_state(daemon->store, &state))
		pc_failed(&daemon->sync.problems, PC_FAILURE_STORE_READ, "%s",
			  pc_store_last_error(daemon->store)->message);
	pc_kernel_status(daemon->kernel, &kernel);
	result = json_pack("{s:s, s:s, s:I, s:o, s:b, s:b, s:I, s:I, s:I}", "schema",
			   "portcullis.status.v1", "version", PC_VERSION, "pid", NUMBER(getpid()),
			   "started", pc_json_time(daemon->started_ns), "enforcing",
			   kernel.enforcing, "adopted", daemon->sync.adopted, "generation",
			   NUMBER(kernel.generation), "revision", NUMBER(kernel.revision),
			   "map_bytes", NUMBER(kernel.map_bytes));
	err = !result || add(result, "off", off_to_json(&daemon->sync, &state)) ||
	      add(result, "confirm", pc_json_confirm(daemon)) ||
	      add(result, "store", store_to_json(daemon, &state)) ||
	      add(result, "hooks", hooks_to_json(daemon->kernel)) ||
	      add(result, "policies", policies_to_json(daemon)) ||
	      add(result, "links", links_to_json(daemon->kernel)) ||
	      add(result, "events", events_to_json(daemon, &kernel)) ||
	      add(result, "problems", problems_to_json(&daemon->sync.problems));
	if (!err)
		return result;
	json_decref(result);
	return NULL;
}

/* ---- events -------------------------------------------------------------------------------- */

static int read_filter(struct pc_request *request)
{
	const char *policy = pc_arg_text(request, "policy");
	const char *decision = pc_arg_text(request, "decision");
	struct pc_event_filter *filter = &request->filter;

	snprintf(filter->policy, sizeof(filter->policy), "%s", policy ? policy : "");
	filter->decision = -1;
	for (int i = 0; decision && i < PC_DECISIONS; i++)
		if (!strcmp(decision, pc_decision_name((uint32_t)i)))
			filter->decision = i;
	if (decision && filter->decision < 0)
		return pc_refuse(&request->refusal, PC_EXIT_USAGE, "denied or audited",
				 "unknown decision \"%.64s\"", decision);
	return 0;
}

json_t *pc_command_events(struct pc_request *request)
{
	const struct pc_events *events = &request->daemon->events;
	bool follow = pc_arg_true(request, "follow");
	uint64_t last = json_is_integer(json_object_get(request->args, "last"))
				? pc_arg_number(request, "last")
				: (follow ? 0 : 50);
	json_t *array;

	if (read_filter(request))
		return NULL;
	pc_events_drain(&request->daemon->events); /* what has just happened is asked for too */
	array = json_array();
	for (uint32_t i = events->count; i > 0 && json_array_size(array) < last; i--) {
		const struct pc_event_line *line = pc_events_kept(events, i - 1);

		if (pc_event_wanted(&request->filter, line))
			json_array_insert_new(array, 0,
					      json_loadb(line->text, line->length, 0, NULL));
	}
	request->follow = follow;
	return json_pack("{s:s, s:b, s:o}", "schema", "portcullis.events.v1", "follow", follow,
			 "events", array);
}

/* ---- stats --------------------------------------------------------------------------------- */

static void add_rows(json_t *array, const struct pc_policy *policy,
		     const struct pc_counter_row *row)
{
	for (uint32_t op = 0; op < PC_OP_COUNT; op++) {
		const __u64 *of = row->of[op];

		if (!(of[PC_ALLOWED] | of[PC_DENIED] | of[PC_AUDITED]))
			continue;
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "policy", policy->name,
					 "section", pc_op_section(op), "operation", pc_op_name(op),
					 "allowed", NUMBER(of[PC_ALLOWED]), "denied",
					 NUMBER(of[PC_DENIED]), "audited", NUMBER(of[PC_AUDITED])));
	}
}

static json_t *reasons_to_json(const struct pc_stats *stats)
{
	json_t *object = json_object();

	for (uint32_t i = 0; i < PC_REASON_COUNT; i++)
		if (stats->reasons[i])
			json_object_set_new(object, pc_reason_name(i),
					    json_integer(NUMBER(stats->reasons[i])));
	return object;
}

json_t *pc_command_stats(struct pc_request *request)
{
	struct pc_daemon *daemon = request->daemon;
	const struct pc_compiled *compiled = pc_sync_in_force(&daemon->sync);
	struct pc_kernel_status status = {0};
	json_t *rows = json_array();

	pc_events_drain(&daemon->events); /* so that the numbers belong together */
	pc_kernel_status(daemon->kernel, &status);
	for (uint32_t i = 0; compiled && i < compiled->set.count; i++) {
		struct pc_counter_row row;

		if (!pc_kernel_counters(daemon->kernel, compiled->counters[i], &row))
			add_rows(rows, compiled->set.policies[i], &row);
	}
	return json_pack("{s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "schema",
			 "portcullis.stats.v1", "generation", NUMBER(status.generation), "policies",
			 rows, "reasons", reasons_to_json(&status.stats), "reported",
			 NUMBER(status.stats.reported), "dropped", NUMBER(status.stats.dropped),
			 "delivered", NUMBER(status.delivered), "name_cache_hits",
			 NUMBER(status.stats.name_cache_hits), "dir_cache_hits",
			 NUMBER(status.stats.dir_cache_hits), "walks", NUMBER(status.stats.walks),
			 "retries", NUMBER(status.stats.retries));
}

/* ---- doctor -------------------------------------------------------------------------------- */

json_t *pc_json_features(const struct pc_kernel_features *features)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < features->count; i++) {
		const struct pc_kernel_feature *feature = &features->items[i];

		json_array_append_new(array,
				      json_pack("{s:s, s:o, s:b, s:b, s:o}", "name", feature->name,
						"what", pc_json_text(feature->what), "present",
						feature->present, "required", feature->required,
						"detail", pc_json_text(feature->detail)));
	}
	return json_pack("{s:s, s:b, s:o}", "schema", "portcullis.doctor.v1", "enforces",
			 features->enforces, "features", array);
}

json_t *pc_command_doctor(struct pc_request *request)
{
	PC_FREE struct pc_kernel_features *features = calloc(1, sizeof(*features));

	(void)request;
	if (!features)
		return NULL;
	pc_kernel_probe(features);
	return pc_json_features(features);
}
