/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A damaged file: an error or the truth, never anything else. */
#include "store_fixture.h"

#define REVISIONS 3

/* A store with something in every table, all of it in the main file. */
static void make_full_store(const char *path)
{
	const struct pc_store_who who = {0, 1000, "policyctl"};
	struct pc_store *store = open_at(path, PC_STORE_CREATE);
	uint32_t id;

	for (unsigned int n = 1; n <= REVISIONS; n++)
		put_sample(store, n);
	assert_int_equal(pc_store_policy_id(store, "web", true, &id), 0);
	assert_int_equal(pc_store_policy_id(store, "base", true, &id), 0);
	assert_int_equal(pc_store_put_setting(store, "kernel", "6.1"), 0);
	assert_int_equal(pc_store_set_enforcement(store, false, 500, "a test", &who), 0);
	pc_store_close(store);
}

/* 0: the truth, -EUCLEAN: damage was noticed. Anything else fails the test. */
static int tell(int r, bool truth)
{
	if (r == 0 && truth)
		return 0;
	if (r != -EUCLEAN)
		fail_msg("result %d, %s", r, truth ? "true" : "wrong data");
	return -EUCLEAN;
}

/* Asks everything of a store made by make_full_store(), which was damaged since. */
static int ask_everything(struct pc_store *store)
{
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	struct pc_revision revision = {0}, *items = NULL;
	struct pc_store_state now = {0};
	const char *text = "";
	uint32_t id = 0, count = 0;
	int r, all = 0;

	r = pc_store_state(store, &now);
	all |= tell(r, now.active == REVISIONS && now.last == REVISIONS && now.off &&
			       now.off_until_ns == 500 && !strcmp(now.reason, "a test") &&
			       now.by.login_uid == 1000);
	for (unsigned int n = 1; n <= REVISIONS; n++) {
		r = pc_store_get_revision(store, n, &arena, &revision);
		all |= tell(r, r == 0 && equals_sample(&revision, n) && revision.parent == n - 1);
	}
	r = pc_store_history(store, 0, 10, &arena, &items, &count);
	all |= tell(r, count == REVISIONS);
	r = pc_store_policy_id(store, "base", false, &id);
	all |= tell(r, id == 2);
	r = pc_store_policy_id(store, "web", false, &id);
	all |= tell(r, id == 1);
	r = pc_store_policy_name(store, 2, &arena, &text);
	all |= tell(r, !strcmp(text, "base"));
	r = pc_store_get_setting(store, "kernel", &arena, &text);
	all |= tell(r, !strcmp(text, "6.1"));
	return all;
}

static unsigned char *read_file(const char *path, size_t *ret_size)
{
	int fd PC_CLOSE = open(path, O_RDONLY);
	unsigned char *bytes;
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	*ret_size = (size_t)st.st_size;
	return bytes;
}

static void replace_file(const char *path, const unsigned char *bytes, size_t size)
{
	int fd PC_CLOSE = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
}

struct tally {
	unsigned int refused, noticed, unharmed;
};

static void judge(const struct fixture *f, unsigned int flags, struct tally *tally)
{
	struct pc_store_error error = {0};
	struct pc_store *store = NULL;
	int r = pc_store_open(f->path, flags, &store, &error);

	if (r < 0) {
		if (r != -EUCLEAN && r != -EMEDIUMTYPE && r != -EOPNOTSUPP && r != -EIO &&
		    r != -EROFS)
			fail_msg("%d: %s", r, error.message);
		tally->refused++;
		return;
	}
	r = ask_everything(store);
	if (r < 0) {
		tally->noticed++;
		assert_int_equal(pc_store_verify(store), -EUCLEAN);
	} else {
		tally->unharmed++;
	}
	pc_store_close(store);
}

static void flipped_bits_never_become_wrong_data(void **state)
{
	unsigned char *bytes PC_FREE = NULL;
	struct fixture *f = *state;
	struct tally tally = {0};
	char wal[128], shm[128];
	size_t size;

	make_full_store(f->path);
	bytes = read_file(f->path, &size);
	snprintf(wal, sizeof(wal), "%s-wal", f->path);
	snprintf(shm, sizeof(shm), "%s-shm", f->path);
	/* Each byte of the header and around each page's own, and many others. */
	for (size_t at = 0; at < size; at += at < 120 || at % 4096 < 16 ? 1 : 53) {
		unsigned char kept = bytes[at];

		bytes[at] ^= (unsigned char)(1 << at % 8);
		unlink(wal);
		unlink(shm);
		replace_file(f->path, bytes, size);
		judge(f, at % 3 ? 0 : PC_STORE_READ_ONLY, &tally);
		bytes[at] = kept;
	}
	print_message("%u refused at open, %u noticed when read, %u harmless\n", tally.refused,
		      tally.noticed, tally.unharmed);
	assert_true(tally.refused > 100 && tally.noticed > 5 && tally.unharmed > 100);
}

