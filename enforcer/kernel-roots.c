// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's table of where names begin, kept in line with the host's mount table.
 *
 * A file system is named from the first place where its root is mounted. Where only directories of
 * it are mounted, each of them is an entry of its own, and the root one that says so.
 */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "mounts.h"

#define HOST_MOUNTS "/proc/1/mountinfo"

/* Local file systems whose directories move only through rename: their names may be cached. */
static const char *const cached_types[] = {
	"ext2",	  "ext3",  "ext4",     "xfs",  "btrfs",	  "f2fs", "tmpfs",    "ramfs",
	"rootfs", "erofs", "squashfs", "vfat", "iso9660", "udf",  "devtmpfs",
};

static bool may_cache(const char *type)
{
	for (size_t i = 0; i < PC_ARRAY_SIZE(cached_types); i++)
		if (!strcmp(type, cached_types[i]))
			return true;
	return false;
}

static int roots_fd(const struct pc_kernel *kernel)
{
	return bpf_map__fd(kernel->skel->maps.pc_roots);
}

static struct pc_known_root *root_known(struct pc_kernel *kernel, const struct pc_root_key *key)
{
	for (uint32_t i = 0; i < kernel->root_count; i++)
		if (!memcmp(&kernel->roots[i].key, key, sizeof(*key)))
			return &kernel->roots[i];
	return NULL;
}

static struct pc_known_root *root_new(struct pc_kernel *kernel, const struct pc_root_key *key)
{
	struct pc_known_root *grown =
		realloc(kernel->roots, (kernel->root_count + 1) * sizeof(*kernel->roots));

	if (!grown)
		return NULL;
	kernel->roots = grown;
	grown[kernel->root_count] = (struct pc_known_root){.key = *key};
	return &grown[kernel->root_count++];
}

/* What an earlier daemon left: its ids stay in use, and its entries in force until they are seen
 * to be gone. */
int pc_roots_adopt(struct pc_kernel *kernel)
{
	struct pc_root_key key, *previous = NULL;

	kernel->next_root = 1;
	while (!bpf_map_get_next_key(roots_fd(kernel), previous, &key)) {
		struct pc_known_root *root = root_new(kernel, &key);

		if (!root)
			return -ENOMEM;
		if (bpf_map_lookup_elem(roots_fd(kernel), &key, &root->value))
			return -errno;
		if (root->value.id >= kernel->next_root)
			kernel->next_root = root->value.id + 1;
		previous = &root->key;
	}
	return 0;
}

/* The states behind a root's prefix in a slot's image, and the class of the root itself. */
static void root_states(const struct pc_kernel *kernel, const char *prefix, uint32_t slot,
			struct pc_root *value)
{
	const char *self = prefix[0] ? prefix : "/";
	struct pc_class class = {0};
	struct pc_image image;

	memset(value->state[slot], 0, sizeof(value->state[slot]));
	memset(value->self[slot], 0, sizeof(value->self[slot]));
	if (!(value->flags & PC_ROOT_NAMED) || !pc_slot_image(kernel, slot, &image))
		return;
	pc_image_states(&image, prefix, strlen(prefix), value->state[slot]);
	pc_image_class(&image, self, strlen(self), &class);
	memcpy(value->self[slot], class.of, sizeof(class.of));
}

/* Whoever reads sees the old element or the new one: see struct pc_root. */
static int root_publish(struct pc_kernel *kernel, struct pc_known_root *root,
			const struct pc_root *value)
{
	if (bpf_map_update_elem(roots_fd(kernel), &root->key, value, BPF_ANY))
		return -errno;
	root->value = *value;
	return 0;
}

/* Nothing decides by the slot yet, so what is kept under the table's version stays right. */
int pc_roots_fill(struct pc_kernel *kernel, uint32_t slot, struct pc_kernel_error *error)
{
	int err = pc_kernel_update_roots(kernel, error);

	for (uint32_t i = 0; !err && i < kernel->root_count; i++) {
		struct pc_known_root *root = &kernel->roots[i];
		struct pc_root value = root->value;

		if (!root->prefix)
			continue;
		root_states(kernel, root->prefix, slot, &value);
		err = pc_fault(PC_FAULT_SWITCH_ROOTS) ?: root_publish(kernel, root, &value);
		if (err)
			pc_kernel_fail(error, err, NULL, "cannot write the table of mounts: %s",
				       strerror(-err));
	}
	return err;
}

