/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to lib/lint*.c. */
#ifndef PC_LINT_INTERNAL_H
#define PC_LINT_INTERNAL_H

#include "diag-codes.h"
#include "lint.h"

struct pc_linter {
	struct pc_arena arena;
	const struct pc_text *texts;
	uint32_t text_count;
	struct pc_diags *diags;
};

/* lint.c: reports with the source line. */
void pc_lint_report(struct pc_linter *linter, enum pc_severity severity, enum pc_code code,
		    const struct pc_loc *loc, const char *hint, const char *format, ...)
	PC_PRINTF(6, 7);
/* lint-twice.c, lint-denied.c: one section of one policy. 0 or -ENOMEM. */
int pc_lint_twice(struct pc_linter *linter, const struct pc_section *section);
int pc_lint_subjects(struct pc_linter *linter, const struct pc_policy *policy);
int pc_lint_denied(struct pc_linter *linter, const struct pc_policy *policy,
		   const struct pc_section *section);

#endif
