/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types, as far as they are relied on: CO-RE finds the real offsets at load time. */
#ifndef KERNEL_BPF_H
#define KERNEL_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include <asm/errno.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u32 dev_t;
typedef unsigned short umode_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct seqcount {
	unsigned int sequence;
};

struct seqcount_spinlock {
	struct seqcount seqcount;
};

struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
		__u64 hash_len;
	};
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};

struct super_block {
	dev_t s_dev;
	unsigned long s_magic;
	struct dentry *s_root;
	const struct export_operations *s_export_op;
};

struct inode {
	umode_t i_mode;
	dev_t i_rdev;
	unsigned int i_nlink;
	__u32 i_generation;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct dentry {
	struct seqcount_spinlock d_seq;
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	unsigned char d_iname[32];
	struct super_block *d_sb;
};

/* From 6.14 on the inline name is a union. */
union shortname_store___new {
	unsigned char string[40];
};

struct dentry___new {
	union shortname_store___new d_shortname;
};

struct renamedata {
	struct dentry *old_dentry;
	struct dentry *new_dentry;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct path f_path;
	struct inode *f_inode;
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct iattr {
	unsigned int ia_valid;
};

typedef struct {
	__u32 val;
} kuid_t;

typedef struct {
	__u32 val;
} kgid_t;

struct group_info {
	int ngroups;
	kgid_t gid[];
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	struct group_info *group_info;
};

struct mm_struct {
	struct file *exe_file;
};

struct kernfs_node {
	const char *name;
	__u64 id;
	struct kernfs_node *parent;
};

/* From 6.15 on it is under RCU and renamed. */
struct kernfs_node___new {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct bpf_local_storage;

struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	unsigned int in_execve : 1;
	struct mm_struct *mm;
	const struct cred *cred;
	const struct cred *real_cred;
	struct css_set *cgroups;
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct nsproxy *nsproxy;
	struct bpf_local_storage *bpf_storage;
	kuid_t loginuid;
	unsigned int sessionid;
	__u64 start_time;
	__u64 start_boottime;
	char comm[16];
};

struct linux_binprm {
	struct file *file;
	struct cred *cred;
};

#pragma clang attribute pop

/* Constants of the kernel that BTF does not hold. */
#define PF_KTHREAD 0x00200000

#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
#define O_APPEND 02000
#define F_SETFL 4
#define F_SETLEASE 1024
#define FMODE_EXEC_FLAG 0x20 /* __FMODE_EXEC in f_flags: opened by execve */

#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_TYPE 0xf
#define MAP_PRIVATE 2
#define VM_WRITE 2ul
#define VM_EXEC 4ul
#define VM_SHARED 8ul

#define ATTR_MODE (1 << 0)
#define ATTR_UID (1 << 1)
#define ATTR_GID (1 << 2)
#define ATTR_SIZE (1 << 3)
#define ATTR_ATIME (1 << 4)
#define ATTR_MTIME (1 << 5)
#define ATTR_KILL_SUID (1 << 11)
#define ATTR_KILL_SGID (1 << 12)

#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000
#define S_IFSOCK 0140000

#define MS_REMOUNT 32

#define PTRACE_MODE_ATTACH 2
#define PTRACE_MODE_NOAUDIT 4

/* Numbers of the machine's memory and ports as devices, as the kernel holds them. */
#define DEV_MEM (1u << 20 | 1)
#define DEV_KMEM (1u << 20 | 2)
#define DEV_PORT (1u << 20 | 4)

#define TMPFS_MAGIC 0x01021994
#define HUGETLBFS_MAGIC 0x958458f6
#define PROC_SUPER_MAGIC 0x9fa0
#define NSFS_MAGIC 0x6e736673
#define PIDFS_MAGIC 0x50494446

/* ioctls that set a file's flags: the same numbers on every 64-bit machine, and their 32-bit form
 */
#define FS_IOC_SETFLAGS 0x40086602u
#define FS_IOC32_SETFLAGS 0x40046602u
#define FS_IOC_FSSETXATTR 0x401c5820u

/*
 * What f_mode says of a file under another one, from 6.5 on (before, nothing used that bit). 6.14
 * moved it, and took its place for files that fanotify does not watch, memfds among them. Only
 * fields of types that every kernel has are asked for: for others libbpf looks through the modules,
 * which CAP_BPF does not allow on 6.1.
 */
static inline __attribute__((always_inline)) __u32 fmode_backing(void)
{
	return bpf_core_field_exists(((struct dentry___new *)0)->d_shortname) ? 1u << 24 : 1u << 25;
}

static inline __attribute__((always_inline)) struct kernfs_node *kernfs_parent(
	struct kernfs_node *kn)
{
	struct kernfs_node___new *renamed = (void *)kn;

	if (bpf_core_field_exists(kn->parent))
		return kn->parent;
	return renamed->__parent;
}

#endif
