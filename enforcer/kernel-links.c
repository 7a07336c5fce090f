// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's tables of files of several names: one for each slot, made anew and filled by a walk
 * before its image is switched to, and again whenever something happened that hooks cannot follow.
 */
#include "kernel-internal.h"

#include "kernel.skel.h"
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#define WALKS 3		      /* in a row, where directories move meanwhile */
#define PAUSE_NS 1000000000u  /* at least, before one begins again … */
#define PAUSE_TIMES 10	      /* … and so many times what the last one took */
#define UNDERWAY_USEC 5000    /* in which what is under way ends … */
#define UNDERWAY_TRIES 40     /* … unless a folder's rename does not: then so many times that */
#define LINGER_NS 2000000000u /* a decision takes less */

static struct pc_links *links_of(const struct pc_kernel *kernel, uint32_t slot)
{
	return &kernel->control->links[slot];
}

static bool is_on(const struct pc_kernel *kernel, uint32_t slot)
{
	return kernel->control->links_on >> slot & 1;
}

static bool is_complete(const struct pc_links *links)
{
	return links->walked && links->walked == __atomic_load_n(&links->moved, __ATOMIC_SEQ_CST);
}

void pc_links_off(struct pc_kernel *kernel, uint32_t slot)
{
	if (!is_on(kernel, slot))
		return;
	__atomic_fetch_and(&kernel->control->links_on, ~(1u << slot), __ATOMIC_SEQ_CST);
	bpf_map_delete_elem(bpf_map__fd(kernel->skel->maps.pc_links), &slot);
	*links_of(kernel, slot) = (struct pc_links){.moved = links_of(kernel, slot)->moved};
}

void pc_links_moved(struct pc_kernel *kernel, uint32_t slot, const struct pc_root *root)
{
	struct pc_image image;

	if (is_on(kernel, slot) && (root->flags & PC_ROOT_CACHED) &&
	    pc_slot_image(kernel, slot, &image) && pc_links_reach(&image, root->state[slot]))
		__atomic_fetch_add(&links_of(kernel, slot)->moved, 1, __ATOMIC_SEQ_CST);
}

/* ---- filling ------------------------------------------------------------------------------- */

/*
 * An empty table takes the place of the old one, and hooks write to it from here on. Whatever fails
 * leaves one that is not complete, not none.
 */
static int table_begin(struct pc_kernel *kernel, uint32_t slot, const struct pc_image *image)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	struct pc_links *links = links_of(kernel, slot);
	PC_CLOSE int fd = -1;

	__atomic_store_n(&links->walked, 0, __ATOMIC_SEQ_CST);
	pc_links_dead(image, links->dead);
	__atomic_fetch_add(&links->moved, 1, __ATOMIC_SEQ_CST);
	fd = bpf_map_create(BPF_MAP_TYPE_HASH, "pc_linked", sizeof(struct pc_link_key),
			    sizeof(struct pc_linked), kernel->links_max, &opts);
	if (fd >= 0 &&
	    bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.pc_links), &slot, &fd, BPF_ANY)) {
		close(fd);
		fd = -1;
	}
	links->entries = 0;
	links->full = 0;
	__atomic_fetch_or(&kernel->control->links_on, 1u << slot, __ATOMIC_SEQ_CST);
	return fd < 0 ? -errno : 0;
}

/* Renames and links that no hook had told of may be under way: they take less than that. */
static void wait_for_moves(const struct pc_kernel *kernel)
{
	for (int i = 0; i < UNDERWAY_TRIES; i++) {
		uint64_t open = 0;

		usleep(UNDERWAY_USEC);
		for (int row = 0; row < PC_MOVE_ROWS; row++)
			open += __atomic_load_n(&kernel->control->moves[row].open,
						__ATOMIC_SEQ_CST);
		if (!open)
			return;
	}
}

/* Another file system may be mounted over the place by now, or for long. */
static bool is_place_of(int fd, const struct pc_root_key *key)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs) || (key->inode && key->inode != st.st_ino))
		return false;
	/* Its subvolumes have device numbers of their own. */
	return fs.f_type == BTRFS_SUPER_MAGIC ||
	       (major(st.st_dev) << 20 | minor(st.st_dev)) == key->dev;
}

static int root_walk(struct pc_links_walk *walk, uint32_t slot, const struct pc_known_root *root)
{
	const uint32_t named = PC_ROOT_NAMED | PC_ROOT_CACHED;
	char path[PATH_MAX + sizeof(PC_HOST_ROOT)];
	int fd;

	if (!root->prefix || (root->value.flags & named) != named)
		return 0;
	/* The slash makes of a link that stands for a directory that directory. */
	snprintf(path, sizeof(path), PC_HOST_ROOT "%s", root->prefix[0] ? root->prefix : "/");
	/* A file is not opened: it might be a device. */
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOTDIR)
		fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (is_place_of(fd, &root->key))
		return pc_links_walk(walk, fd, root->key.dev, root->value.state[slot]);
	close(fd);
	return 0;
}

struct put {
	struct pc_kernel *kernel;
	uint32_t slot;
};

