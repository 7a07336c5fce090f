/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads revisions; what does not match its digest is not returned. */
#include "store-internal.h"

#include <string.h>

#define REVISION_COLUMNS                                                                           \
	"number, ifnull(parent, 0) AS parent, created, uid, login, comm, verb, comment, inputs,"   \
	" seal"

void pc_inputs_add_text(struct pc_sha256 *hash, const struct pc_text *text,
			const uint8_t digest[PC_SHA256_SIZE])
{
	pc_seal_text(hash, "text");
	pc_seal_text(hash, text->name);
	pc_seal_text(hash, text->file);
	pc_sha256_add_field(hash, digest, PC_SHA256_SIZE);
}

void pc_inputs_add(struct pc_sha256 *hash, const struct pc_store_input *input)
{
	pc_seal_text(hash, "input");
	pc_seal_text(hash, input->kind);
	pc_seal_text(hash, input->key);
	pc_seal_text(hash, input->value);
}

void pc_revision_seal(struct pc_sha256 *hash, const struct pc_revision *revision)
{
	pc_seal_start(hash, "revision");
	pc_sha256_add_u64(hash, revision->number);
	pc_sha256_add_u64(hash, revision->parent);
	pc_sha256_add_u64(hash, revision->created_ns);
	pc_seal_who(hash, &revision->who);
	pc_seal_text(hash, revision->verb);
	pc_seal_text(hash, revision->comment);
	pc_sha256_add(hash, revision->inputs_sha256, PC_SHA256_SIZE);
}

/* A row of REVISION_COLUMNS. */
static int load_header(struct pc_store *store, sqlite3_stmt *stmt, struct pc_arena *arena,
		       struct pc_revision *ret_revision)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	struct pc_revision revision = {0};
	int r;

	r = pc_column_u64(store, stmt, 0, &revision.number);
	if (r == 0)
		r = pc_column_u64(store, stmt, 1, &revision.parent);
	if (r == 0)
		r = pc_column_u64(store, stmt, 2, &revision.created_ns);
	if (r == 0)
		r = pc_column_who(store, stmt, 3, &revision.who);
	if (r == 0)
		r = pc_column_text(store, stmt, 6, arena, &revision.verb);
	if (r == 0)
		r = pc_column_text(store, stmt, 7, arena, &revision.comment);
	if (r == 0)
		r = pc_column_digest(store, stmt, 8, revision.inputs_sha256);
	if (r < 0)
		return r;
	pc_revision_seal(&hash, &revision);
	r = pc_seal_check(store, &hash, stmt, 9, "a revision");
	if (r == 0)
		*ret_revision = revision;
	return r;
}

/* Columns: name, file, bytes. */
static int load_text(struct pc_store *store, sqlite3_stmt *stmt, struct pc_arena *arena,
		     struct pc_text *text, uint8_t ret_digest[PC_SHA256_SIZE])
{
	const char *bytes;
	int r;

	r = pc_column_text(store, stmt, 0, arena, &text->name);
	if (r == 0)
		r = pc_column_text(store, stmt, 1, arena, &text->file);
	if (r < 0)
		return r;
	bytes = sqlite3_column_blob(stmt, 2);
	text->size = (size_t)sqlite3_column_bytes(stmt, 2);
	text->bytes = pc_arena_strndup(arena, bytes ? bytes : "", text->size);
	if (!text->bytes || pc_sha256(text->bytes, text->size, ret_digest) < 0)
		return pc_store_fail_memory(store);
	return 0;
}

static int read_texts(struct pc_store *store, struct pc_revision *revision, struct pc_arena *arena,
		      struct pc_sha256 *hash)
{
	const struct pc_sql_value number = PC_SQL_INT(revision->number);
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store,
			     "SELECT name, file, bytes FROM revision_text JOIN blob"
			     " ON blob.id = revision_text.blob WHERE revision = ? ORDER BY name",
			     &number, 1, &stmt);
	if (r < 0)
		return r;
	while ((r = pc_store_step(store, stmt)) > 0) {
		uint8_t digest[PC_SHA256_SIZE];
		struct pc_text *text;

		text = pc_arena_push(arena, &revision->texts, &revision->text_count);
		if (!text)
			return pc_store_fail_memory(store);
		r = load_text(store, stmt, arena, text, digest);
		if (r < 0)
			return r;
		pc_inputs_add_text(hash, text, digest);
	}
	return r;
}

