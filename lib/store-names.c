/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Small tables by name: the ids of policies, and settings. */
#include "store-internal.h"

#include <string.h>

/* Columns are: key, value, seal. */
static const struct table {
	const char *name;
	bool numbered; /* the value is an id */
	const char *find;
	const char *scan;
} policies = {"policy", true, "SELECT name, id, seal FROM policy WHERE name = ?",
	      "SELECT name, id, seal FROM policy NOT INDEXED"},
  settings = {"setting", false, "SELECT key, value, seal FROM setting WHERE key = ?",
	      "SELECT key, value, seal FROM setting NOT INDEXED"};

struct row {
	const char *key;
	const char *value; /* of a setting */
	uint64_t id;	   /* of a policy */
};

static void seal_row(struct pc_sha256 *hash, const struct table *table, const struct row *row)
{
	pc_seal_start(hash, table->name);
	pc_seal_text(hash, row->key);
	if (table->numbered)
		pc_sha256_add_u64(hash, row->id);
	else
		pc_seal_text(hash, row->value);
}

static int load_row(struct pc_store *store, const struct table *table, sqlite3_stmt *stmt,
		    struct pc_arena *arena, struct row *ret_row)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	struct row row = {0};
	int r;

	r = pc_column_text(store, stmt, 0, arena, &row.key);
	if (r == 0)
		r = table->numbered ? pc_column_u64(store, stmt, 1, &row.id)
				    : pc_column_text(store, stmt, 1, arena, &row.value);
	if (r < 0)
		return r;
	seal_row(&hash, table, &row);
	r = pc_seal_check(store, &hash, stmt, 2, table->name);
	if (r == 0)
		*ret_row = row;
	return r;
}

/* 1: the index has a row for key, 0: it has none, or -errno. */
static int look_up(struct pc_store *store, const struct table *table, const char *key,
		   struct pc_arena *arena, struct row *ret_row)
{
	const struct pc_sql_value value = PC_SQL_TEXT(key);
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store, table->find, &value, 1, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r <= 0)
		return r;
	r = load_row(store, table, stmt, arena, ret_row);
	if (r != 0)
		return r;
	if (strcmp(ret_row->key, key))
		return pc_store_damaged(store, "the index of table \"%s\" is wrong", table->name);
	return 1;
}

/* Every row is sound, and the index leads to it. */
static int check_table(struct pc_store *store, const struct table *table)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store, table->scan, NULL, 0, &stmt);
	if (r < 0)
		return r;
	while ((r = pc_store_step(store, stmt)) > 0) {
		struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
		struct row row = {0}, again;

		r = load_row(store, table, stmt, &arena, &row);
		if (r == 0)
			r = look_up(store, table, row.key, &arena, &again);
		if (r == 0)
			r = pc_store_damaged(store, "the index of table \"%s\" misses a row",
					     table->name);
		if (r < 0)
			return r;
	}
	return r;
}

/*
 * "Not there" has consequences (a new id), so neither a damaged row nor a damaged index is to say
 * it. Own writes keep a table sound; data_version tells about those of others.
 */
static int check_absence(struct pc_store *store, const struct table *table)
{
	uint64_t *checked = &store->names_checked[table->numbered];
	uint64_t version = 0;
	int r = pc_store_data_version(store, &version);

	if (r < 0 || *checked == version + 1)
		return r;
	r = check_table(store, table);
	if (r == 0)
		*checked = version + 1;
	return r;
}

/* 1: found, 0: certainly not there, or -errno. */
static int find_row(struct pc_store *store, const struct table *table, const char *key,
		    struct pc_arena *arena, struct row *ret_row)
{
	int r = look_up(store, table, key, arena, ret_row);

	return r ? r : check_absence(store, table);
}

static int add_policy(struct pc_store *store, const char *name, uint32_t *ret_id)
{
	struct row row = {.key = name};
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	uint8_t seal[PC_SHA256_SIZE];
	int64_t last = 0;
	int r;

	r = pc_store_number(store,
			    "SELECT max(ifnull((SELECT max(id) FROM policy), 0), ifnull((SELECT seq"
			    " FROM sqlite_sequence WHERE name = 'policy'), 0))",
			    &last);
	if (r < 0)
		return r;
	if (last < 0 || last >= UINT32_MAX)
		return pc_store_damaged(store, "ids of policies are used up");
	row.id = (uint64_t)last + 1;
	seal_row(&hash, &policies, &row);
	if (pc_sha256_finish(&hash, seal) < 0)
		return pc_store_fail_memory(store);
	r = pc_store_run(store, "INSERT INTO policy(id, name, seal) VALUES(?, ?, ?)",
			 (const struct pc_sql_value[]){PC_SQL_INT(row.id), PC_SQL_TEXT(name),
						       PC_SQL_BLOB(seal, sizeof(seal))},
			 3);
	if (r == 0)
		*ret_id = (uint32_t)row.id;
	return r;
}

