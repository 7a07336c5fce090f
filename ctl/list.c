/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* list and history: what the store holds, a line each. */
#include <inttypes.h>
#include <pwd.h>

#include "commands.h"
#include "diff.h"
#include "event.h"
#include "source.h"
#include "table.h"
#include "text.h"

#define HISTORY_LIMIT 20

static json_t *policy_row(const struct pc_compiled *compiled, const struct pc_policy *policy)
{
	json_t *sections = json_array();
	json_int_t rules = 0;
	enum pc_mode mode;

	for (uint32_t id = 0; id < PC_SECTION_COUNT; id++) {
		if (!policy->sections[id].present || policy->sections[id].implied)
			continue;
		json_array_append_new(sections, ctl_json_text(pc_section_name(id)));
		rules += policy->sections[id].count;
	}
	return json_pack("{s:o, s:s, s:b, s:I, s:o, s:I, s:o, s:I, s:o}", "policy",
			 ctl_json_text(policy->name), "mode", pc_mode_name(policy->mode),
			 "overridden", !pc_revision_mode(&compiled->revision, policy->name, &mode),
			 "subjects", (json_int_t)policy->subject_count, "sections", sections,
			 "rules", rules, "file", ctl_json_bytes(policy->file), "line",
			 (json_int_t)policy->loc.line, "about", ctl_json_text(policy->about));
}

int ctl_cmd_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{.key = "policy", .title = "POLICY"},
		{.key = "mode", .title = "MODE", .paint = true},
		{.key = "sections", .title = "SECTIONS"},
		{.key = "subjects", .title = "SUBJECTS"},
		{.key = "rules", .title = "RULES"},
		{.key = "about", .title = "ABOUT"},
		{.key = "file", .title = "FILE"},
		{0},
	};
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	json_auto_t *answer = NULL;
	json_t *rows = json_array();
	int status = ctl_flag(ctl, "revision") ? ctl_compile_asked(ctl, &compiled)
					       : ctl_compile_active_if_any(ctl, &compiled);

	for (uint32_t i = 0; compiled && i < compiled->set.count; i++)
		json_array_append_new(rows, policy_row(compiled, compiled->set.policies[i]));
	answer = json_pack("{s:s, s:I, s:o}", "schema", "portcullis.list.v1", "revision",
			   compiled ? (json_int_t)compiled->revision.number : 0, "policies", rows);
	if (status)
		return status;
	if (!compiled)
		ctl_note(ctl, "nothing has been applied yet");
	else if (!json_array_size(rows))
		ctl_note(ctl, "revision %" PRIu64 " holds no policy", compiled->revision.number);
	return ctl_print_answer(ctl, answer, "policies", columns);
}

/* "root", "root as alice" for alice who became root, or numbers where there is no name. */
static json_t *who_text(const struct pc_store_who *who)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const struct passwd *user;
	char *name, *login = NULL;

	user = getpwuid(who->uid);
	name = user ? pc_arena_printf(&arena, "%s", user->pw_name)
		    : pc_arena_printf(&arena, "%u", who->uid);
	if (name && who->login_uid != UINT32_MAX && who->login_uid != who->uid) {
		user = getpwuid(who->login_uid);
		login = user ? pc_arena_printf(&arena, "%s as %s", user->pw_name, name)
			     : pc_arena_printf(&arena, "%u as %s", who->login_uid, name);
	}
	return ctl_json_bytes(login ? login : name);
}

static json_t *revision_row(const struct pc_revision *revision, uint64_t active)
{
	char local[32], utc[PC_TIME_SIZE];

	ctl_format_time(revision->created_ns, local);
	pc_time_text(revision->created_ns, utc);
	return json_pack(
		"{s:I, s:b, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:I}", "revision",
		(json_int_t)revision->number, "active", revision->number == active, "created", utc,
		"local", local, "verb", revision->verb, "who", who_text(&revision->who), "uid",
		(json_int_t)revision->who.uid, "login_uid",
		revision->who.login_uid == UINT32_MAX ? json_null()
						      : json_integer(revision->who.login_uid),
		"comm", ctl_json_bytes(revision->who.comm), "comment",
		ctl_json_bytes(revision->comment), "parent", (json_int_t)revision->parent);
}

static int history_limit(const struct ctl *ctl, uint32_t *ret_limit)
{
	const char *text = ctl_option(ctl, "limit");
	uint64_t limit = HISTORY_LIMIT;

	if (text && (ctl_parse_number(text, &limit) || limit > UINT32_MAX))
		return ctl_usage(ctl, "\"%s\" is not a number of revisions", text);
	*ret_limit = (uint32_t)limit;
	return PC_EXIT_OK;
}

int ctl_cmd_history(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{.key = "revision", .title = "REVISION"},
		{.key = "active", .title = "ACTIVE"},
		{.key = "local", .title = "TIME"},
		{.key = "verb", .title = "CHANGE"},
		{.key = "who", .title = "WHO"},
		{.key = "comment", .title = "COMMENT"},
		{0},
	};
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	json_auto_t *answer = NULL;
	struct pc_revision *items = NULL;
	uint32_t limit = 0, count = 0;
	uint64_t active = 0;
	json_t *rows;
	int status = history_limit(ctl, &limit);

	if (!status)
		status = ctl_store_open_if_any(ctl, &store);
	if (status)
		return status;
	if (store && (pc_store_active(store, &active) ||
		      pc_store_history(store, 0, limit, &arena, &items, &count)))
		return ctl_store_failed(ctl, pc_store_last_error(store));
	rows = json_array();
	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(rows, revision_row(&items[i], active));
	answer = json_pack("{s:s, s:I, s:o}", "schema", "portcullis.history.v1", "active",
			   (json_int_t)active, "revisions", rows);
	if (!count)
		ctl_note(ctl, "nothing has been applied yet");
	return ctl_print_answer(ctl, answer, "revisions", columns);
}
