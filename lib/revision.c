/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From texts to a compiled revision: parse, override modes, ids and rows of counters, compile. */
#include <errno.h>
#include <string.h>

#include "revision-internal.h"

struct pc_compiled *pc_compiled_new(void)
{
	return calloc(1, sizeof(struct pc_compiled));
}

void pc_compiled_free(struct pc_compiled *compiled)
{
	if (!compiled)
		return;
	pc_image_free(&compiled->image);
	pc_policy_set_free(&compiled->set);
	pc_arena_free(&compiled->arena);
	free(compiled);
}

int pc_store_failed(const struct pc_store *store, int err, struct pc_store_error *error)
{
	if (error)
		*error = *pc_store_last_error(store);
	return err;
}

int pc_compiled_take_texts(struct pc_compiled *compiled, const struct pc_text *texts,
			   uint32_t count)
{
	struct pc_arena *arena = &compiled->arena;
	struct pc_text *copies = pc_arena_array(arena, struct pc_text, count);

	if (!copies)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		copies[i].file = pc_arena_strndup(arena, texts[i].file, strlen(texts[i].file));
		copies[i].name = pc_arena_strndup(arena, texts[i].name, strlen(texts[i].name));
		copies[i].bytes = pc_arena_strndup(arena, texts[i].bytes, texts[i].size);
		copies[i].size = texts[i].size;
		if (!copies[i].file || !copies[i].name || !copies[i].bytes)
			return -ENOMEM;
	}
	compiled->revision.texts = copies;
	compiled->revision.text_count = count;
	return 0;
}

/* ---- modes --------------------------------------------------------------------------------- */

static int mode_of(const struct pc_store_input *input, enum pc_mode *ret_mode)
{
	if (!strcmp(input->value, "enforce"))
		*ret_mode = PC_MODE_ENFORCE;
	else if (!strcmp(input->value, "audit"))
		*ret_mode = PC_MODE_AUDIT;
	else
		return -EINVAL;
	return 0;
}

int pc_revision_mode(const struct pc_revision *revision, const char *policy, enum pc_mode *ret_mode)
{
	for (uint32_t i = 0; i < revision->input_count; i++) {
		const struct pc_store_input *input = &revision->inputs[i];

		if (!strcmp(input->kind, PC_INPUT_MODE) && !strcmp(input->key, policy))
			return mode_of(input, ret_mode) ? -ENOENT : 0;
	}
	return -ENOENT;
}

static void override_modes(struct pc_policy_set *set, const struct pc_inputs *inputs)
{
	for (uint32_t i = 0; i < set->count; i++) {
		struct pc_policy *policy = set->policies[i];
		const struct pc_store_input *input =
			pc_inputs_find(inputs, PC_INPUT_MODE, policy->name);

		if (input)
			mode_of(input, &policy->mode);
	}
}

/* ---- ids and rows of counters -------------------------------------------------------------- */

static int find_ids(struct pc_build *build)
{
	struct pc_compiled *compiled = build->compiled;

	if (!build->store)
		return 0;
	compiled->ids = pc_arena_array(&compiled->arena, uint32_t, compiled->set.count);
	if (!compiled->ids)
		return -ENOMEM;
	for (uint32_t i = 0; i < compiled->set.count; i++) {
		int err = pc_store_policy_id(build->store, compiled->set.policies[i]->name,
					     build->create, &compiled->ids[i]);
		if (err)
			return pc_store_failed(build->store, err, build->error);
	}
	return 0;
}

static bool take_row(bool taken[PC_COUNTER_ROWS], uint32_t row)
{
	if (row >= PC_COUNTER_ROWS || taken[row])
		return false;
	taken[row] = true;
	return true;
}

/* The rows of the base: kept by policies that stay, and not given to others if it can be helped, so
 * that going back to the base finds its counts as they were. */
static void take_base_rows(const struct pc_build *build, bool taken[PC_COUNTER_ROWS])
{
	for (uint32_t i = 0; build->base && i < build->base->input_count; i++) {
		const struct pc_store_input *input = &build->base->inputs[i];
		uint32_t row;

		if (!strcmp(input->kind, PC_INPUT_COUNTER) && !pc_inputs_number(input, &row) &&
		    take_row(taken, row))
			pc_inputs_put(build->inputs, input->kind, input->key, input->value);
	}
}

static uint32_t free_row(bool taken[PC_COUNTER_ROWS])
{
	for (uint32_t row = 0; row < PC_COUNTER_ROWS; row++)
		if (take_row(taken, row))
			return row;
	return PC_COUNTER_ROWS;
}

/* Rows of policies that are in the set come first: then there is always room for the others. */
static void keep_rows(struct pc_build *build, bool taken[PC_COUNTER_ROWS])
{
	struct pc_compiled *compiled = build->compiled;

	for (uint32_t i = 0; i < compiled->set.count; i++) {
		const struct pc_store_input *input = pc_inputs_find(
			build->inputs, PC_INPUT_COUNTER, compiled->set.policies[i]->name);
		uint32_t row;

		compiled->counters[i] = PC_COUNTER_ROWS;
		if (input && !pc_inputs_number(input, &row) && take_row(taken, row))
			compiled->counters[i] = row;
	}
}

