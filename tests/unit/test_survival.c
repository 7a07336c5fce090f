/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The survival list: what a policy of every task must leave, and what is none of its business. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "revision.h"

static const struct pc_survivors survivors = {
	.count = 4,
	.items =
		{
			{"/usr/sbin/first", "init", PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ)},
			{"/usr/sbin/sshd", "sshd", PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ)},
			{"/usr/lib/ld.so", "the loader",
			 PC_BIT(PC_OP_INTERPRET) | PC_BIT(PC_OP_READ)},
			{"/usr/lib/libc.so", "libc", PC_BIT(PC_OP_MAP) | PC_BIT(PC_OP_READ)},
		},
};

static const struct pc_survivors enforcer = {
	.count = 2,
	.items =
		{
			{"/usr/sbin/enforcerd", "enforcerd",
			 PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ)},
			{"/usr/lib/systemd/systemd", "init",
			 PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ)},
		},
};

static const struct pc_survivors administrators = {
	.count = 2,
	.items =
		{
			{"/usr/bin/bash", "root's login shell", PC_BIT(PC_OP_RUN)},
			{"/usr/bin/policyctl", "policyctl", PC_BIT(PC_OP_RUN)},
		},
};

static uint32_t check_for(const char *body, const struct pc_survivors *survive,
			  struct pc_diags *diags)
{
	const struct pc_text text = {"sys.yaml", "sys.yaml", body, strlen(body)};
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	uint32_t lost = 99;

	if (pc_compile_texts(&text, 1, NULL, &compiled, diags)) {
		pc_diags_print(diags, stderr, false, PC_NOTE);
		fail_msg("it does not compile");
	}
	assert_int_equal(pc_survival_check(compiled, survive, diags, &lost), 0);
	return lost;
}

static uint32_t check(const char *body, struct pc_diags *diags)
{
	return check_for(body, &survivors, diags);
}

#define HEAD(subject) "portcullis: 1\npolicy: sys\nsubject: " subject "\n"

static void nothing_denied_is_nothing_found(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(check(HEAD("system") "exec:\n  default: allow\n  deny:\n"
					      "    - run /tmp/**\n",
			       &diags),
			 0);
}

static void a_deny_is_found_where_it_stands(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	const struct pc_diag *last;

	(void)state;
	assert_int_equal(check(HEAD("system") "exec:\n  default: allow\n  deny:\n"
					      "    - run /usr/sbin/s*\n",
			       &diags),
			 1);
	last = &diags.items[diags.count - 1];
	assert_int_equal(last->severity, PC_ERROR);
	assert_int_equal(last->loc.line, 7);
	assert_string_equal(last->loc.file, "sys.yaml");
	assert_non_null(strstr(last->message, "sshd"));
}

static void a_default_is_found_too(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(check(HEAD("system") "exec:\n  default: deny\n  allow:\n"
					      "    - run /usr/sbin/*\n",
			       &diags),
			 2); /* interpret the loader, map libc */
	assert_int_equal(check(HEAD("system") "exec:\n  default: deny\n  allow:\n"
					      "    - run /usr/sbin/*\n"
					      "    - interpret /usr/lib/ld.so\n"
					      "    - map /usr/lib/**\n",
			       &diags),
			 0);
}

static void reading_counts(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(check(HEAD("system") "file:\n  default: allow\n  deny:\n"
					      "    - read /usr/**\n",
			       &diags),
			 4);
	/* Files are counted, not what is denied of them. */
	assert_int_equal(check(HEAD("system") "exec: {default: deny, allow: []}\n"
					      "file: {default: deny, allow: []}\n",
			       &diags),
			 4);
}

static void audit_mode_locks_nobody_out(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	(void)state;
	assert_int_equal(
		check(HEAD("system") "mode: audit\nexec: {default: deny, allow: []}\n", &diags), 0);
}

#define DENY_ALL "exec: {default: deny, allow: []}\n"

static void everybody_is_everybody_however_it_is_written(void **state)
{
	static const char *const subjects[] = {
		HEAD("[{cgroup: /}]") DENY_ALL,
		HEAD("[{cgroup: '/**'}]") DENY_ALL,
		HEAD("[{cgroup: ['/init.scope', '/*.slice']}]") DENY_ALL,
		HEAD("[{user: 0-4294967294}]") DENY_ALL,
		HEAD("[{group: root}]") DENY_ALL,
		HEAD("[{exe: '/usr/**'}]") DENY_ALL,
		HEAD("[{exe: /usr/sbin/first}]") DENY_ALL,
		HEAD("[{exe: /usr/sbin/first}, {exe: '/usr/sbin/s*'}]") DENY_ALL,
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(subjects); i++) {
		PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

		if (check(subjects[i], &diags) != survivors.count)
			fail_msg("let through:\n%s", subjects[i]);
	}
}

