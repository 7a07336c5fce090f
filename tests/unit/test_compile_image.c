/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiled images: their form, their limits and what it takes to make them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <time.h>

#include "compile_world.h"
#include "diag-codes.h"

/* ---- the image ----------------------------------------------------------------------------- */

static void no_policies_are_an_image_too(void **state)
{
	struct world w = {.set = {.count = 0}};

	(void)state;
	assert_int_equal(compile_world(&w, NULL), 0);
	assert_int_equal(w.image.tables[PC_W_MAGIC], PC_IMAGE_MAGIC);
	assert_int_equal(w.image.tables[PC_W_OPS], 0);
	assert_int_equal(label_as(&w, nobody()).count, 0);
	assert_false(denies(&w, PC_OP_READ, "/x"));
	drop(&w);
}

static void policies_are_found_by_their_identity(void **state)
{
	static const uint32_t ids[] = {70, 5, 900}, counters[] = {9, 1, 1023};
	struct pc_compile_input input = {.ids = ids, .counters = counters};
	struct pc_tables t;
	struct world w;

	(void)state;
	parse_texts(&w, (const char *const[]){SYSTEM("a") BODY, SYSTEM("b") BODY, SYSTEM("c") BODY,
					      NULL});
	input.set = &w.set;
	assert_int_equal(pc_compile(&input, &w.image, &w.diags), 0);
	t = pc_image_tables(&w.image);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t at = pc_word(&t, PC_W_POLICIES) + i * PC_P_WORDS;

		assert_int_equal(pc_index_of(&t, ids[i]), i);
		assert_int_equal(pc_word(&t, at + PC_P_ID), ids[i]);
		assert_int_equal(pc_word(&t, at + PC_P_COUNTER), counters[i]);
	}
	assert_int_equal(pc_index_of(&t, 6), PC_NOWHERE);
	assert_int_equal(pc_index_of(&t, 0), PC_NOWHERE);
	assert_int_equal(label_as(&w, nobody()).policy[1], 5);
	drop(&w);
}

static void rules_are_numbered_by_policy_section_and_line(void **state)
{
	static const struct {
		const char *policy;
		uint32_t line;
		bool is_rule;
	} expected[] = {{"a", 8, true},	  {"a", 6, false},  {"a", 10, true},  {"a", 11, true},
			{"a", 13, true},  {"a", 10, false}, {"a", 10, false}, {"a", 10, true},
			{"a", 10, false}, {"b", 4, true},   {"b", 6, true},   {"b", 4, false},
			{"b", 4, false},  {"b", 4, true},   {"b", 4, false}};
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("b") "file:\n  deny:\n    - read /b\n",
	      SYSTEM("a") "about: x\nexec:\n  default: deny\n  allow:\n    - run /a\nfile:\n"
			  "  default: allow\n  deny: ['read /a']\n  allow:\n    - read /c\n");
	assert_int_equal(w.image.rule_count, PC_ARRAY_SIZE(expected));
	for (uint32_t i = 0; i < w.image.rule_count; i++) {
		const struct pc_image_rule *rule = &w.image.rules[i];

		assert_string_equal(rule->policy->name, expected[i].policy);
		assert_int_equal(rule->rule != NULL, expected[i].is_rule);
		assert_int_equal(rule->loc.line, expected[i].line);
	}
	drop(&w);
}

static void rules_are_sorted_by_place_and_the_first_answers(void **state)
{
	struct world w = {.set = {.count = 1}};
	const struct pc_glob *glob = pc_glob_literal(&w.set.arena, "/a", 2);
	struct pc_rule rules[3] = {{.loc = {"b", 1, 1, 1}, .err = EIO},
				   {.loc = {"a", 7, 1, 1}, .err = EBUSY},
				   {.loc = {"a", 3, 1, 1}, .err = ENOENT}};
	struct pc_subject_item item = {.system = true};
	struct pc_policy policy = {.name = "x", .subjects = &item, .subject_count = 1};
	struct pc_policy *policies[] = {&policy};

	(void)state;
	for (int i = 0; i < 3; i++) {
		rules[i].deny = true;
		rules[i].ops = PC_BIT(PC_OP_READ);
		rules[i].objects = (struct pc_glob_list){&glob, 1};
	}
	policy.sections[PC_SECTION_FILE] =
		(struct pc_section){.present = true, .rules = rules, .count = 3};
	w.set.policies = policies;
	assert_int_equal(compile_world(&w, NULL), 0);
	assert_ptr_equal(w.image.rules[0].rule, &rules[2]);
	assert_ptr_equal(w.image.rules[1].rule, &rules[1]);
	assert_ptr_equal(w.image.rules[2].rule, &rules[0]);
	assert_int_equal(ask(&w, PC_OP_READ, "/a").err, ENOENT);
	drop(&w);
}