static int get_policy(struct pc_store *store, const char *name, bool create, uint32_t *ret_id)
{
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	struct row row = {0};
	int r;

	r = find_row(store, &policies, name, &arena, &row);
	if (r < 0)
		return r;
	if (r == 0 && create)
		return add_policy(store, name, ret_id);
	if (r == 0)
		return pc_store_fail(store, -ENOENT, NULL, "%s: no policy was ever called \"%s\"",
				     store->path, name);
	*ret_id = (uint32_t)row.id;
	return 0;
}

static int get_policies(struct pc_store *store, const char *const *names, uint32_t count,
			bool create, uint32_t *ids)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]);
		int r;

		if (!length || length > PC_POLICY_NAME_MAX)
			return pc_store_fail(store, -EINVAL, NULL,
					     "a policy's name has 1 to %d bytes",
					     PC_POLICY_NAME_MAX);
		r = get_policy(store, names[i], create, &ids[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

int pc_store_policy_ids(struct pc_store *store, const char *const *names, uint32_t count,
			bool create, uint32_t *ret_ids)
{
	struct pc_store *txn PC_TXN = NULL;
	uint32_t *ids PC_FREE = calloc(count ? count : 1, sizeof(*ids));
	int r;

	if (!ids)
		return pc_store_fail_memory(store);
	/* Known names, nearly always all of them, need no lock. */
	r = get_policies(store, names, count, false, ids);
	if (r == -ENOENT && create) {
		r = pc_store_begin(store, PC_TXN_WRITE, &txn);
		if (r == 0)
			r = get_policies(store, names, count, true, ids);
		if (r == 0)
			r = pc_store_commit(&txn);
	}
	if (r == 0 && count)
		memcpy(ret_ids, ids, count * sizeof(*ids));
	return r;
}

int pc_store_policy_id(struct pc_store *store, const char *name, bool create, uint32_t *ret_id)
{
	return pc_store_policy_ids(store, &name, 1, create, ret_id);
}

int pc_store_policy_name(struct pc_store *store, uint32_t id, struct pc_arena *arena,
			 const char **ret_name)
{
	const struct pc_sql_value value = PC_SQL_INT(id);
	sqlite3_stmt *stmt PC_STMT = NULL;
	struct row row = {0};
	int r;

	r = pc_store_prepare(store, "SELECT name, id, seal FROM policy WHERE id = ?", &value, 1,
			     &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r == 0)
		return pc_store_fail(store, -ENOENT, NULL, "%s: no policy has the id %u",
				     store->path, id);
	if (r > 0)
		r = load_row(store, &policies, stmt, arena, &row);
	if (r == 0)
		*ret_name = row.key;
	return r;
}

static int set_setting(struct pc_store *store, const char *key, const char *value)
{
	const struct row row = {.key = key, .value = value};
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	uint8_t seal[PC_SHA256_SIZE];

	seal_row(&hash, &settings, &row);
	if (pc_sha256_finish(&hash, seal) < 0)
		return pc_store_fail_memory(store);
	return pc_store_run(store, "INSERT INTO setting(key, value, seal) VALUES(?, ?, ?)",
			    (const struct pc_sql_value[]){PC_SQL_TEXT(key), PC_SQL_TEXT(value),
							  PC_SQL_BLOB(seal, sizeof(seal))},
			    3);
}

int pc_store_put_setting(struct pc_store *store, const char *key, const char *value)
{
	const struct pc_sql_value where = PC_SQL_TEXT(key);
	struct pc_store *txn PC_TXN = NULL;
	int r;

	if (!*key || strlen(key) > PC_STORE_COMMENT_MAX ||
	    (value && strlen(value) > PC_STORE_TEXT_MAX))
		return pc_store_fail(store, -EINVAL, NULL, "a setting is malformed");
	r = pc_store_begin(store, PC_TXN_WRITE, &txn);
	if (r < 0)
		return r;
	r = pc_store_run(store, "DELETE FROM setting WHERE key = ?", &where, 1);
	if (r == 0 && value)
		r = set_setting(store, key, value);
	return r < 0 ? r : pc_store_commit(&txn);
}

int pc_store_get_setting(struct pc_store *store, const char *key, struct pc_arena *arena,
			 const char **ret_value)
{
	struct row row = {0};
	int r = find_row(store, &settings, key, arena, &row);

	if (r == 0)
		return pc_store_fail(store, -ENOENT, NULL, "%s: \"%s\" is not set", store->path,
				     key);
	if (r < 0)
		return r;
	*ret_value = row.value;
	return 0;
}

int pc_names_check(struct pc_store *store)
{
	int r = check_table(store, &policies);

	return r < 0 ? r : check_table(store, &settings);
}
