/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A change of the active revision: which texts and inputs the new one has, and what is different.
 */
#include <errno.h>
#include <string.h>

#include "lint.h"
#include "revision-internal.h"

/* Work on one plan. */
struct draft {
	struct pc_store *store;
	const struct pc_change *change;
	struct pc_plan *plan;
	struct pc_arena arena; /* for what is not needed afterwards */
	struct pc_diags *diags;
	struct pc_store_error *error;
	const struct pc_revision *base; /* NULL: there is none */
	const struct pc_policy_set *base_set;
	struct pc_revision base_read; /* where change->active was of no use */
	struct pc_policy_set base_parsed;
	struct pc_policy_set named; /* policies of the texts applied, as far as they can be read */
	struct pc_text *texts;	    /* of the new revision */
	uint32_t text_count;
	struct pc_inputs replay; /* what the host said then */
	struct pc_inputs inputs; /* of the new revision */
};

static int fail(struct draft *draft, int err, const char *hint, const char *format, ...)
	PC_PRINTF(4, 5);
static int fail(struct draft *draft, int err, const char *hint, const char *format, ...)
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

static int parse_base(struct draft *draft)
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

static int load_base(struct draft *draft)
{
	const struct pc_compiled *active = draft->change->active;
	uint64_t expected = draft->change->expected;
	uint64_t *base = &draft->plan->base;
	int err = draft->store ? pc_store_active(draft->store, base) : 0;

	if (err)
		return pc_store_failed(draft->store, err, draft->error);
	if (expected != PC_STORE_ANY && expected != *base)
		return fail(draft, -ESTALE, "look at what changed and try again",
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

/* ---- texts --------------------------------------------------------------------------------- */

static int add_text(struct draft *draft, const struct pc_text *text)
{
	struct pc_text *added = pc_arena_push(&draft->arena, &draft->texts, &draft->text_count);

	if (!added)
		return -ENOMEM;
	*added = *text;
	return 0;
}

static struct pc_text *text_named(struct pc_text *texts, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(texts[i].name, name))
			return &texts[i];
	return NULL;
}

/* The policy whose main text this is. */
static const struct pc_policy *policy_in(const struct pc_policy_set *set,
					 const struct pc_text *text)
{
	if (!set || pc_text_kind_of(text->name) != PC_TEXT_POLICY)
		return NULL;
	for (uint32_t i = 0; i < set->count; i++)
		if (!strcmp(set->policies[i]->file, text->file))
			return set->policies[i];
	return NULL;
}

static bool is_dropin_of(const struct pc_text *text, const char *policy)
{
	size_t n = strlen(policy);

	return !strncmp(text->name, policy, n) && !strncmp(text->name + n, ".d/", 3);
}

/* Does one before it say the very same? */
static bool is_repeated(const struct pc_text *texts, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (pc_text_equal(&texts[i], &texts[index]))
			return true;
	return false;
}

/* Parses the texts applied, with all includes there are, to learn the names of their policies. */
static int name_applied(struct draft *draft)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags ignored = {0};
	const struct pc_change *change = draft->change;
	const struct pc_host *host = change->host ? change->host : &pc_host_live;
	int err = 0;

	for (uint32_t i = 0; !err && i < change->text_count; i++)
		if (pc_text_kind_of(change->texts[i].name) != PC_TEXT_DROPIN &&
		    !is_repeated(change->texts, i))
			err = add_text(draft, &change->texts[i]);
	for (uint32_t i = 0; !err && draft->base && i < draft->base->text_count; i++) {
		const struct pc_text *text = &draft->base->texts[i];

		if (pc_text_kind_of(text->name) == PC_TEXT_INCLUDE &&
		    !text_named(draft->texts, draft->text_count, text->name))
			err = add_text(draft, text);
	}
	if (!err)
		err = pc_parse(draft->texts, draft->text_count, host, &draft->named, &ignored);
	draft->texts = NULL;
	draft->text_count = 0;
	/* What is wrong with them, the whole set will say. */
	return err == -ENOMEM ? err : 0;
}

/* Does the change give this policy anew? */
static bool is_applied(const struct draft *draft, const char *policy)
{
	const struct pc_change *change = draft->change;

	if (change->replace || pc_policy_find(&draft->named, policy))
		return true;
	for (uint32_t i = 0; i < change->text_count; i++)
		if (is_dropin_of(&change->texts[i], policy))
			return true;
	return false;
}

/* A name for a text whose own name belongs to another policy. */
static const char *other_name(struct draft *draft, const char *policy)
{
	const char *name = pc_arena_printf(&draft->arena, "%s.yaml", policy);

	for (int i = 2; name && text_named(draft->texts, draft->text_count, name); i++)
		name = pc_arena_printf(&draft->arena, "%s-%d.yaml", policy, i);
	return name;
}

