/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the parser asks the host for, and how this host answers. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "golden_dump.h"
#include "parse-internal.h"

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

static int path_never_in_proc(void *context, const char *path, char *buf, size_t size)
{
	uint32_t *asked = context;

	(*asked)++;
	assert_true(strncmp(path, "/proc", 5) != 0 || (path[5] != '/' && path[5] != '\0'));
	snprintf(buf, size, "%s", path);
	return 0;
}

static void nothing_in_proc_is_resolved(void **state)
{
	uint32_t asked = 0;
	struct pc_host host = {.user = fake_user,
			       .group = fake_group,
			       .path = path_never_in_proc,
			       .context = &asked};
	struct outcome o = parse_with(HEAD "file:\n  deny:\n"
					   "  - read /proc/self/exe /proc /proc/*/fd/** /procs/x\n",
				      &host);

	(void)state;
	assert_int_equal(o.r, 0);
	assert_int_equal(asked, 2); /* /procs and /procs/x */
	free_outcome(&o);
}

static int path_counts(void *context, const char *path, char *buf, size_t size)
{
	uint32_t *asked = context;

	(void)path;
	(void)buf;
	(void)size;
	(*asked)++;
	return -ENOENT;
}

static void a_path_is_looked_up_once(void **state)
{
	uint32_t asked = 0;
	struct pc_host host = {
		.user = fake_user, .group = fake_group, .path = path_counts, .context = &asked};
	struct outcome o = parse_with(HEAD "file:\n  deny:\n  - read /a/b/c /a/b/d /a/b/*\n"
					   "  - write /a/b/c /a/b/d/e/f\n",
				      &host);

	(void)state;
	assert_int_equal(o.r, 0);
	assert_int_equal(asked, 1); /* below /a, which is not there, nothing is */
	free_outcome(&o);
}

static int no_memory_user(void *context, const char *name, uint32_t *ret_uid)
{
	(void)context;
	(void)name;
	(void)ret_uid;
	return -ENOMEM;
}

static int no_memory_path(void *context, const char *path, char *buf, size_t size)
{
	(void)context;
	(void)path;
	(void)buf;
	(void)size;
	return -ENOMEM;
}

static void no_memory_of_the_host_is_no_memory(void **state)
{
	struct pc_host host = {.user = no_memory_user, .group = fake_group, .path = no_memory_path};
	struct outcome o =
		parse_with("portcullis: 1\npolicy: x\nsubject: [{user: alice}]\n", &host);

	(void)state;
	assert_int_equal(o.r, -ENOMEM);
	free_outcome(&o);
	o = parse_with(HEAD "file:\n  deny:\n  - read /a\n", &host);
	assert_int_equal(o.r, -ENOMEM);
	free_outcome(&o);
}

static void a_host_without_paths_resolves_none(void **state)
{
	struct pc_host host = {.user = fake_user, .group = fake_group};
	struct outcome o = parse_with(HEAD "file:\n  deny:\n  - read /bin/sh\n", &host);

	(void)state;
	assert_int_equal(o.r, 0);
	assert_int_equal(o.diags.count, 0);
	free_outcome(&o);
}

