/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What nobody writes: that a policy's subject does not get at the enforcer, and that one with file
 * rules does not go around the names of files.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "guarded.h"
#include "parse-internal.h"
#include "paths.h"

#define SETTING_OPS (PC_BIT(PC_OP_WRITE) | PC_BIT(PC_OP_APPEND) | PC_BIT(PC_OP_TRUNCATE))
#define TAMPER PC_BIT(PC_OP_TAMPER)

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
static const struct pc_patterns pc_settings = {settings, PC_ARRAY_SIZE(settings)};

/* A deny rule of files that nobody writes. */
struct implied {
	const struct pc_patterns *patterns;
	struct pc_rule rule;
};

static int parse_patterns(struct pc_arena *arena, const struct pc_patterns *patterns,
			  struct pc_glob_list *list)
{
	struct pc_glob_error error;
	struct pc_glob *glob;
	int r = 0;

	for (size_t i = 0; i < patterns->count && r == 0; i++) {
		const char *text = patterns->of[i];

		r = pc_glob_parse(arena, text, strlen(text), NULL, &glob, &error);
		if (r == 0)
			r = pc_globs_add(arena, list, glob);
	}
	return r;
}

/* Is it one path, and among these? */
static bool is_named(const struct pc_glob_list *list, const struct pc_glob *glob)
{
	char path[PATH_MAX];
	size_t n;

	if (!pc_glob_is_literal(glob))
		return false;
	n = pc_glob_prefix(glob, path, sizeof(path));
	return pc_globs_match(list, path, n);
}

static int add_rule(struct pc_arena *arena, struct pc_section *section, const struct pc_rule *rule)
{
	uint32_t count = section->count + section->implied_count;
	struct pc_rule *slot = pc_arena_push(arena, &section->rules, &count);

	if (!slot)
		return -ENOMEM;
	*slot = *rule;
	slot->implied = true;
	section->implied_count++;
	return 0;
}

/* What a rule allows by a whole name is not denied by what is implied. */
static int except(struct pc_arena *arena, struct pc_section *file, uint32_t number,
		  const struct pc_rule *denied)
{
	struct pc_rule rule = file->rules[number];
	const struct pc_glob_list objects = rule.objects;
	int r = 0;

	rule.ops &= denied->ops;
	if (rule.deny || !rule.ops)
		return 0;
	rule.objects = (struct pc_glob_list){0};
	for (uint32_t i = 0; i < objects.count && r == 0; i++)
		if (is_named(&denied->objects, objects.globs[i]))
			r = pc_globs_add(arena, &rule.objects, objects.globs[i]);
	if (r < 0 || !rule.objects.count)
		return r;
	file->rules[number].setting = true;
	return add_rule(arena, file, &rule);
}

static int imply_files(struct pc_arena *arena, struct pc_section *file,
		       const struct implied *implied)
{
	struct pc_rule rule = implied->rule;
	int r = parse_patterns(arena, implied->patterns, &rule.objects);

	rule.loc = file->loc;
	rule.deny = true;
	for (uint32_t i = 0; i < file->count && r == 0; i++)
		r = except(arena, file, i, &rule);
	return r < 0 ? r : add_rule(arena, file, &rule);
}

static int imply_settings(struct pc_arena *arena, struct pc_section *file)
{
	static const struct implied implied = {
		.patterns = &pc_settings,
		.rule.text = "write,append,truncate of a setting that starts programs (implied by "
			     "the file section)",
		.rule.why = "the kernel would start a program that no policy confines",
		.rule.ops = SETTING_OPS,
	};

	return imply_files(arena, file, &implied);
}

/* A section that nobody wrote, if nobody did. */
static void imply_section(struct pc_section *section, enum pc_default dflt,
			  const struct pc_loc *loc)
{
	if (section->present)
		return;
	*section = (struct pc_section){
		.present = true,
		.implied = true,
		.dflt = dflt,
		.loc = *loc,
	};
}

/* Tracing its own is as harmless as running them. */
static int imply_process(struct pc_arena *arena, struct pc_section *process,
			 const struct pc_loc *loc)
{
	struct pc_rule *rule;

	if (process->present)
		return 0;
	imply_section(process, PC_DEFAULT_DENY, loc);
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

/* What file rules imply. */
static int imply_around(struct pc_arena *arena, struct pc_policy *policy)
{
	struct pc_section *file = &policy->sections[PC_SECTION_FILE];
	int r;

	imply_section(&policy->sections[PC_SECTION_KERNEL], PC_DEFAULT_DENY, &file->loc);
	r = imply_process(arena, &policy->sections[PC_SECTION_PROCESS], &file->loc);
	return r < 0 ? r : imply_settings(arena, file);
}

/* Is `tamper` allowed by its name, and not denied? Such a rule says something even where all is
 * allowed. */
static bool may_tamper(struct pc_section *kernel)
{
	bool allowed = false, denied = false;

	for (uint32_t i = 0; i < kernel->count; i++) {
		struct pc_rule *rule = &kernel->rules[i];

		if (!(rule->ops & TAMPER))
			continue;
		denied |= rule->deny;
		allowed |= !rule->deny;
		rule->setting = !rule->deny;
	}
	return allowed && !denied;
}

/* ---- what starts the enforcer ------------------------------------------------------------------
 */

static bool has_id(const struct pc_id_set *set, uint32_t id)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (id >= set->ranges[i].first && id <= set->ranges[i].last)
			return true;
	return !set->count;
}

