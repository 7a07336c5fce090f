/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whatever comes over the socket: framing, requests, texts, diagnostics, events, all of them as the
 * daemon and policyctl read them. */
#include <string.h>
#include <unistd.h>

#include "control-internal.h"
#include "control.h"
#include "escape.h"
#include "event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read must be written to something that reads the same. */
static void texts_there_and_back(const json_t *array)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_text *texts, *again;
	uint32_t count, count_again;
	const char *error;
	json_t *written;

	if (pc_texts_from_json(array, &arena, &texts, &count, &error))
		return;
	written = pc_texts_to_json(texts, count);
	if (!written || pc_texts_from_json(written, &arena, &again, &count_again, &error))
		abort();
	if (count != count_again)
		abort();
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(texts[i].file, again[i].file) || strcmp(texts[i].name, again[i].name) ||
		    texts[i].size != again[i].size ||
		    memcmp(texts[i].bytes, again[i].bytes, texts[i].size))
			abort();
	json_decref(written);
}

static void diags_there_and_back(const json_t *array)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	json_t *written;

	pc_diags_from_json(array, &diags);
	written = pc_diags_to_json(&diags);
	if (!written || json_array_size(written) != diags.count)
		abort();
	json_decref(written);
}

static void line_of(const json_t *object)
{
	char line[PC_EVENT_LINE_MAX];
	size_t n = pc_event_to_line(object, false, line, sizeof(line));

	if (strlen(line) != n)
		abort();
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20)
			abort();
}

static void message(const char *line, size_t n)
{
	json_error_t error;
	json_t *object = pc_json_parse(line, n, &error);

	if (!object)
		return;
	texts_there_and_back(json_object_get(object, "texts"));
	diags_there_and_back(json_object_get(object, "diagnostics"));
	line_of(object);
	json_decref(object);
}

static void frames(const uint8_t *data, size_t size)
{
	struct pc_lines lines = {.limit = 4096};
	size_t n;
	char *line;
	int fds[2];

	if (size > 32768 || pipe(fds))
		return;
	if (write(fds[1], data, size) != (ssize_t)size)
		abort();
	close(fds[1]);
	while (pc_lines_read(&lines, fds[0]) > 0)
		while ((line = pc_lines_next(&lines, &n)))
			message(line, n);
	pc_lines_free(&lines);
	close(fds[0]);
}

static void escapes(const uint8_t *data, size_t size)
{
	PC_FREE char *escaped = malloc(PC_ESCAPED_SIZE(size));
	PC_FREE char *back = malloc(PC_ESCAPED_SIZE(size));

	pc_escape(data, size, escaped, PC_ESCAPED_SIZE(size));
	if (pc_unescape(escaped, back) != (ssize_t)size || memcmp(back, data, size))
		abort();
}

/* A record of the kernel's, of which nothing is believed. */
static void record(const uint8_t *data, size_t size)
{
	static char json[PC_EVENT_JSON_MAX];
	const struct pc_event_context context = {0};
	PC_FREE struct pc_event *event = malloc(size + 1);
	json_t *object;

	memcpy(event, data, size);
	if (size < sizeof(*event) || !pc_event_valid(event, size))
		return;
	object = json_loadb(json, pc_event_to_json(event, &context, json), 0, NULL);
	if (!object)
		abort();
	line_of(object);
	json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	frames(data, size);
	message((const char *)data, size);
	escapes(data, size);
	record(data, size);
	return 0;
}
