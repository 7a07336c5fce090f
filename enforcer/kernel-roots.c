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
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "mounts.h"

/* The host's, also where the daemon has a mount namespace of its own. */
#define HOST_MOUNTS "/proc/1/mountinfo"
#define HOST_ROOT "/proc/1/root"

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

static struct pc_known_root *root_known(struct pc_kernel *kernel, const struct pc_root_key *key)
{
	for (uint32_t i = 0; i < kernel->root_count; i++)
		if (!memcmp(&kernel->roots[i].key, key, sizeof(*key)))
			return &kernel->roots[i];
	return NULL;
}

static struct pc_known_root *root_new(struct pc_kernel *kernel, const struct pc_root_key *key,
				      const char *prefix)
{
	struct pc_known_root *grown =
		realloc(kernel->roots, (kernel->root_count + 1) * sizeof(*kernel->roots));
	char *copy = strdup(prefix);

	if (grown)
		kernel->roots = grown;
	if (!grown || !copy) {
		free(copy);
		return NULL;
	}
	grown[kernel->root_count] = (struct pc_known_root){
		.key = *key,
		.value.id = kernel->next_root++,
		.prefix = copy,
	};
	return &grown[kernel->root_count++];
}

/* The states behind a root's prefix, and the class of the root itself. */
static void root_states(const struct pc_image *image, struct pc_known_root *root, uint32_t slot)
{
	const char *self = root->prefix[0] ? root->prefix : "/";
	struct pc_class class = {0};

	memset(root->value.state[slot], 0, sizeof(root->value.state[slot]));
	pc_image_states(image, root->prefix, strlen(root->prefix), root->value.state[slot]);
	pc_image_class(image, self, strlen(self), &class);
	memcpy(root->value.self[slot], class.of, sizeof(class.of));
}

static int root_write(struct pc_kernel *kernel, const struct pc_known_root *root)
{
	int fd = bpf_map__fd(kernel->skel->maps.pc_roots);

	return bpf_map_update_elem(fd, &root->key, &root->value, BPF_ANY) ? -errno : 0;
}

/* While the version is odd no name is trusted: see image_same() in bpf/label.bpf.h. */
static void roots_begin(struct pc_kernel *kernel)
{
	__atomic_fetch_add(&kernel->control->roots, 1, __ATOMIC_SEQ_CST);
}

static void roots_end(struct pc_kernel *kernel)
{
	__atomic_fetch_add(&kernel->control->roots, 1, __ATOMIC_SEQ_CST);
}

int pc_roots_fill(struct pc_kernel *kernel, const struct pc_image *image, uint32_t slot,
		  struct pc_kernel_error *error)
{
	int err = 0;

	if (!kernel->root_count)
		err = pc_kernel_update_roots(kernel, NULL, error);
	if (err)
		return err;
	roots_begin(kernel);
	for (uint32_t i = 0; !err && i < kernel->root_count; i++) {
		root_states(image, &kernel->roots[i], slot);
		err = root_write(kernel, &kernel->roots[i]);
	}
	roots_end(kernel);
	return err ? pc_kernel_fail(error, err, NULL, "cannot write the table of mounts: %s",
				    strerror(-err))
		   : 0;
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

/* Finds out which directory is mounted at a place. */
static int directory_key(const struct pc_mount *mount, struct pc_root_key *key)
{
	char path[PATH_MAX + sizeof(HOST_ROOT)];
	PC_CLOSE int fd = -1;
	struct stat st;
	int generation = 0;

	snprintf(path, sizeof(path), HOST_ROOT "%s", mount->place);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		return -errno;
	key->inode = st.st_ino;
	if (!ioctl(fd, FS_IOC_GETVERSION, &generation))
		key->generation = (uint32_t)generation;
	return 0;
}

static int root_see(struct pc_kernel *kernel, const struct pc_image *image,
		    const struct pc_root_key *key, const char *prefix, uint32_t flags)
{
	struct pc_known_root *root = root_known(kernel, key);
	bool same = root && !strcmp(root->prefix, prefix) && root->value.flags == flags;

	if (same) {
		root->seen = true;
		return 0;
	}
	if (root) {
		free(root->prefix);
		root->prefix = strdup(prefix);
		root->value.id = kernel->next_root++;
	} else {
		root = root_new(kernel, key, prefix);
	}
	if (!root || !root->prefix)
		return -ENOMEM;
	root->seen = true;
	root->value.flags = flags;
	memset(root->value.state, 0, sizeof(root->value.state));
	if (image)
		root_states(image, root, pc_slot_in_force(kernel, NULL));
	return root_write(kernel, root);
}

static int mount_see(struct pc_kernel *kernel, const struct pc_image *image,
		     const struct pc_mounts *mounts, const struct pc_mount *mount)
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
		return known && known->seen ? 0 : root_see(kernel, image, &key, prefix, flags);
	if (root_is_mounted(mounts, mount->device))
		return 0;
	if (!known || !known->seen) {
		err = root_see(kernel, image, &key, "", PC_ROOT_SUBTREES);
		if (err)
			return err;
	}
	err = directory_key(mount, &key);
	known = err ? NULL : root_known(kernel, &key);
	if (err || (known && known->seen))
		return 0; /* gone again, or named from an earlier place */
	return root_see(kernel, image, &key, prefix, flags);
}

static void roots_forget(struct pc_kernel *kernel)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < kernel->root_count; i++) {
		struct pc_known_root *root = &kernel->roots[i];

		if (root->seen) {
			kernel->roots[kept++] = *root;
			continue;
		}
		bpf_map_delete_elem(bpf_map__fd(kernel->skel->maps.pc_roots), &root->key);
		free(root->prefix);
	}
	kernel->root_count = kept;
}

int pc_kernel_update_roots(struct pc_kernel *kernel, const struct pc_image *image,
			   struct pc_kernel_error *error)
{
	PC_FCLOSE FILE *file = fopen(HOST_MOUNTS, "re");
	struct pc_mounts mounts = {0};
	int err;

	if (!file)
		return pc_kernel_fail(error, -errno, NULL, "cannot read %s: %s", HOST_MOUNTS,
				      strerror(errno));
	err = pc_mounts_read(file, &mounts);
	for (uint32_t i = 0; i < kernel->root_count; i++)
		kernel->roots[i].seen = false;
	roots_begin(kernel);
	for (uint32_t i = 0; !err && i < mounts.count; i++)
		err = mount_see(kernel, image, &mounts, &mounts.items[i]);
	if (!err)
		roots_forget(kernel);
	roots_end(kernel);
	pc_mounts_free(&mounts);
	return err ? pc_kernel_fail(error, err, NULL, "cannot update the table of mounts: %s",
				    strerror(-err))
		   : 0;
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