static bool has_cgroup(const struct pc_glob_list *list, const char *path)
{
	size_t n = strlen(path);

	if (!list->count || pc_globs_match(list, "/", 1))
		return true;
	for (size_t i = 1; i <= n; i++)
		if ((path[i] == '/' || i == n) && pc_globs_match(list, path, i))
			return true;
	return false;
}

static bool has_starter(const struct pc_glob_list *list)
{
	for (size_t i = 0; i < pc_guarded_starters.count; i++)
		if (pc_globs_match(list, pc_guarded_starters.of[i],
				   strlen(pc_guarded_starters.of[i])))
			return true;
	return !list->count;
}

/* May the subject be an enforcerd that starts, or who starts it? To deny them the pinned maps would
 * end all enforcement, and a policy is older than a version that implies it. */
static bool starts_enforcer(const struct pc_policy *policy)
{
	for (uint32_t i = 0; i < policy->subject_count; i++) {
		const struct pc_subject_item *item = &policy->subjects[i];

		if (has_id(&item->user, 0) && has_id(&item->group, 0) &&
		    has_id(&item->login, UINT32_MAX) && has_starter(&item->exe) &&
		    (has_cgroup(&item->cgroup, PC_UNIT_CGROUP) ||
		     has_cgroup(&item->cgroup, "/init.scope")))
			return true;
	}
	return false;
}

/* Then `tamper` is denied where that is written, and not by a default. */
static int leave_unguarded(struct pc_arena *arena, struct pc_policy *policy)
{
	struct pc_section *kernel = &policy->sections[PC_SECTION_KERNEL];
	struct pc_rule rule = {
		.text = "tamper (implied: the subject may be what starts enforcerd)",
		.ops = TAMPER,
		.plain = true,
	};

	policy->unguarded = true;
	if (!kernel->present || kernel->dflt == PC_DEFAULT_ALLOW)
		return 0;
	rule.loc = kernel->loc;
	return add_rule(arena, kernel, &rule);
}

#define GUARD_WHY "it is what enforces the policies"

/* What every policy implies. */
static int imply_guard(struct pc_arena *arena, struct pc_policy *policy)
{
	static const struct implied files[] = {
		{&pc_guarded,
		 {.text = "modify of Portcullis's own files (implied by every policy)",
		  .why = GUARD_WHY,
		  .ops = PC_OPS_MODIFY | TAMPER,
		  .guards = true}},
		{&pc_guarded_closed,
		 {.text = "read,lock of Portcullis's store and pins (implied by every policy)",
		  .why = GUARD_WHY,
		  .ops = PC_BIT(PC_OP_READ) | PC_BIT(PC_OP_LOCK),
		  .guards = true}},
		{&pc_guarded_covers,
		 {.text = "tamper by a mount (implied by every policy)",
		  .why = GUARD_WHY,
		  .ops = TAMPER}},
	};
	struct pc_section *kernel = &policy->sections[PC_SECTION_KERNEL];
	struct pc_section *file = &policy->sections[PC_SECTION_FILE];
	struct pc_rule rule = {
		.text = "tamper (implied by every policy)",
		.why = GUARD_WHY,
		.ops = TAMPER,
		.deny = true,
		.plain = true,
	};
	int r = 0;

	if (may_tamper(kernel))
		return 0;
	if (starts_enforcer(policy))
		return leave_unguarded(arena, policy);
	imply_section(kernel, PC_DEFAULT_ALLOW, &policy->loc);
	imply_section(file, PC_DEFAULT_ALLOW, &policy->loc);
	for (size_t i = 0; i < PC_ARRAY_SIZE(files) && r == 0; i++)
		r = imply_files(arena, file, &files[i]);
	rule.loc = kernel->loc;
	return r < 0 ? r : add_rule(arena, kernel, &rule);
}

int pc_sections_imply(struct pc_arena *arena, struct pc_policy *policy)
{
	int r = 0;

	if (is_system(policy))
		return 0;
	if (policy->sections[PC_SECTION_FILE].present)
		r = imply_around(arena, policy);
	return r < 0 ? r : imply_guard(arena, policy);
}
