/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one layer answers, and which of its rules match: for check and why. */
#ifndef CTL_LAYER_H
#define CTL_LAYER_H

#include <jansson.h>

#include "ctl.h"
#include "revision.h"

/* What is asked, of a compiled revision. */
struct ctl_question {
	const struct pc_compiled *compiled;
	uint32_t section, op;
	const char *path; /* canonical; NULL: fileless, or the operation has no object */
	size_t n;	  /* bytes of path */
	bool same;	  /* the object is a task that has every layer, too */
};

/* The question as the decision code takes it: with the class, or why there is no name. */
struct pc_question ctl_ask(const struct ctl_question *question);

/* A label with the one policy at this position of the set; more can be added. */
void ctl_label_add(const struct pc_compiled *compiled, uint32_t index, struct pc_label *label);

/*
 * The layer of the policy at this position, as an object: policy, mode, verdict ("allowed",
 * "denied", "audited"), reason, errno, killed, confined, agrees, default, rules (deny first). The
 * verdict is pc_decide's; the rules are those of the model that match; agrees: the model alone
 * would give the same verdict. NULL: no memory.
 */
json_t *ctl_layer(const struct ctl_question *question, uint32_t index);
/* Does a rule have something to say of moving the directory that is asked about? */
bool ctl_move_matches(const struct ctl_question *question, const struct pc_rule *rule);
/* What a policy's rules say of it, read one by one: enum pc_decision. */
uint32_t ctl_move_expected(const struct ctl_question *question, const struct pc_policy *policy);
/* For people. */
void ctl_print_layer(const struct ctl *ctl, const json_t *layer);

#endif
