/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Records of the policies, and the index of their identities. */
#include "compile-internal.h"

#include <errno.h>

static uint32_t id_of(const struct pc_compiler *c, uint32_t policy)
{
	return c->input->ids ? c->input->ids[policy] : policy + 1;
}

static uint32_t ops_of_section(int section)
{
	return section == PC_SECTION_EXEC ? PC_OPS_EXEC : PC_OPS_FILE;
}

/* Operations that some rule denies, what it implies among them; only enforced rules, or all. */
static uint32_t denied_ops(const struct pc_section *section, bool enforced)
{
	uint32_t ops = 0;

	for (uint32_t i = 0; i < section->count; i++)
		if (section->rules[i].deny &&
		    (!enforced || section->rules[i].mode == PC_MODE_ENFORCE))
			ops |= section->rules[i].ops | PC_BIT(PC_OP_MOVE);
	return ops;
}

/* Whoever cannot be named might be the object of any rule that denies. */
static void add_section(const struct pc_policy *policy, int id, uint32_t *record)
{
	const struct pc_section *section = &policy->sections[id];
	uint32_t ops = ops_of_section(id);

	if (!section->present)
		return;
	record[PC_P_OPS] |= ops | denied_ops(section, false);
	record[PC_P_CLOSED] |= denied_ops(section, true);
	if (section->dflt == PC_DEFAULT_DENY) {
		record[PC_P_DEFAULT] |= ops;
		record[PC_P_CLOSED] |= ops;
	}
}

/* Numbers of the sections' defaults, and the rules that speak of nameless objects. */
static uint32_t find_rules(const struct pc_compiler *c, uint32_t policy, uint32_t *record,
			   uint32_t *fileless)
{
	uint32_t n = 0;

	for (int s = 0; s < PC_SECTION_COUNT; s++)
		record[PC_P_RULES + s] = PC_NOWHERE;
	for (uint32_t i = c->first_rule[policy]; i < c->first_rule[policy + 1]; i++) {
		const struct pc_image_rule *rule = &c->image.rules[i];

		if (!rule->rule)
			record[PC_P_RULES + rule->section] = i;
		else if (rule->rule->fileless)
			fileless[n++] = pc_rule_tag(i);
	}
	return n;
}

static void put_policy(struct pc_compiler *c, uint32_t index, uint32_t *fileless)
{
	const struct pc_policy *policy = c->set->policies[index];
	uint32_t record[PC_P_WORDS] = {0};
	uint32_t n;

	record[PC_P_ID] = id_of(c, index);
	record[PC_P_MODE] = policy->mode == PC_MODE_AUDIT ? PC_POLICY_AUDIT : PC_POLICY_ENFORCE;
	record[PC_P_COUNTER] = c->input->counters ? c->input->counters[index] : index;
	for (int s = 0; s < PC_SECTION_COUNT; s++)
		add_section(policy, s, record);
	n = find_rules(c, index, record, fileless);
	record[PC_P_FILELESS] = pc_compile_row(c, fileless, n);
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
	PC_FREE uint32_t *fileless = malloc((c->image.rule_count + 1) * sizeof(*fileless));
	uint32_t n = c->set->count;

	if (!fileless && !c->words.err)
		c->words.err = -ENOMEM;
	c->policies = pc_words_put(&c->words, NULL, n * PC_P_WORDS);
	pc_words_set(&c->words, PC_W_POLICIES, c->policies);
	pc_words_set(&c->words, PC_W_POLICY_COUNT, n);
	put_ids(c);
	for (uint32_t i = 0; i < n && !c->words.err; i++)
		put_policy(c, i, fileless);
}
