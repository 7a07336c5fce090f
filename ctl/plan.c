/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* plan: what apply would change, after all of its checks. */
#include "change.h"
#include "commands.h"
#include "differences.h"

/* The new set; merged refers to what the others hold. */
struct planned {
	struct pc_texts texts, merged;
	struct pc_compiled *active, *after;
};

static void planned_free(struct planned *planned)
{
	pc_compiled_freep(&planned->after);
	pc_texts_free(&planned->merged);
	pc_texts_free(&planned->texts);
	pc_compiled_freep(&planned->active);
}

static int load(const struct ctl *ctl, struct planned *planned)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	const struct pc_texts *texts = &planned->texts;
	int status = ctl_compile_active_if_any(ctl, &planned->active);

	if (status)
		return status;
	status = ctl->operand_count ? ctl_read_operands(ctl, ctl_operands(ctl), ctl->operand_count,
							&planned->texts, &diags)
				    : ctl_read_folders(ctl, &planned->texts, &diags);
	ctl_print_diags(ctl, &diags);
	if (!status && ctl->operand_count)
		status = ctl_absolute_files(ctl, &planned->texts);
	if (!status && ctl->operand_count) {
		status = ctl_merge_texts(ctl, planned->active, texts, &planned->merged);
		texts = &planned->merged;
	}
	return status ? status : ctl_compile_texts(ctl, texts, &planned->after);
}

/* Has enforcerd go through everything, without changing anything. */
static int rehearse(const struct ctl *ctl, const struct pc_texts *texts)
{
	json_auto_t *request = pc_request_new("apply"), *result = NULL;
	int status;

	if (!request ||
	    json_object_set_new(request, "texts", pc_texts_to_json(texts->items, texts->count)) ||
	    json_object_set_new(request, "replace", json_boolean(!ctl->operand_count)) ||
	    json_object_set_new(request, "dry_run", json_true()))
		return ctl_out_of_memory(ctl);
	status = ctl_change_options(ctl, request);
	return status ? status : ctl_daemon_call(ctl, json_incref(request), &result);
}

static int check_expected(const struct ctl *ctl, const struct planned *planned)
{
	uint64_t active = planned->active ? planned->active->revision.number : 0, expected;
	int status = ctl_expected(ctl, &expected);

	if (status || expected == PC_STORE_ANY || expected == active)
		return status;
	ctl_error(ctl, "the store moved on: another revision is active than the one expected");
	return PC_EXIT_STALE;
}

int ctl_cmd_plan(struct ctl *ctl)
{
	PC_CLEANUP(planned_free) struct planned planned = {0};
	json_auto_t *answer = NULL;
	json_t *rows;
	int status = load(ctl, &planned);

	if (!status)
		status = check_expected(ctl, &planned);
	if (!status)
		status = ctl_flag(ctl, "offline") ? ctl_check_survival(ctl, planned.after)
						  : rehearse(ctl, &planned.texts);
	if (status)
		return status;
	rows = ctl_differences(planned.active ? &planned.active->set : NULL, &planned.after->set);
	answer = json_pack("{s:s, s:I, s:o}", "schema", "portcullis.plan.v1", "base",
			   planned.active ? (json_int_t)planned.active->revision.number : 0,
			   "differences", rows);
	if (!answer)
		return ctl_out_of_memory(ctl);
	status = ctl->json ? ctl_print_json(ctl, answer) : ctl_print_differences(ctl, rows);
	if (!status && !ctl->json && !json_array_size(rows))
		ctl_note(ctl, "nothing would change");
	return status ? status : json_array_size(rows) ? PC_EXIT_NO : PC_EXIT_OK;
}
