/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The store's statements, columns and transactions. */
#include "store-internal.h"

#include <string.h>

void pc_stmtp(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

static int bind(sqlite3_stmt *stmt, int index, const struct pc_sql_value *value)
{
	switch (value->type) {
	case PC_SQL_INT_:
		return sqlite3_bind_int64(stmt, index, value->number);
	case PC_SQL_TEXT_:
		return sqlite3_bind_text(stmt, index, value->bytes, -1, SQLITE_STATIC);
	case PC_SQL_BLOB_: /* an empty blob is not NULL */
		return sqlite3_bind_blob64(stmt, index, value->size ? value->bytes : "",
					   value->size, SQLITE_STATIC);
	case PC_SQL_NULL_:
		break;
	}
	return sqlite3_bind_null(stmt, index);
}

int pc_store_bind(struct pc_store *store, sqlite3_stmt *stmt, const struct pc_sql_value *values,
		  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bind(stmt, (int)i + 1, &values[i]) != SQLITE_OK)
			return pc_store_fail_sqlite(store);
	return 0;
}

int pc_store_prepare(struct pc_store *store, const char *sql, const struct pc_sql_value *values,
		     size_t count, sqlite3_stmt **ret_stmt)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return pc_store_fail_sqlite(store);
	r = pc_store_bind(store, stmt, values, count);
	if (r == 0)
		*ret_stmt = PC_TAKE_PTR(stmt);
	return r;
}

int pc_store_step(struct pc_store *store, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : pc_store_fail_sqlite(store);
}

int pc_store_run(struct pc_store *store, const char *sql, const struct pc_sql_value *values,
		 size_t count)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r = pc_store_prepare(store, sql, values, count, &stmt);

	if (r < 0)
		return r;
	do
		r = pc_store_step(store, stmt);
	while (r > 0);
	return r;
}

int pc_store_exec(struct pc_store *store, const char *sql)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return pc_store_fail_sqlite(store);
	return 0;
}

int pc_store_number(struct pc_store *store, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r = pc_store_prepare(store, sql, NULL, 0, &stmt);

	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	if (r == 0)
		return pc_store_damaged(store, "%s: no answer", sql);
	*ret_number = sqlite3_column_int64(stmt, 0);
	return 0;
}

static int wrong_column(struct pc_store *store, sqlite3_stmt *stmt, int column)
{
	return pc_store_damaged(store, "a value of column \"%s\" is malformed",
				sqlite3_column_name(stmt, column));
}

int pc_column_text(struct pc_store *store, sqlite3_stmt *stmt, int column, struct pc_arena *arena,
		   const char **ret_text)
{
	const char *text;
	size_t size;

	if (sqlite3_column_type(stmt, column) != SQLITE_TEXT)
		return wrong_column(store, stmt, column);
	text = (const char *)sqlite3_column_text(stmt, column);
	size = (size_t)sqlite3_column_bytes(stmt, column);
	if (!text)
		return pc_store_fail_memory(store);
	if (memchr(text, '\0', size))
		return wrong_column(store, stmt, column);
	text = pc_arena_strndup(arena, text, size);
	if (!text)
		return pc_store_fail_memory(store);
	*ret_text = text;
	return 0;
}

int pc_column_u64(struct pc_store *store, sqlite3_stmt *stmt, int column, uint64_t *ret_number)
{
	int64_t number = sqlite3_column_int64(stmt, column);

	if (sqlite3_column_type(stmt, column) != SQLITE_INTEGER || number < 0)
		return wrong_column(store, stmt, column);
	*ret_number = (uint64_t)number;
	return 0;
}

int pc_column_u32(struct pc_store *store, sqlite3_stmt *stmt, int column, uint32_t *ret_number)
{
	uint64_t number = 0;
	int r = pc_column_u64(store, stmt, column, &number);

	if (r < 0)
		return r;
	if (number > UINT32_MAX)
		return wrong_column(store, stmt, column);
	*ret_number = (uint32_t)number;
	return 0;
}

int pc_column_digest(struct pc_store *store, sqlite3_stmt *stmt, int column,
		     uint8_t ret_digest[PC_SHA256_SIZE])
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	if (!bytes || sqlite3_column_bytes(stmt, column) != PC_SHA256_SIZE)
		return wrong_column(store, stmt, column);
	memcpy(ret_digest, bytes, PC_SHA256_SIZE);
	return 0;
}

int pc_column_who(struct pc_store *store, sqlite3_stmt *stmt, int column,
		  struct pc_store_who *ret_who)
{
	struct pc_store_who who = {0};
	const char *comm = (const char *)sqlite3_column_text(stmt, column + 2);
	int r = pc_column_u32(store, stmt, column, &who.uid);

	if (r < 0)
		return r;
	r = pc_column_u32(store, stmt, column + 1, &who.login_uid);
	if (r < 0)
		return r;
	if (!comm || strlen(comm) >= sizeof(who.comm))
		return wrong_column(store, stmt, column + 2);
	memcpy(who.comm, comm, strlen(comm));
	*ret_who = who;
	return 0;
}

int pc_store_begin(struct pc_store *store, enum pc_txn_kind kind, struct pc_store **ret_txn)
{
	int r;

	if (kind == PC_TXN_WRITE && (store->flags & PC_STORE_READ_ONLY))
		return pc_store_fail(store, -EROFS, "open it for writing",
				     "%s: the store was opened read-only", store->path);
	r = pc_store_run(store, kind == PC_TXN_WRITE ? "BEGIN IMMEDIATE" : "BEGIN", NULL, 0);
	if (r == 0)
		*ret_txn = store;
	return r;
}

int pc_store_commit(struct pc_store **txn)
{
	int r = pc_store_run(*txn, "COMMIT", NULL, 0);

	if (r == 0)
		*txn = NULL; /* a COMMIT that failed is still to be rolled back */
	return r;
}

void pc_txnp(struct pc_store **txn)
{
	/* An error may have rolled back already; then this one says so, and nobody needs to know.
	 */
	if (*txn)
		sqlite3_exec((*txn)->db, "ROLLBACK", NULL, NULL, NULL);
}

void pc_seal_start(struct pc_sha256 *hash, const char *table)
{
	pc_sha256_start(hash);
	pc_seal_text(hash, table);
}

void pc_seal_text(struct pc_sha256 *hash, const char *text)
{
	pc_sha256_add_field(hash, text, strlen(text));
}

void pc_seal_who(struct pc_sha256 *hash, const struct pc_store_who *who)
{
	pc_sha256_add_u64(hash, who->uid);
	pc_sha256_add_u64(hash, who->login_uid);
	pc_seal_text(hash, who->comm);
}

int pc_seal_check(struct pc_store *store, struct pc_sha256 *hash, sqlite3_stmt *stmt, int column,
		  const char *what)
{
	uint8_t wanted[PC_SHA256_SIZE], found[PC_SHA256_SIZE];
	int r;

	if (pc_sha256_finish(hash, wanted) < 0)
		return pc_store_fail_memory(store);
	r = pc_column_digest(store, stmt, column, found);
	if (r < 0)
		return r;
	if (memcmp(wanted, found, sizeof(wanted)))
		return pc_store_damaged(store, "the digest of %s does not match", what);
	return 0;
}
