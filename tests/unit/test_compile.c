/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiled images: what they decide is what the policies say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <time.h>

#include "../fuzz/glob-cases.h"
#include "compile-internal.h"
#include "diag-codes.h"
#include "golden_dump.h"

#define HEAD(name) "portcullis: 1\npolicy: " name "\n"
#define SYSTEM(name) HEAD(name) "subject: system\n"
#define TEXTS_MAX 20

struct world {
	struct pc_policy_set set;
	struct pc_diags diags;
	struct pc_image image;
};

static int compile_world(struct world *w, const struct pc_dfa_limits *limits)
{
	struct pc_compile_input input = {.set = &w->set};

	return pc_compile_within(&input, limits, &w->image, &w->diags);
}

static void parse_texts(struct world *w, const char *const *texts)
{
	static const char *const names[TEXTS_MAX] = {
		"a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml", "f.yaml", "g.yaml",
		"h.yaml", "i.yaml", "j.yaml", "k.yaml", "l.yaml", "m.yaml", "n.yaml",
		"o.yaml", "p.yaml", "q.yaml", "r.yaml", "s.yaml", "t.yaml",
	};
	struct pc_text items[TEXTS_MAX];
	uint32_t n = 0;

	*w = (struct world){.set = {.count = 0}};
	for (; texts[n]; n++)
		items[n] = (struct pc_text){names[n], names[n], texts[n], strlen(texts[n])};
	if (pc_parse(items, n, &fake_host, &w->set, &w->diags)) {
		pc_diags_print(&w->diags, stderr, false);
		fail_msg("the policies do not parse");
	}
}

static void build(struct world *w, const char *const *texts)
{
	parse_texts(w, texts);
	if (compile_world(w, NULL)) {
		pc_diags_print(&w->diags, stderr, false);
		fail_msg("the policies do not compile");
	}
}

#define BUILD(w, ...) build((w), (const char *const[]){__VA_ARGS__, NULL})

static void drop(struct world *w)
{
	pc_image_free(&w->image);
	pc_policy_set_free(&w->set);
	pc_diags_free(&w->diags);
}

static struct pc_label label_as(const struct world *w, struct pc_as as)
{
	struct pc_label label;

	pc_image_label(&w->image, &as, &label);
	return label;
}

/* Nobody of note: no exe, no cgroup, ids that no policy here names. */
static struct pc_as nobody(void)
{
	return (struct pc_as){.who = {.uid = {9, 9, 9, 9}, .gid = {9, 9, 9, 9}, .loginuid = 9}};
}

static struct pc_verdict decide(const struct world *w, const struct pc_label *label,
				struct pc_question question)
{
	struct pc_tables tables = pc_image_tables(&w->image);
	struct pc_verdict verdict = {0};

	pc_decide(&tables, label, &question, &verdict);
	return verdict;
}

static struct pc_verdict ask(const struct world *w, enum pc_op op, const char *path)
{
	struct pc_question question = {.op = op};
	struct pc_label label = label_as(w, nobody());

	pc_image_class(&w->image, path, strlen(path), &question.class);
	return decide(w, &label, question);
}

static struct pc_verdict ask_fileless(const struct world *w, enum pc_op op)
{
	struct pc_label label = label_as(w, nobody());

	return decide(w, &label, (struct pc_question){.op = op, .fileless = 1});
}

static struct pc_verdict ask_unnameable(const struct world *w, enum pc_op op)
{
	struct pc_label label = label_as(w, nobody());

	return decide(w, &label, (struct pc_question){.op = op, .reason = PC_REASON_DEPTH});
}

static bool denies(const struct world *w, enum pc_op op, const char *path)
{
	return ask(w, op, path).denied;
}

