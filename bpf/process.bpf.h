/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of the process family.
 *
 *   task_alloc         the child inherits the label, or fork fails
 *   task_fix_setuid, setgid, setgroups   new credentials may bring new layers
 *   ptrace_access_check   trace to attach (also /proc/PID/mem, process_vm_*, pidfd_getfd);
 *                         read-memory to look (/proc/PID/maps, environ, fd, …)
 *                         tamper, either way, of the daemon
 *   ptrace_traceme        trace, of the parent that the task wants to be traced by
 */
#ifndef PROCESS_BPF_H
#define PROCESS_BPF_H

#include "exec.bpf.h"
#include "guard.bpf.h"

/* Gives the child its parent's label, which is current. Returns 0 or -ENOMEM. */
static __always_inline int label_inherit(struct pc_control *control, struct task_struct *child)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 settled = control->slots[PC_CONTROL_ACTIVE(control->word)].settled;
	struct pc_task *parent, *t;

	if (!task->bpf_storage)
		return 0; /* an empty label that need not be kept */
	parent = stored(task);
	if (!parent)
		return -ENOMEM;
	if (!parent->label.count && !parent->label.overflow && bpf_ktime_get_boot_ns() > settled)
		return 0; /* begun after the switch settled and without storage: nobody's */
	t = bpf_task_storage_get(&pc_tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!t)
		return -ENOMEM;
	t->label = parent->label;
	return 0;
}

/* Is the current task's label of an older image than the active one, or not made yet? */
static __always_inline bool label_is_behind(struct pc_control *control, __u64 word,
					    struct task_struct *task)
{
	struct pc_task *t = stored(task);

	return !t || t->label.generation != active_generation(control, word);
}

SEC("lsm/task_alloc")
int BPF_PROG(pc_task_alloc, struct task_struct *child, unsigned long flags, int ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u64 word;

	if (ret || !control)
		return ret;
	word = *(volatile __u64 *)&control->word;
	if (task_is_free(control, word, task))
		return 0;
	if (!label_holds(stored(task), active_generation(control, word), word, task) &&
	    label_do(NULL, RENEW_NOT))
		return -ENOMEM;
	return label_inherit(control, child);
}

/*
 * Adds the layers that new credentials ask for, before they take effect; and first those of the
 * present ones, if a task older than the image has not been looked at since.
 */
static __always_inline int creds_change(const struct cred *new)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u64 word;

	if (!control || (task->flags & PF_KTHREAD))
		return 0;
	word = control->word;
	if (!image_asks(control, word, PC_IMAGE_BY_ID))
		return 0;
	if (!task_is_free(control, word, task) && label_is_behind(control, word, task) &&
	    label_do(NULL, RENEW_NOT))
		return -ENOMEM;
	return label_do(new, RENEW_CREDS) ? -ENOMEM : 0;
}

SEC("lsm/task_fix_setuid")
int BPF_PROG(pc_fix_setuid, struct cred *new, const struct cred *old, int flags, int ret)
{
	return ret ?: creds_change(new);
}

SEC("lsm/task_fix_setgid")
int BPF_PROG(pc_fix_setgid, struct cred *new, const struct cred *old, int flags, int ret)
{
	return ret ?: creds_change(new);
}

SEC("lsm/task_fix_setgroups")
int BPF_PROG(pc_fix_setgroup, struct cred *new, const struct cred *old, int ret)
{
	return ret ?: creds_change(new);
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(pc_ptrace, struct task_struct *child, unsigned int mode, int ret)
{
	struct ask ask = {
		.ops = mode & PTRACE_MODE_ATTACH ? OP(TRACE) : OP(READ_MEMORY),
		.hook = PC_HOOK_ptrace_access_check,
		.quiet = !!(mode & PTRACE_MODE_NOAUDIT),
	};

	return ret ?: check_daemon(child, PC_HOOK_ptrace_access_check, ask.quiet) ?:
			check_task(child, &ask);
}

SEC("lsm/ptrace_traceme")
int BPF_PROG(pc_traceme, struct task_struct *parent, int ret)
{
	struct ask ask = {.ops = OP(TRACE), .hook = PC_HOOK_ptrace_traceme};

	return ret ?: check_by(parent, &ask);
}

#endif
