/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The mount table as text: which file systems are mounted where, and what names a path. */
#ifndef PC_MOUNTS_H
#define PC_MOUNTS_H

#include "util.h"

struct pc_mount {
	char *device; /* "major:minor" */
	char *root;   /* directory of the file system that is mounted */
	char *place;  /* where */
	char *type;   /* of the file system */
	char *line;   /* all of it, as it was read */
};

/* In the order of mountinfo; everything lives in the arena. Zero-initialise. */
struct pc_mounts {
	struct pc_arena arena;
	struct pc_mount *items;
	uint32_t count;
};

/* Reads a mountinfo. Lines of another form are passed over. -ENOMEM. */
int pc_mounts_read(FILE *mountinfo, struct pc_mounts *mounts);
void pc_mounts_free(struct pc_mounts *mounts);

/* The canonical name of a path without links, into buf. -ENAMETOOLONG, -ENOMEM. */
int pc_mounts_name(FILE *mountinfo, const char *path, char *buf, size_t size);
/* The lines of those mounts that give it another name: the one it is on, and the one it is named
 * by. Stops where take does, and returns what it did. -ENOMEM. */
int pc_mounts_behind(FILE *mountinfo, const char *path, int (*take)(void *to, const char *line),
		     void *to);

#endif
