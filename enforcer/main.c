/* SPDX-License-Identifier: GPL-2.0-only */
/* enforcerd: which of its jobs is to be done. */
#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include "log.h"
#include "options.h"

/* The way out of a host that nobody can log in to any more. */
static bool off_at_boot(void)
{
	PC_CLOSE int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char line[8192];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (n <= 0)
		return false;
	line[n] = '\0';
	return pc_switched_off(line);
}

static int run(const struct pc_daemon_options *options)
{
	if (geteuid() != 0) {
		pc_log(LOG_ERR, "enforcerd must be run by root");
		return PC_EXIT_PERMISSION;
	}
	if (off_at_boot()) {
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
