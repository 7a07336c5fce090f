/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* plan: what apply would change, after all of its checks. */
#include "change.h"
#include "commands.h"
#include "differences.h"

/* The active set, if there is one, and what applying texts to it gives. */
struct planned {
	struct pc_texts texts;
	struct pc_compiled *active;
	struct pc_plan *plan;
};

static void planned_free(struct planned *planned)
{
	pc_plan_freep(&planned->plan);
	pc_texts_free(&planned->texts);
	pc_compiled_freep(&planned->active);
}

static int read_texts(const struct ctl *ctl, struct pc_texts *texts)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	int status = ctl->operand_count ? ctl_read_operands(ctl, ctl_operands(ctl),
							    ctl->operand_count, texts, &diags)
					: ctl_read_folders(ctl, texts, &diags);

	ctl_print_diags(ctl, &diags);
	return !status && ctl->operand_count ? ctl_absolute_files(ctl, texts) : status;
}

static int load(const struct ctl *ctl, struct planned *planned)
{
	struct pc_change change = {.verb = "apply", .replace = !ctl->operand_count};
	int status = ctl_compile_active_if_any(ctl, &planned->active);

	if (!status)
		status = read_texts(ctl, &planned->texts);
	if (!status)
		status = ctl_expected(ctl, &change.expected);
	if (status)
		return status;
	change.active = planned->active;
	change.texts = planned->texts.items;
	change.text_count = planned->texts.count;
	return ctl_plan_dry(ctl, &change, &planned->plan);
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

int ctl_cmd_plan(struct ctl *ctl)
{
	PC_CLEANUP(planned_free) struct planned planned = {0};
	json_auto_t *answer = NULL;
	json_t *rows;
	int status = load(ctl, &planned);

	if (status)
		return status;
	status = ctl_flag(ctl, "offline") ? ctl_check_survival(ctl, planned.plan->compiled)
					  : rehearse(ctl, &planned.texts);
	if (status)
		return status;
	rows = ctl_differences(planned.active ? &planned.active->set : NULL,
			       &planned.plan->compiled->set);
	answer = json_pack("{s:s, s:I, s:o}", "schema", "portcullis.plan.v1", "base",
			   (json_int_t)planned.plan->base, "differences", rows);
	if (!answer)
		return ctl_out_of_memory(ctl);
	status = ctl->json ? ctl_print_json(ctl, answer) : ctl_print_differences(ctl, rows);
	if (!status && !ctl->json && !json_array_size(rows))
		ctl_note(ctl, "nothing would change");
	return status ? status : json_array_size(rows) ? PC_EXIT_NO : PC_EXIT_OK;
}
