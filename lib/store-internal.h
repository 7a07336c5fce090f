/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the store's files share: the connection, statements, errors, transactions. */
#ifndef PC_STORE_INTERNAL_H
#define PC_STORE_INTERNAL_H

#include <errno.h>
#include <sqlite3.h>

#include "store.h"

struct pc_store {
	sqlite3 *db;
	char *path; /* real path, for messages */
	unsigned int flags;
	bool immutable; /* read as a file that nobody writes: without locks or a log */
	struct pc_store_error error;
	/* store-names.c: 1 + the data_version each table was last checked at, 0: never. */
	uint64_t names_checked[2];
};

/* store-error.c: each returns err, having noted message and hint as the last error. */
int pc_store_fail(struct pc_store *store, int err, const char *hint, const char *format, ...)
	PC_PRINTF(4, 5);
/* -EUCLEAN, with what is damaged. */
int pc_store_damaged(struct pc_store *store, const char *format, ...) PC_PRINTF(2, 3);
/* What libsqlite3 last reported on this connection. */
int pc_store_fail_sqlite(struct pc_store *store);
/* A system call's -errno; doing: "making its folder". */
int pc_store_fail_system(struct pc_store *store, int err, const char *doing, const char *path);
void pc_store_note_memory(struct pc_store *store);
static inline int pc_store_fail_memory(struct pc_store *store)
{
	pc_store_note_memory(store);
	return -ENOMEM; /* static analysis sees that it is negative */
}

/* store-sql.c */
enum pc_sql_type { PC_SQL_NULL_, PC_SQL_INT_, PC_SQL_TEXT_, PC_SQL_BLOB_ };

/* A value to be bound; text and blob are borrowed until the statement is finalized. */
struct pc_sql_value {
	enum pc_sql_type type;
	int64_t number;
	const void *bytes;
	size_t size;
};

#define PC_SQL_NULL                                                                                \
	{                                                                                          \
		.type = PC_SQL_NULL_                                                               \
	}
#define PC_SQL_INT(n)                                                                              \
	{                                                                                          \
		.type = PC_SQL_INT_, .number = (int64_t)(n)                                        \
	}
#define PC_SQL_TEXT(s)                                                                             \
	{                                                                                          \
		.type = PC_SQL_TEXT_, .bytes = (s)                                                 \
	}
#define PC_SQL_BLOB(p, n)                                                                          \
	{                                                                                          \
		.type = PC_SQL_BLOB_, .bytes = (p), .size = (n)                                    \
	}

void pc_stmtp(sqlite3_stmt **stmt);
#define PC_STMT PC_CLEANUP(pc_stmtp)

int pc_store_prepare(struct pc_store *store, const char *sql, const struct pc_sql_value *values,
		     size_t count, sqlite3_stmt **ret_stmt);
int pc_store_bind(struct pc_store *store, sqlite3_stmt *stmt, const struct pc_sql_value *values,
		  size_t count);
/* 1: a row, 0: no more, or -errno. */
int pc_store_step(struct pc_store *store, sqlite3_stmt *stmt);
/* Prepares, steps through and finalizes one statement. */
int pc_store_run(struct pc_store *store, const char *sql, const struct pc_sql_value *values,
		 size_t count);
int pc_store_exec(struct pc_store *store, const char *sql);
/* A query of one row with one number; -EUCLEAN where there is none. */
int pc_store_number(struct pc_store *store, const char *sql, int64_t *ret_number);

/* Copies of a column; -EUCLEAN where the type is wrong or the text has a NUL inside. */
int pc_column_text(struct pc_store *store, sqlite3_stmt *stmt, int column, struct pc_arena *arena,
		   const char **ret_text);
int pc_column_u64(struct pc_store *store, sqlite3_stmt *stmt, int column, uint64_t *ret_number);
int pc_column_u32(struct pc_store *store, sqlite3_stmt *stmt, int column, uint32_t *ret_number);
int pc_column_digest(struct pc_store *store, sqlite3_stmt *stmt, int column,
		     uint8_t ret_digest[PC_SHA256_SIZE]);
/* Columns uid, login, comm from `column` on. */
int pc_column_who(struct pc_store *store, sqlite3_stmt *stmt, int column,
		  struct pc_store_who *ret_who);

