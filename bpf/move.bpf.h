/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moves: what a rename or link would take out of a rule's reach. Both names are compared under one
 * image: as single names or, of a directory, by what the automaton says of all that is below.
 */
#ifndef MOVE_BPF_H
#define MOVE_BPF_H

#include "check.bpf.h"

static __always_inline __u32 move_kind(const struct work *w, struct inode *inode)
{
	const __u32 *from = w->c.below, *to = w->to.below;

	if (!inode || (inode->i_mode & S_IFMT) != S_IFDIR)
		return PC_MOVE_NAME;
	if (w->c.found == NAME_FOUND && w->to.found == NAME_FOUND &&
	    !((from[0] ^ to[0]) | (from[1] ^ to[1]) | (from[2] ^ to[2]) | (from[3] ^ to[3])))
		return PC_MOVE_NAME;
	return PC_MOVE_TREE;
}

/* Names both ends, then decides on the old one. */
static long move_step(__u32 i, void *context)
{
	struct hook *h = context;
	struct work *w = work_of(h->scratch);
	struct pc_task *t = NULL;

	w->c.kept = 0;
	if (!w->reporting) {
		if (!step_begin(h->scratch, &t))
			return w->done ? 1 : 0;
		name_walk(&w->c, h->to, false);
		end_keep(w);
	}
	name_walk(&w->c, h->dentry, true);
	if ((AGAIN(w->c.found) == PC_REASON_RACE || AGAIN(w->to.found) == PC_REASON_RACE) &&
	    w->races++ < RACES_MAX)
		return 0;
	if (AGAIN(w->reporting)) {
		pc_report_end(h->scratch);
		return 1;
	}
	w->moves = move_kind(w, h->dentry->d_inode);
	if (w->to.found != NAME_FOUND)
		w->c.found = w->to.found;
	return step_judge(h, t);
}

/* May the current task move a name, which exists, to another? Its own operation was allowed. */
static __always_inline int check_move(struct dentry *from, struct dentry *to, __u32 hook)
{
	struct ask ask = {.kind = ASK_MOVE, .ops = OP(MOVE), .hook = hook};
	struct hook h = {.dentry = from, .to = to};

	if (nobody_asks() || is_enforcer(control_get(), bpf_get_current_task_btf()))
		return 0;
	return hook_run(&h, &ask, move_step);
}

#endif