static const struct pc_image_rule *speaker(const struct world *w, const struct pc_verdict *v)
{
	assert_in_range(v->rule, 0, w->image.rule_count - 1);
	return &w->image.rules[v->rule];
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- one policy ---------------------------------------------------------------------------- */

static void deny_wins_over_allow_and_default_comes_last(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  default: deny\n  allow:\n    - read /a/**\n"
			      "  deny:\n    - read /a/b\n");
	assert_true(denies(&w, PC_OP_READ, "/a/b"));
	assert_false(denies(&w, PC_OP_READ, "/a/c"));
	assert_true(denies(&w, PC_OP_READ, "/b"));
	assert_true(denies(&w, PC_OP_READ, "/a"));
	assert_true(denies(&w, PC_OP_WRITE, "/a/c"));
	v = ask(&w, PC_OP_READ, "/a/b");
	assert_int_equal(v.reason, PC_REASON_RULE);
	assert_true(speaker(&w, &v)->rule->deny);
	assert_int_equal(v.err, EACCES);
	v = ask(&w, PC_OP_READ, "/b");
	assert_int_equal(v.reason, PC_REASON_DEFAULT);
	assert_null(speaker(&w, &v)->rule);
	assert_int_equal(speaker(&w, &v)->section, PC_SECTION_FILE);
	drop(&w);
}

static void default_allow_denies_only_what_is_named(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  deny:\n    - write,append /etc/**\n");
	assert_true(denies(&w, PC_OP_WRITE, "/etc/a"));
	assert_true(denies(&w, PC_OP_APPEND, "/etc/a/b"));
	assert_false(denies(&w, PC_OP_READ, "/etc/a"));
	assert_false(denies(&w, PC_OP_WRITE, "/etc"));
	drop(&w);
}

static void sections_are_apart_and_an_absent_one_confines_nothing(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "exec:\n  default: deny\n  allow:\n    - run /usr/bin/true\n");
	assert_false(denies(&w, PC_OP_RUN, "/usr/bin/true"));
	assert_true(denies(&w, PC_OP_INTERPRET, "/usr/bin/true"));
	assert_true(denies(&w, PC_OP_MAP, "/x"));
	assert_false(denies(&w, PC_OP_READ, "/x"));
	assert_int_equal(w.image.tables[PC_W_OPS], PC_OPS_EXEC);
	drop(&w);
	BUILD(&w, SYSTEM("x") "exec:\n  deny:\n    - run /x\nfile:\n  deny:\n    - read /x\n");
	assert_true(denies(&w, PC_OP_RUN, "/x"));
	assert_true(denies(&w, PC_OP_READ, "/x"));
	assert_false(denies(&w, PC_OP_WRITE, "/x"));
	assert_int_equal(w.image.tables[PC_W_OPS], PC_OPS_EXEC | PC_OPS_FILE);
	drop(&w);
}

static void root_directory_is_a_path_of_its_own(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  deny:\n    - read /\n");
	assert_true(denies(&w, PC_OP_READ, "/"));
	assert_false(denies(&w, PC_OP_READ, "/a"));
	drop(&w);
}

static void kill_comes_first_then_the_first_line(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  deny:\n"
			      "    - {rule: 'read /a/*', action: 'errno:ENOENT'}\n"
			      "    - {rule: 'read /a/**', action: 'errno:EIO'}\n"
			      "    - {rule: 'read /a/k', action: kill}\n");
	v = ask(&w, PC_OP_READ, "/a/b");
	assert_int_equal(v.err, ENOENT);
	assert_int_equal(v.kill, 0);
	v = ask(&w, PC_OP_READ, "/a/b/c");
	assert_int_equal(v.err, EIO);
	v = ask(&w, PC_OP_READ, "/a/k");
	assert_int_equal(v.kill, 1);
	assert_int_equal(v.err, EACCES);
	assert_int_equal(speaker(&w, &v)->loc.line, 8);
	drop(&w);
}

static void first_rule_speaks_only_for_its_operations(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  deny:\n"
			      "    - {rule: 'read /a', action: 'errno:ENOENT'}\n"
			      "    - {rule: 'read,write /a', action: 'errno:EIO'}\n"
			      "    - {rule: 'read,write,lock /a', action: 'errno:EBUSY'}\n");
	assert_int_equal(ask(&w, PC_OP_READ, "/a").err, ENOENT);
	assert_int_equal(ask(&w, PC_OP_WRITE, "/a").err, EIO);
	assert_int_equal(ask(&w, PC_OP_LOCK, "/a").err, EBUSY);
	drop(&w);
}

/* ---- audit --------------------------------------------------------------------------------- */

static void audited_policy_only_reports(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "mode: audit\nfile:\n  default: deny\n  allow:\n    - read /a\n"
			      "  deny:\n    - {rule: 'read /k', action: kill}\n");
	v = ask(&w, PC_OP_READ, "/b");
	assert_int_equal(v.denied, 0);
	assert_int_equal(v.audited, 1);
	assert_int_equal(ask(&w, PC_OP_READ, "/a").audited, 0);
	v = ask(&w, PC_OP_READ, "/k");
	assert_int_equal(v.audited, 1);
	assert_int_equal(v.kill, 0);
	assert_int_equal(ask_unnameable(&w, PC_OP_READ).audited, 1);
	drop(&w);
}

static void audited_rule_neither_denies_nor_speaks_for_one_that_does(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  deny:\n"
			      "    - {rule: 'read /a/**', mode: audit, action: kill}\n"
			      "    - {rule: 'read /a/b', action: 'errno:EIO'}\n");
	v = ask(&w, PC_OP_READ, "/a/c");
	assert_int_equal(v.denied, 0);
	assert_int_equal(v.audited, 1);
	assert_int_equal(v.kill, 0);
	v = ask(&w, PC_OP_READ, "/a/b");
	assert_int_equal(v.denied, 1);
	assert_int_equal(v.kill, 0);
	assert_int_equal(v.err, EIO);
	drop(&w);
}

