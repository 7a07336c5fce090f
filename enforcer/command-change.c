/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that change something. */
#include <errno.h>
#include <string.h>

#include "command.h"

json_t *pc_json_confirm(struct pc_daemon *daemon)
{
	const struct pc_sync *sync = &daemon->sync;
	uint64_t boot = pc_now(CLOCK_BOOTTIME), left;
	struct pc_kernel_status status;

	if (!sync->pending || pc_kernel_status(daemon->kernel, &status) || !status.confirm_by)
		return json_null();
	left = status.confirm_by * 1000000000u;
	left = left > boot ? left - boot : 0;
	return json_pack("{s:I, s:o, s:I, s:I}", "seconds", (json_int_t)(left / 1000000000u),
			 "deadline", pc_json_time(pc_now(CLOCK_REALTIME) + left), "revision",
			 (json_int_t)sync->pending->revision.number, "previous",
			 (json_int_t)(sync->active ? sync->active->revision.number : 0));
}

static json_t *policies_to_json(const struct pc_plan *plan)
{
	static const char *const kinds[] = {
		[PC_POLICY_ADDED] = "added",
		[PC_POLICY_CHANGED] = "changed",
		[PC_POLICY_REMOVED] = "removed",
	};
	json_t *array = json_array();

	for (uint32_t i = 0; i < plan->change_count; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s}", "policy", plan->changes[i].policy,
						"change", kinds[plan->changes[i].kind]));
	return array;
}

static json_t *modes_to_json(const struct pc_plan *plan)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < plan->reverted_count; i++)
		json_array_append_new(
			array,
			json_pack("{s:s, s:s}", "policy", plan->reverted[i].policy, "mode",
				  plan->reverted[i].mode == PC_MODE_AUDIT ? "audit" : "enforce"));
	return array;
}

static json_t *done_to_json(struct pc_daemon *daemon, const struct pc_change_done *done)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:b, s:b, s:o, s:o, s:o}", "schema",
			 "portcullis.change.v1", "revision", (json_int_t)done->revision, "previous",
			 (json_int_t)done->previous, "generation", (json_int_t)done->generation,
			 "unchanged", done->unchanged, "enforcing", done->enforcing, "confirm",
			 pc_json_confirm(daemon), "policies", policies_to_json(done->plan),
			 "modes_reverted", modes_to_json(done->plan));
}

/* The fields that all changes share; then the change itself. */
static json_t *carry_out(struct pc_request *request, struct pc_change *change)
{
	const json_t *expected = json_object_get(request->args, "expected");
	const struct pc_change_how how = {
		.who = request->who,
		.comment = pc_arg_text(request, "comment"),
		.confirm_seconds = (uint32_t)pc_arg_number(request, "confirm"),
		.force = pc_arg_true(request, "force"),
		.dry_run = pc_arg_true(request, "dry_run"),
	};
	struct pc_change_done done;
	json_t *result;

	if (!how.dry_run && pc_daemon_want_store(request->daemon, &request->refusal))
		return NULL;
	change->expected =
		json_is_integer(expected) ? pc_arg_number(request, "expected") : PC_STORE_ANY;
	if (pc_sync_change(&request->daemon->sync, change, &how, &done, &request->diags,
			   &request->refusal))
		return NULL;
	result = done_to_json(request->daemon, &done);
	pc_plan_free(done.plan);
	return result;
}

json_t *pc_command_apply(struct pc_request *request)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_change change = {.verb = "apply", .replace = pc_arg_true(request, "replace")};
	struct pc_text *texts = NULL;
	const char *error;
	int err = pc_texts_from_json(json_object_get(request->args, "texts"), &arena, &texts,
				     &change.text_count, &error);

	if (err == -EINVAL)
		pc_refuse(&request->refusal, PC_EXIT_USAGE, NULL, "apply: %s", error);
	if (err)
		return NULL;
	change.texts = texts;
	return carry_out(request, &change);
}

