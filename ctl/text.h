/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts people write and read: escapes, times, sizes of time, words that were meant. */
#ifndef CTL_TEXT_H
#define CTL_TEXT_H

#include "util.h"

/* A copy that is harmless on a terminal. The text may have escapes already (as from pc_escape, in
 * rules and messages): its backslashes stay. NULL: no memory. */
char *ctl_printable(struct pc_arena *arena, const char *text);

/* "90", "90s", "15m", "1h30m", "2d" to seconds. 0, or -EINVAL: not one, nothing, or too long. */
int ctl_parse_duration(const char *text, uint32_t *ret_seconds);
/* "15m", "1h 30m": at most two units. */
void ctl_format_duration(uint64_t seconds, char buf[32]);
/* Unix time in nanoseconds as local time "2024-11-24 03:15:01"; "-" for 0. */
void ctl_format_time(uint64_t ns, char buf[32]);
/* The same from "2024-11-24T02:15:01.000000000Z"; "-" for what is none. */
void ctl_local_time(const char *utc, char buf[32]);

/* A decimal number from 1; 0 or -EINVAL. */
int ctl_parse_number(const char *text, uint64_t *ret_number);

/* Unix time. */
uint64_t ctl_now_ns(void);

/* How far word is from name: letters more, less, other, or neighbours swapped. */
unsigned int ctl_distance(const char *word, const char *name);
/* Whether name is close enough to word to have been meant. */
bool ctl_is_near(const char *word, const char *name);
/* Whether it is so, and nearer than *best (UINT32_MAX at first), which becomes its distance. What
 * word begins is as near as can be. */
bool ctl_is_nearer(const char *word, const char *name, unsigned int *best);

#endif
