// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Confinement by others, to compare with. */
#include "cost.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_ACCESS                                                                                \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* What its first version has: the same on every kernel. */
#define ALL_ACCESS ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define MAKE_ACCESS                                                                                \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                          \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                             \
	 LANDLOCK_ACCESS_FS_MAKE_DIR)

static int allow(int ruleset, const char *name, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = access};

	rule.parent_fd = open(name, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
		return -1;
	return close(rule.parent_fd);
}

int cost_landlock(void)
{
	struct landlock_ruleset_attr all = {.handled_access_fs = ALL_ACCESS};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);

	if (ruleset < 0 || allow(ruleset, "/", READ_ACCESS) ||
	    allow(ruleset, COST_TOP, READ_ACCESS | MAKE_ACCESS))
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_landlock_restrict_self, ruleset, 0))
		return -1;
	return close(ruleset);
}

int cost_apparmor(const char *profile)
{
	int fd = open("/proc/self/attr/apparmor/current", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (dprintf(fd, "changeprofile %s", profile) < 0)
		return -1;
	return close(fd);
}
