/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Patterns of paths: absolute, and without components that no canonical name has. */
#include <errno.h>
#include <string.h>

#include "parse-internal.h"

/* Where in a path a pattern can be after some of its bytes: a set of these. */
enum {
	AT_BEGINNING = 1, /* nothing yet */
	BEHIND_SLASH = 2,
	BEHIND_DOT = 4, /* the component so far is "." */
	BEHIND_DOTS = 8,
	IN_NAME = 16,
};

/* What is wrong with a pattern. */
enum { RELATIVE = 1, COMPONENT = 2 };

static uint32_t step(uint32_t at, unsigned char byte, uint32_t *wrong)
{
	uint32_t next = 0;

	if (byte == '/') {
		if (at & (BEHIND_SLASH | BEHIND_DOT | BEHIND_DOTS))
			*wrong |= COMPONENT;
		return BEHIND_SLASH;
	}
	if (at & AT_BEGINNING)
		*wrong |= RELATIVE;
	if (byte != '.')
		return IN_NAME;
	if (at & BEHIND_SLASH)
		next |= BEHIND_DOT;
	if (at & BEHIND_DOT)
		next |= BEHIND_DOTS;
	if (at & (BEHIND_DOTS | IN_NAME | AT_BEGINNING))
		next |= IN_NAME;
	return next;
}

static uint32_t walk(const struct pc_glob *glob, uint32_t at, uint32_t *wrong)
{
	for (; glob; glob = glob->next) {
		uint32_t next = 0;

		if (glob->kind == PC_GLOB_LITERAL) {
			for (uint32_t i = 0; i < glob->length; i++)
				at = step(at, glob->bytes[i], wrong);
		} else if (glob->kind == PC_GLOB_ALT) {
			for (uint32_t i = 0; i < glob->length; i++)
				next |= walk(glob->branches[i], at, wrong);
			at = next;
		} else {
			/* A wildcard stands for names; that one of them could be "." is no
			 * mistake. */
			if (at & AT_BEGINNING)
				*wrong |= RELATIVE;
			at = IN_NAME;
		}
	}
	return at;
}

static bool is_root(const struct pc_glob *glob)
{
	char path[2];

	return pc_glob_is_literal(glob) && pc_glob_prefix(glob, path, 2) == 1 && path[0] == '/';
}

int pc_path_take(struct pc_draft *draft, const struct pc_node *node, size_t offset, size_t n,
		 struct pc_glob **ret_glob)
{
	struct pc_parser *p = draft->p;
	uint32_t wrong = 0, at;
	struct pc_glob *glob;
	int r;

	r = pc_glob_take(draft, node, offset, n, &glob);
	if (r < 0)
		return r;
	at = walk(glob, AT_BEGINNING, &wrong);
	if ((at & AT_BEGINNING) || (wrong & RELATIVE)) {
		pc_error_in(p, PATH_RELATIVE, node, offset, n, "\"%.*s\" does not begin with /",
			    (int)n, node->text + offset);
		pc_hint(p, "write the whole path; `**` stands behind a /, too");
		return -EINVAL;
	}
	if ((wrong & COMPONENT) || (at & (BEHIND_DOT | BEHIND_DOTS))) {
		pc_error_in(p, PATH_COMPONENT, node, offset, n,
			    "a path with a component that is empty, `.` or `..`");
		pc_hint(p, "write the path as the file's canonical name");
		return -EINVAL;
	}
	if ((at & BEHIND_SLASH) && !is_root(glob)) {
		pc_error_in(p, PATH_COMPONENT, node, offset, n, "a path that ends with /");
		pc_hint(p, "/dir is the directory itself, /dir/** everything below it");
		return -EINVAL;
	}
	*ret_glob = glob;
	return 0;
}
