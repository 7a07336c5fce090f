/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Help: everything in it comes from the tables of commands and options. */
#include <string.h>

#include "commands.h"
#include "table.h"
#include "text.h"

#define WIDTH 78

static void heading(const struct ctl *ctl, FILE *out, const char *text)
{
	fprintf(out, ctl->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* Writes words into lines, from column `at`, later lines from `indent`. */
static void wrap(FILE *out, const char *text, size_t indent, size_t at)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > indent && at + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			fputc(' ', out);
			at++;
		}
		fwrite(text, 1, n, out);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void option_text(const struct ctl_option *option, char *buf, size_t size)
{
	char letter[8] = "    ";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(buf, size, "%s--%s%s%s", letter, option->name, option->value ? "=" : "",
		 option->value ? option->value : "");
}

static void print_options(FILE *out, const struct ctl_option *options)
{
	for (; options && options->name; options++) {
		char text[64];

		option_text(options, text, sizeof(text));
		fprintf(out, "  %-22s  ", text);
		wrap(out, options->help, 26, 26);
	}
}

void ctl_print_synopsis(const struct ctl_command *command, FILE *out)
{
	fputs(command->name, out);
	for (const struct ctl_option *option = command->options; option && option->name; option++)
		fprintf(out, " %s--%s%s%s%s", option->required ? "" : "[", option->name,
			option->value ? " " : "", option->value ? option->value : "",
			option->required ? "" : "]");
	if (command->operands)
		fprintf(out, " %s", command->operands);
}

static void print_exits(FILE *out)
{
#define CTL_X(status, meaning) fprintf(out, "  %-4d%s\n", (status), (meaning));
	CTL_EXITS(CTL_X)
#undef CTL_X
}

void ctl_print_help(const struct ctl *ctl, FILE *out)
{
	const char *group = "";

	fputs("policyctl - write, check, apply and explain Portcullis policies\n", out);
	heading(ctl, out, "Usage");
	fputs("  policyctl [OPTION]... COMMAND [OPTION]... [OPERAND]...\n", out);
	for (const struct ctl_command *command = ctl_commands; command->name; command++) {
		char text[96];

		if (strcmp(group, command->group) != 0)
			heading(ctl, out, command->group);
		group = command->group;
		snprintf(text, sizeof(text), "%s %s", command->name,
			 command->operands ? command->operands : "");
		if (strlen(text) > 22)
			snprintf(text, sizeof(text), "%s", command->name);
		fprintf(out, "  %-22s  ", text);
		wrap(out, command->summary, 26, 26);
	}
	heading(ctl, out, "Options of every command");
	print_options(out, ctl_global_options);
	heading(ctl, out, "Exit status");
	print_exits(out);
	fputs("\n\"policyctl help COMMAND\" says more; the language is in portcullis-policy(5).\n",
	      out);
}

/* A paragraph that begins with a space is printed as it is; paragraphs are lines. */
static void print_details(FILE *out, const char *details)
{
	while (*details) {
		size_t n = strcspn(details, "\n");
		char paragraph[1024];

		snprintf(paragraph, sizeof(paragraph), "%.*s", (int)n, details);
		if (*paragraph == ' ' || !*paragraph)
			fprintf(out, "%s\n", paragraph);
		else
			wrap(out, paragraph, 0, 0);
		details += n + (details[n] == '\n');
	}
}

static void print_usage(FILE *out, const struct ctl_command *command)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);

	fprintf(out, "  policyctl ");
	if (memory) {
		ctl_print_synopsis(command, memory);
		if (!fclose(memory))
			wrap(out, text, 12, 12);
		free(text);
	}
}

static void print_command_help(const struct ctl *ctl, const struct ctl_command *command, FILE *out)
{
	fprintf(out, "policyctl %s - %s\n", command->name, command->summary);
	heading(ctl, out, "Usage");
	print_usage(out, command);
	if (command->details) {
		fputc('\n', out);
		print_details(out, command->details);
	}
	if (command->options && command->options->name) {
		heading(ctl, out, "Options");
		print_options(out, command->options);
	}
	heading(ctl, out, "Options of every command");
	print_options(out, ctl_global_options);
}

static json_t *options_to_json(const struct ctl_option *options)
{
	json_t *array = json_array();

	for (; options && options->name; options++)
		json_array_append_new(array,
				      json_pack("{s:s, s:s#, s:o, s:s, s:b}", "name", options->name,
						"letter", &options->letter, !!options->letter,
						"value", ctl_json_text(options->value), "help",
						options->help, "required", options->required));
	return array;
}

/* One command, or all of them. */
static int print_json(const struct ctl *ctl, const struct ctl_command *only)
{
	json_auto_t *answer = NULL;
	json_t *commands = json_array();

	for (const struct ctl_command *command = ctl_commands; command->name; command++) {
		if (only && command != only)
			continue;
		json_array_append_new(commands,
				      json_pack("{s:s, s:s, s:o, s:s, s:o, s:o}", "command",
						command->name, "group", command->group, "operands",
						ctl_json_text(command->operands), "summary",
						command->summary, "details",
						ctl_json_text(command->details), "options",
						options_to_json(command->options)));
	}
	answer = json_pack("{s:s, s:o, s:o}", "schema", "portcullis.help.v1", "commands", commands,
			   "options", options_to_json(ctl_global_options));
	return ctl_print_json(ctl, answer);
}

int ctl_print_any_help(const struct ctl *ctl, const struct ctl_command *command)
{
	if (ctl->json)
		return print_json(ctl, command);
	if (command)
		print_command_help(ctl, command, stdout);
	else
		ctl_print_help(ctl, stdout);
	return PC_EXIT_OK;
}

int ctl_cmd_help(struct ctl *ctl)
{
	const struct ctl_command *command = NULL;

	if (ctl->operand_count)
		command = ctl_find_command(ctl->operands[0]);
	if (ctl->operand_count && !command)
		return ctl_unknown_command(ctl, ctl->operands[0]);
	return ctl_print_any_help(ctl, command);
}
