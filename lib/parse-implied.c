/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a file section implies: that its subject does not go around the names of files. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "parse-internal.h"

#define SETTING_OPS (PC_BIT(PC_OP_WRITE) | PC_BIT(PC_OP_APPEND) | PC_BIT(PC_OP_TRUNCATE))

/*
 * Settings that have the kernel start a program: as nobody's subject. A cgroup's release_agent is
 * only in the root of a hierarchy of version 1. No pattern here multiplies an automaton's states.
 */
static const char *const settings[] = {
	"/proc/sys/kernel/core_pattern",      "/proc/sys/kernel/modprobe",
	"/proc/sys/kernel/hotplug",	      "/proc/sys/kernel/poweroff_cmd",
	"/proc/sys/kernel/usermodehelper/**", "/proc/sys/fs/binfmt_misc/**",
	"/sys/kernel/uevent_helper",	      "/sys/fs/cgroup/release_agent",
	"/sys/fs/cgroup/*/release_agent",
};

static int parse_settings(struct pc_arena *arena, struct pc_glob_list *list)
{
	struct pc_glob_error error;
	struct pc_glob *glob;
	int r = 0;

	for (size_t i = 0; i < PC_ARRAY_SIZE(settings) && r == 0; i++) {
		r = pc_glob_parse(arena, settings[i], strlen(settings[i]), NULL, &glob, &error);
		if (r == 0)
			r = pc_globs_add(arena, list, glob);
	}
	return r;
}

/* Is it one path, and that of a setting? */
static bool is_setting(const struct pc_glob_list *list, const struct pc_glob *glob)
{
	char path[PATH_MAX];
	size_t n;

	if (!pc_glob_is_literal(glob))
		return false;
	n = pc_glob_prefix(glob, path, sizeof(path));
	return pc_globs_match(list, path, n);
}

static int add_rule(struct pc_arena *arena, struct pc_section *file, const struct pc_rule *rule)
{
	uint32_t count = file->count + file->implied_count;
	struct pc_rule *slot = pc_arena_push(arena, &file->rules, &count);

	if (!slot)
		return -ENOMEM;
	*slot = *rule;
	slot->implied = true;
	file->implied_count++;
	return 0;
}

/* What a rule allows by a setting's whole name is not denied by what is implied. */
static int except(struct pc_arena *arena, struct pc_section *file, uint32_t number,
		  const struct pc_glob_list *list)
{
	struct pc_rule rule = file->rules[number];
	const struct pc_glob_list objects = rule.objects;
	int r = 0;

	rule.ops &= SETTING_OPS;
	if (rule.deny || !rule.ops)
		return 0;
	rule.objects = (struct pc_glob_list){0};
	for (uint32_t i = 0; i < objects.count && r == 0; i++)
		if (is_setting(list, objects.globs[i]))
			r = pc_globs_add(arena, &rule.objects, objects.globs[i]);
	if (r < 0 || !rule.objects.count)
		return r;
	file->rules[number].setting = true;
	return add_rule(arena, file, &rule);
}

static int imply_settings(struct pc_arena *arena, struct pc_section *file)
{
	struct pc_rule rule = {
		.loc = file->loc,
		.text = "write,append,truncate of a setting that starts programs (implied by the "
			"file section)",
		.why = "the kernel would start a program that no policy confines",
		.ops = SETTING_OPS,
		.deny = true,
	};
	int r = parse_settings(arena, &rule.objects);

	for (uint32_t i = 0; i < file->count && r == 0; i++)
		r = except(arena, file, i, &rule.objects);
	return r < 0 ? r : add_rule(arena, file, &rule);
}

/* Tracing its own is as harmless as running them. */
static int imply_process(struct pc_arena *arena, struct pc_section *process,
			 const struct pc_loc *loc)
{
	struct pc_rule *rule;

	if (process->present)
		return 0;
	*process = (struct pc_section){
		.present = true,
		.implied = true,
		.dflt = PC_DEFAULT_DENY,
		.loc = *loc,
	};
	rule = pc_arena_push(arena, &process->rules, &process->count);
	if (!rule)
		return -ENOMEM;
	*rule = (struct pc_rule){
		.loc = *loc,
		.text = "trace,read-memory same",
		.ops = PC_OPS_PROCESS,
		.same = true,
	};
	return 0;
}

/* Whoever boots the host mounts, checks disks and sets settings: that is denied where it is
 * written, never by being implied. */
static bool is_system(const struct pc_policy *policy)
{
	for (uint32_t i = 0; i < policy->subject_count; i++)
		if (policy->subjects[i].system)
			return true;
	return false;
}

int pc_sections_imply(struct pc_arena *arena, struct pc_policy *policy)
{
	struct pc_section *file = &policy->sections[PC_SECTION_FILE];
	struct pc_section *kernel = &policy->sections[PC_SECTION_KERNEL];
	int r;

	if (!file->present || is_system(policy))
		return 0;
	if (!kernel->present)
		*kernel = (struct pc_section){
			.present = true,
			.implied = true,
			.dflt = PC_DEFAULT_DENY,
			.loc = file->loc,
		};
	r = imply_process(arena, &policy->sections[PC_SECTION_PROCESS], &file->loc);
	return r < 0 ? r : imply_settings(arena, file);
}
