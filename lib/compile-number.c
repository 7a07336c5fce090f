/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Numbers: which rule is which, and which subject item. */
#include "compile-internal.h"

#include <errno.h>
#include <string.h>

/* By place; rules of one place (of a list) stay in their order. */
static int compare_rules(const void *a, const void *b)
{
	const struct pc_image_rule *x = a, *y = b;
	int order = x->loc.file == y->loc.file || !x->loc.file || !y->loc.file
			    ? (x->loc.file != NULL) - (y->loc.file != NULL)
			    : strcmp(x->loc.file, y->loc.file);

	if (order)
		return order;
	if (x->loc.line != y->loc.line)
		return x->loc.line < y->loc.line ? -1 : 1;
	if (x->loc.column != y->loc.column)
		return x->loc.column < y->loc.column ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

static void sort_rules(struct pc_image_rule *rules, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		if (compare_rules(&rules[i - 1], &rules[i]) <= 0)
			continue;
		qsort(rules, n, sizeof(*rules), compare_rules);
		break;
	}
}

/* The section's rules, and behind them its default. */
static void number_section(struct pc_compiler *c, uint32_t index, enum pc_section_id id)
{
	const struct pc_policy *policy = c->set->policies[index];
	const struct pc_section *section = &policy->sections[id];
	uint32_t first = c->image.rule_count;
	struct pc_image_rule *rules = c->image.rules + first;
	uint32_t count = section->count + section->implied_count;

	if (!section->present)
		return;
	for (uint32_t i = 0; i <= count; i++) {
		const struct pc_rule *rule = i < count ? &section->rules[i] : NULL;

		rules[i].policy = policy;
		rules[i].rule = rule;
		rules[i].section = id;
		rules[i].loc = rule ? rule->loc : section->loc;
		c->policy_of[first + i] = (uint16_t)index;
	}
	sort_rules(rules, count);
	c->image.rule_count = first + count + 1;
}

static void number_items(struct pc_compiler *c, uint32_t index)
{
	const struct pc_policy *policy = c->set->policies[index];

	for (uint32_t i = 0; i < policy->subject_count; i++) {
		c->policy_of_item[c->item_count] = (uint16_t)index;
		c->items[c->item_count++] = &policy->subjects[i];
	}
}

static int allocate(struct pc_compiler *c)
{
	uint64_t rules = 0, items = 0;

	for (uint32_t i = 0; i < c->set->count; i++) {
		const struct pc_policy *policy = c->set->policies[i];

		items += policy->subject_count;
		for (int s = 0; s < PC_SECTION_COUNT; s++)
			rules += (uint64_t)policy->sections[s].count +
				 policy->sections[s].implied_count + 1;
	}
	if (rules + 2 * items > UINT32_MAX / 2)
		return -ENOMEM;
	c->image.rules = pc_arena_array(&c->image.arena, struct pc_image_rule, rules);
	c->policy_of = pc_arena_array(&c->scratch, uint16_t, rules);
	c->first_rule = pc_arena_array(&c->scratch, uint32_t, c->set->count + 1);
	c->items = pc_arena_array(&c->scratch, const struct pc_subject_item *, items);
	c->policy_of_item = pc_arena_array(&c->scratch, uint16_t, items);
	return c->image.rules && c->policy_of && c->first_rule && c->items && c->policy_of_item
		       ? 0
		       : -ENOMEM;
}

int pc_compile_number(struct pc_compiler *c)
{
	int err = allocate(c);

	for (uint32_t i = 0; i < c->set->count && !err; i++) {
		c->first_rule[i] = c->image.rule_count;
		for (int s = 0; s < PC_SECTION_COUNT; s++)
			number_section(c, i, (enum pc_section_id)s);
		number_items(c, i);
	}
	if (!err)
		c->first_rule[c->set->count] = c->image.rule_count;
	return err;
}
