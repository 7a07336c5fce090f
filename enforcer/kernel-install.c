// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an image in the kernel: an idle slot is filled and read back, the hooks it needs are
 * attached, and one number is switched. Until then nothing that decides looks at it.
 */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <string.h>

/* One blob of an image, as it goes to a map. */
struct part {
	const void *bytes;
	size_t size;
};

static uint32_t image_parts(const struct pc_image *image, struct part parts[PC_PARTS])
{
	parts[PC_PART_TABLES] = (struct part){
		.bytes = image->tables,
		.size = (size_t)image->table_words * sizeof(*image->tables),
	};
	for (uint32_t a = 0; a < image->automata.count; a++)
		parts[PC_PART_AUTOMATON + a] = (struct part){
			.bytes = image->automata.automata[a].cells,
			.size = (size_t)image->automata.automata[a].cell_count *
				sizeof(struct pc_cell),
		};
	return PC_PART_AUTOMATON + image->automata.count;
}

static uint32_t cgroup_start(const struct pc_image *image, uint32_t a)
{
	struct pc_automaton automaton = pc_image_automaton(image, a);
	const struct pc_automaton_header *header = (const void *)automaton.cells;

	return pc_automaton_step(&automaton, header->start, PC_NAMES_CGROUP);
}

static int slot_fill(struct pc_kernel *kernel, uint32_t slot,
		     const struct pc_kernel_install *install, struct pc_kernel_error *error)
{
	struct pc_slot *entry = &kernel->control->slots[slot];
	struct part parts[PC_PARTS];
	uint32_t count = image_parts(install->image, parts);
	int err;

	/* Whoever still decides by the image that was here finds out and begins again. */
	__atomic_store_n(&entry->generation, 0, __ATOMIC_SEQ_CST);
	entry->automata = 0;
	pc_links_off(kernel, slot);
	err = pc_kernel_fault(PC_FAULT_SWITCH_SLOT, error);
	for (uint32_t i = 0; !err && i < count; i++)
		err = pc_blob_fill(kernel, slot, i, parts[i].bytes, parts[i].size, error);
	if (err)
		return err;
	entry->automata = (uint8_t)install->image->automata.count;
	err = pc_roots_fill(kernel, slot, error);
	if (!err)
		err = pc_kernel_fault(PC_FAULT_SWITCH_FILLED, error);
	if (err)
		return err;
	entry->revision = install->revision;
	entry->flags = (uint8_t)install->image->tables[PC_W_FLAGS];
	for (uint32_t a = 0; a < install->image->automata.count; a++)
		entry->cgroup_start[a] = cgroup_start(install->image, a);
	return 0;
}

static uint64_t next_generation(const struct pc_kernel *kernel)
{
	uint64_t highest = 0;

	for (int i = 0; i < PC_SLOTS; i++) {
		const struct pc_slot *slot = &kernel->control->slots[i];

		if (slot->generation > highest)
			highest = slot->generation;
		if (slot->fallback_generation > highest)
			highest = slot->fallback_generation;
	}
	return highest + 1;
}

/* Neither in force nor what a deadline brings back, and of the rest the one longest out of use. */
static uint32_t idle_slot(const struct pc_kernel *kernel)
{
	uint64_t word = kernel->control->word;
	uint32_t in_force = pc_slot_in_force(kernel, NULL), found = PC_SLOTS;

	for (uint32_t i = 0; i < PC_SLOTS; i++) {
		if (i == in_force || i == PC_CONTROL_ACTIVE(word) || i == PC_CONTROL_FALLBACK(word))
			continue;
		if (found == PC_SLOTS ||
		    kernel->control->slots[i].generation < kernel->control->slots[found].generation)
			found = i;
	}
	return found;
}

static uint64_t control_word(uint64_t old, uint32_t active, uint32_t fallback, uint32_t deadline)
{
	uint64_t word = active | fallback << 2;

	if (deadline)
		word |= PC_CONTROL_ARMED;
	word |= PC_CONTROL_LIVE | (old & PC_CONTROL_ON);
	word |= (uint64_t)((PC_CONTROL_SWITCHES(old) + 1) & 0xffffffu) << 8;
	return word | (uint64_t)deadline << 32;
}

