/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Operations without an object, and what a file section implies, as images decide on them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile_world.h"

#define CONFINED(name) HEAD(name) "subject: [{user: 0-9}]\n"

static void operations_without_an_object_have_one_answer_a_policy(void **state)
{
	struct pc_label label;
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "kernel:\n  default: deny\n  allow:\n    - mount,chroot\n"
				"  deny:\n    - {rule: chroot, action: 'errno:EXDEV'}\n");
	assert_int_equal(w.image.tables[PC_W_OPS] & PC_OPS_PLAIN, PC_OPS_KERNEL);
	assert_false(ask(&w, PC_OP_MOUNT, "/a").denied);
	assert_int_equal(ask(&w, PC_OP_UMOUNT, "/a").err, EPERM);
	v = ask(&w, PC_OP_CHROOT, "/");
	assert_int_equal(v.err, EXDEV);
	assert_true(speaker(&w, &v)->rule->deny);
	/* Whatever led to it: neither a name nor the lack of one makes a difference. */
	assert_false(ask_unnameable(&w, PC_OP_MOUNT).denied);
	assert_false(ask_fileless(&w, PC_OP_MOUNT).denied);
	assert_int_equal(ask_unnameable(&w, PC_OP_UMOUNT).reason, PC_REASON_DEFAULT);
	label = label_as(&w, nobody());
	assert_int_equal(label.ops & PC_OPS_PLAIN, PC_OPS_KERNEL);
	drop(&w);
}

static void file_rules_imply_what_goes_around_them(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "file:\n  default: allow\n");
	v = ask(&w, PC_OP_MOUNT, "/");
	assert_true(v.denied);
	assert_int_equal(v.reason, PC_REASON_DEFAULT);
	assert_int_equal(v.err, EPERM);
	assert_int_equal(speaker(&w, &v)->section, PC_SECTION_KERNEL);
	assert_int_equal(speaker(&w, &v)->loc.line, 5);
	assert_true(w.set.policies[0]->sections[PC_SECTION_KERNEL].implied);
	drop(&w);
	BUILD(&w, CONFINED("x") "file:\n  default: deny\nkernel:\n  deny:\n    - chroot\n");
	assert_false(w.set.policies[0]->sections[PC_SECTION_KERNEL].implied);
	assert_false(ask(&w, PC_OP_MOUNT, "/").denied);
	assert_true(ask(&w, PC_OP_CHROOT, "/").denied);
	drop(&w);
	BUILD(&w, CONFINED("x") "exec:\n  default: deny\n");
	assert_false(ask(&w, PC_OP_MOUNT, "/").denied);
	drop(&w);
	BUILD(&w, HEAD("x") "mode: audit\nsubject: [{user: 0-9}]\nfile:\n  default: deny\n");
	v = ask(&w, PC_OP_MOUNT, "/");
	assert_false(v.denied);
	assert_true(v.audited);
	drop(&w);
}

static struct pc_verdict ask_task(const struct world *w, enum pc_op op, uint32_t same)
{
	struct pc_label label = label_as(w, nobody());

	return decide(w, &label, (struct pc_question){.op = op, .same = same});
}

static void tasks_are_the_same_for_each_layer_that_both_have(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "process:\n  default: deny\n  allow:\n    - trace same\n",
	      CONFINED("y") "process:\n  default: deny\n  allow:\n    - all same\n"
			    "  deny:\n    - {rule: 'read-memory any', action: kill}\n");
	assert_false(ask_task(&w, PC_OP_TRACE, 3).denied);
	v = ask_task(&w, PC_OP_TRACE, 2);
	assert_int_equal(v.denied, 1);
	assert_int_equal(v.err, EPERM);
	assert_int_equal(ask_task(&w, PC_OP_TRACE, 1).denied, 2);
	assert_int_equal(ask_task(&w, PC_OP_TRACE, 0).denied, 3);
	v = ask_task(&w, PC_OP_READ_MEMORY, 3);
	assert_int_equal(v.denied, 3);
	assert_int_equal(v.kill, 1);
	drop(&w);
}

