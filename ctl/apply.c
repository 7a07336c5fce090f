/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* apply, remove, rollback and mode: changes of the policies in force. */
#include <string.h>

#include "change.h"
#include "commands.h"
#include "differences.h"
#include "text.h"

static bool is_in_folders(const char *file)
{
	for (uint32_t i = 0; i < pc_policy_folder_count; i++) {
		size_t n = strlen(pc_policy_folders[i]);

		if (!strncmp(file, pc_policy_folders[i], n) && file[n] == '/')
			return true;
	}
	return false;
}

/* The policies that a folder apply changes back or takes out although no folder ever had them. */
static json_t *reverted(const struct pc_compiled *active, const struct pc_compiled *folders)
{
	json_auto_t *all = ctl_differences(&active->set, &folders->set);
	json_t *rows = json_array(), *row;
	size_t i;

	json_array_foreach(all, i, row) {
		const struct pc_policy *policy =
			pc_policy_find(&active->set, ctl_text_of(row, "policy"));
		enum pc_mode mode;

		if (policy && (!is_in_folders(policy->file) ||
			       !pc_revision_mode(&active->revision, policy->name, &mode)))
			json_array_append(rows, row);
	}
	return rows;
}

/* Says beforehand what the folders take back. Failing to is no reason not to apply. */
static void print_reverted(const struct ctl *ctl, const struct pc_texts *texts)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *active = NULL, *folders = NULL;
	PC_CLEANUP(pc_diags_free) struct pc_diags ignored = {0};
	json_auto_t *rows = NULL;
	json_t *row;
	size_t i;

	if (ctl->quiet || ctl_compile_active_if_any(ctl, &active) || !active ||
	    pc_compile_texts(texts->items, texts->count, NULL, &folders, &ignored))
		return;
	rows = reverted(active, folders);
	if (!json_array_size(rows))
		return;
	ctl_note(ctl, "the policy folders take back what was changed otherwise:");
	json_array_foreach(rows, i, row)
		ctl_note(ctl, "  %s %s: %s%s%s", ctl_text_of(row, "sign"),
			 ctl_text_of(row, "policy"), ctl_text_of(row, "section"),
			 *ctl_text_of(row, "section") ? ": " : "", ctl_text_of(row, "text"));
}

int ctl_cmd_apply(struct ctl *ctl)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	PC_CLEANUP(pc_texts_free) struct pc_texts texts = {0};
	bool folders = !ctl->operand_count;
	struct pc_change change = {.verb = "apply", .replace = folders};
	json_t *request;
	int status;

	status = folders ? ctl_read_folders(ctl, &texts, &diags)
			 : ctl_read_operands(ctl, ctl_operands(ctl), ctl->operand_count, &texts,
					     &diags);
	ctl_print_diags(ctl, &diags);
	if (!status && !folders)
		status = ctl_absolute_files(ctl, &texts);
	if (status)
		return status;
	if (folders)
		print_reverted(ctl, &texts);
	change.texts = texts.items;
	change.text_count = texts.count;
	request = pc_request_new("apply");
	if (!request ||
	    json_object_set_new(request, "texts", pc_texts_to_json(texts.items, texts.count)) ||
	    json_object_set_new(request, "replace", json_boolean(folders))) {
		json_decref(request);
		return ctl_out_of_memory(ctl);
	}
	return ctl_change(ctl, request, &change, "applied");
}

int ctl_cmd_remove(struct ctl *ctl)
{
	struct pc_change change = {
		.verb = "remove",
		.remove = ctl_operands(ctl),
		.remove_count = ctl->operand_count,
	};
	json_t *request = pc_request_new("remove"), *policies = json_array();

	for (unsigned int i = 0; i < ctl->operand_count; i++) {
		if (json_array_append_new(policies, json_string(ctl->operands[i]))) {
			json_decref(request);
			json_decref(policies);
			return ctl_usage(ctl, "\"%s\" is not the name of a policy",
					 ctl->operands[i]);
		}
	}
	json_object_set_new(request, "policies", policies);
	return ctl_change(ctl, request, &change, "applied");
}

int ctl_cmd_rollback(struct ctl *ctl)
{
	struct pc_change change = {.verb = "rollback"};
	json_t *request;

	if (ctl->operand_count && ctl_parse_number(ctl->operands[0], &change.rollback))
		return ctl_usage(ctl, "\"%s\" is not the number of a revision", ctl->operands[0]);
	request = pc_request_new("rollback");
	if (change.rollback)
		json_object_set_new(request, "revision", json_integer((json_int_t)change.rollback));
	return ctl_change(ctl, request, &change, "rolled back: applied");
}

int ctl_cmd_mode(struct ctl *ctl)
{
	const char *policy = ctl->operands[0], *mode = ctl->operands[1];
	struct pc_change change = {.verb = "mode", .policy = policy};
	json_t *request;

	if (!strcmp(mode, "audit"))
		change.mode = PC_MODE_AUDIT;
	else if (!strcmp(mode, "enforce"))
		change.mode = PC_MODE_ENFORCE;
	else
		return ctl_usage(ctl, "\"%s\" is no mode; there are enforce and audit", mode);
	request = pc_request_new("mode");
	if (json_object_set_new(request, "policy", json_string(policy)) ||
	    json_object_set_new(request, "mode", json_string(mode))) {
		json_decref(request);
		return ctl_usage(ctl, "\"%s\" is not the name of a policy", policy);
	}
	return ctl_change(ctl, request, &change, "applied");
}
