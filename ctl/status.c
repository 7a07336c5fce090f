/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* status and stats: what is in force, how the folders differ from it, and what it did. */
#include <inttypes.h>
#include <string.h>

#include "commands.h"
#include "daemon.h"
#include "source.h"
#include "table.h"
#include "text.h"

/* ---- folders -----------------------------------------------------------------------------------
 */

static const struct pc_text *find(const struct pc_text *texts, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(texts[i].name, name))
			return &texts[i];
	return NULL;
}

static void add_difference(json_t *rows, const char *name, const char *change)
{
	json_array_append_new(
		rows, json_pack("{s:o, s:s}", "name", ctl_json_bytes(name), "change", change));
}

/* Texts by what a folder apply would do with them. */
static json_t *compare_texts(const struct pc_revision *active, const struct pc_texts *folders)
{
	json_t *rows = json_array();

	for (uint32_t i = 0; i < folders->count; i++) {
		const struct pc_text *now = &folders->items[i];
		const struct pc_text *then = find(active->texts, active->text_count, now->name);

		if (!then)
			add_difference(rows, now->name, "added");
		else if (then->size != now->size || memcmp(then->bytes, now->bytes, now->size) != 0)
			add_difference(rows, now->name, "changed");
	}
	for (uint32_t i = 0; i < active->text_count; i++)
		if (!find(folders->items, folders->count, active->texts[i].name))
			add_difference(rows, active->texts[i].name, "removed");
	return rows;
}

/* What the folders have otherwise than the store; null where it cannot be told. */
static json_t *compare_folders(const char *path)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	PC_CLEANUP(pc_diags_free) struct pc_diags ignored = {0};
	PC_CLEANUP(pc_texts_free) struct pc_texts folders = {0};
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_revision active = {0};
	uint64_t number;

	if (pc_store_open(path, PC_STORE_READ_ONLY, &store, NULL) ||
	    pc_store_active(store, &number) ||
	    (number && pc_store_get_revision(store, number, &arena, &active)) ||
	    pc_texts_read_folders(pc_policy_folders, pc_policy_folder_count, &folders, &ignored))
		return json_null();
	return compare_texts(&active, &folders);
}

/* ---- status ------------------------------------------------------------------------------------
 */

static void off_facts(struct ctl_facts *facts, const json_t *off)
{
	const char *until = ctl_text_of(off, "until");
	char since[32], end[32];

	ctl_local_time(ctl_text_of(off, "since"), since);
	ctl_local_time(until, end);
	ctl_fact(facts, "enforcement", "OFF since %s, until %s", since,
		 *until ? end : "\"policyctl on\"");
	ctl_fact(facts, "reason", "%s", ctl_text_of(off, "reason"));
}

static void state_facts(struct ctl_facts *facts, const json_t *status)
{
	const json_t *off = json_object_get(status, "off");
	const json_t *confirm = json_object_get(status, "confirm");
	char deadline[32];

	if (json_is_object(off))
		off_facts(facts, off);
	else
		ctl_fact(facts, "enforcement", "%s",
			 json_is_true(json_object_get(status, "enforcing")) ? "on" : "OFF");
	ctl_fact(facts, "in force", "revision %" PRIu64 ", generation %" PRIu64,
		 ctl_number_of(status, "revision"), ctl_number_of(status, "generation"));
	if (!json_is_object(confirm))
		return;
	ctl_local_time(ctl_text_of(confirm, "deadline"), deadline);
	ctl_fact(facts, "to confirm", "until %s, otherwise revision %" PRIu64 " comes back",
		 deadline, ctl_number_of(confirm, "previous"));
}

/* Files of several names: what is not known of them is denied. */
static void links_fact(struct ctl_facts *facts, const json_t *links)
{
	const char *state = "complete";

	if (!json_is_object(links))
		return;
	if (json_is_true(json_object_get(links, "full")))
		state = "FULL: others are denied";
	if (!json_is_true(json_object_get(links, "complete")))
		state = "NOT COMPLETE: they are denied";
	ctl_fact(facts, "links", "%" PRIu64 " files of several names, %s, walked in %" PRIu64 " ms",
		 ctl_number_of(links, "files"), state, ctl_number_of(links, "walk_ms"));
}

