/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Policies: their keys, and how a main file, its includes and its drop-ins become one. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

/* Keys a main file must have, as far as they were seen. */
struct seen {
	bool format, name, subject;
};

static int take_format(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct seen *seen = to;
	int r = pc_want_text(draft->p, "portcullis", value);
	uint32_t number;

	(void)key;
	seen->format = true;
	if (r < 0 || pc_node_is(value, "1"))
		return r;
	if (pc_decimal(value->text, value->n, UINT32_MAX, &number) && number > 1)
		pc_error(draft->p, FORMAT, value, "format %s is newer than this version reads",
			 value->text);
	else
		pc_error(draft->p, FORMAT, value, "unknown format \"%s\"", value->text);
	pc_hint(draft->p, "expected 1");
	return -EINVAL;
}

static int main_file_only(struct pc_draft *draft, const struct pc_node *key)
{
	if (key->source->kind == PC_TEXT_POLICY)
		return 0;
	pc_error(draft->p, KEY_PLACE, key, "\"%s\" does not belong in %s", key->text,
		 key->source->kind == PC_TEXT_INCLUDE ? "an include" : "a drop-in");
	pc_hint(draft->p, "it holds vars, include and sections; \"%s\" stands in the main file",
		key->text);
	return -EINVAL;
}

static int take_name(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct seen *seen = to;
	int r = main_file_only(draft, key);

	seen->name = true;
	if (r == 0)
		r = pc_want_text(draft->p, "policy", value);
	if (r < 0)
		return r;
	if (!pc_is_name(value->text, value->n, PC_POLICY_NAME_MAX)) {
		pc_error(draft->p, NAME, value, "\"%s\" cannot name a policy", value->text);
		pc_hint(draft->p, "a letter or digit, then letters, digits, - _ . (at most %d)",
			PC_POLICY_NAME_MAX);
		return -EINVAL;
	}
	draft->policy->loc = pc_node_loc(value);
	draft->policy->name = pc_arena_strndup(&draft->p->set->arena, value->text, value->n);
	return draft->policy->name ? 0 : -ENOMEM;
}

static int take_about(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	const char *about;
	int r = pc_want_prose(draft->p, "about", value, PC_ABOUT_MAX, true, &about);

	(void)to;
	if (r == 0 && key->source->kind == PC_TEXT_POLICY)
		draft->policy->about = about;
	return r;
}

int pc_mode_take(struct pc_parser *p, struct pc_node *node, enum pc_mode *ret_mode)
{
	static const char *const modes[] = {"enforce", "audit"};
	int r = pc_want_text(p, "mode", node);

	if (r < 0)
		return r;
	if (pc_node_is(node, "enforce") || pc_node_is(node, "audit")) {
		*ret_mode = pc_node_is(node, "audit") ? PC_MODE_AUDIT : PC_MODE_ENFORCE;
		return 0;
	}
	if (pc_node_is(node, "learn")) {
		pc_error(p, NO_MODE, node, "mode \"learn\" is not supported by this version");
		pc_hint(p, "\"audit\" reports what would be denied");
		return -EINVAL;
	}
	pc_error(p, MODE, node, "unknown mode \"%s\"", node->text);
	pc_hint_names(p, node->text, node->n, modes, PC_ARRAY_SIZE(modes));
	return -EINVAL;
}

static int take_mode(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	int r = main_file_only(draft, key);

	(void)to;
	return r < 0 ? r : pc_mode_take(draft->p, value, &draft->policy->mode);
}

static int take_subject(struct pc_draft *draft, struct pc_node *key, struct pc_node *value,
			void *to)
{
	int r = main_file_only(draft, key);

	return r < 0 ? r : pc_subject_take(draft, key, value, to);
}

static const struct pc_key keys[] = {
	{.name = "portcullis", .take = take_format},
	{.name = "policy", .take = take_name},
	{.name = "about", .take = take_about},
	{.name = "mode", .take = take_mode},
	{.name = "include", .take = pc_include_take},
	{.name = "vars", .take = pc_vars_take},
	{.name = "subject", .take = take_subject, .late = true},
	{.name = "exec", .take = pc_section_take, .late = true},
	{.name = "file", .take = pc_section_take, .late = true},
	{.name = "kernel", .take = pc_section_take, .late = true},
	{.name = "process", .take = pc_section_take, .late = true},
	{.name = "net", .section = true},
	{.name = "memory", .section = true},
	{.name = "capability", .section = true},
	{.name = "device", .section = true},
	{.name = "sysctl", .section = true},
	{.name = "syscall", .section = true},
	{.name = "taint", .section = true},
	{.name = "names"},
	{.name = "fail"},
	{.name = "become"},
	{.name = "until"},
};

static int take_keys(struct pc_draft *draft, struct pc_source *source, struct seen *seen)
{
	static const char *const context[] = {
		[PC_TEXT_POLICY] = "in a policy",
		[PC_TEXT_DROPIN] = "in a drop-in",
		[PC_TEXT_INCLUDE] = "in an include",
	};
	struct pc_node *root = source->root;

	if (!root || root->bad)
		return -EINVAL;
	if (root->kind != PC_NODE_MAP) {
		root->bad = true;
		pc_error(draft->p, TYPE, root, "a file of policies is a mapping, here stands %s",
			 pc_kind_name(root->kind));
		pc_hint(draft->p, "begin with \"portcullis: 1\"");
		return -EINVAL;
	}
	return pc_take_map(draft, root, context[source->kind], keys, PC_ARRAY_SIZE(keys), seen);
}

