/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What differs in meaning between two sets of policies: by policy, section, rule, as values. */
#ifndef PC_DIFF_H
#define PC_DIFF_H

#include "policy.h"

enum pc_diff_kind { PC_DIFF_ADDED, PC_DIFF_REMOVED, PC_DIFF_CHANGED };

enum pc_diff_what {
	PC_DIFF_POLICY, /* the policy as a whole; its parts follow */
	PC_DIFF_MODE,
	PC_DIFF_SUBJECT, /* one item of the subject */
	PC_DIFF_SECTION, /* a section that begins or ceases to confine; its rules follow */
	PC_DIFF_DEFAULT,
	PC_DIFF_RULE,
	PC_DIFF_WHY, /* the reason a rule gives, and nothing else of it */
};

/* Which way it goes for the tasks confined. NEUTRAL where nothing enforced changes, or where the
 * policy's own entry says it all. */
enum pc_diff_effect { PC_DIFF_NEUTRAL, PC_DIFF_TIGHTER, PC_DIFF_LOOSER };

struct pc_difference {
	enum pc_diff_kind kind;
	enum pc_diff_what what;
	enum pc_diff_effect effect;
	const char *policy;
	uint32_t section;	 /* enum pc_section_id; PC_SECTION_COUNT: none */
	const char *before;	 /* as text for people; NULL: was not there */
	const char *after;	 /* NULL: is no more */
	struct pc_loc before_at; /* file NULL: no place */
	struct pc_loc after_at;
};

/* In order of policy, then as the enum above, then place. */
struct pc_diff {
	struct pc_arena arena; /* of the texts that are not in the sets */
	struct pc_difference *items;
	uint32_t count;
};

/*
 * Rules are compared by what they say of each pattern: order, spelling, comments, and whether
 * operations or patterns share a rule make no difference. A rule of which a part is new or gone is
 * shown with that part. Refers to both sets. 0 or -ENOMEM.
 */
int pc_diff_make(const struct pc_policy_set *before, const struct pc_policy_set *after,
		 struct pc_diff *ret_diff);
void pc_diff_free(struct pc_diff *diff);

/* A rule as it was understood: "deny read,write /a /b (kill)". NULL: no memory. */
char *pc_rule_meaning(struct pc_arena *arena, const struct pc_rule *rule);
/* The same for a subject item: "cgroup /system.slice/x.service user 0,1000-1999". */
char *pc_subject_meaning(struct pc_arena *arena, const struct pc_subject_item *item);

const char *pc_mode_name(enum pc_mode mode);
const char *pc_diff_kind_name(enum pc_diff_kind kind);
const char *pc_diff_what_name(enum pc_diff_what what);
const char *pc_diff_effect_name(enum pc_diff_effect effect);

#endif
