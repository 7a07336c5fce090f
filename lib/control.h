/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The socket of enforcerd: framing, field names, and what each command takes and answers. */
#ifndef PC_CONTROL_SOCKET_H
#define PC_CONTROL_SOCKET_H

#include <jansson.h>

#include "diag.h"
#include "parse.h"

#define PC_SOCKET_PATH "/run/portcullis/control.sock"
#define PC_PROTOCOL 1

#define PC_REQUEST_MAX ((size_t)16 << 20) /* bytes of a request, with its newline */
#define PC_REPLY_MAX ((size_t)64 << 20)	  /* bytes of a reply or stream line */

/*
 * JSON Lines. The client sends one object a line, and gets one a line for each, in order:
 *
 *   {"portcullis": 1, "command": "apply", ...}
 *   {"ok": true, "result": {...}, "diagnostics": [...]}
 *   {"ok": false, "exit": 3, "error": "...", "hint": "...", "diagnostics": [...]}
 *
 * exit is an enum pc_exit; hint and diagnostics may be absent. Keys a command does not know are
 * refused (exit 2). Only root is answered; others get exit 4. Times are RFC 3339 with nanoseconds,
 * UTC. "N?" below: the key may be absent or null. Bytes in paths and file names are escaped as
 * escape.h says.
 *
 * Every change takes "expected": N? (the active revision it was planned on; 0: none yet; another is
 * active: exit 7), "comment": S?, and where it makes a new image "force": B? (lock out even the
 * survival list) and "confirm": SECONDS? (falls back unless confirmed in time: 1 to 86400). Its
 * result, when the kernel enforces it, is a CHANGE:
 *
 *   {"schema": "portcullis.change.v1", "revision": N, "previous": N, "generation": N,
 *    "unchanged": B,                      nothing was stored: the active revision says the same
 *    "enforcing": B,                      false: enforcement is off, it takes effect with `on`
 *    "confirm": {"seconds": N, "deadline": T, "revision": N, "previous": N} or null,
 *    "policies": [{"policy": S, "change": "added"|"changed"|"removed"}],
 *    "modes_reverted": [{"policy": S, "mode": S}]}    overrides by `mode` that this change ended
 *
 * While a change waits to be confirmed, another change answers exit 1 with a hint.
 *
 * status    {}
 *           {"schema": "portcullis.status.v1", "version": S, "pid": N, "started": T,
 *            "enforcing": B, "adopted": B,
 *            "off": {"since": T, "until": T or null, "reason": S, "by": WHO} or null,
 *            "generation": N, "revision": N,                 in force in the kernel
 *            "confirm": as above or null,
 *            "store": {"path": S, "active": N, "last": N, "activated": T or null},
 *            "hooks": [S], "map_bytes": N,
 *            "policies": [{"policy": S, "id": N, "mode": "enforce"|"audit", "overridden": B,
 *                          "about": S or null, "file": S, "line": N, "subjects": N, "rules": N,
 *                          "sections": [S], "denied": N, "audited": N}],
 *            "links": {"files": N, "complete": B, "full": B, "walk_ms": N} or null,
 *            "events": {"reported": N, "dropped": N,         dropped: the kernel's ring was full
 *                       "delivered": N, "subscribers": N,
 *                       "sink": {"path": S, "written": N, "lost": N, "error": S or null} or null},
 *            "problems": [S]}                                what needs an administrator's eye
 *           WHO is {"uid": N, "login_uid": N or null, "comm": S}
 * apply     {"texts": [TEXT], "replace": B?, ...}            replace: they are the complete set
 *           TEXT is {"file": S, "name": S, "text": S} or with "base64" for "text": struct pc_text.
 *           Without replace, a policy takes the place of the active one with its name (whatever
 *           their files are called), a drop-in or include that of the one with its file name.
 *           CHANGE. Not valid: exit 3.
 *           "dry_run": B? goes as far as the survival list and changes nothing.
 * remove    {"policies": [S], ...}                           CHANGE; unknown: exit 2
 * rollback  {"revision": N?, ...}                            absent: what was active before.
 *           Stores a new revision with the inputs of that one. CHANGE; unknown: exit 2
 * mode      {"policy": S, "mode": "enforce"|"audit", ...}    CHANGE; overrides the text until the
 *                                                            policy is applied again
 * off       {"reason": S, "seconds": N?}                     absent or 0: until `on`
 *           {"schema": "portcullis.enforcement.v1", "enforcing": B, "until": T or null}
 * on        {}                                               the same schema
 * confirm   {}            {"schema": "portcullis.confirm.v1", "revision": N, "generation": N}
 *                         nothing waits: exit 1; too late, it fell back: exit 8
 * cancel    {}            the same, after going back; nothing waits: exit 1
 * verify    {}            {"schema": "portcullis.verify.v1", "equal": true, "revision": N,
 *                         "generation": N}; otherwise exit 1 and "error" says where they differ
 * events    {"last": N?, "follow": B?, "policy": S?, "decision": "denied"|"audited"?}
 *           {"schema": "portcullis.events.v1", "follow": B, "events": [EVENT]}; oldest first. last:
 *           at most so many of those kept (absent: 50, or 0 with follow).
 *           With follow the connection then carries one EVENT a line until the client closes it,
 *           and in place of what a slow reader missed {"schema": "portcullis.lost.v1", "lost": N}.
 *           EVENT: see event.h
 * stats     {}            {"schema": "portcullis.stats.v1", "generation": N,
 *                         "policies": [{"policy": S, "section": S, "operation": S, "allowed": N,
 *                                       "denied": N, "audited": N}],     rows that are not zero
 *                         "reasons": {S: N}, "reported": N, "dropped": N, "delivered": N,
 *                         "name_cache_hits": N, "dir_cache_hits": N, "walks": N, "retries": N}
 * doctor    {}            {"schema": "portcullis.doctor.v1", "enforces": B, "features":
 *                         [{"name": S, "what": S, "present": B, "required": B, "detail": S}]}
 *                         `enforcerd --probe` prints the same object, without a daemon
 */
