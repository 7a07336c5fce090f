/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Events as JSON and as a line: every field, hostile bytes, and numbers that stand for nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "control.h"
#include "event.h"

static struct pc_rule_name rules[] = {
	{.policy = "web",
	 .file = "/etc/portcullis/policies/50-web.yaml",
	 .text = "default: deny",
	 .line = 9,
	 .column = 3,
	 .policy_id = 7},
	{.policy = "web",
	 .file = "/etc/portcullis/policies/50-web.yaml",
	 .text = "deny read /srv/secret/**",
	 .why = "T1005 \"data\"",
	 .line = 14,
	 .column = 7,
	 .policy_id = 7},
};
static struct pc_rule_names names = {.revision = 3, .items = rules, .count = 2};

static const char *prefix_of(const void *context, uint32_t id)
{
	(void)context;
	return id == 1 ? "" : id == 2 ? "/home" : NULL;
}

static const struct pc_event_context context = {
	.names = &names,
	.root = prefix_of,
	.boot_unix_ns = 1795528982000000000u,
};

static struct pc_event head(void)
{
	return (struct pc_event){
		.time = 123456789,
		.sequence = 42,
		.generation = 5,
		.revision = 3,
		.cgroup = 99,
		.inode = 1234,
		.policy = 7,
		.rule = 1,
		.op = PC_OP_READ,
		.decision = PC_DENIED,
		.reason = PC_REASON_RULE,
		.hook = PC_HOOK_file_open,
		.err = EACCES,
		.pid = 124,
		.tgid = 123,
		.ppid = 1,
		.uid = 33,
		.euid = 33,
		.gid = 33,
		.loginuid = UINT32_MAX,
		.session = UINT32_MAX,
		.mount_namespace = 4026531841u,
		.dev = 8u << 20 | 1,
		.exe_root = 1,
		.path_root = 1,
		.comm = "nginx",
	};
}

static struct pc_event *event_of(struct pc_event event, const void *exe, size_t exe_length,
				 const void *path, size_t path_length)
{
	struct pc_event *whole = malloc(sizeof(*whole) + exe_length + path_length);

	event.exe_length = (uint32_t)exe_length;
	event.path_length = (uint32_t)path_length;
	event.size = (uint32_t)(sizeof(event) + exe_length + path_length);
	*whole = event;
	memcpy(whole + 1, exe, exe_length);
	memcpy((char *)(whole + 1) + exe_length, path, path_length);
	assert_true(pc_event_valid(whole, event.size));
	return whole;
}

static char json_text[PC_EVENT_JSON_MAX];

