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
	__u32 list;  /* being gone through */
	__u32 other; /* items with these keys belong to another list */
	/* At PC_GAIN_*: lists of names, and the one for everybody. */
	const __u32 *lists; /* PC_GAIN_LISTS of them */
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
	__u32 found = at + 2 * pc_floor(t, at, count, id, PC_RANGE_BITS);

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

/* Some of a task's ids, as words of struct pc_identity from `first` on, against ranges. */
struct pc_id_search {
	struct pc_tables t;
	const struct pc_identity *who;
	__u32 at;
	__u32 count;
	__u32 first;
	__u32 found;
};

#define PC_ID_WORD(field) (__builtin_offsetof(struct pc_identity, field) / sizeof(__u32))
#define PC_ID_WORDS (sizeof(struct pc_identity) / sizeof(__u32))

PC_CALLBACK pc_id_step(__u32 i, void *context)
{
	struct pc_id_search *search = context;
	const __u32 *ids = (const __u32 *)search->who;
	__u32 word = search->first + i;

	if (word >= PC_ID_WORDS)
		return 1;
	search->found = pc_in_ranges(&search->t, search->at, search->count, ids[word]);
	return search->found;
}

/* key: offset of the range's place and number in a subject item. n ids from word `first` on. */
PC_INLINE __u32 pc_ids_match(const struct pc_gain *gain, __u32 key, __u32 first, __u32 n)
{
	struct pc_id_search search = {
		.t = gain->t,
		.who = gain->who,
		.at = pc_word(&gain->t, key),
		.count = pc_word(&gain->t, key + 1),
		.first = first,
	};

	pc_loop(n, pc_id_step, &search);
	return search.found;
}

PC_INLINE __u32 pc_groups_match(const struct pc_gain *gain, __u32 key)
{
	__u32 count = gain->who->group_count;

	if (count > PC_GROUPS_MAX)
		return 1;
	return pc_ids_match(gain, key, PC_ID_WORD(gid), 4) ||
	       pc_ids_match(gain, key, PC_ID_WORD(group), count);
}

PC_INLINE __u32 pc_cgroup_matches(const struct pc_gain *gain, __u32 item)
{
	for (int a = 0; a < PC_AUTOMATA; a++)
		if (pc_in_list(&gain->t, gain->lists[PC_GAIN_CGROUP + a], item))
			return 1;
	return 0;
}

/* Looks at one item of a list and adds its policy to the label if all its keys hold. */
PC_CALLBACK pc_gain_step(__u32 i, void *context)
{
	struct pc_gain *gain = context;
	const struct pc_tables *t = &gain->t;
	__u32 item = pc_word(t, gain->list + 1 + i);
	__u32 at = pc_word(t, PC_W_SUBJECTS) + item * PC_S_WORDS;
	__u32 keys = pc_word(t, at + PC_S_KEYS);
	__u32 index = pc_word(t, at + PC_S_POLICY);

	if (keys & gain->other)
		return 0;
	if ((keys & PC_KEY_CGROUP) && !pc_cgroup_matches(gain, item))
		return 0;
	if ((keys & PC_KEY_USER) && !pc_ids_match(gain, at + PC_S_USER, PC_ID_WORD(uid), 4))
		return 0;
	if ((keys & PC_KEY_GROUP) && !pc_groups_match(gain, at + PC_S_GROUP))
		return 0;
	if ((keys & PC_KEY_LOGIN) && !pc_ids_match(gain, at + PC_S_LOGIN, PC_ID_WORD(loginuid), 1))
		return 0;
	pc_label_add(gain->label,
		     pc_word(t, pc_word(t, PC_W_POLICIES) + index * PC_P_WORDS + PC_P_ID), index);
	return 0;
}

PC_CALLBACK pc_gain_list_step(__u32 i, void *context)
{
	struct pc_gain *gain = context;

	gain->list = gain->lists[i & (PC_GAIN_LISTS - 1)];
	/* Items with both an exe and a cgroup key stand in both lists; the exe's answers for them.
	 */
	gain->other = i < PC_GAIN_EXE ? PC_KEY_EXE : 0;
	if (gain->list)
		pc_loop(pc_loop_limit(pc_word(&gain->t, gain->list)), pc_gain_step, gain);
	return 0;
}

/* Adds to gain->label every policy that an item of gain->lists asks for. */
PC_INLINE void pc_gain_all(struct pc_gain *gain)
{
	pc_loop(PC_GAIN_ANYWHERE + 1, pc_gain_list_step, gain);
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