json_t *pc_command_remove(struct pc_request *request)
{
	const json_t *policies = json_object_get(request->args, "policies"), *policy;
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_change change = {.verb = "remove"};
	const char **names = pc_arena_array(&arena, const char *, json_array_size(policies));
	size_t i;

	if (!names)
		return NULL;
	json_array_foreach(policies, i, policy) {
		names[i] = json_string_value(policy);
		if (!names[i]) {
			pc_refuse(&request->refusal, PC_EXIT_USAGE, NULL,
				  "remove: \"policies\" must hold names");
			return NULL;
		}
	}
	change.remove = names;
	change.remove_count = (uint32_t)json_array_size(policies);
	return carry_out(request, &change);
}

json_t *pc_command_rollback(struct pc_request *request)
{
	struct pc_change change = {
		.verb = "rollback",
		.rollback = pc_arg_number(request, "revision"),
	};

	return carry_out(request, &change);
}

json_t *pc_command_mode(struct pc_request *request)
{
	const char *mode = pc_arg_text(request, "mode");
	struct pc_change change = {.verb = "mode", .policy = pc_arg_text(request, "policy")};

	if (!strcmp(mode, "audit")) {
		change.mode = PC_MODE_AUDIT;
	} else if (!strcmp(mode, "enforce")) {
		change.mode = PC_MODE_ENFORCE;
	} else {
		pc_refuse(&request->refusal, PC_EXIT_USAGE, "enforce or audit",
			  "unknown mode \"%.64s\"", mode);
		return NULL;
	}
	return carry_out(request, &change);
}

/* ---- enforcement and confirmation ---------------------------------------------------------- */

static json_t *enforcement_to_json(const struct pc_daemon *daemon)
{
	return json_pack("{s:s, s:b, s:o}", "schema", "portcullis.enforcement.v1", "enforcing",
			 !daemon->sync.off, "until", pc_json_time(daemon->sync.off_until));
}

json_t *pc_command_off(struct pc_request *request)
{
	const char *reason = pc_arg_text(request, "reason");

	if (!pc_store_is_reason(reason)) {
		pc_refuse(&request->refusal, PC_EXIT_USAGE, "say why: it is kept with the event",
			  "off: a reason is required");
		return NULL;
	}
	if (pc_daemon_want_store(request->daemon, &request->refusal) ||
	    pc_sync_off(&request->daemon->sync, (uint32_t)pc_arg_number(request, "seconds"), reason,
			&request->who, &request->refusal))
		return NULL;
	return enforcement_to_json(request->daemon);
}

json_t *pc_command_on(struct pc_request *request)
{
	if (pc_daemon_want_store(request->daemon, &request->refusal) ||
	    pc_sync_on(&request->daemon->sync, &request->who, &request->refusal))
		return NULL;
	return enforcement_to_json(request->daemon);
}

static json_t *numbers_to_json(const char *schema, uint64_t revision, uint64_t generation)
{
	return json_pack("{s:s, s:I, s:I}", "schema", schema, "revision", (json_int_t)revision,
			 "generation", (json_int_t)generation);
}

json_t *pc_command_confirm(struct pc_request *request)
{
	uint64_t revision, generation;

	if (pc_daemon_want_store(request->daemon, &request->refusal) ||
	    pc_sync_confirm(&request->daemon->sync, &revision, &generation, &request->refusal))
		return NULL;
	return numbers_to_json("portcullis.confirm.v1", revision, generation);
}

json_t *pc_command_cancel(struct pc_request *request)
{
	uint64_t revision, generation;

	if (pc_sync_cancel(&request->daemon->sync, &revision, &generation, &request->refusal))
		return NULL;
	return numbers_to_json("portcullis.confirm.v1", revision, generation);
}

json_t *pc_command_verify(struct pc_request *request)
{
	uint64_t revision, generation;
	json_t *result;

	if (pc_sync_verify(&request->daemon->sync, &revision, &generation, &request->refusal))
		return NULL;
	result = numbers_to_json("portcullis.verify.v1", revision, generation);
	if (result)
		json_object_set_new(result, "equal", json_true());
	return result;
}
