/* SPDX-License-Identifier: GPL-2.0-only */
/* A store that cannot be written when the daemon starts: what is active is enforced all the same.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "command.h"
#include "fake_kernel.h"
#include "server.h"

#define POLICY                                                                                     \
	"portcullis: 1\npolicy: a\nsubject: [{exe: /usr/bin/a}]\n"                                 \
	"file: {deny: ['read /srv/secret/**']}\n"

struct fixture {
	char folder[32];
	char path[64];
	struct pc_daemon *daemon;
};

/* A full disk for one process: no file may grow to be larger than this. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static int start(struct fixture *f)
{
	const struct pc_daemon_options options = {f->path, "", "", "", false, 0};

	f->daemon = calloc(1, sizeof(*f->daemon));
	return pc_daemon_open(f->daemon, &options);
}

static void stop(struct fixture *f)
{
	pc_daemon_close(f->daemon);
	free(f->daemon);
}

/* A store whose revision 1 is active. */
static int setup(void **state)
{
	const struct pc_text text = {"p.yaml", "p.yaml", POLICY, strlen(POLICY)};
	const struct pc_change change = {
		.verb = "apply", .texts = &text, .text_count = 1, .expected = PC_STORE_ANY};
	const struct pc_change_how how = {.who = {.comm = "test"}};
	struct fixture *f = calloc(1, sizeof(*f));
	struct pc_change_done done;
	struct pc_refusal refusal;
	struct pc_diags diags = {0};

	signal(SIGXFSZ, SIG_IGN);
	fake_kernel_reset();
	strcpy(f->folder, "/tmp/pc-disk-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
	*state = f;
	if (start(f) || pc_sync_change(&f->daemon->sync, &change, &how, &done, &diags, &refusal))
		return -1;
	pc_plan_free(done.plan);
	pc_diags_free(&diags);
	stop(f);
	fake_kernel_reset();
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	limit_files(RLIM_INFINITY);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command))
		return -1;
	free(f);
	return 0;
}

static bool answers(struct fixture *f, const char *request, const char *part)
{
	const struct pc_store_who who = {.comm = "test"};
	struct pc_event_filter filter;
	char *reply = NULL;
	size_t length;
	bool follow, has;

	pc_command_answer(f->daemon, &who, request, strlen(request), &reply, &length, &follow,
			  &filter);
	assert_non_null(reply);
	reply[length - 1] = '\0';
	has = strstr(reply, part) != NULL;
	if (!has)
		print_error("%s\n", reply);
	free(reply);
	return has;
}

#define OFF "{\"portcullis\":1,\"command\":\"off\",\"reason\":\"a test\"}"
#define MODE "{\"portcullis\":1,\"command\":\"mode\",\"policy\":\"a\",\"mode\":\"audit\"}"
#define PLAN                                                                                       \
	"{\"portcullis\":1,\"command\":\"mode\",\"policy\":\"a\",\"mode\":\"audit\",\"dry_run\":"  \
	"true}"
#define STATUS "{\"portcullis\":1,\"command\":\"status\"}"

static void a_full_disk_does_not_keep_the_active_revision_out(void **state)
{
	struct fixture *f = *state;

	limit_files(0);
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 1);
	assert_true(fake_kernel.enforcing);
	assert_true(answers(f, STATUS, "the store cannot be written"));
	assert_true(answers(f, PLAN, "\"ok\":true"));
	/* Told each time, and nothing comes of it. */
	assert_true(answers(f, MODE, "no space left"));
	assert_true(answers(f, OFF, "no space left"));
	assert_int_equal(fake_kernel.revision, 1);
	assert_true(fake_kernel.enforcing);
	/* Somebody made room. */
	limit_files(RLIM_INFINITY);
	assert_true(answers(f, MODE, "\"revision\":2"));
	assert_int_equal(fake_kernel.revision, 2);
	assert_true(answers(f, STATUS, "\"problems\":[]"));
	pc_sync_tick(&f->daemon->sync);
	assert_int_equal(fake_kernel.installs, 2);
	stop(f);
}

static void a_full_disk_without_a_store_ends_the_daemon(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(unlink(f->path), 0);
	limit_files(0);
	assert_int_equal(start(f), PC_EXIT_INTERNAL);
	stop(f);
}

static void only_a_socket_is_taken_away_for_ones_own(void **state)
{
	struct fixture *f = *state;
	struct pc_daemon daemon = {0};
	struct pc_server *server = NULL;
	char path[64], link[64];
	sd_event *event;

	snprintf(path, sizeof(path), "%s/socket", f->folder);
	snprintf(link, sizeof(link), "%s/link", f->folder);
	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(pc_server_open(&daemon, event, f->path, &server), -ENOTSOCK);
	assert_int_equal(access(f->path, F_OK), 0);
	assert_int_equal(symlink("store.db", link), 0);
	assert_int_equal(pc_server_open(&daemon, event, link, &server), -ENOTSOCK);
	/* One whose daemon was killed. */
	assert_int_equal(mknod(path, S_IFSOCK | 0600, 0), 0);
	assert_int_equal(pc_server_open(&daemon, event, path, &server), 0);
	pc_server_close(server);
	sd_event_unref(event);
}

static void what_cannot_be_seen_is_not_taken_for_nothing(void **state)
{
	struct fixture *f = *state;
	struct pc_daemon_options options = {f->path, "", "", "", false, 0};
	char path[96];

	options.pin_dir = path;
	snprintf(path, sizeof(path), "%s/pins", f->path); /* below a file */
	assert_int_equal(pc_daemon_unload(&options), PC_EXIT_PERMISSION);
	snprintf(path, sizeof(path), "%s/pins", f->folder);
	assert_int_equal(pc_daemon_unload(&options), PC_EXIT_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_disk_does_not_keep_the_active_revision_out),
		TEST(a_full_disk_without_a_store_ends_the_daemon),
		TEST(only_a_socket_is_taken_away_for_ones_own),
		TEST(what_cannot_be_seen_is_not_taken_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
