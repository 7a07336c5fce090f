/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The store: what is put comes back, nothing stored changes, unsafe places are refused. */
#include "store_fixture.h"

#include <sched.h>
#include <sys/mount.h>

static int64_t raw_number(const char *path, const char *sql)
{
	sqlite3 *db = open_raw(path);
	sqlite3_stmt *stmt;
	int64_t number;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

static void a_new_store_is_empty_and_private(void **state)
{
	struct fixture *f = *state;
	struct pc_revision *items;
	struct pc_arena arena = {0};
	struct pc_store *store;
	struct stat st;
	char path[128];
	uint64_t active = 77;
	uint32_t count = 77;

	assert_int_equal(open_error(f->path, 0), -ENOENT);
	assert_int_equal(open_error(f->path, PC_STORE_READ_ONLY), -ENOENT);
	snprintf(path, sizeof(path), "%s/sub/store.db", f->folder);
	assert_int_equal(open_error(path, 0), -ENOENT);
	store = open_at(path, PC_STORE_CREATE);
	assert_int_equal(pc_store_active(store, &active), 0);
	assert_int_equal(active, 0);
	assert_int_equal(pc_store_history(store, 0, 10, &arena, &items, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(pc_store_verify(store), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/sub/store.db-wal", f->folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	pc_store_close(store);
	snprintf(path, sizeof(path), "%s/sub", f->folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	empty_folder(path);
	assert_int_equal(rmdir(path), 0);
	pc_arena_free(&arena);
}

static void a_revision_comes_back_as_it_was_put(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_arena arena = {0};
	struct pc_revision revision;
	uint64_t active;

	assert_int_equal(put_sample(store, 1), 1);
	assert_int_equal(put_sample(store, 2), 2);
	pc_store_close(store);
	store = open_at(f->path, PC_STORE_READ_ONLY | PC_STORE_CHECK);
	assert_int_equal(pc_store_active(store, &active), 0);
	assert_int_equal(active, 2);
	assert_revision(store, 1, 1);
	assert_revision(store, 2, 2);
	assert_int_equal(pc_store_get_revision(store, 2, &arena, &revision), 0);
	assert_int_equal(revision.parent, 1);
	assert_int_equal(pc_store_get_revision(store, 3, &arena, &revision), -ENOENT);
	assert_int_equal(pc_store_get_revision(store, 0, &arena, &revision), -ENOENT);
	assert_int_equal(pc_store_get_revision(store, UINT64_MAX, &arena, &revision), -ENOENT);
	assert_int_equal(pc_store_verify(store), 0);
	pc_store_close(store);
	pc_arena_free(&arena);
	assert_int_equal(raw_number(f->path, "SELECT count(*) FROM blob"), 3); /* one is shared */
}

static void an_empty_revision_and_empty_texts_are_kept(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_text text = {.file = "", .name = "a", .bytes = NULL, .size = 0};
	struct pc_revision_inputs in = {.verb = "remove"};
	struct pc_arena arena = {0};
	struct pc_revision revision;
	struct pc_store_put put;

	assert_int_equal(pc_store_put_revision(store, &in, 0, 0, &put), 0);
	in.texts = &text;
	in.text_count = 1;
	assert_int_equal(pc_store_put_revision(store, &in, 1, 0, &put), 0);
	assert_int_equal(put.number, 2);
	assert_int_equal(pc_store_get_revision(store, 1, &arena, &revision), 0);
	assert_int_equal(revision.text_count + revision.input_count, 0);
	assert_string_equal(revision.comment, "");
	assert_true(pc_store_now() - revision.created_ns < 60 * UINT64_C(1000000000));
	assert_int_equal(pc_store_get_revision(store, 2, &arena, &revision), 0);
	assert_int_equal(revision.texts[0].size, 0);
	assert_non_null(revision.texts[0].bytes);
	pc_store_close(store);
	pc_arena_free(&arena);
}

static void the_same_inputs_again_are_unchanged(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_store_put put = {0};
	struct pc_text swapped[2];
	struct sample s;

	put_sample(store, 1);
	make_sample(&s, 1);
	swapped[0] = s.texts[1];
	swapped[1] = s.texts[0];
	s.in.texts = swapped;
	s.in.comment = "another comment, another time";
	s.in.created_ns = 0;
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, 0, &put), 0);
	assert_true(put.unchanged);
	assert_int_equal(put.number, 1);
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, PC_STORE_PUT_ALWAYS, &put), 0);
	assert_false(put.unchanged);
	assert_int_equal(put.number, 2);
	/* What differs in one value only is not the same. */
	s.inputs[2].value = "enforce";
	assert_int_equal(pc_store_put_revision(store, &s.in, 2, 0, &put), 0);
	assert_false(put.unchanged);
	/* Nor does it matter that an older revision was like this. */
	assert_int_equal(put_sample(store, 1), 4);
	pc_store_close(store);
}

static void a_plan_on_another_revision_is_stale(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_store_put put = {.number = 77};
	struct sample s;
	uint64_t active;

	put_sample(store, 1);
	make_sample(&s, 2);
	assert_int_equal(pc_store_put_revision(store, &s.in, 0, 0, &put), -ESTALE);
	assert_int_equal(pc_store_put_revision(store, &s.in, 2, 0, &put), -ESTALE);
	assert_int_equal(put.number, 77);
	assert_non_null(strstr(pc_store_last_error(store)->message, "revision 1 is active"));
	assert_int_equal(pc_store_set_active(store, 1, 9), -ESTALE);
	/* A candidate is stored, not active, and not what others have to expect. */
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, PC_STORE_PUT_INACTIVE, &put), 0);
	assert_int_equal(put.number, 2);
	assert_int_equal(pc_store_active(store, &active), 0);
	assert_int_equal(active, 1);
	assert_int_equal(pc_store_set_active(store, 3, 1), -ENOENT);
	assert_int_equal(pc_store_set_active(store, 2, 1), 0);
	assert_int_equal(pc_store_active(store, &active), 0);
	assert_int_equal(active, 2);
	pc_store_close(store);
}