int pc_part_take(struct pc_draft *draft, struct pc_source *source)
{
	struct seen seen = {0};

	return take_keys(draft, source, &seen);
}

static bool has_key(const struct pc_source *source, const char *key)
{
	for (uint32_t i = 0; i + 1 < source->root->count; i += 2)
		if (pc_node_is(source->root->items[i], key))
			return true;
	return false;
}

/* Keys that are there, though something is wrong with them, are not missing. */
static void check_missing(struct pc_parser *p, const struct pc_source *source)
{
	static const struct {
		const char *key, *hint;
	} required[] = {
		{"portcullis", "the first line is \"portcullis: 1\""},
		{"policy", "\"policy: NAME\" gives it its identity"},
		{"subject", "\"subject:\" says which processes it confines"},
	};

	if (source->broken || !source->root || source->root->kind != PC_NODE_MAP)
		return;
	for (size_t i = 0; i < PC_ARRAY_SIZE(required); i++) {
		struct pc_loc loc = {.file = source->file};

		if (has_key(source, required[i].key))
			continue;
		pc_report(p, PC_ERROR, PC_CODE_KEY_MISSING, source, &loc, "\"%s:\" is missing",
			  required[i].key);
		pc_hint(p, "%s", required[i].hint);
	}
}

/* Keys of the main file, or of all others. */
static int take_late(struct pc_draft *draft, bool main_file)
{
	int result = 0;

	for (uint32_t i = 0; i < draft->late_count; i++) {
		struct pc_late *late = &draft->late[i];
		int r;

		if ((late->key->source == draft->source) != main_file)
			continue;
		r = late->take(draft, late->key, late->value, NULL);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

static int check_name_is_new(const struct pc_draft *draft)
{
	const struct pc_policy_set *set = draft->p->set;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct pc_policy *other = set->policies[i];

		if (strcmp(other->name, draft->policy->name) != 0)
			continue;
		pc_report(draft->p, PC_ERROR, PC_CODE_POLICY_TWICE, draft->source,
			  &draft->policy->loc, "there is another policy \"%s\"", other->name);
		pc_hint(draft->p, "the other is %s:%u: rename one; changes to it go into %s.d/",
			other->loc.file, other->loc.line, other->name);
		return -EINVAL;
	}
	return 0;
}

/* Even a policy with mistakes takes its name. */
static int add_policy(struct pc_draft *draft)
{
	struct pc_policy_set *set = draft->p->set;
	struct pc_policy **slot;
	int r;

	if (!draft->policy->name)
		return -EINVAL;
	r = check_name_is_new(draft);
	slot = pc_arena_push(&set->arena, &set->policies, &set->count);
	if (!slot)
		return -ENOMEM;
	*slot = draft->policy;
	if (set->count == PC_POLICIES_MAX + 1) {
		pc_report(draft->p, PC_ERROR, PC_CODE_POLICIES_MANY, draft->source,
			  &draft->policy->loc, "more than %d policies", PC_POLICIES_MAX);
		r = -EINVAL;
	}
	return r;
}

static int begin(struct pc_draft *draft, struct pc_parser *p, const struct pc_source *source)
{
	*draft = (struct pc_draft){.p = p};
	draft->policy = pc_arena_new(&p->set->arena, struct pc_policy);
	if (!draft->policy)
		return -ENOMEM;
	draft->policy->file = source->file;
	return 0;
}

static int finish(struct pc_draft *draft)
{
	int r = take_late(draft, true), others;

	if (r == -ENOMEM)
		return r;
	others = take_late(draft, false);
	for (uint32_t i = 0; i < draft->included_count; i++)
		draft->included[i]->used = true;
	return others < 0 ? others : r;
}

int pc_policy_take(struct pc_parser *p, struct pc_source *source)
{
	struct seen seen = {0};
	struct pc_draft draft;
	int r, late;

	r = begin(&draft, p, source);
	if (r < 0)
		return r;
	draft.source = source;
	r = take_keys(&draft, source, &seen);
	check_missing(p, source);
	if (r != -ENOMEM && draft.policy->name)
		r = pc_dropins_take(&draft) == -ENOMEM ? -ENOMEM : r;
	if (r == -ENOMEM)
		return r;
	late = finish(&draft);
	if (late == -ENOMEM)
		return late;
	pc_sections_finish(&draft);
	if (pc_sections_imply(&p->set->arena, draft.policy) < 0)
		return -ENOMEM;
	/* What was not read because of a mistake may use the rest. */
	if (r == 0 && late == 0 && pc_vars_check(&draft) == -ENOMEM)
		return -ENOMEM;
	return add_policy(&draft) == -ENOMEM ? -ENOMEM : 0;
}

int pc_include_look_over(struct pc_parser *p, struct pc_source *source)
{
	struct pc_draft draft;
	int r;

	r = begin(&draft, p, source);
	if (r < 0)
		return r;
	source->open = true;
	r = pc_part_take(&draft, source);
	source->open = false;
	if (r == -ENOMEM)
		return r;
	source->used = true;
	r = finish(&draft);
	if (r == 0)
		r = pc_vars_check(&draft);
	return r == -ENOMEM ? r : 0;
}
