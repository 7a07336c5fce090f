/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is valid and yet hardly meant: contradictions as warnings, doubts as notes. */
#ifndef PC_LINT_H
#define PC_LINT_H

#include "parse.h"

enum {
	PC_LINT_WARNINGS = 1, /* rules that stand twice, allows that a deny takes away entirely */
	PC_LINT_HINTS = 2,    /* what is often not meant; for `policyctl lint` */
};

/*
 * Looks a parsed set over. texts are what it was parsed from, to show source lines; there may be
 * none. 0, or -ENOMEM.
 */
int pc_lint(const struct pc_policy_set *set, const struct pc_text *texts, uint32_t count,
	    unsigned int what, struct pc_diags *diags);

#endif