static void file_rules_imply_that_only_ones_own_are_traced(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "file:\n  default: allow\n");
	assert_false(ask_task(&w, PC_OP_TRACE, 1).denied);
	assert_false(ask_task(&w, PC_OP_READ_MEMORY, 1).denied);
	assert_true(ask_task(&w, PC_OP_READ_MEMORY, 0).denied);
	v = ask_task(&w, PC_OP_TRACE, 0);
	assert_int_equal(v.reason, PC_REASON_DEFAULT);
	assert_int_equal(speaker(&w, &v)->loc.line, 5);
	drop(&w);
	BUILD(&w, CONFINED("x") "file:\n  default: deny\nprocess:\n  deny: ['trace same']\n");
	assert_true(ask_task(&w, PC_OP_TRACE, 1).denied);
	assert_false(ask_task(&w, PC_OP_TRACE, 0).denied);
	drop(&w);
}

#define CORE_PATTERN "/proc/sys/kernel/core_pattern"
#define REGISTER "/proc/sys/fs/binfmt_misc/register"

static void settings_that_start_programs_are_allowed_by_their_whole_name_only(void **state)
{
	static const char *const settings[] = {CORE_PATTERN,
					       REGISTER,
					       "/proc/sys/kernel/modprobe",
					       "/proc/sys/kernel/hotplug",
					       "/proc/sys/kernel/poweroff_cmd",
					       "/proc/sys/kernel/usermodehelper/bset",
					       "/sys/kernel/uevent_helper",
					       "/sys/fs/cgroup/release_agent",
					       "/sys/fs/cgroup/cpu,cpuacct/release_agent"};
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "file:\n  default: allow\n  allow:\n    - all /** /proc/sys/**\n"
				"    - write /proc/sys/kernel/{core_pattern,modprobe}\n");
	for (size_t i = 0; i < PC_ARRAY_SIZE(settings); i++) {
		assert_true(denies(&w, PC_OP_WRITE, settings[i]));
		assert_true(denies(&w, PC_OP_APPEND, settings[i]));
		assert_true(denies(&w, PC_OP_TRUNCATE, settings[i]));
		assert_false(denies(&w, PC_OP_READ, settings[i]));
	}
	v = ask(&w, PC_OP_WRITE, CORE_PATTERN);
	assert_int_equal(v.err, EACCES);
	assert_int_equal(v.reason, PC_REASON_RULE);
	assert_true(speaker(&w, &v)->rule->implied);
	assert_int_equal(speaker(&w, &v)->loc.line, 5);
	assert_false(denies(&w, PC_OP_WRITE, "/proc/sys/kernel/core_pattern2"));
	assert_false(denies(&w, PC_OP_WRITE, "/sys/fs/cgroup/a/b/release_agent"));
	drop(&w);
	BUILD(&w, CONFINED("x") "file:\n  default: deny\n  allow:\n    - all /proc/**\n"
				"    - write,truncate " CORE_PATTERN " " REGISTER " /x\n");
	assert_false(denies(&w, PC_OP_WRITE, CORE_PATTERN));
	assert_false(denies(&w, PC_OP_TRUNCATE, REGISTER));
	assert_true(denies(&w, PC_OP_APPEND, REGISTER));
	assert_true(denies(&w, PC_OP_WRITE, "/proc/sys/fs/binfmt_misc/other"));
	drop(&w);
}

/* Who boots the host is denied no mount for a rule on a file. */
static void nothing_is_implied_for_the_system(void **state)
{
	struct world w;

	(void)state;
	BUILD(&w, SYSTEM("x") "file:\n  default: deny\n");
	assert_false(ask(&w, PC_OP_MOUNT, "/").denied);
	assert_false(ask_task(&w, PC_OP_TRACE, 0).denied);
	drop(&w);
	BUILD(&w, SYSTEM("x") "file:\n  deny: ['read /x']\n");
	assert_false(denies(&w, PC_OP_WRITE, CORE_PATTERN));
	drop(&w);
}

