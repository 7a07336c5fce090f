/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that a confined task does not change: Portcullis's own. */
#include "guarded.h"

#include "paths.h"

#ifndef PC_PREFIX
#define PC_PREFIX "/usr/local"
#endif

/* A folder and what is in it. */
#define TREE(folder) folder, folder "/**"
/* A unit's file or link, and its drop-ins. */
#define UNIT(folder) folder "/" PC_UNIT, TREE(folder "/" PC_UNIT ".d")
/* Of a cgroup hierarchy: the unit's own, and what kills, stops or starves all of its slice. */
#define CGROUPS(root)                                                                              \
	TREE(root PC_UNIT_CGROUP), root "/system.slice/cgroup.kill",                               \
		root "/system.slice/cgroup.freeze", root "/system.slice/memory.*",                 \
		root "/system.slice/freezer.*"

/* No pattern here multiplies an automaton's states. */
static const char *const guarded[] = {
	TREE(PC_CONFIG_DIR),
	TREE(PC_RUN_DIR),
	TREE(PC_LOG_DIR),
	TREE(PC_STATE_DIR),
	TREE(PC_PIN_DIR),
	TREE(PC_PREFIX "/lib/portcullis"),
	TREE("/usr/lib/portcullis"),
	PC_PREFIX "/sbin/enforcerd",
	PC_PREFIX "/bin/policyctl",
	"/usr/sbin/enforcerd",
	"/usr/bin/enforcerd",
	"/usr/bin/policyctl",
	PC_PREFIX "/lib/tmpfiles.d/portcullis.conf",
	"/usr/lib/tmpfiles.d/portcullis.conf",
	"/etc/tmpfiles.d/portcullis.conf",
	UNIT(PC_PREFIX "/lib/systemd/system"),
	UNIT("/usr/lib/systemd/system"),
	UNIT("/etc/systemd/system"),
	UNIT("/run/systemd/system"),
	UNIT("/etc/systemd/system.control"),
	UNIT("/run/systemd/system.control"),
	UNIT("/run/systemd/transient"),
	UNIT("/run/systemd/generator.early"),
	UNIT("/run/systemd/generator"),
	UNIT("/run/systemd/generator.late"),
	"/etc/systemd/system/sysinit.target.wants/" PC_UNIT,
	CGROUPS("/sys/fs/cgroup"),
	CGROUPS("/sys/fs/cgroup/*"),
};

static const char *const closed[] = {
	TREE(PC_STATE_DIR),
	TREE(PC_PIN_DIR),
};

/* Above all the others; of the rest rules say what is above. */
static const char *const covers[] = {"/"};

static const char *const starters[] = {
	PC_PREFIX "/sbin/enforcerd",
	"/usr/sbin/enforcerd",
	"/usr/bin/enforcerd",
	"/sbin/init",
	"/usr/sbin/init",
	"/lib/systemd/systemd",
	"/lib/systemd/systemd-executor",
	"/usr/lib/systemd/systemd",
	"/usr/lib/systemd/systemd-executor",
};

const struct pc_patterns pc_guarded = {guarded, PC_ARRAY_SIZE(guarded)};
const struct pc_patterns pc_guarded_closed = {closed, PC_ARRAY_SIZE(closed)};
const struct pc_patterns pc_guarded_covers = {covers, PC_ARRAY_SIZE(covers)};
const struct pc_patterns pc_guarded_starters = {starters, PC_ARRAY_SIZE(starters)};
