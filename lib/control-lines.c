/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Framing of the socket: a stream of bytes cut into lines of bounded length. */
#include <errno.h>
#include <string.h>

#include "control.h"

#define LINES_STEP 4096u

void pc_lines_free(struct pc_lines *lines)
{
	free(lines->bytes);
	*lines = (struct pc_lines){.limit = lines->limit};
}

/* Makes room behind what is there: first by moving it to the front, then by growing. */
static int make_room(struct pc_lines *lines, size_t limit)
{
	size_t kept = lines->used - lines->from, size;
	char *bytes;

	if (lines->from) {
		memmove(lines->bytes, lines->bytes + lines->from, kept);
		lines->from = 0;
		lines->used = kept;
	}
	if (lines->used + LINES_STEP / 4 <= lines->size)
		return 0;
	if (lines->used >= limit)
		return -EMSGSIZE;
	size = lines->size ? lines->size * 2 : LINES_STEP;
	bytes = realloc(lines->bytes, size);
	if (!bytes)
		return -ENOMEM;
	lines->bytes = bytes;
	lines->size = size;
	return 0;
}

ssize_t pc_lines_read(struct pc_lines *lines, int fd)
{
	size_t limit = lines->limit ? lines->limit : PC_REQUEST_MAX, room;
	ssize_t n;
	int err = make_room(lines, limit);

	if (err)
		return err;
	room = lines->size - lines->used;
	if (lines->used + room > limit)
		room = limit - lines->used;
	if (!room)
		return -EMSGSIZE;
	do
		n = read(fd, lines->bytes + lines->used, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	lines->used += (size_t)n;
	return n;
}

char *pc_lines_next(struct pc_lines *lines, size_t *ret_length)
{
	size_t start = lines->from + lines->seen;
	char *line, *end;

	if (start >= lines->used)
		return NULL;
	end = memchr(lines->bytes + start, '\n', lines->used - start);
	if (!end) {
		lines->seen = lines->used - lines->from;
		return NULL;
	}
	*end = '\0';
	line = lines->bytes + lines->from;
	*ret_length = (size_t)(end - line);
	lines->from += *ret_length + 1;
	lines->seen = 0;
	return line;
}
