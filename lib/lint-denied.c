/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Allows that a deny takes away entirely. Whatever a deny matches begins with its literal prefix,
 * so only denies whose prefix an allow's prefix begins with are compared: they are found by hash.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lint-internal.h"

#define COMPARISONS_MAX 20000u /* of two patterns with wildcards, in one section */
#define MATCHES_MAX 1000000u   /* of a path with a pattern */

struct prefix {
	struct prefix *next;
	const struct pc_rule *rule;
	uint64_t hash;
	size_t n;
};

struct index {
	struct prefix **buckets;
	uint32_t size; /* a power of two */
	uint32_t comparisons, matches;
	char text[PATH_MAX];
};

static int add(struct pc_arena *arena, struct index *index, const struct pc_rule *rule,
	       const struct pc_glob *glob)
{
	struct prefix *prefix = pc_arena_new(arena, struct prefix);
	struct prefix **slot;

	if (!prefix)
		return -ENOMEM;
	prefix->rule = rule;
	prefix->n = pc_glob_prefix(glob, index->text, sizeof(index->text));
	prefix->hash = pc_fnv(PC_FNV_START, index->text, prefix->n);
	slot = &index->buckets[prefix->hash & (index->size - 1)];
	prefix->next = *slot;
	*slot = prefix;
	return 0;
}

/* A deny that is only reported takes nothing away. */
static bool takes_away(const struct pc_policy *policy, const struct pc_rule *rule)
{
	return rule->deny && (rule->mode == PC_MODE_ENFORCE || policy->mode == PC_MODE_AUDIT);
}

static int build(struct pc_linter *linter, const struct pc_policy *policy,
		 const struct pc_section *section, struct index *index)
{
	uint32_t objects = 0;
	int r = 0;

	for (uint32_t i = 0; i < section->count; i++)
		if (takes_away(policy, &section->rules[i]))
			objects += section->rules[i].objects.count;
	for (index->size = 16; index->size < objects;)
		index->size *= 2;
	index->buckets = pc_arena_array(&linter->arena, struct prefix *, index->size);
	if (!index->buckets)
		return -ENOMEM;
	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		if (!takes_away(policy, rule))
			continue;
		for (uint32_t j = 0; j < rule->objects.count && r == 0; j++)
			r = add(&linter->arena, index, rule, rule->objects.globs[j]);
	}
	return r;
}

/* 1: the deny matches all that the pattern does; 0: not, or not known; -ENOMEM. */
static int covers(struct index *index, const struct pc_rule *deny, const struct pc_glob *glob,
		  bool literal, size_t n)
{
	int r;

	if (!literal) {
		index->comparisons++;
		r = pc_glob_subset(&glob, 1, deny->objects.globs, deny->objects.count);
		return r == -E2BIG ? 0 : r;
	}
	for (uint32_t i = 0; i < deny->objects.count; i++) {
		index->matches++;
		if (pc_glob_match(deny->objects.globs[i], index->text, n))
			return 1;
	}
	return 0;
}

static bool exhausted(const struct index *index)
{
	return index->comparisons >= COMPARISONS_MAX || index->matches >= MATCHES_MAX;
}

/* The deny, or the last of several, that takes an object away from all operations of an allow; or
 * NULL. */
static int find_deny(struct index *index, const struct pc_rule *allow, const struct pc_glob *glob,
		     const struct pc_rule **ret_deny)
{
	size_t n = pc_glob_prefix(glob, index->text, sizeof(index->text));
	bool literal = pc_glob_is_literal(glob) && n < sizeof(index->text);
	uint64_t hash = PC_FNV_START;
	const struct pc_rule *tried = NULL;
	uint32_t left = allow->ops;

	*ret_deny = NULL;
	for (size_t i = 0; i <= n && !exhausted(index); i++) {
		const struct prefix *prefix = index->buckets[hash & (index->size - 1)];

		for (; prefix && !exhausted(index); prefix = prefix->next) {
			const struct pc_rule *deny = prefix->rule;
			int r;

			if (prefix->hash != hash || prefix->n != i || deny == tried ||
			    !(left & deny->ops))
				continue;
			tried = deny;
			r = covers(index, deny, glob, literal, n);
			if (r < 0)
				return r;
			if (r > 0)
				left &= ~deny->ops;
			if (!left) {
				*ret_deny = deny;
				return 0;
			}
		}
		if (i < n)
			hash = pc_fnv(hash, index->text + i, 1);
	}
	return 0;
}

/* The same for `fileless`, which no pattern speaks of. */
static const struct pc_rule *find_fileless(const struct pc_policy *policy,
					   const struct pc_section *section,
					   const struct pc_rule *allow)
{
	uint32_t left = allow->ops;

	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *deny = &section->rules[i];

		if (!deny->fileless || !takes_away(policy, deny))
			continue;
		left &= ~deny->ops;
		if (!left)
			return deny;
	}
	return NULL;
}

/* glob NULL: fileless. */
static void report(struct pc_linter *linter, const struct pc_rule *allow,
		   const struct pc_glob *glob, const struct pc_rule *deny)
{
	char *text = glob ? pc_glob_text(&linter->arena, glob) : NULL;

	if (allow->objects.count + allow->fileless == 1)
		pc_lint_report(linter, PC_WARNING, PC_CODE_ALLOW_DENIED, &allow->loc,
			       "a matching deny wins, wherever it stands",
			       "this allows nothing: all of it is denied in %s:%u", deny->loc.file,
			       deny->loc.line);
	else
		pc_lint_report(linter, PC_WARNING, PC_CODE_ALLOW_DENIED, &allow->loc,
			       "a matching deny wins, wherever it stands",
			       "%.256s is not allowed by this: all of it is denied in %s:%u",
			       text   ? text
			       : glob ? "one object"
				      : "fileless",
			       deny->loc.file, deny->loc.line);
}

int pc_lint_denied(struct pc_linter *linter, const struct pc_policy *policy,
		   const struct pc_section *section)
{
	struct index *index = pc_arena_new(&linter->arena, struct index);
	int r;

	if (!index)
		return -ENOMEM;
	r = build(linter, policy, section, index);
	for (uint32_t i = 0; i < section->count && r == 0; i++) {
		const struct pc_rule *allow = &section->rules[i], *deny = NULL;

		for (uint32_t j = 0; !allow->deny && j < allow->objects.count && !deny; j++) {
			r = find_deny(index, allow, allow->objects.globs[j], &deny);
			if (r < 0)
				return r;
			if (deny)
				report(linter, allow, allow->objects.globs[j], deny);
		}
		if (!allow->deny && allow->fileless && !deny) {
			deny = find_fileless(policy, section, allow);
			if (deny)
				report(linter, allow, NULL, deny);
		}
	}
	if (r == 0 && exhausted(index))
		pc_lint_report(linter, PC_NOTE, PC_CODE_TOO_MUCH, &section->loc, NULL,
			       "too many rules to look for every allow that a deny takes away");
	return r;
}