/* ---- reading the host's mounts ------------------------------------------------------------- */

static bool device_parse(const char *text, uint32_t *ret_dev)
{
	char *end;
	unsigned long major = strtoul(text, &end, 10), minor;

	if (end == text || *end != ':')
		return false;
	text = end + 1;
	minor = strtoul(text, &end, 10);
	if (end == text || *end)
		return false;
	*ret_dev = (uint32_t)(major << 20 | minor);
	return true;
}

static bool root_is_mounted(const struct pc_mounts *mounts, const char *device)
{
	for (uint32_t i = 0; i < mounts->count; i++)
		if (!strcmp(mounts->items[i].device, device) && !strcmp(mounts->items[i].root, "/"))
			return true;
	return false;
}

/* Are two different directories of one file system mounted? Renames may nest them at any time. */
static bool several_are_mounted(const struct pc_mounts *mounts, const struct pc_mount *mount)
{
	for (uint32_t i = 0; i < mounts->count; i++)
		if (!strcmp(mounts->items[i].device, mount->device) &&
		    strcmp(mounts->items[i].root, mount->root) != 0)
			return true;
	return false;
}

/* The generation of an inode; 0 where its file system tells none. */
static uint32_t inode_generation(int fd)
{
	char buffer[sizeof(struct file_handle) + MAX_HANDLE_SZ] = {0};
	struct file_handle *handle = (void *)buffer;
	struct statfs fs;
	uint32_t generation = 0;
	int number = 0, mount;

	if (!ioctl(fd, FS_IOC_GETVERSION, &number))
		return (uint32_t)number;
	handle->handle_bytes = MAX_HANDLE_SZ;
	/* tmpfs tells it only at the beginning of its file handles. */
	if (!fstatfs(fd, &fs) && fs.f_type == TMPFS_MAGIC &&
	    !name_to_handle_at(fd, "", handle, &mount, AT_EMPTY_PATH))
		memcpy(&generation, handle->f_handle, sizeof(generation));
	return generation;
}

/* Finds out which directory is mounted at a place. */
static int directory_key(const struct pc_mount *mount, struct pc_root_key *key)
{
	char path[PATH_MAX + sizeof(PC_HOST_ROOT)];
	PC_CLOSE int fd = -1;
	struct stat st;

	snprintf(path, sizeof(path), PC_HOST_ROOT "%s", mount->place);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	key->inode = st.st_ino;
	key->generation = inode_generation(fd);
	return 0;
}

/* Before the first entry changes: what is kept of the old table is not believed from here on. */
static void change_begins(struct pc_kernel *kernel, bool *changed)
{
	if (!*changed)
		__atomic_fetch_add(&kernel->control->roots, 1, __ATOMIC_SEQ_CST);
	*changed = true;
}

/* Before an entry changes: files of several names below it may have others than a walk found. */
static void names_changed(struct pc_kernel *kernel, const struct pc_root *old,
			  const struct pc_root *new)
{
	for (uint32_t slot = 0; slot < PC_SLOTS; slot++) {
		if (old->flags == new->flags &&
		    !memcmp(old->state[slot], new->state[slot], sizeof(old->state[slot])))
			continue;
		pc_links_moved(kernel, slot, old);
		pc_links_moved(kernel, slot, new);
	}
}

/* Brings one entry up to date, for every slot. *changed is set if it was not. */
static int root_see(struct pc_kernel *kernel, const struct pc_root_key *key, const char *prefix,
		    uint32_t flags, bool *changed)
{
	struct pc_known_root *root = root_known(kernel, key);
	struct pc_root value = {.flags = flags, .key = *key, .again = *key};

	if (!root)
		root = root_new(kernel, key);
	if (!root)
		return -ENOMEM;
	root->seen = true;
	if (!root->prefix || strcmp(root->prefix, prefix) != 0) {
		char *copy = strdup(prefix);

		if (!copy)
			return -ENOMEM;
		free(root->prefix);
		root->prefix = copy;
	}
	value.name = pc_fnv(PC_FNV_START, prefix, strlen(prefix));
	value.id = root->value.id;
	if (!value.id || value.name != root->value.name)
		value.id = kernel->next_root++;
	for (uint32_t slot = 0; slot < PC_SLOTS; slot++)
		root_states(kernel, prefix, slot, &value);
	if (!memcmp(&value, &root->value, sizeof(value)))
		return 0;
	change_begins(kernel, changed);
	names_changed(kernel, &root->value, &value);
	return root_publish(kernel, root, &value);
}

