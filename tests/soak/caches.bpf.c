// SPDX-License-Identifier: GPL-2.0-only
/*
 * The production code on the maps of the enforcer that runs: in one run of a program, the answer
 * with the caches and the answer of a full walk.
 *
 *   lsm/file_open   for the tasks in soak_tasks: asks both ways, compares, counts; denies nothing
 */
#include "check.bpf.h"

#include "caches.h"

#define TRIES 4

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct soak_counts);
} soak_counts SEC(".maps");

/* Thread groups whose opens are looked at. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} soak_tasks SEC(".maps");

#define COUNT(counts, field) __sync_fetch_and_add(&(counts)->field, 1)

/* In the part of a scratch that events are made in: none is made here. */
struct soak_state {
	struct soak_answer cached, walked;
	__u64 chain;
	__u32 by_name, by_directory, fast, moved;
};

static __always_inline struct soak_state *state_of(struct pc_scratch *scratch)
{
	return (void *)scratch->tail;
}

/* ---- the two ways: all that knows of the caches ---------------------------------------------- */

static __noinline int ask_caches(struct pc_scratch *scratch, struct dentry *dentry,
				 struct inode *inode)
{
	struct soak_state *state = state_of(scratch);
	struct pc_ctx *c = &work_of(scratch)->c;

	c->whole = 0;
	c->kept = 0;
	name_begin(c, dentry);
	state->by_name = name_cached(c, dentry, inode);
	if (AGAIN(state->by_name)) {
		c->found = NAME_FOUND;
		return 0;
	}
	name_find(c, dentry, inode, true);
	state->by_directory = c->hit;
	return 0;
}

static __noinline int ask_walk(struct pc_scratch *scratch, struct dentry *dentry)
{
	struct pc_ctx *c = &work_of(scratch)->c;

	c->whole = 1;
	name_walk(c, dentry, true);
	return 0;
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Takes down what was found, and what the label is answered for it. */
static __always_inline void answer_take(struct pc_scratch *scratch, struct pc_label *label,
					struct soak_answer *answer)
{
	struct work *w = work_of(scratch);
	int err;

	AGAIN(w->ask.ops) = OP(READ);
	AGAIN(w->ask.any) = 0;
	w->moves = PC_MOVE_NOT;
	__builtin_memset(&w->v, 0, sizeof(w->v));
	answer->found = w->c.found;
	answer->class = w->c.class;
	err = pc_judge_ops(scratch, label);
	answer->failed = err && err != CHECK_REPORT;
	answer->verdict = w->v;
}

static __always_inline bool class_differs(const struct pc_class *a, const struct pc_class *b)
{
	return (a->of[0] ^ b->of[0]) | (a->of[1] ^ b->of[1]) | (a->of[2] ^ b->of[2]) |
	       (a->of[3] ^ b->of[3]);
}

static __always_inline bool verdict_differs(const struct pc_verdict *a, const struct pc_verdict *b)
{
	return (a->denied ^ b->denied) | (a->audited ^ b->audited) | (a->policy ^ b->policy) |
	       (a->rule ^ b->rule) | (a->err ^ b->err) | (a->kill ^ b->kill) |
	       (a->reason ^ b->reason);
}

/* A short answer is always an allow. */
static __always_inline bool answers_differ(const struct soak_state *state)
{
	const struct soak_answer *walked = &state->walked;

	if (AGAIN(state->fast) && (walked->verdict.denied | walked->verdict.audited))
		return true;
	return walked->found != state->cached.found ||
	       class_differs(&walked->class, &state->cached.class) ||
	       verdict_differs(&walked->verdict, &state->cached.verdict);
}

/* Global, so that the verifier looks at it by itself. */
__noinline int pc_soak_compare(struct pc_scratch *scratch, struct soak_counts *counts)
{
	struct soak_state *state;

	if (!scratch || !counts)
		return 0;
	state = state_of(scratch);
	if (answers_differ(state)) {
		COUNT(counts, different);
		counts->cached = state->cached;
		counts->walked = state->walked;
		return 0;
	}
	COUNT(counts, equal);
	if (state->walked.verdict.denied)
		COUNT(counts, denied);
	if (state->fast)
		COUNT(counts, short_answers);
	else if (state->by_name)
		COUNT(counts, names);
	else if (state->by_directory)
		COUNT(counts, directories);
	return 0;
}

struct soak_hook {
	struct pc_scratch *scratch;
	struct dentry *dentry;
	struct inode *inode;
	struct soak_counts *counts;
};

/* Did anything change since the run began that either answer rests on? */
static __always_inline bool has_moved(struct pc_scratch *scratch, struct dentry *dentry,
				      __u64 roots)
{
	struct soak_state *state = state_of(scratch);
	struct pc_control *control = control_get();
	struct pc_ctx *c = &work_of(scratch)->c;

	if (!control || (roots & 1) || *(volatile __u64 *)&control->roots != roots ||
	    state->cached.failed || state->walked.failed || state->cached.found == PC_REASON_RACE ||
	    state->walked.found == PC_REASON_RACE)
		return true;
	chain_of(c, dentry);
	return !c->chain || c->chain != state->chain ||
	       !image_same(c->slot, c->generation, c->fallback);
}

static long soak_step(__u32 i, void *context)
{
	struct soak_hook *h = context;
	struct pc_scratch *scratch = h->scratch;
	struct soak_state *state = state_of(scratch);
	struct pc_control *control = control_get();
	struct work *w = work_of(scratch);
	struct pc_task *t;

	if (!control)
		return 1;
	image_pin(&w->c, control);
	t = bpf_task_storage_get(&pc_tasks, bpf_get_current_task_btf(), 0, 0);
	if (!label_is_of(t, w->c.generation, bpf_get_current_task_btf())) {
		COUNT(h->counts, unlabelled);
		return 1;
	}
	chain_of(&w->c, h->dentry);
	state->chain = w->c.chain;
	state->fast = fast_answer(control, bpf_get_current_task_btf(), h->dentry, h->inode,
				  OP(READ), false) == FAST_ALLOWED;
	ask_caches(scratch, h->dentry, h->inode);
	answer_take(scratch, &t->label, &state->cached);
	ask_walk(scratch, h->dentry);
	answer_take(scratch, &t->label, &state->walked);
	if (has_moved(scratch, h->dentry, w->c.roots)) {
		if (!i)
			COUNT(h->counts, moved);
		if (i == TRIES - 1)
			COUNT(h->counts, restless);
		return 0;
	}
	pc_soak_compare(scratch, h->counts);
	return 1;
}

SEC("lsm/file_open")
int BPF_PROG(pc_soak_open, struct file *file, int ret)
{
	struct soak_hook h = {.dentry = file->f_path.dentry, .inode = file->f_inode};
	__u32 tgid = bpf_get_current_pid_tgid() >> 32, zero = 0;

	if (ret || !bpf_map_lookup_elem(&soak_tasks, &tgid))
		return ret;
	h.counts = bpf_map_lookup_elem(&soak_counts, &zero);
	h.scratch = work_begin();
	if (!h.scratch)
		return 0;
	if (h.counts)
		bpf_loop(TRIES, soak_step, &h, 0);
	scratch_return(h.scratch);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
