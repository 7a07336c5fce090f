/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An event as JSON, written straight into a buffer: a storm brings 100,000 a second. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "control.h"
#include "escape.h"
#include "event.h"

/* Text of policies in an event is cut at so many bytes; paths and the rest cannot be longer. */
#define TEXT_CUT 2048u

/* The buffer: what does not fit is left out, and PC_EVENT_JSON_MAX makes that impossible. */
struct out {
	char *at;
	char *end;
};

static void put_bytes(struct out *out, const char *bytes, size_t n)
{
	if (n > (size_t)(out->end - out->at))
		return;
	memcpy(out->at, bytes, n);
	out->at += n;
}

#define put_literal(out, text) put_bytes((out), (text), sizeof(text) - 1)

/* Beyond 63 bits as a text: readers of JSON refuse such numbers (inodes of some file systems). */
static void put_number(struct out *out, uint64_t value)
{
	bool quoted = value > INT64_MAX;
	char digits[20];
	size_t used = sizeof(digits);

	do {
		digits[--used] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	if (quoted)
		put_literal(out, "\"");
	put_bytes(out, digits + used, sizeof(digits) - used);
	if (quoted)
		put_literal(out, "\"");
}

/* The key of a field, with the comma before and the colon behind it. */
#define put_key(out, key) put_literal(out, ",\"" key "\":")

#define put_field(out, key, value)                                                                 \
	do {                                                                                       \
		put_key(out, key);                                                                 \
		put_number(out, value);                                                            \
	} while (0)

/* Is the byte itself in JSON? Others need a backslash or \u. */
static bool is_itself(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c < 0x7f;
}

/* One character that is not itself: multi-byte ones are copied, what is no UTF-8 becomes '?'. */
static size_t put_special(struct out *out, const char *text, size_t n)
{
	char escape[8];
	size_t length = pc_utf8_length(text, n);

	if (length > 1) {
		put_bytes(out, text, length);
		return length;
	}
	if (!length) {
		put_literal(out, "?");
	} else if (*text == '"' || *text == '\\') {
		put_bytes(out, (char[]){'\\', *text}, 2);
	} else {
		snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char)*text);
		put_bytes(out, escape, 6);
	}
	return 1;
}

static void put_text(struct out *out, const char *text, size_t n)
{
	size_t i = 0;

	put_literal(out, "\"");
	while (i < n) {
		size_t run = i;

		while (run < n && is_itself((unsigned char)text[run]))
			run++;
		put_bytes(out, text + i, run - i);
		i = run;
		if (i < n)
			i += put_special(out, text + i, n - i);
	}
	put_literal(out, "\"");
}

static void put_name(struct out *out, const char *text)
{
	if (!text)
		put_literal(out, "null");
	else
		put_text(out, text, strnlen(text, TEXT_CUT));
}

/* Bytes nobody has checked: escaped, then JSON. */
static void put_escaped(struct out *out, const char *bytes, size_t n)
{
	char buf[PC_ESCAPED_SIZE(2 * PC_EVENT_PATH_MAX)];

	put_text(out, buf, pc_escape(bytes, n, buf, sizeof(buf)));
}

static void put_path(struct out *out, const struct pc_event_context *context, uint32_t root,
		     const char *path, uint32_t length)
{
	const char *prefix = context->root ? context->root(context->root_context, root) : NULL;
	char buf[2 * PC_EVENT_PATH_MAX];
	size_t used = prefix ? strnlen(prefix, sizeof(buf) - PC_EVENT_PATH_MAX) : 0;

	if (used)
		memcpy(buf, prefix, used);
	if (length > sizeof(buf) - used)
		length = (uint32_t)(sizeof(buf) - used);
	memcpy(buf + used, path, length);
	used += length;
	if (!used)
		buf[used++] = '/';
	put_escaped(out, buf, used);
}

/* Ids that are not set are the largest number to the kernel. */
static void put_id(struct out *out, uint32_t id)
{
	if (id == UINT32_MAX)
		put_literal(out, "null");
	else
		put_number(out, id);
}

static void put_flags(struct out *out, uint32_t flags)
{
	static const char *const names[] = {"truncated",
					    "foreign",
					    "fileless",
					    "new-name",
					    "fallback",
					    "deleted",
					    NULL /* no object: the path is null */,
					    "same",
					    "other-name"};
	bool first = true;

	put_key(out, "flags");
	put_literal(out, "[");
	for (uint32_t i = 0; i < PC_ARRAY_SIZE(names); i++)
		if (names[i] && (flags & (1u << i))) {
			if (!first)
				put_literal(out, ",");
			first = false;
			put_name(out, names[i]);
		}
	put_literal(out, "]");
}

/* Where a decision was made by no rule at all, the number of one means nothing. */
static const struct pc_rule_name *rule_of(const struct pc_event *event,
					  const struct pc_event_context *context)
{
	switch (event->reason) {
	case PC_REASON_OVERFLOW:
	case PC_REASON_LABEL:
	case PC_REASON_IMAGE:
	case PC_REASON_SWITCH:
		return NULL;
	default:
		break;
	}
	if (!context->names || event->rule >= context->names->count)
		return NULL;
	return &context->names->items[event->rule];
}

