/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The survival list: what a policy of every task must leave, or nobody gets in to mend it. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>

#include "diag-codes.h"
#include "event.h"
#include "revision-internal.h"

#ifndef PC_PREFIX
#define PC_PREFIX "/usr/local"
#endif

#define PROGRAM (PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_READ))
#define LOADER (PC_BIT(PC_OP_INTERPRET) | PC_BIT(PC_OP_READ))
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
	add(survivors, *entry.pw_shell ? entry.pw_shell : "/bin/sh", "root's login shell", PROGRAM);
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

/* Nobody in particular: an identity that only `subject: system` matches. */
static struct pc_as nobody(void)
{
	struct pc_as as = {.who = {.loginuid = UINT32_MAX}};

	for (int i = 0; i < 4; i++) {
		as.who.uid[i] = UINT32_MAX;
		as.who.gid[i] = UINT32_MAX;
	}
	return as;
}

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

static bool check(const struct pc_compiled *compiled, const struct pc_label *label,
		  const struct pc_survivor *survivor, uint32_t op, struct pc_diags *diags)
{
	struct pc_tables tables = pc_image_tables(&compiled->image);
	struct pc_question question = {.op = op, .reason = PC_REASON_RULE};
	struct pc_verdict verdict = {0};

	pc_image_class(&compiled->image, survivor->path, strlen(survivor->path), &question.class);
	pc_decide(&tables, label, &question, &verdict);
	if (!verdict.denied)
		return true;
	report(compiled, survivor, op, &verdict, diags);
	return false;
}

uint32_t pc_survival_check(const struct pc_compiled *compiled, const struct pc_survivors *survivors,
			   struct pc_diags *diags)
{
	struct pc_as as = nobody();
	struct pc_label label = {0};
	uint32_t denied = 0;

	pc_image_label(&compiled->image, &as, &label);
	for (uint32_t i = 0; i < survivors->count; i++)
		for (uint32_t op = 0; op < PC_OP_COUNT; op++)
			if ((survivors->items[i].ops & PC_BIT(op)) &&
			    !check(compiled, &label, &survivors->items[i], op, diags))
				denied++;
	return denied;
}