/* ---- objects without a name ---------------------------------------------------------------- */

static void fileless_objects_follow_the_rules_that_name_them(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "exec:\n  default: deny\n  allow:\n    - run fileless /a\n");
	assert_false(ask_fileless(&w, PC_OP_RUN).denied);
	assert_true(ask_fileless(&w, PC_OP_MAP).denied);
	assert_false(denies(&w, PC_OP_RUN, "/a"));
	drop(&w);
	BUILD(&w, SYSTEM("x") "exec:\n  deny:\n    - {rule: 'run fileless', action: kill}\n");
	assert_true(ask_fileless(&w, PC_OP_RUN).kill);
	assert_false(ask_fileless(&w, PC_OP_MAP).denied);
	assert_false(denies(&w, PC_OP_RUN, "/a"));
	drop(&w);
}

static void unnameable_objects_are_closed_where_a_rule_could_deny_them(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "exec:\n  default: deny\n  allow:\n    - run /**\n"
			      "file:\n  deny:\n    - read /a\n"
			      "    - {rule: 'write /a', mode: audit}\n");
	v = ask_unnameable(&w, PC_OP_RUN);
	assert_true(v.denied);
	assert_int_equal(v.reason, PC_REASON_DEPTH);
	assert_int_equal(speaker(&w, &v)->section, PC_SECTION_EXEC);
	assert_true(ask_unnameable(&w, PC_OP_READ).denied);
	assert_false(ask_unnameable(&w, PC_OP_WRITE).denied);
	assert_false(ask_unnameable(&w, PC_OP_LOCK).denied);
	drop(&w);
}

/* ---- layers -------------------------------------------------------------------------------- */

static void all_layers_must_allow(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("m") "file:\n  deny:\n    - {rule: 'read /x', action: 'errno:EIO'}\n",
	      SYSTEM("a") "file:\n  default: deny\n  allow:\n    - read /x /y\n",
	      SYSTEM("z") "file:\n  deny:\n    - {rule: 'read /x', action: kill}\n",
	      SYSTEM("b") "mode: audit\nfile:\n  deny:\n    - read /**\n");
	assert_int_equal(label_as(&w, nobody()).count, 4);
	v = ask(&w, PC_OP_READ, "/x");
	assert_int_equal(v.policy, 3); /* z: kill first */
	assert_true(v.kill);
	assert_int_equal(v.denied, 1 << 2 | 1 << 3);
	v = ask(&w, PC_OP_READ, "/y");
	assert_int_equal(v.denied, 0);
	assert_int_equal(v.policy, 1); /* b reports */
	v = ask(&w, PC_OP_READ, "/z");
	assert_int_equal(v.policy, 0); /* a denies by default */
	drop(&w);
}

static void seventeenth_layer_overflows_and_denies(void **state)
{
	char bytes[17][96];
	const char *texts[18] = {NULL};
	struct pc_verdict v;
	struct pc_label label;
	struct world w;

	(void)state;
	for (int n = 16; n <= 17; n++) {
		for (int i = 0; i < n; i++) {
			snprintf(bytes[i], sizeof(bytes[i]),
				 SYSTEM("p%02d") "file:\n  deny:\n    - read /%d\n", i, i);
			texts[i] = bytes[i];
		}
		build(&w, texts);
		label = label_as(&w, nobody());
		assert_int_equal(label.count, 16);
		assert_int_equal(label.overflow, n == 17);
		assert_int_equal(label.ops, PC_OPS_FILE);
		v = ask(&w, PC_OP_READ, "/free");
		assert_int_equal(v.denied, n == 17);
		if (n == 17)
			assert_int_equal(v.reason, PC_REASON_OVERFLOW);
		assert_false(denies(&w, PC_OP_RUN, "/free"));
		drop(&w);
	}
}

/* ---- subjects ------------------------------------------------------------------------------ */

#define BODY "file:\n  deny:\n    - read /x\n"

static uint32_t layers(const struct world *w, const char *exe, const char *cgroup)
{
	struct pc_as as = nobody();

	as.exe = exe;
	as.cgroup = cgroup;
	return label_as(w, as).count;
}

static uint32_t layers_of(const struct world *w, struct pc_identity who)
{
	return label_as(w, (struct pc_as){.who = who}).count;
}

