/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Diagnostics: collecting them, and writing them with the source line and a marker. */
#include "diag.h"

#include <stdarg.h>
#include <string.h>

#include "diag-codes.h"
#include "escape.h"

#define SOURCE_MAX 160	 /* bytes of a source line that are kept */
#define SOURCE_BEFORE 60 /* of these, before the marker */

#define RED "\033[31;1m"
#define MAGENTA "\033[35;1m"
#define CYAN "\033[36;1m"
#define BOLD "\033[1m"
#define GREEN "\033[32;1m"
#define PLAIN "\033[0m"

static const struct {
	const char *name;
	const char *plural;
	const char *colour;
} severities[] = {
	[PC_ERROR] = {"error", "errors", RED},
	[PC_WARNING] = {"warning", "warnings", MAGENTA},
	[PC_NOTE] = {"note", "notes", CYAN},
};

static bool same_file(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* How many of this severity the file has already; *ret_more is the item that counts the rest. */
static uint32_t count_in_file(const struct pc_diags *diags, enum pc_severity severity,
			      const char *file, struct pc_diag **ret_more)
{
	uint32_t n = 0;

	for (uint32_t i = diags->count; i-- > 0;) {
		struct pc_diag *diag = &diags->items[i];

		if (diag->severity != severity || !same_file(diag->loc.file, file))
			continue;
		n++;
		if (diag->code == PC_CODE_MORE) {
			*ret_more = diag;
			return PC_DIAG_ERRORS_MAX;
		}
	}
	return n;
}

/* The file's name, shared with an earlier diagnostic where there is one. */
static const char *keep_file(struct pc_diags *diags, const char *file)
{
	for (uint32_t i = diags->count; file && i-- > 0;)
		if (diags->items[i].loc.file && !strcmp(diags->items[i].loc.file, file))
			return diags->items[i].loc.file;
	return file ? pc_arena_strndup(&diags->arena, file, strlen(file)) : NULL;
}

static char *PC_PRINTF(2, 0) format_text(struct pc_arena *arena, const char *format, va_list args)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = n < 0 ? NULL : pc_arena_alloc(arena, (size_t)n + 1);
	if (text)
		vsnprintf(text, (size_t)n + 1, format, args);
	return text;
}

static struct pc_diag *push(struct pc_diags *diags, enum pc_severity severity, uint32_t code,
			    const char *file, char *message)
{
	const char *kept = keep_file(diags, file);
	struct pc_diag *diag = NULL;

	if (message && (kept || !file))
		diag = pc_arena_push(&diags->arena, &diags->items, &diags->count);
	if (!diag) {
		diags->out_of_memory = true;
		return NULL;
	}
	diag->severity = severity;
	diag->code = code;
	diag->message = message;
	diag->loc.file = kept;
	return diag;
}

/* The one after the last that is shown: it only counts. */
static void count_more(struct pc_diags *diags, enum pc_severity severity, const char *file,
		       struct pc_diag *more)
{
	enum { ROOM = 48 };

	if (!more) {
		char *room = pc_arena_alloc(&diags->arena, ROOM);

		more = push(diags, severity, PC_CODE_MORE, file, room);
		if (!more)
			return;
	}
	more->loc.length++; /* no column, so no other use for it */
	snprintf(more->message, ROOM, "%u more %s in this file", more->loc.length,
		 more->loc.length == 1 ? severities[severity].name : severities[severity].plural);
}

struct pc_diag *pc_diag_add(struct pc_diags *diags, enum pc_severity severity, uint32_t code,
			    const struct pc_loc *loc, const char *format, ...)
{
	const char *file = loc ? loc->file : NULL;
	struct pc_diag *more = NULL, *diag;
	va_list args;
	char *message;

	diags->last = 0;
	if (severity == PC_ERROR)
		diags->errors++;
	else if (severity == PC_WARNING)
		diags->warnings++;
	if (count_in_file(diags, severity, file, &more) >= PC_DIAG_ERRORS_MAX) {
		count_more(diags, severity, file, more);
		return NULL;
	}
	va_start(args, format);
	message = format_text(&diags->arena, format, args);
	va_end(args);
	diag = push(diags, severity, code, file, message);
	if (!diag)
		return NULL;
	if (loc) {
		file = diag->loc.file;
		diag->loc = *loc;
		diag->loc.file = file;
	}
	diags->last = diags->count;
	return diag;
}

void pc_diag_hint(struct pc_diags *diags, const char *format, ...)
{
	va_list args;
	char *hint;

	if (!diags->last)
		return;
	va_start(args, format);
	hint = format_text(&diags->arena, format, args);
	va_end(args);
	if (hint)
		diags->items[diags->last - 1].hint = hint;
	else
		diags->out_of_memory = true;
}

static bool inside_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

void pc_diag_source(struct pc_diags *diags, const char *line, size_t n)
{
	struct pc_diag *diag;
	size_t start = 0, column;

	if (!diags->last)
		return;
	diag = &diags->items[diags->last - 1];
	column = diag->loc.column ? diag->loc.column - 1 : 0;
	if (n > SOURCE_MAX && column > SOURCE_BEFORE) {
		start = column - SOURCE_BEFORE;
		if (start > n)
			start = n;
		while (start < n && inside_character(line[start]))
			start++;
	}
	n -= start;
	if (n > SOURCE_MAX) {
		n = SOURCE_MAX;
		while (n > 0 && inside_character(line[start + n]))
			n--;
	}
	diag->source = pc_arena_strndup(&diags->arena, line + start, n);
	diag->source_cut = (uint32_t)start;
	if (!diag->source)
		diags->out_of_memory = true;
}

