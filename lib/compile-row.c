/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows: what several rules of one policy, matching the same objects, say together. */
#include "compile-internal.h"

/* Who answers first: what is enforced before what is audited, and of each what kills first. */
enum { RANK_KILL, RANK_DENY, RANK_IMPLIED, RANK_AUDITED_KILL, RANK_AUDITED, RANK_ALLOW };

static int rank_of(const struct pc_rule *rule)
{
	if (!rule->deny)
		return RANK_ALLOW;
	if (rule->mode == PC_MODE_AUDIT)
		return rule->kill ? RANK_AUDITED_KILL : RANK_AUDITED;
	if (rule->implied)
		return RANK_IMPLIED;
	return rule->kill ? RANK_KILL : RANK_DENY;
}

/* Operations that a rule speaks of here: what is implied gives way to what is allowed by name. */
static uint32_t ops_of(const struct pc_rule *rule, uint32_t excepted)
{
	return rule->deny && rule->implied ? rule->ops & ~excepted : rule->ops;
}

static uint32_t find_excepted(const struct pc_compiler *c, const uint32_t *rules, uint32_t n)
{
	uint32_t ops = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct pc_rule *rule = c->image.rules[rules[i]].rule;

		if (rule->implied && !rule->deny)
			ops |= rule->ops;
	}
	return ops;
}

struct answers {
	uint32_t words[1 + PC_OP_COUNT * PC_A_WORDS];
	uint32_t ops;	   /* somebody answers for them */
	uint32_t excepted; /* from what is implied */
};

/* Who has no operation to answer for that an earlier one does not has nothing to say: so there are
 * never more answers than operations. */
static void answer(struct answers *answers, const struct pc_rule *rule, uint32_t number)
{
	uint32_t *word = answers->words + 1 + (size_t)answers->words[0] * PC_A_WORDS;
	uint32_t ops = ops_of(rule, answers->excepted);

	if (!(ops & ~answers->ops))
		return;
	answers->ops |= ops;
	answers->words[0]++;
	word[PC_A_OPS] = ops;
	word[PC_A_RULE] = number;
	word[PC_A_ERRNO] = ((uint32_t)rule->err & 0xfff) | (rule->kill ? PC_A_KILL : 0);
}

static uint32_t put_answers(struct pc_compiler *c, const uint32_t *rules, uint32_t n,
			    uint32_t excepted)
{
	struct answers answers = {.excepted = excepted};

	for (int rank = 0; rank < RANK_ALLOW; rank++)
		for (uint32_t i = 0; i < n; i++) {
			const struct pc_rule *rule = c->image.rules[rules[i]].rule;

			if (rank_of(rule) == rank)
				answer(&answers, rule, rules[i]);
		}
	return pc_words_share(&c->words, answers.words, 1 + answers.words[0] * PC_A_WORDS);
}

uint32_t pc_compile_row(struct pc_compiler *c, const uint32_t *rules, uint32_t n)
{
	uint32_t row[PC_R_WORDS] = {0}, excepted = find_excepted(c, rules, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct pc_rule *rule = c->image.rules[rules[i]].rule;

		if (!rule->deny)
			row[PC_R_ALLOW] |= rule->ops;
		else if (rule->mode == PC_MODE_AUDIT)
			row[PC_R_AUDIT] |= rule->ops;
		else
			row[PC_R_DENY] |= ops_of(rule, excepted);
	}
	if (row[PC_R_DENY] | row[PC_R_AUDIT])
		row[PC_R_ANSWERS] = put_answers(c, rules, n, excepted);
	return pc_words_share(&c->words, row, PC_R_WORDS);
}
