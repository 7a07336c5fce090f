/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The way out of a host that nobody can log in to any more: a word on the kernel command line. */
#include "boot.h"

#include <fcntl.h>
#include <string.h>

bool pc_switched_off(const char *command_line)
{
	static const char word[] = "portcullis=off";
	const char *at = command_line;

	while ((at = strstr(at, word))) {
		bool begins = at == command_line || at[-1] == ' ';
		char behind = at[sizeof(word) - 1];

		if (begins && (behind == '\0' || behind == ' ' || behind == '\n'))
			return true;
		at++;
	}
	return false;
}

bool pc_off_at_boot(void)
{
	PC_CLOSE int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	char line[8192];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (n <= 0)
		return false;
	line[n] = '\0';
	return pc_switched_off(line);
}
