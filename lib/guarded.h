/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Files that a confined task does not change: Portcullis's own. */
#ifndef PC_GUARDED_H
#define PC_GUARDED_H

#include "util.h"

/* Patterns that what these are about match, by canonical name. */
struct pc_patterns {
	const char *const *of;
	uint32_t count;
};

extern const struct pc_patterns pc_guarded;	   /* nobody changes them */
extern const struct pc_patterns pc_guarded_closed; /* nobody reads or locks them, either */
extern const struct pc_patterns pc_guarded_covers; /* nobody mounts over them */

/* Programs, by canonical name, that become enforcerd: it, and the service manager. */
extern const struct pc_patterns pc_guarded_starters;

#endif
