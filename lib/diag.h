/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is wrong with an input, as values: where, which code, what was expected, a hint. */
#ifndef PC_DIAG_H
#define PC_DIAG_H

#include "util.h"

enum pc_severity { PC_ERROR, PC_WARNING, PC_NOTE };

#define PC_DIAG_ERRORS_MAX 20 /* errors reported for one file; the rest is only counted */

/* A place in an input. line and column count from 1 (bytes); 0 where there is none. */
struct pc_loc {
	const char *file; /* as shown to the user; owned by whoever made the location */
	uint32_t line;
	uint32_t column;
	uint32_t length; /* bytes to underline, at least 1 where there is a column */
};

struct pc_diag {
	struct pc_loc loc;
	enum pc_severity severity;
	uint32_t code;	     /* shown as PC%04u; lib/diag-codes.h lists them */
	char *message;	     /* what is wrong */
	char *hint;	     /* what to do ("did you mean ..."), or NULL */
	char *source;	     /* text of the source line for display, or NULL */
	uint32_t source_cut; /* bytes of the line left out before source: long lines are cut */
};

/* Collects diagnostics; zero-initialise. Owns all text in it. */
struct pc_diags {
	struct pc_arena arena;
	struct pc_diag *items;
	uint32_t count;
	uint32_t last; /* 1 + index of the one added last; 0: it was only counted */
	uint32_t errors;
	uint32_t warnings;
	bool out_of_memory; /* one was lost for lack of memory; counts as an error */
};

/*
 * Adds one; its texts are copied. loc may be NULL. Never fails: see out_of_memory. NULL is returned
 * where it was only counted: more than PC_DIAG_ERRORS_MAX of its severity in its file.
 */
struct pc_diag *pc_diag_add(struct pc_diags *diags, enum pc_severity severity, uint32_t code,
			    const struct pc_loc *loc, const char *format, ...) PC_PRINTF(5, 6);
/* Gives the last one added a hint / a source line (n bytes). */
void pc_diag_hint(struct pc_diags *diags, const char *format, ...) PC_PRINTF(2, 3);
void pc_diag_source(struct pc_diags *diags, const char *line, size_t n);
bool pc_diags_failed(const struct pc_diags *diags);
void pc_diags_free(struct pc_diags *diags);

/*
 * Writes all as "file:line:column: error[PC0104]: ..." with the source line and a marker below it,
 * in order of place; colour adds ANSI colours; what is less than `least` is left out. Control bytes
 * are escaped.
 */
void pc_diags_print(const struct pc_diags *diags, FILE *out, bool colour, enum pc_severity least);

#endif
