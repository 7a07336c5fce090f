/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The socket's messages: framing, escapes, texts and diagnostics there and back, the client. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "control-internal.h"
#include "control.h"
#include "escape.h"

/* ---- escapes ------------------------------------------------------------------------------- */

static void assert_escaped(const char *bytes, size_t n, const char *expected)
{
	char buf[256], back[256];

	assert_int_equal(pc_escape(bytes, n, buf, sizeof(buf)), strlen(expected));
	assert_string_equal(buf, expected);
	assert_int_equal(pc_unescape(buf, back), n);
	assert_memory_equal(back, bytes, n);
}

static void escapes_what_a_terminal_must_not_see(void **state)
{
	(void)state;
	assert_escaped("/srv/a b", 8, "/srv/a b");
	assert_escaped("a\nb\033[31m", 8, "a\\x0ab\\x1b[31m");
	assert_escaped("back\\slash", 10, "back\\\\slash");
	assert_escaped("\xff\xfe", 2, "\\xff\\xfe");
	assert_escaped("gr\xc3\xbcn", 5, "gr\xc3\xbcn");
	assert_escaped("\xe2\x80\xae", 3, "\\xe2\\x80\\xae"); /* right-to-left override */
	assert_escaped("\xc0\xaf", 2, "\\xc0\\xaf");	      /* overlong */
	assert_escaped("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* a surrogate */
	assert_escaped("a\0b", 3, "a\\x00b");
	assert_escaped("\xe2\x82", 2, "\\xe2\\x82"); /* cut off */
}

static void escapes_are_never_cut_in_half(void **state)
{
	char buf[6];

	(void)state;
	assert_int_equal(pc_escape("ab\x01", 3, buf, sizeof(buf)), 2);
	assert_string_equal(buf, "ab");
	assert_int_equal(pc_escape("\x01", 1, buf, 5), 4);
	assert_int_equal(pc_escape("a", 1, buf, 1), 0);
	assert_string_equal(buf, "");
}

static void refuses_escapes_that_are_none(void **state)
{
	static const char *const bad[] = {"\\", "\\x", "\\x1", "\\xg0", "\\n", "a\\x0", "\\xA0"};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++)
		assert_int_equal(pc_unescape(bad[i], buf), -EINVAL);
}

/* ---- base64 -------------------------------------------------------------------------------- */

static void base64_there_and_back(void **state)
{
	char bytes[64], coded[PC_BASE64_SIZE(64)], back[128];

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++) {
		for (size_t i = 0; i < n; i++)
			bytes[i] = (char)(n * 37 + i * 101);
		pc_base64_encode(bytes, n, coded);
		assert_int_equal(strlen(coded), (n + 2) / 3 * 4);
		assert_int_equal(pc_base64_decode(coded, strlen(coded), back), n);
		assert_memory_equal(back, bytes, n);
	}
	pc_base64_encode("any carnal pleas", 16, coded);
	assert_string_equal(coded, "YW55IGNhcm5hbCBwbGVhcw==");
}

static void base64_refuses_what_it_is_not(void **state)
{
	static const char *const bad[] = {
		"A", "AB", "ABC", "A===", "====", "AB=C", "AB C", "A\nBC"};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++)
		assert_int_equal(pc_base64_decode(bad[i], strlen(bad[i]), buf), -EINVAL);
}

/* ---- texts and diagnostics ----------------------------------------------------------------- */

static void texts_arrive_as_they_were(void **state)
{
	static const struct pc_text texts[] = {
		{"/etc/portcullis/policies/50-web.yaml", "50-web.yaml", "policy: web\n", 12},
		{"/tmp/\xff\x01 x", "odd\\name.yaml", "\xff\0\xfe", 3},
		{"-", "empty.yaml", "", 0},
		{"b", "nul.yaml", "a\0b", 3},
		{"c", "utf8.yaml", "gr\xc3\xbcn # \"q\"\t", 12},
	};
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_text *back;
	uint32_t count;
	const char *error;
	char *line;
	json_t *array = pc_texts_to_json(texts, PC_ARRAY_SIZE(texts)), *again;

	(void)state;
	assert_non_null(array);
	line = json_dumps(array, JSON_COMPACT);
	assert_non_null(line);
	again = json_loads(line, 0, NULL);
	assert_int_equal(pc_texts_from_json(again, &arena, &back, &count, &error), 0);
	assert_int_equal(count, PC_ARRAY_SIZE(texts));
	for (uint32_t i = 0; i < count; i++) {
		assert_string_equal(back[i].file, texts[i].file);
		assert_string_equal(back[i].name, texts[i].name);
		assert_int_equal(back[i].size, texts[i].size);
		assert_memory_equal(back[i].bytes, texts[i].bytes, texts[i].size);
	}
	free(line);
	json_decref(array);
	json_decref(again);
}