static void tiers_hold_what_they_say(void **state)
{
	(void)state;
	assert_int_equal(pc_image_tier(0), 0);
	for (int tier = 0; tier < PC_TIERS; tier++) {
		assert_int_equal(pc_image_tier(PC_TIER_BYTES(tier)), tier);
		assert_int_equal(pc_image_tier((size_t)PC_TIER_BYTES(tier) + 1),
				 tier + 1 < PC_TIERS ? tier + 1 : -E2BIG);
	}
}

static void too_many_policies_are_an_error(void **state)
{
	struct pc_policy policy = {.name = "x", .loc = {"x.yaml", 2, 1, 1}};
	struct pc_policy *policies[PC_COUNTER_ROWS + 1];
	struct pc_policy_set set = {.policies = policies, .count = PC_COUNTER_ROWS + 1};
	struct pc_compile_input input = {.set = &set};
	struct pc_image image = {.table_words = 77};
	struct pc_diags diags = {0};

	(void)state;
	for (uint32_t i = 0; i <= PC_COUNTER_ROWS; i++)
		policies[i] = &policy;
	assert_int_equal(pc_compile(&input, &image, &diags), -EINVAL);
	assert_int_equal(image.table_words, 77);
	assert_int_equal(diags.items[0].code, PC_CODE_POLICIES_MANY);
	set.count = PC_COUNTER_ROWS;
	assert_int_equal(pc_compile(&input, &image, &diags), 0);
	pc_image_free(&image);
	pc_diags_free(&diags);
}

static void too_many_ranges_are_an_error(void **state)
{
	struct pc_id_range ranges[(1 << PC_RANGE_BITS) + 1];
	struct pc_subject_item item = {.user = {.ranges = ranges}, .loc = {"x.yaml", 3, 5, 1}};
	struct pc_policy policy = {.name = "x", .subjects = &item, .subject_count = 1};
	struct pc_policy *policies[] = {&policy};
	struct pc_policy_set set = {.policies = policies, .count = 1};
	struct pc_compile_input input = {.set = &set};
	struct pc_image image = {.table_words = 77};
	struct pc_as as = {.exe = NULL};
	struct pc_diags diags = {0};
	struct pc_label label;

	(void)state;
	for (uint32_t i = 0; i < PC_ARRAY_SIZE(ranges); i++)
		ranges[i] = (struct pc_id_range){3 * i + 1, 3 * i + 2};
	item.user.count = PC_ARRAY_SIZE(ranges);
	assert_int_equal(pc_compile(&input, &image, &diags), -EINVAL);
	assert_int_equal(image.table_words, 77);
	assert_int_equal(diags.items[0].code, PC_CODE_RANGES_MANY);
	assert_int_equal(diags.items[0].loc.line, 3);
	item.user.count--;
	assert_int_equal(pc_compile(&input, &image, &diags), 0);
	for (uint32_t uid = 0; uid < 3100; uid++) {
		for (int i = 0; i < 4; i++)
			as.who.uid[i] = uid;
		pc_image_label(&image, &as, &label);
		assert_int_equal(label.count, uid % 3 && uid / 3 < item.user.count);
	}
	pc_image_free(&image);
	pc_diags_free(&diags);
}

