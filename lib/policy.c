/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: finding a policy, matching a list of globs, letting go of a set. */
#include "policy.h"

#include <string.h>

void pc_policy_set_free(struct pc_policy_set *set)
{
	pc_arena_free(&set->arena);
	*set = (struct pc_policy_set){0};
}

struct pc_policy *pc_policy_find(const struct pc_policy_set *set, const char *name)
{
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = strcmp(set->policies[middle]->name, name);

		if (order == 0)
			return set->policies[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool pc_globs_match(const struct pc_glob_list *list, const void *path, size_t n)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (pc_glob_match(list->globs[i], path, n))
			return true;
	return false;
}
