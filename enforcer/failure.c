/* SPDX-License-Identifier: GPL-2.0-only */
/* What each failure does: the table, and the one place that looks it up. */
#include "failure.h"

#include <string.h>

#include "log.h"

static const struct {
	enum pc_action action;
	int priority;
	int status;
	const char *what;
} failures[] = {
#define PC_X(symbol, action_, priority_, status_, what_)                                           \
	[PC_FAILURE_##symbol] = {PC_ACTION_##action_, LOG_##priority_, status_, what_},
	PC_FAILURES(PC_X)
#undef PC_X
};

static const char *const consequences[] = {
	[PC_ACTION_EXIT] = "what is in force stays; ending",
	[PC_ACTION_KEEP] = "what is in force stays",
	[PC_ACTION_RETRY] = "what is in force stays; trying again",
	[PC_ACTION_COUNT] = "going on",
};

static void say(enum pc_failure failure, const char *text)
{
	pc_log(failures[failure].priority, "%s (%s)", text, consequences[failures[failure].action]);
}

/* What is only counted leaves nothing behind, and is logged ever more seldom: at 1, 2, 4, 8 … */
static enum pc_action note(struct pc_problems *problems, enum pc_failure failure, const char *text)
{
	uint64_t before = problems->count[failure]++;

	if (!(before & problems->count[failure]))
		say(failure, text);
	return PC_ACTION_COUNT;
}

enum pc_action pc_failed(struct pc_problems *problems, enum pc_failure failure, const char *format,
			 ...)
{
	char detail[PC_PROBLEM_SIZE / 2], text[PC_PROBLEM_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
	snprintf(text, sizeof(text), "%s: %s", failures[failure].what, detail);
	if (failures[failure].action == PC_ACTION_COUNT)
		return note(problems, failure, text);
	problems->count[failure]++;
	if (strcmp(problems->text[failure], text))
		say(failure, text);
	strcpy(problems->text[failure], text);
	return failures[failure].action;
}

void pc_mended(struct pc_problems *problems, enum pc_failure failure)
{
	if (!*problems->text[failure])
		return;
	pc_log(LOG_NOTICE, "no longer: %s", failures[failure].what);
	*problems->text[failure] = '\0';
}

int pc_failure_status(enum pc_failure failure)
{
	return failures[failure].status;
}

const char *pc_failure_what(enum pc_failure failure)
{
	return failures[failure].what;
}
