/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From libyaml's events to a tree; refuses what our subset of YAML leaves out. */
#include <errno.h>
#include <string.h>
#include <yaml.h>

#include "parse-internal.h"

struct builder {
	struct pc_parser *p;
	struct pc_source *source;
	yaml_parser_t yaml;
	struct pc_node *open[PC_NESTING_MAX];
	uint32_t depth;
	uint32_t flow; /* depth below which everything is inside [ ] or { }; 0: nowhere */
	uint32_t documents;
	uint32_t refused_line; /* where something was refused last: its consequences are not told */
	size_t mark, offset;   /* a character's index and its byte, to count on from */
};

/* The byte where a character is: marks count characters. */
static size_t byte_of(struct builder *b, size_t mark)
{
	const char *bytes = b->source->text->bytes;
	size_t size = b->source->text->size;

	while (b->mark < mark && b->offset < size) {
		do
			b->offset++;
		while (b->offset < size && ((unsigned char)bytes[b->offset] & 0xc0) == 0x80);
		b->mark++;
	}
	while (b->mark > mark && b->offset > 0) {
		do
			b->offset--;
		while (b->offset > 0 && ((unsigned char)bytes[b->offset] & 0xc0) == 0x80);
		b->mark--;
	}
	return b->offset;
}

static struct pc_loc loc_of(struct builder *b, const yaml_mark_t *mark)
{
	const struct pc_source *source = b->source;
	uint32_t line = (uint32_t)mark->line;
	size_t offset = byte_of(b, mark->index);

	if (line >= source->line_count)
		line = source->line_count - 1;
	if (offset < source->lines[line])
		offset = source->lines[line];
	return (struct pc_loc){source->file, line + 1, (uint32_t)(offset - source->lines[line]) + 1,
			       1};
}

/* The byte behind the last of a line, without its line break. */
static size_t line_end(const struct pc_source *source, uint32_t line)
{
	size_t end = line < source->line_count ? source->lines[line] - 1 : source->text->size;

	if (end > source->lines[line - 1] && source->text->bytes[end - 1] == '\r')
		end--;
	return end;
}

static struct pc_node *node_new(struct builder *b, enum pc_node_kind kind,
				const yaml_event_t *event)
{
	struct pc_node *node = pc_arena_new(&b->p->scratch, struct pc_node);
	struct pc_loc begin = loc_of(b, &event->start_mark);
	size_t end;

	if (!node)
		return NULL;
	node->kind = kind;
	node->source = b->source;
	node->line = begin.line;
	node->column = begin.column;
	node->length = 1;
	node->offset = b->source->lines[begin.line - 1] + begin.column - 1;
	if (kind != PC_NODE_TEXT)
		return node;
	end = byte_of(b, event->end_mark.index);
	node->multiline = event->end_mark.line != event->start_mark.line;
	if (node->multiline)
		end = line_end(b->source, node->line);
	if (end > node->offset)
		node->length = (uint32_t)(end - node->offset);
	return node;
}

#define refuse(b, code, node, ...)                                                                 \
	do {                                                                                       \
		pc_error((b)->p, code, (node), __VA_ARGS__);                                       \
		(node)->bad = true;                                                                \
		(b)->refused_line = (node)->line;                                                  \
	} while (0)

static bool is_null(const struct pc_node *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	if (node->kind != PC_NODE_TEXT || node->style != PC_STYLE_PLAIN)
		return false;
	for (size_t i = 0; i < PC_ARRAY_SIZE(nulls); i++)
		if (!strcmp(node->text, nulls[i]))
			return true;
	return false;
}

static void check_text(struct builder *b, struct pc_node *node)
{
	size_t offset, length;
	const char *what;

	if (node->style == PC_STYLE_PLAIN && node->multiline) {
		refuse(b, TWO_LINES, node, "a text without quotes runs over several lines");
		pc_hint(b->p, "begin each item with \"- \", or put the text in single quotes");
	} else if (node->style == PC_STYLE_PLAIN && b->flow &&
		   node->text[strcspn(node->text, " \t,:{}[]$@*&")]) {
		refuse(b, FLOW_UNQUOTED, node,
		       "an item inside [ ] or { } with a space or one of , : { } [ ] $ @ * & "
		       "needs quotes");
		pc_hint(b->p, "put it in single quotes, or write one item to a line with \"- \"");
	} else if (pc_find_forbidden(node->text, node->n, &offset, &length, &what)) {
		refuse(b, CONTROL, node, "%s, written as an escape", what);
		pc_hint(b->p, "in a path, in single quotes or none, write any byte as \\xHH");
	}
}

static void check_anchor_and_tag(struct builder *b, struct pc_node *node, const yaml_char_t *anchor,
				 const yaml_char_t *tag)
{
	if (anchor) {
		refuse(b, ANCHOR, node, "\"&%s\" would name this value (a YAML anchor)",
		       (const char *)anchor);
		pc_hint(b->p, "write the value where it is needed, or use `vars:`; "
			      "a text that begins with & needs single quotes");
	}
	if (tag) {
		refuse(b, TAG, node, "\"%s\" would give this value a type (a YAML tag)",
		       (const char *)tag);
		pc_hint(b->p, "leave it out; a text that begins with ! needs single quotes");
	}
}

