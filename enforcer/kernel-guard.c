// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard's hooks know as Portcullis's own: its maps and programs by their ids, and the
 * mount namespaces that count. Ids are read from descriptors this process has: asking the kernel
 * for descriptors by id would take CAP_SYS_ADMIN.
 */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define OWN_MAX 512

struct own {
	struct pc_own_key keys[OWN_MAX];
	uint32_t count;
};

static int own_add(struct own *own, uint32_t kind, uint32_t id)
{
	if (own->count == OWN_MAX)
		return -E2BIG;
	own->keys[own->count++] = (struct pc_own_key){.kind = kind, .id = id};
	return 0;
}

static int own_map(struct own *own, int fd)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	return own_add(own, PC_OWN_MAP, info.id);
}

static int own_program(struct own *own, int fd)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	return own_add(own, PC_OWN_PROGRAM, info.id);
}

/* The program a link attaches. */
static int own_link(struct own *own, const struct bpf_link *link)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &size))
		return -errno;
	return own_add(own, PC_OWN_PROGRAM, info.prog_id);
}

static int own_collect(const struct pc_kernel *kernel, struct own *own)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int err = 0;

	bpf_object__for_each_map(map, kernel->skel->obj)
	{
		if (!err && bpf_map__fd(map) >= 0)
			err = own_map(own, bpf_map__fd(map));
	}
	bpf_object__for_each_program(program, kernel->skel->obj)
	{
		if (!err && bpf_program__fd(program) >= 0)
			err = own_program(own, bpf_program__fd(program));
	}
	for (int slot = 0; slot < PC_SLOTS; slot++)
		for (int part = 0; !err && part < PC_PARTS; part++)
			if (kernel->blobs[slot][part].fd >= 0)
				err = own_map(own, kernel->blobs[slot][part].fd);
	for (uint32_t i = 0; !err && i < pc_hook_count; i++)
		if (kernel->links[i])
			err = own_link(own, kernel->links[i]);
	return err;
}

static bool own_has(const struct own *own, const struct pc_own_key *key)
{
	for (uint32_t i = 0; i < own->count; i++)
		if (!memcmp(&own->keys[i], key, sizeof(*key)))
			return true;
	return false;
}

/* What is gone by now leaves the room to what comes. */
static void own_forget(int fd, const struct own *own)
{
	struct pc_own_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (!own_has(own, &key))
			bpf_map_delete_elem(fd, &key);
	}
}

static int own_put(int fd, const struct own *own)
{
	static const uint32_t one = 1;

	for (uint32_t i = 0; i < own->count; i++)
		if (bpf_map_update_elem(fd, &own->keys[i], &one, BPF_ANY))
			return -errno;
	return 0;
}

static int namespace_number(const char *path, uint32_t *ret_number)
{
	struct stat status;

	if (stat(path, &status))
		return -errno;
	*ret_number = (uint32_t)status.st_ino;
	return 0;
}

int pc_guard_enrol(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	PC_FREE struct own *own = calloc(1, sizeof(*own));
	int fd = bpf_map__fd(kernel->skel->maps.pc_own);
	int err = own ? own_collect(kernel, own) : -ENOMEM;

	if (!err) {
		own_forget(fd, own);
		err = own_put(fd, own);
	}
	if (err)
		return pc_kernel_fail(error, err, NULL, "cannot guard the maps and programs: %s",
				      strerror(-err));
	err = namespace_number("/proc/1/ns/mnt", &kernel->control->host_mounts);
	if (!err)
		err = namespace_number("/proc/self/ns/mnt", &kernel->control->own_mounts);
	if (err)
		return pc_kernel_fail(error, err, NULL, "cannot tell the mount namespaces: %s",
				      strerror(-err));
	return 0;
}
