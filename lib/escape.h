/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes as printable text and back: paths and command names in JSON and on terminals. */
#ifndef PC_ESCAPE_H
#define PC_ESCAPE_H

#include "util.h"

/* Bytes of output that n bytes of input can need at most, with the NUL. */
#define PC_ESCAPED_SIZE(n) (4 * (size_t)(n) + 1)

/*
 * Escapes: "\" becomes "\\"; control characters, invisible and bidirectional ones, and bytes that
 * are not UTF-8 become "\xHH". All else stays. The result is valid UTF-8, safe on a terminal, and
 * pc_unescape() gives the bytes back. Writes at most size bytes with the NUL, never half an escape;
 * returns the length written.
 */
size_t pc_escape(const void *bytes, size_t n, char *buf, size_t size);
/* The same into the arena; NULL when out of memory. */
char *pc_escape_dup(struct pc_arena *arena, const void *bytes, size_t n);
/* Undoes it. buf needs strlen(text) + 1 bytes. Returns the length, or -EINVAL. */
ssize_t pc_unescape(const char *text, char *buf);

/* Bytes at text that are one valid UTF-8 character (1 to 4), 0 where they are none. */
size_t pc_utf8_length(const void *text, size_t n);

#endif
