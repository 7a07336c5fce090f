/* SPDX-License-Identifier: GPL-2.0-only */
/* Store and kernel kept in step: what is active is in force, at start, at each change and after. */
#ifndef PC_SYNC_H
#define PC_SYNC_H

#include <time.h>

#include "control.h"
#include "failure.h"
#include "kernel.h"
#include "rulebook.h"

/* Why a request is turned down; exit is what policyctl ends with. */
struct pc_refusal {
	enum pc_exit exit;
	char message[512];
	char hint[384];
};
/* Fills it in; returns -err. */
int pc_refuse(struct pc_refusal *refusal, enum pc_exit exit, const char *hint, const char *format,
	      ...) PC_PRINTF(4, 5);

struct pc_sync {
	struct pc_store *store;	  /* borrowed */
	struct pc_kernel *kernel; /* borrowed */
	struct pc_problems problems;
	struct pc_rulebook rulebook;
	struct pc_compiled *active;  /* the store's active revision; NULL: none, or unreadable */
	struct pc_compiled *pending; /* in force until confirmed; NULL: none */
	uint64_t data_version;
	uint64_t retry_at;  /* ns of boot time: when to try again what failed; 0: nothing failed */
	bool off;	    /* enforcement is to be off */
	uint64_t off_until; /* ns of unix time; 0: until it is switched on */
	uint64_t off_until_boot;	  /* the same by the clock that nobody sets; 0: none */
	bool adopted;			  /* enforcement was in force when the daemon started */
	uint64_t (*now)(clockid_t clock); /* ns; tests have their own */
};

/* ns of a clock. */
uint64_t pc_now(clockid_t clock);

/*
 * The first step: puts the active revision in force unless it is. 0, or the exit status of the
 * failure (it is logged). Store and kernel are set, all else zero.
 */
int pc_sync_start(struct pc_sync *sync);
/* Once a second: follows the store, deadlines, and what failed before. */
void pc_sync_tick(struct pc_sync *sync);
/* /proc/self/mountinfo changed. */
void pc_sync_roots(struct pc_sync *sync);
/* Lets go of all it made. */
void pc_sync_stop(struct pc_sync *sync);

/* The revision in force as compiled, or NULL. */
const struct pc_compiled *pc_sync_in_force(const struct pc_sync *sync);

/* How a change is made, beside what it is. */
struct pc_change_how {
	struct pc_store_who who;
	const char *comment; /* or NULL */
	uint32_t confirm_seconds;
	bool force;
	bool dry_run;
};

struct pc_change_done {
	uint64_t revision; /* 0: dry run */
	uint64_t previous;
	uint64_t generation;
	bool unchanged;
	bool enforcing;
	struct pc_plan *plan; /* what it changed; free it. Its compiled may be gone */
};

/* All or nothing. Diagnostics come with success too (warnings). */
int pc_sync_change(struct pc_sync *sync, const struct pc_change *change,
		   const struct pc_change_how *how, struct pc_change_done *ret_done,
		   struct pc_diags *diags, struct pc_refusal *refusal);

/* Makes what waits to be confirmed final, or goes back at once. */
int pc_sync_confirm(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		    struct pc_refusal *refusal);
int pc_sync_cancel(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		   struct pc_refusal *refusal);

/* seconds: 0 until switched on. */
int pc_sync_off(struct pc_sync *sync, uint32_t seconds, const char *reason,
		const struct pc_store_who *who, struct pc_refusal *refusal);
int pc_sync_on(struct pc_sync *sync, const struct pc_store_who *who, struct pc_refusal *refusal);

/* Reads the store and the live maps and compares. */
int pc_sync_verify(struct pc_sync *sync, uint64_t *ret_revision, uint64_t *ret_generation,
		   struct pc_refusal *refusal);

#endif
