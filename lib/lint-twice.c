/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules of a section that stand twice: the same operations on the same objects. And subject items.
 */
#include <errno.h>
#include <string.h>

#include "lint-internal.h"

/* A rule under the text it would have if everything were written in one way. */
struct form {
	const struct pc_rule *rule;
	uint32_t index;
	char *text;
};

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int compare_forms(const void *left, const void *right)
{
	const struct form *a = left, *b = right;
	int order = strcmp(a->text, b->text);

	return order ? order : (a->index > b->index) - (a->index < b->index);
}

static char *join(struct pc_arena *arena, const char *head, char **texts, uint32_t count)
{
	size_t n = strlen(head) + 1;
	char *text, *at;

	for (uint32_t i = 0; i < count; i++)
		n += strlen(texts[i]) + 1;
	text = pc_arena_alloc(arena, n);
	if (!text)
		return NULL;
	at = stpcpy(text, head);
	for (uint32_t i = 0; i < count; i++) {
		*at++ = ' ';
		at = stpcpy(at, texts[i]);
	}
	return text;
}

static char *form_of_globs(struct pc_arena *arena, const char *head,
			   const struct pc_glob_list *list)
{
	char **texts = pc_arena_array(arena, char *, list->count + 1u);

	if (!texts)
		return NULL;
	for (uint32_t i = 0; i < list->count; i++) {
		texts[i] = pc_glob_text(arena, list->globs[i]);
		if (!texts[i])
			return NULL;
	}
	if (list->count)
		qsort(texts, list->count, sizeof(*texts), compare_texts);
	return join(arena, head, texts, list->count);
}

static char *form_of(struct pc_arena *arena, const struct pc_rule *rule)
{
	char head[32];

	snprintf(head, sizeof(head), "%d%d%d%d%x", rule->deny, rule->fileless, rule->plain,
		 rule->same, rule->ops);
	return form_of_globs(arena, head, &rule->objects);
}

int pc_lint_twice(struct pc_linter *linter, const struct pc_section *section)
{
	struct form *forms = pc_arena_array(&linter->arena, struct form, section->count + 1u);

	if (!forms)
		return -ENOMEM;
	for (uint32_t i = 0; i < section->count; i++) {
		forms[i].rule = &section->rules[i];
		forms[i].index = i;
		forms[i].text = form_of(&linter->arena, forms[i].rule);
		if (!forms[i].text)
			return -ENOMEM;
	}
	if (section->count)
		qsort(forms, section->count, sizeof(*forms), compare_forms);
	for (uint32_t i = 1; i < section->count; i++) {
		const struct pc_loc *first = &forms[i - 1].rule->loc;

		if (strcmp(forms[i].text, forms[i - 1].text) != 0)
			continue;
		pc_lint_report(linter, PC_WARNING, PC_CODE_RULE_TWICE, &forms[i].rule->loc,
			       "take one of them out", "the same rule stands in %s:%u", first->file,
			       first->line);
	}
	return 0;
}

static int compare_ranges(const void *left, const void *right)
{
	return memcmp(left, right, sizeof(struct pc_id_range));
}

static char *form_of_ids(struct pc_arena *arena, const char *head, const struct pc_id_set *set)
{
	struct pc_id_range *ranges = pc_arena_array(arena, struct pc_id_range, set->count + 1u);
	char **texts = pc_arena_array(arena, char *, set->count + 1u);

	if (!ranges || !texts)
		return NULL;
	if (set->count) {
		memcpy(ranges, set->ranges, set->count * sizeof(*ranges));
		qsort(ranges, set->count, sizeof(*ranges), compare_ranges);
	}
	for (uint32_t i = 0; i < set->count; i++) {
		texts[i] = pc_arena_printf(arena, "%u-%u", ranges[i].first, ranges[i].last);
		if (!texts[i])
			return NULL;
	}
	return join(arena, head, texts, set->count);
}

static char *form_of_item(struct pc_arena *arena, const struct pc_subject_item *item)
{
	char *cgroup = form_of_globs(arena, "cgroup", &item->cgroup);
	char *exe = form_of_globs(arena, "exe", &item->exe);
	char *user = form_of_ids(arena, "user", &item->user);
	char *group = form_of_ids(arena, "group", &item->group);
	char *login = form_of_ids(arena, "login", &item->login);

	if (!cgroup || !exe || !user || !group || !login)
		return NULL;
	return pc_arena_printf(arena, "%s %s %s %s %s", cgroup, exe, user, group, login);
}

int pc_lint_subjects(struct pc_linter *linter, const struct pc_policy *policy)
{
	char *forms[PC_SUBJECT_ITEMS_MAX];

	for (uint32_t i = 0; i < policy->subject_count; i++) {
		uint32_t k = 0;

		forms[i] = form_of_item(&linter->arena, &policy->subjects[i]);
		if (!forms[i])
			return -ENOMEM;
		while (strcmp(forms[k], forms[i]) != 0)
			k++;
		if (k < i)
			pc_lint_report(linter, PC_WARNING, PC_CODE_VALUE_TWICE,
				       &policy->subjects[i].loc, "take one of them out",
				       "the same item stands in line %u",
				       policy->subjects[k].loc.line);
	}
	return 0;
}