static int mount_see(struct pc_kernel *kernel, const struct pc_mounts *mounts,
		     const struct pc_mount *mount, bool *changed)
{
	const char *prefix = strcmp(mount->place, "/") ? mount->place : "";
	uint32_t flags = PC_ROOT_NAMED | (may_cache(mount->type) ? PC_ROOT_CACHED : 0);
	struct pc_root_key key = {0};
	const struct pc_known_root *known;
	int err;

	if (!prefix[0])
		flags |= PC_ROOT_IS_SLASH;
	if (!device_parse(mount->device, &key.dev))
		return 0;
	known = root_known(kernel, &key);
	if (!strcmp(mount->root, "/"))
		return known && known->seen ? 0 : root_see(kernel, &key, prefix, flags, changed);
	/* Looking into other file systems can take as long as somebody likes. */
	if (root_is_mounted(mounts, mount->device) || !may_cache(mount->type))
		return 0;
	if (!known || !known->seen) {
		uint32_t several = several_are_mounted(mounts, mount) ? PC_ROOT_SEVERAL : 0;

		err = root_see(kernel, &key, "", PC_ROOT_SUBTREES | several, changed);
		if (err)
			return err;
	}
	err = directory_key(mount, &key);
	known = err ? NULL : root_known(kernel, &key);
	if (err || (known && known->seen))
		return 0; /* gone again, or named from an earlier place */
	return root_see(kernel, &key, prefix, flags, changed);
}

static void roots_forget(struct pc_kernel *kernel, bool *changed)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < kernel->root_count; i++) {
		struct pc_known_root *root = &kernel->roots[i];

		if (root->seen) {
			kernel->roots[kept++] = *root;
			continue;
		}
		change_begins(kernel, changed);
		names_changed(kernel, &root->value, &(struct pc_root){0});
		bpf_map_delete_elem(roots_fd(kernel), &root->key);
		free(root->prefix);
	}
	kernel->root_count = kept;
}

int pc_kernel_update_roots(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	PC_FCLOSE FILE *file = fopen(HOST_MOUNTS, "re");
	struct pc_mounts mounts = {0};
	bool changed = false;
	int err;

	if (!file)
		return pc_kernel_fail(error, -errno, NULL, "cannot read %s: %s", HOST_MOUNTS,
				      strerror(errno));
	err = pc_mounts_read(file, &mounts);
	for (uint32_t i = 0; i < kernel->root_count; i++)
		kernel->roots[i].seen = false;
	for (uint32_t i = 0; !err && i < mounts.count; i++)
		err = mount_see(kernel, &mounts, &mounts.items[i], &changed);
	if (!err)
		roots_forget(kernel, &changed);
	/* Nor what was kept while some entries were old and some new. */
	if (changed)
		__atomic_fetch_add(&kernel->control->roots, 1, __ATOMIC_SEQ_CST);
	pc_mounts_free(&mounts);
	return err ? pc_kernel_fail(error, err, NULL, "cannot update the table of mounts: %s",
				    strerror(-err))
		   : 0;
}

/* Does the kernel name by the image in this slot? Where it is not yet known from an earlier
 * daemon's entry what it is for, the next update says so. */
int pc_roots_verify(struct pc_kernel *kernel, uint32_t slot, struct pc_kernel_error *error)
{
	for (uint32_t i = 0; i < kernel->root_count; i++) {
		const struct pc_known_root *root = &kernel->roots[i];
		struct pc_root expected = root->value, found;

		if (!root->prefix)
			continue;
		root_states(kernel, root->prefix, slot, &expected);
		if (bpf_map_lookup_elem(roots_fd(kernel), &root->key, &found) ||
		    memcmp(&found, &expected, sizeof(found)) != 0)
			return pc_kernel_fail(error, 1, NULL,
					      "the live table of mounts differs at %s",
					      root->prefix[0] ? root->prefix : "/");
	}
	return 0;
}

const char *pc_kernel_root_prefix(const struct pc_kernel *kernel, uint32_t root)
{
	for (uint32_t i = 0; i < kernel->root_count; i++)
		if (kernel->roots[i].value.id == root)
			return kernel->roots[i].prefix;
	return NULL;
}

void pc_roots_free(struct pc_kernel *kernel)
{
	for (uint32_t i = 0; i < kernel->root_count; i++)
		free(kernel->roots[i].prefix);
	free(kernel->roots);
}