#define PC_COMMANDS(X)                                                                             \
	X(STATUS, status)                                                                          \
	X(APPLY, apply)                                                                            \
	X(REMOVE, remove)                                                                          \
	X(ROLLBACK, rollback)                                                                      \
	X(MODE, mode)                                                                              \
	X(OFF, off)                                                                                \
	X(ON, on)                                                                                  \
	X(CONFIRM, confirm)                                                                        \
	X(CANCEL, cancel)                                                                          \
	X(VERIFY, verify)                                                                          \
	X(EVENTS, events)                                                                          \
	X(STATS, stats)                                                                            \
	X(DOCTOR, doctor)

/* Exit codes of policyctl, which the daemon chooses for what it refuses. */
enum pc_exit {
	PC_EXIT_OK = 0,
	PC_EXIT_NO = 1, /* a negative answer */
	PC_EXIT_USAGE = 2,
	PC_EXIT_INVALID = 3, /* the policy is not valid */
	PC_EXIT_PERMISSION = 4,
	PC_EXIT_UNREACHABLE = 5, /* enforcerd cannot be reached */
	PC_EXIT_HOST = 6,	 /* this host cannot enforce it */
	PC_EXIT_STALE = 7,	 /* the store moved on since the plan */
	PC_EXIT_UNCONFIRMED = 8, /* not confirmed, or failed: rolled back */
	PC_EXIT_INTERNAL = 70
};

#define PC_CONFIRM_MAX 86400u /* seconds */

/* ---- building and reading messages --------------------------------------------------------- */

/* A new request {"portcullis": 1, "command": command}; add to it with json_object_set_new(). */
json_t *pc_request_new(const char *command);

/* Texts as the array `texts`. NULL when out of memory. */
json_t *pc_texts_to_json(const struct pc_text *texts, uint32_t count);
/* And back, into the arena. -EINVAL with *ret_error a constant saying what is wrong, or -ENOMEM. */
int pc_texts_from_json(const json_t *array, struct pc_arena *arena, struct pc_text **ret_texts,
		       uint32_t *ret_count, const char **ret_error);

/* Diagnostics as the array `diagnostics`: objects with file, line, column, length, severity
 * ("error", "warning", "note"), code ("PC0104"), message, hint, source, source_cut. */
json_t *pc_diags_to_json(const struct pc_diags *diags);
/* And back, added to diags; what is malformed is left out. For printing with pc_diags_print(). */
void pc_diags_from_json(const json_t *array, struct pc_diags *diags);

/* "2026-11-24T14:03:22.123456789Z" for unix time in ns. */
#define PC_TIME_SIZE 31
void pc_time_text(uint64_t unix_ns, char buf[PC_TIME_SIZE]);

/* ---- the client's side --------------------------------------------------------------------- */

struct pc_client; /* one connection; for one thread */

/* Connects; -errno: -ENOENT and -ECONNREFUSED mean that no daemon runs, -EACCES not permitted. */
int pc_client_open(const char *socket_path, struct pc_client **ret_client);
void pc_client_close(struct pc_client *client);
static inline void pc_client_closep(struct pc_client **client)
{
	if (*client)
		pc_client_close(*client);
}
/* Sends a request (borrowed). -EMSGSIZE: beyond PC_REQUEST_MAX. -ETIMEDOUT. */
int pc_client_send(struct pc_client *client, const json_t *request, int timeout_ms);
/*
 * The next line as an object. timeout_ms -1: waits for ever. 1 there is one, 0 the daemon closed
 * the connection, -ETIMEDOUT, -EBADMSG (not JSON, or too long), other -errno.
 */
int pc_client_receive(struct pc_client *client, json_t **ret_object, int timeout_ms);
/* To poll beside other descriptors; a line may be waiting in the buffer already: receive first. */
int pc_client_fd(const struct pc_client *client);

/* ---- framing, for both sides --------------------------------------------------------------- */

/* Bytes on their way in, cut into lines. Zero-initialise. */
struct pc_lines {
	char *bytes;
	size_t size;  /* allocated */
	size_t from;  /* first byte not handed out */
	size_t used;  /* behind the last byte */
	size_t seen;  /* bytes from `from` known to hold no newline */
	size_t limit; /* a longer line is an error; 0: PC_REQUEST_MAX */
};
void pc_lines_free(struct pc_lines *lines);
/* Reads once from fd: bytes read, 0 at the end, -EAGAIN, -EMSGSIZE (line too long), -errno. */
ssize_t pc_lines_read(struct pc_lines *lines, int fd);
/* The next complete line without its newline (a NUL in its place), or NULL: read more. Valid until
 * the next pc_lines_read(). */
char *pc_lines_next(struct pc_lines *lines, size_t *ret_length);

/* A line as an object; NULL with error filled in. Duplicate keys are refused, and nesting beyond
 * what jansson allows (2048). */
json_t *pc_json_parse(const char *line, size_t n, json_error_t *error);

#endif
