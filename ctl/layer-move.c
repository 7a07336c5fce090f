/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the rules of the model say of moving a directory to where no rule speaks of what is below.
 */
#include "layer.h"

static bool matches(const struct ctl_question *question, const struct pc_rule *rule)
{
	return pc_globs_match(&rule->objects, question->path, question->n);
}

static bool matches_below(const struct ctl_question *question, const struct pc_rule *rule)
{
	for (uint32_t i = 0; i < rule->objects.count; i++)
		if (pc_glob_match_below(rule->objects.globs[i], question->path, question->n))
			return true;
	return false;
}

static bool says_move(const struct ctl_question *question, const struct pc_rule *rule)
{
	return (rule->ops & PC_BIT(PC_OP_MOVE)) && matches(question, rule);
}

/* Everything below the name matches the glob. */
static bool covers(const struct pc_glob *glob, const struct ctl_question *question)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const struct pc_glob *directory = NULL;

	return pc_glob_directory(&arena, glob, &directory) > 0 &&
	       (pc_glob_match(glob, question->path, question->n) ||
		(directory && pc_glob_match(directory, question->path, question->n)));
}

static bool lets_all_be_renamed(const struct ctl_question *question, const struct pc_rule *rule)
{
	if (!(rule->ops & PC_BIT(PC_OP_RENAME)))
		return false;
	for (uint32_t i = 0; i < rule->objects.count; i++)
		if (covers(rule->objects.globs[i], question))
			return true;
	return false;
}

bool ctl_move_matches(const struct ctl_question *question, const struct pc_rule *rule)
{
	if (rule->implied && !rule->guards)
		return false;
	if (!rule->deny)
		return says_move(question, rule) || lets_all_be_renamed(question, rule);
	return matches(question, rule) || matches_below(question, rule);
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
	for (uint32_t i = 0; i < section->count + section->implied_count; i++) {
		const struct pc_rule *rule = &section->rules[i];
		bool says = says_move(question, rule);
		bool bears = ctl_move_matches(question, rule);

		if (rule->implied && !rule->guards)
			continue;
		if (!rule->deny) {
			reading->move |= says;
			reading->renamed |= lets_all_be_renamed(question, rule);
			reading->below |=
				section->dflt == PC_DEFAULT_DENY && matches_below(question, rule);
		} else if (rule->mode == PC_MODE_AUDIT) {
			reading->audit |= says;
			reading->implied_audit |= bears;
		} else {
			reading->deny |= says;
			reading->implied |= bears;
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
