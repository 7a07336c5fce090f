/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What one layer answers, and which of its rules match: for check and why. */
#include "layer.h"

#include <string.h>

#include "diff.h"
#include "event.h"
#include "table.h"

static uint32_t name_reason(const char *path, size_t n)
{
	size_t components = 0, length = 0;

	for (size_t i = 0; i < n; i++) {
		length = path[i] == '/' ? 0 : length + 1;
		components += path[i] == '/';
		if (length > PC_COMPONENT_MAX)
			return PC_REASON_LENGTH;
	}
	return components > PC_DEPTH_MAX ? PC_REASON_DEPTH : PC_REASON_RULE;
}

struct pc_question ctl_ask(const struct ctl_question *question)
{
	struct pc_question asked = {
		.op = question->op,
		.fileless = !question->path,
		.same = question->same ? UINT32_MAX : 0,
	};

	if (!question->path)
		return asked;
	asked.reason = name_reason(question->path, question->n);
	pc_image_class(&question->compiled->image, question->path, question->n, &asked.class);
	if (question->op == PC_OP_MOVE)
		asked.moves = PC_MOVE_TREE;
	return asked;
}

void ctl_label_add(const struct pc_compiled *compiled, uint32_t index, struct pc_label *label)
{
	const struct pc_tables tables = pc_image_tables(&compiled->image);
	uint32_t policies = pc_word(&tables, PC_W_POLICIES);

	pc_label_add(label, pc_word(&tables, policies + index * PC_P_WORDS + PC_P_ID), index);
}

static bool matches(const struct ctl_question *question, const struct pc_rule *rule)
{
	if (question->op == PC_OP_MOVE && question->path)
		return ctl_move_matches(question, rule);
	if (!(rule->ops & PC_BIT(question->op)))
		return false;
	if (PC_BIT(question->op) & PC_OPS_PLAIN)
		return rule->plain || (rule->same && question->same);
	if (!question->path)
		return rule->fileless;
	return pc_globs_match(&rule->objects, question->path, question->n);
}

/* Does a rule allow it by a whole name, so that what is implied says nothing? */
static bool is_excepted(const struct ctl_question *question, const struct pc_section *section)
{
	const struct pc_rule *implied = section->rules + section->count;

	for (uint32_t i = 0; i < section->implied_count; i++)
		if (!implied[i].deny && matches(question, &implied[i]))
			return true;
	return false;
}

static json_t *rule_object(const struct pc_rule *rule, bool decides)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:b}", "effect",
			 rule->deny ? "deny" : "allow", "rule",
			 ctl_json_text(pc_rule_meaning(&arena, rule)), "written",
			 ctl_json_text(rule->text), "why", ctl_json_text(rule->why), "file",
			 ctl_json_bytes(rule->loc.file), "line", (json_int_t)rule->loc.line,
			 "decides", decides);
}

static void add_matching(json_t *rules, const struct ctl_question *question,
			 const struct pc_section *section, bool deny, const struct pc_rule *decides)
{
	for (uint32_t i = 0; i < section->count + section->implied_count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		/* An allow that is implied stands among those that are written. */
		if (rule->implied && (!deny || is_excepted(question, section)))
			continue;
		if (rule->deny == deny && matches(question, rule))
			json_array_append_new(rules, rule_object(rule, rule == decides));
	}
}

/* Rules of every section have something to say of a move. */
static json_t *matching_rules(const struct ctl_question *question, const struct pc_policy *policy,
			      const struct pc_rule *decides)
{
	json_t *rules = json_array();

	for (int deny = 1; deny >= 0; deny--)
		for (uint32_t s = 0; s < PC_SECTION_COUNT; s++)
			if (s == question->section || question->op == PC_OP_MOVE)
				add_matching(rules, question, &policy->sections[s], deny, decides);
	return rules;
}

static const char *verdict_text(const struct pc_verdict *verdict)
{
	return verdict->denied ? "denied" : verdict->audited ? "audited" : "allowed";
}

/* What the rules of the model say, read one by one: pc_decide must say the same of the image. */
static uint32_t expected(const struct ctl_question *question, const struct pc_policy *policy)
{
	const struct pc_section *section = &policy->sections[question->section];
	bool deny = false, audit = false, allow = false, denied;

	if (question->op == PC_OP_MOVE && question->path)
		return ctl_move_expected(question, policy);
	for (uint32_t i = 0; i < section->count + section->implied_count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		if (!matches(question, rule) || (rule->implied && is_excepted(question, section)))
			continue;
		allow |= !rule->deny;
		deny |= rule->deny && rule->mode == PC_MODE_ENFORCE;
		audit |= rule->deny && rule->mode == PC_MODE_AUDIT;
	}
	denied = section->present && (deny || (!allow && section->dflt == PC_DEFAULT_DENY));
	if (denied && policy->mode == PC_MODE_ENFORCE)
		return PC_DENIED;
	return denied || audit ? PC_AUDITED : PC_ALLOWED;
}

