/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Checks the whole store: structure, references, and every digest. */
#include "store-internal.h"

#include <string.h>

/* Reads every revision, so that each digest is computed again. */
static int check_revisions(struct pc_store *store)
{
	struct pc_store_state state = {0};
	int64_t count = 0;
	int r;

	r = pc_state_read(store, &state);
	if (r == 0)
		r = pc_store_number(store, "SELECT count(*) FROM revision", &count);
	if (r < 0)
		return r;
	if ((uint64_t)count != state.last)
		return pc_store_damaged(store, "%lld revisions, not %llu", (long long)count,
					(unsigned long long)state.last);
	for (uint64_t number = 1; number <= state.last; number++) {
		struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
		struct pc_revision revision = {0};

		r = pc_revision_read(store, number, &arena, &revision);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_blobs(struct pc_store *store)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store, "SELECT id, sha256, bytes FROM blob", NULL, 0, &stmt);
	if (r < 0)
		return r;
	while ((r = pc_store_step(store, stmt)) > 0) {
		uint8_t wanted[PC_SHA256_SIZE], found[PC_SHA256_SIZE];
		const void *bytes = sqlite3_column_blob(stmt, 2);

		r = pc_column_digest(store, stmt, 1, wanted);
		if (r < 0)
			return r;
		if (pc_sha256(bytes, (size_t)sqlite3_column_bytes(stmt, 2), found) < 0)
			return pc_store_fail_memory(store);
		if (memcmp(wanted, found, sizeof(wanted)))
			return pc_store_damaged(store, "text %lld does not match its digest",
						(long long)sqlite3_column_int64(stmt, 0));
	}
	return r;
}

static int check_references(struct pc_store *store)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store, "PRAGMA foreign_key_check", NULL, 0, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r > 0)
		return pc_store_damaged(store, "a row of table \"%s\" refers to nothing",
					(const char *)sqlite3_column_text(stmt, 0));
	return r;
}

int pc_store_verify(struct pc_store *store)
{
	struct pc_store *txn PC_TXN = NULL;
	int r;

	r = pc_store_begin(store, PC_TXN_READ, &txn);
	if (r == 0)
		r = pc_store_integrity(store, true);
	if (r == 0)
		r = check_references(store);
	if (r == 0)
		r = check_blobs(store);
	if (r == 0)
		r = pc_names_check(store);
	return r < 0 ? r : check_revisions(store);
}