static struct pc_node *text_node(struct builder *b, const yaml_event_t *event)
{
	static const enum pc_node_style styles[] = {
		[YAML_ANY_SCALAR_STYLE] = PC_STYLE_PLAIN,
		[YAML_PLAIN_SCALAR_STYLE] = PC_STYLE_PLAIN,
		[YAML_SINGLE_QUOTED_SCALAR_STYLE] = PC_STYLE_SINGLE,
		[YAML_DOUBLE_QUOTED_SCALAR_STYLE] = PC_STYLE_DOUBLE,
		[YAML_LITERAL_SCALAR_STYLE] = PC_STYLE_BLOCK,
		[YAML_FOLDED_SCALAR_STYLE] = PC_STYLE_BLOCK,
	};
	struct pc_node *node = node_new(b, PC_NODE_TEXT, event);

	if (!node)
		return NULL;
	node->style = styles[event->data.scalar.style];
	node->n = (uint32_t)event->data.scalar.length;
	node->text = pc_arena_strndup(&b->p->scratch, (const char *)event->data.scalar.value,
				      event->data.scalar.length);
	if (!node->text)
		return NULL;
	check_anchor_and_tag(b, node, event->data.scalar.anchor, event->data.scalar.tag);
	if (!node->bad)
		check_text(b, node);
	return node;
}

static struct pc_node *alias_node(struct builder *b, const yaml_event_t *event)
{
	struct pc_node *node = node_new(b, PC_NODE_TEXT, event);

	if (!node)
		return NULL;
	node->text = "";
	refuse(b, ALIAS, node, "\"*%s\" would repeat a value (a YAML alias)",
	       (const char *)event->data.alias.anchor);
	pc_hint(b->p, "paths begin with /; a text that begins with * needs single quotes");
	return node;
}

/* A key has no value: told at the key; an item without text: where it stands. */
static void check_null(struct builder *b, struct pc_node *parent, struct pc_node *node)
{
	struct pc_node *key;

	if (node->bad || !is_null(node))
		return;
	if (parent->kind == PC_NODE_LIST) {
		refuse(b, NO_VALUE, node, "an item without a text");
		pc_hint(b->p, "write the item behind \"- \"; the word itself needs quotes");
	} else if (parent->count % 2 == 0) {
		refuse(b, NO_VALUE, node, "a value without a key");
		pc_hint(b->p, "write \"key: value\"");
	} else {
		key = parent->items[parent->count - 1];
		refuse(b, NO_VALUE, key, "\"%s:\" has no value", key->text);
		pc_hint(b->p, "write [] for an empty list, or leave the key out");
		node->bad = true;
	}
}

static int attach(struct builder *b, struct pc_node *node)
{
	struct pc_node *parent = b->depth ? b->open[b->depth - 1] : NULL;
	struct pc_node **slot;

	if (!node)
		return -ENOMEM;
	if (!parent) {
		b->source->root = node;
		return 0;
	}
	check_null(b, parent, node);
	if (parent->kind == PC_NODE_MAP && parent->count % 2 == 0 && node->kind != PC_NODE_TEXT &&
	    !node->bad) {
		refuse(b, KEY_KIND, node, "%s as a key", pc_kind_name(node->kind));
		pc_hint(b->p, "a key is a text; a value that begins with [ or { needs quotes");
	}
	slot = pc_arena_push(&b->p->scratch, &parent->items, &parent->count);
	if (!slot)
		return -ENOMEM;
	*slot = node;
	return 0;
}

/* -E2BIG: nested too deep; the rest of the text is not read. */
static int open_node(struct builder *b, enum pc_node_kind kind, const yaml_event_t *event,
		     const yaml_char_t *anchor, const yaml_char_t *tag, bool flow)
{
	struct pc_node *node = node_new(b, kind, event);
	int r;

	if (!node)
		return -ENOMEM;
	check_anchor_and_tag(b, node, anchor, tag);
	if (b->depth == PC_NESTING_MAX) {
		refuse(b, NESTING, node, "nested more than %d levels deep", PC_NESTING_MAX);
		return -E2BIG;
	}
	r = attach(b, node);
	if (r < 0)
		return r;
	b->open[b->depth++] = node;
	if (flow && !b->flow)
		b->flow = b->depth;
	return 0;
}

