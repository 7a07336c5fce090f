/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One run of policyctl: its command, its options, and how it speaks to people. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "exit.h"
#include "util.h"

/* An option of a command, or a global one. Tables of options end with a zeroed one. */
struct ctl_option {
	const char *name; /* long, without the dashes */
	char letter;	  /* short, or 0 */
	bool required;
	const char *value; /* what stands for its value in help; NULL: it takes none */
	const char *help;
	const char *choices; /* values it may have, separated by spaces; NULL: any */
};

/* What an operand is, so that a shell can complete it. */
enum ctl_operand {
	CTL_OPERAND_NONE,
	CTL_OPERAND_FILE,
	CTL_OPERAND_POLICY,
	CTL_OPERAND_COMMAND,
	CTL_OPERAND_WORDS, /* those of `words` */
};

struct ctl;

struct ctl_command {
	const char *name;
	const char *group;    /* heading in help */
	const char *operands; /* synopsis of what is not an option */
	const char *summary;
	const char *details;		  /* paragraphs for its own help, or NULL */
	const struct ctl_option *options; /* or NULL */
	unsigned int min, max;		  /* operands */
	enum ctl_operand operand;
	const char *words;	     /* separated by spaces */
	int (*run)(struct ctl *ctl); /* an enum pc_exit */
};

/* The table of all commands (main.c); it ends with a zeroed one. */
extern const struct ctl_command ctl_commands[];
/* Options every command has (options.c). */
extern const struct ctl_option ctl_global_options[];

#define CTL_GIVEN_MAX 32 /* options on one command line */

struct ctl_given {
	const struct ctl_option *option;
	const char *value; /* "" where it takes none */
};

struct ctl {
	const struct ctl_command *command; /* NULL: none was named */
	const char *program;
	bool json, quiet, verbose;
	bool colour; /* on standard output */
	bool colour_errors;
	const char *socket;
	const char *store;
	char **operands;
	unsigned int operand_count;
	struct ctl_given given[CTL_GIVEN_MAX];
	unsigned int given_count;
};

/* ---- options.c ------------------------------------------------------------------------------- */

/* Reads the command line, reporting what is wrong: PC_EXIT_OK or PC_EXIT_USAGE. */
int ctl_parse_arguments(struct ctl *ctl, int argc, char **argv);
const struct ctl_command *ctl_find_command(const char *name);
/* Reports it, with the nearest there is. Returns PC_EXIT_USAGE. */
int ctl_unknown_command(const struct ctl *ctl, const char *name);
/* The value of an option, "" for one without values, NULL where it was not given. The last wins. */
const char *ctl_option(const struct ctl *ctl, const char *name);
/* Is there such an option at all? */
bool ctl_has_option(const struct ctl_command *command, const char *name);
static inline const char *const *ctl_operands(const struct ctl *ctl)
{
	return (const char *const *)ctl->operands;
}

static inline bool ctl_flag(const struct ctl *ctl, const char *name)
{
	return ctl_option(ctl, name) != NULL;
}

/* ---- message.c: standard error -----------------------------------------------------------------
 */

void ctl_error(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
void ctl_warning(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
/* What to do about the error before. */
void ctl_hint(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
/* Worth knowing; not with -q. */
void ctl_note(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
/* Only with -v. */
void ctl_trace(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
/* An error and what the command's usage is. Returns PC_EXIT_USAGE. */
int ctl_usage(const struct ctl *ctl, const char *format, ...) PC_PRINTF(2, 3);
/* Returns PC_EXIT_INTERNAL. */
int ctl_out_of_memory(const struct ctl *ctl);

/* ---- help.c ------------------------------------------------------------------------------------
 */

void ctl_print_help(const struct ctl *ctl, FILE *out);
/* On a command, or on all (NULL), as the command line asks for it. Returns an enum pc_exit. */
int ctl_print_any_help(const struct ctl *ctl, const struct ctl_command *command);
void ctl_print_synopsis(const struct ctl_command *command, FILE *out);

#endif
