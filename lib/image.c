/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An image in memory: asked the way the kernel asks. */
#include <errno.h>
#include <string.h>

#include "compile-internal.h"

void pc_image_free(struct pc_image *image)
{
	free(image->tables);
	pc_dfa_result_free(&image->automata);
	pc_arena_free(&image->arena);
	*image = (struct pc_image){0};
}

/* The compiler padded both kinds of blob with zeroes. */
struct pc_tables pc_image_tables(const struct pc_image *image)
{
	return (struct pc_tables){.words = image->tables,
				  .mask = pc_padded(image->table_words) - 1};
}

struct pc_automaton pc_image_automaton(const struct pc_image *image, uint32_t a)
{
	const struct pc_dfa_automaton *automaton = &image->automata.automata[a];

	return (struct pc_automaton){.cells = automaton->cells,
				     .mask = pc_padded(automaton->cell_count) - 1};
}

void pc_image_states(const struct pc_image *image, const char *path, size_t n,
		     uint32_t ret_state[PC_AUTOMATA])
{
	for (uint32_t a = 0; a < PC_AUTOMATA; a++) {
		struct pc_automaton automaton = pc_image_automaton(image, a);

		ret_state[a] = 0;
		if (a < image->automata.count)
			ret_state[a] = pc_automaton_run(&automaton, image->tables[PC_W_START + a],
							path, n);
	}
}

static void class_of_states(const struct pc_image *image, const uint32_t state[PC_AUTOMATA],
			    struct pc_class *ret_class)
{
	for (uint32_t a = 0; a < PC_AUTOMATA; a++) {
		struct pc_automaton automaton = pc_image_automaton(image, a);

		ret_class->of[a] = 0;
		if (a < image->automata.count)
			ret_class->of[a] = pc_automaton_accepts(&automaton, state[a]);
	}
}

void pc_image_class(const struct pc_image *image, const char *path, size_t n,
		    struct pc_class *ret_class)
{
	uint32_t state[PC_AUTOMATA];

	pc_image_states(image, path, n, state);
	class_of_states(image, state, ret_class);
}

/* The kernel's name of the root cgroup is empty. */
void pc_image_cgroup_class(const struct pc_image *image, const char *path, size_t n,
			   struct pc_class *ret_class)
{
	static const char names = PC_NAMES_CGROUP;
	uint32_t state[PC_AUTOMATA];

	pc_image_states(image, &names, 1, state);
	if (n == 1 && path[0] == '/')
		n = 0;
	for (uint32_t a = 0; a < image->automata.count; a++) {
		struct pc_automaton automaton = pc_image_automaton(image, a);

		state[a] = pc_automaton_run(&automaton, state[a], path, n);
	}
	class_of_states(image, state, ret_class);
}

/* Operations that the layers speak of, as the kernel keeps them in the label. */
static uint32_t ops_of(const struct pc_tables *t, const struct pc_label *label)
{
	uint32_t ops = 0;

	if (label->overflow)
		return pc_word(t, PC_W_OPS);
	for (uint32_t i = 0; i < label->count; i++)
		ops |= pc_word(t,
			       pc_word(t, PC_W_POLICIES) + label->index[i] * PC_P_WORDS + PC_P_OPS);
	return ops;
}

void pc_image_label(const struct pc_image *image, const struct pc_as *as,
		    struct pc_label *ret_label)
{
	uint32_t lists[PC_GAIN_LISTS] = {0};
	struct pc_gain gain = {
		.t = pc_image_tables(image),
		.label = ret_label,
		.who = &as->who,
		.lists = lists,
	};
	struct pc_class class;

	*ret_label = (struct pc_label){.generation = 1};
	if (as->cgroup) {
		pc_image_cgroup_class(image, as->cgroup, strlen(as->cgroup), &class);
		pc_lists_of(&gain.t, &class, &lists[PC_GAIN_CGROUP]);
	}
	if (as->exe) {
		pc_image_class(image, as->exe, strlen(as->exe), &class);
		pc_lists_of(&gain.t, &class, &lists[PC_GAIN_EXE]);
	}
	lists[PC_GAIN_ANYWHERE] = pc_word(&gain.t, PC_W_ANYWHERE);
	pc_gain_all(&gain);
	ret_label->ops = ops_of(&gain.t, ret_label);
}

int pc_image_tier(size_t bytes)
{
	for (int tier = 0; tier < PC_TIERS; tier++)
		if (bytes <= PC_TIER_BYTES(tier))
			return tier;
	return -E2BIG;
}
