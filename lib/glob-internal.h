/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the glob parser and printer share. */
#ifndef PC_GLOB_INTERNAL_H
#define PC_GLOB_INTERNAL_H

#include "glob.h"

#define PC_GLOB_TEXT_MAX 4096
#define PC_GLOB_NODES_MAX 4096
#define PC_GLOB_DEPTH_MAX 16

#define PC_SET_WORDS 4 /* 256 bits */

static inline bool pc_set_has(const uint64_t *set, unsigned int byte)
{
	return set[byte / 64] >> (byte % 64) & 1;
}

static inline void pc_set_add(uint64_t *set, unsigned int byte)
{
	set[byte / 64] |= UINT64_C(1) << (byte % 64);
}

static inline void pc_set_drop(uint64_t *set, unsigned int byte)
{
	set[byte / 64] &= ~(UINT64_C(1) << (byte % 64));
}

/* A sequence growing at its end. Zero-initialise it but for the arena. */
struct pc_glob_builder {
	struct pc_arena *arena;
	struct pc_glob *first;
	struct pc_glob *last; /* always this builder's own copy */
};

/* Appends a copy of one node; neighbouring literals and stars become one. 0 or -ENOMEM. */
int pc_glob_append(struct pc_glob_builder *builder, const struct pc_glob *node);
/* Appends copies of a whole sequence. */
int pc_glob_append_all(struct pc_glob_builder *builder, const struct pc_glob *sequence);

#endif
