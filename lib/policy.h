/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The model: what a set of policies says, after parsing and before compiling. */
#ifndef PC_POLICY_H
#define PC_POLICY_H

#include <pc/ops.h>

#include "diag.h"
#include "glob.h"

#define PC_POLICY_NAME_MAX 63 /* bytes: a letter or digit, then letters, digits, - _ . */
#define PC_POLICIES_MAX 1024  /* in one revision */
#define PC_SUBJECT_ITEMS_MAX 32

enum pc_mode { PC_MODE_ENFORCE, PC_MODE_AUDIT };
enum pc_default { PC_DEFAULT_ALLOW, PC_DEFAULT_DENY };

/* What `modify` stands for. */
#define PC_OPS_MODIFY                                                                              \
	(PC_BIT(PC_OP_WRITE) | PC_BIT(PC_OP_APPEND) | PC_BIT(PC_OP_CREATE) |                       \
	 PC_BIT(PC_OP_DELETE) | PC_BIT(PC_OP_RENAME) | PC_BIT(PC_OP_LINK) |                        \
	 PC_BIT(PC_OP_TRUNCATE) | PC_BIT(PC_OP_CHMOD) | PC_BIT(PC_OP_CHOWN) |                      \
	 PC_BIT(PC_OP_SETATTR))

/* Inclusive range of numeric ids (users, groups, login users). */
struct pc_id_range {
	uint32_t first;
	uint32_t last;
};

struct pc_id_set {
	struct pc_id_range *ranges;
	uint32_t count; /* 0: the key is absent and everything matches */
};

struct pc_glob_list {
	const struct pc_glob **globs;
	uint32_t count; /* 0: the key is absent */
};

/* Does one of the globs match? */
bool pc_globs_match(const struct pc_glob_list *list, const void *path, size_t n);

/* One alternative of a subject: all keys that are present must hold. */
struct pc_subject_item {
	struct pc_loc loc;
	bool system;		    /* `subject: system`; then nothing else is set */
	struct pc_glob_list cgroup; /* canonical cgroup paths ("/system.slice/x.service"), each
				     * meant with its subtree; from `unit`, `slice` and `cgroup` */
	struct pc_glob_list exe;    /* canonical paths of the executable */
	struct pc_id_set user;	    /* any of real, effective, saved, file-system uid */
	struct pc_id_set group; /* any of real, effective, saved, file-system gid, supplementary */
	struct pc_id_set login; /* audit login uid */
};

struct pc_rule {
	struct pc_loc loc;
	const char *text; /* as written, for people */
	const char *why;  /* or NULL */
	uint32_t ops;	  /* PC_BIT(PC_OP_...) */
	bool deny;
	bool kill; /* deny only */
	bool optional;
	bool fileless; /* the object `fileless` is among the objects */
	bool plain;    /* its operations have no object, or it is `any` */
	bool same;     /* the object `same` is among the objects */
	bool setting;  /* allows by its whole name what is implied denied: see parse-implied.c */
	bool implied;  /* nobody wrote it: a deny, or an allow that takes from such a deny */
	bool guards;   /* implied: it is Portcullis's own that it denies, and nobody moves it */
	int32_t err;   /* positive errno of a denial; 0: the section's own */
	enum pc_mode mode;	     /* deny only: weaker of this and the policy's holds */
	struct pc_glob_list objects; /* canonical paths; with `**` etc. */
};

struct pc_section {
	bool present; /* an absent section is not confined */
	bool implied; /* nobody wrote it: what is denied by default the file section asks for */
	enum pc_default dflt;
	struct pc_loc loc; /* of `default:`, or of the section; implied: the file section's */
	struct pc_rule *rules;
	uint32_t count;
	uint32_t implied_count; /* rules behind these that nobody wrote */
};

struct pc_policy {
	const char *name;
	const char *about; /* or NULL */
	struct pc_loc loc; /* of `policy:` */
	const char *file;  /* main file */
	enum pc_mode mode;
	struct pc_subject_item *subjects;
	uint32_t subject_count;
	bool unguarded; /* its subject may be what starts enforcerd: no guard is implied */
	struct pc_section sections[PC_SECTION_COUNT];
};

/* Policies in order of name. Everything in it lives in its arena. */
struct pc_policy_set {
	struct pc_arena arena;
	struct pc_policy **policies;
	uint32_t count;
};

/* Does a rule keep names in its reach? Then they are not moved out of it: PC_OP_MOVE. */
static inline bool pc_rule_keeps(const struct pc_rule *rule)
{
	return rule->deny && (!rule->implied || rule->guards) &&
	       (rule->objects.count || rule->fileless);
}

/* Operations that a rule may deny, what it implies among them. */
static inline uint32_t pc_rule_denies(const struct pc_rule *rule)
{
	uint32_t move = pc_rule_keeps(rule) ? PC_BIT(PC_OP_MOVE) : 0;

	return rule->deny ? rule->ops | move : 0;
}

/* Why an implied section denies, for people. */
#define PC_IMPLIED_WHY "it goes around the names of files, and no section allows it"

void pc_policy_set_free(struct pc_policy_set *set);
struct pc_policy *pc_policy_find(const struct pc_policy_set *set, const char *name);

#endif
