/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parser where golden files do not reach: limits, the host, damaged texts, contracts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "diag-codes.h"
#include "golden_dump.h"
#include "lint.h"

#define HEAD "portcullis: 1\npolicy: x\nsubject: system\n"

struct outcome {
	struct pc_policy_set set;
	struct pc_diags diags;
	int r;
};

static struct outcome parse_with(const char *text, const struct pc_host *host)
{
	struct pc_text one = {"a.yaml", "a.yaml", text, strlen(text)};
	struct outcome o = {0};

	o.r = pc_parse(&one, 1, host, &o.set, &o.diags);
	return o;
}

static void free_outcome(struct outcome *o)
{
	pc_policy_set_free(&o->set);
	pc_diags_free(&o->diags);
}

static void says_code(const char *text, uint32_t code)
{
	struct outcome o = parse_with(text, &fake_host);

	assert_int_equal(o.r, -EINVAL);
	assert_true(o.diags.count > 0);
	assert_int_equal(o.diags.items[0].code, code);
	free_outcome(&o);
}

static void is_valid(const char *text)
{
	struct outcome o = parse_with(text, &fake_host);

	if (o.r)
		pc_diags_print(&o.diags, stderr, false, PC_NOTE);
	assert_int_equal(o.r, 0);
	free_outcome(&o);
}

static void nothing_is_handed_out_where_anything_is_wrong(void **state)
{
	struct pc_text texts[] = {{"a", "a.yaml", HEAD, strlen(HEAD)}, {"b", "b.yaml", "x", 1}};
	struct pc_policy_set set = {.count = 77};
	struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(pc_parse(texts, 2, &fake_host, &set, &diags), -EINVAL);
	assert_int_equal(set.count, 77);
	assert_null(set.policies);
	/* Errors of before are not this call's. */
	assert_int_equal(pc_parse(texts, 1, &fake_host, &set, &diags), 0);
	assert_int_equal(set.count, 1);
	pc_policy_set_free(&set);
	assert_int_equal(pc_parse(NULL, 0, &fake_host, &set, &diags), 0);
	assert_int_equal(set.count, 0);
	pc_policy_set_free(&set);
	pc_diags_free(&diags);
}

static void policies_are_found_by_name(void **state)
{
	static const char *const names[] = {"m", "b", "z", "a", "m.1"};
	struct pc_text texts[PC_ARRAY_SIZE(names)];
	char bytes[PC_ARRAY_SIZE(names)][64];
	struct pc_policy_set set = {0};
	struct pc_diags diags = {0};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
		int n = snprintf(bytes[i], sizeof(bytes[i]),
				 "portcullis: 1\npolicy: %s\nsubject: system\n", names[i]);

		texts[i] = (struct pc_text){names[i], "x.yaml", bytes[i], (size_t)n};
	}
	assert_int_equal(pc_parse(texts, PC_ARRAY_SIZE(names), &fake_host, &set, &diags), 0);
	for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
		assert_string_equal(pc_policy_find(&set, names[i])->name, names[i]);
	assert_null(pc_policy_find(&set, "c"));
	assert_null(pc_policy_find(&set, ""));
	assert_string_equal(set.policies[0]->name, "a");
	pc_policy_set_free(&set);
	assert_null(pc_policy_find(&set, "a"));
	pc_diags_free(&diags);
}

static int parse_many(uint32_t count, struct pc_diags *diags)
{
	struct pc_text *texts = calloc(count, sizeof(*texts));
	char(*bytes)[64] = calloc(count, sizeof(*bytes));
	struct pc_policy_set set = {0};
	int r;

	assert_non_null(texts);
	assert_non_null(bytes);
	for (uint32_t i = 0; i < count; i++) {
		int n = snprintf(bytes[i], sizeof(bytes[i]),
				 "portcullis: 1\npolicy: p%u\nsubject: system\n", i);

		texts[i] = (struct pc_text){"a", "a.yaml", bytes[i], (size_t)n};
	}
	r = pc_parse(texts, count, &fake_host, &set, diags);
	pc_policy_set_free(&set);
	free(texts);
	free(bytes);
	return r;
}

static void a_revision_has_at_most_1024_policies(void **state)
{
	struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(parse_many(PC_POLICIES_MAX, &diags), 0);
	assert_int_equal(parse_many(PC_POLICIES_MAX + 1, &diags), -EINVAL);
	assert_int_equal(diags.items[0].code, PC_CODE_POLICIES_MANY);
	pc_diags_free(&diags);
}

