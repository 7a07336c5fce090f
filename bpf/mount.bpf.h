/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of the mount family: what puts files under other names, for a subject that may.
 *
 *   sb_mount        mount (a bind mount, a move, a change of propagation); remount with MS_REMOUNT
 *   sb_kern_mount   mount: a file system that fsconfig makes; fsmount gives a descriptor of it
 *   move_mount      mount: what fsmount or open_tree made is put into the tree
 *   sb_remount      remount: the options of a file system, by whichever call
 *   sb_umount       umount
 *   sb_pivotroot    pivot-root
 *   path_chroot     chroot
 *
 * Each but the last asks tamper, too, of a place that is guarded, where the host or the daemon sees
 * what is mounted there.
 */
#ifndef MOUNT_BPF_H
#define MOUNT_BPF_H

#include "guard.bpf.h"

/* Does it change one mount, and nothing of what others see? Flags count in the kernel's order. */
static __always_inline bool is_of_one(unsigned long flags)
{
	if (flags & MS_REMOUNT)
		return flags & MS_BIND;
	return !(flags & MS_BIND) && (flags & MS_PROPAGATION);
}

/* A file system's options are everybody's; what a move uncovers is told by a path alone. */
static __always_inline int guard_mount(const struct path *path, unsigned long flags)
{
	bool all = (flags & MS_REMOUNT) && !(flags & MS_BIND);

	if (is_of_one(flags) ? !among_mounts() : !all && !is_seen(path->mnt))
		return 0;
	if (flags & MS_MOVE)
		return check_plain(OP(TAMPER), PC_HOOK_sb_mount);
	return check_place(path->dentry, PC_HOOK_sb_mount);
}

SEC("lsm/sb_mount")
int BPF_PROG(pc_sb_mount, const char *source, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	return ret ?: check_plain(flags & MS_REMOUNT ? OP(REMOUNT) : OP(MOUNT), PC_HOOK_sb_mount) ?:
			guard_mount(path, flags);
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(pc_kern_mount, const struct super_block *sb, int ret)
{
	return ret ?: check_plain(OP(MOUNT), PC_HOOK_sb_kern_mount);
}

static __always_inline int guard_move(const struct path *from, const struct path *to)
{
	int err = is_seen(to->mnt) ? check_place(to->dentry, PC_HOOK_move_mount) : 0;

	if (err || is_detached(from->mnt) || !is_seen_going(from->mnt))
		return err;
	return check_place(from->dentry, PC_HOOK_move_mount);
}

SEC("lsm/move_mount")
int BPF_PROG(pc_move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ?: check_plain(OP(MOUNT), PC_HOOK_move_mount) ?: guard_move(from, to);
}

SEC("lsm/sb_remount")
int BPF_PROG(pc_sb_remount, struct super_block *sb, void *options, int ret)
{
	return ret ?: check_plain(OP(REMOUNT), PC_HOOK_sb_remount) ?:
			check_place(sb->s_root, PC_HOOK_sb_remount);
}

SEC("lsm/sb_umount")
int BPF_PROG(pc_sb_umount, struct vfsmount *mount, int flags, int ret)
{
	ret = ret ?: check_plain(OP(UMOUNT), PC_HOOK_sb_umount);
	if (ret || nobody_asks())
		return ret;
	if ((flags & MNT_DETACH) && takes_along(mount))
		return check_plain(OP(TAMPER), PC_HOOK_sb_umount);
	if (!is_seen_going(mount))
		return 0;
	return check_place(mount->mnt_root, PC_HOOK_sb_umount);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(pc_pivotroot, const struct path *old, const struct path *new, int ret)
{
	ret = ret ?: check_plain(OP(PIVOT_ROOT), PC_HOOK_sb_pivotroot);
	if (ret || !among_mounts())
		return ret;
	return check_plain(OP(TAMPER), PC_HOOK_sb_pivotroot);
}

SEC("lsm/path_chroot")
int BPF_PROG(pc_path_chroot, const struct path *path, int ret)
{
	return ret ?: check_plain(OP(CHROOT), PC_HOOK_path_chroot);
}

#endif
