/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From texts to a revision that compiles, and from a stored revision to its image. */
#ifndef PC_REVISION_H
#define PC_REVISION_H

#include "compile.h"
#include "parse.h"
#include "store.h"

/* Row of counters of a policy, kept from revision to revision. key: policy, value: decimal. */
#define PC_INPUT_COUNTER "counter"

/* A revision with everything made from it. Immutable once made. */
struct pc_compiled {
	struct pc_arena arena;
	struct pc_revision revision; /* number 0: not stored */
	struct pc_policy_set set;    /* with the overrides of modes applied */
	uint32_t *ids;		     /* by position in set; NULL where nothing stands behind it */
	uint32_t *counters;	     /* by position in set */
	struct pc_image image;
};
void pc_compiled_free(struct pc_compiled *compiled);
static inline void pc_compiled_freep(struct pc_compiled **compiled)
{
	if (*compiled)
		pc_compiled_free(*compiled);
}

/*
 * Errors below: -EINVAL where diags say why (the policies are not valid), -ENOMEM, and what the
 * store answers (store.h) with error filled in. error->err 0: it was not the store.
 */

/*
 * Compiles texts alone, as `lint` and `check --policy` do: nothing is stored. host NULL: the live
 * one. What it answers is recorded in ret_compiled->revision.inputs.
 */
int pc_compile_texts(const struct pc_text *texts, uint32_t count, const struct pc_host *host,
		     struct pc_compiled **ret_compiled, struct pc_diags *diags);

/* Compiles a stored revision exactly as it was, from its recorded inputs. */
int pc_compile_revision(struct pc_store *store, uint64_t number, struct pc_compiled **ret_compiled,
			struct pc_diags *diags, struct pc_store_error *error);

/* A change of the active revision. Exactly one of the groups below is used. */
struct pc_change {
	/* The active revision, where it is at hand: saves reading and parsing it. Or NULL. */
	const struct pc_compiled *active;
	const char *verb; /* "apply", "remove", "mode", "rollback" */
	/* apply: added to the active set, or replacing it whole. Users, groups and paths of all
	 * texts are resolved anew. */
	const struct pc_text *texts;
	uint32_t text_count;
	bool replace;
	/* remove: policies, with their drop-ins. */
	const char *const *remove;
	uint32_t remove_count;
	/* mode */
	const char *policy;
	enum pc_mode mode;
	/* rollback: the revision whose inputs come back; 0: what was active before the active one
	 */
	uint64_t rollback;

	uint64_t expected; /* active revision it was planned on, or PC_STORE_ANY: -ESTALE */
	const struct pc_host *host; /* NULL: the live one */
	/* Nothing is written: the policies get no ids. The store may be NULL then: none yet. */
	bool dry;
};

/* What a change does to a policy. */
enum pc_change_kind { PC_POLICY_ADDED, PC_POLICY_CHANGED, PC_POLICY_REMOVED };
struct pc_policy_change {
	const char *policy;
	enum pc_change_kind kind;
};
struct pc_mode_change {
	const char *policy;
	enum pc_mode mode; /* the override that ended */
};

/* A change ready to be stored. Freed as a whole. */
struct pc_plan {
	struct pc_arena arena;
	struct pc_compiled *compiled;
	uint64_t base; /* the active revision it was built from; 0: none */
	const char *verb;
	struct pc_policy_change *changes; /* by policy name; CHANGED: what it says, not how */
	uint32_t change_count;
	struct pc_mode_change *reverted;
	uint32_t reverted_count;
};
void pc_plan_free(struct pc_plan *plan);
static inline void pc_plan_freep(struct pc_plan **plan)
{
	if (*plan)
		pc_plan_free(*plan);
}

/*
 * Builds the new set from the active one and the change, and compiles it. The store is only
 * changed by giving new policies their ids. -ENOENT with error: the policy or revision asked for
 * does not exist.
 */
int pc_plan_make(struct pc_store *store, const struct pc_change *change, struct pc_plan **ret_plan,
		 struct pc_diags *diags, struct pc_store_error *error);

/* Stores a plan's revision (flags: enum pc_store_put_flags) if plan->base is still active, and
 * gives plan->compiled its number. */
int pc_plan_put(struct pc_store *store, struct pc_plan *plan, const struct pc_store_who *who,
		const char *comment, unsigned int flags, struct pc_store_put *ret_put,
		struct pc_store_error *error);

/* The override of a policy's mode in a revision; -ENOENT: none. */
int pc_revision_mode(const struct pc_revision *revision, const char *policy,
		     enum pc_mode *ret_mode);

/* ---- the survival list --------------------------------------------------------------------- */

#define PC_SURVIVORS_MAX 256

/* A file of this host without which nobody gets in or mends anything. */
struct pc_survivor {
	char path[256];	  /* canonical */
	const char *what; /* "init", "the dynamic loader", "sshd", ... */
	uint32_t ops;	  /* PC_BIT(PC_OP_...) that must be left */
};
struct pc_survivors {
	struct pc_survivor items[PC_SURVIVORS_MAX];
	uint32_t count;
};
/* Those that exist on this host. */
void pc_survivors_find(struct pc_survivors *ret_survivors);

/*
 * Decides each, with the decision code of the kernel, for tasks that stand for everybody: what only
 * `subject: system` matches, root, init, and all survivors wherever they run. Each access that
 * would be denied is an error in diags, at the rule that denies it. Outputs how many survivors have
 * one. 0 or -ENOMEM.
 */
int pc_survival_check(const struct pc_compiled *compiled, const struct pc_survivors *survivors,
		      struct pc_diags *diags, uint32_t *ret_lost);
/* How that is told: lost, and "" or "s". */
#define PC_SURVIVAL_REFUSED "this would deny everybody %u file%s that the host needs to be mended"
#define PC_SURVIVAL_HINT "allow what is named above, or use --force (best with --confirm)"

#endif
