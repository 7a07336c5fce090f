/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Opening the store: what is refused and how it is said; other programs at work; migrations. */
#include "store_fixture.h"

static void write_file(const char *path, const char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void beside(const struct fixture *f, const char *suffix, char *ret_path)
{
	snprintf(ret_path, 128, "%s%s", f->path, suffix);
}

static void make_store(const struct fixture *f)
{
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);

	put_sample(store, 1);
	pc_store_close(store);
}

static void other_files_are_told_apart(void **state)
{
	struct fixture *f = *state;

	write_file(f->path, "", 0);
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EUCLEAN);
	write_file(f->path, "not a database at all, not even nearly", 38);
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EUCLEAN);
	unlink(f->path);
	raw(f->path, "CREATE TABLE bookmarks(url TEXT)");
	chmod(f->path, 0600);
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EMEDIUMTYPE);
	assert_int_equal(open_error(f->path, PC_STORE_READ_ONLY), -EMEDIUMTYPE);
}

static void a_newer_schema_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct pc_store_error error = {0};
	struct pc_store *store;

	make_store(f);
	raw(f->path, "PRAGMA user_version = 9; CREATE TABLE future(x)");
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EOPNOTSUPP);
	assert_int_equal(open_error(f->path, PC_STORE_READ_ONLY), -EOPNOTSUPP);
	pc_store_open(f->path, 0, &store, &error);
	assert_non_null(strstr(error.message, "schema 9"));
	assert_non_null(strstr(error.hint, "newer version"));
	raw(f->path, "PRAGMA user_version = 1; DROP TABLE future");
	store = open_at(f->path, PC_STORE_CHECK);
	assert_revision(store, 1, 1);
	pc_store_close(store);
}

static void a_changed_schema_is_damage(void **state)
{
	static const char *const changes[] = {
		"DROP TRIGGER revision_no_UPDATE",
		"CREATE TRIGGER spy AFTER INSERT ON setting BEGIN DELETE FROM setting; END",
		"CREATE VIEW v AS SELECT 1",
		"ALTER TABLE setting ADD COLUMN more TEXT",
		"PRAGMA user_version = 0",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < PC_ARRAY_SIZE(changes); i++) {
		empty_folder(f->folder);
		make_store(f);
		raw(f->path, changes[i]);
		assert_int_equal(open_error(f->path, 0), -EUCLEAN);
	}
}

