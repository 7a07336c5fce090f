/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The canonical text of a glob: parses back to an equal one, and can stand in YAML. */
#include "glob-internal.h"

#include <string.h>

/* Counts on the first pass (out is NULL), writes on the second. */
struct text {
	char *out;
	size_t n;
};

static void put(struct text *text, const void *bytes, size_t n)
{
	if (text->out)
		memcpy(text->out + text->n, bytes, n);
	text->n += n;
}

static void put_hex(struct text *text, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char hex[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	put(text, hex, sizeof(hex));
}

static void put_escaped(struct text *text, unsigned char byte)
{
	const char escaped[] = {'\\', (char)byte};

	put(text, escaped, sizeof(escaped));
}

/* Length of the UTF-8 character at bytes, or 0 where there is none that is fit to print. */
static size_t utf8_length(const unsigned char *bytes, size_t n)
{
	static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
	size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	uint32_t c;

	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || length > n)
		return 0;
	c = bytes[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3fu);
	}
	if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	return length;
}

/* A space that YAML would trim, or take for the beginning of a comment, is written as \x20. */
static void put_space(struct text *text, const struct pc_glob *node, size_t at)
{
	if (at + 1 == node->length || node->bytes[at + 1] == '#')
		put_hex(text, ' ');
	else
		put_escaped(text, ' ');
}

static void put_literal(struct text *text, const struct pc_glob *node)
{
	for (size_t i = 0; i < node->length; i++) {
		const unsigned char *byte = node->bytes + i;
		size_t length = *byte < 0x80 ? 0 : utf8_length(byte, node->length - i);

		if (length) {
			put(text, byte, length);
			i += length - 1;
		} else if (*byte == ' ') {
			put_space(text, node, i);
		} else if (*byte < ' ' || *byte >= 0x7f) {
			put_hex(text, *byte);
		} else if (strchr("\\*?[]{},$", *byte)) {
			put_escaped(text, *byte);
		} else {
			put(text, byte, 1);
		}
	}
}

static void put_set_byte(struct text *text, unsigned char byte)
{
	if (byte <= ' ' || byte >= 0x7f)
		put_hex(text, byte);
	else if (strchr("\\[]!^-", byte))
		put_escaped(text, byte);
	else
		put(text, &byte, 1);
}

/* Prints the runs of bytes whose membership is as wanted; '/' and NUL are in none. */
static void put_runs(struct text *text, const uint64_t *set, bool member)
{
	unsigned int last;

	for (unsigned int byte = 1; byte < 256; byte = last + 1) {
		last = byte;
		if (byte == '/' || pc_set_has(set, byte) != member)
			continue;
		while (last < 255 && last + 1 != '/' && pc_set_has(set, last + 1) == member)
			last++;
		put_set_byte(text, (unsigned char)byte);
		if (last > byte + 1)
			put(text, "-", 1);
		if (last > byte)
			put_set_byte(text, (unsigned char)last);
	}
}

static void put_set(struct text *text, const struct pc_glob *node)
{
	int members = 0;

	for (int w = 0; w < PC_SET_WORDS; w++)
		members += __builtin_popcountll(node->set[w]);
	put(text, "[", 1);
	/* All 254 possible members cannot be said by negation: `[!]` is an error. */
	if (members > 127 && members < 254) {
		put(text, "!", 1);
		put_runs(text, node->set, false);
	} else {
		put_runs(text, node->set, true);
	}
	put(text, "]", 1);
}

static void put_sequence(struct text *text, const struct pc_glob *glob);

static void put_alternatives(struct text *text, const struct pc_glob *node)
{
	for (uint32_t i = 0; i < node->length; i++) {
		put(text, i ? "," : "{", 1);
		put_sequence(text, node->branches[i]);
	}
	put(text, "}", 1);
}

static void put_sequence(struct text *text, const struct pc_glob *glob)
{
	for (; glob; glob = glob->next) {
		switch (glob->kind) {
		case PC_GLOB_LITERAL:
			put_literal(text, glob);
			break;
		case PC_GLOB_ANY:
			put(text, "?", 1);
			break;
		case PC_GLOB_STAR:
			put(text, "*", 1);
			break;
		case PC_GLOB_GLOBSTAR:
			put(text, "**", 2);
			break;
		case PC_GLOB_SET:
			put_set(text, glob);
			break;
		case PC_GLOB_ALT:
			put_alternatives(text, glob);
			break;
		}
	}
}

char *pc_glob_text(struct pc_arena *arena, const struct pc_glob *glob)
{
	struct text text = {0};

	put_sequence(&text, glob);
	text.out = pc_arena_alloc(arena, text.n + 1);
	if (!text.out)
		return NULL;
	text.n = 0;
	put_sequence(&text, glob);
	return text.out;
}
