/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Arrays that grow, and sets of numbers of which each is kept once. */
#include "dfa-internal.h"

#include <errno.h>
#include <string.h>

int pc_dfa_reserve_(void *array, uint32_t *room, uint32_t need, size_t element)
{
	uint64_t grown = *room + (uint64_t)*room / 2;
	void *bytes;

	if (grown < need)
		grown = need;
	if (grown < 64)
		grown = 64;
	if (grown > UINT32_MAX)
		return -ENOMEM;
	bytes = realloc(*(void **)array, (size_t)grown * element);
	if (!bytes)
		return -ENOMEM;
	*(void **)array = bytes;
	*room = (uint32_t)grown;
	return 0;
}

static uint32_t hash_numbers(const uint32_t *numbers, uint32_t n)
{
	uint64_t hash = n;

	for (uint32_t i = 0; i < n; i++) {
		hash = (hash ^ numbers[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	return (uint32_t)(hash * UINT64_C(0xd6e8feb86659fd93) >> 32);
}

/* The slot of a set, or the empty one where it goes. */
static struct pc_intern_slot *find(const struct pc_interner *in, uint32_t hash,
				   const uint32_t *numbers, uint32_t n)
{
	uint32_t mask = in->table_size - 1;
	uint32_t at = hash & mask;

	for (; in->table[at].set; at = (at + 1) & mask) {
		const uint32_t *first = &in->first[in->table[at].set - 1];

		if (in->table[at].hash == hash && first[1] - first[0] == n &&
		    !memcmp(in->pool + first[0], numbers, n * sizeof(*numbers)))
			break;
	}
	return &in->table[at];
}

static int grow_table(struct pc_interner *in)
{
	uint32_t size = in->table_size ? in->table_size * 2 : 256, mask = size - 1;
	struct pc_intern_slot *table = calloc(size, sizeof(*table));

	if (!table)
		return -ENOMEM;
	for (uint32_t i = 0; i < in->table_size; i++) {
		uint32_t at = in->table[i].hash & mask;

		if (!in->table[i].set)
			continue;
		while (table[at].set)
			at = (at + 1) & mask;
		table[at] = in->table[i];
	}
	free(in->table);
	in->table = table;
	in->table_size = size;
	return 0;
}

/* The pool has room for these numbers behind its end. */
static int add(struct pc_interner *in, const uint32_t *numbers, uint32_t n)
{
	uint32_t end = in->count ? in->first[in->count] : 0;

	if (n > UINT32_MAX - end)
		return -E2BIG;
	if (pc_dfa_reserve(&in->pool, &in->pool_room, end + n) ||
	    pc_dfa_reserve(&in->first, &in->first_room, in->count + 2))
		return -ENOMEM;
	memcpy(in->pool + end, numbers, n * sizeof(*numbers));
	in->first[in->count] = end;
	in->first[++in->count] = end + n;
	return 0;
}

int pc_intern(struct pc_interner *in, const uint32_t *numbers, uint32_t n, uint32_t *ret_set)
{
	uint32_t hash = hash_numbers(numbers, n);
	struct pc_intern_slot *slot;
	int err;

	if (in->count >= in->table_size / 2) {
		err = grow_table(in);
		if (err)
			return err;
	}
	slot = find(in, hash, numbers, n);
	if (!slot->set) {
		err = add(in, numbers, n);
		if (err)
			return err;
		*slot = (struct pc_intern_slot){.hash = hash, .set = in->count};
	}
	*ret_set = slot->set - 1;
	return 0;
}

void pc_interner_free(struct pc_interner *in)
{
	free(in->pool);
	free(in->first);
	free(in->table);
	*in = (struct pc_interner){0};
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void insertion_sort(uint32_t *numbers, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		uint32_t number = numbers[i], at = i;

		for (; at && numbers[at - 1] > number; at--)
			numbers[at] = numbers[at - 1];
		numbers[at] = number;
	}
}

uint32_t pc_sort_unique(uint32_t *numbers, uint32_t n)
{
	uint32_t kept = 0, i = 1;

	while (i < n && numbers[i - 1] < numbers[i])
		i++;
	if (i >= n)
		return n;
	if (n <= 24)
		insertion_sort(numbers, n);
	else
		qsort(numbers, n, sizeof(*numbers), compare_numbers);
	for (i = 0; i < n; i++) {
		if (!kept || numbers[kept - 1] != numbers[i])
			numbers[kept++] = numbers[i];
	}
	return kept;
}
