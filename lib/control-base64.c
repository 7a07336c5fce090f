/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Base64, for texts that are not UTF-8. */
#include <errno.h>
#include <string.h>

#include "control-internal.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void pc_base64_encode(const void *bytes, size_t n, char *buf)
{
	const unsigned char *in = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t group = (uint32_t)in[i] << 16;

		group |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		group |= left > 2 ? in[i + 2] : 0;
		*buf++ = alphabet[group >> 18];
		*buf++ = alphabet[group >> 12 & 63];
		*buf++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
		*buf++ = left > 2 ? alphabet[group & 63] : '=';
	}
	*buf = '\0';
}

static int digit(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

ssize_t pc_base64_decode(const char *text, size_t n, char *buf)
{
	size_t used = 0, padding = 0;

	if (n % 4)
		return -EINVAL;
	if (n)
		padding = text[n - 1] != '=' ? 0 : text[n - 2] != '=' ? 1 : 2;
	for (size_t i = 0; i < n; i += 4) {
		uint32_t group = 0;
		size_t digits = i + 4 == n ? 4 - padding : 4;

		for (size_t j = 0; j < 4; j++) {
			int value = j < digits ? digit(text[i + j]) : 0;

			if (value < 0)
				return -EINVAL;
			group = group << 6 | (uint32_t)value;
		}
		for (size_t j = 0; j + 1 < digits; j++)
			buf[used++] = (char)(group >> (16 - 8 * j));
	}
	return (ssize_t)used;
}
