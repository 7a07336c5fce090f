/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parts of the compiler tell each other. */
#ifndef PC_COMPILE_INTERNAL_H
#define PC_COMPILE_INTERNAL_H

#include "compile.h"

/* --- Words: the tables blob while it grows (compile-words.c) --- */

#define PC_WORDS_MAX (PC_TIER_BYTES(PC_TIERS - 1) / sizeof(uint32_t))

struct pc_words_slot {
	uint32_t hash;
	uint32_t at; /* 0: empty */
	uint32_t n;
};

/* room is a power of two, and what is not in use is zero. An error stays: -ENOMEM or -E2BIG. */
struct pc_words {
	uint32_t *word;
	uint32_t count;
	uint32_t room;
	struct pc_words_slot *slots;
	uint32_t slot_count;
	uint32_t slots_used;
	int err;
};

/* Appends n words, or zeroes where words is NULL; returns their offset (0 after an error). */
uint32_t pc_words_put(struct pc_words *w, const uint32_t *words, uint32_t n);
/* The same for words that nobody changes: where there are equal ones, these serve for both. */
uint32_t pc_words_share(struct pc_words *w, const uint32_t *words, uint32_t n);
/* Changes one word that was put; does nothing after an error. */
void pc_words_set(struct pc_words *w, uint32_t at, uint32_t value);
void pc_words_free(struct pc_words *w);
/* The power of two a blob of n elements is padded to. */
uint64_t pc_padded(uint32_t n);

/* --- The compiler --- */

/*
 * Tags: two a rule, so that those of a policy are adjacent: one for what it matches, and one for
 * directories: of a deny rule those above a match, of an allow rule those below which it matches
 * everything, of a default those above a match of any allow rule. Behind them two for each subject
 * item, one for its executables and one for its cgroups.
 */
struct pc_compiler {
	const struct pc_compile_input *input;
	const struct pc_policy_set *set;
	struct pc_dfa_limits limits;
	struct pc_diags *diags;
	struct pc_arena scratch; /* what is not needed afterwards */
	struct pc_image image;
	struct pc_words words;
	uint16_t *policy_of;  /* by rule number */
	uint32_t *first_rule; /* by policy, and one more */
	const struct pc_subject_item **items;
	uint32_t item_count;
	uint16_t *policy_of_item;
	uint32_t policies; /* offset of their records */
};

static inline uint32_t pc_rule_tag(uint32_t rule)
{
	return 2 * rule;
}

static inline uint32_t pc_directory_tag(uint32_t rule)
{
	return 2 * rule + 1;
}

static inline bool pc_tag_is_of_rule(const struct pc_compiler *c, uint32_t tag)
{
	return tag < 2 * c->image.rule_count;
}

static inline bool pc_tag_is_of_directory(uint32_t tag)
{
	return tag & 1;
}

static inline uint32_t pc_rule_of_tag(uint32_t tag)
{
	return tag / 2;
}

static inline uint32_t pc_exe_tag(const struct pc_compiler *c, uint32_t item)
{
	return 2 * (c->image.rule_count + item);
}

static inline uint32_t pc_cgroup_tag(const struct pc_compiler *c, uint32_t item)
{
	return pc_exe_tag(c, item) + 1;
}

static inline uint32_t pc_item_of_tag(const struct pc_compiler *c, uint32_t tag)
{
	return tag / 2 - c->image.rule_count;
}

/* Offset of a policy's record. */
static inline uint32_t pc_record_of(const struct pc_compiler *c, uint32_t policy)
{
	return c->policies + policy * PC_P_WORDS;
}

/* compile-number.c: numbers rules and subject items. 0 or -ENOMEM. */
int pc_compile_number(struct pc_compiler *c);
/* compile-glob.c: the automata. 0, -ENOMEM, or -EINVAL with a diagnostic. */
int pc_compile_globs(struct pc_compiler *c);
/* compile-order.c: numbers an automaton's classes so that pages fill up. 0 or -ENOMEM. */
int pc_compile_order(struct pc_dfa_automaton *automaton);
/* compile-policy.c: records and ids of the policies. Errors stay in c->words. */
void pc_compile_policies(struct pc_compiler *c);
/* compile-row.c: the row of what some rules of one policy, by ascending tag, say together. */
uint32_t pc_compile_row(struct pc_compiler *c, const uint32_t *tags, uint32_t n);
/* compile-page.c: rows and pages of every class. 0 or -ENOMEM; other errors stay in c->words. */
int pc_compile_pages(struct pc_compiler *c);
/* compile-subject.c: items, their ranges and lists. 0, -ENOMEM, or -EINVAL with a diagnostic. */
int pc_compile_subjects(struct pc_compiler *c);

/* pc_compile with limits for each automaton: small ones make tests split. NULL: the usual. */
int pc_compile_within(const struct pc_compile_input *input, const struct pc_dfa_limits *limits,
		      struct pc_image *ret_image, struct pc_diags *diags);

#endif
