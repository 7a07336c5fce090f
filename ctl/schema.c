/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* schema: the JSON Schema of policies, for editors; operations come from the table of ops.h. */
#include <string.h>

#include "commands.h"
#include "event.h"
#include "policy.h"
#include "table.h"

#define NAME "[A-Za-z0-9][A-Za-z0-9._-]*"
#define PATHS "^(/|\\$\\{|\\{)"

static json_t *reference(const char *name)
{
	return json_pack("{s:s+}", "$ref", "#/definitions/", name);
}

static json_t *described(json_t *schema, const char *description)
{
	json_object_set_new(schema, "description", json_string(description));
	return schema;
}

static json_t *text(const char *pattern)
{
	json_t *schema = json_pack("{s:s}", "type", "string");

	if (pattern)
		json_object_set_new(schema, "pattern", json_string(pattern));
	return schema;
}

static json_t *prose(int max, const char *description)
{
	return described(json_pack("{s:s, s:i}", "type", "string", "maxLength", max), description);
}

/* Takes a reference to one. */
static json_t *one_or_list(json_t *one, const char *description)
{
	json_t *list = json_pack("{s:s, s:i, s:O}", "type", "array", "minItems", 1, "items", one);

	return described(json_pack("{s:[o,o]}", "oneOf", one, list), description);
}

static json_t *mapping(json_t *properties)
{
	return json_pack("{s:s, s:b, s:i, s:o}", "type", "object", "additionalProperties", 0,
			 "minProperties", 1, "properties", properties);
}

/* ---- rules and sections ------------------------------------------------------------------------
 */

/* What stands in a rule, by section: operations (which only exec can do without), then objects. */
static const struct form {
	const char *groups; /* names of several operations */
	const char *rest;   /* of the pattern, behind the operations */
	const char *description;
} forms[PC_SECTION_COUNT] = {
	[PC_SECTION_EXEC] = {"all", " +)?\\S", "[operations] object {object}"},
	[PC_SECTION_FILE] = {"modify|all", " +)\\S", "operations object {object}"},
	[PC_SECTION_KERNEL] = {"all", " *)$", "operations"},
	[PC_SECTION_PROCESS] = {"all", ")( +(same|any))+ *$", "operations same, operations any"},
};

/* buf has room for every name twice. */
static void rule_pattern(uint32_t section, char *buf, size_t size)
{
	const struct form *form = &forms[section];
	char words[512] = "";
	size_t used = 0;

	for (uint32_t op = 0; op < PC_OP_COUNT; op++)
		if (pc_section_of(op) == section)
			used += (size_t)snprintf(words + used, sizeof(words) - used, "%s|",
						 pc_op_name(op));
	snprintf(words + used, sizeof(words) - used, "%s", form->groups);
	snprintf(buf, size, "^ *((%s)(,(%s))*%s", words, words, form->rest);
}

static json_t *rule_text(uint32_t section)
{
	char pattern[2048];

	rule_pattern(section, pattern, sizeof(pattern));
	return described(text(pattern), forms[section].description);
}

static json_t *rule(uint32_t section, bool deny)
{
	json_t *properties = json_object(), *full;

	json_object_set_new(properties, "rule", rule_text(section));
	json_object_set_new(properties, "why",
			    prose(512, "The reason; it comes back in each event."));
	json_object_set_new(properties, "optional", reference("boolean"));
	if (deny) {
		json_object_set_new(properties, "action",
				    described(text("^(deny|kill|errno:E[A-Z0-9]+)$"),
					      "What happens to the caller."));
		json_object_set_new(properties, "mode", reference("mode"));
	}
	full = mapping(properties);
	json_object_set_new(full, "required", json_pack("[s]", "rule"));
	return json_pack("{s:[o,o]}", "oneOf", rule_text(section), full);
}

static json_t *rules(uint32_t section, bool deny, const char *description)
{
	return described(json_pack("{s:s, s:o}", "type", "array", "items", rule(section, deny)),
			 description);
}

