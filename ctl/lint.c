/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* lint: what is wrong or questionable in policies, without touching anything. */
#include <errno.h>

#include "commands.h"
#include "lint.h"
#include "source.h"
#include "table.h"

static int print_findings(const struct ctl *ctl, const struct pc_diags *diags, uint32_t policies)
{
	json_auto_t *answer = NULL;

	if (ctl->json) {
		answer = json_pack(
			"{s:s, s:I, s:I, s:I, s:o}", "schema", "portcullis.lint.v1", "policies",
			(json_int_t)policies, "errors", (json_int_t)diags->errors, "warnings",
			(json_int_t)diags->warnings, "diagnostics", pc_diags_to_json(diags));
		return ctl_print_json(ctl, answer);
	}
	pc_diags_print(diags, stdout, ctl->colour, PC_NOTE);
	if (ctl->quiet)
		return PC_EXIT_OK;
	if (diags->errors || diags->warnings)
		printf("%u error%s, %u warning%s\n", diags->errors, diags->errors == 1 ? "" : "s",
		       diags->warnings, diags->warnings == 1 ? "" : "s");
	else
		printf("%u %s, nothing wrong\n", policies, policies == 1 ? "policy" : "policies");
	return PC_EXIT_OK;
}

static int read_texts(const struct ctl *ctl, struct pc_texts *texts, struct pc_diags *diags)
{
	int status;

	if (!ctl->operand_count)
		return ctl_read_folders(ctl, texts, diags);
	status = ctl_read_operands(ctl, ctl_operands(ctl), ctl->operand_count, texts, diags);
	return status ? status : ctl_add_includes(ctl, texts);
}

int ctl_cmd_lint(struct ctl *ctl)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	PC_CLEANUP(pc_texts_free) struct pc_texts texts = {0};
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	int status = read_texts(ctl, &texts, &diags), err = 0;

	if (!status)
		err = pc_compile_texts(texts.items, texts.count, NULL, &compiled, &diags);
	if (!status && !err)
		err = pc_lint(&compiled->set, texts.items, texts.count,
			      PC_LINT_WARNINGS | PC_LINT_HINTS, &diags);
	if (err && !pc_diags_failed(&diags)) {
		errno = -err;
		ctl_error(ctl, "cannot compile: %m");
		return PC_EXIT_INTERNAL;
	}
	if (print_findings(ctl, &diags, compiled ? compiled->set.count : 0))
		return PC_EXIT_INTERNAL;
	if (status || diags.errors)
		return status ? status : PC_EXIT_INVALID;
	return diags.warnings ? PC_EXIT_NO : PC_EXIT_OK;
}
