/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The store's errors: one table says what each means and what to do. */
#include "store-internal.h"

#include <string.h>

static const struct explanation {
	int err;
	const char *what;
	const char *hint;
} explanations[] = {
	{-EBUSY, "another program holds the store locked",
	 "try again; fuser -v shows who has the file open"},
	{-EUCLEAN, "the store is damaged",
	 "keep a copy of the file and restore a backup; what the kernel enforces is unchanged"},
	{-ENOSPC, "no space left for the store",
	 "free some space on its file system and try again; nothing was changed"},
	{-EROFS, "the store cannot be written",
	 "make the file and its file system writable; nothing was changed"},
	{-ENOENT, "it cannot be made", "make the folder above first, or name another store"},
	{-EACCES, "not permitted to open the store", "run as root"},
	{-ENOMEM, "not enough memory", "free some memory and try again"},
	{-EIO, "the store cannot be read or written",
	 "the kernel's log may name a failing device; nothing was changed"},
};

static const struct explanation *explain(int err)
{
	for (size_t i = 0; i < PC_ARRAY_SIZE(explanations); i++)
		if (explanations[i].err == err)
			return &explanations[i];
	return &explanations[PC_ARRAY_SIZE(explanations) - 1];
}

static const char *shown_path(const struct pc_store *store)
{
	return store->path ? store->path : "the store";
}

int pc_store_fail(struct pc_store *store, int err, const char *hint, const char *format, ...)
{
	struct pc_store_error *error = &store->error;
	va_list args;

	error->err = err;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
	return err;
}

/* The table's words for err, and what exactly happened. */
static int fail_explained(struct pc_store *store, int err, const char *detail)
{
	const struct explanation *explanation = explain(err);

	return pc_store_fail(store, err, explanation->hint, "%s: %s: %s", shown_path(store),
			     explanation->what, detail);
}

int pc_store_damaged(struct pc_store *store, const char *format, ...)
{
	char detail[256];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	for (char *newline = detail; (newline = strchr(newline, '\n'));)
		*newline = ' '; /* SQLite's checks answer in lines */
	return fail_explained(store, -EUCLEAN, detail);
}

void pc_store_note_memory(struct pc_store *store)
{
	fail_explained(store, -ENOMEM, "reading or writing it");
}

/* A system call's errno in the terms of store.h. */
static int from_errno(int err)
{
	switch (err) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return -ENOSPC;
	case EROFS:
		return -EROFS;
	case EACCES:
	case EPERM:
		return -EACCES;
	case ENOMEM:
		return -ENOMEM;
	case ELOOP:
		return -ELOOP;
	default:
		return -EIO;
	}
}

static int from_sqlite(int code, int system)
{
	if (code == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	if (code == SQLITE_IOERR_SHORT_READ)
		return -EUCLEAN;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_PERM:
		return -EACCES;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return from_errno(system);
	default: /* statements are our own: what they cannot do, the file's content prevents */
		return -EUCLEAN;
	}
}

/* A COMMIT that fails leaves no sqlite3_system_errno(), but each file remembers its last one. */
static int system_errno(sqlite3 *db)
{
	static const int files[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
	int err = sqlite3_system_errno(db);

	for (size_t i = 0; !err && i < PC_ARRAY_SIZE(files); i++) {
		sqlite3_file *file = NULL;

		sqlite3_file_control(db, "main", files[i], &file);
		if (file && file->pMethods)
			file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &err);
	}
	return err;
}

int pc_store_fail_sqlite(struct pc_store *store)
{
	int code = sqlite3_extended_errcode(store->db);
	int err = from_sqlite(code, system_errno(store->db));

	return fail_explained(store, err, sqlite3_errmsg(store->db));
}

int pc_store_fail_system(struct pc_store *store, int err, const char *doing, const char *path)
{
	char detail[256];

	snprintf(detail, sizeof(detail), "%s: %s: %s", doing, path, strerrordesc_np(-err));
	if (err == -ENOENT || err == -ENOTDIR)
		return fail_explained(store, -ENOENT, detail);
	return fail_explained(store, from_errno(-err), detail);
}
