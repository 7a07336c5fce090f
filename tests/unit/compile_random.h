/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random policies, compiled, for comparing the image with the model. After <cmocka.h>. */
#ifndef PC_TEST_COMPILE_RANDOM_H
#define PC_TEST_COMPILE_RANDOM_H

#include <stdarg.h>

#include "../fuzz/glob-cases.h"
#include "compile_world.h"

/* ---- properties ---------------------------------------------------------------------------- */

static inline PC_PRINTF(2, 3) void put_format(struct case_text *text, const char *format, ...)
{
	char line[CASE_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	case_put(text, line);
}

/* An object: a pattern that begins with a slash and has no component the parser refuses. */
static inline void random_object(struct case_random *random, char *out, size_t size)
{
	static const char *const parts[] = {"/a",    "/b",     "/ab", "/*",	  "/a*",   "/?",
					    "/[ab]", "/{a,b}", "/*b", "/{a,b/a}", "/**/b", "/**/a"};
	uint32_t n = 1 + case_below(random, 3);

	out[0] = 0;
	for (uint32_t i = 0; i < n; i++)
		strncat(out, parts[case_below(random, PC_ARRAY_SIZE(parts))],
			size - strlen(out) - 1);
	if (!case_below(random, 4))
		strncat(out, "/**", size - strlen(out) - 1);
	if (!case_below(random, 12))
		snprintf(out, size, "/");
}

static inline void random_path(struct case_random *random, char *out, size_t size)
{
	static const char *const parts[] = {"/a", "/b", "/ab", "/c", "/aab", "/ba"};
	uint32_t n = case_below(random, 4);

	snprintf(out, size, "%s", n ? "" : "/");
	for (uint32_t i = 0; i < n; i++)
		strncat(out, parts[case_below(random, PC_ARRAY_SIZE(parts))],
			size - strlen(out) - 1);
}

static inline void random_rule(struct case_random *random, struct case_text *text, bool exec,
			       bool deny)
{
	static const char *const of_file[] = {"read",	"write", "read,write", "create,delete,read",
					      "modify", "all",	 "rename",     "move"};
	static const char *const of_exec[] = {"run", "map", "run,interpret", "run,interpret,map"};
	static const char *const actions[] = {"",
					      ", action: kill",
					      ", action: 'errno:ENOENT'",
					      ", mode: audit",
					      ", mode: audit, action: kill",
					      ", action: 'errno:EIO'"};
	char object[64];

	put_format(text, "    - {rule: '%s ",
		   exec ? of_exec[case_below(random, PC_ARRAY_SIZE(of_exec))]
			: of_file[case_below(random, PC_ARRAY_SIZE(of_file))]);
	random_object(random, object, sizeof(object));
	case_put(text, object);
	if (!case_below(random, 3)) {
		random_object(random, object, sizeof(object));
		put_format(text, " %s", object);
	}
	if (exec && !case_below(random, 5))
		case_put(text, " fileless");
	case_put(text, "'");
	case_put(text, deny ? actions[case_below(random, PC_ARRAY_SIZE(actions))] : "");
	case_put(text, "}\n");
}

static inline void random_section(struct case_random *random, struct case_text *text, bool exec)
{
	uint32_t allows = case_below(random, 3), denies_ = 1 + case_below(random, 3);

	put_format(text, "%s:\n", exec ? "exec" : "file");
	put_format(text, "  default: %s\n", case_below(random, 2) ? "deny" : "allow");
	if (allows)
		case_put(text, "  allow:\n");
	for (uint32_t i = 0; i < allows; i++)
		random_rule(random, text, exec, false);
	case_put(text, "  deny:\n");
	for (uint32_t i = 0; i < denies_; i++)
		random_rule(random, text, exec, true);
}

static inline void random_kernel_rule(struct case_random *random, struct case_text *text, bool deny)
{
	static const char *const ops[] = {"mount", "umount,chroot", "all", "raw-io,pivot-root",
					  "tamper"};
	static const char *const actions[] = {"", ", action: kill", ", action: 'errno:EIO'",
					      ", mode: audit"};

	put_format(text, "    - {rule: '%s'%s}\n", ops[case_below(random, PC_ARRAY_SIZE(ops))],
		   deny ? actions[case_below(random, PC_ARRAY_SIZE(actions))] : "");
}

static inline void random_kernel_section(struct case_random *random, struct case_text *text,
					 bool guarded)
{
	put_format(text, "kernel:\n  default: %s\n  allow:\n%s",
		   case_below(random, 2) ? "deny" : "allow", guarded ? "" : "    - tamper\n");
	random_kernel_rule(random, text, false);
	case_put(text, "  deny:\n");
	random_kernel_rule(random, text, true);
	random_kernel_rule(random, text, true);
}

static inline void random_process_section(struct case_random *random, struct case_text *text)
{
	static const char *const ops[] = {"trace", "read-memory", "all"};
	static const char *const objects[] = {"same", "any", "same any"};

	put_format(text, "process:\n  default: %s\n", case_below(random, 2) ? "deny" : "allow");
	for (int deny = 0; deny < 2; deny++)
		put_format(text, "  %s:\n    - %s %s\n", deny ? "deny" : "allow",
			   ops[case_below(random, 3)], objects[case_below(random, 3)]);
}

static inline void random_subject(struct case_random *random, struct case_text *text)
{
	static const char *const ids[] = {"", ", user: [1, 3-4]", ", group: [2, 6]", ", login: 1-3",
					  ", user: 2, group: 0-3"};
	uint32_t items = 1 + case_below(random, 3);
	char object[64];

	if (!case_below(random, 3)) {
		case_put(text, "subject: system\n");
		return;
	}
	case_put(text, "subject:\n");
	for (uint32_t i = 0; i < items; i++) {
		uint32_t kind = case_below(random, 4);

		if (kind == 3) {
			case_put(text, "  - {user: [0-2, 5]");
		} else {
			random_object(random, object, sizeof(object));
			put_format(text, kind == 0 ? "  - {exe: '%s'" : "  - {cgroup: '%s'",
				   object);
		}
		if (kind == 2) {
			random_object(random, object, sizeof(object));
			put_format(text, ", exe: '%s'", object);
		}
		case_put(text, kind == 3 ? "" : ids[case_below(random, PC_ARRAY_SIZE(ids))]);
		case_put(text, "}\n");
	}
}

struct random_world {
	struct world w;
	char bytes[3][2048];
	const char *texts[4];
};

static inline void append(char *bytes, size_t size, struct case_text *text)
{
	text->bytes[text->n < sizeof(text->bytes) ? text->n : sizeof(text->bytes) - 1] = 0;
	strncat(bytes, text->bytes, size - strlen(bytes) - 1);
	*text = (struct case_text){.n = 0};
}

/* Where the enforcer is guarded, its own names are among the patterns: they dwarf the others. */
static inline void random_policies(struct case_random *random, struct random_world *r, bool guarded)
{
	static const char *const heads[] = {HEAD("p0"), HEAD("p1"), HEAD("p2")};
	uint32_t n = 1 + case_below(random, 3);
	struct case_text text = {.n = 0};

	*r = (struct random_world){.texts = {NULL}};
	for (uint32_t i = 0; i < n; i++) {
		r->texts[i] = r->bytes[i];
		case_put(&text, heads[i]);
		case_put(&text, case_below(random, 3) ? "mode: enforce\n" : "mode: audit\n");
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
		random_subject(random, &text);
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
		if (case_below(random, 3)) {
			random_section(random, &text, true);
			append(r->bytes[i], sizeof(r->bytes[i]), &text);
		}
		random_section(random, &text, false);
		append(r->bytes[i], sizeof(r->bytes[i]), &text);
		if (case_below(random, 2) || !guarded) {
			random_kernel_section(random, &text, guarded);
			append(r->bytes[i], sizeof(r->bytes[i]), &text);
			random_process_section(random, &text);
			append(r->bytes[i], sizeof(r->bytes[i]), &text);
		}
	}
}

static inline bool glob_list_matches(const struct pc_glob_list *list, const char *path)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (pc_glob_match(list->globs[i], path, strlen(path)))
			return true;
	return false;
}

/* Builds random policies with limits little above the header and the slack, so that most are split
 * over several automata; where they do not fit, it returns false. Drop them in either case. */
static inline bool build_split(struct case_random *random, struct random_world *r)
{
	struct pc_dfa_limits limits = {.cells = 620 + case_below(random, 60)};

	random_policies(random, r, false);
	parse_texts(&r->w, r->texts);
	return !compile_world(&r->w, &limits);
}

#endif
