/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to lib/diff*.c. */
#ifndef PC_DIFF_INTERNAL_H
#define PC_DIFF_INTERNAL_H

#include "diff.h"

#define PC_FILELESS_TEXT "fileless" /* no path: paths begin with '/' */
#define PC_SAME_TEXT "same"
#define PC_ANY_TEXT "any"
#define PC_PLAIN_TEXT "" /* there is no object */

/* A rule's text with these operations and objects in place of its own. NULL: no memory. */
char *pc_rule_part_text(struct pc_arena *arena, const struct pc_rule *rule, uint32_t ops,
			const char *const *objects, uint32_t count);

/* What a rule for everything of its kind says in the place of an object. */
const char *pc_plain_text(const struct pc_rule *rule);

#endif
