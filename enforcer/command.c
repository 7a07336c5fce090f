/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of commands, and the way of a request through it. */
#include "command.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "escape.h"

enum field_type { FIELD_NUMBER, FIELD_TEXT, FIELD_FLAG, FIELD_ARRAY };

struct field {
	const char *name;
	enum field_type type;
	bool required;
	uint64_t max; /* of a number, or bytes of a text; 0: any */
};

#define CHANGE_FIELDS                                                                              \
	{"expected", FIELD_NUMBER, false, 0},                                                      \
		{"comment", FIELD_TEXT, false, PC_STORE_COMMENT_MAX},                              \
		{"force", FIELD_FLAG, false, 0}, {"confirm", FIELD_NUMBER, false, PC_CONFIRM_MAX}, \
	{                                                                                          \
		"dry_run", FIELD_FLAG, false, 0                                                    \
	}

static const struct command {
	const char *name;
	json_t *(*answer)(struct pc_request *request);
	struct field fields[10]; /* ended by one without a name */
} commands[] = {
	{"status", pc_command_status, {{0}}},
	{"apply",
	 pc_command_apply,
	 {{"texts", FIELD_ARRAY, true, 0}, {"replace", FIELD_FLAG, false, 0}, CHANGE_FIELDS}},
	{"remove", pc_command_remove, {{"policies", FIELD_ARRAY, true, 0}, CHANGE_FIELDS}},
	{"rollback", pc_command_rollback, {{"revision", FIELD_NUMBER, false, 0}, CHANGE_FIELDS}},
	{"mode",
	 pc_command_mode,
	 {{"policy", FIELD_TEXT, true, PC_POLICY_NAME_MAX},
	  {"mode", FIELD_TEXT, true, 0},
	  CHANGE_FIELDS}},
	{"off",
	 pc_command_off,
	 {{"reason", FIELD_TEXT, true, PC_STORE_COMMENT_MAX},
	  {"seconds", FIELD_NUMBER, false, UINT32_MAX}}},
	{"on", pc_command_on, {{0}}},
	{"confirm", pc_command_confirm, {{0}}},
	{"cancel", pc_command_cancel, {{0}}},
	{"verify", pc_command_verify, {{0}}},
	{"events",
	 pc_command_events,
	 {{"last", FIELD_NUMBER, false, 0},
	  {"follow", FIELD_FLAG, false, 0},
	  {"policy", FIELD_TEXT, false, PC_POLICY_NAME_MAX},
	  {"decision", FIELD_TEXT, false, 0}}},
	{"stats", pc_command_stats, {{0}}},
	{"doctor", pc_command_doctor, {{0}}},
};

/* ---- arguments ----------------------------------------------------------------------------- */

uint64_t pc_arg_number(const struct pc_request *request, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(request->args, key));
}

const char *pc_arg_text(const struct pc_request *request, const char *key)
{
	return json_string_value(json_object_get(request->args, key));
}

bool pc_arg_true(const struct pc_request *request, const char *key)
{
	return json_is_true(json_object_get(request->args, key));
}

static const char *type_name(enum field_type type)
{
	static const char *const names[] = {
		[FIELD_NUMBER] = "a number",
		[FIELD_TEXT] = "a text",
		[FIELD_FLAG] = "true or false",
		[FIELD_ARRAY] = "an array",
	};

	return names[type];
}

static bool is_of_type(const json_t *value, const struct field *field)
{
	switch (field->type) {
	case FIELD_NUMBER:
		return json_is_integer(value) && json_integer_value(value) >= 0 &&
		       (!field->max || (uint64_t)json_integer_value(value) <= field->max);
	case FIELD_TEXT:
		return json_is_string(value) &&
		       strlen(json_string_value(value)) == json_string_length(value) &&
		       (!field->max || json_string_length(value) <= field->max);
	case FIELD_FLAG:
		return json_is_boolean(value);
	case FIELD_ARRAY:
		return json_is_array(value);
	}
	return false;
}

static const struct field *find_field(const struct command *command, const char *name)
{
	for (const struct field *field = command->fields; field->name; field++)
		if (!strcmp(field->name, name))
			return field;
	return NULL;
}

