/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Answers: the same rows as a table for people and as JSON for programs. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <jansson.h>

#include "ctl.h"

/* A column shows one key of every row. Tables of columns end with a zeroed one. */
struct ctl_column {
	const char *key;
	const char *title;
	bool paint; /* words such as "denied" have a colour */
};

/* Prints the object as JSON, in several lines. An enum pc_exit. */
int ctl_print_json(const struct ctl *ctl, const json_t *object);
/* One object on one line: for streams. */
int ctl_print_json_line(const json_t *object);

/*
 * Prints rows (an array of objects) as a table. A text is shown as it is, made harmless; true and
 * false as yes and no; null as "-"; an array of texts joined by commas.
 */
int ctl_print_table(const struct ctl *ctl, const struct ctl_column *columns, const json_t *rows);
/* The same without headings, each line indented. */
int ctl_print_lines(const struct ctl *ctl, const struct ctl_column *columns, const json_t *rows);

/* The object with --json; otherwise object[key] as a table. */
int ctl_print_answer(const struct ctl *ctl, const json_t *object, const char *key,
		     const struct ctl_column *columns);

/* Facts: a name and a value each. */
struct ctl_facts {
	json_t *rows;
};
void ctl_fact(struct ctl_facts *facts, const char *name, const char *format, ...) PC_PRINTF(3, 4);
/* Prints and frees them. */
int ctl_print_facts(const struct ctl *ctl, struct ctl_facts *facts);

/* Text of a key, "" where it is none. Number of a key, 0 where it is none. */
const char *ctl_text_of(const json_t *object, const char *key);
uint64_t ctl_number_of(const json_t *object, const char *key);
/* Bytes that may be anything, escaped. NULL gives null. */
json_t *ctl_json_bytes(const char *bytes);
/* A text of ours (rules, names), or null. */
json_t *ctl_json_text(const char *text);

#endif