static int word_swap(struct pc_kernel *kernel, uint64_t expected, uint64_t desired,
		     struct pc_kernel_error *error)
{
	struct pc_switch args = {.expected = expected, .desired = desired};
	/* The kernel copies the context back to where it came from. */
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &args, .ctx_size_in = sizeof(args));
	int err = bpf_prog_test_run_opts(bpf_program__fd(kernel->skel->progs.pc_switch_word), &run);

	if (!err)
		err = args.result;
	return err ? pc_kernel_fail(error, err, NULL, "cannot switch: %s", strerror(-err)) : 0;
}

int pc_kernel_install(struct pc_kernel *kernel, struct pc_kernel_install *install,
		      struct pc_kernel_error *error)
{
	uint64_t word = kernel->control->word, generation = next_generation(kernel);
	uint32_t idle = idle_slot(kernel), old = pc_slot_in_force(kernel, NULL), deadline = 0;
	struct pc_slot *slot = &kernel->control->slots[idle];
	uint64_t now;
	int err = slot_fill(kernel, idle, install, error);

	if (!err)
		err = pc_hooks_attach(kernel, install->image, error);
	if (err)
		return err;
	/* Where it is not complete, what it should hold is denied until it is: `status` says so. */
	pc_links_fill(kernel, idle);
	now = pc_boot_ns();
	if (install->confirm_seconds && kernel->control->slots[old].generation) {
		deadline = (uint32_t)(now / 1000000000u) + install->confirm_seconds;
		kernel->control->slots[old].fallback_generation = generation + 1;
	}
	slot->fallback_generation = 0;
	slot->settled = now + PC_SETTLE_NS;
	__atomic_store_n(&slot->generation, generation, __ATOMIC_SEQ_CST);
	err = pc_kernel_fault(PC_FAULT_SWITCH_READY, error);
	if (!err)
		err = word_swap(kernel, word, control_word(word, idle, old, deadline), error);
	if (err)
		return err;
	pc_fault(PC_FAULT_SWITCH_DONE);
	if (!deadline)
		pc_hooks_trim(kernel, install->image);
	install->generation = generation;
	return 0;
}

int pc_kernel_confirm(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	uint64_t word = kernel->control->word;
	bool fallback;

	pc_slot_in_force(kernel, &fallback);
	if (!(word & PC_CONTROL_ARMED) || fallback)
		return pc_kernel_fail(error, -ENOENT, NULL,
				      fallback ? "too late: the previous image is in force again"
					       : "nothing waits to be confirmed");
	kernel->control->slots[PC_CONTROL_ACTIVE(word)].settled = pc_boot_ns() + PC_SETTLE_NS;
	return word_swap(kernel, word,
			 control_word(word, PC_CONTROL_ACTIVE(word), PC_CONTROL_FALLBACK(word), 0),
			 error);
}

int pc_kernel_set_enforcing(struct pc_kernel *kernel, bool on, struct pc_kernel_error *error)
{
	uint64_t word = kernel->control->word;
	uint64_t desired = on ? word | PC_CONTROL_ON : word & ~PC_CONTROL_ON;

	return word == desired ? 0 : word_swap(kernel, word, desired, error);
}

/* ---- verify -------------------------------------------------------------------------------- */

int pc_kernel_verify(struct pc_kernel *kernel, const struct pc_image *image,
		     struct pc_kernel_error *error)
{
	uint32_t slot = pc_slot_in_force(kernel, NULL);
	struct part parts[PC_PARTS];
	uint32_t count = image_parts(image, parts);

	if (kernel->control->slots[slot].automata != image->automata.count)
		return pc_kernel_fail(error, 1, NULL,
				      "the live image has another number of automata");
	for (uint32_t i = 0; i < count; i++)
		if (!pc_blob_holds(kernel, slot, i, parts[i].bytes, parts[i].size))
			return pc_kernel_fail(error, 1, NULL,
					      "part %u of the live maps differs from the store", i);
	return pc_roots_verify(kernel, slot, error);
}
