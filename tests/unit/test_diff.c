/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences of policy sets: what counts as one, how it is told, and which way it goes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "diff.h"
#include "parse.h"

static int unknown_id(void *context, const char *name, uint32_t *ret_id)
{
	(void)context;
	*ret_id = 33;
	return strcmp(name, "www") ? -ENOENT : 0;
}

static int no_links(void *context, const char *path, char *buf, size_t size)
{
	(void)context;
	return snprintf(buf, size, "%s", path) < (int)size ? 0 : -ENAMETOOLONG;
}

static const struct pc_host host = {.user = unknown_id, .group = unknown_id, .path = no_links};

static void read_set(const char *const *bodies, uint32_t count, struct pc_policy_set *ret_set)
{
	struct pc_text texts[4];
	char names[4][16];
	struct pc_diags diags = {0};

	for (uint32_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%u.yaml", i);
		texts[i] = (struct pc_text){names[i], names[i], bodies[i], strlen(bodies[i])};
	}
	if (pc_parse(texts, count, &host, ret_set, &diags)) {
		pc_diags_print(&diags, stdout, false, PC_NOTE);
		fail_msg("the policy of this test is not valid");
	}
	pc_diags_free(&diags);
}

#define HEAD(mode) "portcullis: 1\npolicy: p\nmode: " mode "\n"
#define WHO "subject: [{exe: /bin/x, user: www}]\n"

/* Compares two policies (NULL: none) and writes a line a difference, as people see it. */
static void told(const char *before_text, const char *after_text, char *buf, size_t size)
{
	struct pc_policy_set before = {0}, after = {0};
	struct pc_diff diff = {0};
	size_t used = 0;

	if (before_text)
		read_set(&before_text, 1, &before);
	if (after_text)
		read_set(&after_text, 1, &after);
	*buf = 0;
	assert_int_equal(pc_diff_make(&before, &after, &diff), 0);
	for (uint32_t i = 0; i < diff.count; i++) {
		const struct pc_difference *item = &diff.items[i];

		assert_string_equal(item->policy, "p");
		used += (size_t)snprintf(
			buf + used, size - used, "%s %s %s: %s -> %s\n",
			pc_diff_kind_name(item->kind), pc_diff_what_name(item->what),
			pc_diff_effect_name(item->effect), item->before ? item->before : "",
			item->after ? item->after : "");
		assert_true(used < size);
	}
	pc_diff_free(&diff);
	pc_policy_set_free(&before);
	pc_policy_set_free(&after);
}

static void assert_told(const char *before, const char *after, const char *expected)
{
	char text[4096];

	told(before, after, text, sizeof(text));
	assert_string_equal(text, expected);
}

static void same_meaning_written_otherwise_is_no_difference(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\n  allow:\n    - read,write /a /b\n"
					"    - append /c\n",
		    HEAD("enforce") "about: other words\n" WHO
				    "file:\n  allow:\n    - append /c # a comment\n    - read /b\n"
				    "    - write /b\n    - write,read /a\n  default: deny\n",
		    "");
}

static void part_of_a_rule_is_told_as_that_part(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['read,write /a /b']\n",
		    HEAD("enforce") WHO
		    "file:\n  default: deny\n  allow: ['read /a', 'read,write /b']\n",
		    "removed rule tighter: allow write /a -> \n");
}

static void allow_and_deny_go_opposite_ways(void **state)
{
	(void)state;
	assert_told(
		HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['read /a']\n",
		HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['read /a', 'read /b']\n"
				    "  deny: ['write /a']\n",
		"added rule looser:  -> allow read /b\nadded rule tighter:  -> deny write /a\n");
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['read /a', 'read /b']\n"
					"  deny: ['write /a']\n",
		    HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['read /a']\n",
		    "removed rule tighter: allow read /b -> \n"
		    "removed rule looser: deny write /a -> \n");
}

static void allow_is_neutral_where_all_is_allowed(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: allow\n  allow: ['read /a']\n"
					"  deny: ['write /a']\n",
		    HEAD("enforce") WHO
		    "file:\n  default: allow\n  allow: []\n  deny: ['write /a']\n",
		    "removed rule neutral: allow read /a -> \n");
}

