/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to lib/revision*.c: inputs by name, hosts that record and replay them, plans at work. */
#ifndef PC_REVISION_INTERNAL_H
#define PC_REVISION_INTERNAL_H

#include "revision.h"

/* Inputs found by (kind, key). Zero-initialise with an arena. */
struct pc_inputs {
	struct pc_arena *arena;
	struct pc_store_input *items;
	uint32_t count;
	uint32_t *slots; /* 1 + index in items, 0 for none */
	uint32_t size;	 /* of slots, a power of two */
};

/* NULL: not there. */
const struct pc_store_input *pc_inputs_find(const struct pc_inputs *inputs, const char *kind,
					    const char *key);
/* Adds a copy, unless the name is there already. 0 or -ENOMEM. */
int pc_inputs_put(struct pc_inputs *inputs, const char *kind, const char *key, const char *value);
/* Adds all of a revision. */
int pc_inputs_put_all(struct pc_inputs *inputs, const struct pc_revision *revision);
/* "123" as a number; -EINVAL. */
int pc_inputs_number(const struct pc_store_input *input, uint32_t *ret_number);

/* Answers as another host does, and keeps what it answered. */
struct pc_recorder {
	const struct pc_host *from;
	struct pc_inputs *to;
	uint32_t mounts; /* lines recorded */
};
struct pc_host pc_host_recording(struct pc_recorder *recorder);
/* Answers from inputs; what is not among them does not exist. */
struct pc_host pc_host_replaying(struct pc_inputs *inputs);

/*
 * Parses compiled->revision.texts and compiles them. host's answers are recorded in `inputs`, which
 * holds the modes already. store NULL: nothing stands behind it. create: gives ids to new policies.
 * base (may be NULL): keep its rows of counters.
 */
struct pc_build {
	struct pc_compiled *compiled;
	struct pc_inputs *inputs;
	const struct pc_host *host;
	struct pc_store *store;
	bool create;
	const struct pc_revision *base;
	struct pc_diags *diags;
	struct pc_store_error *error;
};
int pc_build_run(struct pc_build *build);

/* Work on one plan. */
struct pc_plan_draft {
	struct pc_store *store;
	const struct pc_change *change;
	struct pc_plan *plan;
	struct pc_arena arena; /* for what is not needed afterwards */
	struct pc_diags *diags;
	struct pc_store_error *error;
	const struct pc_revision *base; /* NULL: there is none */
	const struct pc_policy_set *base_set;
	struct pc_revision base_read; /* where change->active was of no use */
	struct pc_policy_set base_parsed;
	struct pc_policy_set named; /* policies of the texts applied, as far as they can be read */
	struct pc_text *texts;	    /* of the new revision */
	uint32_t text_count;
	struct pc_inputs replay; /* what the host said then */
	struct pc_inputs inputs; /* of the new revision */
};
/* Fills in the error; returns err. */
int pc_plan_fail(struct pc_plan_draft *draft, int err, const char *hint, const char *format, ...)
	PC_PRINTF(4, 5);

/* revision-texts.c: fill draft->texts. */
int pc_plan_texts_of_apply(struct pc_plan_draft *draft);
int pc_plan_texts_of_rollback(struct pc_plan_draft *draft, struct pc_revision *target);
/* For mode and remove: what is active, without what is taken out. */
int pc_plan_texts_of_base(struct pc_plan_draft *draft);
/* Does the change give this policy anew? */
bool pc_plan_is_applied(const struct pc_plan_draft *draft, const char *policy);

struct pc_compiled *pc_compiled_new(void);
int pc_compiled_take_texts(struct pc_compiled *compiled, const struct pc_text *texts,
			   uint32_t count);
/* Fills *error from the store's last one (error may be NULL); returns err. */
int pc_store_failed(const struct pc_store *store, int err, struct pc_store_error *error);

/* What a policy says, as a number: equal where two say the same. */
uint64_t pc_policy_digest(const struct pc_policy *policy);

/* Calls fn with the name of each library ("libc.so.6") that the program at path needs itself. What
 * is not 64-bit ELF of this machine needs none. */
typedef void (*pc_needed_fn)(void *context, const char *name);
void pc_needed(const char *path, pc_needed_fn fn, void *context);

#endif
