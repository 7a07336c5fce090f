/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words: the nearest of several names, numbers, policy names, names of errors. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

#define WORD_MAX 48    /* longer words are not compared */
#define ERRNO_LAST 133 /* EHWPOISON: the last error number of Linux */

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Edits (insert, delete, change, swap of neighbours) between two words. */
static uint32_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	uint32_t rows[3][WORD_MAX + 1];
	uint32_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	for (uint32_t j = 0; j <= nb; j++)
		above[j] = before[j] = j;
	for (uint32_t i = 1; i <= na; i++) {
		row[0] = i;
		for (uint32_t j = 1; j <= nb; j++) {
			uint32_t change = tolower((unsigned char)a[i - 1]) !=
					  tolower((unsigned char)b[j - 1]);

			row[j] = least(above[j - 1] + change, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[nb];
}

const char *pc_nearest(const char *text, size_t n, const char *const *names, uint32_t count)
{
	uint32_t best = UINT32_MAX;
	const char *nearest = NULL;

	if (!n || n > WORD_MAX)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		size_t length = strlen(names[i]);
		uint32_t limit = length <= 3 ? 1 : length <= 7 ? 2 : 3, d;

		if (length > WORD_MAX)
			continue;
		d = distance(text, n, names[i], length);
		if (d <= limit && d < best && d < length) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

bool pc_decimal(const char *text, size_t n, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;

	if (!n || n > 10 || (n > 1 && text[0] == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value > max)
		return false;
	*ret_value = (uint32_t)value;
	return true;
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool pc_is_name(const char *text, size_t n, size_t max)
{
	if (!n || n > max || !is_letter_or_digit(text[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (!is_letter_or_digit(text[i]) && !strchr("-_.", text[i]))
			return false;
	return true;
}

int pc_errno_by_name(const char *name)
{
	/* errno(3) has two names for some. */
	static const struct {
		const char *name;
		int err;
	} aliases[] = {
		{"EDEADLOCK", EDEADLOCK},
		{"ENOTSUP", ENOTSUP},
		{"EWOULDBLOCK", EWOULDBLOCK},
	};

	for (size_t i = 0; i < PC_ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].name, name))
			return aliases[i].err;
	for (int i = 1; i <= ERRNO_LAST; i++) {
		const char *known = strerrorname_np(i);

		if (known && !strcmp(known, name))
			return i;
	}
	return 0;
}

uint32_t pc_errno_names(const char **names, uint32_t max)
{
	uint32_t count = 0;

	for (int i = 1; i <= ERRNO_LAST && count < max; i++) {
		const char *known = strerrorname_np(i);

		if (known)
			names[count++] = known;
	}
	return count;
}

const char *pc_kind_name(enum pc_node_kind kind)
{
	static const char *const names[] = {
		[PC_NODE_TEXT] = "a text",
		[PC_NODE_LIST] = "a list",
		[PC_NODE_MAP] = "a mapping",
	};

	return names[kind];
}
