/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* diff: two sides, each a revision, the folders, files, or files on top of a revision. */
#include <errno.h>
#include <string.h>

#include "change.h"
#include "commands.h"
#include "differences.h"
#include "text.h"

/* One side of the comparison: compiled, or what a plan would give; neither is no policy at all. */
struct side {
	struct pc_texts texts;
	struct pc_compiled *compiled;
	struct pc_plan *plan;
};

static void side_free(struct side *side)
{
	pc_compiled_freep(&side->compiled);
	pc_plan_freep(&side->plan);
	pc_texts_free(&side->texts);
}

static int load_revision(const struct ctl *ctl, uint64_t number, struct side *side)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	int status = ctl_store_open(ctl, PC_STORE_READ_ONLY, &store);

	return status ? status : ctl_compile_revision(ctl, store, number, &side->compiled);
}

static int load_folders(const struct ctl *ctl, struct side *side)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	int status = ctl_read_folders(ctl, &side->texts, &diags);

	ctl_print_diags(ctl, &diags);
	return status ? status : ctl_compile_texts(ctl, &side->texts, &side->compiled);
}

static int read_path(const struct ctl *ctl, const char *path, struct side *side)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	int status = ctl_read_operands(ctl, &path, 1, &side->texts, &diags);

	ctl_print_diags(ctl, &diags);
	return status;
}

/* A path or a revision, alone. */
static int load_operand(const struct ctl *ctl, const char *operand, struct side *side)
{
	uint64_t number;
	int status;

	if (!ctl_parse_number(operand, &number))
		return load_revision(ctl, number, side);
	status = read_path(ctl, operand, side);
	if (!status)
		status = ctl_add_includes(ctl, &side->texts);
	return status ? status : ctl_compile_texts(ctl, &side->texts, &side->compiled);
}

/* What applying a path to the active revision would give. */
static int load_on_top(const struct ctl *ctl, const char *path, const struct side *active,
		       struct side *side)
{
	struct pc_change change = {
		.active = active->compiled,
		.verb = "apply",
		.expected = PC_STORE_ANY,
	};
	int status = read_path(ctl, path, side);

	if (!status)
		status = ctl_absolute_files(ctl, &side->texts);
	change.texts = side->texts.items;
	change.text_count = side->texts.count;
	return status ? status : ctl_plan_dry(ctl, &change, &side->plan);
}

static int load(const struct ctl *ctl, struct side *before, struct side *after)
{
	uint64_t number;
	int status;

	if (ctl->operand_count == 2) {
		status = load_operand(ctl, ctl->operands[0], before);
		return status ? status : load_operand(ctl, ctl->operands[1], after);
	}
	if (ctl->operand_count && !ctl_parse_number(ctl->operands[0], &number)) {
		status = load_revision(ctl, number, before);
		return status ? status : ctl_compile_active_if_any(ctl, &after->compiled);
	}
	status = ctl_compile_active_if_any(ctl, &before->compiled);
	if (status)
		return status;
	return ctl->operand_count ? load_on_top(ctl, ctl->operands[0], before, after)
				  : load_folders(ctl, after);
}

static const struct pc_policy_set *set_of(const struct side *side)
{
	if (side->plan)
		return &side->plan->compiled->set;
	return side->compiled ? &side->compiled->set : NULL;
}

static json_t *revision_of(const struct side *side)
{
	uint64_t number = side->compiled ? side->compiled->revision.number : 0;

	return number ? json_integer((json_int_t)number) : json_null();
}

int ctl_cmd_diff(struct ctl *ctl)
{
	PC_CLEANUP(side_free) struct side before = {0}, after = {0};
	json_auto_t *answer = NULL;
	json_t *rows;
	int status = load(ctl, &before, &after);

	if (status)
		return status;
	rows = ctl_differences(set_of(&before), set_of(&after));
	answer = json_pack("{s:s, s:o, s:o, s:o}", "schema", "portcullis.diff.v1", "before",
			   revision_of(&before), "after", revision_of(&after), "differences",
			   rows ? rows : json_null());
	if (!rows || !answer)
		return ctl_out_of_memory(ctl);
	status = ctl->json ? ctl_print_json(ctl, answer) : ctl_print_differences(ctl, rows);
	if (!status && !ctl->json && !json_array_size(rows))
		ctl_note(ctl, "no difference");
	return status ? status : json_array_size(rows) ? PC_EXIT_NO : PC_EXIT_OK;
}
