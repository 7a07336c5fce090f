/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* show: a policy as it was understood, a revision, or the texts as they were applied. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "diff.h"
#include "event.h"
#include "source.h"
#include "table.h"
#include "text.h"

static json_t *place(struct pc_arena *arena, const struct pc_loc *loc)
{
	return ctl_json_bytes(loc->file ? pc_arena_printf(arena, "%s:%u", loc->file, loc->line)
					: NULL);
}

static json_t *rule_row(struct pc_arena *arena, const struct pc_rule *rule)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:I, s:o}", "rule",
			 ctl_json_text(pc_rule_meaning(arena, rule)), "written",
			 ctl_json_text(rule->text), "why", ctl_json_text(rule->why), "file",
			 ctl_json_bytes(rule->loc.file), "line", (json_int_t)rule->loc.line,
			 "place", place(arena, &rule->loc));
}

/* Denies first: they win. */
static json_t *rule_rows(struct pc_arena *arena, const struct pc_section *section)
{
	json_t *rows = json_array();

	for (int deny = 1; deny >= 0; deny--)
		for (uint32_t i = 0; i < section->count + section->implied_count; i++)
			if (section->rules[i].deny == deny && (deny || !section->rules[i].implied))
				json_array_append_new(rows, rule_row(arena, &section->rules[i]));
	return rows;
}

static json_t *policy_object(struct pc_arena *arena, const struct pc_compiled *compiled,
			     const struct pc_policy *policy)
{
	json_t *subjects = json_array(), *sections = json_array();

	for (uint32_t i = 0; i < policy->subject_count; i++)
		json_array_append_new(
			subjects, ctl_json_text(pc_subject_meaning(arena, &policy->subjects[i])));
	for (uint32_t id = 0; id < PC_SECTION_COUNT; id++) {
		const struct pc_section *section = &policy->sections[id];

		if (section->present)
			json_array_append_new(
				sections,
				json_pack("{s:s, s:s, s:b, s:o}", "section", pc_section_name(id),
					  "default",
					  section->dflt == PC_DEFAULT_DENY ? "deny" : "allow",
					  "implied", (int)section->implied, "rules",
					  rule_rows(arena, section)));
	}
	return json_pack("{s:s, s:I, s:o, s:o, s:s, s:o, s:I, s:o, s:o}", "schema",
			 "portcullis.policy.v1", "revision", (json_int_t)compiled->revision.number,
			 "policy", ctl_json_text(policy->name), "about",
			 ctl_json_text(policy->about), "mode", pc_mode_name(policy->mode), "file",
			 ctl_json_bytes(policy->file), "line", (json_int_t)policy->loc.line,
			 "subjects", subjects, "sections", sections);
}

static const char *section_origin(json_t *section)
{
	return strcmp(ctl_text_of(section, "default"), "deny") ? " (implied by every policy)"
							       : " (implied by section file)";
}

static int show_policy(const struct ctl *ctl, const struct pc_compiled *compiled,
		       const struct pc_policy *policy)
{
	static const struct ctl_column columns[] = {
		{.key = "rule"},
		{.key = "place"},
		{.key = "why"},
		{0},
	};
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	json_auto_t *object = policy_object(&arena, compiled, policy);
	struct ctl_facts facts = {0};
	json_t *sections, *section, *row, *subject;
	size_t i, k;

	if (ctl->json || !object)
		return ctl_print_json(ctl, object);
	ctl_fact(&facts, "policy", "%s", policy->name);
	if (policy->about)
		ctl_fact(&facts, "about", "%s", policy->about);
	ctl_fact(&facts, "mode", "%s", pc_mode_name(policy->mode));
	ctl_fact(&facts, "revision", "%" PRIu64, compiled->revision.number);
	ctl_fact(&facts, "file", "%s:%u", ctl_text_of(object, "file"), policy->loc.line);
	json_array_foreach(json_object_get(object, "subjects"), i, subject)
		ctl_fact(&facts, i ? "" : "subject", "%s", json_string_value(subject));
	ctl_print_facts(ctl, &facts);
	sections = json_object_get(object, "sections");
	json_array_foreach(sections, i, section) {
		json_t *rules = json_object_get(section, "rules");

		printf("\n%s: default %s%s\n", ctl_text_of(section, "section"),
		       ctl_text_of(section, "default"),
		       json_is_true(json_object_get(section, "implied")) ? section_origin(section)
									 : "");
		json_array_foreach(rules, k, row) {
			if (json_is_null(json_object_get(row, "why")))
				json_object_set_new(row, "why", json_string(""));
		}
		ctl_print_lines(ctl, columns, rules);
	}
	return PC_EXIT_OK;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* Does a text belong to a policy: its main file, or a drop-in of it? */
static bool belongs(const struct pc_text *text, const struct pc_policy *policy)
{
	size_t n = strlen(policy->name);

	if (!policy->file || !strcmp(text->file, policy->file))
		return true;
	return pc_text_kind_of(text->name) == PC_TEXT_DROPIN &&
	       !strncmp(text->name, policy->name, n) && !strncmp(text->name + n, ".d/", 3);
}

static int show_texts(const struct ctl *ctl, const struct pc_revision *revision,
		      const struct pc_policy *policy)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_text *texts = pc_arena_array(&arena, struct pc_text, revision->text_count + 1u);
	json_auto_t *object = NULL;
	uint32_t count = 0;

	if (!texts)
		return ctl_out_of_memory(ctl);
	for (uint32_t i = 0; i < revision->text_count; i++)
		if (!policy || belongs(&revision->texts[i], policy))
			texts[count++] = revision->texts[i];
	if (ctl->json) {
		object = json_pack("{s:s, s:I, s:o}", "schema", "portcullis.texts.v1", "revision",
				   (json_int_t)revision->number, "texts",
				   pc_texts_to_json(texts, count));
		return ctl_print_json(ctl, object);
	}
	for (uint32_t i = 0; i < count; i++) {
		const char *file = ctl_printable(&arena, texts[i].file);

		printf("# %s\n", file ? file : "");
		fwrite(texts[i].bytes, 1, texts[i].size, stdout);
		if (texts[i].size && texts[i].bytes[texts[i].size - 1] != '\n')
			putchar('\n');
	}
	return PC_EXIT_OK;
}

