/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules of the last few revisions, the least recently used making room. */
#include "rulebook.h"

#include <errno.h>
#include <string.h>

static struct pc_rule_names *look_up(struct pc_rulebook *book, uint64_t revision)
{
	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		if (book->names[i] && book->names[i]->revision == revision) {
			book->used[i] = ++book->clock;
			return book->names[i];
		}
	return NULL;
}

static void forget_missing(struct pc_rulebook *book, uint64_t revision)
{
	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		if (book->missing[i] == revision)
			book->missing[i] = 0;
}

/* The least recently used of those that are there; PC_RULEBOOK_SIZE: there is none but the last. */
static uint32_t oldest_of(const struct pc_rulebook *book)
{
	uint32_t oldest = PC_RULEBOOK_SIZE;

	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		if (book->names[i] && book->used[i] != book->clock &&
		    (oldest == PC_RULEBOOK_SIZE || book->used[i] < book->used[oldest]))
			oldest = i;
	return oldest;
}

static void drop(struct pc_rulebook *book, uint32_t i)
{
	pc_rule_names_free(book->names[i]);
	book->names[i] = NULL;
	book->used[i] = 0;
}

/* Large revisions are kept for fewer changes: the store has them all. */
static void limit_bytes(struct pc_rulebook *book)
{
	size_t sum = 0;
	uint32_t oldest;

	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		sum += book->names[i] ? book->names[i]->arena.bytes : 0;
	while (sum > PC_RULEBOOK_BYTES && (oldest = oldest_of(book)) < PC_RULEBOOK_SIZE) {
		sum -= book->names[oldest]->arena.bytes;
		drop(book, oldest);
	}
}

int pc_rulebook_add(struct pc_rulebook *book, const struct pc_compiled *compiled)
{
	struct pc_rule_names *names;
	uint32_t oldest = 0;
	int err;

	if (look_up(book, compiled->revision.number))
		return 0;
	err = pc_rule_names_new(&compiled->image, compiled->revision.number, compiled->ids, &names);
	if (err)
		return err;
	for (uint32_t i = 1; i < PC_RULEBOOK_SIZE; i++)
		if (book->used[i] < book->used[oldest])
			oldest = i;
	drop(book, oldest);
	book->names[oldest] = names;
	book->used[oldest] = ++book->clock;
	limit_bytes(book);
	forget_missing(book, compiled->revision.number);
	return 0;
}

static bool is_missing(const struct pc_rulebook *book, uint64_t revision)
{
	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		if (book->missing[i] == revision)
			return true;
	return false;
}

/* Compiles it again, which gives its rules the same numbers. */
static int read_from_store(struct pc_rulebook *book, uint64_t revision)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	int err = pc_compile_revision(book->store, revision, &compiled, &diags, NULL);

	return err ? err : pc_rulebook_add(book, compiled);
}

const struct pc_rule_names *pc_rulebook_find(struct pc_rulebook *book, uint64_t revision)
{
	const struct pc_rule_names *names = look_up(book, revision);

	if (names || !revision || !book->store || is_missing(book, revision))
		return names;
	if (!read_from_store(book, revision))
		return look_up(book, revision);
	/* A storm of events from a revision that is gone must not have each look for it. */
	memmove(book->missing + 1, book->missing, sizeof(book->missing) - sizeof(*book->missing));
	book->missing[0] = revision;
	return NULL;
}

void pc_rulebook_free(struct pc_rulebook *book)
{
	for (uint32_t i = 0; i < PC_RULEBOOK_SIZE; i++)
		pc_rule_names_free(book->names[i]);
	*book = (struct pc_rulebook){0};
}
