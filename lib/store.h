/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The store: every revision with all its inputs, which one is active, and the ids of policies. */
#ifndef PC_STORE_H
#define PC_STORE_H

#include "parse.h"
#include "paths.h"
#include "sha256.h"

/*
 * Errors, everywhere below. The store is never changed by a call that fails, and what is returned
 * was checked against its digest: a damaged store answers -EUCLEAN, never with wrong data.
 *
 *   -ENOENT        no such store, revision, policy or setting
 *   -EBUSY         another program holds the store locked (after the busy timeout)
 *   -EUCLEAN       damaged: not a database, a digest or the schema does not match
 *   -EMEDIUMTYPE   a database, but not a store of Portcullis
 *   -EOPNOTSUPP    written by a newer version (its schema is unknown here)
 *   -ENOSPC        no space left (disk, quota or file size limit)
 *   -EROFS         read-only: the medium, or how it was opened
 *   -EACCES        not permitted to open it
 *   -EPERM         unsafe: others own or can write the store, its folder or a folder above
 *   -ELOOP         the store or a file beside it is a symlink
 *   -ESTALE        the store moved on: another revision is active than the one expected
 *   -EINVAL        the caller's inputs are malformed (names repeated, too long, ...)
 *   -EIO, -ENOMEM
 */
struct pc_store_error {
	int err;	   /* -errno as above, 0 for none */
	char message[320]; /* what is wrong, with the path */
	char hint[320];	   /* what to do about it, or empty */
};

#define PC_STORE_BUSY_MS 2000

#define PC_STORE_TEXTS_MAX 16384	     /* texts of a revision */
#define PC_STORE_TEXT_MAX ((size_t)16 << 20) /* bytes of a text, of a key or of a value */
#define PC_STORE_INPUTS_MAX (1u << 20)	     /* other inputs of a revision */
#define PC_STORE_WORD_MAX 31		     /* bytes of a verb or kind: a-z and - */
#define PC_STORE_COMMENT_MAX 4096	     /* bytes of a comment, reason or settings key */

enum pc_store_flags {
	PC_STORE_READ_ONLY = 1 << 0, /* never writes; an older schema is refused with -EROFS */
	PC_STORE_CREATE = 1 << 1,    /* makes the store (0600) and its folder (0700) if missing */
	PC_STORE_CHECK = 1 << 2,     /* full integrity_check; without it the quick one */
};

/* For one thread, and not to be used across fork(). */
struct pc_store;

/*
 * Opens the store at path, brings an older schema up to date. The store and its folder must belong
 * to root or the effective user and be writable by nobody else.
 * ret_error (may be NULL) is filled in on failure only. Close with pc_store_close().
 */
int pc_store_open(const char *path, unsigned int flags, struct pc_store **ret_store,
		  struct pc_store_error *ret_error);
/* NULL is fine. */
void pc_store_close(struct pc_store *store);
/* For PC_CLEANUP. */
void pc_store_closep(struct pc_store **store);

/* What the last call that failed said. Owned by the store, overwritten by the next failure. */
const struct pc_store_error *pc_store_last_error(const struct pc_store *store);
/* How long a call waits for another writer, in milliseconds; PC_STORE_BUSY_MS at first. */
void pc_store_set_busy_timeout(struct pc_store *store, uint32_t ms);

/* Who asked for a change, as the kernel said (peer credentials). */
struct pc_store_who {
	uint32_t uid;
	uint32_t login_uid; /* UINT32_MAX: not set */
	char comm[16];	    /* NUL-terminated */
};

/* Kinds of inputs beside texts. Other words are kept as well. */
#define PC_INPUT_USER "user"   /* key: name, value: uid in decimal */
#define PC_INPUT_GROUP "group" /* key: name, value: gid in decimal */
#define PC_INPUT_PATH "path"   /* key: prefix as written, value: canonical */
/* key: mount id in decimal, value: its line of mountinfo; of those that a path got its name from */
#define PC_INPUT_MOUNT "mount"
#define PC_INPUT_MODE "mode" /* key: policy, value: "enforce" or "audit"; overrides the text */

/* One more input of a revision; (kind, key) is unique in it. Any bytes but NUL. */
struct pc_store_input {
	const char *kind;
	const char *key;
	const char *value;
};

/* A revision to be stored; everything is borrowed for the call. */
struct pc_revision_inputs {
	const char *verb;    /* "apply", "remove", "rollback", "mode", ... */
	const char *comment; /* or NULL */
	struct pc_store_who who;
	uint64_t created_ns;	     /* unix time; 0: now. What `until: 2h` counts from */
	const struct pc_text *texts; /* any order; names are unique */
	uint32_t text_count;
	const struct pc_store_input *inputs; /* any order */
	uint32_t input_count;
};

