/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parser of globs: recursive descent over the text, byte by byte. */
#include "glob-internal.h"

#include <errno.h>
#include <string.h>

#define NAME_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."

struct parser {
	struct pc_arena *arena;
	const unsigned char *text;
	size_t n;
	size_t at;
	const struct pc_glob_vars *vars;
	struct pc_glob_error *error;
	uint32_t nodes; /* of the whole tree, values of variables among them */
	uint32_t depth; /* of braces */
	uint32_t run_length;
	unsigned char run[PC_GLOB_TEXT_MAX]; /* literal bytes not yet appended */
};

static int fail(struct parser *p, size_t offset, size_t length, const char *message,
		const char *hint)
{
	*p->error = (struct pc_glob_error){
		.offset = offset,
		.length = length,
		.message = message,
		.hint = hint,
	};
	return -EINVAL;
}

static bool at_byte(const struct parser *p, size_t at, char byte)
{
	return at < p->n && p->text[at] == (unsigned char)byte;
}

static int count_node(struct parser *p, size_t offset)
{
	if (++p->nodes > PC_GLOB_NODES_MAX)
		return fail(p, offset, p->n - offset, "the pattern is too complex",
			    "write it as several patterns");
	return 0;
}

static int flush_run(struct parser *p, struct pc_glob_builder *builder)
{
	const struct pc_glob literal = {
		.kind = PC_GLOB_LITERAL,
		.length = p->run_length,
		.bytes = (const unsigned char *)pc_arena_strndup(p->arena, (const char *)p->run,
								 p->run_length),
	};
	int err;

	if (!p->run_length)
		return 0;
	err = count_node(p, p->at);
	if (err)
		return err;
	p->run_length = 0;
	return literal.bytes ? pc_glob_append(builder, &literal) : -ENOMEM;
}

static int append(struct parser *p, struct pc_glob_builder *builder, const struct pc_glob *node)
{
	int err = count_node(p, p->at);

	return err ? err : pc_glob_append(builder, node);
}