/* ---- revisions ------------------------------------------------------------------------------- */

static json_t *input_rows(const struct pc_revision *revision)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < revision->input_count; i++) {
		const struct pc_store_input *input = &revision->inputs[i];

		json_array_append_new(rows, json_pack("{s:o, s:o, s:o}", "kind",
						      ctl_json_bytes(input->kind), "key",
						      ctl_json_bytes(input->key), "value",
						      ctl_json_bytes(input->value)));
	}
	return rows;
}

static json_t *revision_object(const struct pc_compiled *compiled)
{
	const struct pc_revision *revision = &compiled->revision;
	json_t *policies = json_array();
	char created[PC_TIME_SIZE];

	pc_time_text(revision->created_ns, created);
	for (uint32_t i = 0; i < compiled->set.count; i++) {
		const struct pc_policy *policy = compiled->set.policies[i];

		json_array_append_new(policies, json_pack("{s:o, s:s, s:o}", "policy",
							  ctl_json_text(policy->name), "mode",
							  pc_mode_name(policy->mode), "file",
							  ctl_json_bytes(policy->file)));
	}
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:o, s:I, s:o, s:I, s:o}", "schema",
			 "portcullis.revision.v1", "revision", (json_int_t)revision->number,
			 "parent", (json_int_t)revision->parent, "created", created, "verb",
			 revision->verb, "comment", ctl_json_bytes(revision->comment), "uid",
			 (json_int_t)revision->who.uid, "policies", policies, "texts",
			 (json_int_t)revision->text_count, "inputs", input_rows(revision));
}

static int show_revision(const struct ctl *ctl, const struct pc_compiled *compiled)
{
	static const struct ctl_column columns[] = {
		{.key = "policy"},
		{.key = "mode", .paint = true},
		{.key = "file"},
		{0},
	};
	const struct pc_revision *revision = &compiled->revision;
	json_auto_t *object = revision_object(compiled);
	struct ctl_facts facts = {0};
	char created[32];

	if (ctl->json || !object)
		return ctl_print_json(ctl, object);
	ctl_format_time(revision->created_ns, created);
	ctl_fact(&facts, "revision", "%" PRIu64, revision->number);
	ctl_fact(&facts, "made from", "%" PRIu64, revision->parent);
	ctl_fact(&facts, "created", "%s, by %s of uid %u", created, revision->verb,
		 revision->who.uid);
	if (*revision->comment)
		ctl_fact(&facts, "comment", "%s", revision->comment);
	ctl_fact(&facts, "texts", "%u", revision->text_count);
	ctl_fact(&facts, "host inputs", "%u", revision->input_count);
	ctl_print_facts(ctl, &facts);
	printf("\n%u %s\n", compiled->set.count, compiled->set.count == 1 ? "policy" : "policies");
	return ctl_print_lines(ctl, columns, json_object_get(object, "policies"));
}

/* ---- what is meant -----------------------------------------------------------------------------
 */

static int unknown_policy(const struct ctl *ctl, const struct pc_compiled *compiled,
			  const char *name)
{
	const char *nearest = NULL;
	unsigned int best = UINT32_MAX;

	for (uint32_t i = 0; i < compiled->set.count; i++)
		if (ctl_is_nearer(name, compiled->set.policies[i]->name, &best))
			nearest = compiled->set.policies[i]->name;
	ctl_error(ctl, "revision %" PRIu64 " has no policy \"%s\"%s%s%s", compiled->revision.number,
		  name, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
		  nearest ? "\"?" : "");
	return PC_EXIT_USAGE;
}

/* A name in the revision asked for, or else a number: that revision. */
static int show(const struct ctl *ctl, struct pc_store *store, uint64_t number, const char *name)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	const struct pc_policy *policy = NULL;
	int status = ctl_compile_revision(ctl, store, number, &compiled);

	if (status)
		return status;
	if (name) {
		policy = pc_policy_find(&compiled->set, name);
		if (!policy && !ctl_parse_number(name, &number))
			return show(ctl, store, number, NULL);
		if (!policy)
			return unknown_policy(ctl, compiled, name);
	}
	if (ctl_flag(ctl, "text"))
		return show_texts(ctl, &compiled->revision, policy);
	return policy ? show_policy(ctl, compiled, policy) : show_revision(ctl, compiled);
}

int ctl_cmd_show(struct ctl *ctl)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	const char *revision = ctl_option(ctl, "revision");
	uint64_t number = 0;
	int status;

	if (revision && ctl_parse_number(revision, &number))
		return ctl_usage(ctl, "\"%s\" is not the number of a revision", revision);
	status = ctl_store_open(ctl, PC_STORE_READ_ONLY, &store);
	if (!status && !number)
		status = ctl_active(ctl, store, &number);
	return status ? status
		      : show(ctl, store, number, ctl->operand_count ? ctl->operands[0] : NULL);
}
