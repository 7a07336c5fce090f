/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the model to an image: what the kernel's maps hold, and what user space decides with. */
#ifndef PC_COMPILE_H
#define PC_COMPILE_H

#include <pc/abi.h>
#include <pc/decide.h>
#include <pc/subject.h>

#include "dfa.h"
#include "policy.h"

/* One rule as events name it: a number in the image stands for an entry of this table. */
struct pc_image_rule {
	const struct pc_policy *policy;
	const struct pc_rule *rule; /* NULL: the section's default */
	enum pc_section_id section;
	struct pc_loc loc;
};

/* A compiled revision. Refers to the policy set, which must outlive it. */
struct pc_image {
	struct pc_arena arena;
	const struct pc_policy_set *set;
	uint32_t *tables; /* PC_W_* and the rest */
	uint32_t table_words;
	struct pc_dfa_result automata;
	struct pc_image_rule *rules;
	uint32_t rule_count;
};

/* What the compiler has to be told: identities and counter rows of the policies, by position. */
struct pc_compile_input {
	const struct pc_policy_set *set;
	const uint32_t *ids;	  /* of the store; NULL: 1, 2, 3 … */
	const uint32_t *counters; /* rows below PC_COUNTER_ROWS; NULL: position */
};

/*
 * Compiles. 0; -EINVAL with diagnostics (too many policies, a set of globs that does not fit:
 * named); -ENOMEM. Deterministic.
 */
int pc_compile(const struct pc_compile_input *input, struct pc_image *ret_image,
	       struct pc_diags *diags);
void pc_image_free(struct pc_image *image);

/* Views for pc_decide and friends, on an image in memory. */
struct pc_tables pc_image_tables(const struct pc_image *image);
struct pc_automaton pc_image_automaton(const struct pc_image *image, uint32_t a);

/* States behind a literal path ("" for the start), and the class of a path of n bytes. Paths are
 * canonical: "/a/b", and "/" for the root itself. */
void pc_image_states(const struct pc_image *image, const char *path, size_t n,
		     uint32_t ret_state[PC_AUTOMATA]);
void pc_image_class(const struct pc_image *image, const char *path, size_t n,
		    struct pc_class *ret_class);
/* The same for a cgroup's path, "/" or "/system.slice/x.service". */
void pc_image_cgroup_class(const struct pc_image *image, const char *path, size_t n,
			   struct pc_class *ret_class);

/* Who is asked about, as far as `check --as` says. Absent paths are NULL. */
struct pc_as {
	const char *exe;
	const char *cgroup;
	struct pc_identity who;
};

/* The label of such a task. */
void pc_image_label(const struct pc_image *image, const struct pc_as *as,
		    struct pc_label *ret_label);

/* The tier a blob of so many bytes goes to, or -E2BIG. */
int pc_image_tier(size_t bytes);

#endif
