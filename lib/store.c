/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opens and closes the store: nothing in the file is trusted before it was checked. */
#include "store-internal.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

uint64_t pc_store_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* "file:" and path, escaped, so that SQLite reads it without locks or a log. To be freed. */
static char *immutable_uri(const char *path)
{
	char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1"));
	char *out = uri;

	if (!uri)
		return NULL;
	out = stpcpy(out, "file:");
	for (; *path; path++)
		if (strchr("?#%", *path))
			out += sprintf(out, "%%%02X", (unsigned char)*path);
		else
			*out++ = *path;
	stpcpy(out, "?immutable=1");
	return uri;
}

static int connect_file(struct pc_store *store)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
	char *name PC_FREE = NULL;

	if (store->immutable) {
		flags |= SQLITE_OPEN_URI;
		name = immutable_uri(store->path);
	} else {
		name = strdup(store->path);
	}
	if (!name)
		return pc_store_fail_memory(store);
	flags |= store->flags & PC_STORE_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK)
		return pc_store_fail_sqlite(store);
	/* SQLite quietly falls back to reading what it cannot write. */
	if (!(store->flags & PC_STORE_READ_ONLY) && sqlite3_db_readonly(store->db, "main"))
		return pc_store_fail_system(store, -EROFS, "opening it", store->path);
	return 0;
}

/* What the file's content, which may be hostile, is not to reach. */
static void distrust(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 3 * (int)PC_STORE_TEXT_MAX);
}

/* Is it a store, and of which version? */
static int read_version(struct pc_store *store, uint32_t *ret_version)
{
	int64_t application, version;
	struct stat st;
	int r;

	if (stat(store->path, &st) == 0 && st.st_size == 0)
		return pc_store_damaged(store, "the file is empty");
	r = pc_store_number(store, "PRAGMA application_id", &application);
	if (r < 0)
		return r;
	if (application != PC_STORE_APPLICATION_ID)
		return pc_store_fail(store, -EMEDIUMTYPE, "name another file",
				     "%s: a database, but not a store of Portcullis", store->path);
	r = pc_store_number(store, "PRAGMA user_version", &version);
	if (r < 0)
		return r;
	if (version > pc_store_step_count)
		return pc_store_fail(
			store, -EOPNOTSUPP,
			"install the newer version again, or restore a backup made before it",
			"%s: written by a newer version of Portcullis (schema %lld, known here: "
			"%u)",
			store->path, (long long)version, pc_store_step_count);
	if (version < 1)
		return pc_store_damaged(store, "schema version %lld", (long long)version);
	*ret_version = (uint32_t)version;
	return 0;
}

int pc_store_integrity(struct pc_store *store, bool full)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	const char *sql = full ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)";
	const char *answer;
	int r;

	r = pc_store_prepare(store, sql, NULL, 0, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	answer = r ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	if (!answer || strcmp(answer, "ok"))
		return pc_store_damaged(store, "%s", answer ? answer : "no answer of its check");
	return 0;
}

static int use_wal(struct pc_store *store)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	const char *mode;
	int r;

	r = pc_store_prepare(store, "PRAGMA journal_mode = WAL", NULL, 0, &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	mode = r ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	if (!mode || strcmp(mode, "wal"))
		return pc_store_fail(store, -EIO, "keep the store on a local file system",
				     "%s: its file system has no shared memory for a log",
				     store->path);
	return 0;
}

static int upgrade(struct pc_store *store, uint32_t version)
{
	if (version == pc_store_step_count)
		return 0;
	if (store->flags & PC_STORE_READ_ONLY)
		return pc_store_fail(store, -EROFS, "start enforcerd once: it updates the store",
				     "%s: schema %u is to be updated to %u first", store->path,
				     version, pc_store_step_count);
	return pc_store_migrate(store, pc_store_steps, version, pc_store_step_count);
}

static int find_file(struct pc_store *store, const char *path)
{
	int r = pc_store_place(store, path, &store->path);

	if (r == -ENOENT && store->path && (store->flags & PC_STORE_CREATE))
		return pc_store_create_file(store);
	if (r == -ENOENT && store->path)
		pc_store_fail(store, r, "start enforcerd once, or name another store",
			      "%s: there is no store here", store->path);
	return r;
}

static int open_file(struct pc_store *store)
{
	uint32_t version = 0;
	int r = connect_file(store);

	if (r < 0)
		return r;
	pc_store_set_busy_timeout(store, PC_STORE_BUSY_MS);
	distrust(store->db);
	r = read_version(store, &version);
	if (r < 0)
		return r;
	r = pc_store_exec(store, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
				 "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON;"
				 "PRAGMA cache_size = -128;"); /* KiB: read seldom */
	if (r == 0 && !(store->flags & PC_STORE_READ_ONLY))
		r = use_wal(store);
	if (r == 0)
		r = pc_store_check_schema(store, pc_store_steps, version);
	if (r == 0)
		r = pc_store_integrity(store, store->flags & PC_STORE_CHECK);
	if (r == 0)
		r = upgrade(store, version);
	return r < 0 ? r : pc_store_exec(store, "PRAGMA foreign_keys = ON");
}

/*
 * Who reads needs a log and its index beside the store, too. Where these cannot be made, for the
 * medium is read-only or full, and there is no log to replay, the store is the file alone.
 */
static int open_store(struct pc_store *store, const char *path)
{
	bool may_be_alone;
	int r = find_file(store, path);

	if (r < 0)
		return r;
	may_be_alone = (store->flags & PC_STORE_READ_ONLY) && !pc_store_has_log(store->path);
	store->immutable = may_be_alone && pc_store_is_on_read_only(store->path);
	r = open_file(store);
	if (r != -ENOSPC || !may_be_alone)
		return r;
	sqlite3_close_v2(store->db);
	store->db = NULL;
	store->immutable = true;
	return open_file(store);
}

int pc_store_open(const char *path, unsigned int flags, struct pc_store **ret_store,
		  struct pc_store_error *ret_error)
{
	struct pc_store *store PC_CLEANUP(pc_store_closep) = calloc(1, sizeof(*store));
	int r;

	if (!store) {
		if (ret_error)
			*ret_error = (struct pc_store_error){-ENOMEM, "not enough memory", ""};
		return -ENOMEM;
	}
	store->flags = flags;
	r = open_store(store, path);
	if (r < 0) {
		if (ret_error)
			*ret_error = store->error;
		return r;
	}
	*ret_store = PC_TAKE_PTR(store);
	return 0;
}

void pc_store_close(struct pc_store *store)
{
	if (!store)
		return;
	sqlite3_close_v2(store->db);
	free(store->path);
	free(store);
}

void pc_store_closep(struct pc_store **store)
{
	pc_store_close(*store);
}

const struct pc_store_error *pc_store_last_error(const struct pc_store *store)
{
	return &store->error;
}

void pc_store_set_busy_timeout(struct pc_store *store, uint32_t ms)
{
	sqlite3_busy_timeout(store->db, ms > INT32_MAX ? INT32_MAX : (int)ms);
}

int pc_store_data_version(struct pc_store *store, uint64_t *ret_version)
{
	int64_t version;
	int r = pc_store_number(store, "PRAGMA data_version", &version);

	if (r < 0)
		return r;
	*ret_version = (uint64_t)version;
	return 0;
}