static void what_a_denial_does_is_part_of_the_rule(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  deny: ['write /a']\n",
		    HEAD("enforce") WHO
		    "file:\n  deny:\n    - rule: write /a\n      action: kill\n",
		    "removed rule looser: deny write /a -> \n"
		    "added rule tighter:  -> deny write /a (kill)\n");
	assert_told(HEAD("enforce") WHO "file:\n  deny: ['write /a']\n",
		    HEAD("enforce") WHO
		    "file:\n  deny:\n    - rule: write /a\n      action: errno:ENOENT\n",
		    "removed rule looser: deny write /a -> \n"
		    "added rule tighter:  -> deny write /a (errno:ENOENT)\n");
}

static void reason_alone_is_told_as_a_reason(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  deny:\n    - rule: write /a /b\n      why: one\n",
		    HEAD("enforce") WHO "file:\n  deny:\n    - rule: write /a /b\n      why: two\n",
		    "changed why neutral: one -> two\n");
}

static void mode_default_and_section_are_told(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file: {default: deny}\n",
		    HEAD("audit") WHO "file: {default: deny}\n",
		    "changed mode looser: enforce -> audit\n");
	assert_told(HEAD("enforce") WHO "file: {default: deny}\n",
		    HEAD("enforce") WHO "file: {default: allow}\n",
		    "changed default looser: default: deny -> default: allow\n");
	assert_told(HEAD("enforce") WHO "file: {default: deny}\n",
		    HEAD("enforce") WHO "file: {default: deny}\nexec: {default: deny}\n",
		    "added section tighter:  -> default: deny\n");
}

static void audited_policy_changes_nothing_enforced(void **state)
{
	(void)state;
	assert_told(HEAD("audit") WHO "file: {default: deny}\n",
		    HEAD("audit") WHO "file:\n  default: deny\n  allow: ['read /a']\n",
		    "added rule neutral:  -> allow read /a\n");
}

static void subject_items_are_told_with_numbers(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file: {default: deny}\n",
		    HEAD("enforce") "subject: [{exe: /bin/x, user: www}, {user: [5-7, 9]}]\n"
				    "file: {default: deny}\n",
		    "added subject tighter:  -> user 5-7,9\n");
}

static void whole_policies_come_and_go_with_their_parts(void **state)
{
	(void)state;
	assert_told(NULL, HEAD("enforce") WHO "file:\n  default: deny\n  allow: ['all /a']\n",
		    "added policy tighter:  -> enforce\n"
		    "added subject neutral:  -> exe /bin/x user 33\n"
		    "added section neutral:  -> default: deny\n"
		    "added rule neutral:  -> allow all /a\n");
	assert_told(HEAD("enforce") "subject: system\nexec: {default: deny}\n", NULL,
		    "removed policy looser: enforce -> \n"
		    "removed subject neutral: system -> \n"
		    "removed section neutral: default: deny -> \n");
}

static void fileless_is_an_object_of_its_own(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "exec:\n  deny: ['run /a']\n",
		    HEAD("enforce") WHO "exec:\n  deny: ['run /a fileless']\n",
		    "added rule tighter:  -> deny run fileless\n");
}

static void sections_without_objects_are_told_where_they_are_written(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\n",
		    HEAD("enforce") WHO "file:\n  default: deny\nkernel:\n  default: deny\n"
					"  allow: [mount, 'umount,chroot']\n",
		    "added rule looser:  -> allow mount,umount,chroot\n");
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\nkernel:\n  default: allow\n",
		    HEAD("enforce") WHO "file:\n  default: deny\n",
		    "changed default tighter: default: allow -> default: deny\n");
	assert_told(HEAD("enforce") WHO "exec:\n  default: allow\n",
		    HEAD("enforce") WHO "exec:\n  default: allow\nkernel:\n  deny: [all]\n",
		    "added section tighter:  -> default: allow\n"
		    "added rule tighter:  -> deny all\n");
}

