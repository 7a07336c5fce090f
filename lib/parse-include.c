/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that belong to a policy: what it includes, and its drop-ins. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

#define FOLDER "include/"

/* The name by which an include is asked for: without folder and ending. */
static bool include_name(const struct pc_source *source, const char **ret_name, size_t *ret_n)
{
	const char *name = source->text->name, *end;

	if (source->kind != PC_TEXT_INCLUDE)
		return false;
	name += strlen(FOLDER);
	end = strrchr(name, '.');
	*ret_name = name;
	*ret_n = end ? (size_t)(end - name) : strlen(name);
	return true;
}

/* The last of several is the strongest. */
static struct pc_source *find(struct pc_parser *p, const struct pc_node *node)
{
	const char *name;
	size_t n;

	for (uint32_t i = p->source_count; i-- > 0;)
		if (include_name(&p->sources[i], &name, &n) && n == node->n &&
		    !memcmp(name, node->text, n))
			return &p->sources[i];
	return NULL;
}

static void report_missing(struct pc_parser *p, const struct pc_node *node)
{
	const char *names[32];
	uint32_t count = 0;
	const char *name;
	size_t n;

	for (uint32_t i = 0; i < p->source_count && count < PC_ARRAY_SIZE(names); i++) {
		if (!include_name(&p->sources[i], &name, &n))
			continue;
		names[count] = pc_arena_strndup(&p->scratch, name, n);
		count += names[count] != NULL;
	}
	pc_error(p, INCLUDE_MISSING, node, "there is no include \"%s\"", node->text);
	if (count)
		pc_hint_names(p, node->text, node->n, names, count);
	else
		pc_hint(p, "includes stand in the folder include/ beside the policies");
}

/* Names of files and folders, separated by slashes. */
static bool is_include_name(const char *text)
{
	size_t n = strcspn(text, "/");

	while (pc_is_name(text, n, PC_POLICY_NAME_MAX)) {
		text += n;
		if (!*text)
			return true;
		text++;
		n = strcspn(text, "/");
	}
	return false;
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n > m && !strcmp(text + n - m, end);
}

static int check_name(struct pc_parser *p, const struct pc_node *node)
{
	if (is_include_name(node->text) && !ends_with(node->text, ".yaml") &&
	    !ends_with(node->text, ".json"))
		return 0;
	pc_error(p, INCLUDE_NAME, node, "\"%s\" is not the name of an include", node->text);
	pc_hint(p, "\"base/libc\" means the file include/base/libc.yaml");
	return -EINVAL;
}

static bool is_included(const struct pc_draft *draft, const struct pc_source *source)
{
	for (uint32_t i = 0; i < draft->included_count; i++)
		if (draft->included[i] == source)
			return true;
	return false;
}

static int include_one(struct pc_draft *draft, struct pc_node *node)
{
	struct pc_source *source, **slot;
	int r;

	r = check_name(draft->p, node);
	if (r < 0)
		return r;
	source = find(draft->p, node);
	if (!source) {
		report_missing(draft->p, node);
		return -EINVAL;
	}
	if (source->open) {
		pc_error(draft->p, INCLUDE_CYCLE, node, "\"%s\" includes itself", node->text);
		pc_hint(draft->p, "take this line out");
		return -EINVAL;
	}
	if (is_included(draft, source)) /* by two ways: once is enough */
		return 0;
	slot = pc_arena_push(&draft->p->scratch, &draft->included, &draft->included_count);
	if (!slot)
		return -ENOMEM;
	*slot = source;
	source->open = true;
	r = pc_part_take(draft, source);
	source->open = false;
	return r;
}

static void warn_twice(struct pc_draft *draft, struct pc_node *const *items, uint32_t i)
{
	for (uint32_t j = 0; j < i; j++) {
		if (!pc_node_is(items[i], items[j]->text))
			continue;
		pc_warning(draft->p, INCLUDE_TWICE, items[i], "\"%s\" is included twice",
			   items[i]->text);
		return;
	}
}

int pc_include_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct pc_node **items;
	uint32_t count;
	int result;

	(void)key;
	(void)to;
	result = pc_want_texts(draft->p, "include", value, &items, &count);
	if (result < 0)
		return result;
	for (uint32_t i = 0; i < count; i++) {
		int r;

		warn_twice(draft, items, i);
		r = include_one(draft, items[i]);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

/* Is the text "NAME.d/something"? */
static bool is_dropin_of(const struct pc_source *source, const char *policy)
{
	size_t n = strlen(policy);

	return source->kind == PC_TEXT_DROPIN && !strncmp(source->text->name, policy, n) &&
	       !strncmp(source->text->name + n, ".d/", 3);
}

int pc_dropins_take(struct pc_draft *draft)
{
	struct pc_parser *p = draft->p;
	int result = 0;

	for (uint32_t i = 0; i < p->source_count; i++) {
		int r;

		if (!is_dropin_of(&p->sources[i], draft->policy->name))
			continue;
		r = pc_part_take(draft, &p->sources[i]);
		if (r == -ENOMEM)
			return r;
		p->sources[i].used = true;
		result = r < 0 ? r : result;
	}
	return result;
}

void pc_dropins_check(struct pc_parser *p)
{
	for (uint32_t i = 0; i < p->source_count; i++) {
		const struct pc_source *source = &p->sources[i];
		struct pc_loc loc = {.file = source->file};
		int n;

		if (source->kind != PC_TEXT_DROPIN || source->used)
			continue;
		n = (int)strcspn(source->text->name, "/") - 2;
		pc_report(p, PC_WARNING, PC_CODE_DROPIN_ORPHAN, source, &loc,
			  "ignored: there is no policy \"%.*s\"", n, source->text->name);
		pc_hint(p, "the folder is called by the policy's name (`policy:`) and \".d\"");
	}
}
