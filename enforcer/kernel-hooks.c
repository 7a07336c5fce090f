// SPDX-License-Identifier: GPL-2.0-only
/* Which hooks an image needs, and attaching just those. */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <string.h>

#define BITS_OPEN (PC_BIT(PC_OP_READ) | PC_BIT(PC_OP_WRITE) | PC_BIT(PC_OP_APPEND))
#define BITS_EXEC (PC_BIT(PC_OP_RUN) | PC_BIT(PC_OP_INTERPRET))
#define BIT(op) PC_BIT(PC_OP_##op)
#define BITS_NAMED (BIT(MOUNT) - 1) /* of files: those of the first two sections */

#define COUNTS_MOVES 1 /* position in the table */

/*
 * First what counts directories moved, the end before the beginning: from then on names may be
 * remembered. Then labels: from the moment a hook decides, children must inherit.
 */
const struct pc_hook_info pc_hook_table[] = {
	{"pc_rename_done", "vfs_rename", 0, 0, PC_HOOK_TRACED},
	[COUNTS_MOVES] = {"pc_inode_rename", "inode_rename", 0, 0, PC_HOOK_REQUIRED},
	{"pc_task_alloc", "task_alloc", 0, 0, PC_HOOK_REQUIRED},
	{"pc_bprm_creds", "bprm_creds_for_exec", 0, 0, PC_HOOK_REQUIRED},
	{"pc_bprm_done", "bprm_committed_creds", 0, 0, PC_HOOK_REQUIRED},
	{"pc_bprm_check", "bprm_check_security", BITS_EXEC, PC_IMAGE_BY_EXE, PC_HOOK_REQUIRED},
	{"pc_fix_setuid", "task_fix_setuid", 0, PC_IMAGE_BY_ID, PC_HOOK_REQUIRED},
	{"pc_fix_setgid", "task_fix_setgid", 0, PC_IMAGE_BY_ID, PC_HOOK_REQUIRED},
	{"pc_fix_setgroup", "task_fix_setgroups", 0, PC_IMAGE_BY_ID, PC_HOOK_IF_PRESENT},
	{"pc_file_open", "file_open", BITS_OPEN | BITS_EXEC | BIT(RAW_IO), 0, PC_HOOK_REQUIRED},
	{"pc_file_receive", "file_receive", BITS_OPEN | BIT(RAW_IO), 0, PC_HOOK_REQUIRED},
	{"pc_mmap_file", "mmap_file", BIT(MAP) | BIT(INTERPRET) | BIT(WRITE) | BIT(APPEND), 0,
	 PC_HOOK_REQUIRED},
	{"pc_mprotect", "file_mprotect", BIT(MAP) | BIT(WRITE) | BIT(APPEND), 0, PC_HOOK_REQUIRED},
	{"pc_inode_create", "inode_create", BIT(CREATE), 0, PC_HOOK_REQUIRED},
	{"pc_inode_mkdir", "inode_mkdir", BIT(CREATE), 0, PC_HOOK_REQUIRED},
	{"pc_inode_mknod", "inode_mknod", BIT(CREATE) | BIT(RAW_IO), 0, PC_HOOK_REQUIRED},
	{"pc_symlink", "inode_symlink", BIT(CREATE), 0, PC_HOOK_REQUIRED},
	{"pc_inode_link", "inode_link", BITS_NAMED, 0, PC_HOOK_REQUIRED},
	{"pc_inode_unlink", "inode_unlink", BITS_NAMED, 0, PC_HOOK_REQUIRED},
	{"pc_inode_rmdir", "inode_rmdir", BIT(DELETE), 0, PC_HOOK_REQUIRED},
	{"pc_setattr", "inode_setattr", BIT(TRUNCATE) | BIT(CHMOD) | BIT(CHOWN) | BIT(SETATTR), 0,
	 PC_HOOK_REQUIRED},
	{"pc_setxattr", "inode_setxattr", BIT(SETATTR), 0, PC_HOOK_REQUIRED},
	{"pc_removexattr", "inode_removexattr", BIT(SETATTR), 0, PC_HOOK_REQUIRED},
	{"pc_set_acl", "inode_set_acl", BIT(SETATTR), 0, PC_HOOK_IF_PRESENT},
	{"pc_remove_acl", "inode_remove_acl", BIT(SETATTR), 0, PC_HOOK_IF_PRESENT},
	{"pc_file_setattr", "inode_file_setattr", BIT(SETATTR), 0, PC_HOOK_IF_PRESENT},
	{"pc_file_ioctl", "file_ioctl", BIT(IOCTL) | BIT(SETATTR), 0, PC_HOOK_REQUIRED},
	{"pc_ioctl_compat", "file_ioctl_compat", BIT(IOCTL) | BIT(SETATTR), 0, PC_HOOK_IF_PRESENT},
	{"pc_file_lock", "file_lock", BIT(LOCK), 0, PC_HOOK_REQUIRED},
	{"pc_file_fcntl", "file_fcntl", BIT(WRITE) | BIT(LOCK), 0, PC_HOOK_REQUIRED},
	{"pc_sb_mount", "sb_mount", BIT(MOUNT) | BIT(REMOUNT), 0, PC_HOOK_REQUIRED},
	{"pc_kern_mount", "sb_kern_mount", BIT(MOUNT), 0, PC_HOOK_REQUIRED},
	{"pc_move_mount", "move_mount", BIT(MOUNT), 0, PC_HOOK_REQUIRED},
	{"pc_sb_remount", "sb_remount", BIT(REMOUNT), 0, PC_HOOK_REQUIRED},
	{"pc_sb_umount", "sb_umount", BIT(UMOUNT), 0, PC_HOOK_REQUIRED},
	{"pc_pivotroot", "sb_pivotroot", BIT(PIVOT_ROOT), 0, PC_HOOK_REQUIRED},
	{"pc_path_chroot", "path_chroot", BIT(CHROOT), 0, PC_HOOK_REQUIRED},
	{"pc_ptrace", "ptrace_access_check", BIT(TRACE) | BIT(READ_MEMORY), 0, PC_HOOK_REQUIRED},
	{"pc_traceme", "ptrace_traceme", BIT(TRACE), 0, PC_HOOK_REQUIRED},
};
const uint32_t pc_hook_count = PC_ARRAY_SIZE(pc_hook_table);
_Static_assert(PC_ARRAY_SIZE(pc_hook_table) <= PC_HOOKS_MAX, "room for all hooks");

