/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The survival list: what a policy of every task must leave, or nobody gets in to mend it. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#include "diag-codes.h"
#include "event.h"
#include "paths.h"
#include "revision-internal.h"

#ifndef PC_PREFIX
#define PC_PREFIX "/usr/local"
#endif

#define PROGRAM (PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ))
#define LOADER (PC_BIT(PC_OP_INTERPRET) | PC_BIT(PC_OP_READ))
#define ROOT_SHELL "root's login shell"
#define LIBRARY (PC_BIT(PC_OP_MAP) | PC_BIT(PC_OP_READ))

static const struct candidate {
	const char *path;
	const char *what;
	uint32_t ops;
} candidates[] = {
	{"/sbin/init", "init", PROGRAM},
	{"/usr/lib/systemd/systemd", "the service manager", PROGRAM},
	{"/lib64/ld-linux-x86-64.so.2", "the dynamic loader", LOADER},
	{"/lib/ld-linux-aarch64.so.1", "the dynamic loader", LOADER},
	{"/lib/ld-musl-x86_64.so.1", "the dynamic loader", LOADER},
	{"/lib/ld-musl-aarch64.so.1", "the dynamic loader", LOADER},
	{"/lib/x86_64-linux-gnu/libc.so.6", "the C library", LIBRARY},
	{"/lib/aarch64-linux-gnu/libc.so.6", "the C library", LIBRARY},
	{"/lib64/libc.so.6", "the C library", LIBRARY},
	{"/usr/sbin/sshd", "the SSH server", PROGRAM},
	{"/usr/lib/openssh/sshd-session", "the SSH server's session", PROGRAM},
	{"/usr/lib/openssh/sshd-auth", "the SSH server's authentication", PROGRAM},
	{"/usr/libexec/openssh/sshd-session", "the SSH server's session", PROGRAM},
	{"/usr/libexec/openssh/sshd-auth", "the SSH server's authentication", PROGRAM},
	{PC_PREFIX "/bin/policyctl", "policyctl", PROGRAM},
	{"/usr/bin/policyctl", "policyctl", PROGRAM},
	{PC_PREFIX "/sbin/enforcerd", "enforcerd", PROGRAM},
	{"/usr/sbin/enforcerd", "enforcerd", PROGRAM},
	{"/usr/bin/apt-get", "the package manager", PROGRAM},
	{"/usr/bin/dpkg", "the package manager", PROGRAM},
	{"/usr/bin/dnf", "the package manager", PROGRAM},
	{"/usr/bin/rpm", "the package manager", PROGRAM},
};

static void add(struct pc_survivors *survivors, const char *path, const char *what, uint32_t ops)
{
	PC_FREE char *canonical = realpath(path, NULL);
	struct pc_survivor *survivor;

	if (!canonical || strlen(canonical) >= sizeof(survivor->path) ||
	    survivors->count == PC_SURVIVORS_MAX)
		return;
	for (uint32_t i = 0; i < survivors->count; i++)
		if (!strcmp(survivors->items[i].path, canonical))
			return; /* the loader, which libraries name too, is never mapped by it */
	survivor = &survivors->items[survivors->count++];
	strcpy(survivor->path, canonical);
	survivor->what = what;
	survivor->ops = ops;
}

static void add_root_shell(struct pc_survivors *survivors)
{
	struct passwd entry, *found = NULL;
	char buf[4096];

	if (getpwuid_r(0, &entry, buf, sizeof(buf), &found) || !found)
		return;
	add(survivors, *entry.pw_shell ? entry.pw_shell : "/bin/sh", ROOT_SHELL, PROGRAM);
}

/* Where programs of the system find their libraries. What stands elsewhere belongs to no survivor,
 * or is found through the survivors of its own folder (systemd). */
static const char *const library_folders[] = {
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
	"/usr/lib/x86_64-linux-gnu/systemd",
	"/usr/lib/aarch64-linux-gnu/systemd",
	"/usr/lib/systemd",
	"/lib/x86_64-linux-gnu",
	"/lib/aarch64-linux-gnu",
	"/usr/lib64",
	"/usr/lib64/systemd",
	"/lib64",
	"/usr/lib",
	"/lib",
};