static void what_is_implied_speaks_after_what_is_written(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w,
	      CONFINED("x") "file:\n  default: deny\n  allow: ['write " CORE_PATTERN "']\n"
			    "  deny:\n    - write " CORE_PATTERN "\n    - write " REGISTER "\n");
	v = ask(&w, PC_OP_WRITE, CORE_PATTERN);
	assert_true(v.denied);
	assert_int_equal(speaker(&w, &v)->loc.line, 8);
	v = ask(&w, PC_OP_WRITE, REGISTER);
	assert_int_equal(speaker(&w, &v)->loc.line, 9);
	v = ask(&w, PC_OP_APPEND, REGISTER);
	assert_true(speaker(&w, &v)->rule->implied);
	drop(&w);
	BUILD(&w, HEAD("x") "mode: audit\nsubject: [{user: 0-9}]\nfile:\n  default: allow\n");
	v = ask(&w, PC_OP_WRITE, REGISTER);
	assert_true(v.audited && !v.denied);
	drop(&w);
}

#define MAY_TAMPER "kernel:\n  default: allow\n  allow: [tamper]\n"

static void every_policy_implies_that_nobody_tampers(void **state)
{
	static const char *const texts[] = {
		CONFINED("x") "exec:\n  deny: ['run /x']\n",
		CONFINED("x") "file:\n  default: allow\n  allow: ['all /**']\n",
		CONFINED("x") "kernel:\n  default: allow\n  allow: [all]\n",
		CONFINED("x") "process:\n  deny: ['trace same']\n",
	};
	struct pc_verdict v;
	struct world w;

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(texts); i++) {
		BUILD(&w, texts[i]);
		v = ask(&w, PC_OP_TAMPER, "/");
		assert_true(v.denied);
		assert_int_equal(v.err, EPERM);
		assert_true(speaker(&w, &v)->rule->implied);
		assert_true(denies(&w, PC_OP_READ, "/var/lib/portcullis/store.db"));
		assert_true(denies(&w, PC_OP_CREATE, "/etc/portcullis/policies/a.yaml"));
		assert_true(denies(&w, PC_OP_WRITE, "/usr/sbin/enforcerd"));
		assert_true(
			denies(&w, PC_OP_DELETE, "/run/systemd/system/enforcerd.service.d/x.conf"));
		assert_true(denies(
			&w, PC_OP_WRITE,
			"/sys/fs/cgroup/freezer/system.slice/enforcerd.service/freezer.state"));
		assert_false(denies(&w, PC_OP_READ, "/etc/portcullis/policies/a.yaml"));
		assert_false(denies(&w, PC_OP_WRITE, "/var/lib/other"));
		assert_true(ask_unnameable(&w, PC_OP_READ).denied);
		drop(&w);
	}
	BUILD(&w, CONFINED("x") "exec:\n  deny: ['run /x']\n");
	assert_false(ask(&w, PC_OP_MOUNT, "/").denied);
	assert_false(denies(&w, PC_OP_WRITE, CORE_PATTERN));
	assert_false(ask_unnameable(&w, PC_OP_IOCTL).denied);
	drop(&w);
}

