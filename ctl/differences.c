/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Differences of policies as an answer: for diff, plan and apply. */
#include "differences.h"

#include "event.h"

/* Where to look: in what is new, where there is something. */
static json_t *place(struct pc_arena *arena, const struct pc_difference *item)
{
	const struct pc_loc *loc = item->after_at.file ? &item->after_at : &item->before_at;

	if (!loc->file)
		return json_null();
	return ctl_json_bytes(pc_arena_printf(arena, "%s:%u", loc->file, loc->line));
}

static const char *change_text(struct pc_arena *arena, const struct pc_difference *item)
{
	const char *what = pc_diff_what_name(item->what);
	const char *before = item->before, *after = item->after;

	if (item->what == PC_DIFF_RULE || item->what == PC_DIFF_DEFAULT ||
	    item->what == PC_DIFF_SECTION)
		what = "";
	if (before && after)
		return pc_arena_printf(arena, "%s%s%s -> %s", what, *what ? " " : "", before,
				       after);
	return pc_arena_printf(arena, "%s%s%s", what, *what ? " " : "", before ? before : after);
}

static json_t *loc_object(const struct pc_loc *loc)
{
	if (!loc->file)
		return json_null();
	return json_pack("{s:o, s:I}", "file", ctl_json_bytes(loc->file), "line",
			 (json_int_t)loc->line);
}

static json_t *row(struct pc_arena *arena, const struct pc_difference *item)
{
	static const char *const signs[] = {"+", "-", "~"};

	return json_pack(
		"{s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "policy",
		ctl_json_text(item->policy), "section",
		ctl_json_text(item->section < PC_SECTION_COUNT ? pc_section_name(item->section)
							       : NULL),
		"sign", signs[item->kind], "change", pc_diff_kind_name(item->kind), "what",
		pc_diff_what_name(item->what), "effect", pc_diff_effect_name(item->effect), "text",
		ctl_json_text(change_text(arena, item)), "before", ctl_json_text(item->before),
		"after", ctl_json_text(item->after), "before_at", loc_object(&item->before_at),
		"after_at", loc_object(&item->after_at), "place", place(arena, item));
}

json_t *ctl_difference_rows(const struct pc_diff *diff)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	json_t *rows = json_array();

	for (uint32_t i = 0; i < diff->count; i++)
		json_array_append_new(rows, row(&arena, &diff->items[i]));
	return rows;
}

int ctl_print_differences(const struct ctl *ctl, const json_t *rows)
{
	static const struct ctl_column columns[] = {
		{.key = "sign"},
		{.key = "policy", .title = "POLICY"},
		{.key = "section", .title = "SECTION"},
		{.key = "text", .title = "WHAT"},
		{.key = "effect", .title = "EFFECT", .paint = true},
		{.key = "place", .title = "PLACE"},
		{0},
	};

	return ctl_print_table(ctl, columns, rows);
}

json_t *ctl_differences(const struct pc_policy_set *before, const struct pc_policy_set *after)
{
	static const struct pc_policy_set nothing;
	PC_CLEANUP(pc_diff_free) struct pc_diff diff = {0};

	if (pc_diff_make(before ? before : &nothing, after ? after : &nothing, &diff))
		return NULL;
	return ctl_difference_rows(&diff);
}
