/* SPDX-License-Identifier: GPL-2.0-only */
/* Events from the ring to the file, to subscribers and to those kept; the file's rotation. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "events.h"
#include "fake_kernel.h"
#include "sink.h"

struct fixture {
	char folder[32];
	char path[64];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_kernel_reset();
	strcpy(f->folder, "/tmp/pc-events-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/log/events.jsonl", f->folder);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	fake_kernel_reset();
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command))
		return -1;
	free(f);
	return 0;
}

/* Lines of a file; -1: there is none. */
static int lines_of(const char *path, const char *containing)
{
	PC_FCLOSE FILE *file = fopen(path, "r");
	char line[4096];
	int count = 0;

	while (file && fgets(line, sizeof(line), file))
		count += strstr(line, containing) != NULL;
	return file ? count : -1;
}

static struct pc_sink *open_sink(const struct fixture *f, uint64_t file_bytes, size_t waiting)
{
	const struct pc_sink_options options = {f->path, file_bytes, 2, waiting};
	struct pc_sink *sink;

	assert_int_equal(pc_sink_open(&options, &sink), 0);
	return sink;
}

static void wait_written(struct pc_sink *sink, uint64_t lines)
{
	struct pc_sink_status status = {0};

	for (int i = 0; i < 500 && status.written < lines; i++) {
		usleep(10000);
		pc_sink_status(sink, &status);
	}
	assert_int_equal(status.written, lines);
}

/* ---- the file ------------------------------------------------------------------------------ */