static void truncated_files_never_become_wrong_data(void **state)
{
	unsigned char *bytes PC_FREE = NULL;
	struct fixture *f = *state;
	struct tally tally = {0};
	size_t size;

	make_full_store(f->path);
	bytes = read_file(f->path, &size);
	for (size_t cut = 0; cut < size; cut += 1024 + cut % 3) {
		empty_folder(f->folder);
		replace_file(f->path, bytes, cut);
		judge(f, 0, &tally);
	}
	assert_int_equal(tally.unharmed, 0);
}

/* Rows changed by somebody with the sqlite3 shell who puts the triggers back. */
static void rows_changed_behind_our_back_are_noticed(void **state)
{
	static const char *const changes[] = {
		"UPDATE blob SET bytes = x'00'",
		"UPDATE blob SET bytes = x'61' WHERE id = 2",
		"UPDATE revision SET comment = 'other'",
		"UPDATE revision SET uid = 0",
		"UPDATE revision SET parent = 2 WHERE number = 2",
		"UPDATE revision_text SET file = '/tmp/x'",
		"DELETE FROM revision_text WHERE revision = 2 AND name = '50-web.yaml'",
		"INSERT INTO revision_text SELECT 1, 'x', file, blob FROM revision_text LIMIT 1",
		"UPDATE revision_input SET value = '0' WHERE kind = 'user'",
		"DELETE FROM revision_input",
		"DELETE FROM revision WHERE number = 1",
		"UPDATE policy SET id = 3 WHERE name = 'web'",
		"UPDATE policy SET name = 'webs' WHERE name = 'web'",
		"UPDATE state SET active = 1",
		"UPDATE state SET off_until = 0",
		"UPDATE state SET last = 2",
		"UPDATE setting SET value = '7.2'",
		"UPDATE setting SET key = 'kernels'",
		"DELETE FROM state",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < PC_ARRAY_SIZE(changes); i++) {
		struct tally tally = {0};
		sqlite3 *db;

		empty_folder(f->folder);
		make_full_store(f->path);
		db = open_raw(f->path);
		assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL),
				 SQLITE_OK);
		if (sqlite3_exec(db, changes[i], NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", changes[i], sqlite3_errmsg(db));
		sqlite3_close(db);
		judge(f, 0, &tally);
		if (!tally.noticed)
			fail_msg("not noticed: %s", changes[i]);
	}
}

static void verify_finds_what_no_reader_needs(void **state)
{
	static const char *const changes[] = {
		"UPDATE blob SET sha256 = x'61' WHERE id = 1",
		"INSERT INTO blob VALUES(99, x'61', x'61')",
		"INSERT INTO revision_text SELECT 50, name, file, blob FROM revision_text LIMIT 1",
		"INSERT INTO policy VALUES(9, 'planted', x'61')",
		"INSERT INTO setting VALUES('planted', '', x'61')",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < PC_ARRAY_SIZE(changes); i++) {
		struct pc_store *store;
		sqlite3 *db;

		empty_folder(f->folder);
		make_full_store(f->path);
		db = open_raw(f->path);
		sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
		assert_int_equal(sqlite3_exec(db, changes[i], NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		store = open_at(f->path, 0);
		assert_int_equal(ask_everything(store), 0);
		if (pc_store_verify(store) != -EUCLEAN)
			fail_msg("not found: %s", changes[i]);
		pc_store_close(store);
	}
}

static void damage_in_the_log_loses_no_more_than_the_log(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	unsigned char *wal PC_FREE = NULL, *main_file PC_FREE = NULL;
	size_t wal_size, main_size;
	char path[128];

	for (unsigned int n = 1; n <= 3; n++)
		put_sample(store, n);
	snprintf(path, sizeof(path), "%s-wal", f->path);
	wal = read_file(path, &wal_size);
	main_file = read_file(f->path, &main_size);
	pc_store_close(store);
	for (size_t at = 0; at < wal_size; at += 997) {
		uint64_t active;

		empty_folder(f->folder);
		replace_file(f->path, main_file, main_size);
		wal[at] ^= 0x10;
		replace_file(path, wal, wal_size);
		wal[at] ^= 0x10;
		store = open_at(f->path, PC_STORE_CHECK);
		assert_int_equal(pc_store_verify(store), 0);
		assert_int_equal(pc_store_active(store, &active), 0);
		assert_in_range(active, 0, 3);
		if (active)
			assert_revision(store, active, (unsigned int)active);
		pc_store_close(store);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(flipped_bits_never_become_wrong_data),
		TEST(truncated_files_never_become_wrong_data),
		TEST(rows_changed_behind_our_back_are_noticed),
		TEST(verify_finds_what_no_reader_needs),
		TEST(damage_in_the_log_loses_no_more_than_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
