// SPDX-License-Identifier: GPL-2.0-only
/*
 * Blobs: the inner maps that hold the parts of each slot's image. Each is an array with one value
 * of its tier's size, pinned beside the programs so that the next daemon finds it, and mapped, so
 * that a part is written, read back and run over without a system call.
 */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static int tier_fd(const struct pc_kernel *kernel, int tier)
{
	const struct bpf_map *maps[PC_TIERS] = {
		kernel->skel->maps.pc_small,
		kernel->skel->maps.pc_medium,
		kernel->skel->maps.pc_large,
	};

	return bpf_map__fd(maps[tier]);
}

#define BLOB_PATH_MAX (PC_PIN_PATH_MAX + 32)

static void blob_path(const struct pc_kernel *kernel, uint32_t slot, uint32_t part,
		      char path[BLOB_PATH_MAX])
{
	snprintf(path, BLOB_PATH_MAX, "%s/blob_%u_%u", kernel->pin_dir, slot, part);
}

static void blob_close(struct pc_blob *blob)
{
	if (blob->memory)
		munmap(blob->memory, PC_TIER_BYTES(blob->tier));
	if (blob->fd >= 0)
		close(blob->fd);
	*blob = (struct pc_blob){.fd = -1};
}

void pc_blobs_init(struct pc_kernel *kernel)
{
	for (int slot = 0; slot < PC_SLOTS; slot++)
		for (int part = 0; part < PC_PARTS; part++)
			kernel->blobs[slot][part] = (struct pc_blob){.fd = -1};
}

void pc_blobs_close(struct pc_kernel *kernel)
{
	for (int slot = 0; slot < PC_SLOTS; slot++)
		for (int part = 0; part < PC_PARTS; part++)
			blob_close(&kernel->blobs[slot][part]);
}

/* Takes fd in any case. */
static int blob_map(struct pc_blob *blob, int fd, int tier)
{
	void *memory = mmap(NULL, PC_TIER_BYTES(tier), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED) {
		int err = -errno;

		close(fd);
		return err;
	}
	*blob = (struct pc_blob){.fd = fd, .tier = tier, .memory = memory};
	return 0;
}

/* Cut off between pinning a map and putting it in its place, a daemon leaves one that no program
 * would look into. */
static bool is_in_place(struct pc_kernel *kernel, uint32_t key, int tier, uint32_t map_id)
{
	uint32_t found;

	return !bpf_map_lookup_elem(tier_fd(kernel, tier), &key, &found) && found == map_id;
}

void pc_blobs_adopt(struct pc_kernel *kernel)
{
	char path[BLOB_PATH_MAX];

	for (uint32_t i = 0; kernel->pin_dir[0] && i < PC_SLOTS * PC_PARTS; i++) {
		uint32_t slot = i / PC_PARTS, part = i % PC_PARTS;
		struct bpf_map_info info = {0};
		uint32_t size = sizeof(info);
		int fd, tier = kernel->control->slots[slot].tier[part];

		blob_path(kernel, slot, part, path);
		fd = bpf_obj_get(path);
		if (fd < 0)
			continue;
		if (tier >= PC_TIERS || bpf_obj_get_info_by_fd(fd, &info, &size) ||
		    info.value_size != PC_TIER_BYTES(tier) ||
		    !is_in_place(kernel, i, tier, info.id))
			close(fd); /* cut off while one took the other's place: made anew */
		else
			blob_map(&kernel->blobs[slot][part], fd, tier);
	}
}