bool pc_kernel_has_hook(const struct btf *btf, const struct pc_hook_info *info)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", info->presence == PC_HOOK_TRACED ? "" : "bpf_lsm_",
		 info->hook);
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) >= 0;
}

/* How many arguments an LSM hook of this kernel has. */
static uint32_t hook_arguments(const struct btf *btf, const char *hook)
{
	const struct btf_type *type;
	char name[64];
	int id;

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	return type ? btf_vlen(type) : 0;
}

/* The program for a hook: inode_setattr has got an argument more since 6.1. */
static const char *program_name(const struct btf *btf, const struct pc_hook_info *info)
{
	if (!strcmp(info->hook, "inode_setattr") && hook_arguments(btf, info->hook) == 3)
		return "pc_setattr_id";
	return info->program;
}

/* Renames may be under way that the hooks, being new, do not know of. */
#define UNDERWAY_NS 2000000000u

/* Operations that some policy of an image may deny or report. */
static uint32_t image_ops(const struct pc_image *image)
{
	uint32_t ops = 0;

	for (uint32_t i = 0; i < image->set->count; i++) {
		const struct pc_policy *policy = image->set->policies[i];

		for (int s = 0; s < PC_SECTION_COUNT; s++) {
			const struct pc_section *section = &policy->sections[s];

			if (!section->present)
				continue;
			if (section->dflt == PC_DEFAULT_DENY)
				ops |= pc_ops_of((uint32_t)s);
			for (uint32_t r = 0; r < section->count + section->implied_count; r++)
				ops |= pc_rule_denies(&section->rules[r]);
		}
	}
	return ops;
}

static bool hook_needed(const struct pc_hook_info *info, uint32_t ops, uint32_t flags, bool any)
{
	if (!info->ops && !info->flags)
		return any;
	return (info->ops & ops) || (info->flags & flags);
}

