/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory and ownership: an arena for what lives and dies together, cleanup attributes for the rest.
 */
#ifndef PC_UTIL_H
#define PC_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PC_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define PC_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Hands the value over and forgets it, so that a cleanup attribute leaves it alone. */
#define PC_TAKE_PTR(p)                                                                             \
	({                                                                                         \
		__typeof__(p) *pc_taken_ = &(p);                                                   \
		__typeof__(p) pc_value_ = *pc_taken_;                                              \
		*pc_taken_ = NULL;                                                                 \
		pc_value_;                                                                         \
	})
#define PC_TAKE_FD(fd)                                                                             \
	({                                                                                         \
		int *pc_taken_ = &(fd);                                                            \
		int pc_value_ = *pc_taken_;                                                        \
		*pc_taken_ = -1;                                                                   \
		pc_value_;                                                                         \
	})

static inline void pc_freep(void *p)
{
	free(*(void **)p);
}

static inline void pc_closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void pc_fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define PC_CLEANUP(fn) __attribute__((cleanup(fn)))
#define PC_FREE PC_CLEANUP(pc_freep)
#define PC_CLOSE PC_CLEANUP(pc_closep)
#define PC_FCLOSE PC_CLEANUP(pc_fclosep)

/* Blocks that are freed together. Zero-initialise it; not for several threads at once. */
struct pc_arena_block;
struct pc_arena {
	struct pc_arena_block *head;
	size_t bytes; /* handed out so far */
};

/* Zeroed memory aligned to 16 bytes, or NULL when there is none. */
void *pc_arena_alloc(struct pc_arena *arena, size_t bytes);
/* A copy of n bytes with a NUL behind, or NULL. */
char *pc_arena_strndup(struct pc_arena *arena, const char *text, size_t n);
char *pc_arena_printf(struct pc_arena *arena, const char *format, ...) PC_PRINTF(2, 3);
void pc_arena_free(struct pc_arena *arena);

#define pc_arena_new(arena, type) ((type *)pc_arena_alloc((arena), sizeof(type)))
#define pc_arena_array(arena, type, n) ((type *)pc_arena_alloc((arena), sizeof(type) * (size_t)(n)))

/*
 * Appends room for one element to an arena-held array that grows by doubling.
 * array: address of the array's pointer; count: elements now. Returns the zeroed new element (and
 * adds one to *count), or NULL when there is no memory (nothing changed).
 */
void *pc_arena_push_(struct pc_arena *arena, void *array, uint32_t *count, size_t element);
#define pc_arena_push(arena, array, count)                                                         \
	((__typeof__(*(array)))pc_arena_push_((arena), (array), (count), sizeof(**(array))))

/* FNV-1a, 64 bits: for hash tables in memory only. Start with hash = PC_FNV_START. */
#define PC_FNV_START UINT64_C(0xcbf29ce484222325)
uint64_t pc_fnv(uint64_t hash, const void *bytes, size_t n);

#endif
