/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An audit event as JSON, with its numbers resolved, and that JSON as one line for people. */
#ifndef PC_EVENT_H
#define PC_EVENT_H

#include <jansson.h>
#include <pc/abi.h>

#include "compile.h"

/*
 * EVENT, one JSON object:
 *
 *   {"schema": "portcullis.event.v1", "time": RFC 3339 with ns, UTC, "sequence": N,
 *    "generation": N, "revision": N, "decision": "denied"|"audited"|"allowed",
 *    "policy": S or null,                      null: its revision is gone from the store
 *    "rule": {"file": S, "line": N, "column": N, "text": S} or null,
 *    "why": S or null, "section": S, "operation": S, "permission": S,
 *    "path": S or null, "exe": S, "comm": S,   escaped as escape.h says; canonical; null: the
 *                                              operation has no object
 *    "pid": N, "tid": N, "ppid": N, "uid": N, "euid": N, "gid": N,
 *    "login_uid": N or null, "session": N or null, "cgroup": N, "mount_namespace": N,
 *    "device": "MAJOR:MINOR", "inode": N,
 *    "errno": "EACCES" or null, "killed": B, "reason": S, "hook": S, "count": 1,
 *    "flags": ["truncated"|"foreign"|"fileless"|"new-name"|"fallback"|
 *              "deleted"|"same"]}
 *
 * A number beyond 2^63 - 1 (an inode may be) is a text. The text of a rule begins with "allow " or
 * "deny "; of a section's default it is "default: deny" (with "(implied by the file section)" where
 * nobody wrote that section), or "default: allow" where something could not be named in a section
 * with deny rules (reason says what).
 */
#define PC_EVENT_SCHEMA "portcullis.event.v1"
#define PC_EVENT_JSON_MAX (192u << 10) /* bytes of one event as JSON, at most, with a NUL */

/* The rules of one revision, without its image: what events need as long as they may be late. */
struct pc_rule_name {
	const char *policy;
	const char *file;
	const char *text;
	const char *why; /* or NULL */
	uint32_t line;
	uint32_t column;
	uint32_t policy_id;
};

struct pc_rule_names {
	struct pc_arena arena;
	uint64_t revision;
	struct pc_rule_name *items; /* by number of the rule */
	uint32_t count;
};

/* ids: of the policies by position, as given to pc_compile(); NULL: 1, 2, 3 … */
int pc_rule_names_new(const struct pc_image *image, uint64_t revision, const uint32_t *ids,
		      struct pc_rule_names **ret_names);
void pc_rule_names_free(struct pc_rule_names *names);

/* What an event's numbers stand for. */
struct pc_event_context {
	const struct pc_rule_names *names; /* of the event's revision, or NULL */
	/* Canonical prefix of a root id ("" for "/"), NULL: unknown. NULL is fine. */
	const char *(*root)(const void *context, uint32_t id);
	const void *root_context;
	uint64_t boot_unix_ns; /* unix time of boot: added to the event's time */
};

/* Is what the kernel sent well-formed: sizes, operation, decision, reason and hook in range? */
bool pc_event_valid(const struct pc_event *event, size_t size);

/*
 * Writes an event (a valid one) as one JSON object without a newline. Returns its length, below
 * PC_EVENT_JSON_MAX; buf has PC_EVENT_JSON_MAX bytes. Allocates nothing: 100,000 a second.
 */
size_t pc_event_to_json(const struct pc_event *event, const struct pc_event_context *context,
			char *buf);

/*
 * One line for people, from the JSON of an event or of a portcullis.lost.v1 object:
 *
 *   14:03:22 denied  web  file read /srv/secret/a  by nginx[123] (uid 33)
 *   50-web.yaml:14 "deny read /srv/secret/a" — its reason          (all on one line)
 *
 * Local time; colour adds ANSI colours. Into buf with a NUL; returns the length.
 */
#define PC_EVENT_LINE_MAX 20480u
size_t pc_event_to_line(const json_t *event, bool colour, char *buf, size_t size);

/* Names of numbers, NULL out of range. */
const char *pc_op_name(uint32_t op);
const char *pc_op_section(uint32_t op);
const char *pc_op_permission(uint32_t op);
const char *pc_section_name(uint32_t section);
const char *pc_decision_name(uint32_t decision);
const char *pc_reason_name(uint32_t reason);
const char *pc_hook_name(uint32_t hook);
/* Their numbers, -ENOENT. A section's name too where both sections had the same operation. */
int pc_op_find(const char *section, const char *name);

#endif
