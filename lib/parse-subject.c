/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Subjects: the processes a policy speaks of. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "parse-internal.h"

/* Takes one text of a key. */
typedef int take_one(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item);

#define COMPARED_MAX 256 /* values of one key that are compared each with each */

static void warn_twice(struct pc_draft *draft, struct pc_node *const *texts, uint32_t index)
{
	for (uint32_t i = 0; i < index && index < COMPARED_MAX; i++) {
		if (!pc_node_is(texts[index], texts[i]->text))
			continue;
		pc_warning(draft->p, VALUE_TWICE, texts[index], "\"%s\" stands twice",
			   texts[index]->text);
		return;
	}
}

/* Every text of a key: alone, in a list, or in a variable. */
static int take_each(struct pc_draft *draft, const struct pc_node *key, struct pc_node *value,
		     take_one *take, struct pc_subject_item *item)
{
	struct pc_node **texts, **items;
	uint32_t count, n;
	int result, r;

	result = pc_want_texts(draft->p, key->text, value, &texts, &count);
	if (result == 0 && !count) {
		pc_error(draft->p, LIST_EMPTY, value, "\"%s\" names nothing, so it never matches",
			 key->text);
		pc_hint(draft->p, "leave the key out if it does not matter");
		return -EINVAL;
	}
	for (uint32_t i = 0; result != -ENOMEM && result != -EINVAL && i < count; i++) {
		warn_twice(draft, texts, i);
		r = pc_vars_expand(draft, texts[i], &items, &n);
		for (uint32_t j = 0; r == 0 && j < n; j++)
			r = take(draft, items[j], item);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? -ERANGE : result;
	}
	return result == -ERANGE ? -EINVAL : result;
}

/* Adds glob as `/GLOB`, and `/` + `**` + `/GLOB`: at the top or anywhere below. */
static int add_anywhere(struct pc_arena *arena, struct pc_glob_list *list,
			const struct pc_glob *glob)
{
	struct pc_glob_error error;
	struct pc_glob *below;
	int r;

	r = pc_globs_add(arena, list, pc_glob_concat(arena, pc_glob_literal(arena, "/", 1), glob));
	if (r == 0)
		r = pc_glob_parse(arena, "/**/", 4, NULL, &below, &error);
	if (r == 0)
		r = pc_globs_add(arena, list, pc_glob_concat(arena, below, glob));
	return r;
}

static bool ends_with(const struct pc_node *node, const char *end)
{
	size_t n = strlen(end);

	return node->n > n && !strcmp(node->text + node->n - n, end);
}

static int check_unit_name(struct pc_draft *draft, const struct pc_node *node)
{
	static const char *const without[] = {".target", ".timer", ".path", ".device",
					      ".automount"};

	if (strpbrk(node->text, "/ ") || strstr(node->text, "**")) {
		pc_error(draft->p, UNIT, node, "\"%s\" is not the name of a unit", node->text);
		pc_hint(draft->p, "one name without slashes, as nginx.service or foo@*.service; "
				  "`cgroup:` takes paths");
		return -EINVAL;
	}
	for (size_t i = 0; i < PC_ARRAY_SIZE(without); i++) {
		if (!ends_with(node, without[i]))
			continue;
		pc_error(draft->p, UNIT, node, "a %s unit has no processes of its own",
			 without[i] + 1);
		pc_hint(draft->p, "name the service that it starts");
		return -EINVAL;
	}
	if (strstr(node->text, "@.")) {
		pc_error(draft->p, UNIT, node, "\"%s\" is a template, not a unit", node->text);
		pc_hint(draft->p, "\"%.*s*%s\" means all its instances",
			(int)(strstr(node->text, "@.") + 1 - node->text), node->text,
			strstr(node->text, "@.") + 1);
		return -EINVAL;
	}
	return 0;
}