static void history_lists_the_newest_first(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_revision *items;
	struct pc_arena arena = {0};
	uint32_t count;

	for (unsigned int n = 1; n <= 5; n++)
		put_sample(store, n);
	assert_int_equal(pc_store_history(store, 0, 2, &arena, &items, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(items[0].number, 5);
	assert_int_equal(items[1].number, 4);
	assert_string_equal(items[1].verb, "mode");
	assert_int_equal(pc_store_history(store, 4, 100, &arena, &items, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(items[2].number, 1);
	assert_int_equal(pc_store_history(store, 1, 100, &arena, &items, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(pc_store_history(store, 1000, 100, &arena, &items, &count), 0);
	assert_int_equal(count, 5);
	pc_store_close(store);
	pc_arena_free(&arena);
}

static void malformed_revisions_are_refused(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_store_put put;
	struct sample s;

#define REFUSED(change)                                                                            \
	do {                                                                                       \
		make_sample(&s, 1);                                                                \
		change;                                                                            \
		assert_int_equal(pc_store_put_revision(store, &s.in, 0, 0, &put), -EINVAL);        \
	} while (0)
	REFUSED(s.texts[1].name = "50-web.yaml");
	REFUSED(s.texts[1].name = "");
	REFUSED(s.texts[1].name = NULL);
	REFUSED(s.texts[1].file = NULL);
	REFUSED(s.texts[1].size = PC_STORE_TEXT_MAX + 1);
	REFUSED(s.inputs[1] = s.inputs[0]);
	REFUSED(s.inputs[1].kind = "Two words");
	REFUSED(s.inputs[1].value = NULL);
	REFUSED(s.in.verb = NULL);
	REFUSED(s.in.verb = "");
	REFUSED(s.in.created_ns = UINT64_MAX);
	REFUSED(memset(s.in.who.comm, 'x', sizeof(s.in.who.comm)));
	REFUSED(s.in.text_count = PC_STORE_TEXTS_MAX + 1);
	REFUSED(s.in.input_count = PC_STORE_INPUTS_MAX + 1);
#undef REFUSED
	assert_int_equal(put_sample(store, 1), 1);
	pc_store_close(store);
}

static void stored_rows_are_immutable(void **state)
{
	static const char *const attempts[] = {
		"UPDATE revision SET comment = 'x'",
		"DELETE FROM revision",
		"INSERT OR REPLACE INTO revision SELECT * FROM revision",
		"INSERT INTO revision SELECT 9, 1, 1, 1, 1, '', '', '', inputs, seal FROM revision",
		"UPDATE revision_text SET file = 'x'",
		"DELETE FROM revision_text",
		"INSERT INTO revision_text VALUES(1, 'new', '/new', 1)",
		"INSERT OR REPLACE INTO revision_text SELECT * FROM revision_text",
		"UPDATE revision_input SET value = 'x'",
		"DELETE FROM revision_input",
		"INSERT INTO revision_input VALUES(1, 'user', 'x', '0')",
		"INSERT OR IGNORE INTO revision_input VALUES(1, 'user', 'x', '0')",
		"UPDATE blob SET bytes = x'00'",
		"DELETE FROM blob",
		"INSERT OR REPLACE INTO blob SELECT * FROM blob",
		"UPDATE policy SET name = 'x'",
		"DELETE FROM policy",
		"INSERT OR REPLACE INTO policy SELECT * FROM policy",
		"DELETE FROM state",
		"INSERT OR REPLACE INTO state SELECT * FROM state",
	};
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	sqlite3 *db;
	uint32_t id;

	put_sample(store, 1);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), 0);
	db = open_raw(f->path);
	for (size_t i = 0; i < PC_ARRAY_SIZE(attempts); i++)
		if (sqlite3_exec(db, attempts[i], NULL, NULL, NULL) != SQLITE_CONSTRAINT)
			fail_msg("possible: %s", attempts[i]);
	sqlite3_close(db);
	assert_int_equal(pc_store_verify(store), 0);
	assert_revision(store, 1, 1);
	pc_store_close(store);
}

static void a_policy_keeps_its_id(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_arena arena = {0};
	const char *many[] = {"db", "mail", "mail", "web"};
	uint32_t ids[4] = {0};
	const char *name;
	uint32_t id = 77;

	assert_int_equal(pc_store_policy_id(store, "web", false, &id), -ENOENT);
	assert_int_equal(id, 77);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(pc_store_policy_id(store, "db", true, &id), 0);
	assert_int_equal(id, 2);
	pc_store_close(store);
	store = open_at(f->path, 0);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(pc_store_policy_ids(store, many, 4, false, ids), -ENOENT);
	assert_int_equal(ids[0], 0);
	many[3] = "";
	assert_int_equal(pc_store_policy_ids(store, many, 4, true, ids), -EINVAL);
	assert_int_equal(pc_store_policy_id(store, "mail", false, &id), -ENOENT);
	many[3] = "web";
	assert_int_equal(pc_store_policy_ids(store, many, 4, true, ids), 0);
	assert_true(ids[0] == 2 && ids[1] == 3 && ids[2] == 3 && ids[3] == 1);
	assert_int_equal(pc_store_policy_name(store, 2, &arena, &name), 0);
	assert_string_equal(name, "db");
	assert_int_equal(pc_store_policy_name(store, 4, &arena, &name), -ENOENT);
	assert_int_equal(pc_store_policy_id(store, "", true, &id), -EINVAL);
	/* An id is not given again even where its row was lost. */
	raw(f->path, "DROP TRIGGER policy_no_DELETE; DELETE FROM policy WHERE id = 3");
	assert_int_equal(pc_store_policy_id(store, "news", true, &id), 0);
	assert_int_equal(id, 4);
	pc_store_close(store);
	pc_arena_free(&arena);
}

static void settings_are_kept_replaced_and_removed(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_arena arena = {0};
	const char *value = NULL;

	assert_int_equal(pc_store_get_setting(store, "kernel", &arena, &value), -ENOENT);
	assert_int_equal(pc_store_put_setting(store, "kernel", "6.1"), 0);
	assert_int_equal(pc_store_put_setting(store, "kernel", "6.12"), 0);
	assert_int_equal(pc_store_put_setting(store, "empty", ""), 0);
	assert_int_equal(pc_store_get_setting(store, "kernel", &arena, &value), 0);
	assert_string_equal(value, "6.12");
	assert_int_equal(pc_store_get_setting(store, "empty", &arena, &value), 0);
	assert_string_equal(value, "");
	assert_int_equal(pc_store_put_setting(store, "kernel", NULL), 0);
	assert_int_equal(pc_store_get_setting(store, "kernel", &arena, &value), -ENOENT);
	assert_int_equal(pc_store_put_setting(store, "", "x"), -EINVAL);
	pc_store_close(store);
	pc_arena_free(&arena);
}

static void enforcement_is_switched_with_a_reason_and_an_end(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	const struct pc_store_who who = {0, 1000, "policyctl"};
	struct pc_store_state now;

	put_sample(store, 1);
	assert_int_equal(pc_store_set_enforcement(store, false, 0, NULL, &who), -EINVAL);
	assert_int_equal(pc_store_set_enforcement(store, false, 0, "", &who), -EINVAL);
	assert_int_equal(pc_store_set_enforcement(store, false, 500, "locked out", &who), 0);
	assert_int_equal(pc_store_state(store, &now), 0);
	assert_true(now.off);
	assert_int_equal(now.off_until_ns, 500);
	assert_int_equal(now.active, 1);
	assert_int_equal(now.by.login_uid, 1000);
	assert_string_equal(now.reason, "locked out");
	assert_false(pc_store_enforcing(&now, 499));
	assert_true(pc_store_enforcing(&now, 500));
	put_sample(store, 2); /* the switch outlives a revision */
	assert_int_equal(pc_store_state(store, &now), 0);
	assert_true(now.off);
	assert_int_equal(now.active, 2);
	assert_int_equal(pc_store_set_enforcement(store, true, 0, NULL, &who), 0);
	assert_int_equal(pc_store_state(store, &now), 0);
	assert_true(pc_store_enforcing(&now, 0));
	pc_store_close(store);
}

static void changes_of_others_can_be_polled(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_store *other = open_at(f->path, 0);
	uint64_t before, after;

	assert_int_equal(pc_store_data_version(store, &before), 0);
	put_sample(store, 1);
	assert_int_equal(pc_store_data_version(store, &after), 0);
	assert_int_equal(before, after);
	put_sample(other, 2);
	assert_int_equal(pc_store_data_version(store, &after), 0);
	assert_int_not_equal(before, after);
	pc_store_close(other);
	pc_store_close(store);
}

static void a_read_only_store_is_only_read(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	struct pc_store_put put;
	struct sample s;
	uint32_t id;

	put_sample(store, 1);
	pc_store_close(store);
	make_sample(&s, 2);
	store = open_at(f->path, PC_STORE_READ_ONLY);
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, 0, &put), -EROFS);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), -EROFS);
	assert_int_equal(pc_store_put_setting(store, "a", "b"), -EROFS);
	assert_revision(store, 1, 1);
	pc_store_close(store);
}

