/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Labels: which policies a task carries, and when it gains more.
 *
 * A label stands in task storage and is changed only by its own task (and filled for a child before
 * the child runs). It is inherited at fork and never shrinks but for policies that are gone. A task
 * without storage is unlabelled: nobody concludes that from a NULL of the storage helper, only from
 * the task's own storage pointer.
 */
#ifndef LABEL_BPF_H
#define LABEL_BPF_H

#include "name.bpf.h"

static __always_inline __u64 cgroup_id_of(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp->kn->id;
}

/* ---- the image in force -------------------------------------------------------------------- */

/* Takes everything from one reading of the control word. */
static __always_inline void image_pin(struct pc_ctx *c, struct pc_control *control)
{
	__u64 word = *(volatile __u64 *)&control->word;
	__u32 active = PC_CONTROL_ACTIVE(word);
	struct pc_slot *slot;

	c->fallback = 0;
	if ((word & PC_CONTROL_ARMED) &&
	    bpf_ktime_get_boot_ns() >= (__u64)PC_CONTROL_DEADLINE(word) * 1000000000ull) {
		active = PC_CONTROL_FALLBACK(word);
		c->fallback = 1;
	}
	slot = &control->slots[active & (PC_SLOTS - 1)];
	c->slot = active;
	c->switches = PC_CONTROL_SWITCHES(word);
	c->roots = *(volatile __u64 *)&control->roots;
	c->generation = *(volatile __u64 *)&slot->generation;
	if (c->fallback && c->generation)
		c->generation = slot->fallback_generation;
	c->settled = slot->settled;
	c->automata = slot->automata;
	c->image_flags = slot->flags;
}

/*
 * Is a slot still what a decision took from it? The table of mounts may have changed meanwhile:
 * what was read was of one element (see struct pc_root) and right a moment ago, and nothing is kept
 * under the new version.
 */
static __always_inline bool image_same(__u32 slot_number, __u64 generation, __u32 fallback)
{
	struct pc_control *control = control_get();
	struct pc_slot *slot;
	__u64 now;

	if (!control)
		return false;
	slot = &control->slots[slot_number & (PC_SLOTS - 1)];
	now = *(volatile __u64 *)&slot->generation;
	if (now && fallback)
		now = slot->fallback_generation;
	return generation && now == generation;
}

/* The tables of a slot; words is NULL where they cannot be read. */
#define TABLES_GET(slot_number, ret_tables)                                                        \
	do {                                                                                       \
		struct pc_control *control_ = control_get();                                       \
		__u32 tier_ = PC_TIERS;                                                            \
		void *base_ = NULL;                                                                \
		__u64 mask_ = 0;                                                                   \
                                                                                                   \
		if (control_) {                                                                    \
			tier_ = control_->slots[(slot_number) & (PC_SLOTS - 1)]                    \
					.tier[PC_PART_TABLES];                                     \
			PART_GET(slot_number, PC_PART_TABLES, tier_, sizeof(__u32), base_, mask_); \
		}                                                                                  \
		(ret_tables).words = base_;                                                        \
		(ret_tables).mask = mask_;                                                         \
	} while (0)

/* Subject lists of c->class into c->lists, from PC_GAIN_* on. Global: see pc_run. */
__noinline int pc_lists(struct pc_ctx *c, __u32 at)
{
	struct pc_tables t;

	if (!c || at > PC_GAIN_LISTS - PC_AUTOMATA)
		return -ENOENT;
	TABLES_GET(c->slot, t);
	if (!t.words)
		return -ENOENT;
	pc_lists_of(&t, &c->class, &c->lists[at]);
	return 0;
}

/* Has the image in force, or one that a deadline may bring back, a kind of subjects? */
static __always_inline bool image_asks(struct pc_control *control, __u64 word, __u32 flags)
{
	return (word & PC_CONTROL_LIVE) &&
	       ((word & PC_CONTROL_ARMED) ||
		(control->slots[PC_CONTROL_ACTIVE(word)].flags & flags));
}

/* ---- cgroups nobody asks for ---------------------------------------------------------------- */

static __always_inline bool cgroup_is_free(__u64 id, __u32 switches)
{
	__u32 zero = 0;
	struct pc_free_cgroups *known = bpf_map_lookup_elem(&pc_cgroups, &zero);

	return known && known->of[id & (PC_FREE_CGROUPS - 1)] == (id << 24 | switches);
}

