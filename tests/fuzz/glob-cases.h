/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random globs and paths over a small alphabet, and packed automata held against the reference. */
#ifndef PC_GLOB_CASES_H
#define PC_GLOB_CASES_H

#include <stdio.h>
#include <string.h>

#include "dfa.h"

#define CASE_GLOBS_MAX 8u
#define CASE_PATH_MAX 24u
#define CASE_TEXT_MAX 512u

/* xorshift64*: the same cases from the same seed, everywhere. */
struct case_random {
	uint64_t state;
};

static inline uint32_t case_below(struct case_random *random, uint32_t n)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (uint32_t)((random->state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

struct case_text {
	char bytes[CASE_TEXT_MAX];
	size_t n;
};

static inline void case_put(struct case_text *text, const char *bytes)
{
	size_t n = strlen(bytes);

	if (text->n + n < sizeof(text->bytes)) {
		memcpy(text->bytes + text->n, bytes, n);
		text->n += n;
	}
}

static inline void case_put_one_of(struct case_random *random, struct case_text *text,
				   const char *const *list, uint32_t n)
{
	case_put(text, list[case_below(random, n)]);
}

/* Text of a glob; it may still be one the parser refuses (`**` next to `*`). */
static inline void case_glob(struct case_random *random, struct case_text *text, uint32_t depth)
{
	static const char *const literals[] = {"a", "b", "/", "ab", "/a", "a/", ".", "b/a"};
	static const char *const wild[] = {"?", "*", "**", "[ab]", "[!a]", "[a-b.]", "**/", "/*"};
	uint32_t elements = 1 + case_below(random, depth ? 3 : 5);

	for (uint32_t i = 0; i < elements; i++) {
		uint32_t kind = case_below(random, 10);

		if (kind < 5) {
			case_put_one_of(random, text, literals, 8);
		} else if (kind < 9 || depth == 3) {
			case_put_one_of(random, text, wild, 8);
		} else {
			uint32_t branches = 1 + case_below(random, 3);

			for (uint32_t b = 0; b < branches; b++) {
				case_put(text, b ? "," : "{");
				if (b || case_below(random, 3))
					case_glob(random, text, depth + 1);
				else
					case_put(text, branches > 1 ? "" : "a");
			}
			case_put(text, "}");
		}
	}
}

struct case_path {
	unsigned char bytes[CASE_PATH_MAX];
	uint32_t n;
};

static inline void case_path_put(struct case_path *path, unsigned char byte)
{
	if (path->n < CASE_PATH_MAX)
		path->bytes[path->n++] = byte;
}

static inline void case_path_random(struct case_random *random, struct case_path *path,
				    uint32_t max)
{
	/* One byte in eight is none the globs speak of. */
	static const unsigned char alphabet[] = "ab/a/b.c";
	uint32_t n = case_below(random, max + 1);

	while (n--)
		case_path_put(path, alphabet[case_below(random, 8)]);
}

/* A path the glob is likely to match. */
static inline void case_path_from(struct case_random *random, struct case_path *path,
				  const struct pc_glob *glob)
{
	for (; glob; glob = glob->next) {
		switch (glob->kind) {
		case PC_GLOB_LITERAL:
			for (uint32_t i = 0; i < glob->length; i++)
				case_path_put(path, glob->bytes[i]);
			break;
		case PC_GLOB_ALT:
			case_path_from(random, path,
				       glob->branches[case_below(random, glob->length)]);
			break;
		case PC_GLOB_STAR:
		case PC_GLOB_GLOBSTAR:
			case_path_random(random, path, 3);
			break;
		case PC_GLOB_ANY:
		case PC_GLOB_SET:
			case_path_put(path, (unsigned char)"ab.c"[case_below(random, 4)]);
			break;
		}
	}
}

struct case_globs {
	const struct pc_glob *globs[CASE_GLOBS_MAX];
	uint32_t tags[CASE_GLOBS_MAX]; /* below 32 */
	uint32_t n;
};

static inline int case_globs_random(struct case_random *random, struct pc_arena *arena,
				    struct case_globs *globs)
{
	uint32_t n = 1 + case_below(random, CASE_GLOBS_MAX);

	globs->n = 0;
	while (globs->n < n) {
		struct case_text text = {.n = 0};
		struct pc_glob_error error;
		struct pc_glob *glob;

		case_glob(random, &text, 0);
		if (pc_glob_parse(arena, text.bytes, text.n, NULL, &glob, &error))
			continue;
		globs->globs[globs->n] = glob;
		globs->tags[globs->n++] = case_below(random, 6);
	}
	return 0;
}

static inline int case_build(const struct case_globs *globs, const struct pc_dfa_limits *limits,
			     struct pc_dfa_result *ret_result)
{
	PC_CLEANUP(pc_dfa_freep) struct pc_dfa *dfa = NULL;
	int err = pc_dfa_new(limits, &dfa);

	for (uint32_t i = 0; i < globs->n && !err; i++)
		err = pc_dfa_add(dfa, globs->globs[i], globs->tags[i]);
	return err ? err : pc_dfa_build(dfa, ret_result);
}

/* The tags of an automaton's class, as bits. */
static inline uint32_t case_class_tags(const struct pc_dfa_automaton *a, uint32_t class)
{
	uint32_t tags = 0;

	if (class >= a->classes)
		return UINT32_MAX; /* nonsense agrees with nothing */
	for (uint32_t t = a->first_tag[class]; t < a->first_tag[class + 1]; t++)
		tags |= 1u << a->tags[t];
	return tags;
}

static inline uint32_t case_start(const struct pc_dfa_automaton *a)
{
	return ((const struct pc_automaton_header *)(const void *)a->cells)->start;
}

/* The tags the automata give a path, as bits. */
static inline uint32_t case_packed_tags(const struct pc_dfa_result *result, const void *path,
					size_t n)
{
	uint32_t tags = 0;

	for (uint32_t i = 0; i < result->count; i++) {
		const struct pc_dfa_automaton *a = &result->automata[i];
		const struct pc_automaton view = {.cells = a->cells, .mask = UINT32_MAX};
		uint32_t state = pc_automaton_run(&view, case_start(a), path, n);

		tags |= case_class_tags(a, pc_automaton_accepts(&view, state));
	}
	return tags;
}

static inline uint32_t case_reference_tags(const struct case_globs *globs, const void *path,
					   size_t n)
{
	uint32_t tags = 0;

	for (uint32_t i = 0; i < globs->n; i++) {
		if (pc_glob_match(globs->globs[i], path, n))
			tags |= 1u << globs->tags[i];
	}
	return tags;
}

static inline bool case_agrees(const struct case_globs *globs, const struct pc_dfa_result *result,
			       const struct case_path *path)
{
	return case_packed_tags(result, path->bytes, path->n) ==
	       case_reference_tags(globs, path->bytes, path->n);
}

/* A random path, half of them made from one of the globs. */
static inline struct case_path case_path_for(struct case_random *random,
					     const struct case_globs *globs)
{
	struct case_path path = {.n = 0};

	if (case_below(random, 2))
		case_path_from(random, &path, globs->globs[case_below(random, globs->n)]);
	else
		case_path_random(random, &path, CASE_PATH_MAX);
	return path;
}

/* What a case was, to whoever has to find out why it failed. */
static inline void case_print(const struct case_globs *globs, const void *path, size_t n)
{
	struct pc_arena arena = {0};

	for (uint32_t i = 0; i < globs->n; i++)
		fprintf(stderr, "tag %u: %s\n", globs->tags[i],
			pc_glob_text(&arena, globs->globs[i]));
	fprintf(stderr, "path: %.*s\n", (int)n, (const char *)path);
	pc_arena_free(&arena);
}

#endif
