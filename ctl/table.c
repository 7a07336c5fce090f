/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Answers: the same rows as a table for people and as JSON for programs. */
#include "table.h"

#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "escape.h"
#include "text.h"

const char *ctl_text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

uint64_t ctl_number_of(const json_t *object, const char *key)
{
	json_int_t number = json_integer_value(json_object_get(object, key));

	return number < 0 ? 0 : (uint64_t)number;
}

json_t *ctl_json_bytes(const char *bytes)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	char *text = bytes ? pc_escape_dup(&arena, bytes, strlen(bytes)) : NULL;

	return text ? json_string(text) : json_null();
}

json_t *ctl_json_text(const char *text)
{
	json_t *string = text ? json_string(text) : NULL;

	return string ? string : ctl_json_bytes(text);
}

int ctl_print_json(const struct ctl *ctl, const json_t *object)
{
	if (!object)
		return ctl_out_of_memory(ctl);
	json_dumpf(object, stdout, JSON_INDENT(2));
	putchar('\n');
	return PC_EXIT_OK;
}

int ctl_print_json_line(const json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	return PC_EXIT_OK;
}

static char *join(struct pc_arena *arena, const json_t *array)
{
	size_t size = 1, i;
	const json_t *item;
	char *text;

	json_array_foreach(array, i, item)
		size += json_string_length(item) + 2;
	text = pc_arena_alloc(arena, size);
	if (!text)
		return NULL;
	json_array_foreach(array, i, item) {
		if (i)
			strcat(text, ", ");
		if (json_is_string(item))
			strcat(text, json_string_value(item));
	}
	return text;
}

static char *cell_text(struct pc_arena *arena, const json_t *value)
{
	char *joined;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		return ctl_printable(arena, json_string_value(value));
	case JSON_INTEGER:
		return pc_arena_printf(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_TRUE:
		return pc_arena_printf(arena, "yes");
	case JSON_FALSE:
		return pc_arena_printf(arena, "no");
	case JSON_ARRAY:
		joined = join(arena, value);
		return joined ? ctl_printable(arena, joined) : NULL;
	default:
		return pc_arena_printf(arena, "-");
	}
}

static const char *colour_of(const char *word)
{
	static const char *const colours[][2] = {
		{"denied", "red"},    {"deny", "red"},	    {"removed", "red"},
		{"missing", "red"},   {"allowed", "green"}, {"allow", "green"},
		{"added", "green"},   {"audit", "yellow"},  {"audited", "yellow"},
		{"changed", "brown"}, {"looser", "red"},
	};

	for (size_t i = 0; i < PC_ARRAY_SIZE(colours); i++)
		if (!strcmp(colours[i][0], word))
			return colours[i][1];
	return NULL;
}

static int fill_line(struct pc_arena *arena, struct libscols_line *line,
		     const struct ctl_column *columns, const json_t *row)
{
	for (size_t i = 0; columns[i].key; i++) {
		char *text = cell_text(arena, json_object_get(row, columns[i].key));
		const char *colour = text && columns[i].paint ? colour_of(text) : NULL;

		if (!text || scols_line_set_data(line, i, text))
			return -1;
		if (colour)
			scols_cell_set_color(scols_line_get_cell(line, i), colour);
	}
	return 0;
}

static bool is_number(const json_t *rows, const char *key)
{
	return json_is_integer(json_object_get(json_array_get(rows, 0), key));
}

static int fill(struct libscols_table *table, const struct ctl_column *columns, const json_t *rows)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const json_t *row;
	size_t i;

	for (i = 0; columns[i].key; i++)
		if (!scols_table_new_column(table, columns[i].title, 0,
					    is_number(rows, columns[i].key) ? SCOLS_FL_RIGHT : 0))
			return -1;
	json_array_foreach(rows, i, row) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line || fill_line(&arena, line, columns, row))
			return -1;
	}
	return 0;
}

/* Without the spaces that an empty last cell leaves behind. */
static int print_trimmed(struct libscols_table *table, const char *indent)
{
	PC_FREE char *text = NULL;

	if (scols_print_table_to_string(table, &text) || !text)
		return -1;
	for (const char *line = text; *line;) {
		size_t n = strcspn(line, "\n"), shown = n;

		while (shown && line[shown - 1] == ' ')
			shown--;
		fputs(indent, stdout);
		fwrite(line, 1, shown, stdout);
		putchar('\n');
		line += n + (line[n] == '\n');
	}
	return 0;
}

static int print(const struct ctl *ctl, const struct ctl_column *columns, const json_t *rows,
		 bool headings, const char *indent)
{
	struct libscols_table *table;
	int failed;

	if (!json_array_size(rows))
		return PC_EXIT_OK;
	table = scols_new_table();
	if (!table)
		return ctl_out_of_memory(ctl);
	scols_table_enable_noheadings(table, !headings);
	scols_table_enable_colors(table, ctl->colour);
	scols_table_enable_noencoding(table, 1); /* cell_text() made it harmless */
	scols_table_set_column_separator(table, "  ");
	/* Lines are not cut to the width of a terminal: what is cut cannot be trusted. */
	scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
	failed = fill(table, columns, rows) || print_trimmed(table, indent);
	scols_unref_table(table);
	return failed ? ctl_out_of_memory(ctl) : PC_EXIT_OK;
}

int ctl_print_table(const struct ctl *ctl, const struct ctl_column *columns, const json_t *rows)
{
	return print(ctl, columns, rows, true, "");
}

int ctl_print_lines(const struct ctl *ctl, const struct ctl_column *columns, const json_t *rows)
{
	return print(ctl, columns, rows, false, "  ");
}

int ctl_print_answer(const struct ctl *ctl, const json_t *object, const char *key,
		     const struct ctl_column *columns)
{
	if (ctl->json)
		return ctl_print_json(ctl, object);
	return ctl_print_table(ctl, columns, json_object_get(object, key));
}

void ctl_fact(struct ctl_facts *facts, const char *name, const char *format, ...)
{
	PC_FREE char *text = NULL;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (!facts->rows)
		facts->rows = json_array();
	json_array_append_new(facts->rows, json_pack("{s:s, s:o}", "name", name, "value",
						     n < 0 ? json_null() : ctl_json_text(text)));
}

int ctl_print_facts(const struct ctl *ctl, struct ctl_facts *facts)
{
	static const struct ctl_column columns[] = {
		{.key = "name"}, {.key = "value", .paint = true}, {0}};
	int status = print(ctl, columns, facts->rows, false, "");

	json_decref(facts->rows);
	facts->rows = NULL;
	return status;
}
