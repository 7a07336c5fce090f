/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of what is in force: asked of enforcerd, or made in the store where none runs. */
#ifndef CTL_CHANGE_H
#define CTL_CHANGE_H

#include "daemon.h"
#include "source.h"

/*
 * Makes the change that request and change describe alike: the first for enforcerd, the second for
 * --offline. The options force, confirm, expect, comment are added to both. done: what it is called
 * afterwards, as in "applied". request is consumed.
 */
int ctl_change(const struct ctl *ctl, json_t *request, struct pc_change *change, const char *done);

/* Reads the options that requests of changes share into request. */
int ctl_change_options(const struct ctl *ctl, json_t *request);
/* --expect, or PC_STORE_ANY. */
int ctl_expected(const struct ctl *ctl, uint64_t *ret_expected);
/* Refuses --offline where an enforcerd runs. */
int ctl_want_no_daemon(const struct ctl *ctl);
/* Who asks, as the store keeps it. */
struct pc_store_who ctl_who(void);

/* What a change would give, on top of the active revision if there is one; says why not. */
int ctl_plan_dry(const struct ctl *ctl, struct pc_change *change, struct pc_plan **ret_plan);
/* Would everybody be denied what the host needs? --force: it does not matter. */
int ctl_check_survival(const struct ctl *ctl, const struct pc_compiled *compiled);

#endif
