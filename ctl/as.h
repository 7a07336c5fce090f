/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is asked about: the options --as of check. */
#ifndef CTL_AS_H
#define CTL_AS_H

#include <limits.h>

#include "compile.h"
#include "ctl.h"

struct ctl_as {
	struct pc_as as; /* refers to exe and cgroup; not to be moved */
	char exe[PATH_MAX];
	char cgroup[PATH_MAX];
};

/* Nobody in particular: no executable, no cgroup, no user. */
void ctl_as_begin(struct ctl_as *as);
/* Takes "unit=X", "cgroup=X", "exe=X", "user=X" or "pid=N". Reports what is wrong: enum pc_exit. */
int ctl_as_take(const struct ctl *ctl, const char *text, struct ctl_as *as);
/* All that is known of a process. */
int ctl_as_pid(const struct ctl *ctl, uint64_t pid, struct ctl_as *as);

/*
 * The canonical name of a path of this host, into buf of PATH_MAX bytes: where links lead, as far
 * as it exists; follow: the last component's too. False: too long, or not absolute.
 */
bool ctl_canonical(const char *path, bool follow, char *buf);

#endif