static void executables_gain_their_policy(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, HEAD("x") "subject:\n  - exe: [/usr/sbin/nginx, '/opt/**/bin/*']\n" BODY);
	assert_int_equal(layers(&w, "/usr/sbin/nginx", NULL), 1);
	assert_int_equal(layers(&w, "/opt/a/b/bin/c", "/any"), 1);
	assert_int_equal(layers(&w, "/opt/a/b/bin/c/d", NULL), 0);
	assert_int_equal(layers(&w, "/usr/sbin/nginx2", NULL), 0);
	assert_int_equal(layers(&w, NULL, "/usr/sbin/nginx"), 0);
	assert_int_equal(w.image.tables[PC_W_FLAGS], PC_IMAGE_BY_EXE);
	drop(&w);
}

static void cgroups_are_meant_with_their_subtree(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w,
	      HEAD("x") "subject:\n  - cgroup: '/user.slice/user-*'\n  - unit: a.service\n" BODY);
	assert_int_equal(layers(&w, NULL, "/user.slice/user-1000.slice"), 1);
	assert_int_equal(layers(&w, NULL, "/user.slice/user-1000.slice/x/y"), 1);
	assert_int_equal(layers(&w, NULL, "/user.slice"), 0);
	assert_int_equal(layers(&w, NULL, "/"), 0);
	assert_int_equal(layers(&w, NULL, "/system.slice/a.service"), 1);
	assert_int_equal(layers(&w, NULL, "/system.slice/a.service/sub"), 1);
	assert_int_equal(layers(&w, NULL, "/system.slice/aa.service"), 0);
	assert_int_equal(layers(&w, "/user.slice/user-1000.slice", NULL), 0);
	assert_int_equal(layers(&w, NULL, NULL), 0);
	assert_int_equal(w.image.tables[PC_W_FLAGS], PC_IMAGE_BY_CGROUP);
	drop(&w);
}

static void root_cgroup_is_every_cgroup(void **state)
{
	struct pc_class class, states;
	struct world w;

	(void)state;
	BUILD(&w, HEAD("x") "subject:\n  - cgroup: /\n" BODY);
	assert_int_equal(layers(&w, NULL, "/"), 1);
	assert_int_equal(layers(&w, NULL, "/a"), 1);
	assert_int_equal(layers(&w, NULL, "/a/b.c/d"), 1);
	assert_int_equal(layers(&w, NULL, NULL), 0);
	/* The kernel's name of the root is the bare prefix. */
	pc_image_cgroup_class(&w.image, "/", 1, &class);
	pc_image_class(&w.image, "c", 1, &states);
	assert_memory_equal(&class, &states, sizeof(class));
	drop(&w);
}

static void ids_match_any_of_a_task_s(void **state)
{
	struct pc_identity who = nobody().who, many = nobody().who;
	struct world w;

	(void)state;
	BUILD(&w, HEAD("u") "subject:\n  - user: [alice, 2000-2099, 2100, 5, 4]\n" BODY,
	      HEAD("g") "subject:\n  - group: [adm, 300-400]\n" BODY,
	      HEAD("l") "subject:\n  - login: 1000\n" BODY);
	assert_int_equal(layers_of(&w, who), 0);
	for (int i = 0; i < 4; i++) {
		who = nobody().who;
		who.uid[i] = 2050;
		assert_int_equal(layers_of(&w, who), 1);
		who.gid[i] = 4;
		assert_int_equal(layers_of(&w, who), 2);
	}
	who = nobody().who;
	who.uid[0] = 2101;
	assert_int_equal(layers_of(&w, who), 0);
	who.group_count = 3;
	who.group[2] = 400;
	assert_int_equal(layers_of(&w, who), 1);
	who.loginuid = 1000;
	assert_int_equal(layers_of(&w, who), 2);
	many.group_count = PC_GROUPS_MAX + 1;
	assert_int_equal(layers_of(&w, many), 1);
	assert_int_equal(w.image.tables[PC_W_FLAGS], PC_IMAGE_BY_ID | PC_IMAGE_ANYWHERE);
	drop(&w);
}

static void ranges_are_sorted_and_joined(void **state)
{
	const uint32_t *tables, *item;
	struct world w;

	(void)state;
	BUILD(&w, HEAD("u") "subject:\n  - user: [20-30, 1, 2-3, 25-40, 41, 0, 4294967294]\n" BODY);
	tables = w.image.tables;
	item = tables + tables[PC_W_SUBJECTS];
	assert_int_equal(item[PC_S_KEYS], PC_KEY_USER);
	assert_int_equal(item[PC_S_USER_COUNT], 3);
	assert_memory_equal(tables + item[PC_S_USER],
			    ((uint32_t[]){0, 3, 20, 41, 4294967294, 4294967294}), 24);
	drop(&w);
}

