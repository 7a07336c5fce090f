/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* completion: scripts for shells, from the tables of commands and options. */
#include <string.h>

#include "commands.h"

static void print_option_words(const struct ctl_option *options)
{
	for (; options && options->name; options++)
		printf(" --%s", options->name);
}

/* ---- bash --------------------------------------------------------------------------------------
 */

/* Options whose value is not just any word. */
static void bash_values(void)
{
	puts("\tcase $prev in");
	puts("\t--color) COMPREPLY=($(compgen -W 'auto always never' -- \"$cur\")); return ;;");
	puts("\t--decision) COMPREPLY=($(compgen -W 'denied audited' -- \"$cur\")); return ;;");
	puts("\t--as) COMPREPLY=($(compgen -W 'unit= cgroup= exe= user= pid=' -- \"$cur\"));"
	     " compopt -o nospace; return ;;");
	puts("\t--policy) case $command in");
	puts("\t\tcheck) compopt -o default; return ;;");
	puts("\t\t*) COMPREPLY=($(compgen -W \"$(_policyctl_policies)\" -- \"$cur\")); return ;;");
	puts("\t\tesac ;;");
	puts("\t--socket | --store) compopt -o default; return ;;");
	puts("\tesac");
}

static void bash_operands(const struct ctl_command *command)
{
	const char *policies =
		command->operand == CTL_OPERAND_POLICY ? "$(_policyctl_policies)" : "";

	if (command->operand == CTL_OPERAND_FILE)
		puts("\t\t[[ $cur == -* ]] || { compopt -o default; return; }");
	else if (command->operand == CTL_OPERAND_COMMAND)
		puts("\t\twords=\"$commands\"");
	else
		printf("\t\twords=\"%s %s\"\n", policies, command->words ? command->words : "");
}

static void bash_script(void)
{
	puts("# bash completion for policyctl(8); made by \"policyctl completion bash\".\n"
	     "# shellcheck shell=bash disable=SC2207\n"
	     "\n"
	     "_policyctl_policies()\n"
	     "{\n"
	     "\tpolicyctl --color=never list 2>/dev/null | awk 'NR > 1 { print $1 }'\n"
	     "}\n"
	     "\n"
	     "_policyctl()\n"
	     "{\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tlocal command='' words='' options='' i");
	printf("\tlocal globals='");
	print_option_words(ctl_global_options);
	printf("'\n\tlocal commands='");
	for (const struct ctl_command *command = ctl_commands; command->name; command++)
		printf("%s%s", command == ctl_commands ? "" : " ", command->name);
	puts("'\n\n\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tif [[ \" $commands \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
	     "\t\t\tcommand=${COMP_WORDS[i]}\n"
	     "\t\t\tbreak\n"
	     "\t\tfi\n"
	     "\tdone");
	bash_values();
	puts("\tcase $command in");
	for (const struct ctl_command *command = ctl_commands; command->name; command++) {
		printf("\t%s)\n\t\toptions='", command->name);
		print_option_words(command->options);
		puts("'");
		bash_operands(command);
		puts("\t\t;;");
	}
	puts("\t*) words=$commands ;;\n"
	     "\tesac\n"
	     "\tif [[ $cur == -* ]]; then\n"
	     "\t\twords=\"$options $globals\"\n"
	     "\tfi\n"
	     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	     "}\n"
	     "\n"
	     "complete -F _policyctl policyctl");
}

/* ---- zsh ---------------------------------------------------------------------------------------
 */

/* A text inside single quotes, with what _arguments and _describe take as special escaped. */
static void zsh_text(const char *text, const char *special)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr(special, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
}

static void zsh_options(const struct ctl_option *options)
{
	for (; options && options->name; options++) {
		printf(" \\\n\t\t\t'--%s%s[", options->name, options->value ? "=" : "");
		zsh_text(options->help, "[]:\\");
		putchar(']');
		if (options->choices)
			printf(":%s:(%s)", options->value, options->choices);
		else if (options->value)
			printf(":%s:%s", options->value,
			       !strcmp(options->value, "PATH") || !strcmp(options->value, "FILE")
				       ? "_files"
				       : "");
		putchar('\'');
	}
}

static void zsh_operands(const struct ctl_command *command)
{
	switch (command->operand) {
	case CTL_OPERAND_FILE:
		printf(" \\\n\t\t\t'*:file:_files'");
		break;
	case CTL_OPERAND_POLICY:
		printf(" \\\n\t\t\t'*:policy:($(policyctl --color=never list 2>/dev/null | "
		       "awk \"NR > 1 { print \\$1 }\") %s)'",
		       command->words ? command->words : "");
		break;
	case CTL_OPERAND_WORDS:
		printf(" \\\n\t\t\t'1:word:(%s)' '*:object:_files'", command->words);
		break;
	case CTL_OPERAND_COMMAND:
		printf(" \\\n\t\t\t\"1:command:(${commands[*]%%%%:*})\"");
		break;
	case CTL_OPERAND_NONE:
		break;
	}
}

static void zsh_script(void)
{
	puts("#compdef policyctl\n"
	     "# zsh completion for policyctl(8); made by \"policyctl completion zsh\".\n"
	     "\n"
	     "_policyctl()\n"
	     "{\n"
	     "\tlocal curcontext=\"$curcontext\" state line\n"
	     "\tlocal -a commands=(");
	for (const struct ctl_command *command = ctl_commands; command->name; command++) {
		printf("\t\t'%s:", command->name);
		zsh_text(command->summary, ":\\");
		puts("'");
	}
	printf("\t)\n\n\t_arguments -C");
	zsh_options(ctl_global_options);
	puts(" \\\n\t\t\t'1:command:->command' '*::operand:->operand'\n"
	     "\tcase $state in\n"
	     "\tcommand) _describe command commands ;;\n"
	     "\toperand)\n"
	     "\t\tcase $line[1] in");
	for (const struct ctl_command *command = ctl_commands; command->name; command++) {
		printf("\t\t%s) _arguments", command->name);
		zsh_options(command->options);
		zsh_options(ctl_global_options);
		zsh_operands(command);
		puts(" ;;");
	}
	puts("\t\tesac ;;\n"
	     "\tesac\n"
	     "}\n"
	     "\n"
	     "_policyctl \"$@\"");
}

int ctl_cmd_completion(struct ctl *ctl)
{
	if (!strcmp(ctl->operands[0], "bash"))
		bash_script();
	else if (!strcmp(ctl->operands[0], "zsh"))
		zsh_script();
	else
		return ctl_usage(ctl, "there is no completion for \"%s\": bash or zsh",
				 ctl->operands[0]);
	return PC_EXIT_OK;
}