/* Opens an object that shares the maps in use and loads only the programs marked. */
static struct pc_kernel_bpf *hooks_load(struct pc_kernel *kernel, const struct btf *btf,
					const bool *wanted, struct pc_kernel_error *error)
{
	struct pc_kernel_bpf *skel = pc_kernel_bpf__open();
	struct bpf_program *program;
	struct bpf_map *map;
	int err;

	if (!skel) {
		pc_kernel_fail(error, -errno, NULL, "cannot open the BPF object: %s",
			       strerror(errno));
		return NULL;
	}
	bpf_object__for_each_program(program, skel->obj) bpf_program__set_autoload(program, false);
	for (uint32_t i = 0; i < pc_hook_count; i++) {
		if (!wanted[i])
			continue;
		program = bpf_object__find_program_by_name(skel->obj,
							   program_name(btf, &pc_hook_table[i]));
		if (program)
			bpf_program__set_autoload(program, true);
	}
	bpf_object__for_each_map(map, skel->obj)
	{
		int fd = pc_map_fd(kernel, bpf_map__name(map));

		if (!bpf_map__is_internal(map) && fd >= 0)
			bpf_map__reuse_fd(map, fd);
	}
	err = pc_fault(PC_FAULT_SWITCH_LOAD) ?: pc_kernel_bpf__load(skel);
	if (err) {
		pc_kernel_fail(error, err,
			       "see `policyctl doctor`; the kernel's log says which check",
			       "the kernel refuses a program: %s", strerror(-err));
		pc_kernel_bpf__destroy(skel);
		return NULL;
	}
	return skel;
}

#define LINK_PATH_MAX (PC_PIN_PATH_MAX + 32)

/* No dots: bpffs keeps them for itself. */
#define LINK_FRESH "_new"

static void link_path(const struct pc_kernel *kernel, uint32_t i, const char *suffix,
		      char path[LINK_PATH_MAX])
{
	snprintf(path, LINK_PATH_MAX, "%s/link_%s%s", kernel->pin_dir, pc_hook_table[i].program,
		 suffix);
}

/* Takes the place of an older build's pin in one step: at no moment is neither pinned. */
static int link_pin(const struct pc_kernel *kernel, struct bpf_link *link, uint32_t i)
{
	char path[LINK_PATH_MAX], fresh[LINK_PATH_MAX];
	int err;

	if (!kernel->pin_dir[0])
		return 0;
	link_path(kernel, i, "", path);
	link_path(kernel, i, LINK_FRESH, fresh);
	unlink(fresh);
	err = bpf_link__pin(link, fresh) ?: pc_fault(PC_FAULT_SWITCH_PIN);
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh); /* or it would stay attached */
	return err;
}

/* Another program attaching at the same time makes the kernel answer EBUSY: try again. */
static struct bpf_link *attach_patiently(const struct bpf_program *program)
{
	struct bpf_link *link = NULL;

	for (int i = 0; i < 20; i++) {
		link = bpf_program__attach(program);
		if (link || errno != EBUSY)
			break;
		usleep(10000);
	}
	return link;
}

static int hook_attach(struct pc_kernel *kernel, struct pc_kernel_bpf *skel, const struct btf *btf,
		       uint32_t i, struct pc_kernel_error *error)
{
	const struct pc_hook_info *info = &pc_hook_table[i];
	struct bpf_program *program =
		bpf_object__find_program_by_name(skel->obj, program_name(btf, info));
	struct bpf_link *link = pc_fault(PC_FAULT_SWITCH_ATTACH) ? NULL : attach_patiently(program);
	int err;

	if (!link)
		return pc_kernel_fail(error, -errno, "an LSM hook takes at most 38 programs",
				      "cannot attach to the hook %s: %s", info->hook,
				      strerror(errno));
	err = link_pin(kernel, link, i);
	if (err) {
		bpf_link__destroy(link);
		return pc_kernel_fail(error, err, NULL, "cannot pin the link of hook %s: %s",
				      info->hook, strerror(-err));
	}
	bpf_link__destroy(kernel->links[i]);
	kernel->links[i] = link;
	return 0;
}

