/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Globs as values: putting them together, taking them apart. */
#include "glob-internal.h"

#include <errno.h>
#include <string.h>

static int join_literals(struct pc_glob_builder *builder, const struct pc_glob *node)
{
	struct pc_glob *last = builder->last;
	unsigned char *bytes = pc_arena_alloc(builder->arena, (size_t)last->length + node->length);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, last->bytes, last->length);
	memcpy(bytes + last->length, node->bytes, node->length);
	last->bytes = bytes;
	last->length += node->length;
	return 0;
}

static bool is_star(const struct pc_glob *node)
{
	return node->kind == PC_GLOB_STAR || node->kind == PC_GLOB_GLOBSTAR;
}

int pc_glob_append(struct pc_glob_builder *builder, const struct pc_glob *node)
{
	struct pc_glob *last = builder->last;
	struct pc_glob *copy;

	if (node->kind == PC_GLOB_LITERAL && node->length == 0)
		return 0;
	if (last && last->kind == PC_GLOB_LITERAL && node->kind == PC_GLOB_LITERAL)
		return join_literals(builder, node);
	if (last && is_star(last) && is_star(node)) {
		if (node->kind == PC_GLOB_GLOBSTAR)
			last->kind = PC_GLOB_GLOBSTAR;
		return 0;
	}
	copy = pc_arena_new(builder->arena, struct pc_glob);
	if (!copy)
		return -ENOMEM;
	*copy = *node;
	copy->next = NULL;
	if (last)
		last->next = copy;
	else
		builder->first = copy;
	builder->last = copy;
	return 0;
}

int pc_glob_append_all(struct pc_glob_builder *builder, const struct pc_glob *sequence)
{
	int err;

	for (; sequence; sequence = sequence->next) {
		err = pc_glob_append(builder, sequence);
		if (err)
			return err;
	}
	return 0;
}

struct pc_glob *pc_glob_literal(struct pc_arena *arena, const void *bytes, size_t n)
{
	struct pc_glob *glob = pc_arena_new(arena, struct pc_glob);
	char *copy = pc_arena_strndup(arena, bytes ? bytes : "", n);

	if (!glob || !copy || n > UINT32_MAX)
		return NULL;
	glob->kind = PC_GLOB_LITERAL;
	glob->length = (uint32_t)n;
	glob->bytes = (const unsigned char *)copy;
	return glob;
}

struct pc_glob *pc_glob_concat(struct pc_arena *arena, const struct pc_glob *a,
			       const struct pc_glob *b)
{
	struct pc_glob_builder builder = {.arena = arena};

	if (pc_glob_append_all(&builder, a) || pc_glob_append_all(&builder, b))
		return NULL;
	return builder.first ? builder.first : pc_glob_literal(arena, NULL, 0);
}

size_t pc_glob_prefix(const struct pc_glob *glob, void *buf, size_t size)
{
	size_t n = 0;

	for (; glob && glob->kind == PC_GLOB_LITERAL && n < size; glob = glob->next) {
		size_t take = glob->length < size - n ? glob->length : size - n;

		memcpy((unsigned char *)buf + n, glob->bytes, take);
		n += take;
	}
	return n;
}

struct pc_glob *pc_glob_drop(struct pc_arena *arena, const struct pc_glob *glob, size_t n)
{
	struct pc_glob_builder builder = {.arena = arena};
	struct pc_glob shortened;

	while (glob && glob->kind == PC_GLOB_LITERAL && n >= glob->length) {
		n -= glob->length;
		glob = glob->next;
	}
	if (glob && glob->kind == PC_GLOB_LITERAL) {
		shortened = *glob;
		shortened.bytes += n;
		shortened.length -= (uint32_t)n;
		if (pc_glob_append(&builder, &shortened))
			return NULL;
		glob = glob->next;
	}
	if (pc_glob_append_all(&builder, glob))
		return NULL;
	return builder.first ? builder.first : pc_glob_literal(arena, NULL, 0);
}

int pc_glob_directory(struct pc_arena *arena, const struct pc_glob *glob,
		      const struct pc_glob **ret_directory)
{
	struct pc_glob_builder builder = {.arena = arena};
	const struct pc_glob *slash = NULL;
	struct pc_glob shortened;

	for (; glob && glob->next; glob = glob->next) {
		if (slash && pc_glob_append(&builder, slash))
			return -ENOMEM;
		slash = glob;
	}
	if (!glob || glob->kind != PC_GLOB_GLOBSTAR || !slash || slash->kind != PC_GLOB_LITERAL ||
	    slash->bytes[slash->length - 1] != '/')
		return 0;
	shortened = *slash;
	shortened.length--;
	if (pc_glob_append(&builder, &shortened))
		return -ENOMEM;
	*ret_directory = builder.first;
	return 1;
}

bool pc_glob_is_literal(const struct pc_glob *glob)
{
	while (glob && glob->kind == PC_GLOB_LITERAL)
		glob = glob->next;
	return !glob;
}