static void lines_reach_the_file(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink = open_sink(f, 0, 0);
	struct stat status;

	for (int i = 0; i < 1000; i++)
		pc_sink_add(sink, "{\"a\":1}", 7);
	pc_sink_flush(sink);
	wait_written(sink, 1000);
	pc_sink_add(sink, "{\"b\":1}", 7);
	pc_sink_close(sink); /* writes what waits */
	assert_int_equal(lines_of(f->path, "{\"a\":1}"), 1000);
	assert_int_equal(lines_of(f->path, "{\"b\":1}"), 1);
	assert_int_equal(stat(f->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
}

static void files_are_rotated_between_lines(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink = open_sink(f, 100, 0);
	char name[80], line[32];
	struct stat status;
	int total = 0;

	for (int i = 0; i < 50; i++) {
		snprintf(line, sizeof(line), "{\"line\":%05d}", i); /* 7 of 15 bytes fit */
		pc_sink_add(sink, line, strlen(line));
	}
	pc_sink_close(sink);
	for (int i = 0; i <= 2; i++) {
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", f->path, i);
		assert_int_equal(stat(name, &status), 0);
		assert_true(status.st_size <= 100);
		assert_int_equal(lines_of(name, "}\n"), lines_of(name, "{\"line\":"));
		total += lines_of(name, "{\"line\":");
	}
	assert_true(total >= 13 && total <= 21);
	assert_int_equal(lines_of(f->path, "00049"), 1); /* the newest */
	snprintf(name, sizeof(name), "%s.3", f->path);
	assert_int_equal(stat(name, &status), -1);
}

static void a_line_longer_than_a_file_is_written_whole(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink = open_sink(f, 10, 0);

	pc_sink_add(sink, "{\"a\":\"longer than ten bytes\"}", 29);
	pc_sink_close(sink);
	assert_int_equal(lines_of(f->path, "ten bytes\"}\n"), 1);
}

static void what_finds_no_room_is_counted_and_told(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink;
	struct pc_sink_status status;
	char folder[64];

	/* A folder in its place: it cannot be opened as a file. */
	snprintf(folder, sizeof(folder), "%s/log", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	sink = open_sink(f, 0, 1000);
	for (int i = 0; i < 1000; i++) {
		pc_sink_add(sink, "{\"a\":1}", 7);
		if (i == 10) {
			pc_sink_flush(sink);
			usleep(100000);
		}
	}
	pc_sink_status(sink, &status);
	assert_true(status.lost > 500);
	assert_int_equal(status.written, 0);
	assert_true(*status.error);
	assert_int_equal(rmdir(f->path), 0);
	wait_written(sink, 1000 - status.lost); /* within a second, by itself */
	pc_sink_close(sink);
	assert_int_equal(lines_of(f->path, "{\"a\":1}"), 1000 - status.lost);
	assert_int_equal(lines_of(f->path, "portcullis.lost.v1"), 1);
}

static void links_and_pipes_are_refused(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink;
	struct pc_sink_status status;
	char folder[64];

	snprintf(folder, sizeof(folder), "%s/log", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(symlink("/dev/null", f->path), 0);
	sink = open_sink(f, 0, 0);
	usleep(100000);
	pc_sink_status(sink, &status);
	assert_true(*status.error);
	pc_sink_close(sink);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	sink = open_sink(f, 0, 0);
	usleep(100000);
	pc_sink_status(sink, &status);
	assert_true(*status.error);
	pc_sink_close(sink);
}

static void a_line_cut_off_by_a_crash_spoils_no_other(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink = open_sink(f, 0, 0);
	FILE *file;

	pc_sink_add(sink, "{\"a\":1}", 7);
	pc_sink_close(sink);
	file = fopen(f->path, "a");
	fputs("{\"half", file);
	fclose(file);
	sink = open_sink(f, 0, 0);
	pc_sink_add(sink, "{\"b\":1}", 7);
	pc_sink_close(sink);
	assert_int_equal(lines_of(f->path, "{\"half\n"), 1);
	assert_int_equal(lines_of(f->path, "{\"b\":1}\n"), 1);
}

static void reopening_follows_another_rotation(void **state)
{
	struct fixture *f = *state;
	struct pc_sink *sink = open_sink(f, 0, 0);
	char moved[80];

	pc_sink_add(sink, "{\"a\":1}", 7);
	pc_sink_flush(sink);
	wait_written(sink, 1);
	snprintf(moved, sizeof(moved), "%s.moved", f->path);
	assert_int_equal(rename(f->path, moved), 0);
	pc_sink_reopen(sink);
	usleep(50000);
	pc_sink_add(sink, "{\"b\":1}", 7);
	pc_sink_close(sink);
	assert_int_equal(lines_of(f->path, "{\"b\":1}"), 1);
	assert_int_equal(lines_of(moved, "{\"b\":1}"), 0);
}

/* ---- from the ring ------------------------------------------------------------------------- */

static const struct pc_event denied = {
	.op = PC_OP_READ, .decision = PC_DENIED, .hook = PC_HOOK_file_open, .err = EACCES};

struct seen {
	uint32_t count;
	char last[4096];
};

static void see(void *context, const struct pc_event_line *line)
{
	struct seen *seen = context;

	seen->count++;
	snprintf(seen->last, sizeof(seen->last), "%s", line->text);
}

static struct pc_events *new_events(struct pc_problems *problems, struct pc_rulebook *book,
				    struct seen *seen)
{
	struct pc_events *events = calloc(1, sizeof(*events));

	events->book = book;
	events->problems = problems;
	events->subscriber = see;
	events->subscriber_context = seen;
	return events;
}

static void events_reach_everybody(void **state)
{
	struct fixture *f = *state;
	struct pc_problems *problems = calloc(1, sizeof(*problems));
	struct pc_rulebook book = {0};
	struct seen seen = {0};
	struct pc_events *events = new_events(problems, &book, &seen);

	events->sink = open_sink(f, 0, 0);
	fake_kernel_event(&denied, "/bin/cat", "/srv/secret/a");
	assert_int_equal(pc_events_drain(events), 1);
	assert_int_equal(pc_events_drain(events), 0);
	assert_int_equal(seen.count, 1);
	assert_non_null(strstr(seen.last, "\"path\":\"/srv/secret/a\""));
	assert_int_equal(events->delivered, 1);
	assert_string_equal(pc_events_kept(events, 0)->text, seen.last);
	pc_sink_close(events->sink);
	assert_int_equal(lines_of(f->path, "/srv/secret/a"), 1);
	pc_events_free(events);
	free(events);
	free(problems);
}

static void only_the_last_ones_are_kept(void **state)
{
	struct pc_problems *problems = calloc(1, sizeof(*problems));
	struct pc_rulebook book = {0};
	struct seen seen = {0};
	struct pc_events *events = new_events(problems, &book, &seen);
	struct pc_event event = denied;

	(void)state;
	for (uint32_t i = 0; i < PC_EVENTS_KEPT + 10; i++) {
		event.sequence = i;
		fake_kernel_event(&event, "/bin/cat", "/a");
	}
	pc_events_drain(events);
	assert_int_equal(events->count, PC_EVENTS_KEPT);
	assert_int_equal(events->delivered, PC_EVENTS_KEPT + 10);
	assert_non_null(strstr(pc_events_kept(events, 0)->text, "\"sequence\":10,"));
	assert_non_null(
		strstr(pc_events_kept(events, PC_EVENTS_KEPT - 1)->text, "\"sequence\":4105,"));
	pc_events_free(events);
	assert_int_equal(events->kept_bytes, 0);
	free(events);
	free(problems);
}

static void malformed_events_are_counted_and_go_nowhere(void **state)
{
	struct pc_problems *problems = calloc(1, sizeof(*problems));
	struct pc_rulebook book = {0};
	struct seen seen = {0};
	struct pc_events *events = new_events(problems, &book, &seen);
	struct pc_event event = denied;

	(void)state;
	event.op = 1000;
	fake_kernel_event(&event, "", "");
	pc_events_drain(events);
	assert_int_equal(seen.count, 0);
	assert_int_equal(events->malformed, 1);
	pc_events_free(events);
	free(events);
	free(problems);
}

static void filters_let_through_what_they_say(void **state)
{
	struct pc_event_line *line = calloc(1, sizeof(*line) + 1);
	struct pc_event_filter filter = {.decision = -1};

	(void)state;
	line->decision = PC_AUDITED;
	strcpy(line->policy, "web");
	assert_true(pc_event_wanted(&filter, line));
	filter.decision = PC_DENIED;
	assert_false(pc_event_wanted(&filter, line));
	filter.decision = PC_AUDITED;
	strcpy(filter.policy, "web");
	assert_true(pc_event_wanted(&filter, line));
	strcpy(filter.policy, "db");
	assert_false(pc_event_wanted(&filter, line));
	free(line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_reach_the_file),
		TEST(files_are_rotated_between_lines),
		TEST(a_line_longer_than_a_file_is_written_whole),
		TEST(what_finds_no_room_is_counted_and_told),
		TEST(links_and_pipes_are_refused),
		TEST(a_line_cut_off_by_a_crash_spoils_no_other),
		TEST(reopening_follows_another_rotation),
		TEST(events_reach_everybody),
		TEST(only_the_last_ones_are_kept),
		TEST(malformed_events_are_counted_and_go_nowhere),
		TEST(filters_let_through_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
