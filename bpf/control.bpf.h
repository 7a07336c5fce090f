/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs user space calls: the switch, the table of links, and the probe. */
#ifndef CONTROL_BPF_H
#define CONTROL_BPF_H

#include "links.bpf.h"

/* Changes the control word if it is still what the caller saw. */
SEC("syscall")
int pc_switch_word(struct pc_switch *args)
{
	struct pc_control *control = control_get();

	if (!control)
		return -ENOENT;
	args->result = __sync_val_compare_and_swap(&control->word, args->expected, args->desired) ==
				       args->expected
			       ? 0
			       : -EAGAIN;
	return 0;
}

/* Adds what a walk has found of a file. */
SEC("syscall")
int pc_link_put(struct pc_link_put *args)
{
	struct pc_link_key key = args->key;
	__u32 slot = args->slot, count = args->names.count;
	struct pc_class class;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < PC_LINK_CLASSES; i++) {
		class = args->names.class[i];
		if (i < count)
			link_add(slot, &key, &class);
	}
	return 0;
}

/* The caller is the enforcer from now on: its thread group is not confined. */
SEC("syscall")
int pc_enroll(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();

	if (!control)
		return -ENOENT;
	control->enforcer_start = task->group_leader->start_time;
	control->enforcer_tgid = task->tgid;
	return 0;
}

/* Thread group that pc_probe_open denies everything: a child of `doctor`. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __s32);
} pc_probe SEC(".maps");

SEC("?lsm/file_open")
int BPF_PROG(pc_probe_open, struct file *file, int ret)
{
	__u32 zero = 0;
	__s32 *tgid = bpf_map_lookup_elem(&pc_probe, &zero);

	if (ret || !tgid || !*tgid || *tgid != (__s32)(bpf_get_current_pid_tgid() >> 32))
		return ret;
	return -EUCLEAN;
}

#endif
