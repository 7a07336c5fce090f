/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The packed automaton: how the kernel and user space step it, one byte at a time. */
#ifndef PC_AUTOMATON_H
#define PC_AUTOMATON_H

#include <linux/types.h>

/*
 * An automaton is a blob of 64-bit cells, its size in the map a power of two:
 *
 *   cells 0..PC_AUTOMATON_HEADER-1   struct pc_automaton_header
 *   the rest                         states, packed by row displacement
 *
 * A state is the index s of its head cell. For a byte b with byte_class[b] = k (1..255) the cell at
 * s + k answers: if its owner is s, the next state is its next; otherwise the state has no
 * transition of its own for k and the head's next, the state's most common target, is the answer.
 * (Where all 256 bytes are told apart one of them has k = 0: the head itself answers.)
 *
 *   head cell   owner = PC_HEAD | object class the state accepts (0: none), next = default target
 *   other cell  owner = state it belongs to (below PC_HEAD), next = target
 *
 * A head is never mistaken for a transition, because no state index has PC_HEAD set. A cell of
 * zeroes belongs to nobody, because 0 is not a state.
 */
#define PC_HEAD 0x80000000u
#define PC_CLASS_MASK 0x000fffffu /* object classes are numbers below 2^20; 0: no rule matches */

struct pc_cell {
	__u32 owner; /* the low half of both, which are loaded as one */
	__u32 next;
} __attribute__((aligned(8)));
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "order of a cell's halves");

struct pc_automaton_header {
	__u32 cells;	      /* in use, this header among them */
	__u32 start;	      /* state before the first byte */
	__u32 states;	      /* number of states */
	__u32 classes;	      /* object classes are 1..classes-1 */
	__u8 byte_class[256]; /* byte -> 1..255: bytes no state tells apart share one */
};

#define PC_AUTOMATON_HEADER (sizeof(struct pc_automaton_header) / sizeof(struct pc_cell))
/* A blob must be a power of two of cells and this much larger than the last state's index. */
#define PC_AUTOMATON_SLACK 256

/* View of a blob: mask is its size in cells minus one. 64 bits, so that a spill keeps its value. */
struct pc_automaton {
	const struct pc_cell *cells;
	__u64 mask;
};

static inline __attribute__((always_inline)) __u32 pc_automaton_step(const struct pc_automaton *a,
								     __u32 state, __u8 byte)
{
	const struct pc_automaton_header *header = (const void *)a->cells;
	__u64 index = ((__u64)state + header->byte_class[byte]) & a->mask;
	__u64 cell;

	/* One load where clang would make two, and a choice of address for the second. */
	__builtin_memcpy(&cell, &a->cells[index], sizeof(cell));
	if ((__u32)cell == state)
		return (__u32)(cell >> 32);
	return a->cells[state & a->mask].next;
}

static inline __attribute__((always_inline)) __u32 pc_automaton_accepts(
	const struct pc_automaton *a, __u32 state)
{
	return a->cells[state & a->mask].owner & PC_CLASS_MASK;
}

#endif
