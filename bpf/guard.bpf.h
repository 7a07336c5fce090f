/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of the guard family: who may get at the enforcer asks `tamper`.
 *
 *   task_kill            a signal to the daemon, but not signal 0
 *   file_send_sigiotask  a signal because of a descriptor: nobody's reaches the daemon
 *   task_setrlimit, setnice, setioprio, setscheduler   what the daemon has to run with
 *   unix_stream_connect  the daemon's socket
 *   bpf                  links by id, detached or changed: no hook sees which
 *   bpf_map, bpf_prog    a descriptor of a map or program of ours; the daemon's own become ours
 *
 * Elsewhere: ptrace_access_check (process.bpf.h) of the daemon (moving its memory, too), and what
 * is mounted at, above or below a guarded name (mount.bpf.h). Guarded files are rules:
 * lib/guarded.c.
 */
#ifndef GUARD_BPF_H
#define GUARD_BPF_H

#include "plain.bpf.h"

/* ---- the daemon ----------------------------------------------------------------------------- */

static __always_inline int check_daemon(struct task_struct *task, __u32 hook, bool quiet)
{
	struct ask ask = {.ops = OP(TAMPER), .hook = hook, .quiet = quiet};

	return is_enforcer(control_get(), task) ? check_plain_ask(&ask) : 0;
}

SEC("lsm/task_kill")
int BPF_PROG(pc_task_kill, struct task_struct *task, void *info, int signal,
	     const struct cred *cred, int ret)
{
	if (ret || !signal)
		return ret;
	return check_daemon(task, PC_HOOK_task_kill, false);
}

/* Who has it sent is not told: the current task only writes somewhere, or was interrupted. The
 * daemon asks for no such signal. */
SEC("lsm/file_send_sigiotask")
int BPF_PROG(pc_sigiotask, struct task_struct *task, void *owner, int signal, int ret)
{
	struct pc_control *control = control_get();

	if (ret || !is_enforcer(control, task))
		return ret;
	return *(volatile __u64 *)&control->word & PC_CONTROL_ON ? -EPERM : 0;
}

SEC("lsm/task_setrlimit")
int BPF_PROG(pc_setrlimit, struct task_struct *task, unsigned int resource, void *limit, int ret)
{
	return ret ?: check_daemon(task, PC_HOOK_task_setrlimit, false);
}

SEC("lsm/task_setnice")
int BPF_PROG(pc_setnice, struct task_struct *task, int nice, int ret)
{
	return ret ?: check_daemon(task, PC_HOOK_task_setnice, false);
}

