/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of enforcerd. */
#ifndef PC_OPTIONS_H
#define PC_OPTIONS_H

#include "daemon.h"

enum pc_job { PC_JOB_RUN, PC_JOB_PROBE, PC_JOB_UNLOAD, PC_JOB_HELP, PC_JOB_VERSION };

struct pc_options {
	enum pc_job job;
	bool verbose;
	struct pc_daemon_options daemon;
};

/* Prints what is wrong and returns -EINVAL. Strings are those of argv. */
int pc_options_parse(int argc, char **argv, struct pc_options *ret_options);
void pc_options_help(void);

#endif
