/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of the file family.
 *
 *   file_open          read, write, append: at open; what execve opens answers to run or interpret;
 *                      raw-io for a disk or the machine's memory
 *   file_receive       the same for a descriptor that comes over a socket
 *   inode_create, mkdir, mknod, symlink   create; mknod of a raw device: raw-io
 *   inode_link         link, on both names; move; tells the table of links
 *   inode_unlink, rmdir                   delete; tells it of the last name
 *   inode_rename       rename, on both names (and on the one that is replaced: it is the new one);
 *                      move; counts directories that move; tells it as well
 *   vfs_rename (fexit) counts that they have moved
 *   inode_setattr      truncate, chmod, chown, setattr (times)
 *   inode_setxattr, removexattr, set_acl, remove_acl, file_setattr   setattr
 *   file_ioctl         ioctl; setattr where it sets flags
 *   file_lock          lock
 *   file_fcntl         write, where O_APPEND is dropped; lock for a lease
 */
#ifndef FILE_BPF_H
#define FILE_BPF_H

#include "move.bpf.h"

/* Asks for operations on a name that exists. */
static __always_inline int check_inode(struct dentry *dentry, __u32 ops, __u32 hook)
{
	struct ask ask = {.ops = ops, .hook = hook, .present = true};
	struct inode *inode = dentry->d_inode;

	if (!inode)
		return nobody_asks() ? 0 : -EACCES; /* no such name exists */
	return check(dentry, inode, &ask);
}

/* Asks for operations on a name that is about to be made. */
static __always_inline int check_new(struct dentry *dentry, __u32 ops, __u32 hook)
{
	struct ask ask = {.ops = ops, .hook = hook};

	return check(dentry, NULL, &ask);
}

/*
 * A file under another one (overlayfs opens it with its own credentials while the caller is
 * current) was decided on when the one above was opened.
 */
static __always_inline bool is_backing(struct file *file)
{
	return (file->f_mode & fmode_backing()) || file->f_path.dentry->d_sb != file->f_inode->i_sb;
}

static __always_inline int check_file(struct file *file, __u32 ops, __u32 hook)
{
	struct ask ask = {.ops = ops, .hook = hook, .present = true};
	struct pc_control *control = asked_about(bpf_get_current_task_btf());

	if (!control || is_backing(file))
		return 0;
	return check_asked(control, file->f_path.dentry, file->f_inode, &ask);
}

/* A disk, or the machine's memory: all that files hold, without their names. */
static __always_inline bool is_raw(umode_t mode, dev_t device)
{
	if ((mode & S_IFMT) == S_IFCHR)
		return device == DEV_MEM || device == DEV_KMEM || device == DEV_PORT;
	return (mode & S_IFMT) == S_IFBLK;
}

static __always_inline __u32 mode_ops(struct file *file)
{
	__u32 mode = file->f_mode, ops = 0;
	struct inode *inode = file->f_inode;

	if (mode & FMODE_READ)
		ops = OP(READ);
	if (mode & FMODE_WRITE)
		ops = OPS(ops, file->f_flags & O_APPEND ? OP(APPEND) : OP(WRITE));
	/* Also where it is opened for neither: an ioctl reads a disk. */
	if (is_raw(inode->i_mode, inode->i_rdev))
		ops = OPS(ops, OP(RAW_IO));
	return ops;
}

SEC("lsm/file_open")
int BPF_PROG(pc_file_open, struct file *file, int ret)
{
	struct ask ask = {.hook = PC_HOOK_file_open, .present = true};
	struct pc_control *control;

	if (ret)
		return ret;
	control = asked_about(bpf_get_current_task_btf());
	if (!control)
		return 0;
	ask.ops = mode_ops(file);
	if (file->f_flags & FMODE_EXEC_FLAG) {
		/* Which of the two it needs is known later: bprm_check_security and mmap_file. */
		ask.ops = OPS(OP(RUN), OP(INTERPRET)); /* the last is asked first */
		ask.any = true;
	}
	if (!ask.ops || is_backing(file))
		return 0;
	return check_asked(control, file->f_path.dentry, file->f_inode, &ask);
}

