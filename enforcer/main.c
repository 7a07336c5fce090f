/* SPDX-License-Identifier: GPL-2.0-only */
/* enforcerd: which of its jobs is to be done. */
#include <systemd/sd-daemon.h>

#include "boot.h"
#include "log.h"
#include "options.h"

static int run(const struct pc_daemon_options *options)
{
	if (geteuid() != 0) {
		pc_log(LOG_ERR, "enforcerd must be run by root");
		return PC_EXIT_PERMISSION;
	}
	if (pc_off_at_boot()) {
		pc_log(LOG_WARNING, "portcullis=off is on the kernel command line: nothing is "
				    "loaded, nothing is enforced");
		sd_notify(0, "READY=1\nSTATUS=Off: portcullis=off is on the kernel command line");
		return PC_EXIT_OK;
	}
	return pc_daemon_run(options);
}

int main(int argc, char **argv)
{
	struct pc_options options;

	if (pc_options_parse(argc, argv, &options))
		return PC_EXIT_USAGE;
	if (options.verbose)
		pc_log_set_level(LOG_DEBUG);
	switch (options.job) {
	case PC_JOB_HELP:
		pc_options_help();
		return PC_EXIT_OK;
	case PC_JOB_VERSION:
		puts("enforcerd (Portcullis) " PC_VERSION);
		return PC_EXIT_OK;
	case PC_JOB_PROBE:
		return pc_daemon_probe();
	case PC_JOB_UNLOAD:
		return pc_daemon_unload(&options.daemon);
	case PC_JOB_RUN:
		break;
	}
	return run(&options.daemon);
}