static void this_host_knows_root(void **state)
{
	char buf[4096], folder[] = "/tmp/pc-parse-XXXXXX", path[64];
	uint32_t id = 77;

	(void)state;
	assert_int_equal(pc_host_live.user(NULL, "root", &id), 0);
	assert_int_equal(id, 0);
	id = 77;
	assert_int_equal(pc_host_live.group(NULL, "root", &id), 0);
	assert_int_equal(id, 0);
	id = 77;
	assert_int_equal(pc_host_live.user(NULL, "no such user", &id), -ENOENT);
	assert_int_equal(pc_host_live.group(NULL, "no such group", &id), -ENOENT);
	assert_int_equal(id, 77);
	assert_int_equal(pc_host_live.path(NULL, "/nonexistent/x", buf, sizeof(buf)), -ENOENT);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/link", folder);
	assert_int_equal(symlink("/", path), 0);
	assert_int_equal(pc_host_live.path(NULL, path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "/");
	assert_int_equal(pc_host_live.path(NULL, folder, buf, 3), -ENAMETOOLONG);
	unlink(path);
	rmdir(folder);
}

static char mountinfo[] = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
			  "23 22 0:5 / /proc rw - proc proc rw\n"
			  "not a line\n"
			  "24 22 8:1 /srv/data /mnt/data rw - ext4 /dev/sda1 rw\n"
			  "25 22 8:1 /etc/x\\040y /mnt/a\\040file rw - ext4 /dev/sda1 rw\n"
			  "26 22 8:2 / /home rw - ext4 /dev/sda2 rw\n"
			  "27 22 8:2 / /export/home rw - ext4 /dev/sda2 rw\n"
			  "28 22 8:2 /alice /mnt/alice rw - ext4 /dev/sda2 rw\n"
			  "29 22 0:30 /@var /var rw - btrfs /dev/sda3 rw\n"
			  "30 22 0:30 /@var/log /mnt/log rw - btrfs /dev/sda3 rw\n"
			  "31 22 8:1 /srv /mnt/data/over rw - ext4 /dev/sda1 rw\n"
			  "32 31 0:40 / /mnt/data/over rw - tmpfs tmpfs rw\n"
			  "33 22 8:1 / /mnt/root rw - ext4 /dev/sda1 rw\n";

static void is_named(const char *path, const char *expected)
{
	FILE *in = fmemopen(mountinfo, sizeof(mountinfo) - 1, "r");
	char buf[64] = "";

	assert_non_null(in);
	assert_int_equal(pc_mounts_name(in, path, buf, sizeof(buf)), 0);
	fclose(in);
	assert_string_equal(buf, expected);
}

static void bind_mounts_are_named_by_their_first_place(void **state)
{
	(void)state;
	is_named("/", "/");
	is_named("/etc/passwd", "/etc/passwd");
	is_named("/mnt", "/mnt");
	is_named("/mnt/data", "/srv/data");
	is_named("/mnt/data/x/y", "/srv/data/x/y");
	is_named("/mnt/database", "/mnt/database");
	is_named("/mnt/a file", "/etc/x y");
	is_named("/home/bob", "/home/bob");
	is_named("/export/home", "/home");
	is_named("/export/home/bob", "/home/bob");
	is_named("/mnt/alice/x", "/home/alice/x");
	is_named("/var/log/x", "/mnt/log/x"); /* the nearest directory that is mounted */
	is_named("/var/lib", "/var/lib");
	is_named("/mnt/data/over/x", "/mnt/data/over/x"); /* the last one mounted there */
	is_named("/mnt/root", "/");
	is_named("/mnt/root/etc", "/etc");
	is_named("/proc/1", "/proc/1");
}

static void units_are_known_by_their_files(void **state)
{
	static const char folder[] = "/usr/lib/systemd/system";
	DIR *units = opendir(folder);
	struct dirent *entry;
	bool any = false;

	(void)state;
	while (units && (entry = readdir(units))) {
		char instance[600];
		char *at = strstr(entry->d_name, "@.service");

		if (!at)
			continue;
		any = true;
		snprintf(instance, sizeof(instance), "%.*s@x.service", (int)(at - entry->d_name),
			 entry->d_name);
		assert_int_equal(pc_host_live.place(NULL, entry->d_name), 0);
		assert_int_equal(pc_host_live.place(NULL, instance), 0);
	}
	if (units)
		closedir(units);
	if (any)
		assert_int_equal(pc_host_live.place(NULL, "pc-no-such.service"), -ENOENT);
	assert_int_equal(pc_host_live.place(NULL, "/"), 0);
}

static int add_id(void *to, const char *line)
{
	strncat(to, line, strcspn(line, " ") + 1);
	return 0;
}

static void is_named_through(const char *path, const char *ids)
{
	FILE *in = fmemopen(mountinfo, sizeof(mountinfo) - 1, "r");
	char found[32] = "";

	assert_non_null(in);
	assert_int_equal(pc_mounts_behind(in, path, add_id, found), 0);
	fclose(in);
	assert_string_equal(found, ids);
}

static void the_mounts_behind_a_name_are_known(void **state)
{
	(void)state;
	is_named_through("/etc/passwd", "");
	is_named_through("/home/bob", "");
	is_named_through("/mnt/data/x", "24 22 ");
	is_named_through("/var/log/x", "29 30 ");
}

static int bind_path(void *context, const char *path, char *buf, size_t size)
{
	(void)context;
	snprintf(buf, size, "%s", strcmp(path, "/mnt/data") ? path : "/srv/data");
	return 0;
}

static void a_file_is_where_its_directory_is(void **state)
{
	struct pc_host host = {.user = fake_user, .group = fake_group, .path = bind_path};
	struct outcome o = parse_with(HEAD "file:\n  deny:\n  - read /mnt/data/x/y\n", &host);
	struct pc_arena arena = {0};

	(void)state;
	assert_int_equal(o.r, 0);
	assert_string_equal(
		pc_glob_text(
			&arena,
			o.set.policies[0]->sections[PC_SECTION_FILE].rules[0].objects.globs[0]),
		"/srv/data/x/y");
	pc_arena_free(&arena);
	free_outcome(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_in_proc_is_resolved),
		cmocka_unit_test(a_path_is_looked_up_once),
		cmocka_unit_test(no_memory_of_the_host_is_no_memory),
		cmocka_unit_test(a_host_without_paths_resolves_none),
		cmocka_unit_test(this_host_knows_root),
		cmocka_unit_test(bind_mounts_are_named_by_their_first_place),
		cmocka_unit_test(units_are_known_by_their_files),
		cmocka_unit_test(the_mounts_behind_a_name_are_known),
		cmocka_unit_test(a_file_is_where_its_directory_is),
	};

	return cmocka_run_group_tests_name("parse_host", tests, NULL, NULL);
}
