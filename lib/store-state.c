/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is in force: the active revision and the switch; ids of policies; settings. */
#include "store-internal.h"

#include <string.h>

static void seal_state(struct pc_sha256 *hash, const struct pc_store_state *state)
{
	pc_seal_start(hash, "state");
	pc_sha256_add_u64(hash, state->active);
	pc_sha256_add_u64(hash, state->last);
	pc_sha256_add_u64(hash, state->activated_ns);
	pc_sha256_add_u64(hash, state->off);
	pc_sha256_add_u64(hash, state->off_until_ns);
	pc_sha256_add_u64(hash, state->switched_ns);
	pc_seal_who(hash, &state->by);
	pc_seal_text(hash, state->reason);
}

/* Columns as in pc_state_read(). */
static int load_state(struct pc_store *store, sqlite3_stmt *stmt, struct pc_store_state *state)
{
	uint64_t *const numbers[] = {&state->last, &state->activated_ns, &state->off_until_ns,
				     &state->switched_ns};
	const char *reason = (const char *)sqlite3_column_text(stmt, 9);
	uint64_t off = 0;
	int r = 0;

	if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		r = pc_column_u64(store, stmt, 0, &state->active);
	for (size_t i = 0; r == 0 && i < PC_ARRAY_SIZE(numbers); i++)
		r = pc_column_u64(store, stmt, (int)i + 1, numbers[i]);
	if (r == 0)
		r = pc_column_u64(store, stmt, 5, &off);
	if (r == 0)
		r = pc_column_who(store, stmt, 6, &state->by);
	if (r < 0)
		return r;
	if (off > 1 || !reason || strlen(reason) >= sizeof(state->reason))
		return pc_store_damaged(store, "the switch is malformed");
	state->off = off;
	memcpy(state->reason, reason, strlen(reason));
	return 0;
}

int pc_state_read(struct pc_store *store, struct pc_store_state *ret_state)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	sqlite3_stmt *stmt PC_STMT = NULL;
	struct pc_store_state state = {0};
	int r;

	r = pc_store_prepare(store,
			     "SELECT active, last, activated, off_until, switched, off, uid, login,"
			     " comm, reason, seal FROM state",
			     NULL, 0, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	if (r == 0)
		return pc_store_damaged(store, "it does not say which revision is active");
	r = load_state(store, stmt, &state);
	if (r < 0)
		return r;
	seal_state(&hash, &state);
	r = pc_seal_check(store, &hash, stmt, 10, "the active revision's number");
	if (r == 0)
		*ret_state = state;
	return r;
}

#define STATE_COLUMNS                                                                              \
	"active = ?, last = ?, activated = ?, off = ?, off_until = ?, switched = ?, uid = ?,"      \
	" login = ?, comm = ?, reason = ?, seal = ?"

static int put_state(struct pc_store *store, const char *sql, const struct pc_store_state *state)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	const struct pc_sql_value none = PC_SQL_NULL, active = PC_SQL_INT(state->active);
	uint8_t seal[PC_SHA256_SIZE];

	seal_state(&hash, state);
	if (pc_sha256_finish(&hash, seal) < 0)
		return pc_store_fail_memory(store);
	return pc_store_run(store, sql,
			    (const struct pc_sql_value[]){
				    state->active ? active : none,
				    PC_SQL_INT(state->last),
				    PC_SQL_INT(state->activated_ns),
				    PC_SQL_INT(state->off),
				    PC_SQL_INT(state->off_until_ns),
				    PC_SQL_INT(state->switched_ns),
				    PC_SQL_INT(state->by.uid),
				    PC_SQL_INT(state->by.login_uid),
				    PC_SQL_TEXT(state->by.comm),
				    PC_SQL_TEXT(state->reason),
				    PC_SQL_BLOB(seal, sizeof(seal)),
			    },
			    11);
}

int pc_state_write(struct pc_store *store, const struct pc_store_state *state)
{
	return put_state(store, "UPDATE state SET " STATE_COLUMNS, state);
}

int pc_state_fill(struct pc_store *store)
{
	const struct pc_store_state first = {0};

	return put_state(
		store,
		"INSERT INTO state(one, active, last, activated, off, off_until, switched,"
		" uid, login, comm, reason, seal) VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		&first);
}

int pc_state_expect(struct pc_store *store, const struct pc_store_state *state, uint64_t expected)
{
	if (expected == PC_STORE_ANY || expected == state->active)
		return 0;
	return pc_store_fail(store, -ESTALE, "look at what changed (history, diff), then try again",
			     "%s: the store moved on: revision %llu is active, not %llu",
			     store->path, (unsigned long long)state->active,
			     (unsigned long long)expected);
}

int pc_store_state(struct pc_store *store, struct pc_store_state *ret_state)
{
	return pc_state_read(store, ret_state);
}

int pc_store_active(struct pc_store *store, uint64_t *ret_number)
{
	struct pc_store_state state = {0};
	int r = pc_state_read(store, &state);

	if (r == 0)
		*ret_number = state.active;
	return r;
}

int pc_store_set_active(struct pc_store *store, uint64_t number, uint64_t expected)
{
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	struct pc_store *txn PC_TXN = NULL;
	struct pc_revision revision = {0};
	struct pc_store_state state = {0};
	int r;

	r = pc_store_begin(store, PC_TXN_WRITE, &txn);
	if (r < 0)
		return r;
	r = pc_state_read(store, &state);
	if (r < 0)
		return r;
	r = pc_state_expect(store, &state, expected);
	if (r < 0)
		return r;
	if (number)
		r = pc_revision_read(store, number, &arena, &revision); /* damage is refused */
	if (r < 0)
		return r;
	state.active = number;
	state.activated_ns = pc_store_now();
	r = pc_state_write(store, &state);
	return r < 0 ? r : pc_store_commit(&txn);
}

int pc_store_set_enforcement(struct pc_store *store, bool on, uint64_t until_ns, const char *reason,
			     const struct pc_store_who *who)
{
	struct pc_store *txn PC_TXN = NULL;
	size_t length = reason ? strlen(reason) : 0;
	struct pc_store_state state = {0};
	int r;

	if ((!on && !pc_store_is_reason(reason)) || length > PC_STORE_COMMENT_MAX ||
	    until_ns > INT64_MAX || !memchr(who->comm, '\0', sizeof(who->comm)))
		return pc_store_fail(store, -EINVAL, "give a short reason (--reason TEXT)",
				     "switching off needs a reason of at most %d bytes",
				     PC_STORE_COMMENT_MAX);
	r = pc_store_begin(store, PC_TXN_WRITE, &txn);
	if (r < 0)
		return r;
	r = pc_state_read(store, &state);
	if (r < 0)
		return r;
	state.off = !on;
	state.off_until_ns = on ? 0 : until_ns;
	state.switched_ns = pc_store_now();
	state.by = *who;
	memset(state.reason, 0, sizeof(state.reason));
	if (length)
		memcpy(state.reason, reason, length);
	r = pc_state_write(store, &state);
	return r < 0 ? r : pc_store_commit(&txn);
}