/* A revision as stored; everything lives in the arena it was read into. */
struct pc_revision {
	uint64_t number; /* from 1, in order of time, never reused */
	uint64_t parent; /* the one active when it was made; 0: none */
	uint64_t created_ns;
	const char *verb;
	const char *comment; /* "" where there is none */
	struct pc_store_who who;
	uint8_t inputs_sha256[PC_SHA256_SIZE]; /* over texts and inputs: equal means same inputs */
	/* NULL and 0 in what pc_store_history() returns. Sorted by name; by kind, then key. */
	struct pc_text *texts;
	uint32_t text_count;
	struct pc_store_input *inputs;
	uint32_t input_count;
};

#define PC_STORE_ANY UINT64_MAX /* for `expected`: whatever is active */

enum pc_store_put_flags {
	PC_STORE_PUT_INACTIVE = 1 << 0, /* store only (a candidate) */
	PC_STORE_PUT_ALWAYS = 1 << 1,	/* store even what equals the active revision */
};

struct pc_store_put {
	uint64_t number; /* of the new revision; of the active one if unchanged */
	bool unchanged;	 /* the active revision has the very same inputs: nothing was stored */
};

/*
 * Stores a revision and makes it active, in one transaction.
 * expected: the active revision it was planned on (0: none yet); -ESTALE where it is another.
 */
int pc_store_put_revision(struct pc_store *store, const struct pc_revision_inputs *inputs,
			  uint64_t expected, unsigned int flags, struct pc_store_put *ret_put);
/* Reads revision number into arena and checks its digests. On failure ret_revision is untouched;
 * the arena may have grown. */
int pc_store_get_revision(struct pc_store *store, uint64_t number, struct pc_arena *arena,
			  struct pc_revision *ret_revision);
/*
 * The newest revisions below `before` (0: from the newest), newest first, at most limit, without
 * their texts and inputs. ret_items lives in arena; may be empty.
 */
int pc_store_history(struct pc_store *store, uint64_t before, uint32_t limit,
		     struct pc_arena *arena, struct pc_revision **ret_items, uint32_t *ret_count);

/* What is to be in force. */
struct pc_store_state {
	uint64_t active;	/* revision; 0: none yet */
	uint64_t last;		/* newest revision stored; 0: none yet */
	uint64_t activated_ns;	/* when `active` became so; 0: never */
	bool off;		/* enforcement was switched off; see pc_store_enforcing() */
	uint64_t off_until_ns;	/* unix time when it ends by itself; 0: not by itself */
	uint64_t switched_ns;	/* when it was last switched off or on; 0: never */
	struct pc_store_who by; /* who switched it */
	char reason[PC_STORE_COMMENT_MAX + 1];
};

/* now_ns: unix time. */
static inline bool pc_store_enforcing(const struct pc_store_state *state, uint64_t now_ns)
{
	return !state->off || (state->off_until_ns && now_ns >= state->off_until_ns);
}

int pc_store_state(struct pc_store *store, struct pc_store_state *ret_state);
/* The active revision's number, 0 for none yet. */
int pc_store_active(struct pc_store *store, uint64_t *ret_number);
/* Makes a stored revision active, or none (0); expected as in pc_store_put_revision(). */
int pc_store_set_active(struct pc_store *store, uint64_t number, uint64_t expected);
/* Does it say anything? */
static inline bool pc_store_is_reason(const char *text)
{
	while (text && (*text == ' ' || *text == '\t' || *text == '\n'))
		text++;
	return text && *text;
}
/* Switches enforcement off until until_ns (unix time; 0: until switched on), or on. The reason is
 * required for off. */
int pc_store_set_enforcement(struct pc_store *store, bool on, uint64_t until_ns, const char *reason,
			     const struct pc_store_who *who);

/*
 * The id of a policy's identity, from 1; kept when the policy is removed, never given to another.
 * create: a name not known yet gets the next id; without it -ENOENT.
 */
int pc_store_policy_id(struct pc_store *store, const char *name, bool create, uint32_t *ret_id);
/* The same for many names at once, in one transaction: all or none. ret_ids has count elements. */
int pc_store_policy_ids(struct pc_store *store, const char *const *names, uint32_t count,
			bool create, uint32_t *ret_ids);
/* The name an id belongs to, into arena; -ENOENT. */
int pc_store_policy_name(struct pc_store *store, uint32_t id, struct pc_arena *arena,
			 const char **ret_name);

/* Small settings of the daemon. put with value NULL removes. get: -ENOENT where it is not set. */
int pc_store_put_setting(struct pc_store *store, const char *key, const char *value);
int pc_store_get_setting(struct pc_store *store, const char *key, struct pc_arena *arena,
			 const char **ret_value);

/* A number that differs from the last one returned by this store when another connection has
 * written since; own writes do not change it. Cheap enough to poll. */
int pc_store_data_version(struct pc_store *store, uint64_t *ret_version);

/* Everything: integrity_check, foreign keys, every digest of every row. 0 or the first problem. */
int pc_store_verify(struct pc_store *store);

#endif
