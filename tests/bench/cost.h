/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One thing that a program does, whose cost is measured: what the table of operations holds. */
#ifndef COST_H
#define COST_H

#include <stdint.h>

/* A timer tick comes every 4,000,000 instructions: a batch is to be well shorter. */
struct cost_op {
	const char *name;
	/* Does it the i-th time. Returns 0, or -1 and errno. */
	int (*run)(uint32_t i);
	/* Before the first time; may be NULL. */
	int (*prepare)(void);
	uint32_t batch;	 /* times in one measurement */
	uint32_t rounds; /* measurements, of which the least counts */
};

/* Ends with an entry without a name. */
extern const struct cost_op cost_ops[];

/* Each operation on a file not opened before has so many of each set; batch * rounds are no more.
 */
#define COST_FRESH 400
#define COST_SETS 4
extern uint32_t cost_set; /* the set in use */

/* cost-tree.c: what the operations work on. Each name has nine components. */
#define COST_TOP "/srv/www"
#define COST_DIR COST_TOP "/example.org/current/public/assets/styles"
#define COST_FILE COST_DIR "/vendor/theme.css"
#define COST_FOLDER COST_DIR "/folder"

enum cost_fresh {
	COST_NEW_FILE, /* in the folder of COST_FILE */
	COST_NEW_DIR,  /* each alone in a folder of its own, in COST_DIR */
	COST_NEW_PATH, /* below a folder of its own, in COST_TOP */
};
const char *cost_fresh_name(enum cost_fresh kind, uint32_t i);
/* Makes all of it, for a user. Returns 0, or -1 and errno. */
int cost_make(uint32_t uid);

/* cost-confine.c: by Landlock, to COST_TOP, and to reading and running all else. */
int cost_landlock(void);
/* cost-confine.c: changes to a profile of AppArmor. */
int cost_apparmor(const char *profile);

#endif
