/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The automata: every object of a rule, every executable and cgroup of a subject, as tagged globs.
 */
#include "compile-internal.h"

#include <errno.h>
#include <string.h>

#include "diag-codes.h"

#define CULPRITS_SHOWN 8u

static int add_list(struct pc_dfa *dfa, const struct pc_glob_list *list, uint32_t tag)
{
	int err = 0;

	for (uint32_t i = 0; i < list->count && !err; i++)
		err = pc_dfa_add(dfa, list->globs[i], tag);
	return err;
}

/* A cgroup's name, and what is below it: tail is put behind. glob may be NULL: the root's name. */
static int add_cgroup(struct pc_compiler *c, struct pc_dfa *dfa, const struct pc_glob *glob,
		      const struct pc_glob *tail, uint32_t tag)
{
	static const char names = PC_NAMES_CGROUP;
	const struct pc_glob *name = pc_glob_literal(&c->scratch, &names, 1);

	if (name && glob)
		name = pc_glob_concat(&c->scratch, name, glob);
	if (name && tail)
		name = pc_glob_concat(&c->scratch, name, tail);
	return name ? pc_dfa_add(dfa, name, tag) : -ENOMEM;
}

/* The root's name in the kernel is empty, not "/". */
static int add_cgroups(struct pc_compiler *c, struct pc_dfa *dfa, const struct pc_glob_list *list,
		       uint32_t tag)
{
	struct pc_glob_error error;
	struct pc_glob *below;
	int err = list->count ? pc_glob_parse(&c->scratch, "/**", 3, NULL, &below, &error) : 0;

	for (uint32_t i = 0; i < list->count && !err; i++) {
		const struct pc_glob *glob = list->globs[i];

		if (pc_glob_match(glob, "/", 1))
			glob = NULL;
		err = add_cgroup(c, dfa, glob, NULL, tag);
		if (!err)
			err = add_cgroup(c, dfa, glob, below, tag);
	}
	return err;
}

/* Of a glob that matches all below a directory, that directory and what is below. */
static int add_covered(struct pc_compiler *c, struct pc_dfa *dfa, const struct pc_glob *glob,
		       uint32_t tag)
{
	const struct pc_glob *directory = NULL;
	int r = pc_glob_directory(&c->scratch, glob, &directory);

	if (r <= 0)
		return r;
	r = directory ? pc_dfa_add(dfa, directory, tag) : 0;
	return r ? r : pc_dfa_add(dfa, glob, tag);
}

/* Directories get the default's tag where that is deny: allow rules speak of what is below them. */
static int add_allowed(struct pc_compiler *c, struct pc_dfa *dfa, uint32_t number, uint32_t dflt,
		       const struct pc_glob *glob)
{
	const struct pc_image_rule *rule = &c->image.rules[number];
	const struct pc_section *section = &rule->policy->sections[rule->section];
	uint32_t tag = pc_rule_tag(number);
	int err;

	if (section->dflt == PC_DEFAULT_DENY)
		err = pc_dfa_add_above(dfa, glob, tag, pc_directory_tag(dflt));
	else
		err = pc_dfa_add(dfa, glob, tag);
	if (!err && (rule->rule->ops & PC_BIT(PC_OP_RENAME)))
		err = add_covered(c, dfa, glob, pc_directory_tag(number));
	return err;
}

static int add_rule(struct pc_compiler *c, struct pc_dfa *dfa, uint32_t number, uint32_t dflt)
{
	const struct pc_rule *rule = c->image.rules[number].rule;
	int err = 0;

	for (uint32_t i = 0; i < rule->objects.count && !err; i++) {
		const struct pc_glob *glob = rule->objects.globs[i];

		if (pc_rule_keeps(rule))
			err = pc_dfa_add_above(dfa, glob, pc_rule_tag(number),
					       pc_directory_tag(number));
		else if (rule->implied)
			err = pc_dfa_add(dfa, glob, pc_rule_tag(number));
		else
			err = add_allowed(c, dfa, number, dflt, glob);
	}
	return err;
}

/* Numbers go through the sections one by one, the default behind its rules. */
static int add_rules(struct pc_compiler *c, struct pc_dfa *dfa)
{
	uint32_t dflt = 0;
	int err = 0;

	for (uint32_t i = 0; i < c->image.rule_count && !err; i++) {
		while (dflt < i || c->image.rules[dflt].rule)
			dflt++;
		if (i != dflt)
			err = add_rule(c, dfa, i, dflt);
	}
	return err;
}

static int add_all(struct pc_compiler *c, struct pc_dfa *dfa)
{
	int err = add_rules(c, dfa);

	for (uint32_t i = 0; i < c->item_count && !err; i++) {
		err = add_list(dfa, &c->items[i]->exe, pc_exe_tag(c, i));
		if (!err)
			err = add_cgroups(c, dfa, &c->items[i]->cgroup, pc_cgroup_tag(c, i));
	}
	return err;
}

static void blame_one(struct pc_compiler *c, uint32_t tag)
{
	const bool is_rule = pc_tag_is_of_rule(c, tag);
	const struct pc_loc *loc = is_rule ? &c->image.rules[pc_rule_of_tag(tag)].loc
					   : &c->items[pc_item_of_tag(c, tag)]->loc;

	pc_diag_add(c->diags, PC_ERROR, PC_CODE_GLOBS_LARGE, loc,
		    "the patterns of %s do not fit into the kernel's tables together with the "
		    "others",
		    is_rule ? "this rule" : "this subject");
	pc_diag_hint(c->diags, "fewer `*`, `**` and `?` in one pattern, or literal names instead");
}

/* Names the worst, each rule and item once. */
static void blame(struct pc_compiler *c)
{
	const struct pc_dfa_result *result = &c->image.automata;
	uint32_t shown = 0;

	for (uint32_t i = 0; i < result->culprit_count && shown < CULPRITS_SHOWN; i++) {
		uint32_t earlier = 0;

		while (earlier < i && result->culprits[earlier] != result->culprits[i])
			earlier++;
		if (earlier < i)
			continue;
		blame_one(c, result->culprits[i]);
		shown++;
	}
	if (!shown)
		pc_diag_add(c->diags, PC_ERROR, PC_CODE_GLOBS_LARGE, NULL,
			    "the patterns of all policies do not fit into the kernel's tables");
}

/* Pads an automaton to a power of two, so that a masked index stays inside. */
static int pad(struct pc_dfa_automaton *automaton)
{
	uint64_t size = pc_padded(automaton->cell_count);
	struct pc_cell *cells = realloc(automaton->cells, size * sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	memset(cells + automaton->cell_count, 0, (size - automaton->cell_count) * sizeof(*cells));
	automaton->cells = cells;
	return 0;
}

int pc_compile_globs(struct pc_compiler *c)
{
	PC_CLEANUP(pc_dfa_freep) struct pc_dfa *dfa = NULL;
	int err = pc_dfa_new(&c->limits, &dfa);

	if (!err)
		err = add_all(c, dfa);
	if (!err)
		err = pc_dfa_build(dfa, &c->image.automata);
	if (err == -E2BIG) {
		blame(c);
		return -EINVAL;
	}
	for (uint32_t a = 0; a < c->image.automata.count && !err; a++) {
		err = pc_compile_order(&c->image.automata.automata[a]);
		if (!err)
			err = pad(&c->image.automata.automata[a]);
	}
	return err;
}
