/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The store's tables, and the steps that lead from each version of them to the next.
 *
 * A released step is never edited: append another one. Steps CREATE or ADD COLUMN only, so that the
 * schema's text, which is compared at every open, is the same however it came about.
 */
#include "store-internal.h"

#include <string.h>

#define FORBID(table, event)                                                                       \
	"CREATE TRIGGER " table "_no_" event " BEFORE " event " ON " table " BEGIN"                \
	" SELECT RAISE(ABORT, '" table ": rows are immutable'); END;\n"
/* INSERT OR REPLACE would delete a row without asking the trigger above. */
#define FORBID_REPLACE(table, exists)                                                              \
	"CREATE TRIGGER " table "_no_REPLACE BEFORE INSERT ON " table " WHEN " exists " BEGIN"     \
	" SELECT RAISE(ABORT, '" table ": rows are immutable'); END;\n"
#define IMMUTABLE(table, exists)                                                                   \
	FORBID(table, "UPDATE") FORBID(table, "DELETE") FORBID_REPLACE(table, exists)

static const char first_tables[] =
	"PRAGMA application_id = 0x50435354;\n"

	"CREATE TABLE policy("
	"id INTEGER PRIMARY KEY AUTOINCREMENT CHECK(id BETWEEN 1 AND 4294967295),"
	"name TEXT NOT NULL UNIQUE,"
	"seal BLOB NOT NULL) STRICT;\n"

	"CREATE TABLE blob("
	"id INTEGER PRIMARY KEY,"
	"sha256 BLOB NOT NULL UNIQUE,"
	"bytes BLOB NOT NULL) STRICT;\n"

	"CREATE TABLE revision("
	"number INTEGER PRIMARY KEY,"
	"parent INTEGER REFERENCES revision(number)," /* NULL: none */
	"created INTEGER NOT NULL,"		      /* unix time, nanoseconds */
	"uid INTEGER NOT NULL,"
	"login INTEGER NOT NULL,"
	"comm TEXT NOT NULL,"
	"verb TEXT NOT NULL,"
	"comment TEXT NOT NULL,"
	"inputs BLOB NOT NULL," /* sha256 over texts and inputs */
	"seal BLOB NOT NULL) STRICT;\n"

	"CREATE TABLE revision_text("
	"revision INTEGER NOT NULL REFERENCES revision(number) DEFERRABLE INITIALLY DEFERRED,"
	"name TEXT NOT NULL,"
	"file TEXT NOT NULL,"
	"blob INTEGER NOT NULL REFERENCES blob(id),"
	"PRIMARY KEY(revision, name)) STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE revision_input("
	"revision INTEGER NOT NULL REFERENCES revision(number) DEFERRABLE INITIALLY DEFERRED,"
	"kind TEXT NOT NULL,"
	"key TEXT NOT NULL,"
	"value TEXT NOT NULL,"
	"PRIMARY KEY(revision, kind, key)) STRICT, WITHOUT ROWID;\n"

	"CREATE TABLE state("
	"one INTEGER PRIMARY KEY CHECK(one = 1),"
	"active INTEGER REFERENCES revision(number)," /* NULL: none yet */
	"last INTEGER NOT NULL,"
	"activated INTEGER NOT NULL,"
	"off INTEGER NOT NULL,"
	"off_until INTEGER NOT NULL,"
	"switched INTEGER NOT NULL,"
	"uid INTEGER NOT NULL,"
	"login INTEGER NOT NULL,"
	"comm TEXT NOT NULL,"
	"reason TEXT NOT NULL,"
	"seal BLOB NOT NULL) STRICT;\n"

	"CREATE TABLE setting("
	"key TEXT PRIMARY KEY NOT NULL,"
	"value TEXT NOT NULL,"
	"seal BLOB NOT NULL) STRICT;\n"

	/* A revision's row comes after its texts and inputs, and closes it. */
	IMMUTABLE("policy", "EXISTS(SELECT 1 FROM policy WHERE id = NEW.id OR name = NEW.name)")
		IMMUTABLE("blob",
			  "EXISTS(SELECT 1 FROM blob WHERE id = NEW.id OR sha256 = "
			  "NEW.sha256)") IMMUTABLE("revision",
						   "NEW.number IS NOT (SELECT last + 1 FROM state)")
			IMMUTABLE("revision_text",
				  "EXISTS(SELECT 1 FROM revision WHERE number >= NEW.revision)")
				IMMUTABLE("revision_input",
					  "EXISTS(SELECT 1 FROM revision WHERE number >= "
					  "NEW.revision)") FORBID("state", "DELETE")
					FORBID_REPLACE("state", "EXISTS(SELECT 1 FROM state)");

