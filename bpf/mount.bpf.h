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
 */
#ifndef MOUNT_BPF_H
#define MOUNT_BPF_H

#include "plain.bpf.h"

SEC("lsm/sb_mount")
int BPF_PROG(pc_sb_mount, const char *source, const struct path *path, const char *type,
	     unsigned long flags, void *data, int ret)
{
	return ret ?: check_plain(flags & MS_REMOUNT ? OP(REMOUNT) : OP(MOUNT), PC_HOOK_sb_mount);
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(pc_kern_mount, const struct super_block *sb, int ret)
{
	return ret ?: check_plain(OP(MOUNT), PC_HOOK_sb_kern_mount);
}

SEC("lsm/move_mount")
int BPF_PROG(pc_move_mount, const struct path *from, const struct path *to, int ret)
{
	return ret ?: check_plain(OP(MOUNT), PC_HOOK_move_mount);
}

SEC("lsm/sb_remount")
int BPF_PROG(pc_sb_remount, struct super_block *sb, void *options, int ret)
{
	return ret ?: check_plain(OP(REMOUNT), PC_HOOK_sb_remount);
}

SEC("lsm/sb_umount")
int BPF_PROG(pc_sb_umount, struct vfsmount *mount, int flags, int ret)
{
	return ret ?: check_plain(OP(UMOUNT), PC_HOOK_sb_umount);
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(pc_pivotroot, const struct path *old, const struct path *new, int ret)
{
	return ret ?: check_plain(OP(PIVOT_ROOT), PC_HOOK_sb_pivotroot);
}

SEC("lsm/path_chroot")
int BPF_PROG(pc_path_chroot, const struct path *path, int ret)
{
	return ret ?: check_plain(OP(CHROOT), PC_HOOK_path_chroot);
}

#endif
