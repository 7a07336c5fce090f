/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Messages of the socket: requests, texts and diagnostics as JSON. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "control-internal.h"
#include "control.h"
#include "escape.h"

json_t *pc_request_new(const char *command)
{
	return json_pack("{s:i, s:s}", "portcullis", PC_PROTOCOL, "command", command);
}

json_t *pc_json_parse(const char *line, size_t n, json_error_t *error)
{
	json_t *object = json_loadb(line, n, JSON_REJECT_DUPLICATES, error);

	if (object && !json_is_object(object)) {
		json_decref(object);
		object = NULL;
		snprintf(error->text, sizeof(error->text), "not an object");
	}
	return object;
}

void pc_time_text(uint64_t unix_ns, char buf[PC_TIME_SIZE])
{
	time_t seconds = (time_t)(unix_ns / 1000000000u);
	struct tm tm;
	size_t used;

	/* Beyond year 9999 it would not fit, and no clock says so. */
	if (seconds > 253402300799)
		seconds = 253402300799;
	gmtime_r(&seconds, &tm);
	used = strftime(buf, PC_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + used, PC_TIME_SIZE - used, ".%09uZ", (unsigned int)(unix_ns % 1000000000u));
}

static json_t *escaped(const char *text)
{
	size_t n = strlen(text);
	PC_FREE char *buf = malloc(PC_ESCAPED_SIZE(n));

	if (!buf)
		return NULL;
	pc_escape(text, n, buf, PC_ESCAPED_SIZE(n));
	return json_string(buf);
}

/* ---- texts --------------------------------------------------------------------------------- */

static bool is_plain(const char *bytes, size_t n)
{
	size_t length;

	for (size_t i = 0; i < n; i += length) {
		length = pc_utf8_length(bytes + i, n - i);
		if (!length || !bytes[i])
			return false;
	}
	return true;
}

static json_t *text_body(const struct pc_text *text, const char **ret_key)
{
	PC_FREE char *encoded = NULL;

	if (is_plain(text->bytes, text->size)) {
		*ret_key = "text";
		return json_stringn(text->bytes, text->size);
	}
	*ret_key = "base64";
	encoded = malloc(PC_BASE64_SIZE(text->size));
	if (!encoded)
		return NULL;
	pc_base64_encode(text->bytes, text->size, encoded);
	return json_string(encoded);
}