/* Was this text put there by the change itself? */
static bool is_put(const struct draft *draft, const struct pc_text *text)
{
	for (uint32_t i = 0; i < draft->change->text_count; i++)
		if (draft->change->texts[i].bytes == text->bytes)
			return true;
	return false;
}

/* Puts a text in the place of one with its name; texts of one change never replace another. */
static int put_named(struct draft *draft, const struct pc_text *text, struct pc_text *place)
{
	const struct pc_policy *policy = policy_in(&draft->named, text);
	bool put = is_put(draft, place);
	struct pc_text moved = *text;

	if (policy && (put || policy_in(draft->base_set, place))) {
		moved.name = other_name(draft, policy->name);
		return moved.name ? add_text(draft, &moved) : -ENOMEM;
	}
	if (put)
		return add_text(draft, text); /* what is wrong, the whole set will say */
	*place = *text;
	return 0;
}

/* Puts one applied text into the new set: in place of its policy, or of its name, or beside. */
static int put_applied(struct draft *draft, const struct pc_text *text)
{
	const struct pc_policy *policy = policy_in(&draft->named, text), *other;
	struct pc_text *place = NULL, moved = *text;

	for (uint32_t i = 0; policy && !place && i < draft->text_count; i++) {
		other = policy_in(draft->base_set, &draft->texts[i]);
		if (other && !strcmp(other->name, policy->name))
			place = &draft->texts[i];
	}
	if (place) {
		moved.name = place->name;
		*place = moved;
		return 0;
	}
	place = text_named(draft->texts, draft->text_count, text->name);
	return place ? put_named(draft, text, place) : add_text(draft, text);
}

static int texts_of_apply(struct draft *draft)
{
	const struct pc_change *change = draft->change;
	int err = 0;

	if (!change->replace)
		err = name_applied(draft);
	for (uint32_t i = 0; !err && draft->base && !change->replace && i < draft->base->text_count;
	     i++)
		err = add_text(draft, &draft->base->texts[i]);
	for (uint32_t i = 0; !err && i < change->text_count; i++)
		if (!is_repeated(change->texts, i))
			err = change->replace ? add_text(draft, &change->texts[i])
					      : put_applied(draft, &change->texts[i]);
	return err;
}

static bool is_removed(const struct draft *draft, const struct pc_text *text)
{
	const struct pc_policy *policy = policy_in(draft->base_set, text);
	const struct pc_change *change = draft->change;

	for (uint32_t i = 0; i < change->remove_count; i++)
		if ((policy && !strcmp(policy->name, change->remove[i])) ||
		    is_dropin_of(text, change->remove[i]))
			return true;
	return false;
}

static int want_policy(struct draft *draft, const char *policy)
{
	if (draft->base_set && pc_policy_find(draft->base_set, policy))
		return 0;
	return fail(draft, -ENOENT, "policyctl list shows the active policies",
		    "no active policy is called \"%s\"", policy);
}

static int texts_of_base(struct draft *draft)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < draft->change->remove_count; i++)
		err = want_policy(draft, draft->change->remove[i]);
	if (!err && draft->change->policy)
		err = want_policy(draft, draft->change->policy);
	for (uint32_t i = 0; !err && i < draft->base->text_count; i++)
		if (!is_removed(draft, &draft->base->texts[i]))
			err = add_text(draft, &draft->base->texts[i]);
	return err;
}

static int texts_of_rollback(struct draft *draft, struct pc_revision *target)
{
	uint64_t number = draft->change->rollback;
	int err;

	if (!number && draft->base)
		number = draft->base->parent;
	if (!number)
		return fail(draft, -ENOENT, "policyctl history shows what there is",
			    "there is no revision to go back to");
	err = pc_store_get_revision(draft->store, number, &draft->arena, target);
	if (err)
		return pc_store_failed(draft->store, err, draft->error);
	draft->texts = target->texts;
	draft->text_count = target->text_count;
	return 0;
}

/* ---- inputs -------------------------------------------------------------------------------- */

static int note_reverted(struct draft *draft, const struct pc_store_input *input)
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
static int take_modes(struct draft *draft, const struct pc_revision *from)
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
		if (apply && is_applied(draft, input->key))
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

static bool is_different(const struct draft *draft, const struct pc_policy *then,
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
static int compare_sets(struct draft *draft)
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

static int build(struct draft *draft, const struct pc_host *host)
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

static int make(struct draft *draft)
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
		err = texts_of_apply(draft);
	} else if (!strcmp(change->verb, "rollback")) {
		err = texts_of_rollback(draft, &target);
		from = &target;
	} else {
		err = texts_of_base(draft);
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

static void draft_free(struct draft *draft)
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
	struct draft draft = {
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