static void patterns_that_do_not_fit_are_named(void **state)
{
	static const struct pc_dfa_limits limits = {.cells = 700};
	struct world w;

	(void)state;
	parse_texts(&w, (const char *const[]){SYSTEM("x") "file:\n  deny:\n    - read /a\n"
							  "    - read /**a?????????????????????\n",
					      NULL});
	assert_int_equal(compile_world(&w, &limits), -EINVAL);
	assert_true(w.diags.errors > 0);
	assert_int_equal(w.diags.items[0].code, PC_CODE_GLOBS_LARGE);
	assert_int_equal(w.diags.items[0].loc.line, 7);
	drop(&w);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- size ---------------------------------------------------------------------------------- */

static char *large_policy(uint32_t rules)
{
	size_t size = (size_t)rules * 64 + 256, n = 0;
	char *text = malloc(size);

	assert_non_null(text);
	n += (size_t)snprintf(
		text, size,
		SYSTEM("large") "file:\n  default: deny\n  allow:\n    - read /usr/**\n"
				"  deny:\n");
	for (uint32_t i = 0; i < rules; i++)
		n += (size_t)snprintf(text + n, size - n, "    - %s /srv/d%02u/%u/file-%u%s\n",
				      i % 3 ? "read" : "write", i % 100, i / 100, i,
				      i % 7 ? "" : "*");
	return text;
}

static void hundred_thousand_rules_take_a_moment(void **state)
{
	PC_FREE char *text = large_policy(100000);
	const char *texts[2] = {text, NULL};
	struct pc_verdict v;
	struct rusage usage;
	struct world w;
	double start;

	(void)state;
	parse_texts(&w, texts);
	start = seconds();
	assert_int_equal(compile_world(&w, NULL), 0);
	getrusage(RUSAGE_SELF, &usage);
	printf("# 100,000 rules: %.2f s, %u classes, %u KiB of tables, %u KiB of automaton, "
	       "%ld MiB at most (with parser and sanitizers)\n",
	       seconds() - start, w.image.automata.automata[0].classes, w.image.table_words / 256,
	       w.image.automata.automata[0].cell_count / 128, usage.ru_maxrss >> 10);
	/* And the two that are implied, and the defaults of three sections. */
	assert_int_equal(w.image.rule_count, 100006);
	v = ask(&w, PC_OP_READ, "/srv/d10/123/file-12310");
	assert_true(v.denied);
	assert_int_equal(v.reason, PC_REASON_RULE);
	assert_string_equal(speaker(&w, &v)->rule->text, "read /srv/d10/123/file-12310");
	assert_false(denies(&w, PC_OP_READ, "/usr/x"));
	drop(&w);
}

/* Rules of one policy lie together, wherever their names do: a page of its own costs 256 bytes. */
static void many_policies_do_not_cost_a_page_a_rule(void **state)
{
	enum { POLICIES = 200, RULES = 100 };
	PC_FREE struct pc_rule *rules = calloc(POLICIES * RULES, sizeof(*rules));
	PC_FREE struct pc_policy *items = calloc(POLICIES, sizeof(*items));
	PC_FREE const struct pc_glob **globs = calloc(POLICIES * RULES, sizeof(*globs));
	struct pc_policy *policies[POLICIES];
	struct world w = {.set = {.policies = policies, .count = POLICIES}};
	char path[32];

	(void)state;
	assert_true(rules && items && globs);
	for (uint32_t i = 0; i < POLICIES * RULES; i++) {
		snprintf(path, sizeof(path), "/%u/%u", i % RULES, i / RULES);
		globs[i] = pc_glob_literal(&w.set.arena, path, strlen(path));
		rules[i] = (struct pc_rule){
			.deny = true, .ops = PC_BIT(PC_OP_READ), .objects = {&globs[i], 1}};
	}
	for (uint32_t p = 0; p < POLICIES; p++) {
		items[p].sections[PC_SECTION_FILE] = (struct pc_section){
			.present = true, .rules = rules + p * RULES, .count = RULES};
		policies[p] = &items[p];
	}
	assert_int_equal(compile_world(&w, NULL), 0);
	assert_in_range(w.image.table_words, 1, 400000);
	drop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_policies_are_an_image_too),
		cmocka_unit_test(policies_are_found_by_their_identity),
		cmocka_unit_test(rules_are_numbered_by_policy_section_and_line),
		cmocka_unit_test(rules_are_sorted_by_place_and_the_first_answers),
		cmocka_unit_test(tiers_hold_what_they_say),
		cmocka_unit_test(too_many_policies_are_an_error),
		cmocka_unit_test(too_many_ranges_are_an_error),
		cmocka_unit_test(patterns_that_do_not_fit_are_named),
		cmocka_unit_test(many_policies_do_not_cost_a_page_a_rule),
		cmocka_unit_test(hundred_thousand_rules_take_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
