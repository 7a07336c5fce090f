/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Any bytes as an image: whoever decides with them never reads outside, and comes to an end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <pc/decide.h>

/* Lists inside lists are gone through here: the limit of each is lowered, or damage that merely
 * takes long would look like a hang. Answers keep theirs. */
#undef PC_LOOP_MAX
#define PC_LOOP_MAX 64u
#include <pc/subject.h>

#include "compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

struct input {
	const uint8_t *data;
	size_t size;
};

/* The next word, zero at the end. */
static uint32_t take(struct input *in)
{
	uint32_t word = 0;
	size_t n = in->size < sizeof(word) ? in->size : sizeof(word);

	memcpy(&word, in->data, n);
	in->data += n;
	in->size -= n;
	return word;
}

/* A blob of its own size exactly, so that a byte too far is seen. */
static void *padded(const struct input *in, size_t element, size_t least, __u64 *ret_mask)
{
	size_t n = least;
	void *blob;

	while (n * element < in->size)
		n *= 2;
	blob = calloc(n, element);
	EXPECT(blob);
	if (in->size)
		memcpy(blob, in->data, in->size);
	*ret_mask = n - 1;
	return blob;
}

static void check_decision(const struct pc_tables *t, struct input *in, struct pc_label *label)
{
	struct pc_question question = {.op = take(in) % PC_OP_COUNT};
	struct pc_verdict verdict = {0};
	uint32_t how = take(in);

	question.fileless = how & 1;
	question.reason = how & 2 ? (how >> 2) % PC_REASON_COUNT : PC_REASON_RULE;
	question.moves = (how >> 12) % (PC_MOVE_TREE + 1);
	for (int a = 0; a < PC_AUTOMATA; a++) {
		question.class.of[a] = take(in);
		question.to.of[a] = question.moves ? take(in) : 0;
	}
	pc_decide(t, label, &question, &verdict);
	/* Too many layers are denied in the name of the first, whatever it says itself. */
	EXPECT(label->overflow || !(verdict.denied & verdict.audited));
	EXPECT(verdict.err <= 0xfff);
	EXPECT(!verdict.kill || verdict.denied);
}

static void check_gain(const struct pc_tables *t, struct input *in, struct pc_label *label)
{
	struct pc_identity who = {.loginuid = take(in), .group_count = take(in) % 80};
	uint32_t lists[PC_GAIN_LISTS] = {0};
	struct pc_gain gain = {.t = *t, .label = label, .who = &who, .lists = lists};
	struct pc_class class;

	for (int i = 0; i < 4; i++)
		who.uid[i] = who.gid[i] = who.group[i] = take(in);
	for (int a = 0; a < PC_AUTOMATA; a++)
		class.of[a] = take(in);
	pc_lists_of(t, &class, &lists[PC_GAIN_CGROUP]);
	pc_lists_of(t, &class, &lists[PC_GAIN_EXE]);
	lists[PC_GAIN_ANYWHERE] = pc_word(t, PC_W_ANYWHERE);
	pc_gain_all(&gain);
	EXPECT(label->count <= PC_LAYERS_MAX);
	pc_index_of(t, take(in));
}

static void check_automaton(const struct input *in)
{
	struct pc_automaton automaton;
	struct pc_cell *cells = padded(in, sizeof(*cells), 64, &automaton.mask);
	uint32_t state;

	_Static_assert(PC_AUTOMATON_HEADER <= 64, "the smallest blob holds a header");
	automaton.cells = cells;
	state = ((const struct pc_automaton_header *)(const void *)cells)->start;
	for (size_t i = 0; i < in->size; i++) {
		state = pc_automaton_step(&automaton, state, in->data[i]);
		EXPECT(pc_automaton_accepts(&automaton, state) <= PC_CLASS_MASK);
	}
	free(cells);
}

/* As a daemon names file systems by what it found pinned: the same cells as each automaton. */
static void check_adopted(const struct input *in, uint32_t *words, __u64 last_word)
{
	struct pc_image image = {.tables = words};
	struct pc_class class;
	__u64 mask;
	struct pc_cell *cells = padded(in, sizeof(*cells), 64, &mask);
	size_t n = in->size < 256 ? in->size : 256;

	/* Where the runs begin stands in the tables, which the compiler never makes this short. */
	if (last_word >= PC_W_START + PC_AUTOMATA) {
		image.automata.count = 1 + in->size % PC_AUTOMATA;
		for (uint32_t a = 0; a < image.automata.count; a++) {
			image.automata.automata[a].cells = cells;
			image.automata.automata[a].cell_count = (uint32_t)mask + 1;
		}
		pc_image_class(&image, (const char *)in->data, n, &class);
		for (uint32_t a = 0; a < image.automata.count; a++)
			EXPECT(class.of[a] <= PC_CLASS_MASK);
		pc_image_cgroup_class(&image, (const char *)in->data, n, &class);
	}
	free(cells);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct pc_label label = {.count = take(&in) % (PC_LAYERS_MAX + 1)};
	struct pc_label gained = {.count = 0};
	struct pc_tables t;
	uint32_t *words;

	label.overflow = take(&in) & 1;
	for (int i = 0; i < PC_LAYERS_MAX / 2; i++) {
		uint32_t word = take(&in);

		label.index[2 * i] = (uint16_t)word;
		label.index[2 * i + 1] = (uint16_t)(word >> 16);
	}
	words = padded(&in, sizeof(*words), 1, &t.mask);
	t.words = words;
	check_decision(&t, &in, &label);
	check_gain(&t, &in, &gained);
	check_decision(&t, &in, &gained);
	check_automaton(&in);
	check_adopted(&in, words, t.mask);
	free(words);
	return 0;
}