/* The name with the type that seems to be meant. */
static void hint_type(struct pc_draft *draft, const struct pc_node *node)
{
	static const char *const types[] = {"service", "scope", "slice", "socket", "mount", "swap"};
	const char *dot = strrchr(node->text, '.'), *type = NULL;

	if (dot)
		type = pc_nearest(dot + 1, strlen(dot + 1), types, PC_ARRAY_SIZE(types));
	if (dot == node->text)
		pc_hint(draft->p, "a name stands before the type, as in \"nginx.service\"");
	else if (type)
		pc_hint(draft->p, "did you mean \"%.*s.%s\"?", (int)(dot - node->text), node->text,
			type);
	else
		pc_hint(draft->p, "did you mean \"%s.service\"?", node->text);
}

/* Says so where the host has none of that name. A unit has a file; slices and cgroups are also made
 * by those who first use them. */
static void look_for(struct pc_draft *draft, const struct pc_node *node, const struct pc_glob *glob,
		     const char *what, bool has_file)
{
	const struct pc_host *host = draft->p->host;
	char name[NAME_MAX + 1];
	size_t n = pc_glob_prefix(glob, name, NAME_MAX);

	if (!host->place || n == NAME_MAX || !pc_glob_is_literal(glob))
		return;
	name[n] = '\0';
	if (host->place(host->context, name) != -ENOENT)
		return;
	if (has_file)
		pc_warning(draft->p, UNIT_MISSING, node, "this host has no %s \"%s\"", what, name);
	else
		pc_report_node(draft->p, PC_NOTE, PC_CODE_CGROUP_MISSING, node, 0, SIZE_MAX,
			       "this host has no %s \"%s\" now", what, name);
}

static int take_unit(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	static const char *const types[] = {".service", ".scope", ".slice",
					    ".socket",	".mount", ".swap"};
	struct pc_glob *glob;
	bool typed = false;
	int r;

	r = check_unit_name(draft, node);
	if (r < 0)
		return r;
	for (size_t i = 0; i < PC_ARRAY_SIZE(types); i++)
		typed |= ends_with(node, types[i]);
	if (!typed) {
		pc_error(draft->p, UNIT, node, "\"%s\" does not say what type of unit it is",
			 node->text);
		hint_type(draft, node);
		return -EINVAL;
	}
	r = pc_glob_take(draft, node, 0, node->n, &glob);
	if (r < 0)
		return r;
	if (!ends_with(node, ".scope")) /* programs make them as they go */
		look_for(draft, node, glob, "unit", !ends_with(node, ".slice"));
	return add_anywhere(&draft->p->set->arena, &item->cgroup, glob);
}

static int take_slice(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	struct pc_glob *glob;
	int r;

	r = check_unit_name(draft, node);
	if (r < 0)
		return r;
	if (!ends_with(node, ".slice")) {
		pc_error(draft->p, UNIT, node, "\"%s\" is not the name of a slice", node->text);
		if (strchr(node->text, '.'))
			pc_hint(draft->p, "`unit:` takes units of other types");
		else
			pc_hint(draft->p, "did you mean \"%s.slice\"?", node->text);
		return -EINVAL;
	}
	r = pc_glob_take(draft, node, 0, node->n, &glob);
	if (r < 0)
		return r;
	look_for(draft, node, glob, "slice", false);
	return add_anywhere(&draft->p->set->arena, &item->cgroup, glob);
}

static int take_cgroup(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	static const char mount[] = "/sys/fs/cgroup";
	struct pc_glob *glob;
	int r;

	if (!strncmp(node->text, mount, strlen(mount))) {
		pc_error_in(draft->p, CGROUP, node, 0, strlen(mount),
			    "a cgroup's path does not begin where cgroups are mounted");
		pc_hint(draft->p, "as in /proc/PID/cgroup: \"%s\"",
			node->text[strlen(mount)] ? node->text + strlen(mount) : "/");
		return -EINVAL;
	}
	r = pc_path_take(draft, node, 0, node->n, &glob);
	if (r < 0)
		return r;
	look_for(draft, node, glob, "cgroup", false);
	return pc_globs_add(&draft->p->set->arena, &item->cgroup, glob);
}