static void add_library(void *context, const char *name)
{
	char path[PATH_MAX];

	for (uint32_t i = 0; i < PC_ARRAY_SIZE(library_folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", library_folders[i], name);
		if (access(path, F_OK))
			continue;
		add(context, path, "a library they need", LIBRARY);
		return;
	}
}

void pc_survivors_find(struct pc_survivors *ret_survivors)
{
	struct pc_survivors survivors = {.count = 0};

	for (uint32_t i = 0; i < PC_ARRAY_SIZE(candidates); i++)
		add(&survivors, candidates[i].path, candidates[i].what, candidates[i].ops);
	add_root_shell(&survivors);
	/* Grows while it is gone through: libraries need libraries. */
	for (uint32_t i = 0; i < survivors.count; i++)
		pc_needed(survivors.items[i].path, add_library, &survivors);
	*ret_survivors = survivors;
}

/* ---- who must be left alone ---------------------------------------------------------------- */

/* Where init, services and people who log in are. */
static const char *const places[] = {
	"/init.scope",
	"/system.slice/ssh.service",
	"/user.slice/user-0.slice/session-1.scope",
};

/*
 * Nothing may be denied to any of the first, nor to all of the others. So a subject counts that
 * comes to everybody, however it is written; one that is a single program does not, unless init.
 */
#define ALONE_MAX 3
#define TOGETHER_MAX (PC_SURVIVORS_MAX * PC_ARRAY_SIZE(places))

struct askers {
	struct pc_label alone[ALONE_MAX], together[TOGETHER_MAX];
	uint32_t alone_count, together_count;
};

/* In the root cgroup, as every id the same. */
static struct pc_as task_of(uint32_t id)
{
	struct pc_as as = {.cgroup = "/", .who = {.loginuid = UINT32_MAX}};

	for (int i = 0; i < 4; i++) {
		as.who.uid[i] = id;
		as.who.gid[i] = id;
	}
	return as;
}

static void find_askers(const struct pc_image *image, const struct pc_survivors *survivors,
			struct askers *askers)
{
	struct pc_as as = task_of(0);

	pc_image_label(image, &as, &askers->alone[askers->alone_count++]);
	for (uint32_t i = 0; i < survivors->count; i++) {
		const struct pc_survivor *survivor = &survivors->items[i];

		if (!(survivor->ops & PC_BIT(PC_OP_RUN)))
			continue;
		as.exe = survivor->path;
		for (size_t k = 0; k < PC_ARRAY_SIZE(places); k++) {
			as.cgroup = places[k];
			pc_image_label(image, &as, &askers->together[askers->together_count++]);
		}
		as.cgroup = places[0];
		if (!strcmp(survivor->what, "init") && askers->alone_count < ALONE_MAX)
			pc_image_label(image, &as, &askers->alone[askers->alone_count++]);
	}
	/* An identity that only `subject: system` matches. */
	as = task_of(UINT32_MAX);
	as.cgroup = NULL;
	if (askers->alone_count < ALONE_MAX)
		pc_image_label(image, &as, &askers->alone[askers->alone_count++]);
}

/* ---- what they must be able to do ---------------------------------------------------------- */

static void report(const struct pc_compiled *compiled, const struct pc_survivor *survivor,
		   uint32_t op, const struct pc_verdict *verdict, struct pc_diags *diags)
{
	const struct pc_image *image = &compiled->image;
	const struct pc_image_rule *rule =
		verdict->rule < image->rule_count && verdict->reason != PC_REASON_OVERFLOW
			? &image->rules[verdict->rule]
			: NULL;

	pc_diag_add(diags, PC_ERROR, PC_CODE_SURVIVAL, rule ? &rule->loc : NULL,
		    "this would lock everybody out: %s (%s) could no longer be %s", survivor->what,
		    survivor->path,
		    op == PC_OP_RUN	    ? "run"
		    : op == PC_OP_INTERPRET ? "used to start programs"
		    : op == PC_OP_MAP	    ? "mapped"
					    : "read");
	if (rule && !rule->rule)
		pc_diag_hint(diags, "add \"%s %s\" to the allow rules of section %s",
			     pc_op_name(op), survivor->path, pc_op_section(op));
	else if (rule)
		pc_diag_hint(diags, "leave %s out of \"%s\"", survivor->path, rule->rule->text);
}

static bool is_denied(const struct pc_tables *tables, const struct pc_label *label,
		      const struct pc_question *question, struct pc_verdict *verdict)
{
	*verdict = (struct pc_verdict){0};
	pc_decide(tables, label, question, verdict);
	return verdict->denied;
}

static bool is_lost(const struct pc_compiled *compiled, const struct askers *askers,
		    const struct pc_question *question, struct pc_verdict *verdict)
{
	struct pc_tables tables = pc_image_tables(&compiled->image);

	for (uint32_t i = 0; i < askers->alone_count; i++)
		if (is_denied(&tables, &askers->alone[i], question, verdict))
			return true;
	for (uint32_t i = 0; i < askers->together_count; i++)
		if (!is_denied(&tables, &askers->together[i], question, verdict))
			return false;
	return askers->together_count > 0;
}

static bool survives(const struct pc_compiled *compiled, const struct askers *askers,
		     const struct pc_survivor *survivor, struct pc_diags *diags)
{
	struct pc_question question = {.reason = PC_REASON_RULE};
	struct pc_verdict verdict;
	bool lost = false;

	pc_image_class(&compiled->image, survivor->path, strlen(survivor->path), &question.class);
	for (question.op = 0; question.op < PC_OP_COUNT; question.op++) {
		if (!(survivor->ops & PC_BIT(question.op)) ||
		    !is_lost(compiled, askers, &question, &verdict))
			continue;
		report(compiled, survivor, question.op, &verdict, diags);
		lost = true;
	}
	return !lost;
}

/* ---- who must be able to start ----------------------------------------------------------------
 */

/* Where a label is denied to tamper; NULL: it is not. */
static const struct pc_loc *tamper_denied(const struct pc_compiled *compiled,
					  const struct pc_label *label)
{
	static const struct pc_loc nowhere;
	struct pc_question question = {.op = PC_OP_TAMPER, .reason = PC_REASON_RULE};
	const struct pc_image *image = &compiled->image;
	struct pc_tables tables = pc_image_tables(image);
	struct pc_verdict verdict;

	if (!is_denied(&tables, label, &question, &verdict))
		return NULL;
	return verdict.rule < image->rule_count ? &image->rules[verdict.rule].loc : &nowhere;
}

#define HINT_TAMPER "add \"tamper\" to the allow rules of section kernel, or leave "

/* Until it has its pinned maps, and is the enforcer, a daemon is a task like others; what init has
 * it inherits. */
static bool starts(const struct pc_compiled *compiled, const struct askers *askers,
		   const struct pc_survivor *survivor, struct pc_diags *diags)
{
	const struct pc_loc *loc;
	struct pc_as as = task_of(0);
	struct pc_label label;

	as.cgroup = PC_UNIT_CGROUP;
	as.exe = survivor->path;
	pc_image_label(&compiled->image, &as, &label);
	loc = tamper_denied(compiled, &label);
	for (uint32_t i = 0; i < askers->alone_count && !loc; i++)
		loc = tamper_denied(compiled, &askers->alone[i]);
	if (!loc)
		return true;
	pc_diag_add(diags, PC_ERROR, PC_CODE_SURVIVAL, loc->line ? loc : NULL,
		    "enforcerd (%s) could not be started again: it is denied to tamper with what "
		    "it has in force",
		    survivor->path);
	pc_diag_hint(diags, HINT_TAMPER "enforcerd and init out of the subject");
	return false;
}

/* Who logs in as root must reach the daemon. What only sshd has, who logs in elsewhere has not. */
static bool connects(const struct pc_compiled *compiled, const struct pc_survivor *survivor,
		     struct pc_diags *diags)
{
	struct pc_as as = task_of(0);
	bool may = true;

	as.exe = survivor->path;
	for (size_t i = 1; i < PC_ARRAY_SIZE(places); i++) {
		bool only_ssh = i == 1;
		const struct pc_loc *loc;
		struct pc_label label;

		as.cgroup = places[i];
		pc_image_label(&compiled->image, &as, &label);
		loc = tamper_denied(compiled, &label);
		if (!loc)
			continue;
		may &= only_ssh;
		pc_diag_add(diags, only_ssh ? PC_WARNING : PC_ERROR, PC_CODE_SURVIVAL,
			    loc->line ? loc : NULL,
			    "policyctl could not be used by root in %s (%s): it is denied to "
			    "tamper",
			    places[i], survivor->path);
		pc_diag_hint(diags, HINT_TAMPER "who logs in out of the subject");
	}
	return may;
}

/* What tamper is asked about, of those who must be able to. */
static bool reaches(const struct pc_compiled *compiled, const struct askers *askers,
		    const struct pc_survivor *survivor, struct pc_diags *diags)
{
	if (!strcmp(survivor->what, "enforcerd"))
		return starts(compiled, askers, survivor, diags);
	if (!strcmp(survivor->what, "policyctl") || !strcmp(survivor->what, ROOT_SHELL))
		return connects(compiled, survivor, diags);
	return true;
}

int pc_survival_check(const struct pc_compiled *compiled, const struct pc_survivors *survivors,
		      struct pc_diags *diags, uint32_t *ret_lost)
{
	PC_FREE struct askers *askers = calloc(1, sizeof(*askers));
	uint32_t lost = 0;

	if (!askers)
		return -ENOMEM;
	find_askers(&compiled->image, survivors, askers);
	for (uint32_t i = 0; i < survivors->count; i++)
		lost += !survives(compiled, askers, &survivors->items[i], diags) ||
			!reaches(compiled, askers, &survivors->items[i], diags);
	*ret_lost = lost;
	return 0;
}
