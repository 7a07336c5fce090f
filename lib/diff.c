/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The difference of two sets: rules are taken apart into atoms, which are sorted and merged. */
#include <errno.h>
#include <string.h>

#include "diff-internal.h"

/* What one rule says of one pattern. */
struct atom {
	const char *object;
	const struct pc_rule *rule;
	uint32_t ops;
	uint32_t order; /* position in its rule */
};

struct atoms {
	struct atom *items;
	uint32_t count;
};

/* Two policies of one name being compared; one may be missing. */
struct pair {
	struct pc_diff *diff;
	struct pc_arena *scratch;
	const char *name;
	const struct pc_policy *before, *after;
	bool enforced; /* on either side */
};

/* Whole policies speak for their parts; what is audited only changes nothing enforced. */
static enum pc_diff_effect effect_of(const struct pair *pair, enum pc_diff_effect effect)
{
	return pair->before && pair->after && pair->enforced ? effect : PC_DIFF_NEUTRAL;
}

static int add(const struct pair *pair, const struct pc_difference *difference)
{
	struct pc_difference *item =
		pc_arena_push(&pair->diff->arena, &pair->diff->items, &pair->diff->count);

	if (!item)
		return -ENOMEM;
	*item = *difference;
	item->policy = pair->name;
	item->kind = !item->before ? PC_DIFF_ADDED
		     : item->after ? PC_DIFF_CHANGED
				   : PC_DIFF_REMOVED;
	return 0;
}

/* ---- rules ---------------------------------------------------------------------------------- */