static json_t *convert(struct pc_event event, const char *exe, const char *path)
{
	struct pc_event *whole = event_of(event, exe, strlen(exe), path, strlen(path));
	size_t n = pc_event_to_json(whole, &context, json_text);
	json_t *object;

	free(whole);
	assert_int_equal(strlen(json_text), n);
	object = json_loads(json_text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(object);
	return object;
}

static void an_event_has_every_field(void **state)
{
	json_t *event = convert(head(), "/usr/sbin/nginx", "/srv/secret/a");

	(void)state;
	json_decref(event);
	assert_string_equal(
		json_text,
		"{\"schema\":\"portcullis.event.v1\",\"time\":\"2026-11-24T14:03:02.123456789Z\","
		"\"sequence\":42,\"generation\":5,\"revision\":3,\"decision\":\"denied\","
		"\"policy\":\"web\",\"rule\":{\"file\":\"/etc/portcullis/policies/50-web.yaml\","
		"\"line\":14,\"column\":7,\"text\":\"deny read /srv/secret/**\"},"
		"\"why\":\"T1005 \\\"data\\\"\",\"section\":\"file\",\"operation\":\"read\","
		"\"permission\":\"read\",\"path\":\"/srv/secret/a\",\"exe\":\"/usr/sbin/nginx\","
		"\"comm\":\"nginx\",\"pid\":123,\"tid\":124,\"ppid\":1,\"uid\":33,\"euid\":33,"
		"\"gid\":33,\"login_uid\":null,\"session\":null,\"cgroup\":99,"
		"\"mount_namespace\":4026531841,\"device\":\"8:1\",\"inode\":1234,"
		"\"errno\":\"EACCES\",\"killed\":false,\"reason\":\"rule\","
		"\"hook\":\"file_open\",\"count\":1,\"flags\":[]}");
}

static const char *text(const json_t *event, const char *key)
{
	return json_string_value(json_object_get(event, key));
}

static void paths_begin_with_their_root(void **state)
{
	struct pc_event event = head();
	json_t *object;

	(void)state;
	event.path_root = 2;
	object = convert(event, "", "/alice/x");
	assert_string_equal(text(object, "path"), "/home/alice/x");
	assert_string_equal(text(object, "exe"), "/");
	json_decref(object);
	object = convert(event, "/a", "");
	assert_string_equal(text(object, "path"), "/home");
	json_decref(object);
}

static void hostile_bytes_are_escaped(void **state)
{
	struct pc_event event = head();
	json_t *object;

	(void)state;
	memcpy(event.comm, "\033]0;x\007\xff\"\\", 10);
	object = convert(event, "/bin/\n\"x", "/srv/\xff\x01\\\"\xe2\x80\xae");
	assert_string_equal(text(object, "path"), "/srv/\\xff\\x01\\\\\"\\xe2\\x80\\xae");
	assert_string_equal(text(object, "exe"), "/bin/\\x0a\"x");
	assert_string_equal(text(object, "comm"), "\\x1b]0;x\\x07\\xff\"\\\\");
	json_decref(object);
}

static void the_longest_event_fits(void **state)
{
	static char longest[PC_EVENT_PATH_MAX];
	static char why[8192];
	struct pc_event event = head();
	struct pc_rule_name saved = rules[1];
	struct pc_event *whole;
	json_t *object;
	size_t n;

	(void)state;
	memset(longest, 1, sizeof(longest));
	memset(why, '\\', sizeof(why) - 1);
	rules[1].why = rules[1].text = rules[1].file = why;
	whole = event_of(event, longest, sizeof(longest), longest, sizeof(longest));
	n = pc_event_to_json(whole, &context, json_text);
	assert_true(n < PC_EVENT_JSON_MAX);
	object = json_loads(json_text, 0, NULL);
	assert_non_null(object);
	assert_int_equal(strlen(text(object, "path")), 4 * PC_EVENT_PATH_MAX);
	json_decref(object);
	free(whole);
	rules[1] = saved;
}

static void numbers_that_stand_for_nothing_are_null(void **state)
{
	struct pc_event event = head();
	json_t *object;

	(void)state;
	event.rule = 17;
	object = convert(event, "/a", "/b");
	assert_true(json_is_null(json_object_get(object, "rule")));
	assert_true(json_is_null(json_object_get(object, "why")));
	assert_string_equal(text(object, "policy"), "web"); /* by its id */
	json_decref(object);
	event.policy = 8;
	event.err = 0;
	event.loginuid = 1000;
	object = convert(event, "/a", "/b");
	assert_true(json_is_null(json_object_get(object, "policy")));
	assert_true(json_is_null(json_object_get(object, "errno")));
	assert_int_equal(json_integer_value(json_object_get(object, "login_uid")), 1000);
	json_decref(object);
}

static void a_decision_of_no_rule_names_none(void **state)
{
	struct pc_event event = head();
	json_t *object;

	(void)state;
	event.rule = 0;
	event.reason = PC_REASON_OVERFLOW;
	object = convert(event, "/a", "/b");
	assert_true(json_is_null(json_object_get(object, "rule")));
	assert_string_equal(text(object, "reason"), "too-many-layers");
	json_decref(object);
	event.reason = PC_REASON_DEPTH; /* the section's default spoke */
	object = convert(event, "/a", "/b");
	assert_true(json_is_object(json_object_get(object, "rule")));
	json_decref(object);
}

static void flags_are_listed(void **state)
{
	struct pc_event event = head();
	json_t *object, *flags;

	(void)state;
	event.flags = PC_EVENT_TRUNCATED | PC_EVENT_FALLBACK;
	event.killed = 1;
	object = convert(event, "/a", "/b");
	flags = json_object_get(object, "flags");
	assert_int_equal(json_array_size(flags), 2);
	assert_string_equal(json_string_value(json_array_get(flags, 0)), "truncated");
	assert_string_equal(json_string_value(json_array_get(flags, 1)), "fallback");
	assert_true(json_is_true(json_object_get(object, "killed")));
	json_decref(object);
}

static void an_operation_without_an_object_has_no_path(void **state)
{
	struct pc_event event = head();
	char line[PC_EVENT_LINE_MAX];
	json_t *object;

	(void)state;
	event.flags = PC_EVENT_NO_OBJECT;
	event.op = PC_OP_PIVOT_ROOT;
	event.hook = PC_HOOK_sb_pivotroot;
	object = convert(event, "/bin/a", "");
	assert_true(json_is_null(json_object_get(object, "path")));
	assert_int_equal(json_array_size(json_object_get(object, "flags")), 0);
	assert_string_equal(json_string_value(json_object_get(object, "section")), "kernel");
	assert_string_equal(json_string_value(json_object_get(object, "operation")), "pivot-root");
	pc_event_to_line(object, false, line, sizeof(line));
	assert_non_null(strstr(line, "  kernel pivot-root  by a["));
	json_decref(object);
}

static void malformed_events_are_not_valid(void **state)
{
	struct pc_event event = head();

	(void)state;
	event.size = sizeof(event);
	assert_true(pc_event_valid(&event, sizeof(event)));
	assert_false(pc_event_valid(&event, sizeof(event) - 1));
	event.path_length = 1;
	assert_false(pc_event_valid(&event, sizeof(event)));
	event.path_length = UINT32_MAX;
	event.exe_length = 1;
	assert_false(pc_event_valid(&event, sizeof(event)));
	event = head();
	event.op = PC_OP_COUNT;
	assert_false(pc_event_valid(&event, sizeof(event)));
	event = head();
	event.hook = PC_HOOK_COUNT;
	assert_false(pc_event_valid(&event, sizeof(event)));
	event = head();
	event.reason = PC_REASON_COUNT;
	assert_false(pc_event_valid(&event, sizeof(event)));
	event = head();
	event.decision = PC_DECISIONS;
	assert_false(pc_event_valid(&event, sizeof(event)));
}

/* ---- lines for people ---------------------------------------------------------------------- */

static void a_line_says_it_all(void **state)
{
	json_t *event = convert(head(), "/usr/sbin/nginx", "/srv/secret/a");
	char line[PC_EVENT_LINE_MAX];

	(void)state;
	pc_event_to_line(event, false, line, sizeof(line));
	assert_string_equal(line, "14:03:02 denied   web  file read /srv/secret/a  by nginx[123] "
				  "(uid 33)  50-web.yaml:14 \"deny read /srv/secret/**\" — "
				  "T1005 \"data\"");
	pc_event_to_line(event, true, line, sizeof(line));
	assert_non_null(strstr(line, "\033["));
	json_decref(event);
}

static void a_line_never_carries_control_bytes(void **state)
{
	struct pc_event event = head();
	json_t *object;
	char line[PC_EVENT_LINE_MAX];

	(void)state;
	event.rule = 0;
	event.reason = PC_REASON_DEPTH;
	object = convert(event, "/bin/\033[2J", "/srv/\r\n\xff");
	json_object_set_new(object, "policy", json_string("a\033b\nc"));
	pc_event_to_line(object, false, line, sizeof(line));
	for (const char *c = line; *c; c++)
		assert_true((unsigned char)*c >= 0x20);
	assert_non_null(strstr(line, "because: name-too-deep"));
	assert_non_null(strstr(line, "/srv/\\x0d\\x0a\\xff"));
	json_decref(object);
}

static void a_line_is_made_of_anything(void **state)
{
	static const char *const odd[] = {
		"{}",
		"{\"time\":3,\"rule\":[],\"exe\":\"/\",\"comm\":null}",
		"{\"rule\":{},\"why\":\"\",\"pid\":\"x\"}",
		"{\"schema\":\"portcullis.lost.v1\",\"lost\":12}",
	};
	char line[PC_EVENT_LINE_MAX], small[8];

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(odd); i++) {
		json_t *object = json_loads(odd[i], 0, NULL);

		assert_true(pc_event_to_line(object, false, line, sizeof(line)) > 0);
		assert_true(pc_event_to_line(object, true, small, sizeof(small)) < sizeof(small));
		json_decref(object);
	}
	assert_non_null(strstr(line, "12 events lost"));
}

