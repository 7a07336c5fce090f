/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences of policies as an answer: for diff, plan and apply. */
#ifndef CTL_DIFFERENCES_H
#define CTL_DIFFERENCES_H

#include "ctl.h"
#include "diff.h"
#include "table.h"

/* Rows of an answer; NULL: no memory. */
json_t *ctl_difference_rows(const struct pc_diff *diff);
/* As a table for people. */
int ctl_print_differences(const struct ctl *ctl, const json_t *rows);
/* The difference of two sets; either may be NULL: no policy. NULL: no memory. */
json_t *ctl_differences(const struct pc_policy_set *before, const struct pc_policy_set *after);

#endif
