// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The files that the measured operations work on. */
#include "cost.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t cost_set;

const char *cost_fresh_name(enum cost_fresh kind, uint32_t i)
{
	static char name[256];

	i += cost_set * COST_FRESH;

	switch (kind) {
	case COST_NEW_FILE:
		snprintf(name, sizeof(name), COST_DIR "/vendor/part%05u.css", i);
		break;
	case COST_NEW_DIR:
		snprintf(name, sizeof(name), COST_DIR "/vend%05u/theme.css", i);
		break;
	case COST_NEW_PATH:
		snprintf(name, sizeof(name),
			 COST_TOP "/site%05u.org/current/public/assets/styles/vendor/theme.css", i);
		break;
	}
	return name;
}

/* A file of one page and the folders above it, all of one user. */
static int make_file(const char *name, uint32_t uid)
{
	char part[256], page[4096] = {0};
	int fd, err = 0;

	for (const char *slash = strchr(name + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - name), name);
		if (!mkdir(part, 0755) && chown(part, uid, uid))
			return -1;
	}
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	if (write(fd, page, sizeof(page)) < 0 || fchown(fd, uid, uid))
		err = -1;
	close(fd);
	return err;
}

int cost_make(uint32_t uid)
{
	for (enum cost_fresh kind = COST_NEW_FILE; kind <= COST_NEW_PATH; kind++)
		for (uint32_t i = 0; i < COST_FRESH * COST_SETS; i++)
			if (make_file(cost_fresh_name(kind, i), uid))
				return -1;
	return make_file(COST_FOLDER "/file", uid) || make_file(COST_FILE, uid) ? -1 : 0;
}