SEC("lsm/file_receive")
int BPF_PROG(pc_file_receive, struct file *file, int ret)
{
	return ret ?: check_file(file, mode_ops(file), PC_HOOK_file_receive);
}

SEC("lsm/inode_create")
int BPF_PROG(pc_inode_create, struct inode *dir, struct dentry *dentry, umode_t mode, int ret)
{
	return ret ?: check_new(dentry, OP(CREATE), PC_HOOK_inode_create);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(pc_inode_mkdir, struct inode *dir, struct dentry *dentry, umode_t mode, int ret)
{
	return ret ?: check_new(dentry, OP(CREATE), PC_HOOK_inode_mkdir);
}

SEC("lsm/inode_mknod")
int BPF_PROG(pc_inode_mknod, struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev,
	     int ret)
{
	__u32 ops = OP(CREATE);

	if (is_raw(mode, dev))
		ops = OPS(ops, OP(RAW_IO));
	return ret ?: check_new(dentry, ops, PC_HOOK_inode_mknod);
}

SEC("lsm/inode_symlink")
int BPF_PROG(pc_symlink, struct inode *dir, struct dentry *dentry, const char *old, int ret)
{
	return ret ?: check_new(dentry, OP(CREATE), PC_HOOK_inode_symlink);
}

/* Constant questions stand in read-only data: both of a hook would not fit its stack on 6.1. */
static const struct ask link_old = {
	.ops = OP(LINK),
	.hook = PC_HOOK_inode_link,
	.present = true,
};
static const struct ask link_new = {
	.ops = OP(LINK),
	.hook = PC_HOOK_inode_link,
	.event_flags = PC_EVENT_NEW_NAME,
};
static const struct ask rename_old = {
	.ops = OP(RENAME),
	.hook = PC_HOOK_inode_rename,
	.present = true,
};
static const struct ask rename_new = {
	.ops = OP(RENAME),
	.hook = PC_HOOK_inode_rename,
	.event_flags = PC_EVENT_NEW_NAME,
};

SEC("lsm/inode_link")
int BPF_PROG(pc_inode_link, struct dentry *old, struct inode *dir, struct dentry *new, int ret)
{
	int err = ret ?: check(old, old->d_inode, &link_old) ?: check(new, NULL, &link_new) ?:
			check_move(old, new, PC_HOOK_inode_link);

	if (!err)
		link_begin(old, new);
	return err;
}

SEC("lsm/inode_unlink")
int BPF_PROG(pc_inode_unlink, struct inode *dir, struct dentry *dentry, int ret)
{
	int err = ret ?: check_inode(dentry, OP(DELETE), PC_HOOK_inode_unlink);

	if (!err)
		name_ends(dentry, 1);
	return err;
}

SEC("lsm/inode_rmdir")
int BPF_PROG(pc_inode_rmdir, struct inode *dir, struct dentry *dentry, int ret)
{
	return ret ?: check_inode(dentry, OP(DELETE), PC_HOOK_inode_rmdir);
}

SEC("lsm/inode_rename")
int BPF_PROG(pc_inode_rename, struct inode *old_dir, struct dentry *old, struct inode *new_dir,
	     struct dentry *new, int ret)
{
	int err = ret ?: check(old, old->d_inode, &rename_old) ?: check(new, NULL, &rename_new) ?:
			check_move(old, new, PC_HOOK_inode_rename);

	if (err)
		return err;
	move_begin(old);
	rename_begin(old, new);
	return 0;
}

SEC("fexit/vfs_rename")
int BPF_PROG(pc_rename_done, struct renamedata *rename)
{
	move_end(rename->old_dentry);
	name_ends(rename->new_dentry, 0); /* the file that it was the last name of */
	return 0;
}

/* A size, a mode or an owner is what is asked for; times alone are setattr. */
static __always_inline __u32 attr_ops(__u32 valid)
{
	__u32 ops = 0;

	if (valid & ATTR_SIZE)
		ops = OPS(ops, OP(TRUNCATE));
	if (valid & (ATTR_UID | ATTR_GID))
		ops = OPS(ops, OP(CHOWN));
	/* With a kill bit the kernel drops setuid by itself, after a write or a chown. */
	if ((valid & ATTR_MODE) && !(valid & (ATTR_KILL_SUID | ATTR_KILL_SGID)))
		ops = OPS(ops, OP(CHMOD));
	if (!(valid & (ATTR_SIZE | ATTR_UID | ATTR_GID | ATTR_MODE)) &&
	    (valid & (ATTR_ATIME | ATTR_MTIME)))
		ops = OPS(ops, OP(SETATTR));
	return ops;
}

static __always_inline int setattr(struct dentry *dentry, struct iattr *attr)
{
	__u32 ops = attr_ops(attr->ia_valid);

	return ops ? check_inode(dentry, ops, PC_HOOK_inode_setattr) : 0;
}

/* The loader takes the one that fits this kernel's arguments. */
SEC("?lsm/inode_setattr")
int BPF_PROG(pc_setattr, struct dentry *dentry, struct iattr *attr)
{
	return setattr(dentry, attr);
}

SEC("?lsm/inode_setattr")
int BPF_PROG(pc_setattr_id, void *idmap, struct dentry *dentry, struct iattr *attr)
{
	return setattr(dentry, attr);
}

#define SETATTR_HOOK(hook, program)                                                                \
	SEC("lsm/" #hook)                                                                          \
	int BPF_PROG(program, void *idmap, struct dentry *dentry)                                  \
	{                                                                                          \
		return check_inode(dentry, OP(SETATTR), PC_HOOK_##hook);                           \
	}

SETATTR_HOOK(inode_setxattr, pc_setxattr)
SETATTR_HOOK(inode_removexattr, pc_removexattr)
SETATTR_HOOK(inode_set_acl, pc_set_acl)
SETATTR_HOOK(inode_remove_acl, pc_remove_acl)

SEC("lsm/inode_file_setattr")
int BPF_PROG(pc_file_setattr, struct dentry *dentry, void *attributes, int ret)
{
	return ret ?: check_inode(dentry, OP(SETATTR), PC_HOOK_inode_file_setattr);
}

static __always_inline __u32 ioctl_ops(unsigned int cmd)
{
	if (cmd == FS_IOC_SETFLAGS || cmd == FS_IOC32_SETFLAGS || cmd == FS_IOC_FSSETXATTR)
		return OP(SETATTR);
	return OP(IOCTL);
}

SEC("lsm/file_ioctl")
int BPF_PROG(pc_file_ioctl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ?: check_file(file, ioctl_ops(cmd), PC_HOOK_file_ioctl);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(pc_ioctl_compat, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	return ret ?: check_file(file, ioctl_ops(cmd), PC_HOOK_file_ioctl_compat);
}

SEC("lsm/file_lock")
int BPF_PROG(pc_file_lock, struct file *file, unsigned int cmd, int ret)
{
	return ret ?: check_file(file, OP(LOCK), PC_HOOK_file_lock);
}

SEC("lsm/file_fcntl")
int BPF_PROG(pc_file_fcntl, struct file *file, unsigned int cmd, unsigned long arg, int ret)
{
	if (ret)
		return ret;
	if (cmd == F_SETLEASE)
		return check_file(file, OP(LOCK), PC_HOOK_file_fcntl);
	if (cmd == F_SETFL && (file->f_flags & O_APPEND) && !(arg & O_APPEND))
		return check_file(file, OP(WRITE), PC_HOOK_file_fcntl);
	return 0;
}

#endif