static void read_from_a_read_only_medium(void *context)
{
	struct fixture *f = context;
	struct pc_store *store;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(f->folder, f->folder, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, f->folder, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) < 0)
		_exit(99);
	if (open_error(f->path, PC_STORE_CREATE) != -EROFS)
		_exit(1);
	store = open_at(f->path, PC_STORE_READ_ONLY);
	assert_revision(store, 1, 1);
	pc_store_close(store);
}

static void a_read_only_medium_is_read(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	int status;

	put_sample(store, 1);
	pc_store_close(store);
	status = in_child(read_from_a_read_only_medium, f);
	if (status == 99) {
		print_message("skipped: mounting needs root\n");
		skip();
	}
	assert_int_equal(status, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_store_is_empty_and_private),
		TEST(a_revision_comes_back_as_it_was_put),
		TEST(an_empty_revision_and_empty_texts_are_kept),
		TEST(the_same_inputs_again_are_unchanged),
		TEST(a_plan_on_another_revision_is_stale),
		TEST(history_lists_the_newest_first),
		TEST(malformed_revisions_are_refused),
		TEST(stored_rows_are_immutable),
		TEST(a_policy_keeps_its_id),
		TEST(settings_are_kept_replaced_and_removed),
		TEST(enforcement_is_switched_with_a_reason_and_an_end),
		TEST(changes_of_others_can_be_polled),
		TEST(a_read_only_store_is_only_read),
		TEST(a_read_only_medium_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