static int compare_keys(const void *left, const void *right)
{
	const struct pc_node *a = *(struct pc_node *const *)left;
	const struct pc_node *b = *(struct pc_node *const *)right;
	int order = strcmp(a->text, b->text);

	return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

/* A key that stands twice: told at the later one, whose value is then left alone. */
static int check_keys(struct builder *b, const struct pc_node *map)
{
	struct pc_node **keys = pc_arena_array(&b->p->scratch, struct pc_node *, map->count / 2);
	uint32_t n = 0;

	if (!keys)
		return -ENOMEM;
	for (uint32_t i = 0; i + 1 < map->count; i += 2)
		if (map->items[i]->kind == PC_NODE_TEXT)
			keys[n++] = map->items[i];
	if (n)
		qsort(keys, n, sizeof(struct pc_node *), compare_keys);
	for (uint32_t i = 1; i < n; i++) {
		if (strcmp(keys[i]->text, keys[i - 1]->text) != 0 || keys[i]->bad)
			continue;
		refuse(b, KEY_TWICE, keys[i], "\"%s\" stands here for the second time",
		       keys[i]->text);
		pc_hint(b->p, "the first is in line %u: put both together", keys[i - 1]->line);
	}
	return 0;
}

static int close_node(struct builder *b)
{
	struct pc_node *node = b->open[b->depth - 1];

	if (b->flow == b->depth)
		b->flow = 0;
	b->depth--;
	return node->kind == PC_NODE_MAP ? check_keys(b, node) : 0;
}

/* -E2BIG at a second document: it is not read. */
static int begin_document(struct builder *b, const yaml_event_t *event)
{
	struct pc_loc loc = loc_of(b, &event->start_mark);

	if (b->documents++) {
		pc_report(b->p, PC_ERROR, PC_CODE_DOCUMENT, b->source, &loc,
			  "a second document begins here");
		pc_hint(b->p, "one policy to a file: take out the \"---\"");
		return -E2BIG;
	}
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end) {
		pc_report(b->p, PC_ERROR, PC_CODE_DIRECTIVE, b->source, &loc,
			  "a line that begins with %% is a YAML directive");
		pc_hint(b->p, "leave it out");
	}
	return 0;
}

static int take_event(struct builder *b, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return begin_document(b, event);
	case YAML_SCALAR_EVENT:
		return attach(b, text_node(b, event));
	case YAML_ALIAS_EVENT:
		return attach(b, alias_node(b, event));
	case YAML_SEQUENCE_START_EVENT:
		return open_node(b, PC_NODE_LIST, event, event->data.sequence_start.anchor,
				 event->data.sequence_start.tag,
				 event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
	case YAML_MAPPING_START_EVENT:
		return open_node(b, PC_NODE_MAP, event, event->data.mapping_start.anchor,
				 event->data.mapping_start.tag,
				 event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_node(b);
	default:
		return 0;
	}
}

static int syntax_error(struct builder *b)
{
	const yaml_parser_t *yaml = &b->yaml;
	struct pc_syntax syntax = {
		.problem = yaml->problem ? yaml->problem : "unknown problem",
		.context = yaml->context ? yaml->context : "",
		.place = loc_of(b, &yaml->problem_mark),
	};
	size_t offset = b->source->lines[syntax.place.line - 1] + syntax.place.column - 1;

	if (yaml->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (b->refused_line && b->refused_line == syntax.place.line)
		return -EINVAL;
	if (yaml->context)
		syntax.beginning = loc_of(b, &yaml->context_mark);
	if (offset < b->source->text->size)
		syntax.byte = (unsigned char)b->source->text->bytes[offset];
	pc_syntax_report(b->p, b->source, &syntax);
	return -EINVAL;
}

/* Reads events to the end, or to where reading on makes no sense: then -EINVAL or -E2BIG. */
static int build(struct builder *b)
{
	yaml_event_t event;
	bool end = false;
	int r = 0;

	while (!end && r == 0) {
		if (!yaml_parser_parse(&b->yaml, &event))
			return syntax_error(b);
		end = event.type == YAML_STREAM_END_EVENT;
		r = take_event(b, &event);
		yaml_event_delete(&event);
	}
	return r;
}

/* What was open when the text broke off may miss a value; keys twice are found all the same. */
static int close_broken(struct builder *b)
{
	int r = 0;

	while (b->depth > 0 && r == 0) {
		struct pc_node *node = b->open[b->depth - 1];

		if (node->kind == PC_NODE_MAP && node->count % 2)
			node->count--;
		if (b->flow && b->depth >= b->flow) /* that it breaks off has been told */
			node->bad = true;
		r = close_node(b);
	}
	return r;
}

static void check_root(struct pc_parser *p, struct pc_source *source)
{
	struct pc_loc loc = {.file = source->file};

	if (source->root && (source->root->kind != PC_NODE_TEXT || !is_null(source->root)))
		return;
	source->root = NULL;
	if (source->broken)
		return;
	pc_report(p, PC_ERROR, PC_CODE_EMPTY, source, &loc, "the file says nothing");
	pc_hint(p, "a policy begins with \"portcullis: 1\"; to disable a file, link its name in a "
		   "stronger folder to /dev/null");
}

int pc_yaml_read(struct pc_parser *p, struct pc_source *source)
{
	struct builder b = {.p = p, .source = source};
	int r;

	r = pc_source_check(p, source);
	if (r == -EINVAL)
		source->broken = true;
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (!yaml_parser_initialize(&b.yaml))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.yaml, (const unsigned char *)source->text->bytes,
				     source->text->size);
	r = build(&b);
	yaml_parser_delete(&b.yaml);
	if (r == -EINVAL || r == -E2BIG) {
		source->broken = true;
		r = close_broken(&b);
	}
	if (r == 0)
		check_root(p, source);
	return r;
}
