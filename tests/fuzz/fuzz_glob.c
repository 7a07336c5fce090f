/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Any text: the parser accepts it and prints it so that it parses back to the same, or points at a
 * mistake inside it. */
#include <errno.h>
#include <string.h>

#include "glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

/* ${a} is one value, ${b} two, anything else unknown. */
static int lookup(void *context, const char *name, size_t length, struct pc_glob ***ret_values,
		  uint32_t *ret_n)
{
	struct pc_arena *arena = context;
	struct pc_glob **values = pc_arena_array(arena, struct pc_glob *, 2);
	struct pc_glob_error error;

	if (length != 1 || (*name != 'a' && *name != 'b'))
		return -ENOENT;
	EXPECT(!pc_glob_parse(arena, "*x", 2, NULL, &values[0], &error));
	EXPECT(!pc_glob_parse(arena, "{y,**}", 6, NULL, &values[1], &error));
	*ret_values = values;
	*ret_n = *name == 'a' ? 1 : 2;
	return 0;
}

static void expect_equal(const struct pc_glob *a, const struct pc_glob *b)
{
	for (; a && b; a = a->next, b = b->next) {
		EXPECT(a->kind == b->kind && a->length == b->length);
		if (a->kind == PC_GLOB_LITERAL)
			EXPECT(!memcmp(a->bytes, b->bytes, a->length));
		if (a->kind == PC_GLOB_SET)
			EXPECT(!memcmp(a->set, b->set, 4 * sizeof(*a->set)));
		for (uint32_t i = 0; a->kind == PC_GLOB_ALT && i < a->length; i++)
			expect_equal(a->branches[i], b->branches[i]);
	}
	EXPECT(!a && !b);
}

static void expect_round_trip(struct pc_arena *arena, const struct pc_glob *glob)
{
	char *text = pc_glob_text(arena, glob);
	struct pc_glob_error error;
	struct pc_glob *again;
	size_t n = strlen(text);

	/* Escapes can make the text longer than the parser takes. */
	if (n > 4096 || !n)
		return;
	EXPECT(!pc_glob_parse(arena, text, n, NULL, &again, &error));
	expect_equal(glob, again);
	EXPECT(!strcmp(text, pc_glob_text(arena, again)));
}

static void expect_sense(struct pc_arena *arena, const struct pc_glob *glob, const void *path,
			 size_t n)
{
	unsigned char prefix[64];
	size_t prefix_n = pc_glob_prefix(glob, prefix, sizeof(prefix));
	const struct pc_glob *rest = pc_glob_drop(arena, glob, prefix_n);

	if (pc_glob_match(glob, path, n)) {
		EXPECT(n >= prefix_n && !memcmp(path, prefix, prefix_n));
		EXPECT(pc_glob_match(rest, (const char *)path + prefix_n, n - prefix_n));
	}
	if (pc_glob_is_literal(glob) && prefix_n < sizeof(prefix))
		EXPECT(pc_glob_match(glob, prefix, prefix_n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pc_arena arena = {0};
	const struct pc_glob_vars vars = {.lookup = lookup, .context = &arena};
	struct pc_glob_error error = {0};
	struct pc_glob *glob;
	int err = pc_glob_parse(&arena, (const char *)data, size, &vars, &glob, &error);

	if (err) {
		EXPECT(err == -EINVAL && error.message);
		EXPECT(error.offset <= size && error.length <= size - error.offset);
	} else {
		expect_round_trip(&arena, glob);
		expect_sense(&arena, glob, data, size);
	}
	pc_arena_free(&arena);
	return 0;
}
