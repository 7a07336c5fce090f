/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rules and subjects as text for people, from what was understood and not from what was written. */
#include <string.h>

#include "diff-internal.h"

struct text {
	char *bytes;
	size_t size;
	FILE *out;
};

static bool begin(struct text *text)
{
	*text = (struct text){0};
	text->out = open_memstream(&text->bytes, &text->size);
	return text->out != NULL;
}

static char *end(struct text *text, struct pc_arena *arena)
{
	bool failed = ferror(text->out) || fclose(text->out);
	char *copy = failed ? NULL : pc_arena_strndup(arena, text->bytes, text->size);

	free(text->bytes);
	return copy;
}

static const struct {
	const char *name;
	uint32_t section;
} operations[] = {
#define PC_X(symbol, section, name, permission) {name, PC_SECTION_##section},
	PC_OPS(PC_X)
#undef PC_X
};

static void put_ops(FILE *out, uint32_t ops)
{
	const char *before = "";

	for (uint32_t s = 0; s < PC_SECTION_COUNT; s++) {
		uint32_t all = pc_ops_all(s);

		if (s == PC_SECTION_EXEC || (ops & all) != all)
			continue;
		fputs("all", out);
		before = ",";
		ops &= ~all;
	}
	if ((ops & PC_OPS_MODIFY) == PC_OPS_MODIFY) {
		fputs("modify", out);
		before = ",";
		ops &= ~PC_OPS_MODIFY;
	}
	for (uint32_t op = 0; op < PC_OP_COUNT; op++) {
		if (!(ops & PC_BIT(op)))
			continue;
		fprintf(out, "%s%s", before, operations[op].name);
		before = ",";
	}
}

char *pc_rule_part_text(struct pc_arena *arena, const struct pc_rule *rule, uint32_t ops,
			const char *const *objects, uint32_t count)
{
	struct text text;

	if (!begin(&text))
		return NULL;
	fputs(rule->deny ? "deny " : "allow ", text.out);
	put_ops(text.out, ops);
	for (uint32_t i = 0; i < count; i++)
		if (*objects[i])
			fprintf(text.out, " %s", objects[i]);
	if (rule->kill)
		fputs(" (kill)", text.out);
	if (rule->deny && rule->err)
		fprintf(text.out, " (errno:%s)", strerrorname_np(rule->err));
	if (rule->deny && rule->mode == PC_MODE_AUDIT)
		fputs(" (audit)", text.out);
	return end(&text, arena);
}

/* Is the last of texts[0..last] one of those before it? */
static bool is_among(const char *const *texts, uint32_t last)
{
	for (uint32_t i = 0; i < last; i++)
		if (!strcmp(texts[i], texts[last]))
			return true;
	return false;
}

const char *pc_plain_text(const struct pc_rule *rule)
{
	return rule->ops & PC_OPS_PROCESS ? PC_ANY_TEXT : PC_PLAIN_TEXT;
}

char *pc_rule_meaning(struct pc_arena *arena, const struct pc_rule *rule)
{
	uint32_t count = rule->objects.count + rule->fileless + rule->plain + rule->same;
	const char **objects = pc_arena_array(arena, const char *, count + 1);

	if (!objects)
		return NULL;
	if (rule->implied && rule->deny)
		return pc_arena_printf(arena, "deny %s", rule->text);
	count = 0;
	for (uint32_t i = 0; i < rule->objects.count; i++) {
		objects[count] = pc_glob_text(arena, rule->objects.globs[i]);
		if (!objects[count])
			return NULL;
		/* What was resolved may be what stands beside it. */
		count += !is_among(objects, count);
	}
	if (rule->fileless)
		objects[count++] = PC_FILELESS_TEXT;
	if (rule->plain)
		objects[count++] = pc_plain_text(rule);
	if (rule->same)
		objects[count++] = PC_SAME_TEXT;
	return pc_rule_part_text(arena, rule, rule->ops, objects, count);
}

static int put_globs(FILE *out, struct pc_arena *arena, const char *key,
		     const struct pc_glob_list *list)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const char *text = pc_glob_text(arena, list->globs[i]);

		if (!text)
			return -1;
		fprintf(out, i ? ",%s%s" : "%s %s", i ? "" : key, text);
	}
	if (list->count)
		fputc(' ', out);
	return 0;
}

static void put_ids(FILE *out, const char *key, const struct pc_id_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		fprintf(out, i ? ",%s%u" : "%s %u", i ? "" : key, set->ranges[i].first);
		if (set->ranges[i].last != set->ranges[i].first)
			fprintf(out, "-%u", set->ranges[i].last);
	}
	if (set->count)
		fputc(' ', out);
}

char *pc_subject_meaning(struct pc_arena *arena, const struct pc_subject_item *item)
{
	struct text text;
	int failed;
	char *copy;

	if (item->system)
		return pc_arena_strndup(arena, "system", 6);
	if (!begin(&text))
		return NULL;
	failed = put_globs(text.out, arena, "cgroup", &item->cgroup) |
		 put_globs(text.out, arena, "exe", &item->exe);
	put_ids(text.out, "user", &item->user);
	put_ids(text.out, "group", &item->group);
	put_ids(text.out, "login", &item->login);
	copy = end(&text, arena);
	if (copy && *copy)
		copy[strlen(copy) - 1] = 0; /* the space behind the last key */
	return failed ? NULL : copy;
}

const char *pc_mode_name(enum pc_mode mode)
{
	return mode == PC_MODE_AUDIT ? "audit" : "enforce";
}

const char *pc_diff_kind_name(enum pc_diff_kind kind)
{
	static const char *const names[] = {
		[PC_DIFF_ADDED] = "added",
		[PC_DIFF_REMOVED] = "removed",
		[PC_DIFF_CHANGED] = "changed",
	};

	return names[kind];
}

const char *pc_diff_what_name(enum pc_diff_what what)
{
	static const char *const names[] = {
		[PC_DIFF_POLICY] = "policy",   [PC_DIFF_MODE] = "mode",
		[PC_DIFF_SUBJECT] = "subject", [PC_DIFF_SECTION] = "section",
		[PC_DIFF_DEFAULT] = "default", [PC_DIFF_RULE] = "rule",
		[PC_DIFF_WHY] = "why",
	};

	return names[what];
}

const char *pc_diff_effect_name(enum pc_diff_effect effect)
{
	static const char *const names[] = {
		[PC_DIFF_NEUTRAL] = "neutral",
		[PC_DIFF_TIGHTER] = "tighter",
		[PC_DIFF_LOOSER] = "looser",
	};

	return names[effect];
}