static void limits_hold_exactly(void **state)
{
	char text[8192], name[80];

	(void)state;
	memset(name, 'n', sizeof(name));
	snprintf(text, sizeof(text), "portcullis: 1\npolicy: %.63s\nsubject: system\n", name);
	is_valid(text);
	snprintf(text, sizeof(text), "portcullis: 1\npolicy: %.64s\nsubject: system\n", name);
	says_code(text, PC_CODE_NAME);
	for (int items = 32; items <= 33; items++) {
		strcpy(text, "portcullis: 1\npolicy: x\nsubject:\n");
		for (int i = 0; i < items; i++)
			strcat(text, "- user: 0-4294967294\n");
		if (items == 32)
			is_valid(text);
		else
			says_code(text, PC_CODE_SUBJECT_MANY);
	}
	for (int why = 512; why <= 513; why++) {
		snprintf(text, sizeof(text),
			 HEAD "file:\n  deny:\n  - rule: read /a\n    why: '%0*d'\n", why, 0);
		if (why == 512)
			is_valid(text);
		else
			says_code(text, PC_CODE_TEXT_LONG);
	}
}

static void every_error_name_is_known(void **state)
{
	char text[256];

	(void)state;
	for (int err = 1; err <= 133; err++) {
		struct outcome o;

		if (!strerrorname_np(err))
			continue;
		snprintf(text, sizeof(text),
			 HEAD "exec:\n  deny:\n  - rule: /a\n    action: errno:%s\n",
			 strerrorname_np(err));
		o = parse_with(text, &fake_host);
		assert_int_equal(o.r, 0);
		assert_int_equal(o.set.policies[0]->sections[PC_SECTION_EXEC].rules[0].err, err);
		free_outcome(&o);
	}
}

static void every_operation_is_known_in_its_section_only(void **state)
{
	static const struct {
		const char *name;
		enum pc_section_id section;
		uint32_t bit;
	} ops[] = {
#define PC_X(symbol, section, name, permission)                                                    \
	{name, PC_SECTION_##section, PC_BIT(PC_OP_##symbol)},
		PC_OPS(PC_X)
#undef PC_X
	};
	static const struct {
		const char *name, *object;
	} sections[] = {{"exec", " /a"}, {"file", " /a"}, {"kernel", ""}, {"process", " any"}};
	char text[256];

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(ops); i++)
		for (uint32_t id = 0; id < PC_SECTION_COUNT; id++) {
			struct outcome o;

			snprintf(text, sizeof(text), HEAD "%s:\n  deny:\n  - %s%s\n",
				 sections[id].name, ops[i].name, sections[id].object);
			if (id != ops[i].section) {
				says_code(text, PC_CODE_OP_SECTION);
				continue;
			}
			o = parse_with(text, &fake_host);
			assert_int_equal(o.r, 0);
			assert_int_equal(o.set.policies[0]->sections[id].rules[0].ops, ops[i].bit);
			free_outcome(&o);
		}
}

/* Reads a text whatever it is; both answers are right, a crash or a lie is not. */
static void survive(const char *text, size_t n)
{
	struct pc_text one = {"a", "a.yaml", text, n};
	struct pc_policy_set set = {0};
	struct pc_diags diags = {0};
	int r = pc_parse(&one, 1, &fake_host, &set, &diags);

	assert_true(r == 0 || r == -EINVAL);
	assert_int_equal(r == -EINVAL, pc_diags_failed(&diags));
	pc_policy_set_free(&set);
	pc_diags_free(&diags);
}

static const char whole[] =
	HEAD "vars: {v: [a, 'b c']}\nexec:\n  default: deny\n  allow:\n    - run /bin/sh fileless\n"
	     "    - rule: 'map /x/${v}/*'\n      why: \"a \\u00e9\"\n"
	     "file: {deny: ['read /{a,b}[!x]?', {rule: 'all /a', action: 'errno:EIO'}]}\n";

static void a_text_may_break_off_anywhere(void **state)
{
	(void)state;
	is_valid(whole);
	for (size_t n = 0; n < strlen(whole); n++) {
		/* A copy of its own, so that a byte too far is noticed. */
		char *text = malloc(n + 1);

		assert_non_null(text);
		memcpy(text, whole, n);
		survive(text, n);
		free(text);
	}
}

static void any_byte_may_be_another(void **state)
{
	static const char others[] = "\0\n\t\r \"'#&*:-{}[],!|>%@`\\$?/~\x80\xff\xc3";
	char text[sizeof(whole)];

	(void)state;
	for (size_t i = 0; i < strlen(whole); i++)
		for (size_t j = 0; j < sizeof(others) - 1; j++) {
			memcpy(text, whole, sizeof(whole));
			text[i] = others[j];
			survive(text, strlen(whole));
		}
}

