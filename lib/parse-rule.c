/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules: `[ops] object { object }`, alone or in a mapping with what goes with it. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

/* Operations on a name rather than on what it leads to: they do not follow a link. */
#define NAME_OPS                                                                                   \
	(PC_BIT(PC_OP_CREATE) | PC_BIT(PC_OP_DELETE) | PC_BIT(PC_OP_RENAME) | PC_BIT(PC_OP_LINK))

struct form {
	enum pc_section_id section;
	bool deny;
	struct pc_node *node; /* the rule's text */
	struct pc_rule rule;
	struct pc_names names;
};

struct token {
	size_t offset;
	size_t n;
};

static int take_text(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct form *form = to;

	(void)key;
	form->node = value;
	return pc_want_text(draft->p, "a rule", value);
}

static int take_why(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct form *form = to;

	(void)key;
	return pc_want_prose(draft->p, "why", value, PC_WHY_MAX, false, &form->rule.why);
}

static int deny_only(struct pc_draft *draft, const struct form *form, const struct pc_node *key,
		     const char *why)
{
	if (form->deny)
		return 0;
	pc_error(draft->p, DENY_ONLY, key, "an allow rule has no \"%s\"", key->text);
	pc_hint(draft->p, "%s", why);
	return -EINVAL;
}

static int take_errno(struct pc_draft *draft, const struct pc_node *value, struct form *form)
{
	const char *name = value->text + strlen("errno:");
	const char *names[160];
	uint32_t count;
	int err = pc_errno_by_name(name);

	if (err) {
		form->rule.err = err;
		return 0;
	}
	pc_error_in(draft->p, ERRNO, value, strlen("errno:"), value->n - strlen("errno:"),
		    "unknown error \"%s\"", name);
	count = pc_errno_names(names, PC_ARRAY_SIZE(names));
	name = pc_nearest(name, strlen(name), names, count);
	if (name)
		pc_hint(draft->p, "did you mean \"%s\"?", name);
	else
		pc_hint(draft->p, "a name of errno(3), as ENOENT");
	return -EINVAL;
}

static int take_action(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	static const char *const actions[] = {"deny", "kill", "errno:NAME"};
	struct form *form = to;
	int r;

	r = deny_only(draft, form, key, "an action says what happens to what is denied");
	if (r == 0)
		r = pc_want_text(draft->p, "action", value);
	if (r < 0)
		return r;
	if (!strncmp(value->text, "errno:", strlen("errno:")))
		return take_errno(draft, value, form);
	if (pc_node_is(value, "deny") || pc_node_is(value, "kill")) {
		form->rule.kill = pc_node_is(value, "kill");
		return 0;
	}
	pc_error(draft->p, ACTION, value, "unknown action \"%s\"", value->text);
	pc_hint_names(draft->p, value->text, value->n, actions, PC_ARRAY_SIZE(actions));
	return -EINVAL;
}

static int take_mode(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	struct form *form = to;
	int r;

	r = deny_only(draft, form, key, "a mode says whether a deny is enforced");
	return r < 0 ? r : pc_mode_take(draft->p, value, &form->rule.mode);
}

static int take_optional(struct pc_draft *draft, struct pc_node *key, struct pc_node *value,
			 void *to)
{
	struct form *form = to;

	(void)key;
	return pc_want_bool(draft->p, "optional", value, &form->rule.optional);
}

static const struct pc_key keys[] = {
	{.name = "rule", .take = take_text},
	{.name = "why", .take = take_why},
	{.name = "action", .take = take_action},
	{.name = "mode", .take = take_mode},
	{.name = "optional", .take = take_optional},
	{.name = "become"},
	{.name = "until"},
};

/* The next words of a rule: separated by spaces, of which `\ ` is none. */
static bool next_token(const struct pc_node *node, size_t *at, struct token *ret_token)
{
	size_t i = *at;

	while (i < node->n && node->text[i] == ' ')
		i++;
	if (i == node->n)
		return false;
	ret_token->offset = i;
	for (; i < node->n && node->text[i] != ' '; i++)
		if (node->text[i] == '\\' && i + 1 < node->n)
			i++;
	ret_token->n = i - ret_token->offset;
	*at = i;
	return true;
}

static bool token_is(const struct pc_node *node, const struct token *token, const char *text)
{
	return token->n == strlen(text) && !memcmp(node->text + token->offset, text, token->n);
}

/* Operations are words; whatever else comes first is an object. */
static bool is_object(const struct pc_node *node, const struct token *token)
{
	const char *text = node->text + token->offset;

	if (token_is(node, token, "fileless"))
		return true;
	for (size_t i = 0; i < token->n; i++)
		if (strchr("/:*?[{$\\", text[i]))
			return true;
	return false;
}

/* -EINVAL for an object of a kind that this version does not have, reported. */
static int check_kind(struct pc_parser *p, const struct pc_node *node, const struct token *token)
{
	static const char *const kinds[] = {"owner:", "sha256:", "fsverity:", "dpkg:", "foreign:"};

	for (size_t i = 0; i < PC_ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i]);

		if (token->n < n || strncmp(node->text + token->offset, kinds[i], n) != 0)
			continue;
		pc_error_in(p, NO_OBJECT, node, token->offset, n,
			    "objects of kind \"%s\" are not supported by this version", kinds[i]);
		pc_hint(p, "name the file by its path");
		return -EINVAL;
	}
	return 0;
}

