/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Variables: their values are parsed on first use, and put in as parsed, never as text. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

#define DEPTH_MAX 16 /* variables that use variables */

static struct pc_var *find(const struct pc_draft *draft, const char *name, size_t n)
{
	for (uint32_t i = 0; i < draft->var_count; i++) {
		struct pc_var *var = &draft->vars[i];

		if (var->name->n == n && !memcmp(var->name->text, name, n))
			return var;
	}
	return NULL;
}

static int add(struct pc_draft *draft, struct pc_node *name, struct pc_node *value)
{
	struct pc_parser *p = draft->p;
	struct pc_var *var;

	if (name->bad)
		return -EINVAL;
	if (!pc_is_name(name->text, name->n, PC_POLICY_NAME_MAX)) {
		pc_error(p, VAR_NAME, name, "\"%s\" cannot name a variable", name->text);
		pc_hint(p, "a letter or digit, then letters, digits, - _ .");
		return -EINVAL;
	}
	var = find(draft, name->text, name->n);
	if (var) {
		pc_error(p, VAR_TWICE, name, "variable \"%s\" is defined twice", name->text);
		pc_hint(p, "the other place is %s:%u", var->name->source->file, var->name->line);
		return -EINVAL;
	}
	var = pc_arena_push(&p->scratch, &draft->vars, &draft->var_count);
	if (!var)
		return -ENOMEM;
	var->name = name;
	var->value = value;
	return 0;
}