static int hex_digit(const struct parser *p, size_t at)
{
	unsigned char c = at < p->n ? p->text[at] : 0;

	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int parse_hex(struct parser *p, unsigned char *ret_byte)
{
	int high = hex_digit(p, p->at + 2);
	int low = hex_digit(p, p->at + 3);

	if (high < 0 || low < 0)
		return fail(p, p->at, p->n - p->at < 4 ? p->n - p->at : 4,
			    "`\\x` needs two hexadecimal digits", "as in \\x20, a space");
	if (!high && !low)
		return fail(p, p->at, 4, "a name cannot hold a NUL byte", NULL);
	*ret_byte = (unsigned char)(high << 4 | low);
	p->at += 4;
	return 0;
}

static bool is_punctuation(unsigned char c)
{
	return c == ' ' || (c > ' ' && c < 0x7f && !strchr(NAME_BYTES, c)) || c == '-' ||
	       c == '.' || c == '_';
}

/* At a backslash. */
static int parse_escape(struct parser *p, unsigned char *ret_byte)
{
	unsigned char c;

	if (p->at + 1 >= p->n)
		return fail(p, p->at, 1, "the backslash at the end escapes nothing",
			    "write \\\\ for a backslash itself");
	c = p->text[p->at + 1];
	if (c == 'x')
		return parse_hex(p, ret_byte);
	if (!is_punctuation(c))
		return fail(p, p->at, 2, "a backslash stands before a special byte or xHH",
			    "write \\\\ for a backslash itself");
	*ret_byte = c;
	p->at += 2;
	return 0;
}

static int parse_byte(struct parser *p, unsigned char *ret_byte)
{
	if (p->text[p->at] == '\\')
		return parse_escape(p, ret_byte);
	if (!p->text[p->at])
		return fail(p, p->at, 1, "a name cannot hold a NUL byte", NULL);
	*ret_byte = p->text[p->at++];
	return 0;
}

static int parse_star(struct parser *p, struct pc_glob_builder *builder)
{
	size_t n = 1;

	while (at_byte(p, p->at + n, '*'))
		n++;
	if (n > 2)
		return fail(p, p->at, n, "more than two stars in a row",
			    "`*` stays inside one directory, `**` crosses `/`");
	p->at += n;
	return append(p, builder,
		      &(struct pc_glob){.kind = n == 2 ? PC_GLOB_GLOBSTAR : PC_GLOB_STAR});
}

static int parse_any(struct parser *p, struct pc_glob_builder *builder)
{
	p->at++;
	return append(p, builder, &(struct pc_glob){.kind = PC_GLOB_ANY});
}

/* One member of a set, in p->at before the closing bracket. */
static int parse_member(struct parser *p, unsigned char *ret_byte)
{
	size_t at = p->at;
	int err;

	if (at_byte(p, at, '['))
		return fail(p, at, 1,
			    at_byte(p, at + 1, ':') ? "character classes are not supported"
						    : "a bracket inside a set",
			    at_byte(p, at + 1, ':') ? "write the ranges, as in [a-zA-Z]"
						    : "write \\[ for the byte itself");
	if (p->text[at] >= 0x80)
		return fail(p, at, 1,
			    "a set holds single bytes, this is part of a longer character",
			    "write the characters as alternatives: {a,b}");
	err = parse_byte(p, ret_byte);
	if (err)
		return err;
	if (*ret_byte == '/')
		return fail(p, at, p->at - at, "a set cannot hold `/`",
			    "write alternatives instead: {/,x}");
	return 0;
}

/* A member or a range; adds what it stands for. */
static int parse_range(struct parser *p, uint64_t *set)
{
	unsigned char first, last;
	size_t at = p->at;
	int err = parse_member(p, &first);

	if (err)
		return err;
	last = first;
	if (at_byte(p, p->at, '-') && p->at + 1 < p->n && !at_byte(p, p->at + 1, ']')) {
		p->at++;
		err = parse_member(p, &last);
		if (err)
			return err;
		if (last < first)
			return fail(p, at, p->at - at, "the range is reversed",
				    "the smaller byte comes first, as in [a-z]");
	}
	for (unsigned int byte = first; byte <= last; byte++)
		pc_set_add(set, byte);
	return 0;
}

static int parse_members(struct parser *p, size_t open, uint64_t *set)
{
	int err;

	if (at_byte(p, p->at, ']'))
		return fail(p, open, p->at + 1 - open, "the set is empty",
			    "write \\] for a closing bracket in a set");
	while (p->at < p->n && !at_byte(p, p->at, ']')) {
		err = parse_range(p, set);
		if (err)
			return err;
	}
	if (p->at == p->n)
		return fail(p, open, p->n - open, "the set is not closed",
			    "write \\[ for the byte itself");
	p->at++;
	return 0;
}

static int parse_set(struct parser *p, struct pc_glob_builder *builder)
{
	uint64_t *set = pc_arena_array(p->arena, uint64_t, PC_SET_WORDS);
	size_t open = p->at++;
	bool negated = at_byte(p, p->at, '!');
	int err;

	if (!set)
		return -ENOMEM;
	if (at_byte(p, p->at, '^'))
		return fail(p, p->at, 1, "a set is negated with `!`",
			    "write [!a-z]; or \\^ for the byte itself");
	p->at += negated;
	err = parse_members(p, open, set);
	if (err)
		return err;
	for (int w = 0; negated && w < PC_SET_WORDS; w++)
		set[w] = ~set[w];
	pc_set_drop(set, '/');
	pc_set_drop(set, 0);
	if (!(set[0] | set[1] | set[2] | set[3]))
		return fail(p, open, p->at - open, "the set matches nothing", NULL);
	return append(p, builder, &(struct pc_glob){.kind = PC_GLOB_SET, .set = set});
}

static int parse_sequence(struct parser *p, struct pc_glob **ret_glob);

/* Appends one of several sequences; a single one is part of the sequence around it. */
static int append_branches(struct parser *p, struct pc_glob_builder *builder,
			   struct pc_glob **branches, uint32_t n)
{
	const struct pc_glob node = {.kind = PC_GLOB_ALT, .length = n, .branches = branches};

	return n == 1 ? pc_glob_append_all(builder, branches[0]) : append(p, builder, &node);
}

static int parse_branches(struct parser *p, size_t open, struct pc_glob ***ret_branches,
			  uint32_t *ret_n)
{
	struct pc_glob **branches = NULL, **branch;
	uint32_t n = 0;
	int err;

	do {
		p->at++; /* the brace or comma */
		err = count_node(p, open);
		if (err)
			return err;
		branch = pc_arena_push(p->arena, &branches, &n);
		if (!branch)
			return -ENOMEM;
		err = parse_sequence(p, branch);
		if (err)
			return err;
	} while (at_byte(p, p->at, ','));
	if (p->at == p->n)
		return fail(p, open, p->n - open, "the brace is not closed",
			    "write \\{ for the byte itself");
	p->at++;
	*ret_branches = branches;
	*ret_n = n;
	return 0;
}

static int parse_braces(struct parser *p, struct pc_glob_builder *builder)
{
	struct pc_glob **branches;
	size_t open = p->at;
	uint32_t n;
	int err;

	if (at_byte(p, open + 1, '}'))
		return fail(p, open, 2, "the braces are empty",
			    "write \\{\\} for the bytes themselves");
	if (p->depth == PC_GLOB_DEPTH_MAX)
		return fail(p, open, 1, "braces nested deeper than 16", NULL);
	p->depth++;
	err = parse_branches(p, open, &branches, &n);
	if (err)
		return err;
	p->depth--;
	return append_branches(p, builder, branches, n);
}

/* Counts a value's nodes and levels against what is left; false when it is too large. */
static bool value_fits(struct parser *p, const struct pc_glob *glob, uint32_t depth)
{
	for (; glob; glob = glob->next) {
		if (++p->nodes > PC_GLOB_NODES_MAX || depth > PC_GLOB_DEPTH_MAX)
			return false;
		for (uint32_t i = 0; glob->kind == PC_GLOB_ALT && i < glob->length; i++) {
			if (++p->nodes > PC_GLOB_NODES_MAX ||
			    !value_fits(p, glob->branches[i], depth + 1))
				return false;
		}
	}
	return true;
}

static int append_values(struct parser *p, struct pc_glob_builder *builder, size_t open,
			 struct pc_glob **values, uint32_t n)
{
	if (!n)
		return fail(p, open, p->at - open, "the variable has no values", NULL);
	for (uint32_t i = 0; i < n; i++) {
		if (!value_fits(p, values[i], p->depth + (n > 1)))
			return fail(p, open, p->at - open, "the pattern is too complex",
				    "the variable's values do not fit here");
	}
	return append_branches(p, builder, values, n);
}

static int parse_variable(struct parser *p, struct pc_glob_builder *builder)
{
	struct pc_glob **values = NULL;
	size_t open = p->at, name = open + 2, end = name;
	uint32_t n = 0;
	int err;

	if (!at_byte(p, open + 1, '{'))
		return fail(p, open, 1, "`$` begins a variable, ${name}",
			    "write \\$ for the byte itself");
	while (end < p->n && p->text[end] && strchr(NAME_BYTES, p->text[end]))
		end++;
	if (end == p->n)
		return fail(p, open, end - open, "the variable's brace is not closed", NULL);
	if (end == name || p->text[end] != '}')
		return fail(p, open, end + 1 - open, "this is not a variable's name",
			    "names are made of letters, digits, `_`, `-` and `.`");
	p->at = end + 1;
	err = !p->vars ? -ENOENT
		       : p->vars->lookup(p->vars->context, (const char *)p->text + name, end - name,
					 &values, &n);
	if (err == -ENOENT)
		return fail(p, open, p->at - open,
			    p->vars ? "unknown variable" : "variables cannot be used here",
			    p->vars ? "define it under vars:" : NULL);
	return err ? err : append_values(p, builder, open, values, n);
}

static int parse_literal(struct parser *p)
{
	if (p->text[p->at] == '}')
		return fail(p, p->at, 1, "no brace is open here", "write \\} for the byte itself");
	if (p->text[p->at] == ']')
		return fail(p, p->at, 1, "no bracket is open here",
			    "write \\] for the byte itself");
	return parse_byte(p, &p->run[p->run_length++]);
}

static int parse_item(struct parser *p, struct pc_glob_builder *builder)
{
	int err;

	if (!p->text[p->at] || !strchr("*?[{$", p->text[p->at]))
		return parse_literal(p);
	err = flush_run(p, builder);
	if (err)
		return err;
	switch (p->text[p->at]) {
	case '*':
		return parse_star(p, builder);
	case '?':
		return parse_any(p, builder);
	case '[':
		return parse_set(p, builder);
	case '{':
		return parse_braces(p, builder);
	default:
		return parse_variable(p, builder);
	}
}

/* Up to the end of the text or, inside braces, up to the next comma or brace. */
static int parse_sequence(struct parser *p, struct pc_glob **ret_glob)
{
	struct pc_glob_builder builder = {.arena = p->arena};
	int err;

	while (p->at < p->n) {
		if (p->depth && (p->text[p->at] == ',' || p->text[p->at] == '}'))
			break;
		err = parse_item(p, &builder);
		if (err)
			return err;
	}
	err = flush_run(p, &builder);
	if (err)
		return err;
	*ret_glob = builder.first;
	return 0;
}

int pc_glob_parse(struct pc_arena *arena, const char *text, size_t n,
		  const struct pc_glob_vars *vars, struct pc_glob **ret_glob,
		  struct pc_glob_error *error)
{
	struct parser p;

	p.arena = arena;
	p.text = (const unsigned char *)text;
	p.n = n;
	p.at = 0;
	p.vars = vars;
	p.error = error;
	p.nodes = 0;
	p.depth = 0;
	p.run_length = 0;
	if (!n)
		return fail(&p, 0, 0, "the pattern is empty", NULL);
	if (n > PC_GLOB_TEXT_MAX)
		return fail(&p, PC_GLOB_TEXT_MAX, n - PC_GLOB_TEXT_MAX,
			    "the pattern is longer than 4096 bytes", NULL);
	return parse_sequence(&p, ret_glob);
}
