/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of the active revision: which texts and inputs the new one has, and what is different.
 */
#include <errno.h>
#include <string.h>

#include "lint.h"
#include "revision-internal.h"

int pc_plan_fail(struct pc_plan_draft *draft, int err, const char *hint, const char *format, ...)
{
	va_list arguments;

	if (!draft->error)
		return err;
	draft->error->err = err;
	va_start(arguments, format);
	vsnprintf(draft->error->message, sizeof(draft->error->message), format, arguments);
	va_end(arguments);
	snprintf(draft->error->hint, sizeof(draft->error->hint), "%s", hint);
	return err;
}

/* ---- the base ------------------------------------------------------------------------------ */

static int parse_base(struct pc_plan_draft *draft)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags ignored = {0};
	struct pc_inputs answers = {.arena = &draft->arena};
	struct pc_host host = pc_host_replaying(&answers);
	int err = pc_inputs_put_all(&answers, &draft->base_read);

	if (!err)
		err = pc_parse(draft->base_read.texts, draft->base_read.text_count, &host,
			       &draft->base_parsed, &ignored);
	/* A base that this version cannot read any more must not be in the way of mending it: its
	 * policies are unknown then. */
	return err == -ENOMEM ? err : 0;
}

static int load_base(struct pc_plan_draft *draft)
{
	const struct pc_compiled *active = draft->change->active;
	uint64_t expected = draft->change->expected;
	uint64_t *base = &draft->plan->base;
	int err = draft->store ? pc_store_active(draft->store, base) : 0;

	if (err)
		return pc_store_failed(draft->store, err, draft->error);
	if (expected != PC_STORE_ANY && expected != *base)
		return pc_plan_fail(draft, -ESTALE, "look at what changed and try again",
				    "the store moved on: revision %llu is active, not %llu",
				    (unsigned long long)*base, (unsigned long long)expected);
	if (!*base)
		return 0;
	if (active && active->revision.number == *base) {
		draft->base = &active->revision;
		draft->base_set = &active->set;
		return 0;
	}
	err = pc_store_get_revision(draft->store, *base, &draft->arena, &draft->base_read);
	if (err)
		return pc_store_failed(draft->store, err, draft->error);
	draft->base = &draft->base_read;
	draft->base_set = &draft->base_parsed;
	return parse_base(draft);
}

/* ---- inputs -------------------------------------------------------------------------------- */

static int note_reverted(struct pc_plan_draft *draft, const struct pc_store_input *input)
{
	struct pc_plan *plan = draft->plan;
	struct pc_mode_change *change =
		pc_arena_push(&plan->arena, &plan->reverted, &plan->reverted_count);

	if (!change)
		return -ENOMEM;
	change->policy = pc_arena_strndup(&plan->arena, input->key, strlen(input->key));
	change->mode = strcmp(input->value, "audit") ? PC_MODE_ENFORCE : PC_MODE_AUDIT;
	return change->policy ? 0 : -ENOMEM;
}

/* Overrides of modes last until their policy is applied anew. */
static int take_modes(struct pc_plan_draft *draft, const struct pc_revision *from)
{
	bool apply = !strcmp(draft->change->verb, "apply");
	int err = 0;

	if (draft->change->policy)
		err = pc_inputs_put(&draft->inputs, PC_INPUT_MODE, draft->change->policy,
				    draft->change->mode == PC_MODE_AUDIT ? "audit" : "enforce");
	for (uint32_t i = 0; !err && from && i < from->input_count; i++) {
		const struct pc_store_input *input = &from->inputs[i];

		if (strcmp(input->kind, PC_INPUT_MODE))
			continue;
		if (apply && pc_plan_is_applied(draft, input->key))
			err = note_reverted(draft, input);
		else
			err = pc_inputs_put(&draft->inputs, input->kind, input->key, input->value);
	}
	return err;
}

/* ---- what is different --------------------------------------------------------------------- */

static int note_change(struct pc_plan *plan, const char *policy, enum pc_change_kind kind)
{
	struct pc_policy_change *change =
		pc_arena_push(&plan->arena, &plan->changes, &plan->change_count);

	if (!change)
		return -ENOMEM;
	change->policy = pc_arena_strndup(&plan->arena, policy, strlen(policy));
	change->kind = kind;
	return change->policy ? 0 : -ENOMEM;
}

static bool is_different(const struct pc_plan_draft *draft, const struct pc_policy *then,
			 const struct pc_policy *now)
{
	enum pc_mode mode = then->mode;
	struct pc_policy copy = *then;

	/* A base that was only parsed has the modes of its texts. */
	pc_revision_mode(draft->base, then->name, &mode);
	copy.mode = mode;
	return pc_policy_digest(&copy) != pc_policy_digest(now);
}