static int compare_words(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* Do two atoms give the same answer about the same pattern? Their operations may differ. */
static int compare_keys(const struct atom *a, const struct atom *b)
{
	int order = compare_words(a->rule->deny, b->rule->deny);

	if (!order)
		order = compare_words(a->rule->kill, b->rule->kill);
	if (!order)
		order = compare_words((uint32_t)a->rule->err, (uint32_t)b->rule->err);
	if (!order)
		order = compare_words(a->rule->mode, b->rule->mode);
	return order ? order : strcmp(a->object, b->object);
}

static int compare_places(const struct atom *a, const struct atom *b)
{
	int order = strcmp(a->rule->loc.file ? a->rule->loc.file : "",
			   b->rule->loc.file ? b->rule->loc.file : "");

	if (!order)
		order = compare_words(a->rule->loc.line, b->rule->loc.line);
	if (!order)
		order = compare_words(a->rule->loc.column, b->rule->loc.column);
	return order ? order : compare_words(a->order, b->order);
}

static int by_key(const void *a, const void *b)
{
	int order = compare_keys(a, b);

	return order ? order : compare_places(a, b);
}

static int by_place(const void *a, const void *b)
{
	const struct atom *left = a, *right = b;
	int order = compare_words(left->rule->deny, right->rule->deny);

	return order ? order : compare_places(left, right);
}

static int push(struct pc_arena *arena, struct atoms *atoms, const struct atom *atom)
{
	struct atom *item = pc_arena_push(arena, &atoms->items, &atoms->count);

	if (!item)
		return -ENOMEM;
	*item = *atom;
	return 0;
}

static int take_apart(struct pc_arena *arena, const struct pc_rule *rule, struct atoms *atoms)
{
	struct atom atom = {.rule = rule, .ops = rule->ops};
	int err = 0;

	for (uint32_t i = 0; i < rule->objects.count && !err; i++) {
		atom.object = pc_glob_text(arena, rule->objects.globs[i]);
		atom.order = i;
		err = atom.object ? push(arena, atoms, &atom) : -ENOMEM;
	}
	if (rule->fileless && !err) {
		atom.object = PC_FILELESS_TEXT;
		atom.order = rule->objects.count;
		err = push(arena, atoms, &atom);
	}
	if (rule->plain && !err) {
		atom.object = pc_plain_text(rule);
		err = push(arena, atoms, &atom);
	}
	if (rule->same && !err) {
		atom.object = PC_SAME_TEXT;
		err = push(arena, atoms, &atom);
	}
	return err;
}

static void sort(struct atoms *atoms, int (*compare)(const void *, const void *))
{
	if (atoms->count)
		qsort(atoms->items, atoms->count, sizeof(*atoms->items), compare);
}

/* The atoms of a section, sorted, with one for each key. */
static int collect(struct pc_arena *arena, const struct pc_policy *policy, uint32_t section,
		   struct atoms *ret_atoms)
{
	struct atoms atoms = {0};
	uint32_t kept = 0;
	int err = 0;

	for (uint32_t i = 0; policy && i < policy->sections[section].count && !err; i++)
		err = take_apart(arena, &policy->sections[section].rules[i], &atoms);
	if (err)
		return err;
	sort(&atoms, by_key);
	for (uint32_t i = 0; i < atoms.count; i++) {
		if (kept && !compare_keys(&atoms.items[kept - 1], &atoms.items[i]))
			atoms.items[kept - 1].ops |= atoms.items[i].ops;
		else
			atoms.items[kept++] = atoms.items[i];
	}
	atoms.count = kept;
	*ret_atoms = atoms;
	return 0;
}

static bool same_why(const struct pc_rule *a, const struct pc_rule *b)
{
	return !strcmp(a->why ? a->why : "", b->why ? b->why : "");
}

static int add_why(const struct pair *pair, uint32_t section, const struct pc_rule *before,
		   const struct pc_rule *after)
{
	struct pc_difference difference = {
		.what = PC_DIFF_WHY,
		.section = section,
		.before = before->why,
		.after = after->why,
		.before_at = before->loc,
		.after_at = after->loc,
	};
	const struct pc_difference *last =
		pair->diff->count ? &pair->diff->items[pair->diff->count - 1] : NULL;

	/* Atoms of one rule follow each other often enough: say it once. */
	if (last && last->what == PC_DIFF_WHY && last->after == after->why &&
	    last->before == before->why)
		return 0;
	return add(pair, &difference);
}

/* What only one side has, and reasons that differ. */
static int merge(const struct pair *pair, uint32_t section, const struct atoms *before,
		 const struct atoms *after, struct atoms *gone, struct atoms *come)
{
	uint32_t i = 0, k = 0;
	int err = 0;

	while (!err && (i < before->count || k < after->count)) {
		int order = i == before->count	? 1
			    : k == after->count ? -1
						: compare_keys(&before->items[i], &after->items[k]);
		struct atom old = order <= 0 ? before->items[i] : (struct atom){0};
		struct atom new = order >= 0 ? after->items[k] : (struct atom){0};
		uint32_t both = old.ops & new.ops;

		i += order <= 0;
		k += order >= 0;
		old.ops &= ~both;
		new.ops &= ~both;
		if (old.ops)
			err = push(pair->scratch, gone, &old);
		if (new.ops && !err)
			err = push(pair->scratch, come, &new);
		if (!err && both && !same_why(old.rule, new.rule))
			err = add_why(pair, section, old.rule, new.rule);
	}
	return err;
}

static enum pc_diff_effect rule_effect(const struct pair *pair, uint32_t section,
				       const struct pc_rule *rule, bool come)
{
	const struct pc_policy *policy = come ? pair->after : pair->before;

	if (rule->deny && rule->mode == PC_MODE_AUDIT)
		return PC_DIFF_NEUTRAL;
	if (!rule->deny && policy->sections[section].dflt == PC_DEFAULT_ALLOW && !rule->setting)
		return PC_DIFF_NEUTRAL;
	return effect_of(pair, rule->deny == come ? PC_DIFF_TIGHTER : PC_DIFF_LOOSER);
}

/* One entry for n atoms of one rule with the same operations. */
static int add_rule(const struct pair *pair, uint32_t section, const struct atom *atoms, uint32_t n,
		    bool come)
{
	struct pc_difference difference = {.what = PC_DIFF_RULE, .section = section};
	const struct pc_rule *rule = atoms[0].rule;
	const char **objects = pc_arena_array(pair->scratch, const char *, n);
	const char *text;

	if (!objects)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		objects[i] = atoms[i].object;
	text = pc_rule_part_text(&pair->diff->arena, rule, atoms[0].ops, objects, n);
	if (!text)
		return -ENOMEM;
	difference.effect = rule_effect(pair, section, rule, come);
	*(come ? &difference.after : &difference.before) = text;
	*(come ? &difference.after_at : &difference.before_at) = rule->loc;
	return add(pair, &difference);
}

static int add_rules(const struct pair *pair, uint32_t section, struct atoms *atoms, bool come)
{
	int err = 0;

	sort(atoms, by_place);
	for (uint32_t i = 0, n; i < atoms->count && !err; i += n) {
		n = 1;
		while (i + n < atoms->count && atoms->items[i + n].rule == atoms->items[i].rule &&
		       atoms->items[i + n].ops == atoms->items[i].ops)
			n++;
		err = add_rule(pair, section, &atoms->items[i], n, come);
	}
	return err;
}

static int compare_rules(const struct pair *pair, uint32_t section)
{
	struct atoms before, after, gone = {0}, come = {0};
	int err = collect(pair->scratch, pair->before, section, &before);

	if (!err)
		err = collect(pair->scratch, pair->after, section, &after);
	if (!err)
		err = merge(pair, section, &before, &after, &gone, &come);
	if (!err)
		err = add_rules(pair, section, &gone, false);
	if (!err)
		err = add_rules(pair, section, &come, true);
	return err;
}

/* ---- sections, subjects, policies ------------------------------------------------------------ */

static const char *default_text(const struct pc_section *section)
{
	return section->dflt == PC_DEFAULT_DENY ? "default: deny" : "default: allow";
}

static bool is_written(const struct pc_section *section)
{
	return section->present && !section->implied;
}

/* What every policy implies is no section of this one. */
static bool is_stated(const struct pc_section *section)
{
	return section->present && (!section->implied || section->dflt == PC_DEFAULT_DENY);
}

static int compare_section(const struct pair *pair, uint32_t id)
{
	static const struct pc_section absent;
	const struct pc_section *before = pair->before ? &pair->before->sections[id] : &absent;
	const struct pc_section *after = pair->after ? &pair->after->sections[id] : &absent;
	bool same_presence = is_stated(before) == is_stated(after);
	struct pc_difference difference = {
		.what = same_presence ? PC_DIFF_DEFAULT : PC_DIFF_SECTION,
		.section = id,
		.before = is_stated(before) ? default_text(before) : NULL,
		.after = is_stated(after) ? default_text(after) : NULL,
		.before_at = before->loc,
		.after_at = after->loc,
	};
	int err = 0;

	/* What only goes with a file section is said by that section. */
	if (!is_written(before) && !is_written(after))
		return 0;
	if (!same_presence || before->dflt != after->dflt) {
		bool tighter = same_presence ? after->dflt == PC_DEFAULT_DENY : is_stated(after);

		difference.effect = effect_of(pair, tighter ? PC_DIFF_TIGHTER : PC_DIFF_LOOSER);
		err = add(pair, &difference);
	}
	return err ? err : compare_rules(pair, id);
}

struct subject {
	const char *text;
	struct pc_loc loc;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct subject *)a)->text, ((const struct subject *)b)->text);
}