static void other_subjects_are_none_of_its_business(void **state)
{
	static const char *const subjects[] = {
		HEAD("[{user: 1000}]") DENY_ALL,
		HEAD("[{cgroup: /a}]") DENY_ALL,
		HEAD("[{unit: ssh.service}]") DENY_ALL,
		HEAD("[{cgroup: /system.slice, user: 0}]") DENY_ALL,
		HEAD("[{exe: /usr/sbin/sshd}]") DENY_ALL,
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(subjects); i++) {
		PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

		assert_int_equal(check(subjects[i], &diags), 0);
	}
}

static void this_host_has_something_to_lose(void **state)
{
	struct pc_survivors found;
	bool shell = false;

	(void)state;
	pc_survivors_find(&found);
	assert_true(found.count >= 3);
	for (uint32_t i = 0; i < found.count; i++) {
		assert_int_equal(found.items[i].path[0], '/');
		assert_int_equal(access(found.items[i].path, F_OK), 0);
		shell |= !strcmp(found.items[i].what, "root's login shell");
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(found.items[i].path, found.items[j].path);
	}
	assert_true(shell);
}

/* Until it has its maps a daemon is a task like others. */
static void enforcerd_must_be_able_to_start(void **state)
{
	static const struct {
		const char *body;
		uint32_t lost;
	} cases[] = {
		{HEAD("system") "kernel: {deny: [tamper]}\n", 1},
		{HEAD("system") "kernel: {default: deny, allow: [mount]}\n", 1},
		{HEAD("system") "kernel: {default: deny, allow: [tamper]}\n", 0},
		{HEAD("system") "kernel: {deny: [all]}\n", 0},
		{HEAD("{user: 0}") "exec: {deny: ['run /x']}\n", 0},
		{HEAD("{user: 0}") "file: {default: allow, deny: ['read /x']}\n", 0},
		{HEAD("{user: 0}") "kernel: {default: deny}\n", 0},
		{HEAD("{user: 0}") "kernel: {default: allow, deny: [tamper]}\n", 1},
		{HEAD("{cgroup: /system.slice}") "exec: {deny: ['run /x']}\n", 0},
		{HEAD("{cgroup: /init.scope}") "exec: {deny: ['run /x']}\n", 0},
		{HEAD("{exe: /usr/sbin/enforcerd}") "exec: {deny: ['run /x']}\n", 0},
		{HEAD("{exe: /usr/lib/systemd/systemd}") "file: {deny: ['read /x']}\n", 0},
		{HEAD("{exe: /usr/lib/systemd/systemd}") "kernel: {deny: [tamper]}\n", 1},
		{HEAD("{user: 0, cgroup: /web}") "kernel: {deny: [tamper]}\n", 0},
		{HEAD("{cgroup: /web}") "exec: {deny: ['run /x']}\n", 0},
		{HEAD("{user: 0}") "mode: audit\nexec: {deny: ['run /x']}\n", 0},
		{HEAD("{user: 0}") "kernel: {default: allow, allow: [tamper]}\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
		PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

		assert_int_equal(check_for(cases[i].body, &enforcer, &diags), cases[i].lost);
		if (cases[i].lost)
			assert_non_null(
				strstr(diags.items[diags.count - 1].message, "could not be"));
	}
}

static void who_logs_in_must_reach_it(void **state)
{
	static const struct {
		const char *subject;
		uint32_t lost, warned;
	} cases[] = {
		{"{cgroup: /user.slice}", 2, 2},
		{"{cgroup: /user.slice/user-0.slice}", 2, 2},
		{"{exe: /usr/bin/bash}", 1, 2},
		{"{exe: /usr/bin/policyctl}", 1, 2},
		{"{cgroup: /system.slice/ssh.service}", 0, 2},
		{"{cgroup: /user.slice/user-1000.slice}", 0, 0},
		{"{user: 1000}", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
		PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
		PC_CLEANUP(pc_diags_free) struct pc_diags allowed = {0};
		char body[256];

		snprintf(body, sizeof(body), HEAD("%s") "exec: {deny: ['run /x/**']}\n",
			 cases[i].subject);
		assert_int_equal(check_for(body, &administrators, &diags), cases[i].lost);
		if (diags.count != cases[i].warned) {
			pc_diags_print(&diags, stderr, false, PC_NOTE);
			fail_msg("%u of %s", diags.count, cases[i].subject);
		}
		snprintf(body, sizeof(body), HEAD("%s") "kernel: {default: deny, allow: [tamper]}\n",
			 cases[i].subject);
		assert_int_equal(check_for(body, &administrators, &allowed), 0);
		assert_int_equal(allowed.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_denied_is_nothing_found),
		cmocka_unit_test(a_deny_is_found_where_it_stands),
		cmocka_unit_test(a_default_is_found_too),
		cmocka_unit_test(reading_counts),
		cmocka_unit_test(audit_mode_locks_nobody_out),
		cmocka_unit_test(everybody_is_everybody_however_it_is_written),
		cmocka_unit_test(other_subjects_are_none_of_its_business),
		cmocka_unit_test(this_host_has_something_to_lose),
		cmocka_unit_test(enforcerd_must_be_able_to_start),
		cmocka_unit_test(who_logs_in_must_reach_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