static int check_args(struct pc_request *request, const struct command *command)
{
	const char *key;
	json_t *value;
	const struct field *field;

	json_object_foreach((json_t *)(uintptr_t)request->args, key, value) {
		if (!strcmp(key, "portcullis") || !strcmp(key, "command"))
			continue;
		field = find_field(command, key);
		if (!field)
			return pc_refuse(&request->refusal, PC_EXIT_USAGE,
					 "policyctl and enforcerd may be of different versions",
					 "%s: no field is called \"%.64s\"", command->name, key);
		if (!json_is_null(value) && !is_of_type(value, field))
			return pc_refuse(&request->refusal, PC_EXIT_USAGE, NULL,
					 "%s: \"%s\" must be %s%s", command->name, key,
					 type_name(field->type),
					 field->max ? " within its limit" : "");
	}
	for (field = command->fields; field->name; field++) {
		const json_t *given = json_object_get(request->args, field->name);

		if (field->required && (!given || json_is_null(given)))
			return pc_refuse(&request->refusal, PC_EXIT_USAGE, NULL,
					 "%s: \"%s\" is missing", command->name, field->name);
	}
	return 0;
}

static const struct command *find_command(struct pc_request *request)
{
	const char *name = pc_arg_text(request, "command");
	const json_t *version = json_object_get(request->args, "portcullis");

	if (!json_is_integer(version) || json_integer_value(version) != PC_PROTOCOL) {
		pc_refuse(&request->refusal, PC_EXIT_USAGE,
			  "policyctl and enforcerd may be of different versions",
			  "a request begins with {\"portcullis\": %d, \"command\": …}",
			  PC_PROTOCOL);
		return NULL;
	}
	for (size_t i = 0; name && i < PC_ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	pc_refuse(&request->refusal, PC_EXIT_USAGE,
		  "policyctl and enforcerd may be of different versions",
		  "no command is called \"%.64s\"", name ? name : "");
	return NULL;
}

/* ---- answers ------------------------------------------------------------------------------- */

json_t *pc_json_text(const char *text)
{
	size_t n = text ? strlen(text) : 0;
	PC_FREE char *escaped = NULL;
	json_t *plain;

	if (!text)
		return json_null();
	plain = json_stringn(text, n);
	if (plain)
		return plain;
	escaped = malloc(PC_ESCAPED_SIZE(n));
	if (!escaped)
		return NULL;
	pc_escape(text, n, escaped, PC_ESCAPED_SIZE(n));
	return json_string(escaped);
}

json_t *pc_json_time(uint64_t unix_ns)
{
	char text[PC_TIME_SIZE];

	if (!unix_ns)
		return json_null();
	pc_time_text(unix_ns, text);
	return json_string(text);
}

static char *to_line(json_t *object, size_t *ret_length)
{
	char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (!line)
		return NULL;
	*ret_length = strlen(line) + 1;
	line[*ret_length - 1] = '\n'; /* in place of the NUL */
	return line;
}

char *pc_command_refusal(const struct pc_refusal *refusal, const struct pc_diags *diags,
			 size_t *ret_length)
{
	json_t *reply = json_pack("{s:b, s:i, s:o}", "ok", 0, "exit", (int)refusal->exit, "error",
				  pc_json_text(refusal->message));

	if (reply && *refusal->hint)
		json_object_set_new(reply, "hint", pc_json_text(refusal->hint));
	if (reply && diags && diags->count)
		json_object_set_new(reply, "diagnostics", pc_diags_to_json(diags));
	return to_line(reply, ret_length);
}

static char *success(struct pc_request *request, json_t *result, size_t *ret_length)
{
	json_t *reply = json_pack("{s:b, s:o}", "ok", 1, "result", result);

	if (reply && request->diags.count)
		json_object_set_new(reply, "diagnostics", pc_diags_to_json(&request->diags));
	return to_line(reply, ret_length);
}

static json_t *answer(struct pc_request *request)
{
	const struct command *command = find_command(request);

	if (!command || check_args(request, command))
		return NULL;
	return command->answer(request);
}

void pc_command_answer(struct pc_daemon *daemon, const struct pc_store_who *who, const char *line,
		       size_t n, char **ret_reply, size_t *ret_length, bool *ret_follow,
		       struct pc_event_filter *ret_filter)
{
	struct pc_request request = {.daemon = daemon, .who = *who, .filter.decision = -1};
	json_error_t error;
	json_t *args = pc_json_parse(line, n, &error), *result = NULL;

	request.refusal.exit = PC_EXIT_INTERNAL;
	snprintf(request.refusal.message, sizeof(request.refusal.message), "out of memory");
	request.args = args;
	if (!args)
		pc_refuse(&request.refusal, PC_EXIT_USAGE, NULL, "the request is not JSON: %s",
			  error.text);
	else
		result = answer(&request);
	*ret_reply = result ? success(&request, result, ret_length)
			    : pc_command_refusal(&request.refusal, &request.diags, ret_length);
	*ret_follow = result && request.follow;
	*ret_filter = request.filter;
	pc_diags_free(&request.diags);
	json_decref(args);
}