static const char *policy_of(const struct pc_event *event, const struct pc_rule_names *names)
{
	const struct pc_rule_name *items = names ? names->items : NULL;

	for (uint32_t i = 0; items && i < names->count; i++)
		if (items[i].policy_id == event->policy)
			return items[i].policy;
	return NULL;
}

static void put_rule(struct out *out, const struct pc_event *event,
		     const struct pc_event_context *context)
{
	const struct pc_rule_name *rule = rule_of(event, context);

	put_key(out, "policy");
	put_name(out, rule ? rule->policy : policy_of(event, context->names));
	put_key(out, "rule");
	if (rule) {
		put_literal(out, "{\"file\":");
		put_escaped(out, rule->file, strnlen(rule->file, PC_EVENT_PATH_MAX));
		put_field(out, "line", rule->line);
		put_field(out, "column", rule->column);
		put_key(out, "text");
		put_name(out, rule->text);
		put_literal(out, "}");
	} else {
		put_literal(out, "null");
	}
	put_key(out, "why");
	put_name(out, rule ? rule->why : NULL);
}

static void put_head(struct out *out, const struct pc_event *event,
		     const struct pc_event_context *context)
{
	char when[PC_TIME_SIZE];

	pc_time_text(context->boot_unix_ns + event->time, when);
	put_literal(out, "{\"schema\":\"" PC_EVENT_SCHEMA "\",\"time\":");
	put_text(out, when, strlen(when));
	put_field(out, "sequence", event->sequence);
	put_field(out, "generation", event->generation);
	put_field(out, "revision", event->revision);
	put_key(out, "decision");
	put_name(out, pc_decision_name(event->decision));
}

static void put_task(struct out *out, const struct pc_event *event)
{
	put_key(out, "comm");
	put_escaped(out, event->comm, strnlen(event->comm, sizeof(event->comm)));
	put_field(out, "pid", event->tgid);
	put_field(out, "tid", event->pid);
	put_field(out, "ppid", event->ppid);
	put_field(out, "uid", event->uid);
	put_field(out, "euid", event->euid);
	put_field(out, "gid", event->gid);
	put_key(out, "login_uid");
	put_id(out, event->loginuid);
	put_key(out, "session");
	put_id(out, event->session);
	put_field(out, "cgroup", event->cgroup);
	put_field(out, "mount_namespace", event->mount_namespace);
}

static void put_errno(struct out *out, int32_t err)
{
	const char *name = err > 0 ? strerrorname_np(err) : NULL;

	put_key(out, "errno");
	if (name || err <= 0)
		put_name(out, name);
	else
		put_number(out, (uint64_t)err);
}

static void put_object(struct out *out, const struct pc_event *event,
		       const struct pc_event_context *context)
{
	const char *tail = (const char *)(event + 1);

	put_key(out, "section");
	put_name(out, pc_op_section(event->op));
	put_key(out, "operation");
	put_name(out, pc_op_name(event->op));
	put_key(out, "permission");
	put_name(out, pc_op_permission(event->op));
	put_key(out, "path");
	if (event->flags & PC_EVENT_NO_OBJECT)
		put_literal(out, "null");
	else
		put_path(out, context, event->path_root, tail + event->exe_length,
			 event->path_length);
	put_key(out, "exe");
	put_path(out, context, event->exe_root, tail, event->exe_length);
}

size_t pc_event_to_json(const struct pc_event *event, const struct pc_event_context *context,
			char *buf)
{
	struct out out = {.at = buf, .end = buf + PC_EVENT_JSON_MAX - 1};

	put_head(&out, event, context);
	put_rule(&out, event, context);
	put_object(&out, event, context);
	put_task(&out, event);
	put_key(&out, "device");
	put_literal(&out, "\"");
	put_number(&out, event->dev >> 20);
	put_literal(&out, ":");
	put_number(&out, event->dev & 0xfffff);
	put_literal(&out, "\"");
	put_field(&out, "inode", event->inode);
	put_errno(&out, event->err);
	put_key(&out, "killed");
	put_bytes(&out, event->killed ? "true" : "false", event->killed ? 4 : 5);
	put_key(&out, "reason");
	put_name(&out, pc_reason_name(event->reason));
	put_key(&out, "hook");
	put_name(&out, pc_hook_name(event->hook));
	put_field(&out, "count", 1u);
	put_flags(&out, event->flags);
	put_literal(&out, "}");
	*out.at = '\0';
	return (size_t)(out.at - buf);
}

bool pc_event_valid(const struct pc_event *event, size_t size)
{
	return size >= sizeof(*event) && event->exe_length <= PC_EVENT_PATH_MAX &&
	       event->path_length <= PC_EVENT_PATH_MAX &&
	       size - sizeof(*event) >= event->exe_length + event->path_length &&
	       event->op < PC_OP_COUNT && event->decision < PC_DECISIONS &&
	       event->reason < PC_REASON_COUNT && event->hook < PC_HOOK_COUNT;
}