bool pc_diags_failed(const struct pc_diags *diags)
{
	return diags->errors > 0 || diags->out_of_memory;
}

void pc_diags_free(struct pc_diags *diags)
{
	pc_arena_free(&diags->arena);
	*diags = (struct pc_diags){0};
}

/*
 * Writes the character at text, of n bytes, so that a terminal cannot be tricked. Returns its
 * length; outputs the columns it takes.
 */
static size_t put_character(FILE *out, const char *text, size_t n, uint32_t *ret_columns)
{
	size_t length = pc_utf8_length(text, n), escaped;
	char buf[PC_ESCAPED_SIZE(4)];

	if (!length)
		length = 1;
	*ret_columns = 1;
	if (*text == '\\' || *text == '\t') {
		putc(*text == '\t' ? ' ' : *text, out);
		return length;
	}
	escaped = pc_escape(text, length, buf, sizeof(buf));
	fwrite(buf, 1, escaped, out);
	if (escaped != length)
		*ret_columns = (uint32_t)escaped;
	return length;
}

static void put_text(FILE *out, const char *text)
{
	size_t n = strlen(text);
	uint32_t columns;

	while (n > 0) {
		size_t length = put_character(out, text, n, &columns);

		text += length;
		n -= length;
	}
}

/* Writes the source line; outputs the display columns where the marker begins and its width. */
static void put_source(FILE *out, const struct pc_diag *diag, uint32_t *ret_begin,
		       uint32_t *ret_width)
{
	uint32_t first = diag->loc.column ? diag->loc.column - 1 - diag->source_cut : 0;
	uint32_t end = first + (diag->loc.length ? diag->loc.length : 1);
	uint32_t begin = 0, width = 0;
	size_t n = strlen(diag->source);

	if (diag->source_cut)
		begin += (uint32_t)fprintf(out, "...");
	for (size_t i = 0; i < n;) {
		uint32_t columns;
		size_t length = put_character(out, diag->source + i, n - i, &columns);

		if (i < first)
			begin += columns;
		else if (i < end)
			width += columns;
		i += length;
	}
	*ret_begin = begin;
	*ret_width = width ? width : 1;
}

static void print_source(FILE *out, const struct pc_diag *diag, bool colour)
{
	uint32_t begin, width;

	fprintf(out, "%5u | ", diag->loc.line);
	put_source(out, diag, &begin, &width);
	if (!diag->loc.column) {
		putc('\n', out);
		return;
	}
	fprintf(out, "\n      | %*s%s", (int)begin, "", colour ? GREEN : "");
	for (uint32_t i = 0; i < width; i++)
		putc(i ? '~' : '^', out);
	if (diag->hint) {
		putc(' ', out);
		put_text(out, diag->hint);
	}
	fprintf(out, "%s\n", colour ? PLAIN : "");
}

static void print_one(FILE *out, const struct pc_diag *diag, bool colour)
{
	const char *name = severities[diag->severity].name;

	if (colour)
		fputs(BOLD, out);
	if (diag->loc.file) {
		put_text(out, diag->loc.file);
		if (diag->loc.line)
			fprintf(out, ":%u", diag->loc.line);
		if (diag->loc.line && diag->loc.column)
			fprintf(out, ":%u", diag->loc.column);
		fputs(": ", out);
	}
	if (colour)
		fprintf(out, PLAIN "%s%s[PC%04u]" PLAIN ": ", severities[diag->severity].colour,
			name, diag->code);
	else
		fprintf(out, "%s[PC%04u]: ", name, diag->code);
	put_text(out, diag->message);
	putc('\n', out);
	if (diag->source)
		print_source(out, diag, colour);
	if (diag->hint && !(diag->source && diag->loc.column)) {
		fputs("      = ", out);
		put_text(out, diag->hint);
		putc('\n', out);
	}
}

struct place {
	const struct pc_diag *diag;
	uint32_t file; /* rank of the file: order of first appearance */
	uint32_t index;
};

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = compare_u32(a->file, b->file);

	if (!order) /* what only counts comes last */
		order = (a->diag->code == PC_CODE_MORE) - (b->diag->code == PC_CODE_MORE);
	if (!order)
		order = compare_u32(a->diag->loc.line, b->diag->loc.line);
	if (!order)
		order = compare_u32(a->diag->loc.column, b->diag->loc.column);
	return order ? order : compare_u32(a->index, b->index);
}

static void rank(const struct pc_diags *diags, struct place *places)
{
	for (uint32_t i = 0; i < diags->count; i++) {
		uint32_t j = 0;

		while (!same_file(diags->items[j].loc.file, diags->items[i].loc.file))
			j++;
		places[i] = (struct place){&diags->items[i], j, i};
	}
	qsort(places, diags->count, sizeof(*places), compare_places);
}

void pc_diags_print(const struct pc_diags *diags, FILE *out, bool colour, enum pc_severity least)
{
	PC_FREE struct place *places = calloc(diags->count + 1u, sizeof(*places));

	if (places)
		rank(diags, places);
	for (uint32_t i = 0; i < diags->count; i++) {
		const struct pc_diag *diag = places ? places[i].diag : &diags->items[i];

		if (diag->severity <= least)
			print_one(out, diag, colour);
	}
	if (diags->out_of_memory)
		fputs("error: out of memory: not everything could be reported\n", out);
}