static int put_file(void *to, const struct pc_link_key *file, const struct pc_linked *names)
{
	struct put *put = to;
	struct pc_link_put args = {.key = *file, .slot = put->slot, .names = *names};
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &args, .ctx_size_in = sizeof(args));

	return bpf_prog_test_run_opts(bpf_program__fd(put->kernel->skel->progs.pc_link_put), &run);
}

static int walk_all(struct pc_kernel *kernel, uint32_t slot, const struct pc_image *image)
{
	struct pc_links_walk walk = {
		.image = image,
		.deadline = pc_boot_ns() / 1000000000u + PC_LINKS_SECONDS,
	};
	struct put put = {.kernel = kernel, .slot = slot};
	int err = 0;

	for (uint32_t i = 0; !err && i < kernel->root_count; i++)
		err = root_walk(&walk, slot, &kernel->roots[i]);
	if (!err)
		err = pc_links_tell(&walk, put_file, &put);
	pc_links_walk_free(&walk);
	return err;
}

/* One walk, and whether all stood still meanwhile: -EAGAIN. */
static int fill_once(struct pc_kernel *kernel, uint32_t slot, const struct pc_image *image)
{
	struct pc_links *links = links_of(kernel, slot);
	uint64_t moved = __atomic_load_n(&links->moved, __ATOMIC_SEQ_CST);
	int err;

	wait_for_moves(kernel);
	err = walk_all(kernel, slot, image);
	if (err)
		return err;
	if (moved != __atomic_load_n(&links->moved, __ATOMIC_SEQ_CST))
		return -EAGAIN;
	__atomic_store_n(&links->walked, moved, __ATOMIC_SEQ_CST);
	return 0;
}

int pc_links_fill(struct pc_kernel *kernel, uint32_t slot)
{
	struct pc_links *links = links_of(kernel, slot);
	uint64_t begun = pc_boot_ns();
	struct pc_image image;
	int err;

	if (!pc_slot_image(kernel, slot, &image) ||
	    !(image.tables[PC_W_OPS] & (PC_OPS_FILE | PC_OPS_EXEC)))
		return 0;
	err = table_begin(kernel, slot, &image);
	pc_fault(PC_FAULT_SWITCH_LINKS);
	if (!err)
		err = -EAGAIN;
	for (int i = 0; i < WALKS && err == -EAGAIN; i++)
		err = fill_once(kernel, slot, &image);
	links->walked_at = pc_boot_ns();
	links->took = links->walked_at - begun;
	return err;
}

/* ---- while running ------------------------------------------------------------------------- */

/* Does somebody decide by a slot, or will when a deadline passes? */
static bool is_used(const struct pc_kernel *kernel, uint32_t slot)
{
	uint64_t word = kernel->control->word;

	return slot == PC_CONTROL_ACTIVE(word) ||
	       ((word & PC_CONTROL_ARMED) && slot == PC_CONTROL_FALLBACK(word));
}

/* A decision that began before the last switch may still be under way. */
static bool is_left(const struct pc_kernel *kernel, uint32_t slot)
{
	uint32_t active = PC_CONTROL_ACTIVE(kernel->control->word);

	return is_on(kernel, slot) && !is_used(kernel, slot) &&
	       pc_boot_ns() + PC_SETTLE_NS > kernel->control->slots[active].settled + LINGER_NS;
}

static bool is_due(const struct pc_kernel *kernel, uint32_t slot)
{
	const struct pc_links *links = links_of(kernel, slot);
	uint64_t pause = PAUSE_TIMES * links->took;

	if (!is_on(kernel, slot) || !is_used(kernel, slot) || is_complete(links))
		return false;
	return pc_boot_ns() >= links->walked_at + (pause > PAUSE_NS ? pause : PAUSE_NS);
}

bool pc_kernel_links_due(const struct pc_kernel *kernel)
{
	for (uint32_t slot = 0; slot < PC_SLOTS; slot++)
		if (is_due(kernel, slot) || is_left(kernel, slot))
			return true;
	return false;
}

int pc_kernel_update_links(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	int err = 0;

	for (uint32_t slot = 0; slot < PC_SLOTS; slot++) {
		if (is_left(kernel, slot))
			pc_links_off(kernel, slot);
		else if (is_due(kernel, slot))
			err = pc_links_fill(kernel, slot) ?: err;
	}
	if (err == -EAGAIN)
		return pc_kernel_fail(error, err, NULL, "directories moved while it walked");
	if (err == -ETIME)
		return pc_kernel_fail(error, err, NULL, "the walk took more than %d s",
				      PC_LINKS_SECONDS);
	return err ? pc_kernel_fail(error, err, NULL, "%s", strerror(-err)) : 0;
}

void pc_kernel_links(const struct pc_kernel *kernel, struct pc_kernel_links *ret_links)
{
	uint32_t slot = pc_slot_in_force(kernel, NULL);
	const struct pc_links *links = links_of(kernel, slot);

	*ret_links = (struct pc_kernel_links){
		.kept = is_on(kernel, slot),
		.complete = is_complete(links),
		.full = links->full != 0,
		.files = links->entries,
		.took = links->took,
	};
}
