/* SPDX-License-Identifier: GPL-2.0-only */
/* Events and counters: what was decided is told here and never decided here. */
#ifndef EVENT_BPF_H
#define EVENT_BPF_H

#include "label.bpf.h"

static __always_inline void count_reason(__u32 reason)
{
	__u32 zero = 0;
	struct pc_stats *stats = bpf_map_lookup_elem(&pc_stats, &zero);

	if (stats && reason < PC_REASON_COUNT)
		__sync_fetch_and_add(&stats->reasons[reason], 1);
}

struct path_write {
	struct pc_scratch *scratch;
	__u32 at; /* in tail */
	__u32 component;
	__u32 end; /* tail must not grow beyond */
	__u32 truncated;
};

static long path_step(__u32 i, void *context)
{
	struct path_write *write = context;
	struct pc_component *component =
		&write->scratch->component[write->component & (PC_DEPTH_MAX - 1)];
	__u32 at = write->at, length = component->length;

	if (length > PC_COMPONENT_MAX + 1 || at + length > write->end ||
	    at >= 2 * PC_EVENT_PATH_MAX) {
		write->truncated = 1;
		return 1;
	}
	bpf_probe_read_kernel(&write->scratch->tail[at], length & 0x1ff, component->text);
	write->at = at + length;
	if (!write->component)
		return 1;
	write->component--;
	return 0;
}

/* Appends the collected components as a path to the event's tail; returns its length. Global: see
 * pc_run. */
__noinline int pc_path_write(struct pc_scratch *scratch, __u32 at)
{
	struct path_write write = {
		.scratch = scratch,
		.at = at,
		.end = at + PC_EVENT_PATH_MAX,
	};

	if (!scratch || !scratch->depth)
		return 0;
	write.component = scratch->depth - 1;
	bpf_loop(PC_DEPTH_MAX, path_step, &write, 0);
	if (write.truncated)
		scratch->event.flags |= PC_EVENT_TRUNCATED;
	return write.at - at;
}

static __always_inline void event_task(struct pc_event *e, struct task_struct *task)
{
	const struct cred *cred = task->cred;

	e->time = bpf_ktime_get_boot_ns();
	e->cgroup = cgroup_id_of(task);
	e->pid = task->pid;
	e->tgid = task->tgid;
	e->ppid = task->real_parent->tgid;
	e->uid = cred->uid.val;
	e->euid = cred->euid.val;
	e->gid = cred->gid.val;
	e->loginuid = task->loginuid.val;
	e->session = task->sessionid;
	e->mount_namespace = 0;
	if (task->nsproxy)
		e->mount_namespace = task->nsproxy->mnt_ns->ns.inum;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
}

/* Begins the record of one decision. It counts as reported from here on. */
static __always_inline void event_begin(struct pc_ctx *c, struct pc_control *control,
					const struct pc_verdict *v)
{
	__u64 sequence = __sync_fetch_and_add(&control->sequence, 1);
	struct pc_event *e = &scratch_of(c)->event;

	__builtin_memset(e, 0, sizeof(*e));
	event_task(e, bpf_get_current_task_btf());
	e->sequence = sequence;
	e->generation = c->generation;
	e->revision = control->slots[c->slot & (PC_SLOTS - 1)].revision;
	e->flags = c->fallback ? PC_EVENT_FALLBACK : 0;
	e->policy = v->policy;
	e->rule = v->rule;
	e->decision = v->denied ? PC_DENIED : PC_AUDITED;
	e->reason = v->reason;
	e->err = v->err;
	e->killed = v->kill;
}

/* Both paths are written: out with it. Counted as dropped where the ring is full. */
static __always_inline void event_send(struct pc_scratch *scratch)
{
	struct pc_event *e = &scratch->event;
	__u32 size = sizeof(*e) + e->exe_length + e->path_length;

	e->size = size;
	if (size > sizeof(*e) + 2 * PC_EVENT_PATH_MAX ||
	    bpf_ringbuf_output(&pc_events, e, size, BPF_RB_NO_WAKEUP))
		STAT_ADD(dropped);
}

#endif