static void host_facts(struct ctl_facts *facts, const json_t *status)
{
	const json_t *store = json_object_get(status, "store");
	const json_t *events = json_object_get(status, "events");
	char started[32];

	ctl_local_time(ctl_text_of(status, "started"), started);
	ctl_fact(facts, "enforcerd", "%s, pid %" PRIu64 ", since %s%s",
		 ctl_text_of(status, "version"), ctl_number_of(status, "pid"), started,
		 json_is_true(json_object_get(status, "adopted")) ? ", took over what was in force"
								  : "");
	ctl_fact(facts, "store", "%s, revision %" PRIu64 " active, %" PRIu64 " the newest",
		 ctl_text_of(store, "path"), ctl_number_of(store, "active"),
		 ctl_number_of(store, "last"));
	ctl_fact(facts, "kernel", "%zu hooks, %" PRIu64 " KiB of maps",
		 json_array_size(json_object_get(status, "hooks")),
		 ctl_number_of(status, "map_bytes") / 1024);
	links_fact(facts, json_object_get(status, "links"));
	ctl_fact(facts, "events",
		 "%" PRIu64 " reported, %" PRIu64 " dropped, %" PRIu64 " delivered",
		 ctl_number_of(events, "reported"), ctl_number_of(events, "dropped"),
		 ctl_number_of(events, "delivered"));
}

static void print_folders(const struct ctl *ctl, const json_t *folders)
{
	static const struct ctl_column columns[] = {
		{.key = "change", .paint = true},
		{.key = "name"},
		{0},
	};

	if (!json_array_size(folders))
		return;
	puts("\nthe policy folders differ; \"policyctl apply\" would make these");
	ctl_print_lines(ctl, columns, folders);
}

static int print_status(const struct ctl *ctl, const json_t *status)
{
	static const struct ctl_column columns[] = {
		{.key = "policy", .title = "POLICY"},
		{.key = "mode", .title = "MODE", .paint = true},
		{.key = "sections", .title = "SECTIONS"},
		{.key = "rules", .title = "RULES"},
		{.key = "denied", .title = "DENIED"},
		{.key = "audited", .title = "AUDITED"},
		{.key = "file", .title = "FILE"},
		{0},
	};
	const json_t *policies = json_object_get(status, "policies");
	struct ctl_facts facts = {0};
	json_t *problem;
	size_t i;

	state_facts(&facts, status);
	host_facts(&facts, status);
	json_array_foreach(json_object_get(status, "problems"), i, problem)
		ctl_fact(&facts, "PROBLEM", "%s", json_string_value(problem));
	ctl_print_facts(ctl, &facts);
	if (json_array_size(policies))
		putchar('\n');
	ctl_print_table(ctl, columns, policies);
	print_folders(ctl, json_object_get(status, "folders"));
	return PC_EXIT_OK;
}

int ctl_cmd_status(struct ctl *ctl)
{
	PC_FREE char *path = NULL;
	json_auto_t *result = NULL;
	int status = ctl_daemon_call(ctl, pc_request_new("status"), &result);

	if (status)
		return status;
	path = ctl_daemon_store(ctl);
	json_object_set_new(result, "folders", compare_folders(path ? path : ctl->store));
	return ctl->json ? ctl_print_json(ctl, result) : print_status(ctl, result);
}

/* ---- stats -------------------------------------------------------------------------------------
 */

int ctl_cmd_stats(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
		{.key = "policy", .title = "POLICY"},
		{.key = "section", .title = "SECTION"},
		{.key = "operation", .title = "OPERATION"},
		{.key = "allowed", .title = "ALLOWED"},
		{.key = "denied", .title = "DENIED"},
		{.key = "audited", .title = "AUDITED"},
		{0},
	};
	json_auto_t *result = NULL;
	const char *reason;
	json_t *count;
	int status = ctl_daemon_call(ctl, pc_request_new("stats"), &result);

	if (status)
		return status;
	if (ctl->json)
		return ctl_print_json(ctl, result);
	ctl_print_table(ctl, columns, json_object_get(result, "policies"));
	printf("\n%" PRIu64 " events reported, %" PRIu64 " dropped\n",
	       ctl_number_of(result, "reported"), ctl_number_of(result, "dropped"));
	json_object_foreach(json_object_get(result, "reasons"), reason, count)
		if (json_integer_value(count))
			printf("  %-20s %" JSON_INTEGER_FORMAT "\n", reason,
			       json_integer_value(count));
	return PC_EXIT_OK;
}
