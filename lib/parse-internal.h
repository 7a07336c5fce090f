/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to lib/parse*.c: trees of YAML nodes, the state of one parse, a policy being drawn up. */
#ifndef PC_PARSE_INTERNAL_H
#define PC_PARSE_INTERNAL_H

#include "diag-codes.h"
#include "mounts.h"
#include "parse.h"

#define PC_TEXT_BYTES_MAX ((size_t)16 << 20)
#define PC_NESTING_MAX 16
#define PC_WHY_MAX 512
#define PC_ABOUT_MAX 1024
#define PC_ID_MAX 4294967294u /* 2^32 - 1 means "no id" to the kernel */

enum pc_node_kind { PC_NODE_TEXT, PC_NODE_LIST, PC_NODE_MAP };
enum pc_node_style { PC_STYLE_PLAIN, PC_STYLE_SINGLE, PC_STYLE_DOUBLE, PC_STYLE_BLOCK };

/* A node of a YAML tree; lives in the parser's scratch arena. */
struct pc_node {
	enum pc_node_kind kind;
	enum pc_node_style style;
	bool bad;	/* already reported: nobody says more about it */
	bool multiline; /* a text over several lines: no place inside it can be shown */
	uint32_t line, column, length; /* as in struct pc_loc */
	uint32_t offset;	       /* byte in the source where it begins */
	struct pc_source *source;
	const char *text; /* TEXT: n bytes and a NUL behind; no NUL inside */
	uint32_t n;
	struct pc_node **items; /* LIST: items; MAP: key, value, key, value ... */
	uint32_t count;		/* of items */
};

/* One text and its tree. */
struct pc_source {
	const struct pc_text *text;
	const char *file; /* in the set's arena */
	enum pc_text_kind kind;
	uint32_t *lines; /* byte where each line begins */
	uint32_t line_count;
	struct pc_node *root; /* NULL: nothing usable */
	bool broken;	      /* the tree ends at a syntax error: what is missing says nothing */
	bool used;	      /* INCLUDE: read for some policy before */
	bool open;	      /* INCLUDE: being read, to find cycles */
};

struct pc_draft;
struct pc_links; /* paths of the host that were looked up: parse-links.c */

/* One call of pc_parse(). */
struct pc_parser {
	struct pc_arena scratch;
	struct pc_policy_set *set;
	const struct pc_host *host;
	struct pc_diags *diags;
	struct pc_source *sources;
	uint32_t source_count;
	struct pc_links *links;
};

/* A variable: its values are parsed where it is first used, or in the end. */
struct pc_var {
	const struct pc_node *name;
	struct pc_node *value;
	struct pc_glob **globs;
	uint32_t count;
	bool used, parsed, failed, open;
};

/* What a section says before its files are put together. */
struct pc_draft_section {
	const struct pc_node *key;	 /* first file that has it */
	const struct pc_node *stated;	 /* value of `default:` */
	const struct pc_node *allow_key; /* first `allow:` */
	bool tried;			 /* there is a `default:`, right or wrong */
};

/* A key that is taken once all variables are known. */
struct pc_late {
	int (*take)(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);
	struct pc_node *key, *value;
};

/* A policy being drawn up from its main file, includes and drop-ins. */
struct pc_draft {
	struct pc_parser *p;
	struct pc_policy *policy;
	struct pc_source *source; /* main file; NULL: an include that nobody uses is looked over */
	struct pc_var *vars;
	uint32_t var_count, var_depth;
	struct pc_draft_section sections[PC_SECTION_COUNT];
	struct pc_source **included;
	uint32_t included_count;
	struct pc_late *late;
	uint32_t late_count;
	const struct pc_node *using; /* text being parsed, for messages about its variables */
	bool var_failed;	     /* a variable in it was reported */
};

/* All return 0, -EINVAL where something was reported, or -ENOMEM, unless they say otherwise. */

/* parse-yaml.c: fills source->root and ->broken. 0 even where the text is bad: it is reported. */
int pc_yaml_read(struct pc_parser *p, struct pc_source *source);
/* parse-syntax.c: what libyaml could not read, in our words. byte is the one at problem, or 0. */
struct pc_syntax {
	const char *problem, *context;	/* libyaml's */
	struct pc_loc place, beginning; /* of the problem; of what it is in (line 0: nothing) */
	unsigned char byte;
};
void pc_syntax_report(struct pc_parser *p, const struct pc_source *source,
		      const struct pc_syntax *syntax);
/* parse-check.c: UTF-8 without control characters; fills source->lines. */
int pc_source_check(struct pc_parser *p, struct pc_source *source);
/* The first character that may not stand in a text. Outputs its place, length and what it is. */
bool pc_find_forbidden(const char *text, size_t n, size_t *ret_offset, size_t *ret_length,
		       const char **ret_what);

/* parse-report.c */
struct pc_loc pc_node_loc(const struct pc_node *node);
/* The same for n bytes of a node's text, from offset. */
struct pc_loc pc_node_loc_in(const struct pc_node *node, size_t offset, size_t n);
void pc_report(struct pc_parser *p, enum pc_severity severity, uint32_t code,
	       const struct pc_source *source, const struct pc_loc *loc, const char *format, ...)
	PC_PRINTF(6, 7);
