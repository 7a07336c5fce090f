/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The reference matcher. From the set of positions where a node may begin follows the set where it
 * may end; nothing is guessed, nothing is tried twice. */
#include "glob-internal.h"

#include <string.h>

#define PATH_BYTES_MAX 4096

/* Positions 0..PATH_BYTES_MAX between the bytes of a path. */
struct positions {
	uint64_t bits[PATH_BYTES_MAX / 64 + 1];
};

struct subject {
	const unsigned char *bytes;
	size_t n;
	bool reached; /* all bytes are taken, and there is more of the glob */
};

static bool has(const struct positions *set, size_t at)
{
	return set->bits[at / 64] >> (at % 64) & 1;
}

static void add(struct positions *set, size_t at)
{
	set->bits[at / 64] |= UINT64_C(1) << (at % 64);
}

static bool node_takes(const struct pc_glob *node, unsigned char byte)
{
	switch (node->kind) {
	case PC_GLOB_GLOBSTAR:
		return true;
	case PC_GLOB_ANY:
	case PC_GLOB_STAR:
		return byte != '/';
	case PC_GLOB_SET:
		return pc_set_has(node->set, byte);
	case PC_GLOB_LITERAL:
	case PC_GLOB_ALT:
		break;
	}
	return false;
}

static void ends_of_literal(struct subject *path, const struct pc_glob *node, struct positions *set)
{
	struct positions ends = {0};

	for (size_t at = 0; at <= path->n; at++) {
		size_t left = path->n - at;

		if (!has(set, at) || memcmp(path->bytes + at, node->bytes,
					    left < node->length ? left : node->length))
			continue;
		if (left < node->length)
			path->reached = true;
		else
			add(&ends, at + node->length);
	}
	*set = ends;
}

static void ends_of_one(struct subject *path, const struct pc_glob *node, struct positions *set)
{
	struct positions ends = {0};

	for (size_t at = 0; at < path->n; at++) {
		if (has(set, at) && node_takes(node, path->bytes[at]))
			add(&ends, at + 1);
	}
	*set = ends;
}

static void ends_of_star(struct subject *path, const struct pc_glob *node, struct positions *set)
{
	for (size_t at = 0; at < path->n; at++) {
		if (has(set, at) && node_takes(node, path->bytes[at]))
			add(set, at + 1);
	}
	path->reached |= node->kind == PC_GLOB_GLOBSTAR && has(set, path->n);
}

static void ends_of_sequence(struct subject *path, const struct pc_glob *glob,
			     struct positions *set);

static void ends_of_alternatives(struct subject *path, const struct pc_glob *node,
				 struct positions *set)
{
	struct positions ends = {0};

	for (uint32_t i = 0; i < node->length; i++) {
		struct positions branch = *set;

		ends_of_sequence(path, node->branches[i], &branch);
		for (size_t w = 0; w < PC_ARRAY_SIZE(ends.bits); w++)
			ends.bits[w] |= branch.bits[w];
	}
	*set = ends;
}

static void ends_of_sequence(struct subject *path, const struct pc_glob *glob,
			     struct positions *set)
{
	for (; glob; glob = glob->next) {
		path->reached |= has(set, path->n);
		switch (glob->kind) {
		case PC_GLOB_LITERAL:
			ends_of_literal(path, glob, set);
			break;
		case PC_GLOB_ANY:
		case PC_GLOB_SET:
			ends_of_one(path, glob, set);
			break;
		case PC_GLOB_STAR:
		case PC_GLOB_GLOBSTAR:
			ends_of_star(path, glob, set);
			break;
		case PC_GLOB_ALT:
			ends_of_alternatives(path, glob, set);
			break;
		}
	}
}

/* No path is longer than PATH_MAX: what is matches nothing. */
bool pc_glob_match(const struct pc_glob *glob, const void *path, size_t n)
{
	struct subject subject = {.bytes = path, .n = n};
	struct positions set = {0};

	if (n > PATH_BYTES_MAX)
		return false;
	add(&set, 0);
	ends_of_sequence(&subject, glob, &set);
	return has(&set, n);
}

bool pc_glob_match_below(const struct pc_glob *glob, const void *path, size_t n)
{
	unsigned char directory[PATH_BYTES_MAX];
	struct subject subject = {.bytes = directory, .n = n + 1};
	struct positions set = {0};

	if (n >= PATH_BYTES_MAX)
		return false;
	memcpy(directory, path, n);
	directory[n] = '/';
	add(&set, 0);
	ends_of_sequence(&subject, glob, &set);
	return subject.reached;
}