SEC("lsm/task_setioprio")
int BPF_PROG(pc_setioprio, struct task_struct *task, int priority, int ret)
{
	return ret ?: check_daemon(task, PC_HOOK_task_setioprio, false);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(pc_setscheduler, struct task_struct *task, int ret)
{
	return ret ?: check_daemon(task, PC_HOOK_task_setscheduler, false);
}

/* Who listens is whom the kernel names as the peer to those who connect. */
SEC("lsm/unix_stream_connect")
int BPF_PROG(pc_unix_connect, struct sock *sock, struct sock *other, struct sock *new, int ret)
{
	struct pid *listener = other->sk_peer_pid;
	struct pc_control *control = control_get();

	if (ret || !control || !control->enforcer_tgid || !listener ||
	    (__u32)listener->numbers[0].nr != control->enforcer_tgid)
		return ret;
	return check_plain(OP(TAMPER), PC_HOOK_unix_stream_connect);
}

/* ---- maps, programs, links ------------------------------------------------------------------- */

/* An argument more from 7.2 on: nothing behind the first is looked at. */
SEC("lsm/bpf")
int BPF_PROG(pc_bpf, int command)
{
	if (command != BPF_LINK_DETACH && command != BPF_LINK_UPDATE &&
	    command != BPF_LINK_GET_FD_BY_ID)
		return 0;
	return check_plain(OP(TAMPER), PC_HOOK_bpf);
}

/* The kernel gives an id before it asks about the descriptor, but a name before that. */
static __always_inline bool is_named_ours(const char *name)
{
	return name[0] == 'p' && name[1] == 'c' && name[2] == '_';
}

/* What the daemon makes is ours by its id; until the hook has enrolled that, by its name. */
static __always_inline int check_own(__u32 kind, __u32 id, const char *name, __u32 hook)
{
	struct pc_own_key key = {.kind = kind, .id = id};
	__u32 one = 1;

	if (is_enforcer(control_get(), bpf_get_current_task_btf()))
		return bpf_map_update_elem(&pc_own, &key, &one, BPF_ANY) ? -ENOMEM : 0;
	if (!is_named_ours(name) && !bpf_map_lookup_elem(&pc_own, &key))
		return 0;
	return check_plain(OP(TAMPER), hook);
}

SEC("lsm/bpf_map")
int BPF_PROG(pc_bpf_map, struct bpf_map *map, unsigned int mode, int ret)
{
	return ret ?: check_own(PC_OWN_MAP, map->id, map->name, PC_HOOK_bpf_map);
}

SEC("lsm/bpf_prog")
int BPF_PROG(pc_bpf_prog, struct bpf_prog *program, int ret)
{
	return ret ?: check_own(PC_OWN_PROGRAM, program->aux->id, program->aux->name,
				PC_HOOK_bpf_prog);
}

/* ---- what is mounted where --------------------------------------------------------------------
 */

/* Names the place, then decides. */
static long place_step(__u32 i, void *context)
{
	struct hook *h = context;
	struct work *w = work_of(h->scratch);
	struct pc_task *t = NULL;

	w->c.kept = 0;
	if (!w->reporting && !step_begin(h->scratch, &t))
		return w->done ? 1 : 0;
	name_walk(&w->c, h->dentry, true);
	if (AGAIN(w->c.found) == PC_REASON_RACE && w->races++ < RACES_MAX)
		return 0;
	if (AGAIN(w->reporting)) {
		pc_report_end(h->scratch);
		return 1;
	}
	if (AGAIN(w->c.found) == NAME_NO_FILE) {
		w->done = 1;
		return 1;
	}
	return step_judge(h, t);
}

/* May the current task change what is mounted at a name? Asked only where a rule guards it. */
static __always_inline int check_place(struct dentry *dentry, __u32 hook)
{
	struct ask ask = {.kind = ASK_PLACE, .ops = OP(TAMPER), .hook = hook, .present = true};
	struct hook h = {.dentry = dentry};

	if (nobody_asks() || is_enforcer(control_get(), bpf_get_current_task_btf()))
		return 0;
	return hook_run(&h, &ask, place_step);
}

/* Is the current task where the host's mounts are, or the daemon's? */
static __always_inline bool among_mounts(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pc_control *control = control_get();
	__u32 own;

	if (!control || !control->host_mounts || !task->nsproxy)
		return true;
	own = task->nsproxy->mnt_ns->ns.inum;
	return own == control->host_mounts || own == control->own_mounts;
}

/* Do others get what is mounted on it? mount is only read from: it may be no pointer to follow. */
static __always_inline bool is_shared(const struct mount *mount)
{
	const struct mount___new *renamed = (const void *)mount;
	int flags = 0;

	if (bpf_core_field_exists(renamed->mnt_t_flags)) {
		if (bpf_core_read(&flags, sizeof(flags), &renamed->mnt_t_flags))
			return true;
		return flags & T_SHARED;
	}
	return bpf_core_read(&flags, sizeof(flags), &mount->mnt.mnt_flags) || (flags & MNT_SHARED);
}

static __always_inline const struct mount *mount_of(const struct vfsmount *mount)
{
	return (const void *)mount - bpf_core_field_offset(struct mount, mnt);
}

/* Was it never put anywhere? Then nothing is uncovered where it leaves. */
static __always_inline bool is_detached(const struct vfsmount *mount)
{
	const struct mount *own = mount_of(mount), *parent;

	return !bpf_core_read(&parent, sizeof(parent), &own->mnt_parent) && parent == own;
}

/* Is what is mounted on it mounted for the host or the daemon, too? */
static __always_inline bool is_seen(const struct vfsmount *on)
{
	return among_mounts() || is_shared(mount_of(on));
}

/* The same of what it is mounted on itself. */
static __always_inline bool is_seen_going(const struct vfsmount *mount)
{
	const struct mount *parent;

	return among_mounts() ||
	       bpf_core_read(&parent, sizeof(parent), &mount_of(mount)->mnt_parent) ||
	       is_shared(parent);
}

/* ---- what a lazy umount takes along ------------------------------------------------------------
 */

#define TREE_STEPS 4096

/* All is only read: the lists may change meanwhile. */
struct tree_walk {
	const struct mount *root, *at;
	__u32 back;  /* what is below `at` was seen */
	__u32 alone; /* all was seen, and what has mounts on it is shared with nobody */
};

static __always_inline const struct mount *child_of(const struct list_head *entry)
{
	return (const void *)entry - bpf_core_field_offset(struct mount, mnt_child);
}

static __always_inline const struct list_head *children_of(const struct mount *mount)
{
	return (const void *)mount + bpf_core_field_offset(struct mount, mnt_mounts);
}

/* One mount down, aside or up. */
static long tree_step(__u32 i, void *context)
{
	struct tree_walk *walk = context;
	const struct mount *at = walk->at, *parent;
	const struct list_head *next;

	if (!walk->back) {
		if (bpf_core_read(&next, sizeof(next), &at->mnt_mounts.next))
			return 1;
		walk->back = next == children_of(at);
		if (!walk->back && is_shared(at))
			return 1;
		if (!walk->back)
			walk->at = child_of(next);
		return 0;
	}
	walk->alone = at == walk->root;
	if (walk->alone || bpf_core_read(&next, sizeof(next), &at->mnt_child.next) ||
	    bpf_core_read(&parent, sizeof(parent), &at->mnt_parent))
		return 1;
	walk->back = next == children_of(parent);
	walk->at = walk->back ? parent : child_of(next);
	return 0;
}

/* Do mounts below it go, too, for the host or the daemon? Each goes by what it is mounted on. */
static __always_inline bool takes_along(const struct vfsmount *mount)
{
	const struct mount *root = mount_of(mount), *child;
	const struct list_head *first;
	struct tree_walk walk = {};

	if (bpf_core_read(&first, sizeof(first), &root->mnt_mounts.next))
		return true;
	if (first == children_of(root))
		return false;
	child = child_of(first);
	if (among_mounts() || is_shared(root) ||
	    bpf_core_read(&walk.root, sizeof(walk.root), &child->mnt_parent))
		return true;
	walk.at = child;
	bpf_loop(TREE_STEPS, tree_step, &walk, 0);
	return !walk.alone;
}

#endif
