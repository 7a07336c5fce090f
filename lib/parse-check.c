/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What must hold of a text before YAML is looked for: its size, UTF-8, no hidden characters. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

/* Length of the UTF-8 character at text and its code point; 0 where there is none. */
static size_t decode(const unsigned char *text, size_t n, uint32_t *ret_point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point;
	size_t length;

	if (text[0] < 0x80) {
		*ret_point = text[0];
		return 1;
	}
	length = (text[0] & 0xe0) == 0xc0   ? 2
		 : (text[0] & 0xf0) == 0xe0 ? 3
		 : (text[0] & 0xf8) == 0xf0 ? 4
					    : 0;
	if (!length || length > n)
		return 0;
	point = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (text[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*ret_point = point;
	return length;
}

/* What a reader would not see, or would see in another order than it is read. */
static const char *forbidden(uint32_t point)
{
	if (point == 0)
		return "a NUL byte";
	if ((point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7f && point < 0xa0))
		return "a control character";
	if (point == 0x2028 || point == 0x2029)
		return "an invisible line break";
	if (point == 0xfeff)
		return "a byte order mark";
	if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
		return "a character that changes the order of what is shown";
	if (point == 0x200b || point == 0x200e || point == 0x200f || point == 0x2060)
		return "an invisible character";
	if ((point & 0xfffe) == 0xfffe)
		return "a code point that is not a character";
	return NULL;
}

bool pc_find_forbidden(const char *text, size_t n, size_t *ret_offset, size_t *ret_length,
		       const char **ret_what)
{
	const unsigned char *bytes = (const unsigned char *)text;
	const char *what;
	uint32_t point = 0;
	size_t length;

	for (size_t i = 0; i < n; i += length) {
		if (bytes[i] >= 0x20 && bytes[i] < 0x7f) {
			length = 1;
			continue;
		}
		length = decode(bytes + i, n - i, &point);
		what = length ? forbidden(point) : "bytes that are not UTF-8";
		if (!what || (point == '\r' && i + 1 < n && bytes[i + 1] == '\n'))
			continue;
		*ret_offset = i;
		*ret_length = length ? length : 1;
		*ret_what = what;
		return true;
	}
	return false;
}

static int find_lines(struct pc_parser *p, struct pc_source *source)
{
	const char *bytes = source->text->bytes;
	size_t size = source->text->size;
	uint32_t count = 1, line = 1;

	for (size_t i = 0; i < size; i++)
		count += bytes[i] == '\n';
	source->lines = pc_arena_array(&p->scratch, uint32_t, count);
	if (!source->lines)
		return -ENOMEM;
	source->line_count = count;
	for (size_t i = 0; i < size; i++)
		if (bytes[i] == '\n')
			source->lines[line++] = (uint32_t)(i + 1);
	return 0;
}

static struct pc_loc place(const struct pc_source *source, size_t offset, size_t length)
{
	uint32_t low = 0, high = source->line_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (source->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return (struct pc_loc){source->file, low + 1, (uint32_t)offset - source->lines[low] + 1,
			       (uint32_t)length};
}

static void report_forbidden(struct pc_parser *p, struct pc_source *source, size_t offset,
			     size_t length, const char *what)
{
	unsigned char byte = (unsigned char)source->text->bytes[offset];
	struct pc_loc loc = place(source, offset, length);
	bool utf8 = strcmp(what, "bytes that are not UTF-8") != 0;

	pc_report(p, PC_ERROR, utf8 ? PC_CODE_CONTROL : PC_CODE_ENCODING, source, &loc, "%s", what);
	if (!utf8)
		pc_hint(p, "policies are UTF-8; in a path write any byte as \\xHH, here \\x%02x",
			byte);
	else if (length == 1 && byte != '\r')
		pc_hint(p, "in a path write any byte as \\xHH, here \\x%02x", byte);
	else
		pc_hint(p, "take it out");
}

int pc_source_check(struct pc_parser *p, struct pc_source *source)
{
	const char *bytes = source->text->bytes, *what;
	size_t size = source->text->size, at = 0, offset, length;
	struct pc_loc loc = {.file = source->file};
	int r;

	if (size > PC_TEXT_BYTES_MAX) {
		pc_report(p, PC_ERROR, PC_CODE_TOO_LARGE, source, &loc,
			  "%zu bytes; a policy text holds at most %zu", size, PC_TEXT_BYTES_MAX);
		return -EINVAL;
	}
	r = find_lines(p, source);
	if (r < 0)
		return r;
	while (pc_find_forbidden(bytes + at, size - at, &offset, &length, &what)) {
		report_forbidden(p, source, at + offset, length, what);
		at += offset + length;
		r = -EINVAL;
	}
	return r;
}
