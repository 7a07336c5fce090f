/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which policies a task gains: the subject lists of an image, in the kernel and in user space. */
#ifndef PC_SUBJECT_H
#define PC_SUBJECT_H

#include <pc/decide.h>

enum {
	PC_GAIN_CGROUP,
	PC_GAIN_EXE = PC_AUTOMATA,
	PC_GAIN_SCRIPT = 2 * PC_AUTOMATA, /* a script whose interpreter is the executable */
	PC_GAIN_ANYWHERE = 3 * PC_AUTOMATA,
};
#define PC_GAIN_LISTS 16 /* all of them, rounded up: an index is masked */

struct pc_gain {
	struct pc_tables t;
	struct pc_label *label;
	const struct pc_identity *who;
	const __u32 *lists; /* at PC_GAIN_*: lists of names, and the one for everybody */
	__u32 list;	    /* being gone through: its place in lists */
	__u32 position;	    /* in it */
};

#define PC_RANGE_BITS 10

struct pc_search {
	struct pc_tables t;
	__u32 at;
	__u32 wanted;
	__u32 found;
};

PC_INLINE __u32 pc_loop_limit(__u32 n)
{
	return n < PC_LOOP_MAX ? n : PC_LOOP_MAX;
}

/* Ranges are ascending and do not touch: at most 2^PC_RANGE_BITS of them. */
PC_INLINE __u32 pc_in_ranges(const struct pc_tables *t, __u32 at, __u32 count, __u32 id)
{
	__u32 found = at + 2 * pc_floor(t, at, count, id);

	return count && id >= pc_word(t, found) && id <= pc_word(t, found + 1);
}

PC_CALLBACK pc_member_step(__u32 i, void *context)
{
	struct pc_search *search = context;

	search->found = pc_word(&search->t, search->at + i) == search->wanted;
	return search->found;
}

PC_INLINE __u32 pc_in_list(const struct pc_tables *t, __u32 list, __u32 item)
{
	struct pc_search search = {.t = *t, .at = list + 1, .wanted = item};

	if (list)
		pc_loop(pc_loop_limit(pc_word(t, list)), pc_member_step, &search);
	return search.found;
}

/* A task's ids against those a subject item asks for: one run over struct pc_identity. */
struct pc_id_search {
	struct pc_tables t;
	const struct pc_identity *who;
	__u32 item;    /* offset */
	__u32 matched; /* PC_KEY_* */
};

#define PC_ID_WORD(field) (__builtin_offsetof(struct pc_identity, field) / sizeof(__u32))
#define PC_ID_WORDS (sizeof(struct pc_identity) / sizeof(__u32))
_Static_assert(PC_ID_WORD(uid) == 0 && PC_ID_WORD(loginuid) == 4 && PC_ID_WORD(group_count) == 5 &&
		       PC_ID_WORD(group) == PC_ID_WORD(gid) + 4,
	       "what pc_id_step makes of a word");

PC_CALLBACK pc_id_step(__u32 i, void *context)
{
	struct pc_id_search *search = context;
	const __u32 *ids = (const __u32 *)search->who;
	__u32 at = search->item + PC_S_GROUP, key = PC_KEY_GROUP;

	if (i >= PC_ID_WORDS)
		return 1;
	if (i == PC_ID_WORD(group_count))
		return 0;
	if (i < PC_ID_WORD(loginuid)) {
		at = search->item + PC_S_USER;
		key = PC_KEY_USER;
	} else if (i == PC_ID_WORD(loginuid)) {
		at = search->item + PC_S_LOGIN;
		key = PC_KEY_LOGIN;
	}
	if (pc_in_ranges(&search->t, pc_word(&search->t, at), pc_word(&search->t, at + 1), ids[i]))
		search->matched |= key;
	return 0;
}

/* Of these keys of an item, those that hold. Whoever has too many groups has any. */
PC_INLINE __u32 pc_ids_match(const struct pc_gain *gain, __u32 item, __u32 keys)
{
	struct pc_id_search search = {.t = gain->t, .who = gain->who, .item = item};
	__u32 groups = gain->who->group_count;

	if (groups > PC_GROUPS_MAX) {
		search.matched = PC_KEY_GROUP;
		groups = 0;
	}
	pc_loop(PC_ID_WORD(group) + groups, pc_id_step, &search);
	return search.matched & keys;
}

struct pc_cgroup_walk {
	const struct pc_gain *gain;
	__u32 item; /* number */
	__u32 found;
};

PC_CALLBACK pc_cgroup_step(__u32 i, void *context)
{
	struct pc_cgroup_walk *walk = context;

	walk->found =
		pc_in_list(&walk->gain->t,
			   walk->gain->lists[PC_GAIN_CGROUP + (i & (PC_AUTOMATA - 1))], walk->item);
	return walk->found;
}

PC_INLINE __u32 pc_cgroup_matches(const struct pc_gain *gain, __u32 item)
{
	struct pc_cgroup_walk walk = {.gain = gain, .item = item};

	pc_loop(PC_AUTOMATA, pc_cgroup_step, &walk);
	return walk.found;
}

#define PC_KEYS_ID (PC_KEY_USER | PC_KEY_GROUP | PC_KEY_LOGIN)

/* Adds the policy of a subject item to the label if all its keys hold. */
PC_INLINE void pc_gain_item(struct pc_gain *gain, __u32 item)
{
	const struct pc_tables *t = &gain->t;
	__u32 at = pc_word(t, PC_W_SUBJECTS) + item * PC_S_WORDS;
	__u32 keys = pc_word(t, at + PC_S_KEYS);
	__u32 index = pc_word(t, at + PC_S_POLICY);

	/* Items with both an exe and a cgroup key stand in both lists; the exe's answers for them.
	 */
	if (gain->list < PC_GAIN_EXE && (keys & PC_KEY_EXE))
		return;
	if ((keys & PC_KEY_CGROUP) && !pc_cgroup_matches(gain, item))
		return;
	keys &= PC_KEYS_ID;
	if (keys && pc_ids_match(gain, at, keys) != keys)
		return;
	pc_label_add(gain->label,
		     pc_word(t, pc_word(t, PC_W_POLICIES) + index * PC_P_WORDS + PC_P_ID), index);
}

/* The next item, or the next list: one loop over both. */
PC_CALLBACK pc_gain_step(__u32 i, void *context)
{
	struct pc_gain *gain = context;
	__u32 list = gain->lists[gain->list & (PC_GAIN_LISTS - 1)];

	(void)i;
	if (list && gain->position < pc_word(&gain->t, list)) {
		pc_gain_item(gain, pc_word(&gain->t, list + 1 + gain->position));
		gain->position++;
		return 0;
	}
	gain->position = 0;
	gain->list++;
	return gain->list > PC_GAIN_ANYWHERE;
}

/* Adds to gain->label every policy that an item of gain->lists asks for. */
PC_INLINE void pc_gain_all(struct pc_gain *gain)
{
	pc_loop(PC_LOOP_MAX, pc_gain_step, gain);
}

/* The subject lists of a class. */
PC_INLINE void pc_lists_of(const struct pc_tables *t, const struct pc_class *class, __u32 *lists)
{
	__u32 automata = pc_word(t, PC_W_AUTOMATA);

	for (__u32 a = 0; a < PC_AUTOMATA; a++) {
		lists[a] = 0;
		if (a < automata)
			lists[a] = pc_word(t, pc_word(t, PC_W_CLASSES + a) + class->of[a]);
	}
}

#endif