static void unsafe_files_are_refused(void **state)
{
	struct fixture *f = *state;
	char other[128], path[128];

	make_store(f);
	assert_int_equal(chmod(f->path, 0620), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(chmod(f->path, 0602), 0);
	assert_int_equal(open_error(f->path, PC_STORE_READ_ONLY), -EPERM);
	assert_int_equal(chmod(f->path, 0600), 0);
	beside(f, ".other", other);
	assert_int_equal(link(f->path, other), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink(other, f->path), 0);
	assert_int_equal(open_error(f->path, 0), -ELOOP);
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -ELOOP);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(rename(other, f->path), 0);
	beside(f, "-wal", path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(open_error(f->path, 0), -ELOOP);
	assert_int_equal(unlink(path), 0);
	beside(f, "-journal", path);
	write_file(path, "", 0);
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(unlink(path), 0);
	pc_store_close(open_at(f->path, PC_STORE_CHECK));
	snprintf(path, sizeof(path), "%s/..", f->folder);
	assert_int_equal(open_error(path, PC_STORE_CREATE), -EINVAL);
}

static void unsafe_folders_are_refused(void **state)
{
	struct fixture *f = *state;
	char path[128];

	make_store(f);
	assert_int_equal(chmod(f->folder, 0720), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(chmod(f->folder, 01702), 0); /* sticky does not help the innermost */
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EPERM);
	/* Neither does a safe folder inside an unsafe one. */
	assert_int_equal(chmod(f->folder, 0702), 0);
	snprintf(path, sizeof(path), "%s/sub", f->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sub/store.db", f->folder);
	assert_int_equal(open_error(path, PC_STORE_CREATE), -EPERM);
	assert_int_equal(chmod(f->folder, 0700), 0);
	snprintf(path, sizeof(path), "%s/sub", f->folder);
	rmdir(path);
	pc_store_close(open_at(f->path, 0));
}

static void files_of_other_users_are_refused(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	struct fixture *f = *state;
	char path[128];

	if (geteuid() != 0) {
		print_message("skipped: chown needs root\n");
		skip();
	}
	make_store(f);
	for (size_t i = 0; i < PC_ARRAY_SIZE(suffixes); i++) {
		beside(f, suffixes[i], path);
		if (i)
			write_file(path, "", 0);
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(open_error(f->path, 0), -EPERM);
		assert_int_equal(i ? unlink(path) : chown(path, 0, 0), 0);
	}
	assert_int_equal(chown(f->folder, 65534, 65534), 0);
	assert_int_equal(open_error(f->path, 0), -EPERM);
	assert_int_equal(chown(f->folder, 0, 0), 0);
}

static void a_log_without_its_store_is_not_replayed_on_a_new_one(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[128];

	beside(f, "-wal", path);
	write_file(path, "left over", 9);
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -EUCLEAN);
	assert_int_equal(stat(f->path, &st), -1);
	assert_int_equal(stat(path, &st), 0);
}

static void open_unprivileged(void *context)
{
	const struct fixture *f = context;

	if (setresuid(65534, 65534, 65534) < 0)
		_exit(99);
	_exit(open_error(f->path, PC_STORE_READ_ONLY) == -EACCES ? 0 : 1);
}

static void others_may_not_look(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		print_message("skipped: changing the user needs root\n");
		skip();
	}
	make_store(f);
	assert_int_equal(in_child(open_unprivileged, f), 0);
}

static void a_locked_store_is_busy(void **state)
{
	struct fixture *f = *state;
	struct pc_store_put put;
	struct pc_store *store;
	struct sample s;
	uint32_t id;
	sqlite3 *db;

	make_store(f);
	make_sample(&s, 2);
	store = open_at(f->path, 0);
	db = open_raw(f->path);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	pc_store_set_busy_timeout(store, 50);
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, 0, &put), -EBUSY);
	assert_non_null(strstr(pc_store_last_error(store)->message, "locked"));
	assert_true(pc_store_last_error(store)->hint[0]);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), -EBUSY);
	assert_revision(store, 1, 1); /* reading goes on */
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(pc_store_put_revision(store, &s.in, 1, 0, &put), 0);
	pc_store_close(store);
	/* Held by a program that wants it alone. */
	assert_int_equal(sqlite3_exec(db,
				      "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
				      "UPDATE state SET uid = uid; COMMIT",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(open_error(f->path, 0), -EBUSY);
	sqlite3_close(db);
	pc_store_close(open_at(f->path, PC_STORE_CHECK));
}

#define WRITERS 4
#define PUTS 15

/* Each put expects what was active a moment before, and plans again where somebody was faster. */
static void write_much(void *context)
{
	const struct fixture *f = context;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);

	pc_store_set_busy_timeout(store, 60000);
	for (unsigned int done = 0; done < PUTS;) {
		struct pc_store_put put;
		struct sample s;
		uint64_t active;
		uint32_t id;
		int r;

		make_sample(&s, (unsigned int)getpid() * 100 + done);
		assert_int_equal(pc_store_active(store, &active), 0);
		r = pc_store_put_revision(store, &s.in, active, 0, &put);
		assert_true(r == 0 || r == -ESTALE);
		if (r == 0)
			assert_true(put.number == active + 1 && !put.unchanged);
		done += r == 0;
		snprintf(s.value, sizeof(s.value), "policy%u", done);
		assert_int_equal(pc_store_policy_id(store, s.value, true, &id), 0);
	}
	pc_store_close(store);
}