int pc_vars_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	int result = 0;

	(void)key;
	(void)to;
	if (value->bad)
		return -EINVAL;
	if (value->kind != PC_NODE_MAP) {
		pc_error(draft->p, TYPE, value, "vars is a mapping of names to values");
		pc_hint(draft->p, "write \"  name: value\" in the lines below");
		return -EINVAL;
	}
	for (uint32_t i = 0; i + 1 < value->count; i += 2) {
		struct pc_node **items;
		uint32_t n;
		int r = add(draft, value->items[i], value->items[i + 1]);

		if (r == 0)
			r = pc_want_texts(draft->p, "the value of a variable", value->items[i + 1],
					  &items, &n);
		if (r == 0 && n == 0) {
			pc_error(draft->p, LIST_EMPTY, value->items[i + 1],
				 "a variable without values could never match");
			r = -EINVAL;
		}
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

static int parse_values(struct pc_draft *draft, struct pc_var *var)
{
	struct pc_node **items;
	uint32_t count;
	int r;

	r = pc_want_texts(draft->p, "the value of a variable", var->value, &items, &count);
	if (r < 0)
		return r;
	var->globs = pc_arena_array(&draft->p->set->arena, struct pc_glob *, count);
	if (!var->globs)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = pc_glob_take(draft, items[i], 0, items[i]->n, &var->globs[i]);
	var->count = count;
	return r;
}

static int parse_var(struct pc_draft *draft, struct pc_var *var)
{
	struct pc_parser *p = draft->p;
	int r;

	if (var->parsed)
		return var->failed ? -EINVAL : 0;
	if (var->open || draft->var_depth == DEPTH_MAX) {
		if (var->open)
			pc_error(p, VAR_CYCLE, var->name, "variable \"%s\" is made of itself",
				 var->name->text);
		else
			pc_error(p, VAR_DEEP, var->name,
				 "variables use variables more than %d levels deep", DEPTH_MAX);
		return -EINVAL;
	}
	var->open = true;
	draft->var_depth++;
	r = parse_values(draft, var);
	draft->var_depth--;
	var->open = false;
	var->parsed = true;
	var->failed = r < 0;
	return r;
}

static void report_unknown(struct pc_draft *draft, const char *name, size_t n)
{
	const struct pc_node *node = draft->using;
	const char *names[64];
	uint32_t count = 0;
	size_t offset = 0;

	if (!draft->source) /* the policies that will use this include may define it */
		return;
	for (uint32_t i = 0; i < draft->var_count && count < PC_ARRAY_SIZE(names); i++)
		names[count++] = draft->vars[i].name->text;
	/* The name points into the text that is being parsed. */
	if (name >= node->text && name <= node->text + node->n)
		offset = (size_t)(name - node->text);
	if (node->source->kind == PC_TEXT_INCLUDE && draft->policy->name)
		pc_error_in(draft->p, VAR_UNKNOWN, node, offset, n,
			    "variable \"%.*s\" is not defined in policy \"%s\"", (int)n, name,
			    draft->policy->name);
	else
		pc_error_in(draft->p, VAR_UNKNOWN, node, offset, n,
			    "variable \"%.*s\" is not defined", (int)n, name);
	if (count)
		pc_hint_names(draft->p, name, n, names, count);
	else
		pc_hint(draft->p, "define it under vars:");
}

/* -ENOENT: not defined, and reported; -EINVAL: its value is bad, and reported. */
static int lookup(void *context, const char *name, size_t length, struct pc_glob ***ret_values,
		  uint32_t *ret_n)
{
	struct pc_draft *draft = context;
	struct pc_var *var = find(draft, name, length);
	int r;

	if (!var) {
		report_unknown(draft, name, length);
		draft->var_failed = true;
		return -ENOENT;
	}
	var->used = true;
	r = parse_var(draft, var);
	if (r < 0) {
		draft->var_failed = true;
		return r;
	}
	*ret_values = var->globs;
	*ret_n = var->count;
	return 0;
}

int pc_glob_take(struct pc_draft *draft, const struct pc_node *node, size_t offset, size_t n,
		 struct pc_glob **ret_glob)
{
	const struct pc_glob_vars vars = {lookup, draft};
	const struct pc_node *using = draft->using;
	struct pc_parser *p = draft->p;
	struct pc_glob_error error = {0};
	int r;

	if (node->bad)
		return -EINVAL;
	draft->using = node;
	draft->var_failed = false;
	r = pc_glob_parse(&p->set->arena, node->text + offset, n, &vars, ret_glob, &error);
	draft->using = using;
	if (r == 0 || r == -ENOMEM)
		return r;
	if (draft->var_failed)
		return -EINVAL;
	pc_error_in(p, GLOB, node, offset + error.offset, error.length ? error.length : 1, "%s",
		    error.message ? error.message : "this pattern cannot be read");
	if (error.hint)
		pc_hint(p, "%s", error.hint);
	return -EINVAL;
}

/* The name in a text that is exactly "${name}". */
static bool is_variable(const struct pc_node *node, const char **ret_name, size_t *ret_n)
{
	if (node->n < 4 || strncmp(node->text, "${", 2) != 0 || node->text[node->n - 1] != '}' ||
	    !pc_is_name(node->text + 2, node->n - 3, PC_POLICY_NAME_MAX))
		return false;
	*ret_name = node->text + 2;
	*ret_n = node->n - 3;
	return true;
}

int pc_vars_expand(struct pc_draft *draft, struct pc_node *node, struct pc_node ***ret_items,
		   uint32_t *ret_count)
{
	struct pc_var *var;
	const char *name;
	size_t n;

	if (!is_variable(node, &name, &n))
		return pc_want_texts(draft->p, "this", node, ret_items, ret_count);
	var = find(draft, name, n);
	if (!var) {
		draft->using = node;
		report_unknown(draft, name, n);
		return -EINVAL;
	}
	var->used = true;
	return pc_want_texts(draft->p, "the value of a variable", var->value, ret_items, ret_count);
}

int pc_vars_check(struct pc_draft *draft)
{
	for (uint32_t i = 0; i < draft->var_count; i++) {
		const struct pc_var *var = &draft->vars[i];

		/* An include may hold variables for other policies. */
		if (var->used || var->name->source->kind == PC_TEXT_INCLUDE)
			continue;
		pc_warning(draft->p, VAR_UNUSED, var->name, "nothing uses variable \"%s\"",
			   var->name->text);
	}
	/* What is used was parsed as what it is used for. */
	for (uint32_t i = 0; i < draft->var_count; i++) {
		struct pc_var *var = &draft->vars[i];

		if (!var->used && parse_var(draft, var) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}
