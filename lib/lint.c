/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is valid and yet hardly meant: the checks that look at one rule or section. */
#include <errno.h>
#include <string.h>

#include "lint-internal.h"

/* Operations for which a directory counts as much as what is in it. */
#define DIRECTORY_OPS                                                                              \
	(PC_BIT(PC_OP_DELETE) | PC_BIT(PC_OP_RENAME) | PC_BIT(PC_OP_CHMOD) | PC_BIT(PC_OP_CHOWN) | \
	 PC_BIT(PC_OP_SETATTR))

static const char *const section_names[] = {
#define PC_X(symbol, name, err) name,
	PC_SECTIONS(PC_X)
#undef PC_X
};

static void attach_source(struct pc_linter *linter, const struct pc_loc *loc)
{
	const struct pc_text *text = NULL;
	const char *at, *end, *newline;

	for (uint32_t i = 0; i < linter->text_count && loc->file; i++)
		if (!strcmp(linter->texts[i].file, loc->file))
			text = &linter->texts[i];
	if (!text || !loc->line || !text->size)
		return;
	at = text->bytes;
	end = at + text->size;
	for (uint32_t line = 1; line < loc->line; line++) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			return;
		at = newline + 1;
	}
	newline = memchr(at, '\n', (size_t)(end - at));
	if (newline)
		end = newline;
	if (end > at && end[-1] == '\r')
		end--;
	pc_diag_source(linter->diags, at, (size_t)(end - at));
}

void pc_lint_report(struct pc_linter *linter, enum pc_severity severity, enum pc_code code,
		    const struct pc_loc *loc, const char *hint, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (!pc_diag_add(linter->diags, severity, code, loc, "%s", message))
		return;
	attach_source(linter, loc);
	if (hint)
		pc_diag_hint(linter->diags, "%s", hint);
}

/* The directory of a pattern that ends in `/` + `**` and is otherwise one path; NULL: another. */
static char *directory_of(struct pc_linter *linter, const struct pc_glob *glob, size_t *ret_n)
{
	const struct pc_glob *rest = glob->next;
	char *path;

	if (glob->kind != PC_GLOB_LITERAL || glob->length < 2 || !rest || rest->next ||
	    rest->kind != PC_GLOB_GLOBSTAR || glob->bytes[glob->length - 1] != '/')
		return NULL;
	*ret_n = glob->length - 1;
	path = pc_arena_strndup(&linter->arena, (const char *)glob->bytes, *ret_n);
	return path;
}

static bool rule_matches(const struct pc_section *section, const struct pc_rule *rule,
			 const char *path, size_t n)
{
	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *other = &section->rules[i];

		if (other->deny && (other->ops & rule->ops) &&
		    pc_globs_match(&other->objects, path, n))
			return true;
	}
	return false;
}

/* Returns how many section-wide searches it made. */
static uint32_t hint_directory(struct pc_linter *linter, const struct pc_section *section,
			       const struct pc_rule *rule)
{
	uint32_t searches = 0;

	if (!rule->deny || !(rule->ops & DIRECTORY_OPS))
		return 0;
	for (uint32_t i = 0; i < rule->objects.count; i++) {
		size_t n;
		char *path = directory_of(linter, rule->objects.globs[i], &n);

		if (!path)
			continue;
		searches++;
		if (rule_matches(section, rule, path, n))
			continue;
		pc_lint_report(linter, PC_NOTE, PC_CODE_DIRECTORY_ITSELF, &rule->loc,
			       "add the directory if it is meant, too",
			       "%s/** is everything below %s, but not %s itself", path, path, path);
		return searches;
	}
	return searches;
}

static void hint_section(struct pc_linter *linter, const struct pc_section *section,
			 const char *name)
{
	enum { SEARCHES_MAX = 24 };
	const struct pc_rule *allow = NULL;
	uint32_t searches = 0;

	for (uint32_t i = 0; i < section->count; i++) {
		if (!section->rules[i].deny && !section->rules[i].setting && !allow)
			allow = &section->rules[i];
		if (searches < SEARCHES_MAX)
			searches += hint_directory(linter, section, &section->rules[i]);
	}
	if (section->dflt == PC_DEFAULT_DENY && !allow)
		pc_lint_report(linter, PC_NOTE, PC_CODE_ALLOWS_NOTHING, &section->loc, NULL,
			       "section \"%s\" denies everything", name);
	if (section->dflt == PC_DEFAULT_ALLOW && allow)
		pc_lint_report(linter, PC_NOTE, PC_CODE_ALLOW_IDLE, &allow->loc,
			       "a matching deny wins whatever is allowed",
			       "section \"%s\" allows by default: its allow rules change nothing",
			       name);
}