static void malformed_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"3",
		"{}",
		"[3]",
		"[{}]",
		"[{\"file\":\"a\",\"name\":\"b\"}]",
		"[{\"file\":\"a\",\"name\":\"b\",\"text\":3}]",
		"[{\"file\":\"a\",\"name\":\"\",\"text\":\"\"}]",
		"[{\"file\":\"a\",\"name\":\"\\\\x00\",\"text\":\"\"}]",
		"[{\"file\":\"a\",\"name\":\"a\\\\x00b\",\"text\":\"\"}]",
		"[{\"file\":\"a\",\"name\":\"b\",\"base64\":\"A\"}]",
		"[{\"file\":\"a\",\"name\":\"b\",\"text\":\"\",\"more\":1}]",
	};

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++) {
		PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
		struct pc_text *texts = NULL;
		const char *error = NULL;
		uint32_t count = 77;
		json_t *array = json_loads(bad[i], JSON_DECODE_ANY, NULL);

		assert_non_null(array);
		assert_int_equal(pc_texts_from_json(array, &arena, &texts, &count, &error),
				 -EINVAL);
		assert_non_null(error);
		assert_null(texts);
		assert_int_equal(count, 77);
		json_decref(array);
	}
}

static void diagnostics_arrive_as_they_were(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	PC_CLEANUP(pc_diags_free) struct pc_diags back = {0};
	const struct pc_loc loc = {"a.yaml", 4, 7, 7};
	json_t *array;

	(void)state;
	pc_diag_add(&diags, PC_ERROR, 104, &loc, "unknown mode \"%s\"", "enfroce");
	pc_diag_hint(&diags, "did you mean \"enforce\"?");
	pc_diag_source(&diags, "mode: enfroce", 13);
	pc_diag_add(&diags, PC_WARNING, 705, NULL, "no place, and \xff no UTF-8");
	array = pc_diags_to_json(&diags);
	assert_int_equal(json_array_size(array), 2);
	pc_diags_from_json(array, &back);
	assert_int_equal(back.count, 2);
	assert_int_equal(back.errors, 1);
	assert_int_equal(back.warnings, 1);
	assert_string_equal(back.items[0].loc.file, "a.yaml");
	assert_int_equal(back.items[0].loc.column, 7);
	assert_int_equal(back.items[0].code, 104);
	assert_string_equal(back.items[0].message, "unknown mode \"enfroce\"");
	assert_string_equal(back.items[0].hint, "did you mean \"enforce\"?");
	assert_string_equal(back.items[0].source, "mode: enfroce");
	assert_string_equal(back.items[1].message, "no place, and \\xff no UTF-8");
	json_decref(array);
}

static void malformed_diagnostics_are_left_out(void **state)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	json_t *array =
		json_loads("[3, {}, {\"code\":\"PC1\"}, {\"code\":\"PC1\",\"message\":\"m\","
			   "\"severity\":\"fatal\"}, {\"code\":\"PC0007\",\"message\":\"%s%n\","
			   "\"severity\":\"error\",\"line\":-4,\"column\":1e9}]",
			   0, NULL);

	(void)state;
	assert_non_null(array);
	pc_diags_from_json(array, &diags);
	assert_int_equal(diags.count, 1);
	assert_string_equal(diags.items[0].message, "%s%n");
	assert_int_equal(diags.items[0].loc.line, 0);
	json_decref(array);
}