/* Both sets are in order of name. */
static int compare_sets(struct pc_plan_draft *draft)
{
	static const struct pc_policy_set none;
	const struct pc_policy_set *then = draft->base_set ? draft->base_set : &none;
	const struct pc_policy_set *now = &draft->plan->compiled->set;
	uint32_t i = 0, j = 0;
	int err = 0;

	while (!err && (i < then->count || j < now->count)) {
		int order = i == then->count ? 1
			    : j == now->count
				    ? -1
				    : strcmp(then->policies[i]->name, now->policies[j]->name);

		if (order < 0)
			err = note_change(draft->plan, then->policies[i]->name, PC_POLICY_REMOVED);
		else if (order > 0)
			err = note_change(draft->plan, now->policies[j]->name, PC_POLICY_ADDED);
		else if (is_different(draft, then->policies[i], now->policies[j]))
			err = note_change(draft->plan, now->policies[j]->name, PC_POLICY_CHANGED);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}

/* ---- the plan ------------------------------------------------------------------------------ */

static int build(struct pc_plan_draft *draft, const struct pc_host *host)
{
	const struct pc_compiled *compiled = draft->plan->compiled;
	struct pc_build run = {
		.compiled = draft->plan->compiled,
		.inputs = &draft->inputs,
		.host = host,
		.store = draft->change->dry ? NULL : draft->store,
		.create = true,
		.base = draft->base,
		.diags = draft->diags,
		.error = draft->error,
	};
	int err = pc_compiled_take_texts(run.compiled, draft->texts, draft->text_count);

	if (!err)
		err = pc_build_run(&run);
	if (!err)
		err = pc_lint(&compiled->set, compiled->revision.texts,
			      compiled->revision.text_count, PC_LINT_WARNINGS, draft->diags);
	return err ? err : compare_sets(draft);
}

static int make(struct pc_plan_draft *draft)
{
	const struct pc_change *change = draft->change;
	const struct pc_host *host = change->host ? change->host : &pc_host_live;
	struct pc_host replay = pc_host_replaying(&draft->replay);
	struct pc_revision target = {0};
	const struct pc_revision *from;
	int err = load_base(draft);

	from = draft->base;
	if (err)
		return err;
	if (!strcmp(change->verb, "apply")) {
		err = pc_plan_texts_of_apply(draft);
	} else if (!strcmp(change->verb, "rollback")) {
		err = pc_plan_texts_of_rollback(draft, &target);
		from = &target;
	} else {
		err = pc_plan_texts_of_base(draft);
	}
	if (err)
		return err;
	if (strcmp(change->verb, "apply") && from) {
		host = &replay;
		err = pc_inputs_put_all(&draft->replay, from);
	}
	if (!err)
		err = take_modes(draft, from);
	return err ? err : build(draft, host);
}

static void draft_free(struct pc_plan_draft *draft)
{
	pc_policy_set_free(&draft->base_parsed);
	pc_policy_set_free(&draft->named);
	pc_arena_free(&draft->arena);
}

int pc_plan_make(struct pc_store *store, const struct pc_change *change, struct pc_plan **ret_plan,
		 struct pc_diags *diags, struct pc_store_error *error)
{
	PC_CLEANUP(pc_plan_freep) struct pc_plan *plan = calloc(1, sizeof(*plan));
	PC_CLEANUP(draft_free)
	struct pc_plan_draft draft = {
		.store = store,
		.change = change,
		.plan = plan,
		.diags = diags,
		.error = error,
	};
	int err;

	if (error)
		*error = (struct pc_store_error){0};
	if (!plan)
		return -ENOMEM;
	plan->verb = pc_arena_strndup(&plan->arena, change->verb, strlen(change->verb));
	plan->compiled = pc_compiled_new();
	if (!plan->compiled || !plan->verb)
		return -ENOMEM;
	draft.inputs.arena = &draft.arena;
	draft.replay.arena = &draft.arena;
	err = make(&draft);
	if (err)
		return err;
	*ret_plan = PC_TAKE_PTR(plan);
	return 0;
}

void pc_plan_free(struct pc_plan *plan)
{
	if (!plan)
		return;
	pc_compiled_free(plan->compiled);
	pc_arena_free(&plan->arena);
	free(plan);
}

int pc_plan_put(struct pc_store *store, struct pc_plan *plan, const struct pc_store_who *who,
		const char *comment, unsigned int flags, struct pc_store_put *ret_put,
		struct pc_store_error *error)
{
	struct pc_revision *revision = &plan->compiled->revision;
	const struct pc_revision_inputs inputs = {
		.verb = plan->verb,
		.comment = comment,
		.who = *who,
		.texts = revision->texts,
		.text_count = revision->text_count,
		.inputs = revision->inputs,
		.input_count = revision->input_count,
	};
	struct pc_store_put put;
	int err;

	if (error)
		*error = (struct pc_store_error){0};
	err = pc_store_put_revision(store, &inputs, plan->base, flags, &put);
	if (err)
		return pc_store_failed(store, err, error);
	revision->number = put.number;
	revision->parent = put.unchanged ? revision->parent : plan->base;
	*ret_put = put;
	return 0;
}
