/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The JSON of an event as one line for people. */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "event.h"

struct line {
	char *buf;
	size_t size;
	size_t used;
	bool colour;
};

static void add(struct line *line, const char *format, ...) PC_PRINTF(2, 3);
static void add(struct line *line, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line->buf + line->used, line->size - line->used, format, arguments);
	va_end(arguments);
	if (n < 0)
		return;
	line->used += (size_t)n;
	if (line->used >= line->size)
		line->used = line->size - 1;
}

static void colour(struct line *line, const char *code)
{
	if (line->colour)
		add(line, "\033[%sm", code);
}

/* Text that a terminal may be shown. What the daemon escaped already is left as it is. */
static void add_text(struct line *line, const char *text)
{
	for (size_t n = strlen(text), i = 0, length; i < n; i += length) {
		char escaped[20];

		length = pc_utf8_length(text + i, n - i);
		length = length ? length : 1;
		if (text[i] == '\\')
			add(line, "\\");
		else if (pc_escape(text + i, length, escaped, sizeof(escaped)))
			add(line, "%s", escaped);
	}
}

static const char *text_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? text : "?";
}

static json_int_t number_of(const json_t *event, const char *key)
{
	return json_integer_value(json_object_get(event, key));
}

/* The time of day here, of a time as pc_time_text() writes it. */
static void add_time(struct line *line, const char *text)
{
	struct tm tm = {0};
	time_t seconds;
	char buf[16];

	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) {
		add(line, "??:??:??");
		return;
	}
	seconds = timegm(&tm);
	localtime_r(&seconds, &tm);
	strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	add(line, "%s", buf);
}

/* The last component of the executable says more than comm, which the program chooses itself. */
static void add_task(struct line *line, const json_t *event)
{
	const char *exe = text_of(event, "exe"), *slash = strrchr(exe, '/');

	add(line, "  by ");
	add_text(line, slash && slash[1] ? slash + 1 : text_of(event, "comm"));
	add(line, "[%lld] (uid %lld)", (long long)number_of(event, "pid"),
	    (long long)number_of(event, "uid"));
}

static void add_rule(struct line *line, const json_t *event)
{
	const json_t *rule = json_object_get(event, "rule");
	const char *reason = text_of(event, "reason"), *why, *file, *slash;

	if (json_is_object(rule)) {
		file = text_of(rule, "file");
		slash = strrchr(file, '/');
		add(line, "  ");
		colour(line, "2");
		add_text(line, slash ? slash + 1 : file);
		add(line, ":%lld", (long long)number_of(rule, "line"));
		colour(line, "0");
		add(line, " \"");
		add_text(line, text_of(rule, "text"));
		add(line, "\"");
	}
	if (strcmp(reason, "rule") && strcmp(reason, "default")) {
		add(line, "  because: ");
		add_text(line, reason);
	}
	why = json_string_value(json_object_get(event, "why"));
	if (why) {
		add(line, " — ");
		add_text(line, why);
	}
}

static void add_event(struct line *line, const json_t *event)
{
	const char *decision = text_of(event, "decision");
	bool denied = !strcmp(decision, "denied");

	add_time(line, text_of(event, "time"));
	add(line, " ");
	colour(line, denied ? "1;31" : "33");
	add_text(line, decision);
	colour(line, "0");
	/* "audited" is the longest: what follows stands in one column. */
	add(line, "%*s  ", strlen(decision) < 7 ? (int)(7 - strlen(decision)) : 0, "");
	colour(line, "1");
	add_text(line, text_of(event, "policy"));
	colour(line, "0");
	add(line, "  ");
	add_text(line, text_of(event, "section"));
	add(line, " ");
	add_text(line, text_of(event, "operation"));
	if (!json_is_null(json_object_get(event, "path"))) {
		add(line, " ");
		add_text(line, text_of(event, "path"));
	}
	if (json_is_true(json_object_get(event, "killed")))
		add(line, "  killed");
	add_task(line, event);
	if (number_of(event, "count") > 1)
		add(line, " %lld times", (long long)number_of(event, "count"));
	add_rule(line, event);
}

size_t pc_event_to_line(const json_t *event, bool with_colour, char *buf, size_t size)
{
	struct line line = {.buf = buf, .size = size, .colour = with_colour};
	const char *schema = text_of(event, "schema");

	if (!size)
		return 0;
	buf[0] = '\0';
	if (!strcmp(schema, "portcullis.lost.v1"))
		add(&line, "-------- %lld events lost: the reader was too slow",
		    (long long)number_of(event, "lost"));
	else
		add_event(&line, event);
	return line.used;
}
