/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What libyaml could not read, in our words. */
#include <string.h>

#include "parse-internal.h"

#define QUOTE "put it in single quotes"

/* The first row whose texts are found in libyaml's problem and context is used. */
static const struct {
	const char *problem;
	const char *context; /* NULL: any */
	bool at_beginning;   /* the place to show is where the construct begins */
	enum pc_code code;
	const char *message;
	const char *hint;
} explanations[] = {
	{"", "anchor", true, PC_CODE_ANCHOR, "a text that begins with & would be a YAML anchor",
	 QUOTE},
	{"", "alias", true, PC_CODE_ALIAS, "a text that begins with * would be a YAML alias",
	 "paths begin with /; otherwise put it in single quotes"},
	{"", "directive", true, PC_CODE_DIRECTIVE, "a line that begins with % is a YAML directive",
	 "leave it out; a text that begins with % needs single quotes"},
	{"", " tag", true, PC_CODE_TAG, "a text that begins with ! would be a YAML tag", QUOTE},
	{"tag handle", NULL, false, PC_CODE_TAG, "a text that begins with ! would be a YAML tag",
	 QUOTE},
	{"directive", NULL, false, PC_CODE_DIRECTIVE,
	 "a line that begins with % is a YAML directive", "leave it out"},
	{"incompatible YAML", NULL, false, PC_CODE_DIRECTIVE,
	 "a line that begins with % is a YAML directive", "leave it out"},
	{"could not find expected ':'", NULL, true, PC_CODE_SYNTAX,
	 "neither \"key: value\" nor an item of a list",
	 "a colon and a space behind a key, \"- \" before an item; check the indentation"},
	{"',' or ']'", NULL, false, PC_CODE_SYNTAX, "expected \",\" or \"]\" in a list",
	 "an item with a space or one of , : { } [ ] $ @ * & needs single quotes"},
	{"',' or '}'", NULL, false, PC_CODE_SYNTAX, "expected \",\" or \"}\" in a mapping",
	 "a value with a space or one of , : { } [ ] $ @ * & needs single quotes"},
	{"did not find expected key", NULL, false, PC_CODE_SYNTAX,
	 "this does not fit the mapping around it",
	 "keys of one mapping begin in the same column; text behind a closing quote is not read"},
	{"'-' indicator", NULL, false, PC_CODE_SYNTAX, "this does not fit the list around it",
	 "items of one list begin with \"- \" in the same column"},
	{"mapping values are not allowed", NULL, false, PC_CODE_SYNTAX,
	 "a \": \" where no key can be",
	 "a text with \": \" in it needs single quotes; otherwise check the indentation"},
	{"mapping keys are not allowed", NULL, false, PC_CODE_SYNTAX,
	 "a \"? \" where no key can be", QUOTE},
	{"block sequence entries", NULL, false, PC_CODE_SYNTAX, "a \"- \" where no item can be",
	 "begin the list in the line below its key; a text that begins with \"- \" needs quotes"},
	{"unknown escape", NULL, false, PC_CODE_SYNTAX, "an escape that double quotes do not have",
	 "use single quotes: in them a backslash is a backslash"},
	{"hexdecimal", NULL, false, PC_CODE_SYNTAX, "a hexadecimal digit was expected",
	 "use single quotes: in them a backslash is a backslash"},
	{"Unicode character escape", NULL, false, PC_CODE_SYNTAX,
	 "an escape that is no character (one of a pair of surrogates, perhaps)",
	 "write the character itself"},
	{"end of stream", "quoted", true, PC_CODE_SYNTAX, "a quoted text that does not end",
	 "close the quote; a quote inside single quotes is written twice: ''"},
	{"document indicator", NULL, true, PC_CODE_SYNTAX, "a quoted text that does not end",
	 "close the quote"},
	{"indentation indicator", NULL, false, PC_CODE_SYNTAX,
	 "a block text cannot be indented by 0", NULL},
	{"tab character", NULL, false, PC_CODE_SYNTAX, "a tab cannot indent", "use spaces"},
	{"comment or line break", NULL, false, PC_CODE_SYNTAX,
	 "nothing but a comment can follow here", QUOTE},
	{"document start", NULL, false, PC_CODE_SYNTAX, "something follows the end of the document",
	 "one document to a file"},
	{"node content", NULL, false, PC_CODE_SYNTAX, "a value was expected here",
	 "a text that begins with , or ] or another special character needs single quotes"},
	{"unexpected ':'", NULL, false, PC_CODE_SYNTAX, "a \":\" inside [ ] or { }", QUOTE},
};

static bool report_first_byte(struct pc_parser *p, const struct pc_source *source,
			      const struct pc_syntax *syntax)
{
	if (!strstr(syntax->problem, "cannot start any token"))
		return false;
	if (syntax->byte == '\t') {
		pc_report(p, PC_ERROR, PC_CODE_SYNTAX, source, &syntax->place,
			  "a tab cannot indent");
		pc_hint(p, "use spaces");
		return true;
	}
	pc_report(p, PC_ERROR, PC_CODE_SYNTAX, source, &syntax->place,
		  "a text cannot begin with %c", syntax->byte ? syntax->byte : '?');
	pc_hint(p, QUOTE);
	return true;
}

/* A list or mapping that the text's end leaves open: its beginning is what helps. */
static bool report_end(struct pc_parser *p, const struct pc_source *source,
		       const struct pc_syntax *syntax)
{
	bool list = strstr(syntax->context, "flow sequence") != NULL;

	if (syntax->byte || !syntax->beginning.line ||
	    !(list || strstr(syntax->context, "flow mapping")))
		return false;
	pc_report(p, PC_ERROR, PC_CODE_SYNTAX, source, &syntax->beginning, "a %s that does not end",
		  list ? "list [ ]" : "mapping { }");
	pc_hint(p, "close it with %s", list ? "]" : "}");
	return true;
}

void pc_syntax_report(struct pc_parser *p, const struct pc_source *source,
		      const struct pc_syntax *syntax)
{
	if (report_first_byte(p, source, syntax))
		return;
	if (report_end(p, source, syntax))
		return;
	for (size_t i = 0; i < PC_ARRAY_SIZE(explanations); i++) {
		const struct pc_loc *loc = &syntax->place;

		if (!strstr(syntax->problem, explanations[i].problem))
			continue;
		if (explanations[i].context && !strstr(syntax->context, explanations[i].context))
			continue;
		if (explanations[i].at_beginning && syntax->beginning.line)
			loc = &syntax->beginning;
		pc_report(p, PC_ERROR, explanations[i].code, source, loc, "%s",
			  explanations[i].message);
		if (explanations[i].hint)
			pc_hint(p, "%s", explanations[i].hint);
		return;
	}
	pc_report(p, PC_ERROR, PC_CODE_SYNTAX, source, &syntax->place, "not YAML: %s%s%s",
		  syntax->context, *syntax->context ? ", " : "", syntax->problem);
}