static void all_keys_of_an_item_must_hold(void **state)
{
	struct pc_as as = nobody();
	struct world w;

	(void)state;
	BUILD(&w, HEAD("x") "subject:\n  - {exe: /bin/x, unit: a.service, user: 7}\n"
			    "  - {exe: /bin/y, unit: a.service}\n" BODY);
	assert_int_equal(layers(&w, "/usr/bin/y", "/a.service"), 1);
	assert_int_equal(layers(&w, "/usr/bin/y", NULL), 0);
	assert_int_equal(layers(&w, NULL, "/a.service"), 0);
	assert_int_equal(layers(&w, "/usr/bin/x", "/a.service"), 0);
	as.exe = "/usr/bin/x";
	as.cgroup = "/a.service";
	as.who.uid[1] = 7;
	assert_int_equal(label_as(&w, as).count, 1);
	assert_int_equal(w.image.tables[PC_W_FLAGS],
			 PC_IMAGE_BY_EXE | PC_IMAGE_BY_CGROUP | PC_IMAGE_BY_ID);
	drop(&w);
}

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
	} expected[] = {{"a", 8, true},	  {"a", 6, false}, {"a", 11, true}, {"a", 13, true},
			{"a", 10, false}, {"b", 6, true},  {"b", 4, false}};
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
		if (expected[i].is_rule)
			assert_int_equal(rule->loc.line, expected[i].line);
	}
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

/* ---- properties ---------------------------------------------------------------------------- */

static void put_format(struct case_text *text, const char *format, const char *word)
{
	char line[CASE_TEXT_MAX];

	snprintf(line, sizeof(line), format, word);
	case_put(text, line);
}

/* An object: a pattern that begins with a slash and has no component the parser refuses. */
static void random_object(struct case_random *random, char *out, size_t size)
{
	static const char *const parts[] = {"/a",    "/b",     "/ab", "/*",	  "/a*",   "/?",
					    "/[ab]", "/{a,b}", "/*b", "/{a,b/a}", "/**/b", "/**/a"};
	uint32_t n = 1 + case_below(random, 3);

	out[0] = 0;
	for (uint32_t i = 0; i < n; i++)
		strncat(out, parts[case_below(random, PC_ARRAY_SIZE(parts))],
			size - strlen(out) - 1);
	if (!case_below(random, 4))
		strncat(out, "/**", size - strlen(out) - 1);
	if (!case_below(random, 12))
		snprintf(out, size, "/");
}

static void random_path(struct case_random *random, char *out, size_t size)
{
	static const char *const parts[] = {"/a", "/b", "/ab", "/c", "/aab", "/ba"};
	uint32_t n = case_below(random, 4);

	snprintf(out, size, "%s", n ? "" : "/");
	for (uint32_t i = 0; i < n; i++)
		strncat(out, parts[case_below(random, PC_ARRAY_SIZE(parts))],
			size - strlen(out) - 1);
}

static void random_rule(struct case_random *random, struct case_text *text, bool exec, bool deny)
{
	static const char *const of_file[] = {"read",	"write", "read,write", "create,delete,read",
					      "modify", "all"};
	static const char *const of_exec[] = {"run", "map", "run,interpret", "run,interpret,map"};
	static const char *const actions[] = {"",
					      ", action: kill",
					      ", action: 'errno:ENOENT'",
					      ", mode: audit",
					      ", mode: audit, action: kill",
					      ", action: 'errno:EIO'"};
	char object[64];

	put_format(text, "    - {rule: '%s ",
		   exec ? of_exec[case_below(random, 4)] : of_file[case_below(random, 6)]);
	random_object(random, object, sizeof(object));
	case_put(text, object);
	if (!case_below(random, 3)) {
		random_object(random, object, sizeof(object));
		put_format(text, " %s", object);
	}
	if (exec && !case_below(random, 5))
		case_put(text, " fileless");
	case_put(text, "'");
	case_put(text, deny ? actions[case_below(random, PC_ARRAY_SIZE(actions))] : "");
	case_put(text, "}\n");
}

static void random_section(struct case_random *random, struct case_text *text, bool exec)
{
	uint32_t allows = case_below(random, 3), denies_ = 1 + case_below(random, 3);

	put_format(text, "%s:\n", exec ? "exec" : "file");
	put_format(text, "  default: %s\n", case_below(random, 2) ? "deny" : "allow");
	if (allows)
		case_put(text, "  allow:\n");
	for (uint32_t i = 0; i < allows; i++)
		random_rule(random, text, exec, false);
	case_put(text, "  deny:\n");
	for (uint32_t i = 0; i < denies_; i++)
		random_rule(random, text, exec, true);
}

