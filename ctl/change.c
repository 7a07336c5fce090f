/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of what is in force: asked of enforcerd, or made in the store where none runs. */
#include "change.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "diff.h"
#include "table.h"
#include "text.h"

int ctl_expected(const struct ctl *ctl, uint64_t *ret_expected)
{
	const char *text = ctl_option(ctl, "expect");

	*ret_expected = PC_STORE_ANY;
	if (!text)
		return PC_EXIT_OK;
	if (!strcmp(text, "0")) {
		*ret_expected = 0;
		return PC_EXIT_OK;
	}
	if (ctl_parse_number(text, ret_expected))
		return ctl_usage(ctl, "\"%s\" is not the number of a revision", text);
	return PC_EXIT_OK;
}

static int add_confirm(const struct ctl *ctl, json_t *request)
{
	const char *text = ctl_option(ctl, "confirm");
	uint32_t seconds;

	if (!text)
		return PC_EXIT_OK;
	if (ctl_parse_duration(text, &seconds) || seconds > PC_CONFIRM_MAX)
		return ctl_usage(ctl, "--confirm: \"%s\" is not a time such as 5m (at most 1d)",
				 text);
	json_object_set_new(request, "confirm", json_integer(seconds));
	return PC_EXIT_OK;
}

int ctl_change_options(const struct ctl *ctl, json_t *request)
{
	const char *comment = ctl_option(ctl, "comment");
	uint64_t expected;
	int status = ctl_expected(ctl, &expected);

	if (!status)
		status = add_confirm(ctl, request);
	if (status)
		return status;
	if (expected != PC_STORE_ANY)
		json_object_set_new(request, "expected", json_integer((json_int_t)expected));
	if (comment && (strlen(comment) > PC_STORE_COMMENT_MAX ||
			json_object_set_new(request, "comment", json_string(comment))))
		return ctl_usage(ctl, "--comment: not UTF-8, or longer than %d bytes",
				 PC_STORE_COMMENT_MAX);
	if (ctl_flag(ctl, "force"))
		json_object_set_new(request, "force", json_true());
	return PC_EXIT_OK;
}

/* ---- what was done -----------------------------------------------------------------------------
 */

static void print_policies(const struct ctl *ctl, const json_t *result)
{
	static const struct ctl_column columns[] = {
		{.key = "change", .paint = true},
		{.key = "policy"},
		{0},
	};

	ctl_print_lines(ctl, columns, json_object_get(result, "policies"));
}

static void note_rest(const struct ctl *ctl, const json_t *result)
{
	const json_t *confirm = json_object_get(result, "confirm"), *mode;
	size_t i;

	json_array_foreach(json_object_get(result, "modes_reverted"), i, mode)
		ctl_note(ctl, "%s is no longer set to %s: its own mode holds",
			 ctl_text_of(mode, "policy"), ctl_text_of(mode, "mode"));
	if (json_is_object(confirm)) {
		char left[32];

		ctl_format_duration(ctl_number_of(confirm, "seconds"), left);
		ctl_note(ctl,
			 "to keep it: policyctl confirm, within %s; otherwise revision %" PRIu64
			 " comes back",
			 left, ctl_number_of(confirm, "previous"));
	}
	if (json_is_false(json_object_get(result, "enforcing")))
		ctl_note(ctl, "enforcement is off: it takes effect with policyctl on");
}

static int print_change(const struct ctl *ctl, const json_t *result, const char *done)
{
	uint64_t generation = ctl_number_of(result, "generation");
	uint64_t revision = ctl_number_of(result, "revision");
	size_t changed = json_array_size(json_object_get(result, "policies"));
	char where[64] = "", what[64] = "no policy";

	if (ctl->json)
		return ctl_print_json(ctl, result);
	if (generation)
		snprintf(where, sizeof(where), ", generation %" PRIu64, generation);
	if (changed)
		snprintf(what, sizeof(what), "%zu %s", changed,
			 changed == 1 ? "policy" : "policies");
	if (json_is_true(json_object_get(result, "unchanged")))
		printf("nothing to change: revision %" PRIu64 "%s\n", revision, where);
	else
		printf("%s revision %" PRIu64 "%s, %s changed\n", done, revision, where, what);
	print_policies(ctl, result);
	note_rest(ctl, result);
	return PC_EXIT_OK;
}

/* ---- without a daemon --------------------------------------------------------------------------
 */

int ctl_want_no_daemon(const struct ctl *ctl)
{
	if (!ctl_daemon_runs(ctl))
		return PC_EXIT_OK;
	ctl_error(ctl, "--offline is for when no enforcerd runs, and one answers at %s",
		  ctl->socket);
	ctl_hint(ctl, "leave --offline out: enforcerd makes the change");
	return PC_EXIT_USAGE;
}

struct pc_store_who ctl_who(void)
{
	struct pc_store_who who = {.uid = getuid(), .login_uid = UINT32_MAX, .comm = "policyctl"};
	PC_FCLOSE FILE *file = fopen("/proc/self/loginuid", "re");
	char line[16];

