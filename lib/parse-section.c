/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sections: their default, their rules, and how the files of one policy come together. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

static const char *const section_names[] = {
#define PC_X(symbol, name, err) name,
	PC_SECTIONS(PC_X)
#undef PC_X
};

static int take_default(struct pc_draft *draft, struct pc_node *key, struct pc_node *value,
			void *to)
{
	static const char *const values[] = {"allow", "deny"};
	struct pc_draft_section *section = &draft->sections[*(enum pc_section_id *)to];
	int r = pc_want_text(draft->p, "default", value);

	(void)key;
	section->tried = true;
	if (r < 0)
		return r;
	if (!pc_node_is(value, "allow") && !pc_node_is(value, "deny")) {
		pc_error(draft->p, DEFAULT, value, "unknown default \"%s\"", value->text);
		pc_hint_names(draft->p, value->text, value->n, values, PC_ARRAY_SIZE(values));
		return -EINVAL;
	}
	if (!section->stated) {
		section->stated = value;
		return 0;
	}
	if (pc_node_is(section->stated, value->text))
		return 0;
	pc_error(draft->p, DEFAULT_TWICE, value, "this policy's default is already \"%s\"",
		 section->stated->text);
	pc_hint(draft->p, "stated in %s:%u", section->stated->source->file, section->stated->line);
	return -EINVAL;
}

static int take_rules(struct pc_draft *draft, struct pc_node *value, enum pc_section_id section,
		      bool deny)
{
	int result = 0;

	if (value->bad)
		return -EINVAL;
	if (value->kind != PC_NODE_LIST) {
		pc_error(draft->p, TYPE, value, "\"%s\" is a list of rules, here stands %s",
			 deny ? "deny" : "allow", pc_kind_name(value->kind));
		pc_hint(draft->p, "write each rule in a line of its own, behind \"- \"");
		return -EINVAL;
	}
	for (uint32_t i = 0; i < value->count; i++) {
		int r = pc_rule_take(draft, section, deny, value->items[i]);

		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

static int take_allow(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	enum pc_section_id section = *(enum pc_section_id *)to;

	if (!draft->sections[section].allow_key)
		draft->sections[section].allow_key = key;
	return take_rules(draft, value, section, false);
}

static int take_deny(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	(void)key;
	return take_rules(draft, value, *(enum pc_section_id *)to, true);
}

static const struct pc_key keys[] = {
	{.name = "default", .take = take_default},
	{.name = "allow", .take = take_allow},
	{.name = "deny", .take = take_deny},
};

static enum pc_section_id section_of(const struct pc_node *key)
{
	enum pc_section_id id = 0;

	while (id + 1 < PC_SECTION_COUNT && !pc_node_is(key, section_names[id]))
		id++;
	return id;
}

int pc_section_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to)
{
	enum pc_section_id id = section_of(key);

	(void)to;
	if (value->bad)
		return -EINVAL;
	if (value->kind != PC_NODE_MAP) {
		pc_error(draft->p, TYPE, value, "section \"%s\" is a mapping, here stands %s",
			 key->text, pc_kind_name(value->kind));
		pc_hint(draft->p, "as in \"%s: {default: deny}\"", key->text);
		return -EINVAL;
	}
	if (!value->count) {
		pc_error(draft->p, SECTION_EMPTY, value, "section \"%s\" says nothing", key->text);
		pc_hint(draft->p, "as in \"%s: {default: deny}\"; leave it out to confine nothing",
			key->text);
		return -EINVAL;
	}
	if (!draft->sections[id].key)
		draft->sections[id].key = key;
	return pc_take_map(draft, value, "in a section", keys, PC_ARRAY_SIZE(keys), &id);
}

int pc_sections_finish(struct pc_draft *draft)
{
	int result = 0;

	for (int id = 0; id < PC_SECTION_COUNT; id++) {
		const struct pc_draft_section *from = &draft->sections[id];
		struct pc_section *section = &draft->policy->sections[id];

		if (!from->key)
			continue;
		section->present = true;
		section->loc = pc_node_loc(from->stated ? from->stated : from->key);
		if (from->stated) {
			section->dflt = pc_node_is(from->stated, "deny") ? PC_DEFAULT_DENY
									 : PC_DEFAULT_ALLOW;
		} else if (from->allow_key && !from->tried && !from->allow_key->source->broken) {
			pc_error(draft->p, DEFAULT_MISSING, from->allow_key,
				 "a section with \"allow:\" states its \"default:\"");
			pc_hint(draft->p, "add \"default: deny\" if only these are to be allowed");
			result = -EINVAL;
		}
	}
	return result;
}