/* What a rule allows or denies to be made need not be there. */
#define MAKING_OPS (PC_BIT(PC_OP_CREATE) | PC_BIT(PC_OP_RENAME) | PC_BIT(PC_OP_LINK))

static void look_for(struct pc_draft *draft, const struct form *form, const struct token *token,
		     const struct pc_glob *glob)
{
	const char *path;

	if (!form->rule.ops || (form->rule.ops & MAKING_OPS) || !pc_glob_is_literal(glob) ||
	    !pc_links_missing(draft->p, glob))
		return;
	path = pc_glob_text(&draft->p->scratch, glob);
	pc_report_node(draft->p, PC_NOTE, PC_CODE_PATH_MISSING, form->node, token->offset, token->n,
		       "%s does not exist on this host", path ? path : "this path");
}

/* -EINVAL for what is neither `same` nor `any`, reported. */
static int take_task(struct pc_draft *draft, struct form *form, const struct token *token)
{
	form->rule.same |= token_is(form->node, token, "same");
	form->rule.plain |= token_is(form->node, token, "any");
	if (token_is(form->node, token, "same") || token_is(form->node, token, "any"))
		return 0;
	pc_error_in(draft->p, NO_OBJECT, form->node, token->offset, token->n,
		    "\"%.*s\" as an object is not supported by this version", (int)token->n,
		    form->node->text + token->offset);
	pc_hint(draft->p, "\"same\": tasks that this policy confines, too; \"any\": every task");
	return -EINVAL;
}

static int take_object(struct pc_draft *draft, struct form *form, const struct token *token)
{
	struct pc_glob *glob = NULL;
	int r;

	if (form->section == PC_SECTION_PROCESS)
		return take_task(draft, form, token);
	if (token_is(form->node, token, "fileless")) {
		form->rule.fileless = true;
		return 0;
	}
	r = check_kind(draft->p, form->node, token);
	if (r == 0)
		r = pc_path_take(draft, form->node, token->offset, token->n, &glob);
	if (r < 0)
		return r;
	r = pc_links_resolve(draft->p, form->node, token->offset, token->n, glob, &form->names);
	if (r == 0)
		look_for(draft, form, token, glob);
	return r;
}

/* How rules of a section are spoken of. */
static const struct {
	const char *name, *objects, *example;
} words[] = {
	[PC_SECTION_EXEC] = {"exec", "the files", "run /**"},
	[PC_SECTION_FILE] = {"file", "the files", "read /**"},
	[PC_SECTION_KERNEL] = {"kernel", "", "mount,umount"},
	[PC_SECTION_PROCESS] = {"process", "the tasks", "trace same"},
};

static int no_operation(struct pc_draft *draft, const struct form *form, const struct token *token)
{
	const char *text = form->node->text + token->offset;

	pc_error_in(draft->p, OP_MISSING, form->node, token->offset, token->n,
		    "a rule of section \"%s\" begins with its operations",
		    words[form->section].name);
	if (form->section == PC_SECTION_FILE)
		pc_hint(draft->p, "as in \"read %.*s\"", (int)token->n, text);
	else
		pc_hint(draft->p, "as in \"%s\"", words[form->section].example);
	return -EINVAL;
}

/* Operations of the kernel section: what they are done to cannot be named yet. */
static int take_no_object(struct pc_draft *draft, struct form *form, size_t at)
{
	struct token token;

	form->rule.plain = true;
	if (!next_token(form->node, &at, &token))
		return 0;
	pc_error_in(draft->p, NO_OBJECT, form->node, token.offset, token.n,
		    "objects in section \"kernel\" are not supported by this version");
	pc_hint(draft->p, "write the operations alone: they are meant whatever they are done to");
	return -EINVAL;
}

#define COMPARED_MAX 256 /* objects of one rule that are compared each with each */

/* Objects of a rule as they are written: that two names are one file on this host is no mistake. */
struct written {
	struct token tokens[COMPARED_MAX];
	uint32_t count;
	bool told; /* once for one rule is enough */
};

static void check_twice(struct pc_draft *draft, const struct form *form, struct written *written,
			const struct token *token)
{
	const char *text = form->node->text;

	for (uint32_t i = 0; i < written->count && !written->told; i++) {
		const struct token *other = &written->tokens[i];

		if (other->n != token->n ||
		    memcmp(text + other->offset, text + token->offset, token->n) != 0)
			continue;
		pc_report_node(draft->p, PC_WARNING, PC_CODE_VALUE_TWICE, form->node, token->offset,
			       token->n, "this object stands twice in one rule");
		written->told = true;
	}
	if (written->count < COMPARED_MAX)
		written->tokens[written->count++] = *token;
}

