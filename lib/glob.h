/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Globs of the policy language: parsed form, slow reference matcher, questions about the language.
 */
#ifndef PC_GLOB_H
#define PC_GLOB_H

#include "util.h"

enum pc_glob_kind {
	PC_GLOB_LITERAL,  /* bytes */
	PC_GLOB_ANY,	  /* `?`: one byte that is not '/' */
	PC_GLOB_STAR,	  /* `*`: any bytes without '/' */
	PC_GLOB_GLOBSTAR, /* `**`: any bytes */
	PC_GLOB_SET,	  /* `[a-z]`, `[!a-z]`: one byte of a set that never holds '/' or NUL */
	PC_GLOB_ALT,	  /* `{a,b}` and list variables: one of several sequences */
};

/* A glob is a sequence (linked through next) of nodes. */
struct pc_glob {
	struct pc_glob *next;
	enum pc_glob_kind kind;
	uint32_t length;	    /* LITERAL: bytes; ALT: number of branches */
	const unsigned char *bytes; /* LITERAL */
	const uint64_t *set;	    /* SET: 256 bits */
	struct pc_glob **branches;  /* ALT: each a sequence; NULL is the empty one */
};

/* What went wrong while parsing a glob: where in the text and what was expected. */
struct pc_glob_error {
	size_t offset;
	size_t length;
	const char *message; /* constant text */
	const char *hint;    /* constant text or NULL */
};

/* Looks up `${name}`: gives n parsed alternatives, or -ENOENT. A scalar variable has n == 1. */
struct pc_glob_vars {
	int (*lookup)(void *context, const char *name, size_t length, struct pc_glob ***ret_values,
		      uint32_t *ret_n);
	void *context;
};

/*
 * Parses n bytes of text into a glob living in the arena. Escapes: "\ ", "\xHH", "\" before any
 * special byte. Adjacent literals are merged. Limits: 4096 bytes, 16 levels of braces, 4096 nodes.
 * vars may be NULL (then `${` is an error). Returns 0, -EINVAL with *error filled, or -ENOMEM.
 */
int pc_glob_parse(struct pc_arena *arena, const char *text, size_t n,
		  const struct pc_glob_vars *vars, struct pc_glob **ret_glob,
		  struct pc_glob_error *error);

/* The reference: slow, obviously right. */
bool pc_glob_match(const struct pc_glob *glob, const void *path, size_t n);

/* A glob that matches exactly n literal bytes. */
struct pc_glob *pc_glob_literal(struct pc_arena *arena, const void *bytes, size_t n);
/* a then b; neither argument is changed. */
struct pc_glob *pc_glob_concat(struct pc_arena *arena, const struct pc_glob *a,
			       const struct pc_glob *b);
/* The bytes every match begins with (up to the first wildcard), copied into buf; returns their
 * number, at most size. */
size_t pc_glob_prefix(const struct pc_glob *glob, void *buf, size_t size);
/* A copy without its first n bytes, which must lie in its literal prefix; NULL when out of memory.
 */
struct pc_glob *pc_glob_drop(struct pc_arena *arena, const struct pc_glob *glob, size_t n);
/*
 * Does a glob end in a slash and two stars, and so match all that is below some directories? 1:
 * *ret_directory matches those, NULL where it is every one. 0: it does not. Or -ENOMEM.
 */
int pc_glob_directory(struct pc_arena *arena, const struct pc_glob *glob,
		      const struct pc_glob **ret_directory);
/* Can the glob match something below the directory of this name? Slow, as pc_glob_match. */
bool pc_glob_match_below(const struct pc_glob *glob, const void *path, size_t n);
/* True when the whole glob is literal, and so names one path. */
bool pc_glob_is_literal(const struct pc_glob *glob);
/* Canonical text of a glob (parses back to an equal one), for `fmt`, `show` and messages. */
char *pc_glob_text(struct pc_arena *arena, const struct pc_glob *glob);
/*
 * Is every path matched by one of a[] also matched by one of b[]? 1 yes, 0 no, -ENOMEM, or -E2BIG
 * when the question needs more than a bounded amount of work (then nothing is known).
 */
int pc_glob_subset(const struct pc_glob *const *a, uint32_t na, const struct pc_glob *const *b,
		   uint32_t nb);

#endif
