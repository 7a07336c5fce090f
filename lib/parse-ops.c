/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names of operations, and the groups that stand for several. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

struct word {
	const char *name;
	enum pc_section_id section;
	uint32_t ops;
};

#define MODIFY                                                                                     \
	(PC_BIT(PC_OP_WRITE) | PC_BIT(PC_OP_APPEND) | PC_BIT(PC_OP_CREATE) |                       \
	 PC_BIT(PC_OP_DELETE) | PC_BIT(PC_OP_RENAME) | PC_BIT(PC_OP_LINK) |                        \
	 PC_BIT(PC_OP_TRUNCATE) | PC_BIT(PC_OP_CHMOD) | PC_BIT(PC_OP_CHOWN) |                      \
	 PC_BIT(PC_OP_SETATTR))

static const struct word words[] = {
#define PC_X(symbol, section, name, permission)                                                    \
	{name, PC_SECTION_##section, PC_BIT(PC_OP_##symbol)},
	PC_OPS(PC_X)
#undef PC_X
		{"modify", PC_SECTION_FILE, MODIFY},
	{"all", PC_SECTION_FILE, PC_OPS_FILE_ALL},
	{"all", PC_SECTION_EXEC, PC_OPS_EXEC},
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
	const char *names[PC_ARRAY_SIZE(words)];
	uint32_t count = 0;

	for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
		if (words[i].section == section)
			names[count++] = words[i].name;
	pc_hint_names(p, text, n, names, count);
}

static int take_word(struct pc_parser *p, enum pc_section_id section, const struct pc_node *node,
		     size_t offset, size_t n, uint32_t *ops)
{
	const char *text = node->text + offset;
	const struct word *word = find(section, text, n);

	if (!n) {
		pc_error_in(p, OP_UNKNOWN, node, offset, 1, "an operation is missing at a comma");
		pc_hint(p, "operations are written without spaces: create,append");
		return -EINVAL;
	}
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
	if ((*ops & word->ops) == word->ops)
		pc_report_node(p, PC_WARNING, PC_CODE_OP_TWICE, node, offset, n,
			       "\"%.*s\" says nothing new here", (int)n, text);
	*ops |= word->ops;
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