/* missing: to be told where there is no object at all. */
static int take_objects(struct pc_draft *draft, struct form *form, size_t at, bool missing)
{
	struct written written = {.count = 0};
	struct token token;
	int result = 0;
	bool any = false;

	while (next_token(form->node, &at, &token)) {
		int r = take_object(draft, form, &token);

		check_twice(draft, form, &written, &token);

		if (r == -ENOMEM)
			return r;
		any = true;
		result = r < 0 ? r : result;
	}
	if (!any && missing) {
		pc_error(draft->p, OBJECT_MISSING, form->node,
			 "a rule names %s it speaks of behind its operations",
			 words[form->section].objects);
		pc_hint(draft->p, "\"%s %s\" speaks of every one", form->node->text,
			form->section == PC_SECTION_PROCESS ? "any" : "/**");
	}
	return any ? result : -EINVAL;
}

static int take_rule_text(struct pc_draft *draft, struct form *form)
{
	struct pc_node *node = form->node;
	size_t at = 0, bad = strcspn(node->text, "\t\n");
	struct token token;
	int r = 0, objects;

	if (node->text[bad]) {
		pc_error_in(draft->p, RULE_BYTE, node, bad, 1, "a tab or line break in a rule");
		pc_hint(draft->p, "separate by spaces; in a path write \\x09 or \\x0a");
		return -EINVAL;
	}
	if (!next_token(node, &at, &token)) {
		pc_error(draft->p, RULE, node, "an empty rule");
		return -EINVAL;
	}
	if (!is_object(node, &token))
		r = pc_ops_take(draft->p, form->section, node, token.offset, token.n,
				&form->rule.ops);
	else if (form->section == PC_SECTION_EXEC)
		form->rule.ops = PC_BIT(PC_OP_RUN);
	else
		r = no_operation(draft, form, &token);
	if (r == -ENOMEM)
		return r;
	if (form->section == PC_SECTION_KERNEL)
		objects = r < 0 ? r : take_no_object(draft, form, at);
	else
		objects = take_objects(draft, form, is_object(node, &token) ? token.offset : at,
				       r == 0);
	return objects < 0 ? objects : r;
}

/* Adds the rule with the given operations; without any there is nothing to add. */
static int add_rule(struct pc_draft *draft, const struct form *form, uint32_t ops,
		    const struct pc_glob_list *more, const struct pc_glob_list *yet_more)
{
	struct pc_section *section = &draft->policy->sections[form->section];
	struct pc_arena *arena = &draft->p->set->arena;
	struct pc_rule *rule;
	int r;

	if (!ops)
		return 0;
	rule = pc_arena_push(arena, &section->rules, &section->count);
	if (!rule)
		return -ENOMEM;
	*rule = form->rule;
	rule->ops = ops;
	r = pc_globs_add_all(arena, &rule->objects, &form->names.plain);
	if (r == 0 && more)
		r = pc_globs_add_all(arena, &rule->objects, more);
	if (r == 0 && yet_more)
		r = pc_globs_add_all(arena, &rule->objects, yet_more);
	return r;
}

/*
 * A deny of a link holds for the link and for what it leads to. An allow must not give more than
 * was written: what follows links is allowed on the target, what changes names on the link.
 */
static int add_rules(struct pc_draft *draft, struct form *form)
{
	const struct pc_names *names = &form->names;
	uint32_t ops = form->rule.ops;
	int r;

	form->rule.deny = form->deny;
	form->rule.loc = pc_node_loc(form->node);
	form->rule.text = pc_arena_strndup(&draft->p->set->arena, form->node->text, form->node->n);
	if (!form->rule.text)
		return -ENOMEM;
	if (form->deny || !names->links.count)
		return add_rule(draft, form, ops, &names->targets, &names->links);
	r = add_rule(draft, form, ops & ~NAME_OPS, &names->targets, NULL);
	return r < 0 ? r : add_rule(draft, form, ops & NAME_OPS, &names->links, NULL);
}

int pc_rule_take(struct pc_draft *draft, enum pc_section_id section, bool deny,
		 struct pc_node *node)
{
	struct form form = {.section = section, .deny = deny, .node = node};
	int r = 0;

	if (node->bad)
		return -EINVAL;
	if (node->kind == PC_NODE_LIST) {
		pc_error(draft->p, RULE, node, "a rule is a text or a mapping, here stands a list");
		pc_hint(draft->p, "one rule behind each \"- \"");
		return -EINVAL;
	}
	if (node->kind == PC_NODE_MAP) {
		form.node = NULL;
		r = pc_take_map(draft, node, "in a rule", keys, PC_ARRAY_SIZE(keys), &form);
		if (r == -ENOMEM)
			return r;
		if (!form.node) {
			if (r == 0)
				pc_error(draft->p, KEY_MISSING, node, "a rule without \"rule:\"");
			return -EINVAL;
		}
		if (form.node->bad)
			return -EINVAL;
	}
	if (r == 0)
		r = take_rule_text(draft, &form);
	else if (take_rule_text(draft, &form) == -ENOMEM)
		r = -ENOMEM;
	return r < 0 ? r : add_rules(draft, &form);
}