static void random_subject(struct case_random *random, struct case_text *text)
{
	static const char *const ids[] = {"", ", user: [1, 3-4]", ", group: [2, 6]", ", login: 1-3",
					  ", user: 2, group: 0-3"};
	uint32_t items = 1 + case_below(random, 3);
	char object[64];

	if (!case_below(random, 3)) {
		case_put(text, "subject: system\n");
		return;
	}
	case_put(text, "subject:\n");
	for (uint32_t i = 0; i < items; i++) {
		uint32_t kind = case_below(random, 4);

		if (kind == 3) {
			case_put(text, "  - {user: [0-2, 5]");
		} else {
			random_object(random, object, sizeof(object));
			put_format(text, kind == 0 ? "  - {exe: '%s'" : "  - {cgroup: '%s'",
				   object);
		}
		if (kind == 2) {
			random_object(random, object, sizeof(object));
			put_format(text, ", exe: '%s'", object);
		}
		case_put(text, kind == 3 ? "" : ids[case_below(random, PC_ARRAY_SIZE(ids))]);
		case_put(text, "}\n");
	}
}

struct random_world {
	struct world w;
	char bytes[3][2048];
	const char *texts[4];
};

static void append(char *bytes, size_t size, struct case_text *text)
{
	text->bytes[text->n < sizeof(text->bytes) ? text->n : sizeof(text->bytes) - 1] = 0;
	strncat(bytes, text->bytes, size - strlen(bytes) - 1);
	*text = (struct case_text){.n = 0};
}

static void random_policies(struct case_random *random, struct random_world *r)
{
	static const char *const heads[] = {HEAD("p0"), HEAD("p1"), HEAD("p2")};
	uint32_t n = 1 + case_below(random, 3);
	struct case_text text = {.n = 0};

	*r = (struct random_world){.texts = {NULL}};
	for (uint32_t i = 0; i < n; i++) {
		r->texts[i] = r->bytes[i];
		case_put(&text, heads[i]);
		case_put(&text, case_below(random, 3) ? "mode: enforce\n" : "mode: audit\n");
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
		random_subject(random, &text);
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
		if (case_below(random, 3)) {
			random_section(random, &text, true);
			append(r->bytes[i], sizeof(r->bytes[i]), &text);
		}
		random_section(random, &text, false);
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
	}
}

/* ---- the reference: the model, read naively ------------------------------------------------- */

struct object {
	const char *path; /* NULL: fileless */
};

static bool glob_list_matches(const struct pc_glob_list *list, const char *path)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (pc_glob_match(list->globs[i], path, strlen(path)))
			return true;
	return false;
}

/* The cgroup or one above it. */
static bool cgroup_list_matches(const struct pc_glob_list *list, const char *path)
{
	if (glob_list_matches(list, "/") || glob_list_matches(list, path))
		return true;
	for (size_t n = strlen(path) - 1; n > 0; n--)
		for (uint32_t i = 0; i < list->count && path[n] == '/'; i++)
			if (pc_glob_match(list->globs[i], path, n))
				return true;
	return false;
}

static bool in_set(const struct pc_id_set *set, uint32_t id)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (id >= set->ranges[i].first && id <= set->ranges[i].last)
			return true;
	return false;
}

static bool in_set_any(const struct pc_id_set *set, const uint32_t *ids, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (in_set(set, ids[i]))
			return true;
	return false;
}

static bool item_matches(const struct pc_subject_item *item, const struct pc_as *as)
{
	const struct pc_identity *who = &as->who;

	return (!item->exe.count || glob_list_matches(&item->exe, as->exe)) &&
	       (!item->cgroup.count || cgroup_list_matches(&item->cgroup, as->cgroup)) &&
	       (!item->user.count || in_set_any(&item->user, who->uid, 4)) &&
	       (!item->group.count || in_set_any(&item->group, who->gid, 4) ||
		in_set_any(&item->group, who->group, who->group_count)) &&
	       (!item->login.count || in_set(&item->login, who->loginuid));
}

static bool policy_applies(const struct pc_policy *policy, const struct pc_as *as)
{
	for (uint32_t i = 0; i < policy->subject_count; i++)
		if (item_matches(&policy->subjects[i], as))
			return true;
	return false;
}

struct reference {
	bool denied, audited, kill;
	const struct pc_rule *rule; /* that speaks; NULL: the default */
	uint32_t err;
};

static bool rule_matches(const struct pc_rule *rule, enum pc_op op, struct object object)
{
	if (!(rule->ops & PC_BIT(op)))
		return false;
	return object.path ? glob_list_matches(&rule->objects, object.path) : rule->fileless;
}

