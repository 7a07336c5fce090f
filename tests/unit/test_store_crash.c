/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Crashes in the middle of a write and full disks: the old revision or the new, complete. */
#include "store_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

/* SQLite's own calls of the system are replaced. */
static struct {
	unsigned int left; /* calls until it happens; 0: never */
	bool dies;	   /* in the middle of the call; otherwise it fails with err */
	int err;
	ssize_t (*pwrite)(int fd, const void *bytes, size_t n, off64_t at);
	int (*ftruncate)(int fd, off64_t size);
} fault;

static bool strikes(void)
{
	return fault.left && --fault.left == 0;
}

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t n, off64_t at)
{
	if (!strikes())
		return fault.pwrite(fd, bytes, n, at);
	if (fault.dies) {
		fault.pwrite(fd, bytes, n / 2, at);
		_exit(3);
	}
	fault.left = 1; /* and it stays so */
	errno = fault.err;
	return -1;
}

static int faulty_ftruncate(int fd, off64_t size)
{
	if (fault.dies && strikes())
		_exit(3);
	return fault.ftruncate(fd, size);
}

static void install_faults(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	if (!fault.pwrite) {
		fault.pwrite = (ssize_t(*)(int, const void *, size_t, off64_t))vfs->xGetSystemCall(
			vfs, "pwrite64");
		fault.ftruncate = (int (*)(int, off64_t))vfs->xGetSystemCall(vfs, "ftruncate");
	}
	assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)faulty_pwrite),
			 SQLITE_OK);
	assert_int_equal(
		vfs->xSetSystemCall(vfs, "ftruncate", (sqlite3_syscall_ptr)faulty_ftruncate),
		SQLITE_OK);
}

static void remove_faults(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);

	fault.left = 0;
	vfs->xSetSystemCall(vfs, NULL, NULL);
}

/* Puts sample 2 into a store of sample 1, then checkpoints by closing; dies at call fault.left. */
static void put_and_die(void *context)
{
	const struct fixture *f = context;
	struct pc_store *store;

	install_faults();
	store = open_at(f->path, 0);
	put_sample(store, 2);
	pc_store_close(store);
}

static void a_crash_in_any_write_leaves_the_old_or_the_new(void **state)
{
	struct fixture *f = *state;
	unsigned int crashes = 0, old = 0;
	int status = 3;

	fault.dies = true;
	for (unsigned int call = 1; status == 3; call++, crashes++) {
		struct pc_store_state now;
		struct pc_store *store;

		empty_folder(f->folder);
		store = open_at(f->path, PC_STORE_CREATE);
		put_sample(store, 1);
		pc_store_close(store);
		fault.left = call;
		status = in_child(put_and_die, f);
		fault.left = 0;
		store = open_at(f->path, PC_STORE_CHECK);
		assert_int_equal(pc_store_verify(store), 0);
		assert_int_equal(pc_store_state(store, &now), 0);
		assert_int_equal(now.last, now.active);
		assert_revision(store, 1, 1);
		if (now.active == 2)
			assert_revision(store, 2, 2);
		old += now.active == 1;
		assert_int_equal(put_sample(store, 3), now.active + 1);
		pc_store_close(store);
	}
	fault.dies = false;
	assert_int_equal(status, 0);
	print_message("%u crashes, %u before the commit\n", crashes - 1, old);
	assert_true(crashes > 10 && old > 5 && old < crashes);
}

static unsigned int statements_left;

static int count_statements(unsigned int event, void *context, void *stmt, void *sql)
{
	(void)event;
	(void)context;
	(void)stmt;
	(void)sql;
	if (statements_left && --statements_left == 0)
		raise(SIGKILL);
	return 0;
}

static void put_and_be_killed(void *context)
{
	const struct fixture *f = context;
	struct pc_store *store = open_at(f->path, 0);

	sqlite3_trace_v2(store->db, SQLITE_TRACE_STMT, count_statements, NULL);
	put_sample(store, 2);
	pc_store_close(store);
}

static void a_kill_before_any_statement_leaves_the_old(void **state)
{
	struct fixture *f = *state;
	int status = 256 + SIGKILL;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	unsigned int kills;
	uint64_t active;

	put_sample(store, 1);
	pc_store_close(store);
	for (kills = 0;; kills++) {
		statements_left = kills + 1;
		status = in_child(put_and_be_killed, f);
		if (status == 0)
			break;
		assert_int_equal(status, 256 + SIGKILL);
		store = open_at(f->path, PC_STORE_CHECK);
		assert_int_equal(pc_store_active(store, &active), 0);
		assert_int_equal(active, 1);
		assert_int_equal(pc_store_verify(store), 0);
		pc_store_close(store);
	}
	assert_true(kills > 15);
}

static void a_full_disk_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	unsigned int failures = 0;
	struct pc_store_put put;
	struct sample s;

	put_sample(store, 1);
	make_sample(&s, 2);
	install_faults();
	fault.err = ENOSPC;
	for (unsigned int call = 1;; call++, failures++) {
		int r;

		fault.left = call;
		r = pc_store_put_revision(store, &s.in, 1, 0, &put);
		fault.left = 0;
		if (r == 0)
			break;
		if (r != -ENOSPC)
			fail_msg("call %u: %s", call, pc_store_last_error(store)->message);
		assert_non_null(strstr(pc_store_last_error(store)->message, "no space"));
		assert_revision(store, 1, 1);
		assert_int_equal(pc_store_verify(store), 0);
		fault.err = call % 2 ? EDQUOT : ENOSPC;
	}
	remove_faults();
	assert_true(failures > 5);
	assert_revision(store, 2, 2); /* the same connection goes on when there is space again */
	pc_store_close(store);
}

static void fill_up(void *context)
{
	const struct fixture *f = context;
	struct rlimit limit = {.rlim_cur = 256 << 10, .rlim_max = 256 << 10};
	struct pc_store *store = open_at(f->path, PC_STORE_CREATE);
	unsigned int n = 0;
	int r;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	do {
		struct pc_store_put put;
		struct sample s;

		make_sample(&s, ++n);
		r = pc_store_put_revision(store, &s.in, n - 1, 0, &put);
	} while (r == 0);
	if (r != -ENOSPC)
		fail_msg("%s", pc_store_last_error(store)->message);
	assert_true(n > 1);
	assert_revision(store, n - 1, n - 1);
	assert_int_equal(pc_store_verify(store), 0);
	pc_store_close(store);
}

static void a_limit_of_file_sizes_is_a_full_disk(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(fill_up, f), 0);
	pc_store_close(open_at(f->path, PC_STORE_CHECK));
}

static void fill_a_small_tmpfs(void *context)
{
	const struct fixture *f = context;
	char ballast[128];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", f->folder, "tmpfs", 0, "size=16k,mode=0700") < 0)
		_exit(99);
	/* Too small for a new store: none is left behind. */
	assert_int_equal(open_error(f->path, PC_STORE_CREATE), -ENOSPC);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(mount(NULL, f->folder, NULL, MS_REMOUNT, "size=512k"), 0);
	snprintf(ballast, sizeof(ballast), "%s/ballast", f->folder);
	fill_up((void *)(uintptr_t)f);
}

static void a_full_tmpfs_is_a_full_disk(void **state)
{
	struct fixture *f = *state;
	int status = in_child(fill_a_small_tmpfs, f);

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
		TEST(a_crash_in_any_write_leaves_the_old_or_the_new),
		TEST(a_kill_before_any_statement_leaves_the_old),
		TEST(a_full_disk_changes_nothing),
		TEST(a_limit_of_file_sizes_is_a_full_disk),
		TEST(a_full_tmpfs_is_a_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