static int collect_subjects(const struct pair *pair, const struct pc_policy *policy,
			    struct subject **ret_subjects, uint32_t *ret_count)
{
	uint32_t count = policy ? policy->subject_count : 0;
	struct subject *subjects = pc_arena_array(pair->scratch, struct subject, count + 1);

	if (!subjects)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		subjects[i].text = pc_subject_meaning(&pair->diff->arena, &policy->subjects[i]);
		subjects[i].loc = policy->subjects[i].loc;
		if (!subjects[i].text)
			return -ENOMEM;
	}
	qsort(subjects, count, sizeof(*subjects), by_text);
	*ret_subjects = subjects;
	*ret_count = count;
	return 0;
}

static int add_subject(const struct pair *pair, const struct subject *subject, bool come)
{
	struct pc_difference difference = {
		.what = PC_DIFF_SUBJECT,
		.section = PC_SECTION_COUNT,
		.effect = effect_of(pair, come ? PC_DIFF_TIGHTER : PC_DIFF_LOOSER),
	};

	*(come ? &difference.after : &difference.before) = subject->text;
	*(come ? &difference.after_at : &difference.before_at) = subject->loc;
	return add(pair, &difference);
}

static int compare_subjects(const struct pair *pair)
{
	struct subject *before, *after;
	uint32_t before_count, after_count, i = 0, k = 0;
	int err = collect_subjects(pair, pair->before, &before, &before_count);

	if (!err)
		err = collect_subjects(pair, pair->after, &after, &after_count);
	if (err)
		return err;
	while (!err && (i < before_count || k < after_count)) {
		int order = i == before_count  ? 1
			    : k == after_count ? -1
					       : strcmp(before[i].text, after[k].text);

		if (order)
			err = order < 0 ? add_subject(pair, &before[i], false)
					: add_subject(pair, &after[k], true);
		i += order <= 0;
		k += order >= 0;
	}
	return err;
}

