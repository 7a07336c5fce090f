/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line: which command, which options, which operands; from the tables alone. */
#include <errno.h>
#include <string.h>

#include "ctl.h"
#include "text.h"

const struct ctl_option ctl_global_options[] = {
	{.name = "json", .help = "print the answer as JSON"},
	{.name = "color",
	 .value = "WHEN",
	 .help = "colours: auto (the default), always or never",
	 .choices = "auto always never"},
	{.name = "quiet", .letter = 'q', .help = "print nothing but the answer and errors"},
	{.name = "verbose", .letter = 'v', .help = "print what is done on the way"},
	{.name = "socket", .value = "PATH", .help = "the socket of enforcerd"},
	{.name = "store", .value = "PATH", .help = "the store, where it is read without enforcerd"},
	{.name = "help", .letter = 'h', .help = "print this help"},
	{.name = "version", .help = "print the version"},
	{0},
};

const struct ctl_command *ctl_find_command(const char *name)
{
	for (const struct ctl_command *command = ctl_commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

const char *ctl_option(const struct ctl *ctl, const char *name)
{
	for (unsigned int i = ctl->given_count; i-- > 0;)
		if (!strcmp(ctl->given[i].option->name, name))
			return ctl->given[i].value;
	return NULL;
}

/* Finds an option by its long name of n bytes, or by its letter where n is 0. */
static const struct ctl_option *find_in(const struct ctl_option *options, const char *name,
					size_t n)
{
	for (; options && options->name; options++) {
		if (n ? !strncmp(options->name, name, n) && !options->name[n]
		      : options->letter && options->letter == name[0])
			return options;
	}
	return NULL;
}

bool ctl_has_option(const struct ctl_command *command, const char *name)
{
	return command && find_in(command->options, name, strlen(name));
}

static const struct ctl_option *find_option(const struct ctl *ctl, const char *name, size_t n)
{
	const struct ctl_option *option = find_in(ctl_global_options, name, n);

	if (!option && ctl->command)
		option = find_in(ctl->command->options, name, n);
	return option;
}

static const char *nearest_option(const struct ctl_option *options, const char *name,
				  unsigned int *best)
{
	const char *nearest = NULL;

	for (; options && options->name; options++)
		if (ctl_is_nearer(name, options->name, best))
			nearest = options->name;
	return nearest;
}

static int unknown_option(const struct ctl *ctl, const char *name, size_t n)
{
	unsigned int best = UINT32_MAX;
	PC_FREE char *word = strndup(name, n);
	const char *near, *mine = NULL;

	if (!word)
		return ctl_out_of_memory(ctl);
	near = nearest_option(ctl_global_options, word, &best);
	if (ctl->command)
		mine = nearest_option(ctl->command->options, word, &best);
	if (mine)
		near = mine;
	if (near)
		return ctl_usage(ctl, "there is no option --%s; did you mean --%s?", word, near);
	return ctl_usage(ctl, "there is no option --%s%s%s", word, ctl->command ? " of " : "",
			 ctl->command ? ctl->command->name : "");
}

int ctl_unknown_command(const struct ctl *ctl, const char *name)
{
	const char *nearest = NULL;
	unsigned int best = UINT32_MAX;

	for (const struct ctl_command *command = ctl_commands; command->name; command++)
		if (ctl_is_nearer(name, command->name, &best))
			nearest = command->name;
	if (nearest)
		return ctl_usage(ctl, "there is no command \"%s\"; did you mean \"%s\"?", name,
				 nearest);
	return ctl_usage(ctl, "there is no command \"%s\"", name);
}

static bool is_choice(const char *choices, const char *value)
{
	size_t n = strlen(value);

	while (*choices) {
		size_t length = strcspn(choices, " ");

		if (length == n && !strncmp(choices, value, n))
			return true;
		choices += length + (choices[length] == ' ');
	}
	return false;
}

static int keep(struct ctl *ctl, const struct ctl_option *option, const char *value)
{
	if (option->choices && !is_choice(option->choices, value))
		return ctl_usage(ctl, "--%s is one of: %s", option->name, option->choices);
	if (ctl->given_count == CTL_GIVEN_MAX)
		return ctl_usage(ctl, "more than %d options", CTL_GIVEN_MAX);
	ctl->given[ctl->given_count++] = (struct ctl_given){option, value};
	return PC_EXIT_OK;
}

/* Takes "--name", "--name=value" or "--name value"; outputs how many arguments that were. */
static int take_long(struct ctl *ctl, char **argv, int left, int *ret_used)
{
	const char *name = argv[0] + 2, *equals = strchr(name, '=');
	size_t n = equals ? (size_t)(equals - name) : strlen(name);
	const struct ctl_option *option = n ? find_option(ctl, name, n) : NULL;

	if (!option)
		return unknown_option(ctl, name, n);
	*ret_used = 1;
	if (!option->value)
		return equals ? ctl_usage(ctl, "--%s takes no value", option->name)
			      : keep(ctl, option, "");
	if (equals)
		return keep(ctl, option, equals + 1);
	if (left < 2)
		return ctl_usage(ctl, "--%s needs a value: %s", option->name, option->value);
	*ret_used = 2;
	return keep(ctl, option, argv[1]);
}

/* Takes "-q", "-qv", "-n5" or "-n 5". */
static int take_short(struct ctl *ctl, char **argv, int left, int *ret_used)
{
	*ret_used = 1;
	for (const char *p = argv[0] + 1; *p; p++) {
		const struct ctl_option *option = find_option(ctl, p, 0);
		int status;

		if (!option)
			return ctl_usage(ctl, "there is no option -%c%s%s", *p,
					 ctl->command ? " of " : "",
					 ctl->command ? ctl->command->name : "");
		if (option->value) {
			if (p[1])
				return keep(ctl, option, p + 1);
			if (left < 2)
				return ctl_usage(ctl, "-%c needs a value: %s", *p, option->value);
			*ret_used = 2;
			return keep(ctl, option, argv[1]);
		}
		status = keep(ctl, option, "");
		if (status)
			return status;
	}
	return PC_EXIT_OK;
}

static bool wants_colour(const char *when, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when && !strcmp(when, "always"))
		return true;
	if (when && !strcmp(when, "never"))
		return false;
	return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 &&
	       isatty(fileno(stream));
}

static int take_globals(struct ctl *ctl)
{
	const char *color = ctl_option(ctl, "color"), *path;

	ctl->json = ctl_flag(ctl, "json");
	ctl->quiet = ctl_flag(ctl, "quiet");
	ctl->verbose = ctl_flag(ctl, "verbose") && !ctl->quiet;
	ctl->colour = !ctl->json && wants_colour(color, stdout);
	ctl->colour_errors = wants_colour(color, stderr);
	path = ctl_option(ctl, "socket");
	if (path)
		ctl->socket = path;
	path = ctl_option(ctl, "store");
	if (path)
		ctl->store = path;
	if (!*ctl->socket || !*ctl->store)
		return ctl_usage(ctl, "an empty path");
	return PC_EXIT_OK;
}

static int check_operands(const struct ctl *ctl)
{
	const struct ctl_command *command = ctl->command;

	if (!command || ctl_flag(ctl, "help") || ctl_flag(ctl, "version"))
		return PC_EXIT_OK;
	if (ctl->operand_count < command->min)
		return ctl_usage(ctl, "%s needs %s", command->name, command->operands);
	if (ctl->operand_count > command->max)
		return ctl_usage(ctl, "%s: what is \"%s\"?", command->name,
				 ctl->operands[command->max]);
	return PC_EXIT_OK;
}

static int take_word(struct ctl *ctl, char *word)
{
	if (ctl->command) {
		ctl->operands[ctl->operand_count++] = word;
		return PC_EXIT_OK;
	}
	ctl->command = ctl_find_command(word);
	return ctl->command ? PC_EXIT_OK : ctl_unknown_command(ctl, word);
}

int ctl_parse_arguments(struct ctl *ctl, int argc, char **argv)
{
	int status = PC_EXIT_OK, used;
	bool options = true;

	/* Operands are gathered at the front of argv, behind what was read already. */
	ctl->operands = argv + 1;
	ctl->colour_errors = wants_colour(NULL, stderr);
	for (int i = 1; i < argc && !status; i += used) {
		used = 1;
		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && !strncmp(argv[i], "--", 2))
			status = take_long(ctl, argv + i, argc - i, &used);
		else if (options && argv[i][0] == '-' && argv[i][1])
			status = take_short(ctl, argv + i, argc - i, &used);
		else
			status = take_word(ctl, argv[i]);
	}
	if (!status)
		status = take_globals(ctl);
	return status ? status : check_operands(ctl);
}
