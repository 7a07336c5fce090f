/* SPDX-License-Identifier: GPL-2.0-only */
/* A kernel side without a kernel: what enforcer/kernel.h promises, and failures on demand. */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "kernel.h"

#define FAKE_EVENTS_MAX 16384

/* One at a time; it outlives pc_kernel_close(), as pins do. */
struct fake_kernel {
	/* What is in force. */
	uint64_t generation;
	uint64_t revision;
	uint64_t fallback_revision; /* while confirm_by is set */
	uint64_t confirm_by;	    /* seconds of boot time */
	bool fallback;
	bool enforcing;
	bool pinned;	   /* something is to be adopted */
	uint32_t policies; /* of the image in force */
	struct pc_counter_row counters[PC_COUNTER_ROWS];
	struct pc_stats stats;
	/* What fails: calls until it does, 0 for never. */
	int fail_install;
	int fail_confirm;
	int fail_set_enforcing;
	int fail_roots;
	int fail_open;
	void (*on_install)(void); /* called at the end of each */
	bool differs;		  /* verify finds a difference */
	bool links_due;		  /* the table of links is not complete … */
	bool fail_links;	  /* … and stays so */
	/* What was called. */
	uint32_t links_updates;
	uint32_t installs, confirms, roots_updates, clears;
	/* What the ring holds: records as the kernel writes them. */
	struct pc_event *events[FAKE_EVENTS_MAX];
	uint32_t event_count;
};
extern struct fake_kernel fake_kernel;

/* As after a reboot. */
void fake_kernel_reset(void);
/* The deadline passes. */
void fake_kernel_time_is_up(void);
/* Puts an event into the ring. Paths are relative to the root with id 0, which is "". */
void fake_kernel_event(const struct pc_event *head, const char *exe, const char *path);

#endif