static void a_long_path_of_short_names_is_no_problem(void **state)
{
	char text[8192] = HEAD "file:\n  deny:\n  - read ";
	struct outcome o;

	(void)state;
	for (int i = 0; i < 2040; i++)
		strcat(text, "/a");
	strcat(text, "\n");
	o = parse_with(text, &pc_host_live);
	assert_int_equal(o.r, 0);
	free_outcome(&o);
}

static uint32_t lint_finds(const char *text, uint32_t code)
{
	struct outcome o = parse_with(text, &fake_host);
	uint32_t found = 0;

	assert_int_equal(o.r, 0);
	assert_int_equal(pc_lint(&o.set, NULL, 0, PC_LINT_WARNINGS | PC_LINT_HINTS, &o.diags), 0);
	for (uint32_t i = 0; i < o.diags.count; i++)
		found += o.diags.items[i].code == code;
	free_outcome(&o);
	return found;
}

#define RULES(allow, deny)                                                                         \
	HEAD "file:\n  default: deny\n  allow:\n  - " allow "\n  deny:\n  - " deny "\n"

static void an_allow_inside_a_deny_is_found(void **state)
{
	(void)state;
	assert_int_equal(lint_finds(RULES("read /a/b", "read /a/**"), PC_CODE_ALLOW_DENIED), 1);
	assert_int_equal(lint_finds(RULES("read /a/*/c", "all /a/**"), PC_CODE_ALLOW_DENIED), 1);
	assert_int_equal(
		lint_finds(RULES("read /{a,b}/c", "read /a/** /b/*"), PC_CODE_ALLOW_DENIED),
		0); /* each of the two prefixes is longer than the allow's */
	assert_int_equal(
		lint_finds(RULES("read /a/{b,c}", "read /a/b* /a/c*"), PC_CODE_ALLOW_DENIED), 0);
	assert_int_equal(lint_finds(RULES("read /a/{b,c}", "read /a/[bc]"), PC_CODE_ALLOW_DENIED),
			 1);
	assert_int_equal(lint_finds(RULES("read /**", "read /**"), PC_CODE_ALLOW_DENIED), 1);
	/* Something is left of these. */
	assert_int_equal(lint_finds(RULES("read /a/**", "read /a/b"), PC_CODE_ALLOW_DENIED), 0);
	assert_int_equal(lint_finds(RULES("read,write /a/b", "write /a/**"), PC_CODE_ALLOW_DENIED),
			 0);
	assert_int_equal(lint_finds(RULES("read /a", "read /a/**"), PC_CODE_ALLOW_DENIED), 0);
	assert_int_equal(lint_finds(RULES("read /a/b", "{rule: 'read /a/**', mode: audit}"),
				    PC_CODE_ALLOW_DENIED),
			 0);
}

static void rules_that_stand_twice_are_found(void **state)
{
	(void)state;
	assert_int_equal(lint_finds(RULES("read,write /a /b\n  - write,read /b /\\x61", "lock /x"),
				    PC_CODE_RULE_TWICE),
			 1);
	assert_int_equal(lint_finds(RULES("read /a\n  - read /b\n  - write /a", "read /a"),
				    PC_CODE_RULE_TWICE),
			 0);
}

/* From the top of the tree, as tests/run starts its programs. */
static void shipped_policies_are_valid(void **state)
{
	static const char *const folders[] = {"policies"};
	struct pc_policy_set set = {0};
	struct pc_texts texts = {0};
	struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(pc_texts_read_folders(folders, 1, &texts, &diags), 0);
	assert_true(texts.count >= 2);
	assert_int_equal(pc_texts_read_file("policies/examples/demo.yaml", &texts, &diags), 0);
	assert_int_equal(pc_parse(texts.items, texts.count, &fake_host, &set, &diags), 0);
	assert_int_equal(pc_lint(&set, texts.items, texts.count, PC_LINT_WARNINGS, &diags), 0);
	assert_int_equal(diags.warnings, 0);
	assert_non_null(pc_policy_find(&set, "demo"));
	pc_policy_set_free(&set);
	pc_texts_free(&texts);
	pc_diags_free(&diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_handed_out_where_anything_is_wrong),
		cmocka_unit_test(policies_are_found_by_name),
		cmocka_unit_test(a_revision_has_at_most_1024_policies),
		cmocka_unit_test(limits_hold_exactly),
		cmocka_unit_test(every_error_name_is_known),
		cmocka_unit_test(every_operation_is_known_in_its_section_only),
		cmocka_unit_test(a_text_may_break_off_anywhere),
		cmocka_unit_test(any_byte_may_be_another),
		cmocka_unit_test(a_long_path_of_short_names_is_no_problem),
		cmocka_unit_test(an_allow_inside_a_deny_is_found),
		cmocka_unit_test(rules_that_stand_twice_are_found),
		cmocka_unit_test(shipped_policies_are_valid),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
