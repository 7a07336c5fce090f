/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tables blob while it grows: words are put behind each other, equal blocks are kept once. */
#include "compile-internal.h"

#include <errno.h>
#include <string.h>

#define WORDS_FIRST 1024u
#define SLOTS_FIRST 1024u

uint64_t pc_padded(uint32_t n)
{
	return n < 2 ? 1 : UINT64_C(1) << (32 - __builtin_clz(n - 1));
}

static int grow(struct pc_words *w, uint32_t need)
{
	uint32_t room = (uint32_t)pc_padded(need < WORDS_FIRST ? WORDS_FIRST : need);
	uint32_t *word;

	if (need <= w->room)
		return 0;
	word = realloc(w->word, room * sizeof(*word));
	if (!word)
		return -ENOMEM;
	memset(word + w->room, 0, (room - w->room) * sizeof(*word));
	w->word = word;
	w->room = room;
	return 0;
}

uint32_t pc_words_put(struct pc_words *w, const uint32_t *words, uint32_t n)
{
	uint32_t at = w->count;

	if (!w->err && n > PC_WORDS_MAX - w->count)
		w->err = -E2BIG;
	if (!w->err)
		w->err = grow(w, w->count + n);
	if (w->err)
		return 0;
	if (words && n)
		memcpy(w->word + at, words, n * sizeof(*words));
	w->count += n;
	return at;
}

void pc_words_set(struct pc_words *w, uint32_t at, uint32_t value)
{
	if (!w->err)
		w->word[at] = value;
}

static uint32_t hash_words(const uint32_t *words, uint32_t n)
{
	uint64_t hash = n;

	for (uint32_t i = 0; i < n; i++) {
		hash = (hash ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
	}
	return (uint32_t)(hash ^ hash >> 32);
}

static struct pc_words_slot *find(const struct pc_words *w, uint32_t hash, const uint32_t *words,
				  uint32_t n)
{
	for (uint32_t i = hash;; i++) {
		struct pc_words_slot *slot = &w->slots[i & (w->slot_count - 1)];

		if (!slot->at)
			return slot;
		if (slot->hash == hash && slot->n == n &&
		    !memcmp(w->word + slot->at, words, n * sizeof(*words)))
			return slot;
	}
}

static void move_slot(struct pc_words_slot *slots, uint32_t count, struct pc_words_slot slot)
{
	uint32_t i = slot.hash & (count - 1);

	while (slots[i].at)
		i = (i + 1) & (count - 1);
	slots[i] = slot;
}

/* At most half of the slots are used. */
static int grow_slots(struct pc_words *w)
{
	uint32_t count = w->slot_count ? w->slot_count * 2 : SLOTS_FIRST;
	struct pc_words_slot *slots;

	if (w->slots_used < w->slot_count / 2)
		return 0;
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < w->slot_count; i++)
		if (w->slots[i].at)
			move_slot(slots, count, w->slots[i]);
	free(w->slots);
	w->slots = slots;
	w->slot_count = count;
	return 0;
}

uint32_t pc_words_share(struct pc_words *w, const uint32_t *words, uint32_t n)
{
	uint32_t hash = hash_words(words, n);
	struct pc_words_slot *slot;

	if (!w->err)
		w->err = grow_slots(w);
	if (w->err)
		return 0;
	slot = find(w, hash, words, n);
	if (!slot->at) {
		uint32_t at = pc_words_put(w, words, n);

		if (w->err)
			return 0;
		*slot = (struct pc_words_slot){.hash = hash, .at = at, .n = n};
		w->slots_used++;
	}
	return slot->at;
}

void pc_words_free(struct pc_words *w)
{
	free(w->word);
	free(w->slots);
	*w = (struct pc_words){0};
}
