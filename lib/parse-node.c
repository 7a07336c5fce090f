/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shapes that the schema asks of a node: a text, texts, true or false, a mapping of known keys. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

bool pc_node_is(const struct pc_node *node, const char *text)
{
	return node->kind == PC_NODE_TEXT && !strcmp(node->text, text);
}

int pc_want_text(struct pc_parser *p, const char *what, struct pc_node *node)
{
	if (node->bad)
		return -EINVAL;
	if (node->kind == PC_NODE_TEXT)
		return 0;
	node->bad = true;
	pc_error(p, TYPE, node, "%s is a text, here stands %s", what, pc_kind_name(node->kind));
	if (node->kind == PC_NODE_MAP)
		pc_hint(p, "a text with \": \" in it, or that begins with {, needs single quotes");
	else
		pc_hint(p, "write the one value without a list");
	return -EINVAL;
}

static int want_list_of_texts(struct pc_parser *p, const char *what, struct pc_node *list)
{
	int r = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		int one = pc_want_text(p, what, list->items[i]);

		r = one < 0 ? one : r;
	}
	return r;
}

int pc_want_texts(struct pc_parser *p, const char *what, struct pc_node *node,
		  struct pc_node ***ret_items, uint32_t *ret_count)
{
	struct pc_node **one;

	if (node->bad)
		return -EINVAL;
	if (node->kind == PC_NODE_LIST) {
		int r = want_list_of_texts(p, what, node);

		if (r < 0)
			return r;
		*ret_items = node->items;
		*ret_count = node->count;
		return 0;
	}
	if (node->kind == PC_NODE_MAP) {
		node->bad = true;
		pc_error(p, TYPE, node, "%s is a text or a list of texts, here stands a mapping",
			 what);
		pc_hint(p, "a text with \": \" in it, or that begins with {, needs single quotes");
		return -EINVAL;
	}
	one = pc_arena_new(&p->scratch, struct pc_node *);
	if (!one)
		return -ENOMEM;
	*one = node;
	*ret_items = one;
	*ret_count = 1;
	return 0;
}

int pc_want_bool(struct pc_parser *p, const char *what, struct pc_node *node, bool *ret_value)
{
	static const char *const values[] = {"true", "false"};
	int r = pc_want_text(p, what, node);

	if (r < 0)
		return r;
	if (!pc_node_is(node, "true") && !pc_node_is(node, "false")) {
		pc_error(p, BOOLEAN, node, "%s is true or false, not \"%s\"", what, node->text);
		pc_hint_names(p, node->text, node->n, values, PC_ARRAY_SIZE(values));
		return -EINVAL;
	}
	*ret_value = pc_node_is(node, "true");
	return 0;
}

int pc_want_prose(struct pc_parser *p, const char *what, struct pc_node *node, size_t max,
		  bool lines, const char **ret_text)
{
	int r = pc_want_text(p, what, node);
	size_t n = node->n;
	char *text;

	if (r < 0)
		return r;
	while (n > 0 && node->text[n - 1] == '\n')
		n--;
	if (n > max || (!lines && memchr(node->text, '\n', n))) {
		pc_error(p, TEXT_LONG, node, "%s is %sat most %zu bytes", what,
			 lines ? "" : "one line of ", max);
		return -EINVAL;
	}
	text = pc_arena_strndup(&p->set->arena, node->text, n);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static void report_unknown_key(struct pc_parser *p, const struct pc_node *key, const char *context,
			       const struct pc_key *keys, uint32_t count)
{
	const char *names[32];
	uint32_t n = 0;

	for (uint32_t i = 0; i < count && n < PC_ARRAY_SIZE(names); i++)
		if (keys[i].take)
			names[n++] = keys[i].name;
	pc_error(p, KEY_UNKNOWN, key, "unknown key \"%s\" %s", key->text, context);
	if (memchr(key->text, ' ', key->n) || memchr(key->text, '/', key->n))
		pc_hint(p, "a text with \": \" in it needs single quotes");
	else
		pc_hint_names(p, key->text, key->n, names, n);
}

static int put_off(struct pc_draft *draft, const struct pc_key *to_take, struct pc_node *key,
		   struct pc_node *value)
{
	struct pc_late *late = pc_arena_push(&draft->p->scratch, &draft->late, &draft->late_count);

	if (!late)
		return -ENOMEM;
	*late = (struct pc_late){to_take->take, key, value};
	return 0;
}

static int take_key(struct pc_draft *draft, struct pc_node *key, struct pc_node *value,
		    const char *context, const struct pc_key *keys, uint32_t count, void *to)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!pc_node_is(key, keys[i].name))
			continue;
		if (keys[i].late)
			return put_off(draft, &keys[i], key, value);
		if (keys[i].take)
			return keys[i].take(draft, key, value, to);
		if (keys[i].section)
			pc_error(draft->p, NO_SECTION, key,
				 "section \"%s\" is not supported by this version", key->text);
		else
			pc_error(draft->p, NO_KEY, key,
				 "key \"%s\" is not supported by this version", key->text);
		pc_hint(draft->p, "take it out: what it asks for would not be enforced");
		return -EINVAL;
	}
	report_unknown_key(draft->p, key, context, keys, count);
	return -EINVAL;
}

int pc_take_map(struct pc_draft *draft, struct pc_node *map, const char *context,
		const struct pc_key *keys, uint32_t count, void *to)
{
	int result = 0;

	for (uint32_t i = 0; i + 1 < map->count; i += 2) {
		struct pc_node *key = map->items[i];
		int r = -EINVAL;

		if (!key->bad)
			r = take_key(draft, key, map->items[i + 1], context, keys, count, to);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}