static bool speaks_before(const struct pc_rule *a, const struct pc_rule *b)
{
	if (!b || a->kill != b->kill)
		return !b || a->kill;
	return a->loc.line < b->loc.line;
}

static struct reference judge_layer(const struct pc_policy *policy, enum pc_op op,
				    struct object object)
{
	const struct pc_section *section =
		&policy->sections[PC_BIT(op) & PC_OPS_EXEC ? PC_SECTION_EXEC : PC_SECTION_FILE];
	const struct pc_rule *enforced = NULL, *audited = NULL;
	struct reference r = {.denied = false};
	bool allowed = false;

	if (!section->present)
		return r;
	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		if (!rule_matches(rule, op, object))
			continue;
		if (!rule->deny)
			allowed = true;
		else if (rule->mode == PC_MODE_ENFORCE)
			enforced = speaks_before(rule, enforced) ? rule : enforced;
		else
			audited = speaks_before(rule, audited) ? rule : audited;
	}
	r.denied = enforced || (!allowed && section->dflt == PC_DEFAULT_DENY);
	r.audited = !r.denied && audited;
	r.rule = r.denied ? enforced : audited;
	r.err = r.rule && r.rule->err ? (uint32_t)r.rule->err : EACCES;
	if (policy->mode == PC_MODE_AUDIT && r.denied) {
		r.denied = false;
		r.audited = true;
	}
	r.kill = r.denied && r.rule && r.rule->kill;
	return r;
}

/*
 * Among several automata the answers of one of them speak, so there the rule that speaks is one
 * that matches, but need not be the first.
 */
static bool same_answer(const struct world *w, const struct pc_verdict *got,
			const struct reference *expected)
{
	if (got->denied != expected->denied || got->audited != expected->audited)
		return false;
	if ((!got->denied && !got->audited) || w->image.automata.count > 1)
		return true;
	return w->image.rules[got->rule].rule == expected->rule && got->err == expected->err &&
	       got->kill == expected->kill;
}

static void check_layer(const struct random_world *r, uint32_t policy, enum pc_op op,
			struct object object)
{
	const struct world *w = &r->w;
	struct pc_label label = {.count = 1, .index = {(uint16_t)policy}};
	struct pc_question question = {.op = op, .fileless = !object.path};
	struct reference expected = judge_layer(w->set.policies[policy], op, object);
	struct pc_verdict got;

	if (object.path)
		pc_image_class(&w->image, object.path, strlen(object.path), &question.class);
	got = decide(w, &label, question);
	if (!same_answer(w, &got, &expected)) {
		fprintf(stderr, "%s\nop %d on %s: denied %u for %u, rule %u, err %u for %u\n",
			r->texts[policy], (int)op, object.path ? object.path : "fileless",
			got.denied, expected.denied, got.rule, got.err, expected.err);
		fail();
	}
}

static void check_label(const struct random_world *r, const struct pc_as *as)
{
	const struct world *w = &r->w;
	struct pc_label label;
	uint32_t count = 0;

	pc_image_label(&w->image, as, &label);
	for (uint32_t p = 0; p < w->set.count; p++) {
		bool applies = policy_applies(w->set.policies[p], as), has = false;

		for (uint32_t i = 0; i < label.count; i++)
			has |= label.index[i] == p && label.policy[i] == p + 1;
		if (has != applies) {
			fprintf(stderr, "%s\nas %s in %s: %d for %d\n", r->texts[p], as->exe,
				as->cgroup, has, applies);
			fail();
		}
		count += applies;
	}
	assert_int_equal(label.count, count);
}

static void check_random_label(struct case_random *random, const struct random_world *r)
{
	char exe[32], cgroup[32];
	struct pc_as as = {.exe = exe, .cgroup = cgroup};

	random_path(random, exe, sizeof(exe));
	random_path(random, cgroup, sizeof(cgroup));
	for (int i = 0; i < 4; i++) {
		as.who.uid[i] = case_below(random, 8);
		as.who.gid[i] = case_below(random, 8);
	}
	as.who.loginuid = case_below(random, 6);
	as.who.group_count = case_below(random, 3);
	for (uint32_t i = 0; i < as.who.group_count; i++)
		as.who.group[i] = case_below(random, 12);
	check_label(r, &as);
}

static uint64_t check_world(struct case_random *random, const struct random_world *r)
{
	uint64_t cases = 0;
	char path[32];

	for (int i = 0; i < 12; i++) {
		random_path(random, path, sizeof(path));
		for (uint32_t p = 0; p < r->w.set.count; p++)
			for (int op = 0; op < PC_OP_COUNT; op++, cases++)
				check_layer(r, p, (enum pc_op)op, (struct object){path});
		check_random_label(random, r);
	}
	for (uint32_t p = 0; p < r->w.set.count; p++)
		for (int op = 0; op < PC_OP_COUNT; op++, cases++)
			check_layer(r, p, (enum pc_op)op, (struct object){NULL});
	return cases;
}