/*
 * A transaction: `struct pc_store *txn PC_TXN = NULL;`, then begin. It is rolled back where the
 * scope is left before pc_store_commit().
 */
enum pc_txn_kind { PC_TXN_READ, PC_TXN_WRITE };
int pc_store_begin(struct pc_store *store, enum pc_txn_kind kind, struct pc_store **ret_txn);
int pc_store_commit(struct pc_store **txn);
void pc_txnp(struct pc_store **txn);
#define PC_TXN PC_CLEANUP(pc_txnp)

/* Digest of a row's columns, kept in its column `seal`. */
void pc_seal_start(struct pc_sha256 *hash, const char *table);
void pc_seal_text(struct pc_sha256 *hash, const char *text);
void pc_seal_who(struct pc_sha256 *hash, const struct pc_store_who *who);
/* 0, or -EUCLEAN where column holds another digest than hash; finishes hash. */
int pc_seal_check(struct pc_store *store, struct pc_sha256 *hash, sqlite3_stmt *stmt, int column,
		  const char *what);

/* store-schema.c */
#define PC_STORE_APPLICATION_ID 0x50435354 /* "PCST", as file(1) sees it */

/* One step from a schema version to the next. */
struct pc_store_step {
	const char *sql;
	int (*fill)(struct pc_store *store); /* rows that SQL alone cannot make, or NULL */
};
extern const struct pc_store_step pc_store_steps[];
extern const uint32_t pc_store_step_count; /* the schema version of this program */

/* Brings a store from version `from` to version count, each step in a transaction. */
int pc_store_migrate(struct pc_store *store, const struct pc_store_step *steps, uint32_t from,
		     uint32_t count);
/* -EUCLEAN where the schema is not exactly what steps make it up to version count. */
int pc_store_check_schema(struct pc_store *store, const struct pc_store_step *steps,
			  uint32_t count);
/* A new store's bytes; free with sqlite3_free(). */
int pc_store_image(struct pc_store *store, unsigned char **ret_bytes, size_t *ret_size);

/* store-file.c */
/*
 * Finds the real path and refuses an unsafe place. ret_path is to be freed. -ENOENT (with the path)
 * where only the store itself is missing.
 */
int pc_store_place(struct pc_store *store, const char *path, char **ret_path);
/* Puts a new store at store->path; an existing one is left alone. */
int pc_store_create_file(struct pc_store *store);
/* Whether the store lies on a medium nobody can write. */
bool pc_store_is_on_read_only(const char *path);
/* Whether there is a log to replay. */
bool pc_store_has_log(const char *path);

/* store-state.c, store-read.c, store-names.c: inside a transaction. */
int pc_state_read(struct pc_store *store, struct pc_store_state *ret_state);
int pc_state_write(struct pc_store *store, const struct pc_store_state *state);
/* The first state of a new store. */
int pc_state_fill(struct pc_store *store);
/* -ESTALE where state's active revision is not the expected one. */
int pc_state_expect(struct pc_store *store, const struct pc_store_state *state, uint64_t expected);
int pc_revision_read(struct pc_store *store, uint64_t number, struct pc_arena *arena,
		     struct pc_revision *ret_revision);
/* Adds one text or input in their canonical order to the digest over a revision's inputs. */
void pc_inputs_add_text(struct pc_sha256 *hash, const struct pc_text *text,
			const uint8_t digest[PC_SHA256_SIZE]);
void pc_inputs_add(struct pc_sha256 *hash, const struct pc_store_input *input);
/* Every row of policies and settings is sound and found by its key. */
int pc_names_check(struct pc_store *store);
/* As pc_revision_read(), without texts and inputs, which are not checked. */
int pc_revision_read_header(struct pc_store *store, uint64_t number, struct pc_arena *arena,
			    struct pc_revision *ret_revision);
/* The seal over everything but texts and inputs. */
void pc_revision_seal(struct pc_sha256 *hash, const struct pc_revision *revision);

/* store.c */
/* SQLite's own check of the file's structure; full: of its indices, too. */
int pc_store_integrity(struct pc_store *store, bool full);
/* Unix time in nanoseconds. */
uint64_t pc_store_now(void);

#endif