static void tasks_are_objects(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: deny\n",
		    HEAD("enforce") WHO "file:\n  default: deny\nprocess:\n  default: deny\n"
					"  allow: ['trace same', 'trace any']\n",
		    "removed rule tighter: allow read-memory same -> \n"
		    "added rule looser:  -> allow trace any\n");
}

static void allowing_a_setting_by_its_name_is_looser(void **state)
{
	(void)state;
	assert_told(HEAD("enforce") WHO "file:\n  default: allow\n",
		    HEAD("enforce") WHO "file:\n  default: allow\n"
					"  allow: ['write /proc/sys/kernel/modprobe']\n",
		    "added rule looser:  -> allow write /proc/sys/kernel/modprobe\n");
	assert_told(HEAD("enforce") WHO "file:\n  default: allow\n",
		    HEAD("enforce") WHO "file:\n  default: allow\n"
					"  allow: ['write /proc/sys/kernel/*']\n",
		    "added rule neutral:  -> allow write /proc/sys/kernel/*\n");
}

static void places_lead_to_both_sides(void **state)
{
	const char *before =
		HEAD("enforce") WHO "file:\n  default: deny\n  allow:\n    - read /a\n";
	const char *after =
		HEAD("enforce") WHO "\n\nfile:\n  default: deny\n  allow:\n    - read /b\n";
	struct pc_policy_set a = {0}, b = {0};
	struct pc_diff diff = {0};

	(void)state;
	read_set(&before, 1, &a);
	read_set(&after, 1, &b);
	assert_int_equal(pc_diff_make(&a, &b, &diff), 0);
	assert_int_equal(diff.count, 2);
	assert_int_equal(diff.items[0].before_at.line, 8);
	assert_null(diff.items[0].after_at.file);
	assert_int_equal(diff.items[1].after_at.line, 10);
	assert_string_equal(diff.items[1].after_at.file, "0.yaml");
	assert_int_equal(diff.items[1].section, PC_SECTION_FILE);
	pc_diff_free(&diff);
	pc_policy_set_free(&a);
	pc_policy_set_free(&b);
}

static void policies_are_matched_by_name_in_any_file(void **state)
{
	const char *one[] = {"portcullis: 1\npolicy: a\nsubject: system\nfile: {default: deny}\n",
			     "portcullis: 1\npolicy: b\nsubject: system\nfile: {default: deny}\n"};
	const char *other[] = {
		one[1], one[0],
		"portcullis: 1\npolicy: c\nsubject: system\nfile: {default: deny}\n"};
	struct pc_policy_set a = {0}, b = {0};
	struct pc_diff diff = {0};

	(void)state;
	read_set(one, 2, &a);
	read_set(other, 3, &b);
	assert_int_equal(pc_diff_make(&a, &b, &diff), 0);
	assert_int_equal(diff.count, 3);
	for (uint32_t i = 0; i < diff.count; i++)
		assert_string_equal(diff.items[i].policy, "c");
	pc_diff_free(&diff);
	pc_policy_set_free(&a);
	pc_policy_set_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_meaning_written_otherwise_is_no_difference),
		cmocka_unit_test(part_of_a_rule_is_told_as_that_part),
		cmocka_unit_test(allow_and_deny_go_opposite_ways),
		cmocka_unit_test(allow_is_neutral_where_all_is_allowed),
		cmocka_unit_test(what_a_denial_does_is_part_of_the_rule),
		cmocka_unit_test(reason_alone_is_told_as_a_reason),
		cmocka_unit_test(mode_default_and_section_are_told),
		cmocka_unit_test(audited_policy_changes_nothing_enforced),
		cmocka_unit_test(subject_items_are_told_with_numbers),
		cmocka_unit_test(whole_policies_come_and_go_with_their_parts),
		cmocka_unit_test(fileless_is_an_object_of_its_own),
		cmocka_unit_test(tasks_are_objects),
		cmocka_unit_test(allowing_a_setting_by_its_name_is_looser),
		cmocka_unit_test(sections_without_objects_are_told_where_they_are_written),
		cmocka_unit_test(places_lead_to_both_sides),
		cmocka_unit_test(policies_are_matched_by_name_in_any_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