static __always_inline void cgroup_set_free(__u64 id, __u32 switches)
{
	__u32 zero = 0;
	struct pc_free_cgroups *known = bpf_map_lookup_elem(&pc_cgroups, &zero);

	if (known && id < (1ull << 40))
		*(volatile __u64 *)&known->of[id & (PC_FREE_CGROUPS - 1)] = id << 24 | switches;
}

/* ---- the cgroup's name ---------------------------------------------------------------------- */

struct cgroup_walk {
	struct kernfs_node *kn;
	struct pc_scratch *scratch;
	__u32 depth;
	__u32 ended;
};

static long cgroup_step(__u32 i, void *context)
{
	struct cgroup_walk *walk = context;
	struct kernfs_node *kn = walk->kn, *parent = kernfs_parent(kn);
	struct pc_component *component = &walk->scratch->component[i & (PC_DEPTH_MAX - 1)];
	long length;

	if (!parent) {
		walk->ended = 1;
		return 1;
	}
	length = bpf_probe_read_kernel_str(component->text + 1, PC_COMPONENT_MAX + 1, kn->name);
	if (length <= 1)
		return 1;
	component->text[0] = '/';
	component->length = length; /* its NUL makes up for the slash */
	walk->kn = parent;
	walk->depth = i + 1;
	return 0;
}

/*
 * Subject lists of a cgroup. False: its name cannot be read or is too deep.
 */
static __always_inline bool cgroup_lists(struct pc_ctx *c, struct pc_control *control,
					 struct kernfs_node *kn)
{
	struct cgroup_walk walk = {.kn = kn, .scratch = scratch_of(c)};

	bpf_loop(PC_DEPTH_MAX, cgroup_step, &walk, 0);
	if (!walk.ended)
		return false;
	scratch_of(c)->depth = walk.depth;
	__builtin_memcpy(c->state, control->slots[c->slot & (PC_SLOTS - 1)].cgroup_start,
			 sizeof(c->state));
	return !pc_run(scratch_of(c)) && !pc_lists(c, PC_GAIN_CGROUP);
}

/* ---- who a task is -------------------------------------------------------------------------- */

struct group_copy {
	struct group_info *info;
	struct pc_identity *who;
};

static long group_step(__u32 i, void *context)
{
	struct group_copy *copy = context;

	bpf_probe_read_kernel(&copy->who->group[i & (PC_GROUPS_MAX - 1)], sizeof(__u32),
			      (void *)copy->info + bpf_core_field_offset(copy->info->gid) +
				      i * sizeof(__u32));
	return 0;
}

static __noinline void identity_read(struct pc_identity *who, const struct cred *cred,
				     struct task_struct *task)
{
	struct group_copy copy = {.info = cred->group_info, .who = who};

	who->uid[0] = cred->uid.val;
	who->uid[1] = cred->euid.val;
	who->uid[2] = cred->suid.val;
	who->uid[3] = cred->fsuid.val;
	who->gid[0] = cred->gid.val;
	who->gid[1] = cred->egid.val;
	who->gid[2] = cred->sgid.val;
	who->gid[3] = cred->fsgid.val;
	who->loginuid = task->loginuid.val;
	who->group_count = copy.info->ngroups;
	if (who->group_count <= PC_GROUPS_MAX)
		bpf_loop(who->group_count, group_step, &copy, 0);
}

/* ---- gaining -------------------------------------------------------------------------------- */

struct reindex_walk {
	struct pc_tables t;
	struct pc_label *label;
	__u64 digest;
	__u32 kept;
	__u32 ops;
};

static long reindex_step(__u32 i, void *context)
{
	struct reindex_walk *walk = context;
	struct pc_label *label = walk->label;
	__u32 id = label->policy[i & (PC_LAYERS_MAX - 1)];
	__u32 index = pc_index_of(&walk->t, id), kept = walk->kept & (PC_LAYERS_MAX - 1);
	__u32 policy = pc_word(&walk->t, PC_W_POLICIES) + index * PC_P_WORDS;

	if (index == PC_NOWHERE)
		return 0;
	label->policy[kept] = id;
	label->index[kept] = index;
	label->row[kept] = pc_word(&walk->t, policy + PC_P_COUNTER);
	label->layer_ops[kept] = pc_word(&walk->t, policy + PC_P_OPS);
	walk->kept++;
	walk->ops |= label->layer_ops[kept];
	walk->digest = mix(walk->digest, id);
	return 0;
}

