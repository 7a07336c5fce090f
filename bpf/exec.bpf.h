/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of the exec family.
 *
 *   bprm_creds_for_exec   begins an exec
 *   bprm_check_security   run for the file asked for, interpret for each `#!` interpreter;
 *                         notes whose subject the file is
 *   bprm_committed_creds  the new label takes effect, where exec cannot fail any more
 *   mmap_file             map; interpret while execve maps the ELF interpreter; write for a shared
 *                         writable mapping
 *   file_mprotect         the same where a mapping changes its protection
 */
#ifndef EXEC_BPF_H
#define EXEC_BPF_H

#include "file.bpf.h"

SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(pc_bprm_creds, struct linux_binprm *bprm, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_task *t;

	if (ret || !task->bpf_storage)
		return ret;
	t = stored(task);
	if (!t)
		return -EACCES;
	t->exec_level = 0;
	__builtin_memset(t->exec_lists, 0, sizeof(t->exec_lists));
	return 0;
}

/* The short answer, where no subject asks for an executable and so nothing is to be noted of it. */
static __always_inline bool exec_is_allowed(struct pc_control *control, __u64 word,
					    struct task_struct *task, struct pc_task *t,
					    struct file *file, const struct ask *ask)
{
	if (!t || ask->note_only || image_asks(control, word, PC_IMAGE_BY_EXE) ||
	    fast_answer(control, task, file->f_path.dentry, file->f_inode, ask->ops, false) !=
		    FAST_ALLOWED)
		return false;
	t->exec_level++;
	return true;
}

SEC("lsm/bprm_check_security")
int BPF_PROG(pc_bprm_check, struct linux_binprm *bprm, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	struct file *file = bprm->file;
	struct ask ask = {
		.kind = ASK_EXEC,
		.ops = OP(RUN),
		.hook = PC_HOOK_bprm_check_security,
		.present = true,
	};
	struct pc_task *t;
	__u64 word;

	if (ret || !control)
		return ret;
	word = control->word;
	if (!image_asks(control, word, PC_IMAGE_BY_EXE) &&
	    (!(word & PC_CONTROL_ON) || task_is_free(control, word, task)))
		return 0;
	ask.note_only = !(word & PC_CONTROL_ON) || is_enforcer(control, task);
	t = stored(task);
	if (!t && task->bpf_storage)
		return -EACCES;
	if (t && t->exec_level)
		ask.ops = OP(INTERPRET);
	if (exec_is_allowed(control, word, task, t, file, &ask))
		return 0;
	return work_do(file->f_path.dentry, file->f_inode, &ask);
}

/*
 * Past the point where exec can fail: what cannot be labelled is killed. A set-uid program changes
 * credentials without passing task_fix_setuid, so by-id subjects are looked at here for everybody.
 */
SEC("lsm/bprm_committed_creds")
int BPF_PROG(pc_bprm_done, struct linux_binprm *bprm)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	struct pc_task *t;
	__u64 word;

	if (!control)
		return 0;
	word = control->word;
	if (!(word & PC_CONTROL_LIVE) ||
	    (!image_asks(control, word, PC_IMAGE_BY_ID) && task_is_free(control, word, task)))
		return 0;
	if (label_do(task->cred, RENEW_EXEC))
		bpf_send_signal(9);
	t = stored(task);
	if (t)
		t->exec_level = 0;
	return 0;
}

/* What mapping a file with this protection does to it. */
static __always_inline __u32 map_ops(struct task_struct *task, struct file *file,
				     unsigned long prot, bool shared)
{
	__u32 ops = 0;

	if (prot & PROT_EXEC) {
		if (!bpf_core_field_exists(task->in_execve) ||
		    !BPF_CORE_READ_BITFIELD(task, in_execve))
			ops = OP(MAP);
		else if (task->mm && task->mm->exe_file != file)
			ops = OP(INTERPRET);
	}
	/* Whatever O_APPEND says: memory is written anywhere. */
	if (shared && (prot & PROT_WRITE))
		ops = OPS(ops, OP(WRITE));
	return ops;
}

SEC("lsm/mmap_file")
int BPF_PROG(pc_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot,
	     unsigned long flags, int ret)
{
	__u32 ops;

	if (ret || !file || nobody_asks())
		return ret;
	ops = map_ops(bpf_get_current_task_btf(), file, prot,
		      (flags & MAP_TYPE) != MAP_PRIVATE && (file->f_mode & FMODE_WRITE));
	return ops ? check_file(file, ops, PC_HOOK_mmap_file) : 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(pc_mprotect, struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot,
	     int ret)
{
	struct file *file = vma->vm_file;
	__u32 ops;

	if (ret || !file || nobody_asks())
		return ret;
	prot &= ~(vma->vm_flags & (VM_WRITE | VM_EXEC)); /* same bits as PROT_*: only what is new */
	ops = map_ops(bpf_get_current_task_btf(), file, prot, vma->vm_flags & VM_SHARED);
	return ops ? check_file(file, ops, PC_HOOK_file_mprotect) : 0;
}

#endif
