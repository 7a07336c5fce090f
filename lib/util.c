/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Memory and ownership: an arena for what lives and dies together, cleanup attributes for the rest.
 */
#include "util.h"

#include <string.h>

#define ARENA_BLOCK ((size_t)64 << 10)
#define ARENA_ALIGN ((size_t)16)

struct pc_arena_block {
	struct pc_arena_block *next;
	size_t used;
	size_t size;
	_Alignas(16) unsigned char bytes[];
};

void *pc_arena_alloc(struct pc_arena *arena, size_t bytes)
{
	struct pc_arena_block *block = arena->head;
	size_t need;
	void *p;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	need = bytes ? (bytes + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1) : ARENA_ALIGN;
	if (!block || block->size - block->used < need) {
		size_t size = need > ARENA_BLOCK ? need : ARENA_BLOCK;

		block = calloc(1, sizeof(*block) + size);
		if (!block)
			return NULL;
		block->size = size;
		block->next = arena->head;
		arena->head = block;
	}
	p = block->bytes + block->used;
	block->used += need;
	arena->bytes += need;
	return p;
}

char *pc_arena_strndup(struct pc_arena *arena, const char *text, size_t n)
{
	char *copy = pc_arena_alloc(arena, n + 1);

	if (copy)
		memcpy(copy, text, n);
	return copy;
}

char *pc_arena_printf(struct pc_arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = n < 0 ? NULL : pc_arena_alloc(arena, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

void pc_arena_free(struct pc_arena *arena)
{
	struct pc_arena_block *block, *next;

	for (block = arena->head; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct pc_arena){0};
}

void *pc_arena_push_(struct pc_arena *arena, void *array, uint32_t *count, size_t element)
{
	unsigned char **base = array;
	uint32_t n = *count;

	/* Full at every power of two: the capacity follows from the count. */
	if ((n & (n - 1)) == 0) {
		unsigned char *grown = pc_arena_alloc(arena, element * (n ? (size_t)n * 2 : 1));

		if (!grown)
			return NULL;
		if (n)
			memcpy(grown, *base, element * n);
		*base = grown;
	}
	*count = n + 1;
	return *base + element * n;
}

uint64_t pc_fnv(uint64_t hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}
