/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the numbers in an event stand for: names of operations and reasons, rules of a revision. */
#include <errno.h>
#include <string.h>

#include "event.h"

struct op_name {
	const char *name;
	const char *section;
	const char *permission;
};

#define PC_X(symbol, name, err) static const char section_name_##symbol[] = name;
PC_SECTIONS(PC_X)
#undef PC_X

static const char *const sections[] = {
#define PC_X(symbol, name, err) [PC_SECTION_##symbol] = section_name_##symbol,
	PC_SECTIONS(PC_X)
#undef PC_X
};

static const struct op_name ops[] = {
#define PC_X(symbol, section, name, permission)                                                    \
	[PC_OP_##symbol] = {name, section_name_##section, permission},
	PC_OPS(PC_X)
#undef PC_X
};

static const char *const reasons[] = {
#define PC_X(symbol, name) [PC_REASON_##symbol] = name,
	PC_REASONS(PC_X)
#undef PC_X
};

static const char *const hooks[] = {
#define PC_X(name) [PC_HOOK_##name] = #name,
	PC_HOOKS(PC_X)
#undef PC_X
};

static const char *const decisions[] = {
	[PC_ALLOWED] = "allowed",
	[PC_DENIED] = "denied",
	[PC_AUDITED] = "audited",
};

const char *pc_op_name(uint32_t op)
{
	return op < PC_ARRAY_SIZE(ops) ? ops[op].name : NULL;
}

const char *pc_op_section(uint32_t op)
{
	return op < PC_ARRAY_SIZE(ops) ? ops[op].section : NULL;
}

const char *pc_op_permission(uint32_t op)
{
	return op < PC_ARRAY_SIZE(ops) ? ops[op].permission : NULL;
}

const char *pc_section_name(uint32_t section)
{
	return section < PC_ARRAY_SIZE(sections) ? sections[section] : NULL;
}

const char *pc_decision_name(uint32_t decision)
{
	return decision < PC_ARRAY_SIZE(decisions) ? decisions[decision] : NULL;
}

const char *pc_reason_name(uint32_t reason)
{
	return reason < PC_ARRAY_SIZE(reasons) ? reasons[reason] : NULL;
}

const char *pc_hook_name(uint32_t hook)
{
	return hook < PC_ARRAY_SIZE(hooks) ? hooks[hook] : NULL;
}

int pc_op_find(const char *section, const char *name)
{
	for (uint32_t op = 0; op < PC_ARRAY_SIZE(ops); op++)
		if (!strcmp(ops[op].section, section) && !strcmp(ops[op].name, name))
			return (int)op;
	return -ENOENT;
}

/* ---- rules --------------------------------------------------------------------------------- */

/* Copies of texts that many rules share (files, policies) are made once. */
struct shared_text {
	const char *from;
	const char *copy;
};

static const char *share(struct pc_arena *arena, struct shared_text *last, const char *text)
{
	if (!text)
		return NULL;
	if (last->from != text) {
		last->from = text;
		last->copy = pc_arena_strndup(arena, text, strlen(text));
	}
	return last->copy;
}

static uint32_t policy_id(const struct pc_policy_set *set, const struct pc_policy *policy,
			  const uint32_t *ids)
{
	for (uint32_t i = 0; set && i < set->count; i++)
		if (set->policies[i] == policy)
			return ids ? ids[i] : i + 1;
	return 0;
}

static void name_default(const struct pc_image_rule *rule, struct pc_rule_name *name)
{
	const struct pc_section *section =
		rule->policy ? &rule->policy->sections[rule->section] : NULL;

	name->text =
		section && section->dflt == PC_DEFAULT_ALLOW ? "default: allow" : "default: deny";
	if (section && section->implied && section->dflt == PC_DEFAULT_DENY) {
		name->text = "default: deny (implied by the file section)";
		name->why = PC_IMPLIED_WHY;
	}
}

static bool name_rule(struct pc_arena *arena, const struct pc_image_rule *rule,
		      struct shared_text *file, struct shared_text *policy,
		      struct pc_rule_name *name)
{
	name->policy = share(arena, policy, rule->policy ? rule->policy->name : "");
	name->file = share(arena, file, rule->loc.file ? rule->loc.file : "");
	name->line = rule->loc.line;
	name->column = rule->loc.column;
	if (rule->rule) {
		name->text = pc_arena_printf(arena, "%s %s", rule->rule->deny ? "deny" : "allow",
					     rule->rule->text);
		name->why = !rule->rule->why ? NULL
					     : pc_arena_strndup(arena, rule->rule->why,
								strlen(rule->rule->why));
	} else {
		name_default(rule, name);
	}
	return name->policy && name->file && name->text &&
	       (!rule->rule || !rule->rule->why || name->why);
}

int pc_rule_names_new(const struct pc_image *image, uint64_t revision, const uint32_t *ids,
		      struct pc_rule_names **ret_names)
{
	struct shared_text file = {NULL, NULL}, policy = {NULL, NULL};
	struct pc_rule_names *names = calloc(1, sizeof(*names));
	const struct pc_policy *last = NULL;
	uint32_t last_id = 0;

	if (!names)
		return -ENOMEM;
	names->revision = revision;
	names->count = image->rule_count;
	names->items = pc_arena_array(&names->arena, struct pc_rule_name, image->rule_count);
	for (uint32_t i = 0; i < image->rule_count; i++) {
		const struct pc_image_rule *rule = &image->rules[i];

		if (!names->items ||
		    !name_rule(&names->arena, rule, &file, &policy, &names->items[i])) {
			pc_rule_names_free(names);
			return -ENOMEM;
		}
		if (rule->policy != last)
			last_id = policy_id(image->set, rule->policy, ids);
		last = rule->policy;
		names->items[i].policy_id = last_id;
	}
	*ret_names = names;
	return 0;
}

void pc_rule_names_free(struct pc_rule_names *names)
{
	if (!names)
		return;
	pc_arena_free(&names->arena);
	free(names);
}