	if (file && fgets(line, sizeof(line), file))
		who.login_uid = (uint32_t)strtoul(line, NULL, 10);
	return who;
}

static int plan_failed(const struct ctl *ctl, int err, const struct pc_store_error *error)
{
	if (error->err)
		return ctl_store_failed(ctl, error);
	if (err == -EINVAL)
		return PC_EXIT_INVALID;
	if (err == -ENOMEM)
		return ctl_out_of_memory(ctl);
	ctl_error(ctl, "cannot work out the change: %s", strerror(-err));
	return PC_EXIT_INTERNAL;
}

int ctl_check_survival(const struct ctl *ctl, const struct pc_compiled *compiled)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_survivors survivors;
	uint32_t lost = 0;
	int err;

	if (ctl_flag(ctl, "force"))
		return PC_EXIT_OK;
	pc_survivors_find(&survivors);
	err = pc_survival_check(compiled, &survivors, &diags, &lost);
	ctl_print_diags(ctl, &diags);
	if (err)
		return ctl_out_of_memory(ctl);
	if (!lost)
		return PC_EXIT_OK;
	ctl_error(ctl, PC_SURVIVAL_REFUSED, lost, lost == 1 ? "" : "s");
	ctl_hint(ctl, PC_SURVIVAL_HINT);
	return PC_EXIT_INVALID;
}

static int make_plan(const struct ctl *ctl, struct pc_store *store, const struct pc_change *change,
		     struct pc_plan **ret_plan)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_store_error error = {0};
	int err = pc_plan_make(store, change, ret_plan, &diags, &error);

	ctl_print_diags(ctl, &diags);
	return err ? plan_failed(ctl, err, &error) : PC_EXIT_OK;
}

int ctl_plan_dry(const struct ctl *ctl, struct pc_change *change, struct pc_plan **ret_plan)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	int status = ctl_store_open_if_any(ctl, &store);

	change->dry = true;
	return status ? status : make_plan(ctl, store, change, ret_plan);
}

static json_t *change_result(const struct pc_plan *plan, const struct pc_store_put *put,
			     bool enforcing)
{
	static const char *const kinds[] = {"added", "changed", "removed"};
	json_t *policies = json_array(), *modes = json_array();

	for (uint32_t i = 0; i < plan->change_count; i++)
		json_array_append_new(policies,
				      json_pack("{s:s, s:s}", "policy", plan->changes[i].policy,
						"change", kinds[plan->changes[i].kind]));
	for (uint32_t i = 0; i < plan->reverted_count; i++)
		json_array_append_new(modes,
				      json_pack("{s:s, s:s}", "policy", plan->reverted[i].policy,
						"mode", pc_mode_name(plan->reverted[i].mode)));
	return json_pack("{s:s, s:I, s:I, s:i, s:b, s:b, s:n, s:o, s:o}", "schema",
			 "portcullis.change.v1", "revision", (json_int_t)put->number, "previous",
			 (json_int_t)plan->base, "generation", 0, "unchanged", put->unchanged,
			 "enforcing", enforcing, "confirm", "policies", policies, "modes_reverted",
			 modes);
}

static int change_offline(const struct ctl *ctl, const struct pc_change *change, const char *done)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	PC_CLEANUP(pc_plan_freep) struct pc_plan *plan = NULL;
	const struct pc_store_who who = ctl_who();
	struct pc_store_error error = {0};
	struct pc_store_state state;
	struct pc_store_put put;
	json_auto_t *result = NULL;
	int status = ctl_want_no_daemon(ctl);

	if (!status && ctl_flag(ctl, "confirm"))
		status = ctl_usage(ctl, "--confirm needs a running enforcerd");
	if (!status)
		status = ctl_store_open(ctl, PC_STORE_CREATE, &store);
	if (!status)
		status = make_plan(ctl, store, change, &plan);
	if (!status && plan)
		status = ctl_check_survival(ctl, plan->compiled);
	if (status || !plan)
		return status ? status : PC_EXIT_INTERNAL;
	if (pc_plan_put(store, plan, &who, ctl_option(ctl, "comment"), 0, &put, &error))
		return plan_failed(ctl, error.err, &error);
	if (pc_store_state(store, &state))
		return ctl_store_failed(ctl, pc_store_last_error(store));
	result = change_result(plan, &put, pc_store_enforcing(&state, ctl_now_ns()));
	if (!result)
		return ctl_out_of_memory(ctl);
	status = print_change(ctl, result, done);
	ctl_note(ctl, "enforcerd puts it into force when it starts");
	return status;
}

int ctl_change(const struct ctl *ctl, json_t *request, struct pc_change *change, const char *done)
{
	json_auto_t *owned = request, *result = NULL;
	int status;

	if (!owned)
		return ctl_out_of_memory(ctl);
	status = ctl_change_options(ctl, owned);
	if (!status)
		status = ctl_expected(ctl, &change->expected);
	if (status)
		return status;
	if (ctl_flag(ctl, "offline"))
		return change_offline(ctl, change, done);
	status = ctl_daemon_change(ctl, json_incref(owned), &result);
	return status ? status : print_change(ctl, result, done);
}
