/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The count of directories moved: what tells that all directories above a name are what they were.
 * inode_rename raises it before the rename of a directory, by whomever; at the end of vfs_rename it
 * is known that it has ended.
 *
 * LSM programs are not skipped; tracing programs may be. So a rename that was not seen to end only
 * keeps names of its row from being remembered, and one that was under way when the hooks came
 * counts when it ends.
 */
#ifndef MOVES_BPF_H
#define MOVES_BPF_H

#include "maps.bpf.h"

static __always_inline struct pc_moves *moves_of(struct pc_control *control, dev_t dev)
{
	return &control->moves[dev & (PC_MOVE_ROWS - 1)];
}

static __always_inline bool is_directory(struct inode *inode)
{
	return inode && (inode->i_mode & S_IFMT) == S_IFDIR;
}

static __always_inline struct pc_moving_key moving_key(struct super_block *sb)
{
	return (struct pc_moving_key){
		.task = (__u64)bpf_get_current_task(),
		.dev = sb->s_dev,
	};
}

/* A name is about to be renamed, and nothing forbids it. */
static __always_inline void move_begin(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_moving_key key = moving_key(sb);
	struct pc_control *control = control_get();
	struct pc_moves *moves;
	__u32 one = 1;

	if (!control || !is_directory(dentry->d_inode))
		return;
	moves = moves_of(control, sb->s_dev);
	/* Of an exchange the second one, or one whose end was missed there: it is open already. */
	if (bpf_map_update_elem(&pc_moving, &key, &one, BPF_NOEXIST) != -EEXIST)
		__sync_fetch_and_add(&moves->open, 1);
	__sync_fetch_and_add(&moves->begun, 1);
}

/* A rename has ended, in whichever way. */
static __always_inline void move_end(struct dentry *dentry)
{
	struct super_block *sb = dentry->d_sb;
	struct pc_moving_key key = moving_key(sb);
	struct pc_control *control = control_get();
	struct pc_moves *moves;

	if (!control)
		return;
	moves = moves_of(control, sb->s_dev);
	if (moves->open && !bpf_map_delete_elem(&pc_moving, &key))
		__sync_fetch_and_add(&moves->open, -1);
	else if (is_directory(dentry->d_inode))
		__sync_fetch_and_add(&moves->begun, 1);
}

#endif
