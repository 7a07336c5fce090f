/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For tests of the parser: a host that is the same everywhere, and a model as text. */
#ifndef PC_TEST_GOLDEN_DUMP_H
#define PC_TEST_GOLDEN_DUMP_H

#include <errno.h>
#include <string.h>

#include "../../lib/parse.h"

struct fake_name {
	const char *name;
	uint32_t id;
};

static int fake_lookup(const struct fake_name *names, size_t count, const char *name,
		       uint32_t *ret_id)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		*ret_id = names[i].id;
		return 0;
	}
	return -ENOENT;
}

static int fake_user(void *context, const char *name, uint32_t *ret_uid)
{
	static const struct fake_name users[] = {{"root", 0}, {"www-data", 33}, {"alice", 1000}};

	(void)context;
	if (!strcmp(name, "broken"))
		return -EIO;
	return fake_lookup(users, PC_ARRAY_SIZE(users), name, ret_uid);
}

static int fake_group(void *context, const char *name, uint32_t *ret_gid)
{
	static const struct fake_name groups[] = {{"root", 0}, {"adm", 4}, {"www-data", 33}};

	(void)context;
	return fake_lookup(groups, PC_ARRAY_SIZE(groups), name, ret_gid);
}

/* A merged /usr, as Debian has it. Names of one letter are there; what is neither is not. */
static int fake_path(void *context, const char *path, char *buf, size_t size)
{
	static const char *const paths[][2] = {
		{"/bin", "/usr/bin"},
		{"/bin/bash", "/usr/bin/bash"},
		{"/bin/dash", "/usr/bin/dash"},
		{"/bin/sh", "/usr/bin/dash"},
		{"/etc", "/etc"},
		{"/etc/mtab", "/proc/self/mounts"},
		{"/etc/passwd", "/etc/passwd"},
		{"/etc/resolv.conf", "/run/systemd/resolve/stub-resolv.conf"},
		{"/lib", "/usr/lib"},
		{"/lib64", "/usr/lib64"},
		{"/root", "/root"},
		{"/srv", "/srv"},
		{"/srv/current", "/srv/releases/7"},
		{"/usr", "/usr"},
		{"/usr/bin", "/usr/bin"},
		{"/usr/bin/bash", "/usr/bin/bash"},
		{"/usr/bin/dash", "/usr/bin/dash"},
		{"/usr/bin/sh", "/usr/bin/dash"},
		{"/usr/lib", "/usr/lib"},
		{"/usr/lib64", "/usr/lib64"},
		{"/usr/sbin", "/usr/sbin"},
		{"/usr/sbin/nginx", "/usr/sbin/nginx"},
		{"/var", "/var"},
		{"/var/log", "/var/log"},
		{"/var/run", "/run"},
	};

	(void)context;
	if (!strncmp(path, "/root/", strlen("/root/")))
		return -EACCES;
	for (size_t i = 0; i < PC_ARRAY_SIZE(paths); i++)
		if (!strcmp(paths[i][0], path)) {
			snprintf(buf, size, "%s", paths[i][1]);
			return 0;
		}
	for (const char *at = path; *at; at++)
		if (*at != '/' && at[-1] != '/')
			return -ENOENT;
	snprintf(buf, size, "%s", path);
	return 0;
}

static int fake_place(void *context, const char *name)
{
	static const char *const places[] = {"nginx.service", "user.slice"};

	(void)context;
	if (*name == '/')
		return strcmp(name, "/nowhere") ? 0 : -ENOENT;
	for (size_t i = 0; i < PC_ARRAY_SIZE(places); i++)
		if (!strcmp(places[i], name))
			return 0;
	return -ENOENT;
}

static const struct pc_host fake_host = {
	.user = fake_user, .group = fake_group, .path = fake_path, .place = fake_place};

static void dump_globs(FILE *out, const char *key, const struct pc_glob_list *list)
{
	struct pc_arena arena = {0};

	if (!list->count)
		return;
	fprintf(out, " %s=[", key);
	for (uint32_t i = 0; i < list->count; i++)
		fprintf(out, "%s%s", i ? " " : "", pc_glob_text(&arena, list->globs[i]));
	fputc(']', out);
	pc_arena_free(&arena);
}

