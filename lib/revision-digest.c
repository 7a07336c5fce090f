/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a policy says, as a number: to tell which policies a change touches. */
#include <string.h>

#include "revision-internal.h"

static uint64_t add_number(uint64_t hash, uint64_t number)
{
	return pc_fnv(hash, &number, sizeof(number));
}

static uint64_t add_text(uint64_t hash, const char *text)
{
	return text ? pc_fnv(hash, text, strlen(text) + 1) : add_number(hash, 0);
}

/* Recursion is as deep as braces nest: 16. */
static uint64_t add_glob(uint64_t hash, const struct pc_glob *glob)
{
	for (; glob; glob = glob->next) {
		hash = add_number(add_number(hash, glob->kind), glob->length);
		if (glob->kind == PC_GLOB_LITERAL)
			hash = pc_fnv(hash, glob->bytes, glob->length);
		if (glob->kind == PC_GLOB_SET)
			hash = pc_fnv(hash, glob->set, 32);
		for (uint32_t i = 0; glob->kind == PC_GLOB_ALT && i < glob->length; i++)
			hash = add_glob(hash, glob->branches[i]);
	}
	return add_number(hash, UINT64_MAX);
}

static uint64_t add_globs(uint64_t hash, const struct pc_glob_list *list)
{
	hash = add_number(hash, list->count);
	for (uint32_t i = 0; i < list->count; i++)
		hash = add_glob(hash, list->globs[i]);
	return hash;
}

static uint64_t add_ids(uint64_t hash, const struct pc_id_set *ids)
{
	hash = add_number(hash, ids->count);
	for (uint32_t i = 0; i < ids->count; i++)
		hash = add_number(add_number(hash, ids->ranges[i].first), ids->ranges[i].last);
	return hash;
}

static uint64_t add_subject(uint64_t hash, const struct pc_subject_item *item)
{
	hash = add_number(hash, item->system);
	hash = add_globs(hash, &item->cgroup);
	hash = add_globs(hash, &item->exe);
	hash = add_ids(hash, &item->user);
	hash = add_ids(hash, &item->group);
	return add_ids(hash, &item->login);
}

static uint64_t add_rule(uint64_t hash, const struct pc_rule *rule)
{
	hash = add_text(add_number(hash, rule->ops), rule->why);
	hash = add_number(add_number(hash, rule->deny), rule->kill);
	hash = add_number(add_number(hash, rule->optional), rule->fileless);
	hash = add_number(add_number(hash, (uint32_t)rule->err), rule->mode);
	hash = add_number(add_number(hash, rule->plain), rule->same);
	return add_globs(hash, &rule->objects);
}

uint64_t pc_policy_digest(const struct pc_policy *policy)
{
	uint64_t hash = add_text(add_text(PC_FNV_START, policy->name), policy->about);

	hash = add_number(add_number(hash, policy->mode), policy->subject_count);
	for (uint32_t i = 0; i < policy->subject_count; i++)
		hash = add_subject(hash, &policy->subjects[i]);
	for (uint32_t s = 0; s < PC_SECTION_COUNT; s++) {
		const struct pc_section *section = &policy->sections[s];

		hash = add_number(add_number(hash, section->present), section->dflt);
		hash = add_number(hash, section->count);
		for (uint32_t i = 0; i < section->count; i++)
			hash = add_rule(hash, &section->rules[i]);
	}
	return hash;
}
