/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules of a section that stand twice: the same operations on the same objects. */
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

static char *form_of(struct pc_arena *arena, const struct pc_rule *rule)
{
	const struct pc_glob_list *objects = &rule->objects;
	char **texts = pc_arena_array(arena, char *, objects->count + 1u);
	char head[32];

	if (!texts)
		return NULL;
	for (uint32_t i = 0; i < objects->count; i++) {
		texts[i] = pc_glob_text(arena, objects->globs[i]);
		if (!texts[i])
			return NULL;
	}
	if (objects->count)
		qsort(texts, objects->count, sizeof(*texts), compare_texts);
	snprintf(head, sizeof(head), "%d%d%d%d%x", rule->deny, rule->fileless, rule->plain,
		 rule->same, rule->ops);
	return join(arena, head, texts, objects->count);
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
