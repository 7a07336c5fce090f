/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bytes as printable text: what is not a visible character of UTF-8 becomes \xHH. */
#include <errno.h>
#include <string.h>

#include "escape.h"

static uint32_t utf8_decode(const unsigned char *text, size_t n, size_t *ret_length)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = (text[0] & 0xe0) == 0xc0   ? 2
			: (text[0] & 0xf0) == 0xe0 ? 3
			: (text[0] & 0xf8) == 0xf0 ? 4
						   : 0;
	uint32_t point;

	*ret_length = text[0] < 0x80 ? 1 : 0;
	if (text[0] < 0x80)
		return text[0];
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
	*ret_length = length;
	return point;
}

size_t pc_utf8_length(const void *text, size_t n)
{
	size_t length = 0;

	if (n)
		utf8_decode(text, n, &length);
	return length;
}

/* Would a reader not see it, or see what is around it in another order? */
static bool hidden(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad ||
	       (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
	       (point >= 0x2060 && point <= 0x206f) || point == 0xfeff ||
	       (point & 0xfffe) == 0xfffe || (point >= 0xe0000 && point <= 0xe007f);
}

/* One character or byte, escaped, into out (16 bytes); sets how many bytes it took. */
static size_t escape_one(const unsigned char *in, size_t n, char out[16], size_t *ret_taken)
{
	static const char hex[] = "0123456789abcdef";
	size_t length, at = 0;
	uint32_t point = utf8_decode(in, n, &length);

	*ret_taken = length ? length : 1;
	if (length && point == '\\') {
		memcpy(out, "\\\\", 2);
		return 2;
	}
	if (length && !hidden(point)) {
		memcpy(out, in, length);
		return length;
	}
	for (size_t i = 0; i < *ret_taken; i++) {
		out[at++] = '\\';
		out[at++] = 'x';
		out[at++] = hex[in[i] >> 4];
		out[at++] = hex[in[i] & 15];
	}
	return at;
}

size_t pc_escape(const void *bytes, size_t n, char *buf, size_t size)
{
	const unsigned char *in = bytes;
	size_t used = 0, taken;

	if (!size)
		return 0;
	for (size_t i = 0; i < n; i += taken) {
		char one[16];
		size_t length = escape_one(in + i, n - i, one, &taken);

		if (used + length >= size)
			break;
		memcpy(buf + used, one, length);
		used += length;
	}
	buf[used] = '\0';
	return used;
}

char *pc_escape_dup(struct pc_arena *arena, const void *bytes, size_t n)
{
	PC_FREE char *buf = malloc(PC_ESCAPED_SIZE(n));

	if (!buf)
		return NULL;
	return pc_arena_strndup(arena, buf, pc_escape(bytes, n, buf, PC_ESCAPED_SIZE(n)));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

ssize_t pc_unescape(const char *text, char *buf)
{
	size_t used = 0;

	while (*text) {
		int high, low;

		if (*text != '\\') {
			buf[used++] = *text++;
			continue;
		}
		if (text[1] == '\\') {
			buf[used++] = '\\';
			text += 2;
			continue;
		}
		if (text[1] != 'x' || (high = hex_digit(text[2])) < 0 ||
		    (low = hex_digit(text[3])) < 0)
			return -EINVAL;
		buf[used++] = (char)(high << 4 | low);
		text += 4;
	}
	buf[used] = '\0';
	return (ssize_t)used;
}