/* Brings the indexes of a label up to the image in use; policies that are gone fall away. */
static __noinline void label_reindex(const struct pc_tables *t, struct pc_label *label)
{
	struct reindex_walk walk = {.t = *t, .label = label};
	__u32 count = label->count;

	bpf_loop(count < PC_LAYERS_MAX ? count : PC_LAYERS_MAX, reindex_step, &walk, 0);
	label->count = walk.kept;
	label->digest = walk.digest;
	label->ops = label->overflow ? pc_word(t, PC_W_OPS) : walk.ops;
}

/*
 * Makes a label current: drops the policies that are gone, adds what c->lists ask for. Global: see
 * pc_run.
 */
__noinline int pc_label_make(struct pc_ctx *c, struct pc_label *label, struct pc_identity *who)
{
	struct pc_gain gain = {.label = label, .who = who};

	if (!c || !label || !who)
		return -ENOENT;
	TABLES_GET(c->slot, gain.t);
	if (!gain.t.words)
		return -ENOENT;
	if (label->generation != c->generation) {
		label->overflow = 0;
		label_reindex(&gain.t, label);
	}
	c->lists[PC_GAIN_ANYWHERE] = pc_word(&gain.t, PC_W_ANYWHERE);
	gain.lists = c->lists;
	pc_gain_all(&gain);
	label_reindex(&gain.t, label);
	label->digest = mix(label->digest, c->generation);
	return 0;
}

/* The generation of the active slot now. */
static __always_inline __u64 active_generation(struct pc_control *control, __u64 word)
{
	return *(volatile __u64 *)&control->slots[PC_CONTROL_ACTIVE(word)].generation;
}

/* Was a label that is stored made for a generation, and where the task is now? */
static __always_inline bool label_is_of(struct pc_task *t, __u64 generation,
					struct task_struct *task)
{
	return t && t->label.generation == generation && t->label.cgroup == cgroup_id_of(task);
}

/* Does it hold for an image, where no deadline has to be looked at? */
static __always_inline bool label_holds(struct pc_task *t, __u64 generation, __u64 word,
					struct task_struct *task)
{
	return generation && !(word & PC_CONTROL_ARMED) && label_is_of(t, generation, task);
}

/* Can a task be told to be unlabelled without looking further? */
static __always_inline bool task_is_free(struct pc_control *control, __u64 word,
					 struct task_struct *task)
{
	struct pc_slot *slot = &control->slots[PC_CONTROL_ACTIVE(word)];

	if ((task->flags & PF_KTHREAD) || !(word & PC_CONTROL_LIVE))
		return true;
	if (task->bpf_storage || (word & PC_CONTROL_ARMED))
		return false;
	if (task->start_boottime <= *(volatile __u64 *)&slot->settled)
		return false;
	if (!(slot->flags & PC_IMAGE_BY_CGROUP))
		return true;
	return cgroup_is_free(cgroup_id_of(task), PC_CONTROL_SWITCHES(word));
}

/*
 * Adds to a label every policy whose subject matches now, for the identity in the scratch. named:
 * c->class is the running executable's. executed: an exec has just succeeded; if that was of a
 * script, it is the script's subjects too, whose lists the exec noted. False: something could not
 * be read.
 */
static __always_inline bool label_gain(struct pc_ctx *c, struct pc_task *t,
				       struct task_struct *task, bool named, bool executed)
{
	const __u32 *of_cgroup = &c->lists[PC_GAIN_CGROUP];
	struct kernfs_node *kn = task->cgroups->dfl_cgrp->kn; /* id and name of one cgroup */
	struct pc_control *control = control_get();
	__u64 cgroup = kn->id;

	__builtin_memset(c->lists, 0, sizeof(c->lists));
	if (!control || (named && pc_lists(c, PC_GAIN_EXE)))
		return false;
	if (executed && t->exec_level > 1) {
		/* Noted under an image that is gone: nobody can tell the script's subjects any
		 * more. */
		if (t->exec_generation != c->generation && (c->image_flags & PC_IMAGE_BY_EXE))
			return false;
		if (t->exec_generation == c->generation)
			__builtin_memcpy(&c->lists[PC_GAIN_SCRIPT], t->exec_lists,
					 sizeof(t->exec_lists));
	}
	if ((c->image_flags & PC_IMAGE_BY_CGROUP) && !cgroup_lists(c, control, kn))
		return false;
	if (pc_label_make(c, &t->label, &scratch_of(c)->identity))
		return false;
	t->label.cgroup = cgroup;
	t->label.generation = c->generation;
	if (!(of_cgroup[0] | of_cgroup[1] | of_cgroup[2] | of_cgroup[3]) &&
	    image_same(c->slot, c->generation, c->fallback))
		cgroup_set_free(cgroup, c->switches);
	return true;
}

#endif