static json_t *section(uint32_t id)
{
	json_t *dflt =
		described(json_pack("{s:[s,s]}", "enum", "allow", "deny"),
			  "For what no rule matches. Required with allow; without it: allow.");

	return mapping(
		json_pack("{s:o, s:o, s:o}", "default", dflt, "allow",
			  rules(id, false, "Rules that allow; a matching deny wins over each."),
			  "deny", rules(id, true, "Rules that deny; they win over every allow.")));
}

/* ---- policies ----------------------------------------------------------------------------------
 */

static json_t *subject_item(void)
{
	json_t *properties = json_object();

#define KEY(name, one, description)                                                                \
	json_object_set_new(properties, name, one_or_list(one, description))
	KEY("unit", text("^[^/ ]+(\\.(service|scope|slice|socket|mount|swap)|\\$\\{[^}]*\\})$"),
	    "systemd units with their subtree: nginx.service, foo@*.service.");
	KEY("slice", text("^[^/ ]+(\\.slice|\\$\\{[^}]*\\})$"),
	    "systemd slices with their subtree: user.slice.");
	KEY("cgroup", text(PATHS), "Paths as in /proc/PID/cgroup, with their subtree.");
	KEY("exe", text(PATHS), "Paths of the executable.");
	KEY("user", reference("scalar"),
	    "Any of the real, effective, saved and file-system user: name, number or range.");
	KEY("group", reference("scalar"), "Any of the task's groups: name, number or range.");
	KEY("login", reference("scalar"),
	    "Who logged in, kept across sudo: name, number or range.");
#undef KEY
	return described(mapping(properties), "All keys must hold.");
}

static json_t *subject(void)
{
	json_t *list = json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 1, "maxItems",
				 PC_SUBJECT_ITEMS_MAX, "items", reference("item"));

	return described(
		json_pack("{s:[{s:s},o,o]}", "oneOf", "const", "system", reference("item"), list),
		"Whom it confines: system, or items of which one must match.");
}

static json_t *definitions(void)
{
	json_t *mode =
		json_pack("{s:[s,s], s:s}", "enum", "enforce", "audit", "default", "enforce");

	return json_pack("{s:{s:[s,s]}, s:{s:[b,b,s,s]}, s:o, s:o}", "scalar", "type", "string",
			 "integer", "boolean", "enum", 1, 0, "true", "false", "mode",
			 described(mode, "audit only reports what it would deny."), "item",
			 subject_item());
}

static json_t *vars(void)
{
	return described(json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames",
				   "pattern", "^" NAME "$", "additionalProperties",
				   one_or_list(reference("scalar"), "A value, or a list of them.")),
			 "Values for ${name}; a list stands for each of its values.");
}

static json_t *properties(void)
{
	json_t *keys = json_object();

	json_object_set_new(keys, "portcullis",
			    described(json_pack("{s:[i,s]}", "enum", 1, "1"), "The format."));
	json_object_set_new(keys, "policy",
			    described(text("^" NAME "$"), "The policy's name, its identity."));
	json_object_set_new(keys, "about", prose(1024, "What it is for, for people."));
	json_object_set_new(keys, "mode", reference("mode"));
	json_object_set_new(keys, "include",
			    one_or_list(text("^" NAME "(/" NAME ")*$"),
					"Files of include/, without their ending."));
	json_object_set_new(keys, "vars", vars());
	json_object_set_new(keys, "subject", subject());
	for (uint32_t id = 0; id < PC_SECTION_COUNT; id++)
		json_object_set_new(keys, pc_section_name(id), section(id));
	return keys;
}

int ctl_cmd_schema(struct ctl *ctl)
{
	json_auto_t *schema =
		json_pack("{s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:{s:[s]}, s:{s:[s,s,s]}}",
			  "$schema", "http://json-schema.org/draft-07/schema#", "title",
			  "Portcullis policy", "description",
			  "A policy, a drop-in (NAME.d/*.yaml) or an include (include/*/*.yaml). "
			  "For editors: "
			  "policyctl lint knows more.",
			  "type", "object", "additionalProperties", 0, "properties", properties(),
			  "definitions", definitions(), "if", "required", "policy", "then",
			  "required", "portcullis", "policy", "subject");

	return ctl_print_json(ctl, schema);
}