static int take_exe(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	struct pc_arena *arena = &draft->p->set->arena;
	struct pc_names names = {0};
	struct pc_glob *glob;
	int r;

	r = pc_path_take(draft, node, 0, node->n, &glob);
	if (r == 0)
		r = pc_links_resolve(draft->p, node, 0, node->n, glob, &names);
	if (r < 0)
		return r;
	if (pc_glob_is_literal(glob) && pc_links_missing(draft->p, glob))
		pc_warning(draft->p, EXE_MISSING, node, "%s does not exist on this host",
			   node->text);
	r = pc_globs_add_all(arena, &item->exe, &names.plain);
	return r < 0 ? r : pc_globs_add_all(arena, &item->exe, &names.targets);
}

/* Keys whose values are ids: what they are called, and who knows them. */
struct id_kind {
	const char *what;
	enum pc_code unknown;
	bool group;
};

static bool is_numeric(const struct pc_node *node)
{
	return node->n && strspn(node->text, "0123456789-") == node->n && node->text[0] != '-';
}

static int add_range(struct pc_draft *draft, struct pc_id_set *set, uint32_t first, uint32_t last)
{
	struct pc_id_range *range = pc_arena_push(&draft->p->set->arena, &set->ranges, &set->count);

	if (!range)
		return -ENOMEM;
	*range = (struct pc_id_range){first, last};
	return 0;
}

static int take_number(struct pc_draft *draft, struct pc_node *node, struct pc_id_set *set)
{
	size_t dash = strcspn(node->text, "-");
	uint32_t first, last;

	if (!pc_decimal(node->text, dash, PC_ID_MAX, &first))
		goto bad;
	last = first;
	if (dash < node->n &&
	    !pc_decimal(node->text + dash + 1, node->n - dash - 1, PC_ID_MAX, &last))
		goto bad;
	if (last < first)
		goto bad;
	return add_range(draft, set, first, last);
bad:
	pc_error(draft->p, ID, node, "\"%s\" is neither a number nor a range", node->text);
	pc_hint(draft->p, "decimal without leading zeros up to %u, as 1000 or 2000-2099",
		PC_ID_MAX);
	return -EINVAL;
}

static int take_id(struct pc_draft *draft, struct pc_node *node, struct pc_id_set *set,
		   const struct id_kind *kind)
{
	const struct pc_host *host = draft->p->host;
	uint32_t id;
	int r;

	if (is_numeric(node))
		return take_number(draft, node, set);
	r = (kind->group ? host->group : host->user)(host->context, node->text, &id);
	if (r == 0)
		return add_range(draft, set, id, id);
	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT) {
		pc_report_node(draft->p, PC_ERROR, kind->unknown, node, 0, SIZE_MAX,
			       "unknown %s \"%s\"", kind->what, node->text);
		pc_hint(draft->p, "create it first, or write its number");
	} else {
		pc_error(draft->p, LOOKUP, node, "%s \"%s\" cannot be looked up: %s", kind->what,
			 node->text, strerror(-r));
	}
	return -EINVAL;
}

static const struct id_kind user_kind = {"user", PC_CODE_USER_UNKNOWN, false};
static const struct id_kind group_kind = {"group", PC_CODE_GROUP_UNKNOWN, true};

static int take_user(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	return take_id(draft, node, &item->user, &user_kind);
}

static int take_group(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	return take_id(draft, node, &item->group, &group_kind);
}

static int take_login(struct pc_draft *draft, struct pc_node *node, struct pc_subject_item *item)
{
	return take_id(draft, node, &item->login, &user_kind);
}

