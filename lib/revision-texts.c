/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which texts a new revision has: those of the active one, and what the change does to them. */
#include <errno.h>
#include <string.h>

#include "revision-internal.h"

static int add_text(struct pc_plan_draft *draft, const struct pc_text *text)
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
static int name_applied(struct pc_plan_draft *draft)
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
bool pc_plan_is_applied(const struct pc_plan_draft *draft, const char *policy)
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
static const char *other_name(struct pc_plan_draft *draft, const char *policy)
{
	const char *name = pc_arena_printf(&draft->arena, "%s.yaml", policy);

	for (int i = 2; name && text_named(draft->texts, draft->text_count, name); i++)
		name = pc_arena_printf(&draft->arena, "%s-%d.yaml", policy, i);
	return name;
}

/* Was this text put there by the change itself? */
static bool is_put(const struct pc_plan_draft *draft, const struct pc_text *text)
{
	for (uint32_t i = 0; i < draft->change->text_count; i++)
		if (draft->change->texts[i].bytes == text->bytes)
			return true;
	return false;
}

/* Puts a text in the place of one with its name; texts of one change never replace another. */
static int put_named(struct pc_plan_draft *draft, const struct pc_text *text, struct pc_text *place)
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
static int put_applied(struct pc_plan_draft *draft, const struct pc_text *text)
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

int pc_plan_texts_of_apply(struct pc_plan_draft *draft)
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

static bool is_removed(const struct pc_plan_draft *draft, const struct pc_text *text)
{
	const struct pc_policy *policy = policy_in(draft->base_set, text);
	const struct pc_change *change = draft->change;

	for (uint32_t i = 0; i < change->remove_count; i++)
		if ((policy && !strcmp(policy->name, change->remove[i])) ||
		    is_dropin_of(text, change->remove[i]))
			return true;
	return false;
}

static int want_policy(struct pc_plan_draft *draft, const char *policy)
{
	if (draft->base_set && pc_policy_find(draft->base_set, policy))
		return 0;
	return pc_plan_fail(draft, -ENOENT, "policyctl list shows the active policies",
			    "no active policy is called \"%s\"", policy);
}

int pc_plan_texts_of_base(struct pc_plan_draft *draft)
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

int pc_plan_texts_of_rollback(struct pc_plan_draft *draft, struct pc_revision *target)
{
	uint64_t number = draft->change->rollback;
	int err;

	if (!number && draft->base)
		number = draft->base->parent;
	if (!number)
		return pc_plan_fail(draft, -ENOENT, "policyctl history shows what there is",
				    "there is no revision to go back to");
	err = pc_store_get_revision(draft->store, number, &draft->arena, target);
	if (err)
		return pc_store_failed(draft->store, err, draft->error);
	draft->texts = target->texts;
	draft->text_count = target->text_count;
	return 0;
}
