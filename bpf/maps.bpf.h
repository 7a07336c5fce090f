/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps, and the constants the loader fills in. */
#ifndef MAPS_BPF_H
#define MAPS_BPF_H

#include "kernel.bpf.h"
#include <pc/subject.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE); /* the loader fills slots in place */
	__type(key, __u32);
	__type(value, struct pc_control);
} pc_control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pc_task);
} pc_tasks SEC(".maps");

struct pc_names {
	struct pc_cached_name of[1 << PC_NAMES_SHIFT];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_names);
} pc_names SEC(".maps");

struct pc_dirs {
	struct pc_cached_dir of[1 << PC_DIRS_SHIFT];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_dirs);
} pc_dirs SEC(".maps");

/* Renames of directories that have begun: a task is in one at a time on a file system. */
struct pc_moving_key {
	__u64 task;
	__u64 dev;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct pc_moving_key);
	__type(value, __u32);
} pc_moving SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct pc_root_key);
	__type(value, struct pc_root);
} pc_roots SEC(".maps");

/* By slot, the files of several names (struct pc_linked by struct pc_link_key). The daemon makes
 * the inner maps, for as many as it is told. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, PC_SLOTS);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_HASH);
			__uint(max_entries, PC_LINKS_MAX);
			__uint(map_flags, BPF_F_NO_PREALLOC);
			/* Sizes: clang emits no types for what only an inner map holds. */
			__uint(key_size, sizeof(struct pc_link_key));
			__uint(value_size, sizeof(struct pc_linked));
		});
} pc_links SEC(".maps");

/* One outer map a tier: slot * PC_PARTS + part -> an array with one value of the tier's size. */
#define PC_BLOB_MAP(tier)                                                                          \
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);                                                  \
	__uint(max_entries, PC_SLOTS *PC_PARTS);                                                   \
	__type(key, __u32);                                                                        \
	__array(                                                                                   \
		values, struct {                                                                   \
			__uint(type, BPF_MAP_TYPE_ARRAY);                                          \
			__uint(max_entries, 1);                                                    \
			__uint(map_flags, BPF_F_MMAPABLE);                                         \
			__type(key, __u32);                                                        \
			__uint(value_size, PC_TIER_BYTES(tier));                                   \
		})

struct {
	PC_BLOB_MAP(0);
} pc_small SEC(".maps");

struct {
	PC_BLOB_MAP(1);
} pc_medium SEC(".maps");

struct {
	PC_BLOB_MAP(2);
} pc_large SEC(".maps");

/* Cgroups in which no subject is interested: id << 24 | low bits of the switch count. */
struct pc_free_cgroups {
	__u64 of[PC_FREE_CGROUPS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_free_cgroups);
} pc_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PC_SCRATCH_A_CPU); /* the loader makes it that many a CPU, and more */
	__type(key, __u32);
	__type(value, struct pc_scratch);
} pc_scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, PC_COUNTER_ROWS);
	__type(key, __u32);
	__type(value, struct pc_counter_row);
} pc_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pc_stats);
} pc_stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} pc_events SEC(".maps");

static __always_inline struct pc_control *control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&pc_control, &zero);
}

/* Atomic, so that a count is exact even where tasks preempt each other on one CPU. */
#define STAT_ADD(field)                                                                            \
	do {                                                                                       \
		__u32 zero_ = 0;                                                                   \
		struct pc_stats *stats_ = bpf_map_lookup_elem(&pc_stats, &zero_);                  \
                                                                                                   \
		if (stats_)                                                                        \
			__sync_fetch_and_add(&stats_->field, 1);                                   \
	} while (0)

static __always_inline struct pc_scratch *scratch_try(__u32 key)
{
	struct pc_scratch *scratch = bpf_map_lookup_elem(&pc_scratches, &key);

	if (scratch && __sync_val_compare_and_swap(&scratch->busy, 0, 1) == 0)
		return scratch;
	return NULL;
}

struct scratch_search {
	__u32 start;
	__u32 count;
	__u32 found; /* plus 1 */
};

/* Any other CPU's: tasks that were preempted while they hold one must not stop a CPU. */
static long scratch_step(__u32 i, void *context)
{
	struct scratch_search *search = context;
	__u32 key = search->start + i;

	if (key >= search->count)
		key -= search->count;
	if (!scratch_try(key))
		return 0;
	search->found = key + 1;
	return 1;
}

/* Borrows a buffer; NULL when all are taken. Give it back. */
static __always_inline struct pc_scratch *scratch_borrow(void)
{
	struct scratch_search search = {.start = bpf_get_smp_processor_id() * PC_SCRATCH_A_CPU};
	struct pc_control *control;
	struct pc_scratch *scratch;
	__u32 key;

	for (__u32 i = 0; i < PC_SCRATCH_A_CPU; i++) {
		scratch = scratch_try(search.start + i);
		if (scratch)
			return scratch;
	}
	control = control_get();
	if (!control)
		return NULL;
	search.count = control->scratches;
	bpf_loop(search.count, scratch_step, &search, 0);
	key = search.found - 1;
	return search.found ? bpf_map_lookup_elem(&pc_scratches, &key) : NULL;
}

static __always_inline void scratch_return(struct pc_scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}

#endif