static void dump_ids(FILE *out, const char *key, const struct pc_id_set *set)
{
	if (!set->count)
		return;
	fprintf(out, " %s=[", key);
	for (uint32_t i = 0; i < set->count; i++) {
		fprintf(out, "%s%u", i ? " " : "", set->ranges[i].first);
		if (set->ranges[i].last != set->ranges[i].first)
			fprintf(out, "-%u", set->ranges[i].last);
	}
	fputc(']', out);
}

static void dump_loc(FILE *out, const struct pc_loc *loc)
{
	fprintf(out, "%s:%u:%u+%u", loc->file, loc->line, loc->column, loc->length);
}

static void dump_ops(FILE *out, uint32_t ops)
{
	static const char *const names[] = {
#define PC_X(symbol, section, name, permission) name,
		PC_OPS(PC_X)
#undef PC_X
	};
	const char *comma = " ";

	for (uint32_t op = 0; op < PC_OP_COUNT; op++) {
		if (!(ops & PC_BIT(op)))
			continue;
		fprintf(out, "%s%s", comma, names[op]);
		comma = ",";
	}
}

static void dump_rule(FILE *out, const struct pc_rule *rule)
{
	fprintf(out, "    %s", rule->deny ? "deny" : "allow");
	dump_ops(out, rule->ops);
	dump_globs(out, "objects", &rule->objects);
	if (rule->fileless)
		fputs(" fileless", out);
	if (rule->same)
		fputs(" same", out);
	if (rule->plain && (rule->ops & PC_OPS_PROCESS))
		fputs(" any", out);
	if (rule->kill)
		fputs(" kill", out);
	if (rule->err)
		fprintf(out, " errno=%s", strerrorname_np(rule->err));
	if (rule->mode == PC_MODE_AUDIT)
		fputs(" audit", out);
	if (rule->optional)
		fputs(" optional", out);
	if (rule->why)
		fprintf(out, " why=\"%s\"", rule->why);
	fputs("\n      ", out);
	dump_loc(out, &rule->loc);
	fprintf(out, " \"%s\"\n", rule->text);
}

static void dump_subject(FILE *out, const struct pc_subject_item *item)
{
	fputs("  subject", out);
	if (item->system)
		fputs(" system", out);
	dump_globs(out, "cgroup", &item->cgroup);
	dump_globs(out, "exe", &item->exe);
	dump_ids(out, "user", &item->user);
	dump_ids(out, "group", &item->group);
	dump_ids(out, "login", &item->login);
	fputs(" at ", out);
	dump_loc(out, &item->loc);
	fputc('\n', out);
}

static void dump_policy(FILE *out, const struct pc_policy *policy)
{
	static const char *const sections[] = {
#define PC_X(symbol, name, err) name,
		PC_SECTIONS(PC_X)
#undef PC_X
	};

	fprintf(out, "policy %s %s at ", policy->name,
		policy->mode == PC_MODE_AUDIT ? "audit" : "enforce");
	dump_loc(out, &policy->loc);
	fputc('\n', out);
	if (policy->about)
		fprintf(out, "  about \"%s\"\n", policy->about);
	for (uint32_t i = 0; i < policy->subject_count; i++)
		dump_subject(out, &policy->subjects[i]);
	for (uint32_t i = 0; i < PC_SECTION_COUNT; i++) {
		const struct pc_section *section = &policy->sections[i];

		if (!section->present || section->implied)
			continue;
		fprintf(out, "  %s default %s at ", sections[i],
			section->dflt == PC_DEFAULT_DENY ? "deny" : "allow");
		dump_loc(out, &section->loc);
		fputc('\n', out);
		for (uint32_t j = 0; j < section->count; j++)
			dump_rule(out, &section->rules[j]);
	}
}

static inline void dump_set(FILE *out, const struct pc_policy_set *set)
{
	for (uint32_t i = 0; set->policies && i < set->count; i++)
		dump_policy(out, set->policies[i]);
}

#endif