static int hooks_set(struct pc_kernel *kernel, const bool *wanted, struct pc_kernel_error *error)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct pc_kernel_bpf *skel;
	int err = 0;

	if (!btf)
		return pc_kernel_fail(error, -errno, "the kernel needs CONFIG_DEBUG_INFO_BTF",
				      "cannot read the kernel's types");
	skel = hooks_load(kernel, btf, wanted, error);
	for (uint32_t i = 0; skel && !err && i < pc_hook_count; i++)
		if (wanted[i])
			err = hook_attach(kernel, skel, btf, i, error);
	if (!skel)
		err = error->err;
	pc_kernel_bpf__destroy(skel);
	btf__free(btf);
	return err;
}

int pc_hooks_attach(struct pc_kernel *kernel, const struct pc_image *image,
		    struct pc_kernel_error *error)
{
	struct btf *btf = btf__load_vmlinux_btf();
	uint32_t ops = image_ops(image), flags = image->tables[PC_W_FLAGS];
	bool wanted[PC_HOOKS_MAX] = {0}, any = false, fresh;
	int err = 0;

	for (uint32_t i = 0; !err && i < pc_hook_count; i++) {
		const struct pc_hook_info *info = &pc_hook_table[i];

		if (kernel->links[i] || !hook_needed(info, ops, flags, image->set->count > 0))
			continue;
		if (!btf || !pc_kernel_has_hook(btf, info)) {
			if (info->presence != PC_HOOK_IF_PRESENT)
				err = pc_kernel_fail(error, -EOPNOTSUPP, "see `policyctl doctor`",
						     "this kernel has no hook %s", info->hook);
			continue;
		}
		wanted[i] = any = true;
	}
	btf__free(btf);
	if (err || !any)
		return err;
	fresh = wanted[COUNTS_MOVES];
	if (fresh)
		kernel->control->cache_from = UINT64_MAX;
	err = hooks_set(kernel, wanted, error);
	if (fresh)
		kernel->control->cache_from = pc_boot_ns() + UNDERWAY_NS;
	return err;
}

int pc_hooks_replace(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	bool wanted[PC_HOOKS_MAX] = {0}, any = false;

	for (uint32_t i = 0; i < pc_hook_count; i++) {
		wanted[i] = kernel->links[i] != NULL;
		any |= wanted[i];
	}
	return any ? hooks_set(kernel, wanted, error) : 0;
}

static void hook_detach(struct pc_kernel *kernel, uint32_t i)
{
	char path[LINK_PATH_MAX];

	link_path(kernel, i, "", path);
	if (kernel->pin_dir[0])
		unlink(path);
	bpf_link__destroy(kernel->links[i]);
	kernel->links[i] = NULL;
}

/* While an image may come back by a deadline, its hooks stay. */
void pc_hooks_trim(struct pc_kernel *kernel, const struct pc_image *image)
{
	uint32_t ops = image_ops(image), flags = image->tables[PC_W_FLAGS];

	for (uint32_t i = 0; i < pc_hook_count; i++)
		if (kernel->links[i] &&
		    !hook_needed(&pc_hook_table[i], ops, flags, image->set->count > 0))
			hook_detach(kernel, i);
}

void pc_hooks_detach_all(struct pc_kernel *kernel)
{
	for (uint32_t i = 0; i < pc_hook_count; i++)
		if (kernel->links[i])
			hook_detach(kernel, i);
}

/* Opens the links an earlier daemon pinned. */
int pc_hooks_adopt(struct pc_kernel *kernel)
{
	char path[LINK_PATH_MAX];
	int found = 0;

	for (uint32_t i = 0; kernel->pin_dir[0] && i < pc_hook_count; i++) {
		struct bpf_link *link;

		/* Of a daemon that was killed before it took the old one's place. */
		link_path(kernel, i, LINK_FRESH, path);
		unlink(path);
		link_path(kernel, i, "", path);
		link = access(path, F_OK) ? NULL : bpf_link__open(path);
		if (!link)
			continue;
		kernel->links[i] = link;
		found++;
	}
	return found;
}

void pc_kernel_hooks(const struct pc_kernel *kernel, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (uint32_t i = 0; i < pc_hook_count && used < size; i++)
		if (kernel->links[i])
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? "," : "",
						 pc_hook_table[i].hook);
}
