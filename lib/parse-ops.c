/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of operations, and the groups that stand for several. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

struct word {
	const char *name;
	enum pc_section_id section;
	uint32_t ops; /* 0: of the language, but not supported by this version */
};

static const char all[] = "all"; /* of the section it stands in */

static const struct word words[] = {
#define PC_X(symbol, section, name, permission)                                                    \
	{name, PC_SECTION_##section, PC_BIT(PC_OP_##symbol)},
	PC_OPS(PC_X)
#undef PC_X
		{"modify", PC_SECTION_FILE, PC_OPS_MODIFY},
	{"module", PC_SECTION_KERNEL, 0},
	{"kexec", PC_SECTION_KERNEL, 0},
	{"bpf", PC_SECTION_KERNEL, 0},
	{"perf", PC_SECTION_KERNEL, 0},
	{"userns", PC_SECTION_KERNEL, 0},
	{"keyring", PC_SECTION_KERNEL, 0},
	{"io-uring", PC_SECTION_KERNEL, 0},
	{"settime", PC_SECTION_KERNEL, 0},
	{"syslog", PC_SECTION_KERNEL, 0},
	{"quota", PC_SECTION_KERNEL, 0},
	{"swap", PC_SECTION_KERNEL, 0},
	{"acct", PC_SECTION_KERNEL, 0},
	{"reboot", PC_SECTION_KERNEL, 0},
	{"hostname", PC_SECTION_KERNEL, 0},
	{"signal", PC_SECTION_PROCESS, 0},
	{"limit", PC_SECTION_PROCESS, 0},
	{"join-namespace", PC_SECTION_PROCESS, 0},
};

static const char *const section_names[] = {
#define PC_X(symbol, name, err) name,
	PC_SECTIONS(PC_X)
#undef PC_X
};

/* The word of this section or, where it has none, of another. */
static const struct word *find(enum pc_section_id section, const char *text, size_t n)
{
	const struct word *found = NULL;

	for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++) {
		if (strlen(words[i].name) != n || memcmp(words[i].name, text, n) != 0)
			continue;
		if (words[i].section == section)
			return &words[i];
		found = &words[i];
	}
	return found;
}

static void hint_words(struct pc_parser *p, enum pc_section_id section, const char *text, size_t n)
{
	const char *names[PC_ARRAY_SIZE(words) + 1];
	uint32_t count = 0;

	for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
		if (words[i].section == section && words[i].ops)
			names[count++] = words[i].name;
	names[count++] = all;
	pc_hint_names(p, text, n, names, count);
}

/* -EINVAL for a word that gives this section no operation, reported. */
static int check_word(struct pc_parser *p, enum pc_section_id section, const struct word *word,
		      const struct pc_node *node, size_t offset, size_t n)
{
	const char *text = node->text + offset;

	if (!word) {
		pc_error_in(p, OP_UNKNOWN, node, offset, n, "unknown operation \"%.*s\"", (int)n,
			    text);
		hint_words(p, section, text, n);
		return -EINVAL;
	}
	if (word->section != section) {
		pc_error_in(p, OP_SECTION, node, offset, n,
			    "\"%.*s\" is an operation of section \"%s\"", (int)n, text,
			    section_names[word->section]);
		hint_words(p, section, "", 0);
		return -EINVAL;
	}
	if (!word->ops) {
		pc_error_in(p, NO_OP, node, offset, n,
			    "operation \"%.*s\" is not supported by this version", (int)n, text);
		pc_hint(p, "take it out: what it asks for would not be enforced");
		return -EINVAL;
	}
	return 0;
}

static int take_word(struct pc_parser *p, enum pc_section_id section, const struct pc_node *node,
		     size_t offset, size_t n, uint32_t *ops)
{
	const char *text = node->text + offset;
	bool is_all = n == strlen(all) && !memcmp(text, all, n);
	const struct word *word = is_all ? NULL : find(section, text, n);
	uint32_t more = is_all ? pc_ops_all(section) : word ? word->ops : 0;

	if (!n) {
		pc_error_in(p, OP_UNKNOWN, node, offset, 1, "an operation is missing at a comma");
		pc_hint(p, "operations are written without spaces: create,append");
		return -EINVAL;
	}
	if (!is_all && check_word(p, section, word, node, offset, n) < 0)
		return -EINVAL;
	if ((*ops & more) == more)
		pc_report_node(p, PC_WARNING, PC_CODE_OP_TWICE, node, offset, n,
			       "\"%.*s\" says nothing new here", (int)n, text);
	*ops |= more;
	return 0;
}

int pc_ops_take(struct pc_parser *p, enum pc_section_id section, const struct pc_node *node,
		size_t offset, size_t n, uint32_t *ret_ops)
{
	const char *text = node->text + offset;
	uint32_t ops = 0;
	int result = 0;

	for (size_t begin = 0, end; begin <= n; begin = end + 1) {
		const char *comma = memchr(text + begin, ',', n - begin);
		int r;

		end = comma ? (size_t)(comma - text) : n;
		r = take_word(p, section, node, offset + begin, end - begin, &ops);
		result = r < 0 ? r : result;
	}
	if (result == 0)
		*ret_ops = ops;
	return result;
}
