/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules of the last few revisions: events arrive after the image that made them is gone. */
#ifndef PC_RULEBOOK_H
#define PC_RULEBOOK_H

#include "event.h"
#include "revision.h"

#define PC_RULEBOOK_SIZE 8
#define PC_RULEBOOK_BYTES ((size_t)4 << 20) /* beyond, only the last one is kept */

struct pc_rulebook {
	struct pc_store *store; /* for revisions not kept; NULL: there is none */
	struct pc_rule_names *names[PC_RULEBOOK_SIZE];
	uint64_t used[PC_RULEBOOK_SIZE];    /* when last asked for */
	uint64_t missing[PC_RULEBOOK_SIZE]; /* revisions that cannot be read, newest first */
	uint64_t clock;
};

/* Keeps the rules of a compiled revision. */
int pc_rulebook_add(struct pc_rulebook *book, const struct pc_compiled *compiled);
/* The rules of a revision, read from the store where need be; NULL: it has none. Valid until the
 * next call. */
const struct pc_rule_names *pc_rulebook_find(struct pc_rulebook *book, uint64_t revision);
void pc_rulebook_free(struct pc_rulebook *book);

#endif
