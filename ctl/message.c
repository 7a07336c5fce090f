/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What goes to standard error: errors, warnings, hints and notes, harmless on a terminal. */
#include "ctl.h"
#include "text.h"

#define BOLD "\033[1m"
#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define PLAIN "\033[0m"

static void say(const struct ctl *ctl, const char *kind, const char *colour, const char *format,
		va_list arguments) PC_PRINTF(4, 0);

static void say(const struct ctl *ctl, const char *kind, const char *colour, const char *format,
		va_list arguments)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	PC_FREE char *text = NULL;
	const char *shown = NULL;

	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	if (text)
		shown = ctl_printable(&arena, text);
	if (!shown)
		shown = "out of memory";
	fflush(stdout);
	if (ctl->colour_errors)
		fprintf(stderr, BOLD "policyctl: " PLAIN "%s%s" PLAIN "%s\n", colour, kind, shown);
	else
		fprintf(stderr, "policyctl: %s%s\n", kind, shown);
}

void ctl_error(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, "error: ", RED, format, arguments);
	va_end(arguments);
}

void ctl_warning(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, "warning: ", YELLOW, format, arguments);
	va_end(arguments);
}

void ctl_hint(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, "hint: ", BOLD, format, arguments);
	va_end(arguments);
}

void ctl_note(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	if (ctl->quiet)
		return;
	va_start(arguments, format);
	say(ctl, "", "", format, arguments);
	va_end(arguments);
}

void ctl_trace(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	if (!ctl->verbose)
		return;
	va_start(arguments, format);
	say(ctl, "", "", format, arguments);
	va_end(arguments);
}

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(ctl, "error: ", RED, format, arguments);
	va_end(arguments);
	if (ctl->command) {
		fputs("usage: policyctl ", stderr);
		ctl_print_synopsis(ctl->command, stderr);
		fputc('\n', stderr);
	} else {
		fputs("usage: policyctl [OPTION]... COMMAND; see policyctl help\n", stderr);
	}
	return PC_EXIT_USAGE;
}

int ctl_out_of_memory(const struct ctl *ctl)
{
	ctl_error(ctl, "out of memory");
	return PC_EXIT_INTERNAL;
}