static void same_image(const struct pc_image *a, const struct pc_image *b)
{
	assert_int_equal(a->table_words, b->table_words);
	assert_memory_equal(a->tables, b->tables, a->table_words * sizeof(*a->tables));
	assert_int_equal(a->automata.count, b->automata.count);
	for (uint32_t i = 0; i < a->automata.count; i++) {
		const struct pc_dfa_automaton *x = &a->automata.automata[i],
					      *y = &b->automata.automata[i];

		assert_int_equal(x->cell_count, y->cell_count);
		assert_memory_equal(x->cells, y->cells, x->cell_count * sizeof(*x->cells));
	}
}

static void images_decide_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x706f727463756c6c)};
	struct random_world r;
	struct world again;
	uint64_t cases = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		random_policies(&random, &r);
		build(&r.w, r.texts);
		cases += check_world(&random, &r);
		build(&again, r.texts);
		same_image(&r.w.image, &again.image);
		drop(&again);
		drop(&r.w);
	}
	printf("# %llu decisions of 1500 random sets of policies\n", (unsigned long long)cases);
}

/* The same where the patterns are spread over several automata. */
static void split_images_decide_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x6175746f6d617461)};
	uint32_t split = 0, fitting = 0;
	struct random_world r;

	(void)state;
	for (int i = 0; i < 1200; i++) {
		/* Little more than the header and the slack. */
		struct pc_dfa_limits limits = {.cells = 310 + case_below(&random, 60)};

		random_policies(&random, &r);
		parse_texts(&r.w, r.texts);
		if (!compile_world(&r.w, &limits)) {
			fitting++;
			split += r.w.image.automata.count > 1;
			check_world(&random, &r);
		}
		drop(&r.w);
	}
	printf("# %u sets of policies, %u of them split\n", fitting, split);
	assert_in_range(split, 100, 1200);
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
	const char *texts[2] = {large_policy(100000), NULL};
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
	assert_int_equal(w.image.rule_count, 100002);
	v = ask(&w, PC_OP_READ, "/srv/d10/123/file-12310");
	assert_true(v.denied);
	assert_int_equal(v.reason, PC_REASON_RULE);
	assert_string_equal(speaker(&w, &v)->rule->text, "read /srv/d10/123/file-12310");
	assert_false(denies(&w, PC_OP_READ, "/usr/x"));
	drop(&w);
	free((char *)texts[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_wins_over_allow_and_default_comes_last),
		cmocka_unit_test(default_allow_denies_only_what_is_named),
		cmocka_unit_test(sections_are_apart_and_an_absent_one_confines_nothing),
		cmocka_unit_test(root_directory_is_a_path_of_its_own),
		cmocka_unit_test(kill_comes_first_then_the_first_line),
		cmocka_unit_test(first_rule_speaks_only_for_its_operations),
		cmocka_unit_test(audited_policy_only_reports),
		cmocka_unit_test(audited_rule_neither_denies_nor_speaks_for_one_that_does),
		cmocka_unit_test(fileless_objects_follow_the_rules_that_name_them),
		cmocka_unit_test(unnameable_objects_are_closed_where_a_rule_could_deny_them),
		cmocka_unit_test(all_layers_must_allow),
		cmocka_unit_test(seventeenth_layer_overflows_and_denies),
		cmocka_unit_test(executables_gain_their_policy),
		cmocka_unit_test(cgroups_are_meant_with_their_subtree),
		cmocka_unit_test(root_cgroup_is_every_cgroup),
		cmocka_unit_test(ids_match_any_of_a_task_s),
		cmocka_unit_test(ranges_are_sorted_and_joined),
		cmocka_unit_test(all_keys_of_an_item_must_hold),
		cmocka_unit_test(no_policies_are_an_image_too),
		cmocka_unit_test(policies_are_found_by_their_identity),
		cmocka_unit_test(rules_are_numbered_by_policy_section_and_line),
		cmocka_unit_test(tiers_hold_what_they_say),
		cmocka_unit_test(too_many_policies_are_an_error),
		cmocka_unit_test(too_many_ranges_are_an_error),
		cmocka_unit_test(patterns_that_do_not_fit_are_named),
		cmocka_unit_test(images_decide_what_the_model_says),
		cmocka_unit_test(split_images_decide_what_the_model_says),
		cmocka_unit_test(hundred_thousand_rules_take_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
