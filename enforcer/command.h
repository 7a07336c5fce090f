/* SPDX-License-Identifier: GPL-2.0-only */
/* What the socket can ask for: one table of commands, their fields and functions. */
#ifndef PC_COMMAND_H
#define PC_COMMAND_H

#include <jansson.h>

#include "daemon.h"

/* One request being answered. */
struct pc_request {
	struct pc_daemon *daemon;
	const json_t *args; /* the request; its keys and their types are those of the table */
	struct pc_store_who who;
	struct pc_diags diags; /* go into the answer, whatever it is */
	struct pc_refusal refusal;
	/* Set by `events`: the connection becomes a stream of what the filter lets through. */
	bool follow;
	struct pc_event_filter filter;
};

/* Answers one line; never fails. ret_reply is a line with its newline, to be freed; NULL only when
 * there is no memory even for an error. follow and filter are set as in struct pc_request. */
void pc_command_answer(struct pc_daemon *daemon, const struct pc_store_who *who, const char *line,
		       size_t n, char **ret_reply, size_t *ret_length, bool *ret_follow,
		       struct pc_event_filter *ret_filter);
/* A refusal as such a line. */
char *pc_command_refusal(const struct pc_refusal *refusal, const struct pc_diags *diags,
			 size_t *ret_length);

/* The functions of the table: a new result, or NULL with request->refusal filled in. */
#define PC_X(symbol, name) json_t *pc_command_##name(struct pc_request *request);
PC_COMMANDS(PC_X)
#undef PC_X

/* Arguments, as the table let them through; 0, NULL and false where they are absent. */
uint64_t pc_arg_number(const struct pc_request *request, const char *key);
const char *pc_arg_text(const struct pc_request *request, const char *key);
bool pc_arg_true(const struct pc_request *request, const char *key);

/* "T or null" of the protocol. */
json_t *pc_json_time(uint64_t unix_ns);
/* A text that may be NULL or not UTF-8. */
json_t *pc_json_text(const char *text);
json_t *pc_json_confirm(struct pc_daemon *daemon);
json_t *pc_json_features(const struct pc_kernel_features *features);

#endif
