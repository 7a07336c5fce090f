/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From nodes of a tree to diagnostics with the place in the text. */
#include <string.h>

#include "parse-internal.h"

struct pc_loc pc_node_loc(const struct pc_node *node)
{
	return (struct pc_loc){node->source->file, node->line, node->column, node->length};
}

/* Bytes that a code point takes in UTF-8. */
static size_t utf8_length(uint32_t point)
{
	return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* One escape of a double-quoted text: its length there; outputs the bytes it stands for. */
static size_t escape_length(const char *at, size_t *ret_bytes)
{
	char digits[9] = {0};
	size_t n = at[1] == 'x' ? 2 : at[1] == 'u' ? 4 : at[1] == 'U' ? 8 : 0;

	*ret_bytes = 1;
	if (n) {
		memcpy(digits, at + 2, n);
		*ret_bytes = utf8_length((uint32_t)strtoul(digits, NULL, 16));
	} else if (at[1] == 'N' || at[1] == '_') {
		*ret_bytes = 2;
	} else if (at[1] == 'L' || at[1] == 'P') {
		*ret_bytes = 3;
	}
	return 2 + n;
}

/* Where a byte of a quoted text's value stands, counted from its opening quote. */
static size_t place_in_quotes(const struct pc_node *node, size_t offset)
{
	const char *text = node->source->text->bytes + node->offset;
	size_t at = 1, value = 0, step, bytes;

	while (value < offset && at < node->length) {
		step = bytes = 1;
		if (node->style == PC_STYLE_SINGLE && text[at] == '\'')
			step = 2;
		else if (node->style == PC_STYLE_DOUBLE && text[at] == '\\')
			step = escape_length(text + at, &bytes);
		at += step;
		value += bytes;
	}
	return at;
}

struct pc_loc pc_node_loc_in(const struct pc_node *node, size_t offset, size_t n)
{
	struct pc_loc loc = pc_node_loc(node);
	size_t begin = offset, end = offset + n;

	if (node->kind != PC_NODE_TEXT || node->multiline || node->style == PC_STYLE_BLOCK)
		return loc;
	if (node->style != PC_STYLE_PLAIN) {
		begin = place_in_quotes(node, offset);
		end = place_in_quotes(node, offset + n);
	}
	loc.column += (uint32_t)begin;
	loc.length = end > begin ? (uint32_t)(end - begin) : 1;
	return loc;
}

/* An include is read once for each policy that uses it; its mistakes are told once. */
static bool told_before(const struct pc_diags *diags, uint32_t code, const struct pc_loc *loc)
{
	for (uint32_t i = diags->count; i-- > 0;) {
		const struct pc_diag *diag = &diags->items[i];

		if (diag->code == code && diag->loc.line == loc->line &&
		    diag->loc.column == loc->column && diag->loc.file &&
		    !strcmp(diag->loc.file, loc->file))
			return true;
	}
	return false;
}

static void attach_source(struct pc_parser *p, const struct pc_source *source, uint32_t line)
{
	const char *begin, *end;

	if (!line || line > source->line_count || !source->text->size)
		return;
	begin = source->text->bytes + source->lines[line - 1];
	end = source->text->bytes + source->text->size;
	if (line < source->line_count)
		end = source->text->bytes + source->lines[line] - 1;
	if (end > begin && end[-1] == '\r')
		end--;
	pc_diag_source(p->diags, begin, (size_t)(end - begin));
}

static void PC_PRINTF(6, 0) report(struct pc_parser *p, enum pc_severity severity, uint32_t code,
				   const struct pc_source *source, const struct pc_loc *loc,
				   const char *format, va_list args)
{
	va_list again;
	char *message;
	int n;

	p->diags->last = 0;
	if (source->used && told_before(p->diags, code, loc))
		return;
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	message = n < 0 ? NULL : pc_arena_alloc(&p->scratch, (size_t)n + 1);
	if (!message) {
		p->diags->out_of_memory = true;
		return;
	}
	vsnprintf(message, (size_t)n + 1, format, args);
	if (pc_diag_add(p->diags, severity, code, loc, "%s", message))
		attach_source(p, source, loc->line);
}

void pc_report(struct pc_parser *p, enum pc_severity severity, uint32_t code,
	       const struct pc_source *source, const struct pc_loc *loc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(p, severity, code, source, loc, format, args);
	va_end(args);
}

void pc_report_node(struct pc_parser *p, enum pc_severity severity, uint32_t code,
		    const struct pc_node *node, size_t offset, size_t n, const char *format, ...)
{
	struct pc_loc loc = n == SIZE_MAX ? pc_node_loc(node) : pc_node_loc_in(node, offset, n);
	va_list args;

	va_start(args, format);
	report(p, severity, code, node->source, &loc, format, args);
	va_end(args);
}

void pc_hint_names(struct pc_parser *p, const char *text, size_t n, const char *const *names,
		   uint32_t count)
{
	const char *nearest = pc_nearest(text, n, names, count);
	char list[512] = "";
	size_t used = 0;

	if (nearest) {
		pc_hint(p, "did you mean \"%s\"?", nearest);
		return;
	}
	for (uint32_t i = 0; i < count && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 i == 0		  ? ""
					 : i + 1 == count ? " or "
							  : ", ",
					 names[i]);
	if (count && used < sizeof(list))
		pc_hint(p, "expected %s", list);
}
