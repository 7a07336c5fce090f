/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's own messages. */
#include "log.h"

#include <string.h>

#include "escape.h"

static int level = LOG_INFO;

void pc_log_set_level(int priority)
{
	level = priority;
}

void pc_log(int priority, const char *format, ...)
{
	/* sd-daemon(3): the journal takes "<N>" at the start of a line for its priority. */
	bool journal = getenv("JOURNAL_STREAM") != NULL;
	char text[1536], line[PC_ESCAPED_SIZE(sizeof(text))];
	va_list arguments;
	int n;

	if (priority > level)
		return;
	va_start(arguments, format);
	n = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (n < 0)
		return;
	pc_escape(text, strlen(text), line, sizeof(line));
	if (journal)
		fprintf(stderr, "<%d>%s\n", priority, line);
	else
		fprintf(stderr, "enforcerd: %s\n", line);
}
