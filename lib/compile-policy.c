/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of the policies, and the index of their identities. */
#include "compile-internal.h"

#include <errno.h>

static uint32_t id_of(const struct pc_compiler *c, uint32_t policy)
{
	return c->input->ids ? c->input->ids[policy] : policy + 1;
}

/* Operations that some rule denies, what it implies among them; only enforced rules, or all. */
static uint32_t denied_ops(const struct pc_section *section, bool enforced)
{
	uint32_t ops = 0;

	for (uint32_t i = 0; i < section->count + section->implied_count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		if (!enforced || rule->mode == PC_MODE_ENFORCE)
			ops |= pc_rule_denies(rule);
	}
	return ops;
}

/* Whoever cannot be named might be the object of any rule that denies. */
static void add_section(const struct pc_policy *policy, int id, uint32_t *record)
{
	const struct pc_section *section = &policy->sections[id];
	uint32_t ops = pc_ops_of((uint32_t)id);

	if (!section->present)
		return;
	/* What every policy implies takes nothing from who has not written the section. */
	if (!section->implied || section->dflt == PC_DEFAULT_DENY)
		record[PC_P_OPS] |= ops;
	record[PC_P_OPS] |= denied_ops(section, false);
	record[PC_P_CLOSED] |= denied_ops(section, true);
	if (section->dflt == PC_DEFAULT_DENY) {
		record[PC_P_DEFAULT] |= ops;
		record[PC_P_CLOSED] |= ops;
	}
}

/* Numbers of the sections' defaults. */
static void find_defaults(const struct pc_compiler *c, uint32_t policy, uint32_t *record)
{
	for (int s = 0; s < PC_SECTION_COUNT; s++)
		record[PC_P_RULES + s] = PC_NOWHERE;
	for (uint32_t i = c->first_rule[policy]; i < c->first_rule[policy + 1]; i++)
		if (!c->image.rules[i].rule)
			record[PC_P_RULES + c->image.rules[i].section] = i;
}

static bool is_fileless(const struct pc_rule *rule)
{
	return rule->fileless;
}

static bool is_plain(const struct pc_rule *rule)
{
	return rule->plain;
}

static bool is_same(const struct pc_rule *rule)
{
	return rule->same || rule->plain;
}

/* The row of a policy's rules that speak of something without a pattern. */
static uint32_t put_row(struct pc_compiler *c, uint32_t policy,
			bool (*speaks)(const struct pc_rule *rule), uint32_t *tags)
{
	uint32_t n = 0;

	for (uint32_t i = c->first_rule[policy]; i < c->first_rule[policy + 1]; i++)
		if (c->image.rules[i].rule && speaks(c->image.rules[i].rule))
			tags[n++] = pc_rule_tag(i);
	return pc_compile_row(c, tags, n);
}

static void put_policy(struct pc_compiler *c, uint32_t index, uint32_t *tags)
{
	const struct pc_policy *policy = c->set->policies[index];
	uint32_t record[PC_P_WORDS] = {0};

	record[PC_P_ID] = id_of(c, index);
	record[PC_P_MODE] = policy->mode == PC_MODE_AUDIT ? PC_POLICY_AUDIT : PC_POLICY_ENFORCE;
	record[PC_P_COUNTER] = c->input->counters ? c->input->counters[index] : index;
	for (int s = 0; s < PC_SECTION_COUNT; s++)
		add_section(policy, s, record);
	find_defaults(c, index, record);
	record[PC_P_FILELESS] = put_row(c, index, is_fileless, tags);
	record[PC_P_PLAIN] = put_row(c, index, is_plain, tags);
	record[PC_P_SAME] = put_row(c, index, is_same, tags);
	for (uint32_t i = 0; i < PC_P_WORDS; i++)
		pc_words_set(&c->words, pc_record_of(c, index) + i, record[i]);
	if (!c->words.err)
		c->words.word[PC_W_OPS] |= record[PC_P_OPS];
}

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (x[0] > y[0]) - (x[0] < y[0]);
}

static void put_ids(struct pc_compiler *c)
{
	uint32_t n = c->set->count, at = pc_words_put(&c->words, NULL, 2 * n);

	for (uint32_t i = 0; i < n; i++) {
		pc_words_set(&c->words, at + 2 * i, id_of(c, i));
		pc_words_set(&c->words, at + 2 * i + 1, i);
	}
	if (!c->words.err && n)
		qsort(c->words.word + at, n, 2 * sizeof(uint32_t), compare_ids);
	pc_words_set(&c->words, PC_W_IDS, at);
}

void pc_compile_policies(struct pc_compiler *c)
{
	PC_FREE uint32_t *tags = malloc((c->image.rule_count + 1) * sizeof(*tags));
	uint32_t n = c->set->count;

	if (!tags && !c->words.err)
		c->words.err = -ENOMEM;
	c->policies = pc_words_put(&c->words, NULL, n * PC_P_WORDS);
	pc_words_set(&c->words, PC_W_POLICIES, c->policies);
	pc_words_set(&c->words, PC_W_POLICY_COUNT, n);
	put_ids(c);
	for (uint32_t i = 0; i < n && !c->words.err; i++)
		put_policy(c, i, tags);
}