static int compare_head(const struct pair *pair)
{
	const struct pc_policy *before = pair->before, *after = pair->after;
	struct pc_difference difference = {
		.what = before && after ? PC_DIFF_MODE : PC_DIFF_POLICY,
		.section = PC_SECTION_COUNT,
		.before = before ? pc_mode_name(before->mode) : NULL,
		.after = after ? pc_mode_name(after->mode) : NULL,
		.effect =
			after && after->mode == PC_MODE_ENFORCE ? PC_DIFF_TIGHTER : PC_DIFF_LOOSER,
	};

	if (before && after && before->mode == after->mode)
		return 0;
	if (before)
		difference.before_at = before->loc;
	if (after)
		difference.after_at = after->loc;
	if (!pair->enforced)
		difference.effect = PC_DIFF_NEUTRAL;
	return add(pair, &difference);
}

static int compare_policies(struct pc_diff *diff, const char *name, const struct pc_policy *before,
			    const struct pc_policy *after)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena scratch = {0};
	struct pair pair = {
		.diff = diff,
		.scratch = &scratch,
		.name = name,
		.before = before,
		.after = after,
		.enforced = (before && before->mode == PC_MODE_ENFORCE) ||
			    (after && after->mode == PC_MODE_ENFORCE),
	};
	int err = compare_head(&pair);

	if (!err)
		err = compare_subjects(&pair);
	for (uint32_t id = 0; id < PC_SECTION_COUNT && !err; id++)
		err = compare_section(&pair, id);
	return err;
}

int pc_diff_make(const struct pc_policy_set *before, const struct pc_policy_set *after,
		 struct pc_diff *ret_diff)
{
	PC_CLEANUP(pc_diff_free) struct pc_diff diff = {0};
	uint32_t i = 0, k = 0;
	int err = 0;

	while (!err && (i < before->count || k < after->count)) {
		int order = i == before->count ? 1
			    : k == after->count
				    ? -1
				    : strcmp(before->policies[i]->name, after->policies[k]->name);

		if (order < 0)
			err = compare_policies(&diff, before->policies[i]->name,
					       before->policies[i], NULL);
		else
			err = compare_policies(&diff, after->policies[k]->name,
					       order ? NULL : before->policies[i],
					       after->policies[k]);
		i += order <= 0;
		k += order >= 0;
	}
	if (err)
		return err;
	*ret_diff = diff;
	diff = (struct pc_diff){0};
	return 0;
}

void pc_diff_free(struct pc_diff *diff)
{
	pc_arena_free(&diff->arena);
	*diff = (struct pc_diff){0};
}