static void writers_do_not_lose_revisions_of_each_other(void **state)
{
	struct fixture *f = *state;
	struct pc_store_state now;
	struct pc_store *store;
	pid_t children[WRITERS];
	uint32_t id;

	for (int i = 0; i < WRITERS; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			setenv("CMOCKA_TEST_ABORT", "1", 1);
			write_much(f);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	store = open_at(f->path, PC_STORE_CHECK);
	assert_int_equal(pc_store_state(store, &now), 0);
	assert_int_equal(now.active, WRITERS * PUTS);
	assert_int_equal(pc_store_verify(store), 0);
	assert_int_equal(pc_store_policy_id(store, "one-more", true, &id), 0);
	assert_in_range(id, PUTS + 1, PUTS + 2); /* policy0 may or may not have been asked for */
	pc_store_close(store);
}

/* The steps of this version and three that might follow. */
static struct pc_store_step future[16];

static uint32_t make_future(void)
{
	uint32_t n = pc_store_step_count;

	for (uint32_t i = 0; i < n; i++)
		future[i] = pc_store_steps[i];
	future[n++].sql = "CREATE TABLE packages(name TEXT) STRICT;";
	future[n++].sql = "ALTER TABLE setting ADD COLUMN changed INTEGER;";
	future[n++].sql = "CREATE TABLE half(x) STRICT; INSERT INTO nowhere VALUES(1);";
	return n;
}

static void a_step_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint32_t count = make_future(), good = count - 1;
	struct pc_store *store;
	int64_t version = 0;

	make_store(f);
	store = open_at(f->path, 0);
	assert_int_equal(pc_store_migrate(store, future, pc_store_step_count, count), -EUCLEAN);
	assert_int_equal(pc_store_number(store, "PRAGMA user_version", &version), 0);
	assert_int_equal(version, good);
	assert_int_equal(pc_store_check_schema(store, future, good), 0);
	assert_int_equal(pc_store_check_schema(store, future, good - 1), -EUCLEAN);
	assert_revision(store, 1, 1);
	/* Whoever comes late finds nothing to do. */
	assert_int_equal(pc_store_migrate(store, future, 0, good), 0);
	pc_store_close(store);
	assert_int_equal(open_error(f->path, 0), -EOPNOTSUPP);
}

/* Makes a store as the program of that version did. */
static void make_old_store(const struct fixture *f, uint32_t version)
{
	struct pc_store old = {0};

	assert_int_equal(sqlite3_open(f->path, &old.db), SQLITE_OK);
	assert_int_equal(pc_store_migrate(&old, pc_store_steps, 0, version), 0);
	sqlite3_close(old.db);
	assert_int_equal(chmod(f->path, 0600), 0);
}

static void every_version_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;

	for (uint32_t version = 1; version <= pc_store_step_count; version++) {
		struct pc_store *store;
		int64_t now = 0;

		empty_folder(f->folder);
		make_old_store(f, version);
		if (version < pc_store_step_count)
			assert_int_equal(open_error(f->path, PC_STORE_READ_ONLY), -EROFS);
		store = open_at(f->path, PC_STORE_CHECK);
		assert_int_equal(pc_store_number(store, "PRAGMA user_version", &now), 0);
		assert_int_equal(now, pc_store_step_count);
		put_sample(store, 1);
		assert_revision(store, 1, 1);
		assert_int_equal(pc_store_verify(store), 0);
		pc_store_close(store);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(other_files_are_told_apart),
		TEST(a_newer_schema_is_left_alone),
		TEST(a_changed_schema_is_damage),
		TEST(unsafe_files_are_refused),
		TEST(unsafe_folders_are_refused),
		TEST(files_of_other_users_are_refused),
		TEST(a_log_without_its_store_is_not_replayed_on_a_new_one),
		TEST(others_may_not_look),
		TEST(a_locked_store_is_busy),
		TEST(writers_do_not_lose_revisions_of_each_other),
		TEST(a_step_that_fails_changes_nothing),
		TEST(every_version_is_brought_up_to_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
