/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rows: what several rules of one policy, matching the same objects, say together. */
#include "compile-internal.h"

/* Who answers first: what is enforced before what is audited, and of each what kills first. */
enum { RANK_KILL, RANK_DENY, RANK_IMPLIED, RANK_AUDITED_KILL, RANK_AUDITED, RANK_ALLOW };

static int rank_of(const struct pc_rule *rule)
{
	if (!rule || !rule->deny)
		return RANK_ALLOW;
	if (rule->mode == PC_MODE_AUDIT)
		return rule->kill ? RANK_AUDITED_KILL : RANK_AUDITED;
	if (rule->implied)
		return RANK_IMPLIED;
	return rule->kill ? RANK_KILL : RANK_DENY;
}

/* What is implied gives way to what is allowed by name: operations allowed so. */
static uint32_t find_excepted(const struct pc_compiler *c, const uint32_t *tags, uint32_t n)
{
	uint32_t ops = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct pc_rule *rule = c->image.rules[pc_rule_of_tag(tags[i])].rule;

		if (rule && rule->implied && !rule->deny)
			ops |= rule->ops;
	}
	return ops;
}

/* What a rule (or a default) of this tag says, and what it implies of moves. */
static uint32_t ops_of(const struct pc_rule *rule, uint32_t tag, uint32_t excepted)
{
	if (!rule)
		return PC_OPS_BELOW;
	if (pc_tag_is_of_directory(tag))
		return PC_OPS_IMPLIED | (rule->guards ? rule->ops & PC_BIT(PC_OP_TAMPER) : 0);
	if (rule->implied && rule->deny)
		return (rule->ops & ~excepted) | (rule->guards ? PC_OPS_IMPLIED : 0);
	return pc_rule_keeps(rule) ? rule->ops | PC_OPS_IMPLIED : rule->ops;
}

struct answers {
	uint32_t words[1 + (PC_OP_COUNT + 1) * PC_A_WORDS];
	uint32_t ops; /* somebody answers for them */
};

/* Who has no operation to answer for that an earlier one does not has nothing to say: so there are
 * never more answers than operations, the implied one among them. */
static void answer(struct answers *answers, const struct pc_rule *rule, uint32_t ops,
		   uint32_t number)
{
	uint32_t *word = answers->words + 1 + (size_t)answers->words[0] * PC_A_WORDS;

	if (!(ops & ~answers->ops))
		return;
	answers->ops |= ops;
	answers->words[0]++;
	word[PC_A_OPS] = ops;
	word[PC_A_RULE] = number;
	word[PC_A_ERRNO] = ((uint32_t)rule->err & 0xfff) | (rule->kill ? PC_A_KILL : 0);
}

static uint32_t put_answers(struct pc_compiler *c, const uint32_t *tags, uint32_t n,
			    uint32_t excepted)
{
	struct answers answers = {.ops = 0};

	for (int rank = 0; rank < RANK_ALLOW; rank++)
		for (uint32_t i = 0; i < n; i++) {
			uint32_t number = pc_rule_of_tag(tags[i]);
			const struct pc_rule *rule = c->image.rules[number].rule;

			if (rank_of(rule) == rank)
				answer(&answers, rule, ops_of(rule, tags[i], excepted), number);
		}
	return pc_words_share(&c->words, answers.words, 1 + answers.words[0] * PC_A_WORDS);
}

uint32_t pc_compile_row(struct pc_compiler *c, const uint32_t *tags, uint32_t n)
{
	uint32_t row[PC_R_WORDS] = {0}, excepted = find_excepted(c, tags, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct pc_rule *rule = c->image.rules[pc_rule_of_tag(tags[i])].rule;
		uint32_t ops = ops_of(rule, tags[i], excepted);

		if (!rule || !rule->deny)
			row[PC_R_ALLOW] |= ops;
		else if (rule->mode == PC_MODE_AUDIT)
			row[PC_R_AUDIT] |= ops;
		else
			row[PC_R_DENY] |= ops;
	}
	if (row[PC_R_DENY] | row[PC_R_AUDIT])
		row[PC_R_ANSWERS] = put_answers(c, tags, n, excepted);
	return pc_words_share(&c->words, row, PC_R_WORDS);
}
