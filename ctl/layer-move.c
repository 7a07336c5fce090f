/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the rules of the model say of moving a directory to where no rule speaks of what is below.
 */
#include "layer.h"

static bool list_matches(const struct pc_glob_list *list, const struct ctl_question *question,
			 bool (*match)(const struct pc_glob *glob, const void *path, size_t n))
{
	for (uint32_t i = 0; i < list->count; i++)
		if (match(list->globs[i], question->path, question->n))
			return true;
	return false;
}

/* Everything below the name matches the glob. */
static bool covers(const struct pc_glob *glob, const void *path, size_t n)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const struct pc_glob *directory = NULL;

	return pc_glob_directory(&arena, glob, &directory) > 0 &&
	       (pc_glob_match(glob, path, n) || (directory && pc_glob_match(directory, path, n)));
}

static bool says_move(const struct ctl_question *question, const struct pc_rule *rule)
{
	return (rule->ops & PC_BIT(PC_OP_MOVE)) &&
	       list_matches(&rule->objects, question, pc_glob_match);
}

static bool lets_all_be_renamed(const struct ctl_question *question, const struct pc_rule *rule)
{
	return (rule->ops & PC_BIT(PC_OP_RENAME)) && list_matches(&rule->objects, question, covers);
}

bool ctl_move_matches(const struct ctl_question *question, const struct pc_rule *rule)
{
	if (rule->implied)
		return false;
	if (!rule->deny)
		return says_move(question, rule) || lets_all_be_renamed(question, rule);
	return list_matches(&rule->objects, question, pc_glob_match) ||
	       list_matches(&rule->objects, question, pc_glob_match_below);
}

struct reading {
	bool deny, audit;	     /* a rule that says `move` */
	bool implied, implied_audit; /* any other */
	bool move, renamed, below;   /* allow rules */
	bool closed;		     /* the section file denies by default */
};

static void read_section(const struct ctl_question *question, const struct pc_section *section,
			 struct reading *reading)
{
	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *rule = &section->rules[i];
		bool says = says_move(question, rule);
		bool matches = ctl_move_matches(question, rule);

		if (!rule->deny) {
			reading->move |= says;
			reading->renamed |= lets_all_be_renamed(question, rule);
			reading->below |=
				section->dflt == PC_DEFAULT_DENY &&
				list_matches(&rule->objects, question, pc_glob_match_below);
		} else if (rule->mode == PC_MODE_AUDIT) {
			reading->audit |= says;
			reading->implied_audit |= matches;
		} else {
			reading->deny |= says;
			reading->implied |= matches;
		}
	}
}

uint32_t ctl_move_expected(const struct ctl_question *question, const struct pc_policy *policy)
{
	const struct pc_section *file = &policy->sections[PC_SECTION_FILE];
	struct reading r = {.closed = file->present && file->dflt == PC_DEFAULT_DENY};
	bool denied;

	read_section(question, &policy->sections[PC_SECTION_EXEC], &r);
	read_section(question, file, &r);
	denied = r.deny || (!r.move && (r.implied || (r.closed && r.below && !r.renamed)));
	if (denied && policy->mode == PC_MODE_ENFORCE)
		return PC_DENIED;
	return denied || r.audit || (r.implied_audit && !r.move) ? PC_AUDITED : PC_ALLOWED;
}