static int read_inputs(struct pc_store *store, struct pc_revision *revision, struct pc_arena *arena,
		       struct pc_sha256 *hash)
{
	const struct pc_sql_value number = PC_SQL_INT(revision->number);
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store,
			     "SELECT kind, key, value FROM revision_input WHERE revision = ?"
			     " ORDER BY kind, key",
			     &number, 1, &stmt);
	if (r < 0)
		return r;
	while ((r = pc_store_step(store, stmt)) > 0) {
		struct pc_store_input *input;

		input = pc_arena_push(arena, &revision->inputs, &revision->input_count);
		if (!input)
			return pc_store_fail_memory(store);
		r = pc_column_text(store, stmt, 0, arena, &input->kind);
		if (r == 0)
			r = pc_column_text(store, stmt, 1, arena, &input->key);
		if (r == 0)
			r = pc_column_text(store, stmt, 2, arena, &input->value);
		if (r < 0)
			return r;
		pc_inputs_add(hash, input);
	}
	return r;
}

int pc_revision_read_header(struct pc_store *store, uint64_t number, struct pc_arena *arena,
			    struct pc_revision *ret_revision)
{
	const struct pc_sql_value value = PC_SQL_INT(number);
	sqlite3_stmt *stmt PC_STMT = NULL;
	struct pc_store_state state = {0};
	int r;

	r = pc_state_read(store, &state);
	if (r < 0)
		return r;
	if (!number || number > state.last)
		return pc_store_fail(store, -ENOENT, "history lists the revisions there are",
				     "%s: there is no revision %llu", store->path,
				     (unsigned long long)number);
	r = pc_store_prepare(store, "SELECT " REVISION_COLUMNS " FROM revision WHERE number = ?",
			     &value, 1, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	if (r == 0)
		return pc_store_damaged(store, "revision %llu is missing",
					(unsigned long long)number);
	return load_header(store, stmt, arena, ret_revision);
}

int pc_revision_read(struct pc_store *store, uint64_t number, struct pc_arena *arena,
		     struct pc_revision *ret_revision)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	struct pc_revision revision = {0};
	uint8_t digest[PC_SHA256_SIZE];
	int r;

	r = pc_revision_read_header(store, number, arena, &revision);
	if (r < 0)
		return r;
	pc_seal_start(&hash, "inputs");
	r = read_texts(store, &revision, arena, &hash);
	if (r == 0)
		r = read_inputs(store, &revision, arena, &hash);
	if (r < 0)
		return r;
	if (pc_sha256_finish(&hash, digest) < 0)
		return pc_store_fail_memory(store);
	if (memcmp(digest, revision.inputs_sha256, sizeof(digest)))
		return pc_store_damaged(store, "the inputs of revision %llu do not match",
					(unsigned long long)number);
	*ret_revision = revision;
	return 0;
}

int pc_store_get_revision(struct pc_store *store, uint64_t number, struct pc_arena *arena,
			  struct pc_revision *ret_revision)
{
	struct pc_store *txn PC_TXN = NULL;
	struct pc_revision revision = {0};
	int r;

	r = pc_store_begin(store, PC_TXN_READ, &txn);
	if (r < 0)
		return r;
	r = pc_revision_read(store, number, arena, &revision);
	if (r == 0)
		*ret_revision = revision;
	return r;
}

/* The revisions from `newest` down; each number is there, without a gap. */
static int read_headers(struct pc_store *store, uint64_t newest, uint32_t limit,
			struct pc_arena *arena, struct pc_revision **ret_items, uint32_t *ret_count)
{
	const struct pc_sql_value values[] = {PC_SQL_INT(newest), PC_SQL_INT(limit)};
	struct pc_revision *items = NULL;
	sqlite3_stmt *stmt PC_STMT = NULL;
	uint32_t count = 0;
	int r;

	r = pc_store_prepare(store,
			     "SELECT " REVISION_COLUMNS " FROM revision WHERE number <= ?"
			     " ORDER BY number DESC LIMIT ?",
			     values, 2, &stmt);
	if (r < 0)
		return r;
	while ((r = pc_store_step(store, stmt)) > 0) {
		struct pc_revision *item = pc_arena_push(arena, &items, &count);

		if (!item)
			return pc_store_fail_memory(store);
		r = load_header(store, stmt, arena, item);
		if (r < 0)
			return r;
		if (item->number != newest - (count - 1))
			return pc_store_damaged(store, "a revision is missing");
	}
	if (r == 0 && count != (newest < limit ? newest : limit))
		r = pc_store_damaged(store, "a revision is missing");
	if (r == 0) {
		*ret_items = items;
		*ret_count = count;
	}
	return r;
}

int pc_store_history(struct pc_store *store, uint64_t before, uint32_t limit,
		     struct pc_arena *arena, struct pc_revision **ret_items, uint32_t *ret_count)
{
	struct pc_store *txn PC_TXN = NULL;
	struct pc_store_state state = {0};
	uint64_t newest;
	int r;

	r = pc_store_begin(store, PC_TXN_READ, &txn);
	if (r < 0)
		return r;
	r = pc_state_read(store, &state);
	if (r < 0)
		return r;
	newest = before && before <= state.last ? before - 1 : state.last;
	return read_headers(store, newest, limit, arena, ret_items, ret_count);
}