static void times_are_rfc_3339(void **state)
{
	char text[PC_TIME_SIZE];

	(void)state;
	pc_time_text(1795528982123456789u, text);
	assert_string_equal(text, "2026-11-24T14:03:02.123456789Z");
	pc_time_text(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00.000000000Z");
	pc_time_text(UINT64_MAX, text);
	assert_int_equal(strlen(text), PC_TIME_SIZE - 1);
}

/* ---- framing ------------------------------------------------------------------------------- */

static void lines_come_out_whatever_the_pieces(void **state)
{
	static const char stream[] = "one\n\ntwo two\nthree";
	struct pc_lines lines = {0};
	size_t n;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (size_t i = 0; i < sizeof(stream) - 1; i++) {
		char *line;

		assert_int_equal(write(fds[1], stream + i, 1), 1);
		assert_int_equal(pc_lines_read(&lines, fds[0]), 1);
		line = pc_lines_next(&lines, &n);
		assert_true((line != NULL) == (stream[i] == '\n'));
		if (line)
			assert_int_equal(strlen(line), n);
	}
	close(fds[1]);
	assert_int_equal(pc_lines_read(&lines, fds[0]), 0);
	assert_null(pc_lines_next(&lines, &n)); /* an unfinished line is none */
	close(fds[0]);
	pc_lines_free(&lines);
}

static void lines_longer_than_the_limit_are_refused(void **state)
{
	struct pc_lines lines = {.limit = 8192};
	char block[4096];
	ssize_t n = 1;
	int fds[2];

	(void)state;
	memset(block, 'x', sizeof(block));
	assert_int_equal(pipe(fds), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(write(fds[1], block, sizeof(block)), sizeof(block));
	while (n > 0)
		n = pc_lines_read(&lines, fds[0]);
	assert_int_equal(n, -EMSGSIZE);
	assert_true(lines.size <= 16384);
	pc_lines_free(&lines);
	close(fds[0]);
	close(fds[1]);
}

static void a_line_of_exactly_the_limit_fits(void **state)
{
	struct pc_lines lines = {.limit = 8192};
	char block[8192];
	size_t n = 0;
	char *line = NULL;
	int fds[2];

	(void)state;
	memset(block, 'x', sizeof(block));
	block[sizeof(block) - 1] = '\n';
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], block, sizeof(block)), sizeof(block));
	while (!line && pc_lines_read(&lines, fds[0]) > 0)
		line = pc_lines_next(&lines, &n);
	assert_non_null(line);
	assert_int_equal(n, sizeof(block) - 1);
	pc_lines_free(&lines);
	close(fds[0]);
	close(fds[1]);
}

static void json_must_be_one_object_without_duplicates(void **state)
{
	static const char *const bad[] = {"",
					  "3",
					  "[]",
					  "{\"a\":1,\"a\":2}",
					  "{} {}",
					  "{\"a\":\"\xff\"}",
					  "{\"a\":\"\\u0000\"}"};
	json_error_t error;
	json_t *good;

	(void)state;
	for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++)
		assert_null(pc_json_parse(bad[i], strlen(bad[i]), &error));
	good = pc_json_parse("{\"a\":1}", 7, &error);
	assert_non_null(good);
	json_decref(good);
}

/* ---- the client ---------------------------------------------------------------------------- */

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void client_talks_and_notices_what_is_wrong(void **state)
{
	static const char replies[] = "{\"ok\":true}\nnot JSON\n";
	char folder[] = "/tmp/pc-control-XXXXXX", path[64], buf[256];
	struct pc_client *client;
	json_t *request, *reply = NULL;
	int listening, fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	assert_int_equal(pc_client_open(path, &client), -ENOENT);
	listening = listen_at(path);
	assert_int_equal(pc_client_open(path, &client), 0);
	fd = accept(listening, NULL, NULL);
	request = pc_request_new("status");
	assert_int_equal(pc_client_send(client, request, 1000), 0);
	assert_true(read(fd, buf, sizeof(buf)) > 0);
	assert_int_equal(strncmp(buf, "{\"portcullis\":1,\"command\":\"status\"}\n", 36), 0);
	assert_int_equal(pc_client_receive(client, &reply, 50), -ETIMEDOUT);
	assert_int_equal(write(fd, replies, sizeof(replies) - 1), sizeof(replies) - 1);
	assert_int_equal(pc_client_receive(client, &reply, 1000), 1);
	assert_true(json_is_true(json_object_get(reply, "ok")));
	json_decref(reply);
	assert_int_equal(pc_client_receive(client, &reply, 1000), -EBADMSG);
	close(fd);
	assert_int_equal(pc_client_receive(client, &reply, 1000), 0);
	pc_client_close(client);
	json_decref(request);
	close(listening);
	assert_int_equal(pc_client_open(path, &client), -ECONNREFUSED);
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_a_terminal_must_not_see),
		cmocka_unit_test(escapes_are_never_cut_in_half),
		cmocka_unit_test(refuses_escapes_that_are_none),
		cmocka_unit_test(base64_there_and_back),
		cmocka_unit_test(base64_refuses_what_it_is_not),
		cmocka_unit_test(texts_arrive_as_they_were),
		cmocka_unit_test(malformed_texts_are_refused),
		cmocka_unit_test(diagnostics_arrive_as_they_were),
		cmocka_unit_test(malformed_diagnostics_are_left_out),
		cmocka_unit_test(times_are_rfc_3339),
		cmocka_unit_test(lines_come_out_whatever_the_pieces),
		cmocka_unit_test(lines_longer_than_the_limit_are_refused),
		cmocka_unit_test(a_line_of_exactly_the_limit_fits),
		cmocka_unit_test(json_must_be_one_object_without_duplicates),
		cmocka_unit_test(client_talks_and_notices_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