/* What a file section denies that none of its rules says, once a policy. */
static void hint_implied(struct pc_linter *linter, const struct pc_policy *policy)
{
	const struct pc_section *file = &policy->sections[PC_SECTION_FILE];
	bool kernel = policy->sections[PC_SECTION_KERNEL].implied;
	bool process = policy->sections[PC_SECTION_PROCESS].implied;

	if (file->implied_count && !file->implied)
		pc_lint_report(linter, PC_NOTE, PC_CODE_IMPLIED, &file->loc,
			       "a section that is written holds instead, as in \"kernel: {default: "
			       "allow}\"; a setting is allowed by its whole name",
			       "this also denies what goes around names: %s%ssettings that start "
			       "programs",
			       kernel ? "mounts and raw devices (kernel), " : "",
			       process ? "tracing others (process), " : "");
}

/* What would hold the service manager, too, and the daemon while it starts. */
static void warn_tamper(struct pc_linter *linter, const struct pc_policy *policy)
{
	const struct pc_section *kernel = &policy->sections[PC_SECTION_KERNEL];
	const struct pc_loc *loc = kernel->dflt == PC_DEFAULT_DENY ? &kernel->loc : NULL;
	bool system = false, allowed = false;

	for (uint32_t i = 0; i < policy->subject_count; i++)
		system |= policy->subjects[i].system;
	for (uint32_t i = 0; i < kernel->count; i++) {
		const struct pc_rule *rule = &kernel->rules[i];

		if (!(rule->ops & PC_BIT(PC_OP_TAMPER)))
			continue;
		allowed |= !rule->deny;
		if (rule->deny)
			loc = &rule->loc;
	}
	if (!system || !kernel->present || !loc || (allowed && loc == &kernel->loc))
		return;
	pc_lint_report(linter, PC_WARNING, PC_CODE_TAMPER, loc,
		       "allow: tamper, and deny it to narrower subjects",
		       "this denies tamper to every task: the service manager can neither stop nor "
		       "start enforcerd");
}

static int lint_policy(struct pc_linter *linter, const struct pc_policy *policy, unsigned int what)
{
	bool any = false;
	int r = what & PC_LINT_WARNINGS ? pc_lint_subjects(linter, policy) : 0;

	for (int i = 0; i < PC_SECTION_COUNT && r == 0; i++) {
		const struct pc_section *section = &policy->sections[i];

		if (section->implied)
			continue;
		any |= section->present;
		if (what & PC_LINT_WARNINGS)
			r = pc_lint_twice(linter, section);
		if (r == 0 && (what & PC_LINT_WARNINGS))
			r = pc_lint_denied(linter, policy, section);
		if (section->present && (what & PC_LINT_HINTS))
			hint_section(linter, section, section_names[i]);
	}
	if (what & PC_LINT_WARNINGS)
		warn_tamper(linter, policy);
	if ((what & PC_LINT_WARNINGS) && policy->unguarded)
		pc_lint_report(linter, PC_WARNING, PC_CODE_UNGUARDED, &policy->loc,
			       "deny tamper to narrower subjects, or say \"kernel: {allow: [tamper]}\"",
			       "the subject may be what starts enforcerd: tamper is not denied to it");
	if (what & PC_LINT_HINTS)
		hint_implied(linter, policy);
	if (!any && (what & PC_LINT_WARNINGS))
		pc_lint_report(linter, PC_WARNING, PC_CODE_CONFINES_NOTHING, &policy->loc,
			       "it needs a section, such as exec or file",
			       "policy \"%s\" confines nothing", policy->name);
	return r;
}

int pc_lint(const struct pc_policy_set *set, const struct pc_text *texts, uint32_t count,
	    unsigned int what, struct pc_diags *diags)
{
	struct pc_linter linter = {.texts = texts, .text_count = count, .diags = diags};
	int r = 0;

	for (uint32_t i = 0; i < set->count && r == 0; i++) {
		r = lint_policy(&linter, set->policies[i], what);
		pc_arena_free(&linter.arena);
	}
	return r;
}
