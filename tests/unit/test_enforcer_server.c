/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: who is answered, pieces, floods, clients that do not read, and the stream. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "server.h"

struct fixture {
	char folder[32];
	char store[64];
	char socket[64];
	struct pc_daemon *daemon;
	sd_event *event;
};

static void publish(void *context, const struct pc_event_line *line)
{
	struct pc_daemon *daemon = context;

	pc_server_publish(daemon->server, line);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pc_daemon_options options = {.pin_dir = "", .events = ""};

	fake_kernel_reset();
	f->daemon = calloc(1, sizeof(*f->daemon));
	strcpy(f->folder, "/tmp/pc-server-XXXXXX");
	if (!mkdtemp(f->folder) || sd_event_new(&f->event) < 0)
		return -1;
	snprintf(f->store, sizeof(f->store), "%s/store.db", f->folder);
	snprintf(f->socket, sizeof(f->socket), "%s/run/s", f->folder);
	options.store = f->store;
	options.socket = f->socket;
	f->daemon->events.subscriber = publish;
	f->daemon->events.subscriber_context = f->daemon;
	*state = f;
	if (pc_daemon_open(f->daemon, &options))
		return -1;
	return pc_server_open(f->daemon, f->event, f->socket, &f->daemon->server)
		       ?: pc_server_listen(f->daemon->server);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	pc_server_close(f->daemon->server);
	pc_daemon_close(f->daemon);
	sd_event_unref(f->event);
	free(f->daemon);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command))
		return -1;
	free(f);
	return 0;
}

/* The daemon does all there is to do. */
static void turn(struct fixture *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

static int dial(struct fixture *f)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, f->socket);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All there is to read, NUL-terminated. */
static char *hear(int fd)
{
	static char buf[1 << 20];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(buf) - 1 && (n = read(fd, buf + used, sizeof(buf) - 1 - used)) > 0)
		used += (size_t)n;
	buf[used] = '\0';
	return buf;
}

static bool is_closed(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 0;
}

#define STATUS "{\"portcullis\":1,\"command\":\"status\"}\n"
#define FOLLOW "{\"portcullis\":1,\"command\":\"events\",\"follow\":true}\n"

static int count(const char *text, const char *part)
{
	int found = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		found++;
	return found;
}

/* ---- requests ------------------------------------------------------------------------------ */

static void the_socket_is_roots_alone(void **state)
{
	struct fixture *f = *state;
	struct stat status;

	assert_int_equal(stat(f->socket, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

static void others_are_told_that_they_may_not(void **state)
{
	struct fixture *f = *state;
	int fd;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(f->socket, 0666), 0);
	assert_int_equal(chmod(f->folder, 0755), 0);
	/* The kernel keeps the credentials of the moment of connecting. */
	assert_int_equal(seteuid(65534), 0);
	fd = dial(f);
	assert_int_equal(seteuid(0), 0);
	turn(f);
	assert_non_null(strstr(hear(fd), "\"exit\":4"));
	close(fd);
}

static void answers_come_in_order(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	char *text;

	say(fd, STATUS "{\"portcullis\":1,\"command\":\"nonsense\"}\n" STATUS);
	turn(f);
	text = hear(fd);
	assert_int_equal(count(text, "\n"), 3);
	assert_int_equal(count(text, "portcullis.status.v1"), 2);
	assert_true(strstr(text, "status.v1") < strstr(text, "nonsense"));
	close(fd);
}

static void pieces_make_a_request(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	for (const char *c = STATUS; *c; c++) {
		assert_string_equal(hear(fd), "");
		assert_int_equal(write(fd, c, 1), 1);
		turn(f);
	}
	assert_int_equal(count(hear(fd), "status.v1"), 1);
	close(fd);
}

static void a_client_that_only_sends_half_is_answered(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);

	say(fd, STATUS);
	shutdown(fd, SHUT_WR);
	turn(f);
	assert_int_equal(count(hear(fd), "status.v1"), 1);
	assert_true(is_closed(fd));
	close(fd);
}

static void malformed_requests_are_refused_and_the_next_is_heard(void **state)
{
	static const char *const bad[] = {
		"\n",
		"not JSON\n",
		"[]\n",
		"{}\n",
		"{\"portcullis\":2,\"command\":\"status\"}\n",
		"{\"portcullis\":1}\n",
		"{\"portcullis\":1,\"command\":3}\n",
		"{\"portcullis\":1,\"command\":\"status\",\"more\":1}\n",
		"{\"portcullis\":1,\"command\":\"off\"}\n",
		"{\"portcullis\":1,\"command\":\"off\",\"reason\":\"  \"}\n",
		"{\"portcullis\":1,\"command\":\"off\",\"reason\":\"x\",\"seconds\":-1}\n",
		"{\"portcullis\":1,\"command\":\"off\",\"reason\":\"x\",\"seconds\":1e3}\n",
		"{\"portcullis\":1,\"command\":\"mode\",\"policy\":\"a\",\"mode\":\"x\"}\n",
		"{\"portcullis\":1,\"command\":\"remove\",\"policies\":[1]}\n",
		"{\"portcullis\":1,\"command\":\"apply\",\"texts\":[{}]}\n",
		"{\"portcullis\":1,\"command\":\"rollback\",\"confirm\":86401}\n",
		"{\"portcullis\":1,\"command\":\"events\",\"decision\":\"x\"}\n",
	};
	struct fixture *f = *state;
	int fd = dial(f);

	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++) {
		char *text;

		say(fd, bad[i]);
		turn(f);
		text = hear(fd);
		if (count(text, "\"ok\":false") != 1 || !strstr(text, "\"exit\":2"))
			fail_msg("%s was answered by %s", bad[i], text);
	}
	assert_true(fake_kernel.enforcing);
	say(fd, STATUS);
	turn(f);
	assert_int_equal(count(hear(fd), "status.v1"), 1);
	close(fd);
}

