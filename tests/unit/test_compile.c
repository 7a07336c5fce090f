/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiled images: what small policies decide, and whom they confine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile_world.h"

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
			      "    - {rule: 'delete /a', mode: audit}\n");
	v = ask_unnameable(&w, PC_OP_RUN);
	assert_true(v.denied);
	assert_int_equal(v.reason, PC_REASON_DEPTH);
	assert_int_equal(speaker(&w, &v)->section, PC_SECTION_EXEC);
	assert_true(ask_unnameable(&w, PC_OP_READ).denied);
	assert_false(ask_unnameable(&w, PC_OP_DELETE).denied);
	assert_false(ask_unnameable(&w, PC_OP_LOCK).denied);
	assert_false(ask_unnameable(&w, PC_OP_WRITE).denied);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