json_t *pc_texts_to_json(const struct pc_text *texts, uint32_t count)
{
	json_t *array = json_array();

	for (uint32_t i = 0; array && i < count; i++) {
		const char *key = NULL;
		json_t *body = text_body(&texts[i], &key);
		json_t *item = json_pack("{s:o, s:o, s:o}", "file", escaped(texts[i].file), "name",
					 escaped(texts[i].name), key, body);

		if (!item || json_array_append_new(array, item)) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* A string of the object, unescaped into the arena; NULL: bad, or no memory (*ret_err). */
static const char *unescaped(const json_t *object, const char *key, struct pc_arena *arena,
			     int *ret_err)
{
	const char *text = json_string_value(json_object_get(object, key));
	char *buf;

	*ret_err = -EINVAL;
	if (!text || !*text)
		return NULL;
	buf = pc_arena_alloc(arena, strlen(text) + 1);
	if (!buf)
		*ret_err = -ENOMEM;
	if (!buf || pc_unescape(text, buf) < 0 || strlen(buf) != (size_t)pc_unescape(text, buf))
		return NULL;
	return buf;
}

static int body_from_json(const json_t *item, struct pc_arena *arena, struct pc_text *text)
{
	const json_t *plain = json_object_get(item, "text"), *coded;
	ssize_t length;
	char *buf;

	if (json_is_string(plain)) {
		text->size = json_string_length(plain);
		text->bytes = pc_arena_strndup(arena, json_string_value(plain), text->size);
		return text->bytes ? 0 : -ENOMEM;
	}
	coded = json_object_get(item, "base64");
	if (!json_is_string(coded))
		return -EINVAL;
	buf = pc_arena_alloc(arena, json_string_length(coded) + 1);
	if (!buf)
		return -ENOMEM;
	length = pc_base64_decode(json_string_value(coded), json_string_length(coded), buf);
	if (length < 0)
		return -EINVAL;
	text->bytes = buf;
	text->size = (size_t)length;
	return 0;
}

static int text_from_json(const json_t *item, struct pc_arena *arena, struct pc_text *text)
{
	int err;

	if (json_object_size(item) != 3)
		return -EINVAL;
	text->file = unescaped(item, "file", arena, &err);
	if (!text->file)
		return err;
	text->name = unescaped(item, "name", arena, &err);
	if (!text->name)
		return err;
	return body_from_json(item, arena, text);
}

int pc_texts_from_json(const json_t *array, struct pc_arena *arena, struct pc_text **ret_texts,
		       uint32_t *ret_count, const char **ret_error)
{
	struct pc_text *texts;
	size_t count = json_array_size(array);
	int err;

	*ret_error = "\"texts\" must be an array of objects with file, name, and text or base64";
	if (!json_is_array(array))
		return -EINVAL;
	texts = pc_arena_array(arena, struct pc_text, count);
	if (!texts)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		err = text_from_json(json_array_get(array, i), arena, &texts[i]);
		if (err)
			return err;
	}
	*ret_texts = texts;
	*ret_count = (uint32_t)count;
	return 0;
}

/* ---- diagnostics --------------------------------------------------------------------------- */

static const char *const severities[] = {
	[PC_ERROR] = "error",
	[PC_WARNING] = "warning",
	[PC_NOTE] = "note",
};

/* Adds a text unless it is NULL. Bytes that JSON has no place for are escaped. */
static int set_text(json_t *object, const char *key, const char *text)
{
	if (!text)
		return 0;
	return json_object_set_new(
		object, key, is_plain(text, strlen(text)) ? json_string(text) : escaped(text));
}

static json_t *diag_to_json(const struct pc_diag *diag)
{
	char code[16];
	json_t *object;

	snprintf(code, sizeof(code), "PC%04u", diag->code);
	object = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "severity", severities[diag->severity],
			   "code", code, "line", (json_int_t)diag->loc.line, "column",
			   (json_int_t)diag->loc.column, "length", (json_int_t)diag->loc.length,
			   "source_cut", (json_int_t)diag->source_cut);
	if (object && !set_text(object, "file", diag->loc.file) &&
	    !set_text(object, "message", diag->message) && !set_text(object, "hint", diag->hint) &&
	    !set_text(object, "source", diag->source))
		return object;
	json_decref(object);
	return NULL;
}

json_t *pc_diags_to_json(const struct pc_diags *diags)
{
	json_t *array = json_array();

	for (uint32_t i = 0; array && i < diags->count; i++)
		if (json_array_append_new(array, diag_to_json(&diags->items[i]))) {
			json_decref(array);
			return NULL;
		}
	return array;
}

static uint32_t number(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

static bool severity_from(const char *name, enum pc_severity *ret_severity)
{
	for (uint32_t i = 0; name && i < PC_ARRAY_SIZE(severities); i++)
		if (!strcmp(name, severities[i])) {
			*ret_severity = (enum pc_severity)i;
			return true;
		}
	return false;
}

static void diag_from_json(const json_t *item, struct pc_diags *diags)
{
	const char *code = json_string_value(json_object_get(item, "code"));
	const char *file = json_string_value(json_object_get(item, "file"));
	const char *message = json_string_value(json_object_get(item, "message"));
	const char *hint = json_string_value(json_object_get(item, "hint"));
	const char *source = json_string_value(json_object_get(item, "source"));
	struct pc_loc loc = {
		.line = number(item, "line"),
		.column = number(item, "column"),
		.length = number(item, "length"),
	};
	enum pc_severity severity;
	struct pc_diag *diag;

	if (!code || strncmp(code, "PC", 2) || !message ||
	    !severity_from(json_string_value(json_object_get(item, "severity")), &severity))
		return;
	if (file)
		loc.file = pc_arena_strndup(&diags->arena, file, strlen(file));
	diag = pc_diag_add(diags, severity, (uint32_t)strtoul(code + 2, NULL, 10), &loc, "%s",
			   message);
	if (!diag)
		return;
	if (hint)
		pc_diag_hint(diags, "%s", hint);
	if (source) {
		pc_diag_source(diags, source, strlen(source));
		diag->source_cut = number(item, "source_cut");
	}
}

void pc_diags_from_json(const json_t *array, struct pc_diags *diags)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
		diag_from_json(item, diags);
}