static void a_request_without_end_is_cut_off(void **state)
{
	struct fixture *f = *state;
	PC_FREE char *block = malloc(1 << 20);
	int fd = dial(f);
	size_t sent = 0;
	ssize_t n;

	memset(block, 'x', 1 << 20);
	while (sent < (32u << 20)) {
		n = send(fd, block, 1 << 20, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		turn(f);
	}
	assert_true(sent <= (18u << 20));
	assert_non_null(strstr(hear(fd), "16 MiB"));
	close(fd);
	turn(f);
}

static void the_largest_request_is_taken(void **state)
{
	struct fixture *f = *state;
	PC_FREE char *request = malloc(PC_REQUEST_MAX);
	size_t sent = 0, head;
	int fd = dial(f);

	head = (size_t)sprintf(request, "{\"portcullis\":1,\"command\":\"off\",\"reason\":\"");
	memset(request + head, 'x', PC_REQUEST_MAX - head);
	memcpy(request + PC_REQUEST_MAX - 3, "\"}\n", 3);
	while (sent < PC_REQUEST_MAX) {
		ssize_t n = send(fd, request + sent, PC_REQUEST_MAX - sent, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		turn(f);
	}
	assert_non_null(strstr(hear(fd), "within its limit"));
	close(fd);
}

static void a_client_that_does_not_read_is_not_read_from(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	size_t sent = 0;

	for (int i = 0; i < 100000; i++) {
		ssize_t n = send(fd, STATUS, sizeof(STATUS) - 1, MSG_NOSIGNAL);

		turn(f);
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	/* It is stuck at what sockets hold; the daemon answers others. */
	assert_true(sent < (4u << 20));
	close(fd);
	fd = dial(f);
	say(fd, STATUS);
	turn(f);
	assert_int_equal(count(hear(fd), "status.v1"), 1);
	close(fd);
}

static void connections_beyond_the_limit_are_turned_away(void **state)
{
	struct fixture *f = *state;
	int fds[PC_PEERS_MAX + 1];

	for (uint32_t i = 0; i <= PC_PEERS_MAX; i++) {
		fds[i] = dial(f);
		turn(f);
	}
	assert_non_null(strstr(hear(fds[PC_PEERS_MAX]), "too many connections"));
	say(fds[0], STATUS);
	turn(f);
	assert_int_equal(count(hear(fds[0]), "status.v1"), 1);
	for (uint32_t i = 0; i <= PC_PEERS_MAX; i++)
		close(fds[i]);
}

static void silence_ends_a_connection(void **state)
{
	struct fixture *f = *state;
	int idle = dial(f), following = dial(f);

	say(idle, "{\"portcullis\":1,");
	say(following, FOLLOW);
	turn(f);
	hear(following);
	pc_server_expire(f->daemon->server, pc_now(CLOCK_BOOTTIME) + PC_PEER_TIMEOUT_NS / 2);
	turn(f);
	assert_false(is_closed(idle));
	pc_server_expire(f->daemon->server, pc_now(CLOCK_BOOTTIME) + 2 * PC_PEER_TIMEOUT_NS);
	assert_true(is_closed(idle));
	assert_false(is_closed(following)); /* it has nothing to say, and that is as it should be */
	close(idle);
	close(following);
}

static void two_daemons_do_not_share_a_socket(void **state)
{
	struct fixture *f = *state;
	struct pc_server *second = NULL;

	assert_int_equal(pc_server_open(f->daemon, f->event, f->socket, &second), -EADDRINUSE);
	assert_null(second);
	close(dial(f)); /* the first one is still there */
}

/* ---- a whole change ------------------------------------------------------------------------ */

static void a_policy_goes_in_through_the_socket(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	char *text;

	say(fd,
	    "{\"portcullis\":1,\"command\":\"apply\",\"comment\":\"first\",\"texts\":[{\"file\":"
	    "\"/tmp/a.yaml\",\"name\":\"a.yaml\",\"text\":\"portcullis: 1\\npolicy: a\\nsubject: "
	    "[{exe: /usr/bin/a}]\\nfile: {default: allow, deny: ['read /srv/a']}\\n\"}]}\n");
	turn(f);
	text = hear(fd);
	assert_non_null(strstr(text, "\"portcullis.change.v1\""));
	assert_non_null(strstr(text, "{\"policy\":\"a\",\"change\":\"added\"}"));
	assert_int_equal(fake_kernel.revision, 1);
	say(fd, "{\"portcullis\":1,\"command\":\"apply\",\"texts\":[{\"file\":\"b\",\"name\":\"b."
		"yaml\","
		"\"text\":\"portcullis: 1\\nfoo: 1\\n\"}]}\n");
	turn(f);
	text = hear(fd);
	assert_non_null(strstr(text, "\"exit\":3"));
	assert_non_null(strstr(text, "\"diagnostics\":[{"));
	assert_int_equal(fake_kernel.revision, 1);
	close(fd);
}

/* ---- the stream ---------------------------------------------------------------------------- */

static void emit(struct fixture *f, uint32_t decision, const char *path)
{
	const struct pc_event event = {
		.op = PC_OP_READ, .decision = decision, .hook = PC_HOOK_file_open, .err = EACCES};

	fake_kernel_event(&event, "/bin/cat", path);
	pc_events_drain(&f->daemon->events);
}

static void a_subscriber_gets_events_as_they_come(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	char *text;

	emit(f, PC_DENIED, "/before");
	say(fd, FOLLOW);
	turn(f);
	text = hear(fd);
	assert_non_null(strstr(text, "\"follow\":true"));
	assert_null(strstr(text, "/before"));
	emit(f, PC_DENIED, "/one");
	emit(f, PC_AUDITED, "/two");
	turn(f);
	text = hear(fd);
	assert_int_equal(count(text, "\n"), 2);
	assert_true(strstr(text, "/one") < strstr(text, "/two"));
	assert_int_equal(pc_server_subscribers(f->daemon->server), 1);
	close(fd);
	turn(f);
	assert_int_equal(pc_server_subscribers(f->daemon->server), 0);
}

static void the_last_ones_can_be_asked_for(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	char *text;

	emit(f, PC_DENIED, "/one");
	emit(f, PC_AUDITED, "/two");
	emit(f, PC_DENIED, "/three");
	say(fd, "{\"portcullis\":1,\"command\":\"events\",\"last\":1,\"decision\":\"audited\"}\n"
		"{\"portcullis\":1,\"command\":\"events\",\"last\":2}\n");
	turn(f);
	text = strchr(hear(fd), '\n');
	assert_non_null(text);
	assert_null(strstr(text, "/one"));
	assert_true(strstr(text, "/two") < strstr(text, "/three"));
	close(fd);
}

static void a_slow_subscriber_is_told_what_it_missed(void **state)
{
	struct fixture *f = *state;
	char path[PC_EVENT_PATH_MAX];
	int fd = dial(f), told, seen = 0, lost = 0;

	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	say(fd, FOLLOW);
	turn(f);
	hear(fd);
	for (int i = 0; i < 2000; i++) { /* 9 MB, and 1 MB waits */
		emit(f, PC_DENIED, path);
		turn(f);
	}
	for (int i = 0; i < 100; i++) {
		const char *text = hear(fd), *at = strstr(text, "\"lost\":");

		seen += count(text, "portcullis.event.v1");
		if (at) {
			told = atoi(at + 7);
			assert_true(told > 0);
			lost += told;
		}
		turn(f);
	}
	assert_true(lost > 0);
	assert_int_equal(seen + lost, 2000);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_is_roots_alone),
		TEST(others_are_told_that_they_may_not),
		TEST(answers_come_in_order),
		TEST(pieces_make_a_request),
		TEST(a_client_that_only_sends_half_is_answered),
		TEST(malformed_requests_are_refused_and_the_next_is_heard),
		TEST(a_request_without_end_is_cut_off),
		TEST(the_largest_request_is_taken),
		TEST(a_client_that_does_not_read_is_not_read_from),
		TEST(connections_beyond_the_limit_are_turned_away),
		TEST(silence_ends_a_connection),
		TEST(two_daemons_do_not_share_a_socket),
		TEST(a_policy_goes_in_through_the_socket),
		TEST(a_subscriber_gets_events_as_they_come),
		TEST(the_last_ones_can_be_asked_for),
		TEST(a_slow_subscriber_is_told_what_it_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