static void names_and_numbers_agree(void **state)
{
	(void)state;
	for (uint32_t op = 0; op < PC_OP_COUNT; op++)
		assert_int_equal(pc_op_find(pc_op_section(op), pc_op_name(op)), op);
	assert_int_equal(pc_op_find("exec", "read"), -ENOENT);
	assert_null(pc_op_name(PC_OP_COUNT));
	assert_null(pc_reason_name(PC_REASON_COUNT));
	assert_string_equal(pc_hook_name(PC_HOOK_file_open), "file_open");
	assert_string_equal(pc_section_name(PC_SECTION_EXEC), "exec");
}

static void rules_are_named_from_an_image(void **state)
{
	struct pc_rule rule = {.text = "read /a", .why = "because", .deny = true};
	struct pc_policy policy = {
		.name = "p",
		.sections[PC_SECTION_FILE].dflt = PC_DEFAULT_DENY,
		.sections[PC_SECTION_KERNEL] = {.dflt = PC_DEFAULT_DENY, .implied = true}};
	struct pc_policy *policies[] = {&policy};
	struct pc_policy_set set = {.policies = policies, .count = 1};
	struct pc_image_rule image_rules[] = {
		{&policy, NULL, PC_SECTION_FILE, {"a.yaml", 3, 1, 1}},
		{&policy, &rule, PC_SECTION_FILE, {"a.yaml", 5, 9, 1}},
		{&policy, NULL, PC_SECTION_KERNEL, {"a.yaml", 3, 1, 1}},
	};
	struct pc_image image = {.set = &set, .rules = image_rules, .rule_count = 3};
	uint32_t ids[] = {31};
	struct pc_rule_names *made;

	(void)state;
	assert_int_equal(pc_rule_names_new(&image, 9, ids, &made), 0);
	assert_int_equal(made->count, 3);
	assert_string_equal(made->items[0].text, "default: deny");
	assert_string_equal(made->items[1].text, "deny read /a");
	assert_string_equal(made->items[1].why, "because");
	assert_string_equal(made->items[1].policy, "p");
	assert_int_equal(made->items[1].policy_id, 31);
	assert_int_equal(made->items[1].line, 5);
	assert_string_equal(made->items[2].text, "default: deny (implied by the file section)");
	assert_string_equal(made->items[2].why, PC_IMPLIED_WHY);
	assert_null(made->items[0].why);
	pc_rule_names_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_has_every_field),
		cmocka_unit_test(paths_begin_with_their_root),
		cmocka_unit_test(hostile_bytes_are_escaped),
		cmocka_unit_test(the_longest_event_fits),
		cmocka_unit_test(numbers_that_stand_for_nothing_are_null),
		cmocka_unit_test(a_decision_of_no_rule_names_none),
		cmocka_unit_test(flags_are_listed),
		cmocka_unit_test(an_operation_without_an_object_has_no_path),
		cmocka_unit_test(malformed_events_are_not_valid),
		cmocka_unit_test(a_line_says_it_all),
		cmocka_unit_test(a_line_never_carries_control_bytes),
		cmocka_unit_test(a_line_is_made_of_anything),
		cmocka_unit_test(names_and_numbers_agree),
		cmocka_unit_test(rules_are_named_from_an_image),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
