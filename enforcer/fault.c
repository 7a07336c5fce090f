/* SPDX-License-Identifier: GPL-2.0-only */
/* What a test build does at the steps that fault.h names. */
#include "fault.h"

#ifdef PC_FAULTS
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

static const char *const names[] = {
#define X(symbol, name, fails, killed, started) [PC_FAULT_##symbol] = name,
	PC_FAULT_POINTS(X)
#undef X
};

int pc_fault(enum pc_fault point)
{
	PC_FCLOSE FILE *file = fopen(PC_FAULT_FILE, "re");
	char name[32], what[16];

	if (!file || fscanf(file, "%31s %15s", name, what) != 2 || strcmp(name, names[point]) != 0)
		return 0;
	unlink(PC_FAULT_FILE);
	if (!strcmp(what, "kill"))
		raise(SIGKILL);
	errno = atoi(what);
	return -errno;
}
#endif