static int blob_pin(const struct pc_kernel *kernel, uint32_t slot, uint32_t part, int fd)
{
	char path[BLOB_PATH_MAX];

	if (!kernel->pin_dir[0])
		return 0;
	blob_path(kernel, slot, part, path);
	unlink(path);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

/* Makes the inner map of a slot's part where there is none of that tier yet. */
static int blob_prepare(struct pc_kernel *kernel, uint32_t slot, uint32_t part, int tier)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct pc_blob *blob = &kernel->blobs[slot][part];
	uint32_t key = slot * PC_PARTS + part;
	int fd, err;

	if (blob->fd >= 0 && blob->tier == tier)
		return 0;
	blob_close(blob);
	for (int other = 0; other < PC_TIERS; other++)
		if (other != tier)
			bpf_map_delete_elem(tier_fd(kernel, other), &key);
	fd = pc_fault(PC_FAULT_SWITCH_MAP)
		     ?: bpf_map_create(BPF_MAP_TYPE_ARRAY, "pc_blob", sizeof(uint32_t),
				       PC_TIER_BYTES(tier), 1, &opts);
	if (fd < 0)
		return -errno;
	err = blob_map(blob, fd, tier) ?: pc_fault(PC_FAULT_SWITCH_MAPPED);
	if (!err)
		err = blob_pin(kernel, slot, part, fd) ?: pc_fault(PC_FAULT_SWITCH_PINNED);
	if (!err && bpf_map_update_elem(tier_fd(kernel, tier), &key, &fd, BPF_ANY))
		err = -errno;
	if (err)
		blob_close(blob);
	else
		kernel->control->slots[slot].tier[part] = (uint8_t)tier;
	return err;
}

/* The rest of a map is up to 32 MiB. */
static bool is_zero(const unsigned char *bytes, size_t size)
{
	return !size || (!bytes[0] && !memcmp(bytes, bytes + 1, size - 1));
}

bool pc_blob_holds(const struct pc_kernel *kernel, uint32_t slot, uint32_t part, const void *bytes,
		   size_t size)
{
	const struct pc_blob *blob = &kernel->blobs[slot][part];
	const unsigned char *found = blob->memory;

	if (!found || pc_image_tier(size) != blob->tier ||
	    kernel->control->slots[slot].tier[part] != blob->tier)
		return false;
	if (memcmp(found, bytes, size) != 0)
		return false;
	return is_zero(found + size, PC_TIER_BYTES(blob->tier) - size);
}

int pc_blob_fill(struct pc_kernel *kernel, uint32_t slot, uint32_t part, const void *bytes,
		 size_t size, struct pc_kernel_error *error)
{
	int tier = pc_image_tier(size), err;
	unsigned char *memory;

	if (tier < 0)
		return pc_kernel_fail(error, tier, "split the policies or use fewer distinct paths",
				      "the image does not fit the kernel's maps (%zu bytes)", size);
	err = blob_prepare(kernel, slot, part, tier);
	if (err)
		return pc_kernel_fail(error, err, "is memory short?",
				      "cannot make a map of %u KiB: %s", PC_TIER_BYTES(tier) >> 10,
				      strerror(-err));
	memory = kernel->blobs[slot][part].memory;
	memcpy(memory, bytes, size);
	memset(memory + size, 0, PC_TIER_BYTES(tier) - size);
	if (!pc_blob_holds(kernel, slot, part, bytes, size))
		return pc_kernel_fail(error, -EIO, NULL,
				      "a map does not hold what was written to it");
	return 0;
}

bool pc_slot_image(const struct pc_kernel *kernel, uint32_t slot, struct pc_image *ret_image)
{
	const struct pc_blob *blobs = kernel->blobs[slot];
	uint32_t count = kernel->control->slots[slot].automata;
	struct pc_image image = {
		.tables = blobs[PC_PART_TABLES].memory,
		.automata.count = count,
	};

	if (!image.tables || !count || count > PC_AUTOMATA)
		return false;
	image.table_words = PC_TIER_BYTES(blobs[PC_PART_TABLES].tier) / sizeof(*image.tables);
	for (uint32_t a = 0; a < count; a++) {
		const struct pc_blob *blob = &blobs[PC_PART_AUTOMATON + a];

		if (!blob->memory)
			return false;
		image.automata.automata[a].cells = blob->memory;
		image.automata.automata[a].cell_count =
			PC_TIER_BYTES(blob->tier) / sizeof(struct pc_cell);
	}
	*ret_image = image;
	return true;
}
