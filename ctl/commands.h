/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions behind the table of commands: each an enum pc_exit. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl.h"

int ctl_cmd_apply(struct ctl *ctl);
int ctl_cmd_cancel(struct ctl *ctl);
int ctl_cmd_check(struct ctl *ctl);
int ctl_cmd_completion(struct ctl *ctl);
int ctl_cmd_confirm(struct ctl *ctl);
int ctl_cmd_diff(struct ctl *ctl);
int ctl_cmd_doctor(struct ctl *ctl);
int ctl_cmd_events(struct ctl *ctl);
int ctl_cmd_help(struct ctl *ctl);
int ctl_cmd_history(struct ctl *ctl);
int ctl_cmd_lint(struct ctl *ctl);
int ctl_cmd_list(struct ctl *ctl);
int ctl_cmd_mode(struct ctl *ctl);
int ctl_cmd_off(struct ctl *ctl);
int ctl_cmd_on(struct ctl *ctl);
int ctl_cmd_plan(struct ctl *ctl);
int ctl_cmd_remove(struct ctl *ctl);
int ctl_cmd_rollback(struct ctl *ctl);
int ctl_cmd_schema(struct ctl *ctl);
int ctl_cmd_show(struct ctl *ctl);
int ctl_cmd_stats(struct ctl *ctl);
int ctl_cmd_status(struct ctl *ctl);
int ctl_cmd_verify(struct ctl *ctl);
int ctl_cmd_version(struct ctl *ctl);
int ctl_cmd_why(struct ctl *ctl);

#endif