static void tampering_is_allowed_by_its_name_only(void **state)
{
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "exec:\n  deny: ['run /x']\n" MAY_TAMPER);
	assert_false(ask(&w, PC_OP_TAMPER, "/").denied);
	assert_false(denies(&w, PC_OP_WRITE, "/var/lib/portcullis/store.db"));
	assert_false(w.set.policies[0]->sections[PC_SECTION_FILE].present);
	drop(&w);
	BUILD(&w, CONFINED("x") "kernel:\n  default: deny\n  allow: [tamper]\n");
	assert_false(ask(&w, PC_OP_TAMPER, "/").denied);
	assert_true(ask(&w, PC_OP_MOUNT, "/").denied);
	drop(&w);
	BUILD(&w, CONFINED("x") "file:\n  default: allow\n  allow:\n"
				"    - modify /etc/portcullis/policies /var/lib/**\n");
	assert_false(denies(&w, PC_OP_CREATE, "/etc/portcullis/policies"));
	assert_true(denies(&w, PC_OP_CREATE, "/etc/portcullis/policies/a"));
	assert_true(denies(&w, PC_OP_WRITE, "/var/lib/portcullis/store.db"));
	drop(&w);
	BUILD(&w, SYSTEM("x") "kernel:\n  deny: [all]\n");
	assert_false(ask(&w, PC_OP_TAMPER, "/").denied);
	drop(&w);
	BUILD(&w, SYSTEM("x") "kernel:\n  deny: [tamper]\n");
	v = ask(&w, PC_OP_TAMPER, "/");
	assert_true(v.denied);
	assert_false(speaker(&w, &v)->rule->implied);
	assert_false(denies(&w, PC_OP_WRITE, "/usr/sbin/enforcerd"));
	drop(&w);
}

static struct pc_verdict ask_place(const struct world *w, const char *path, uint32_t reason)
{
	struct pc_label label = label_as(w, nobody());
	struct pc_question question = {.op = PC_OP_TAMPER, .place = 1, .reason = reason};

	pc_image_class(&w->image, path, strlen(path), &question.class);
	return decide(w, &label, question);
}

static void places_are_guarded_with_what_is_above_and_below(void **state)
{
	static const char *const guarded[] = {
		"/",
		"/var",
		"/var/lib",
		"/etc",
		"/var/lib/portcullis",
		"/var/lib/portcullis/x/y",
		"/sys",
		"/usr/sbin/enforcerd",
		"/sys/fs/bpf",
	};
	struct pc_verdict v;
	struct world w;

	(void)state;
	BUILD(&w, CONFINED("x") "kernel:\n  default: allow\n  deny: [chroot]\n");
	for (size_t i = 0; i < PC_ARRAY_SIZE(guarded); i++) {
		v = ask_place(&w, guarded[i], PC_REASON_RULE);
		assert_true(v.denied);
		assert_int_equal(v.err, EPERM);
		assert_true(speaker(&w, &v)->rule->implied);
	}
	assert_false(ask_place(&w, "/mnt", PC_REASON_RULE).denied);
	assert_false(ask_place(&w, "/var/lib/other", PC_REASON_RULE).denied);
	assert_true(ask_place(&w, "/mnt", PC_REASON_DEPTH).denied);
	drop(&w);
	BUILD(&w, CONFINED("x") "kernel:\n  default: deny\n  allow: [tamper]\n");
	assert_false(ask_place(&w, "/var/lib", PC_REASON_RULE).denied);
	assert_false(ask_place(&w, "/mnt", PC_REASON_DEPTH).denied);
	drop(&w);
	BUILD(&w, SYSTEM("x") "kernel:\n  deny: [tamper]\n");
	assert_false(ask_place(&w, "/var/lib", PC_REASON_RULE).denied);
	drop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_without_an_object_have_one_answer_a_policy),
		cmocka_unit_test(file_rules_imply_what_goes_around_them),
		cmocka_unit_test(settings_that_start_programs_are_allowed_by_their_whole_name_only),
		cmocka_unit_test(tasks_are_the_same_for_each_layer_that_both_have),
		cmocka_unit_test(file_rules_imply_that_only_ones_own_are_traced),
		cmocka_unit_test(nothing_is_implied_for_the_system),
		cmocka_unit_test(what_is_implied_speaks_after_what_is_written),
		cmocka_unit_test(every_policy_implies_that_nobody_tampers),
		cmocka_unit_test(tampering_is_allowed_by_its_name_only),
		cmocka_unit_test(places_are_guarded_with_what_is_above_and_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