#define KEY_FUNCTION(name)                                                                         \
	static int name##_key(struct pc_draft *draft, struct pc_node *key, struct pc_node *value,  \
			      void *to)                                                            \
	{                                                                                          \
		return take_each(draft, key, value, take_##name, to);                              \
	}
KEY_FUNCTION(unit)
KEY_FUNCTION(slice)
KEY_FUNCTION(cgroup)
KEY_FUNCTION(exe)
KEY_FUNCTION(user)
KEY_FUNCTION(group)
KEY_FUNCTION(login)

static const struct pc_key keys[] = {
	{.name = "unit", .take = unit_key},	{.name = "slice", .take = slice_key},
	{.name = "cgroup", .take = cgroup_key}, {.name = "exe", .take = exe_key},
	{.name = "user", .take = user_key},	{.name = "group", .take = group_key},
	{.name = "login", .take = login_key},
};

static struct pc_subject_item *add_item(struct pc_draft *draft, const struct pc_node *node)
{
	struct pc_policy *policy = draft->policy;
	struct pc_subject_item *item;

	item = pc_arena_push(&draft->p->set->arena, &policy->subjects, &policy->subject_count);
	if (item)
		item->loc = pc_node_loc(node);
	return item;
}

/* All three ask for the cgroup, and the kernel knows of an item one list of patterns for it, any of
 * which may match: two keys could not both be asked for. */
static int check_places(struct pc_draft *draft, const struct pc_node *item)
{
	const struct pc_node *first = NULL;

	for (uint32_t i = 0; i + 1 < item->count; i += 2) {
		const struct pc_node *key = item->items[i];

		if (!pc_node_is(key, "unit") && !pc_node_is(key, "slice") &&
		    !pc_node_is(key, "cgroup"))
			continue;
		if (first) {
			pc_error(draft->p, SUBJECT_KEYS, key,
				 "\"%s\" and \"%s\" cannot stand in one item", first->text,
				 key->text);
			pc_hint(draft->p, "for either of them write two items; for both a path, as "
					  "in \"cgroup: /user.slice/**/x.service\"");
			return -EINVAL;
		}
		first = key;
	}
	return 0;
}

static int take_item(struct pc_draft *draft, struct pc_node *node)
{
	struct pc_subject_item *item;
	int places, r;

	if (node->bad)
		return -EINVAL;
	if (node->kind != PC_NODE_MAP || !node->count) {
		pc_error(draft->p, SUBJECT, node, "an item of a subject is a mapping of keys");
		if (pc_node_is(node, "system"))
			pc_hint(draft->p, "write \"subject: system\"");
		else
			pc_hint(draft->p, "as in \"- unit: nginx.service\"");
		return -EINVAL;
	}
	item = add_item(draft, node);
	if (!item)
		return -ENOMEM;
	places = check_places(draft, node);
	r = pc_take_map(draft, node, "in a subject", keys, PC_ARRAY_SIZE(keys), item);
	return r < 0 ? r : places;
}

static int take_items(struct pc_draft *draft, struct pc_node *list)
{
	int result = 0;

	if (!list->count || list->count > PC_SUBJECT_ITEMS_MAX) {
		if (list->count)
			pc_error(draft->p, SUBJECT_MANY, list->items[PC_SUBJECT_ITEMS_MAX],
				 "a subject has at most %d items, this one %u",
				 PC_SUBJECT_ITEMS_MAX, list->count);
		else
			pc_error(draft->p, LIST_EMPTY, list,
				 "a subject without items never "
				 "matches");
		return -EINVAL;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		int r = take_item(draft, list->items[i]);

		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

int pc_subject_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	static const char *const words[] = {"system"};
	struct pc_subject_item *item;

	(void)key;
	(void)to;
	if (value->bad)
		return -EINVAL;
	if (value->kind == PC_NODE_LIST)
		return take_items(draft, value);
	if (value->kind == PC_NODE_MAP)
		return take_item(draft, value);
	if (pc_node_is(value, "system")) {
		item = add_item(draft, value);
		if (!item)
			return -ENOMEM;
		item->system = true;
		return 0;
	}
	pc_error(draft->p, SUBJECT, value, "a subject is \"system\" or a list of items");
	if (pc_nearest(value->text, value->n, words, PC_ARRAY_SIZE(words)))
		pc_hint(draft->p, "did you mean \"system\"?");
	else
		pc_hint(draft->p, "as in \"- unit: nginx.service\" in a line below");
	return -EINVAL;
}