const struct pc_store_step pc_store_steps[] = {
	{first_tables, pc_state_fill},
};
const uint32_t pc_store_step_count = PC_ARRAY_SIZE(pc_store_steps);

static int migrate_step(struct pc_store *store, const struct pc_store_step *step, uint32_t version)
{
	struct pc_store *txn PC_TXN = NULL;
	char set_version[48];
	int64_t now;
	int r;

	r = pc_store_begin(store, PC_TXN_WRITE, &txn);
	if (r < 0)
		return r;
	/* Another program may have been faster. */
	r = pc_store_number(store, "PRAGMA user_version", &now);
	if (r < 0 || now >= version)
		return r;
	r = pc_store_exec(store, step->sql);
	if (r == 0 && step->fill)
		r = step->fill(store);
	if (r < 0)
		return r;
	snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %u", version);
	r = pc_store_exec(store, set_version);
	return r < 0 ? r : pc_store_commit(&txn);
}

int pc_store_migrate(struct pc_store *store, const struct pc_store_step *steps, uint32_t from,
		     uint32_t count)
{
	for (uint32_t i = from; i < count; i++) {
		int r = migrate_step(store, &steps[i], i + 1);

		if (r < 0)
			return r;
	}
	return 0;
}

/* A store in memory with the tables of version count; owned by ret_store, closed by the caller. */
static int open_model(struct pc_store *store, const struct pc_store_step *steps, uint32_t count,
		      struct pc_store *ret_model)
{
	struct pc_store model = {0};
	int r;

	if (sqlite3_open_v2(":memory:", &model.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    NULL) != SQLITE_OK)
		r = -ENOMEM;
	else
		r = pc_store_migrate(&model, steps, 0, count);
	if (r < 0) {
		sqlite3_close_v2(model.db);
		store->error = model.error;
		return r == -ENOMEM ? pc_store_fail_memory(store) : r;
	}
	*ret_model = model;
	return 0;
}

/* One digest over the text of every table, index, trigger and view. */
static int schema_digest(struct pc_store *store, uint8_t ret_digest[PC_SHA256_SIZE])
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store,
			     "SELECT type, name, tbl_name, sql FROM sqlite_schema"
			     " WHERE substr(name, 1, 7) <> 'sqlite_' ORDER BY name, type",
			     NULL, 0, &stmt);
	if (r < 0)
		return r;
	pc_sha256_start(&hash);
	while ((r = pc_store_step(store, stmt)) > 0)
		for (int column = 0; column < 4; column++) {
			const char *text;

			r = pc_column_text(store, stmt, column, &arena, &text);
			if (r < 0)
				return r;
			pc_seal_text(&hash, text);
		}
	if (r == 0 && pc_sha256_finish(&hash, ret_digest) < 0)
		return pc_store_fail_memory(store);
	return r;
}

int pc_store_check_schema(struct pc_store *store, const struct pc_store_step *steps, uint32_t count)
{
	uint8_t wanted[PC_SHA256_SIZE], found[PC_SHA256_SIZE];
	struct pc_store model = {0};
	int r;

	r = open_model(store, steps, count, &model);
	if (r < 0)
		return r;
	r = schema_digest(&model, wanted);
	if (r < 0)
		store->error = model.error;
	else
		r = schema_digest(store, found);
	sqlite3_close_v2(model.db);
	if (r < 0)
		return r;
	if (memcmp(wanted, found, sizeof(wanted)))
		return pc_store_damaged(store, "its tables are not those of schema version %u",
					count);
	return 0;
}

int pc_store_image(struct pc_store *store, unsigned char **ret_bytes, size_t *ret_size)
{
	struct pc_store model = {0};
	unsigned char *bytes;
	sqlite3_int64 size;
	int r;

	r = open_model(store, pc_store_steps, pc_store_step_count, &model);
	if (r < 0)
		return r;
	bytes = sqlite3_serialize(model.db, "main", &size, 0);
	sqlite3_close_v2(model.db);
	if (!bytes)
		return pc_store_fail_memory(store);
	/* Write and read version of the header: a store begins its life in WAL mode. */
	bytes[18] = bytes[19] = 2;
	*ret_bytes = bytes;
	*ret_size = (size_t)size;
	return 0;
}
