/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tests of the store share: a folder of their own, and revisions to put. */
#ifndef PC_STORE_FIXTURE_H
#define PC_STORE_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "store-internal.h"

struct fixture {
	char folder[64];
	char path[80];
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/pc-store-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
	*state = f;
	return 0;
}

static inline void empty_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;

	empty_folder(f->folder);
	rmdir(f->folder);
	free(f);
	return 0;
}

static inline struct pc_store *open_at(const char *path, unsigned int flags)
{
	struct pc_store_error error = {0};
	struct pc_store *store = NULL;

	if (pc_store_open(path, flags, &store, &error) < 0)
		fail_msg("%s (%s)", error.message, error.hint);
	return store;
}

/* The error of an open that has to fail, which says something. */
static inline int open_error(const char *path, unsigned int flags)
{
	struct pc_store_error error = {0};
	struct pc_store *store = NULL;
	int r = pc_store_open(path, flags, &store, &error);

	assert_null(store);
	assert_int_equal(r, error.err);
	assert_true(error.message[0]);
	return r;
}

/* Revision number n of a row of different ones: two texts (one never changes), three inputs. */
struct sample {
	char bytes[64];
	char value[32];
	struct pc_text texts[2];
	struct pc_store_input inputs[3];
	struct pc_revision_inputs in;
};

static inline void make_sample(struct sample *s, unsigned int n)
{
	snprintf(s->bytes, sizeof(s->bytes), "portcullis: 1\npolicy: web\nabout: number %u\n", n);
	snprintf(s->value, sizeof(s->value), "%u", 1000 + n);
	s->texts[0] = (struct pc_text){"/etc/portcullis/policies/50-web.yaml", "50-web.yaml",
				       s->bytes, strlen(s->bytes)};
	s->texts[1] = (struct pc_text){"/usr/lib/portcullis/policies/10-base.yaml", "10-base.yaml",
				       "policy: base\0\377", 14};
	s->inputs[0] = (struct pc_store_input){PC_INPUT_USER, "www-data", s->value};
	s->inputs[1] = (struct pc_store_input){PC_INPUT_PATH, "/var/run/x", "/run/x"};
	s->inputs[2] = (struct pc_store_input){PC_INPUT_MODE, "web", n % 2 ? "audit" : "enforce"};
	s->in = (struct pc_revision_inputs){.verb = n % 2 ? "apply" : "mode",
					    .comment = "as asked for",
					    .who = {1000 + n, 1000, "policyctl"},
					    .created_ns = 1700000000000000000u + n,
					    .texts = s->texts,
					    .text_count = 2,
					    .inputs = s->inputs,
					    .input_count = 3};
}

static inline uint64_t put_sample(struct pc_store *store, unsigned int n)
{
	struct pc_store_put put = {0};
	struct sample s;

	make_sample(&s, n);
	if (pc_store_put_revision(store, &s.in, PC_STORE_ANY, 0, &put) < 0)
		fail_msg("%s", pc_store_last_error(store)->message);
	return put.number;
}

/* Whether a revision that was read is sample n (sorted by name). */
static inline bool equals_sample(const struct pc_revision *revision, unsigned int n)
{
	static const unsigned int sorted_inputs[] = {2, 1, 0};
	struct sample s;

	make_sample(&s, n);
	if (strcmp(revision->verb, s.in.verb) || strcmp(revision->comment, s.in.comment) ||
	    revision->created_ns != s.in.created_ns || revision->who.uid != s.in.who.uid ||
	    revision->who.login_uid != 1000 || strcmp(revision->who.comm, "policyctl") ||
	    revision->text_count != 2 || revision->input_count != 3)
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		const struct pc_text *text = &revision->texts[i], *wanted = &s.texts[1 - i];

		if (strcmp(text->name, wanted->name) || strcmp(text->file, wanted->file) ||
		    text->size != wanted->size || memcmp(text->bytes, wanted->bytes, wanted->size))
			return false;
	}
	for (unsigned int i = 0; i < 3; i++) {
		const struct pc_store_input *wanted = &s.inputs[sorted_inputs[i]];

		if (strcmp(revision->inputs[i].kind, wanted->kind) ||
		    strcmp(revision->inputs[i].key, wanted->key) ||
		    strcmp(revision->inputs[i].value, wanted->value))
			return false;
	}
	return true;
}

static inline void assert_revision(struct pc_store *store, uint64_t number, unsigned int n)
{
	struct pc_arena arena = {0};
	struct pc_revision revision;

	assert_int_equal(pc_store_get_revision(store, number, &arena, &revision), 0);
	assert_true(equals_sample(&revision, n));
	assert_int_equal(revision.number, number);
	pc_arena_free(&arena);
}

/* A plain connection of SQLite, as somebody with the sqlite3 shell has it. */
static inline sqlite3 *open_raw(const char *path)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static inline void raw(const char *path, const char *sql)
{
	sqlite3 *db = open_raw(path);

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Runs fn in a child; its exit status, or 256 + the signal. */
static inline int in_child(void (*fn)(void *context), void *context)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1); /* no way back into the parent's tests */
		fn(context);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

#endif