static int find_counters(struct pc_build *build)
{
	struct pc_compiled *compiled = build->compiled;
	bool base_taken[PC_COUNTER_ROWS] = {0}, taken[PC_COUNTER_ROWS] = {0};

	compiled->counters = pc_arena_array(&compiled->arena, uint32_t, compiled->set.count);
	if (!compiled->counters)
		return -ENOMEM;
	take_base_rows(build, base_taken);
	keep_rows(build, taken);
	for (uint32_t row = 0; row < PC_COUNTER_ROWS; row++)
		base_taken[row] |= taken[row];
	for (uint32_t i = 0; i < compiled->set.count; i++) {
		uint32_t row = compiled->counters[i];

		if (row < PC_COUNTER_ROWS)
			continue;
		row = free_row(base_taken);
		if (row < PC_COUNTER_ROWS)
			taken[row] = true;
		else
			row = free_row(taken);
		compiled->counters[i] = row % PC_COUNTER_ROWS;
	}
	return 0;
}

/* ---- inputs -------------------------------------------------------------------------------- */

static int compare_inputs(const void *a, const void *b)
{
	const struct pc_store_input *x = a, *y = b;
	int order = strcmp(x->kind, y->kind);

	return order ? order : strcmp(x->key, y->key);
}

static bool is_kept(const struct pc_build *build, const struct pc_store_input *input)
{
	if (!strcmp(input->kind, PC_INPUT_COUNTER))
		return false; /* written anew below */
	if (!strcmp(input->kind, PC_INPUT_MODE))
		return pc_policy_find(&build->compiled->set, input->key) != NULL;
	return true;
}

/* All that was recorded becomes the revision's inputs, sorted. */
static int settle_inputs(struct pc_build *build)
{
	struct pc_compiled *compiled = build->compiled;
	struct pc_inputs settled = {.arena = &compiled->arena};
	int err = 0;

	for (uint32_t i = 0; !err && i < build->inputs->count; i++) {
		const struct pc_store_input *item = &build->inputs->items[i];

		if (is_kept(build, item))
			err = pc_inputs_put(&settled, item->kind, item->key, item->value);
	}
	for (uint32_t i = 0; !err && i < compiled->set.count; i++) {
		char row[16];

		snprintf(row, sizeof(row), "%u", compiled->counters[i]);
		err = pc_inputs_put(&settled, PC_INPUT_COUNTER, compiled->set.policies[i]->name,
				    row);
	}
	if (err)
		return err;
	if (settled.count)
		qsort(settled.items, settled.count, sizeof(*settled.items), compare_inputs);
	compiled->revision.inputs = settled.items;
	compiled->revision.input_count = settled.count;
	return 0;
}

/* ---- the pipeline -------------------------------------------------------------------------- */

int pc_build_run(struct pc_build *build)
{
	struct pc_compiled *compiled = build->compiled;
	struct pc_recorder recorder = {.from = build->host, .to = build->inputs};
	struct pc_host host = pc_host_recording(&recorder);
	struct pc_compile_input input;
	int err;

	err = pc_parse(compiled->revision.texts, compiled->revision.text_count, &host,
		       &compiled->set, build->diags);
	if (err)
		return err;
	override_modes(&compiled->set, build->inputs);
	err = find_ids(build);
	if (!err)
		err = find_counters(build);
	if (!err)
		err = settle_inputs(build);
	if (err)
		return err;
	input = (struct pc_compile_input){
		.set = &compiled->set,
		.ids = compiled->ids,
		.counters = compiled->counters,
	};
	return pc_compile(&input, &compiled->image, build->diags);
}

int pc_compile_texts(const struct pc_text *texts, uint32_t count, const struct pc_host *host,
		     struct pc_compiled **ret_compiled, struct pc_diags *diags)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = pc_compiled_new();
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_inputs inputs = {.arena = &arena};
	struct pc_build build = {
		.compiled = compiled,
		.inputs = &inputs,
		.host = host ? host : &pc_host_live,
		.diags = diags,
	};
	int err;

	if (!compiled)
		return -ENOMEM;
	err = pc_compiled_take_texts(compiled, texts, count);
	if (!err)
		err = pc_build_run(&build);
	if (err)
		return err;
	*ret_compiled = PC_TAKE_PTR(compiled);
	return 0;
}

int pc_compile_revision(struct pc_store *store, uint64_t revision,
			struct pc_compiled **ret_compiled, struct pc_diags *diags,
			struct pc_store_error *error)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = pc_compiled_new();
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	struct pc_inputs inputs = {.arena = &arena};
	struct pc_host host = pc_host_replaying(&inputs);
	struct pc_build build = {
		.compiled = compiled,
		.inputs = &inputs,
		.host = &host,
		.store = store,
		.diags = diags,
		.error = error,
	};
	struct pc_store_input *stored;
	uint32_t stored_count;
	int err;

	if (error)
		*error = (struct pc_store_error){0};
	if (!compiled)
		return -ENOMEM;
	err = pc_store_get_revision(store, revision, &compiled->arena, &compiled->revision);
	if (err)
		return pc_store_failed(store, err, error);
	stored = compiled->revision.inputs;
	stored_count = compiled->revision.input_count;
	err = pc_inputs_put_all(&inputs, &compiled->revision);
	if (!err)
		err = pc_build_run(&build);
	if (err)
		return err;
	compiled->revision.inputs = stored; /* it is what it is */
	compiled->revision.input_count = stored_count;
	*ret_compiled = PC_TAKE_PTR(compiled);
	return 0;
}