static bool agrees(const struct ctl_question *question, const struct pc_policy *policy,
		   const struct pc_verdict *verdict, uint32_t reason)
{
	uint32_t said = verdict->denied ? PC_DENIED : verdict->audited ? PC_AUDITED : PC_ALLOWED;

	/* Rules say nothing of what has no name they could match. */
	return reason != PC_REASON_RULE || said == expected(question, policy);
}

static json_t *default_object(const struct pc_section *section)
{
	if (!section->present)
		return json_null();
	return json_pack("{s:s, s:b, s:o, s:I}", "default",
			 section->dflt == PC_DEFAULT_DENY ? "deny" : "allow", "implied",
			 (int)section->implied, "file", ctl_json_bytes(section->loc.file), "line",
			 (json_int_t)section->loc.line);
}

json_t *ctl_layer(const struct ctl_question *question, uint32_t index)
{
	const struct pc_image *image = &question->compiled->image;
	const struct pc_policy *policy = question->compiled->set.policies[index];
	const struct pc_section *section = &policy->sections[question->section];
	const struct pc_tables tables = pc_image_tables(image);
	const struct pc_question asked = ctl_ask(question);
	const struct pc_rule *decides = NULL;
	struct pc_verdict verdict = {0};
	struct pc_label label = {0};
	bool answered;

	ctl_label_add(question->compiled, index, &label);
	pc_decide(&tables, &label, &asked, &verdict);
	answered = verdict.denied || verdict.audited;
	if (answered && verdict.rule < image->rule_count)
		decides = image->rules[verdict.rule].rule;
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:b, s:b, s:b, s:o, s:o}", "policy",
			 ctl_json_text(policy->name), "mode", pc_mode_name(policy->mode), "verdict",
			 verdict_text(&verdict), "reason",
			 ctl_json_text(answered ? pc_reason_name(verdict.reason) : NULL), "errno",
			 ctl_json_text(answered ? strerrorname_np((int)verdict.err) : NULL),
			 "killed", (int)verdict.kill, "confined", (int)section->present, "agrees",
			 (int)agrees(question, policy, &verdict, asked.reason), "default",
			 default_object(section), "rules",
			 matching_rules(question, policy, decides));
}

/* ---- for people --------------------------------------------------------------------------------
 */

static void add_line(json_t *lines, const char *mark, const char *rule, const json_t *place,
		     const char *why)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const char *at = pc_arena_printf(&arena, "%s:%llu", ctl_text_of(place, "file"),
					 (unsigned long long)ctl_number_of(place, "line"));

	json_array_append_new(lines, json_pack("{s:s, s:s, s:s, s:s}", "mark", mark, "rule", rule,
					       "place", at ? at : "", "why", why));
}

static const char *verdict_note(const json_t *layer, const char *verdict)
{
	if (!strcmp(verdict, "audited"))
		return " (audit: reported, not blocked)";
	if (!strcmp(verdict, "denied") && json_is_true(json_object_get(layer, "killed")))
		return " (kill)";
	if (!json_is_true(json_object_get(layer, "confined")))
		return " (the policy has no such section)";
	return "";
}

void ctl_print_layer(const struct ctl *ctl, const json_t *layer)
{
	static const struct ctl_column columns[] = {
		{.key = "mark"}, {.key = "rule"}, {.key = "place"}, {.key = "why"}, {0},
	};
	const json_t *dflt = json_object_get(layer, "default"), *rule;
	const char *verdict = ctl_text_of(layer, "verdict"), *reason = ctl_text_of(layer, "reason");
	json_auto_t *lines = json_array();
	bool decided = !strcmp(verdict, "allowed");
	size_t i;

	printf("%s: %s%s\n", ctl_text_of(layer, "policy"), verdict, verdict_note(layer, verdict));
	json_array_foreach(json_object_get(layer, "rules"), i, rule) {
		decided |= json_is_true(json_object_get(rule, "decides"));
		add_line(lines, json_is_true(json_object_get(rule, "decides")) ? ">" : "",
			 ctl_text_of(rule, "rule"), rule, ctl_text_of(rule, "why"));
	}
	if (json_is_object(dflt)) {
		PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
		const char *text =
			pc_arena_printf(&arena, "default: %s", ctl_text_of(dflt, "default"));
		bool implied = json_is_true(json_object_get(dflt, "implied"));

		add_line(lines, decided ? "" : ">", text ? text : "", dflt,
			 !decided && strcmp(reason, "default") != 0 ? reason
			 : implied ? strcmp(ctl_text_of(dflt, "default"), "deny")
					     ? "implied by every policy"
					     : "implied by section file: " PC_IMPLIED_WHY
				   : "");
	}
	ctl_print_lines(ctl, columns, lines);
}