#define pc_error(p, code, node, ...)                                                               \
	pc_report_node((p), PC_ERROR, PC_CODE_##code, (node), 0, SIZE_MAX, __VA_ARGS__)
#define pc_error_in(p, code, node, offset, n, ...)                                                 \
	pc_report_node((p), PC_ERROR, PC_CODE_##code, (node), (offset), (n), __VA_ARGS__)
#define pc_warning(p, code, node, ...)                                                             \
	pc_report_node((p), PC_WARNING, PC_CODE_##code, (node), 0, SIZE_MAX, __VA_ARGS__)
/* n == SIZE_MAX: the whole node. */
void pc_report_node(struct pc_parser *p, enum pc_severity severity, uint32_t code,
		    const struct pc_node *node, size_t offset, size_t n, const char *format, ...)
	PC_PRINTF(7, 8);
#define pc_hint(p, ...) pc_diag_hint((p)->diags, __VA_ARGS__)
/* "did you mean ...?" where one of the names is near, otherwise "one of ...". */
void pc_hint_names(struct pc_parser *p, const char *text, size_t n, const char *const *names,
		   uint32_t count);

/* parse-words.c: the name nearest to a text, or NULL where none is near. */
const char *pc_nearest(const char *text, size_t n, const char *const *names, uint32_t count);
/* Decimal without leading zeros, at most max. */
bool pc_decimal(const char *text, size_t n, uint32_t max, uint32_t *ret_value);
/* A letter or digit, then letters, digits, - _ . */
bool pc_is_name(const char *text, size_t n, size_t max);
/* errno by name ("EACCES"), or 0. */
int pc_errno_by_name(const char *name);
/* Fills names (room for max) with the names of all errors; returns how many. */
uint32_t pc_errno_names(const char **names, uint32_t max);
/* "text", "list" or "mapping", with its article. */
const char *pc_kind_name(enum pc_node_kind kind);

/* parse-node.c: shapes that a schema asks for. */
bool pc_node_is(const struct pc_node *node, const char *text);
int pc_want_text(struct pc_parser *p, const char *what, struct pc_node *node);
/* A text or a list of texts, as an array of texts. */
int pc_want_texts(struct pc_parser *p, const char *what, struct pc_node *node,
		  struct pc_node ***ret_items, uint32_t *ret_count);
int pc_want_bool(struct pc_parser *p, const char *what, struct pc_node *node, bool *ret_value);
/* One line (or, with lines, several) of at most max bytes for people. */
int pc_want_prose(struct pc_parser *p, const char *what, struct pc_node *node, size_t max,
		  bool lines, const char **ret_text);

/* A key of a mapping: what it does, or why it is not taken. */
struct pc_key {
	const char *name;
	int (*take)(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);
	bool late;    /* taken once all variables are known */
	bool section; /* say "section" instead of "key" */
};
/* take is NULL: of the language, but not supported by this version. */
/* Gives every value of a mapping to its key's function. context is "in a rule" or the like. */
int pc_take_map(struct pc_draft *draft, struct pc_node *map, const char *context,
		const struct pc_key *keys, uint32_t count, void *to);

/* parse-vars.c */
int pc_vars_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);
/* Parses n bytes of a text from offset as a glob, with the draft's variables. */
int pc_glob_take(struct pc_draft *draft, const struct pc_node *node, size_t offset, size_t n,
		 struct pc_glob **ret_glob);
/* A text that is exactly `${name}` stands for the variable's values; any other for itself. */
int pc_vars_expand(struct pc_draft *draft, struct pc_node *node, struct pc_node ***ret_items,
		   uint32_t *ret_count);
/* Warns of what nothing uses, and parses it all the same. */
int pc_vars_check(struct pc_draft *draft);

/* parse-object.c: a pattern of absolute paths, checked but not resolved. */
int pc_path_take(struct pc_draft *draft, const struct pc_node *node, size_t offset, size_t n,
		 struct pc_glob **ret_glob);

/*
 * parse-links.c: what patterns are called without links. A pattern that is one path, which on this
 * host is a link, goes into links by its own name and into targets by what it leads to.
 */
struct pc_names {
	struct pc_glob_list plain, targets, links;
};
int pc_links_new(struct pc_parser *p);
int pc_links_resolve(struct pc_parser *p, const struct pc_node *node, size_t offset, size_t n,
		     const struct pc_glob *glob, struct pc_names *names);
/* Does the host say that there is no such path? */
bool pc_links_missing(struct pc_parser *p, const struct pc_glob *path);
int pc_globs_add(struct pc_arena *arena, struct pc_glob_list *list, const struct pc_glob *glob);
int pc_globs_add_all(struct pc_arena *arena, struct pc_glob_list *list,
		     const struct pc_glob_list *more);

/* Keys of policies: see struct pc_key. */
int pc_subject_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);
int pc_section_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);
int pc_include_take(struct pc_draft *draft, struct pc_node *key, struct pc_node *value, void *to);

/* parse-rule.c */
int pc_rule_take(struct pc_draft *draft, enum pc_section_id section, bool deny,
		 struct pc_node *node);
/* parse-ops.c: operations separated by commas, as a mask. */
int pc_ops_take(struct pc_parser *p, enum pc_section_id section, const struct pc_node *node,
		size_t offset, size_t n, uint32_t *ret_ops);
/* parse-section.c: defaults, once all files of a policy are read. */
int pc_sections_finish(struct pc_draft *draft);
/* parse-implied.c: adds what every policy and what a file section implies. 0 or -ENOMEM. */
int pc_sections_imply(struct pc_arena *arena, struct pc_policy *policy);
/* parse-mode.c: a mode that this version has. */
int pc_mode_take(struct pc_parser *p, struct pc_node *node, enum pc_mode *ret_mode);
/* parse-policy.c: a main file with its includes and drop-ins, added to the set; an include that no
 * policy uses; keys of an include or drop-in. */
int pc_policy_take(struct pc_parser *p, struct pc_source *source);
int pc_include_look_over(struct pc_parser *p, struct pc_source *source);
int pc_part_take(struct pc_draft *draft, struct pc_source *source);
/* parse-include.c: warns of drop-ins that belong to no policy. */
int pc_dropins_take(struct pc_draft *draft);
void pc_dropins_check(struct pc_parser *p);

#endif
