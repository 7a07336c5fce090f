/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the host said when a revision was made: recorded, and answered again from the record. */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "revision-internal.h"

static uint64_t hash_of(const char *kind, const char *key)
{
	return pc_fnv(pc_fnv(PC_FNV_START, kind, strlen(kind) + 1), key, strlen(key));
}

/* The slot where it stands or would stand. */
static uint32_t *slot_of(const struct pc_inputs *inputs, const char *kind, const char *key)
{
	uint32_t at = (uint32_t)hash_of(kind, key) & (inputs->size - 1);

	for (;; at = (at + 1) & (inputs->size - 1)) {
		const struct pc_store_input *item;

		if (!inputs->slots[at])
			return &inputs->slots[at];
		item = &inputs->items[inputs->slots[at] - 1];
		if (!strcmp(item->kind, kind) && !strcmp(item->key, key))
			return &inputs->slots[at];
	}
}

const struct pc_store_input *pc_inputs_find(const struct pc_inputs *inputs, const char *kind,
					    const char *key)
{
	uint32_t *slot = inputs->size ? slot_of(inputs, kind, key) : NULL;

	return slot && *slot ? &inputs->items[*slot - 1] : NULL;
}

/* At most half of the slots are in use. */
static int grow(struct pc_inputs *inputs)
{
	uint32_t size = inputs->size ? 2 * inputs->size : 64;
	uint32_t *slots;

	if (inputs->size && inputs->count < inputs->size / 2)
		return 0;
	slots = pc_arena_array(inputs->arena, uint32_t, size);
	if (!slots)
		return -ENOMEM;
	inputs->slots = slots;
	inputs->size = size;
	for (uint32_t i = 0; i < inputs->count; i++)
		*slot_of(inputs, inputs->items[i].kind, inputs->items[i].key) = i + 1;
	return 0;
}

static const char *copy(struct pc_arena *arena, const char *text)
{
	return pc_arena_strndup(arena, text, strlen(text));
}

int pc_inputs_put(struct pc_inputs *inputs, const char *kind, const char *key, const char *value)
{
	struct pc_store_input item;
	uint32_t *slot;

	if (grow(inputs))
		return -ENOMEM;
	slot = slot_of(inputs, kind, key);
	if (*slot)
		return 0;
	item.kind = copy(inputs->arena, kind);
	item.key = copy(inputs->arena, key);
	item.value = copy(inputs->arena, value);
	if (!item.kind || !item.key || !item.value ||
	    !pc_arena_push(inputs->arena, &inputs->items, &inputs->count))
		return -ENOMEM;
	inputs->items[inputs->count - 1] = item;
	*slot = inputs->count;
	return 0;
}

int pc_inputs_put_all(struct pc_inputs *inputs, const struct pc_revision *revision)
{
	for (uint32_t i = 0; i < revision->input_count; i++) {
		const struct pc_store_input *item = &revision->inputs[i];
		int err = pc_inputs_put(inputs, item->kind, item->key, item->value);

		if (err)
			return err;
	}
	return 0;
}

int pc_inputs_number(const struct pc_store_input *input, uint32_t *ret_number)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(input->value, &end, 10);
	if (errno || end == input->value || *end || value > UINT32_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)value;
	return 0;
}

/* ---- recording ----------------------------------------------------------------------------- */

static int record_id(struct pc_recorder *recorder, const char *kind, const char *name, uint32_t id)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", id);
	return pc_inputs_put(recorder->to, kind, name, text);
}

static int recording_user(void *context, const char *name, uint32_t *ret_uid)
{
	struct pc_recorder *recorder = context;
	int err = recorder->from->user(recorder->from->context, name, ret_uid);

	return err ? err : record_id(recorder, PC_INPUT_USER, name, *ret_uid);
}

static int recording_group(void *context, const char *name, uint32_t *ret_gid)
{
	struct pc_recorder *recorder = context;
	int err = recorder->from->group(recorder->from->context, name, ret_gid);

	return err ? err : record_id(recorder, PC_INPUT_GROUP, name, *ret_gid);
}

/* Whatever a host answers, so much of it is kept. */
#define MOUNTS_MAX 1024

static int record_mount(void *to, const char *line)
{
	struct pc_recorder *recorder = to;
	char id[16];
	size_t n = strcspn(line, " ");

	if (n >= sizeof(id) || recorder->mounts == MOUNTS_MAX)
		return 0;
	memcpy(id, line, n);
	id[n] = '\0';
	recorder->mounts += !pc_inputs_find(recorder->to, PC_INPUT_MOUNT, id);
	return pc_inputs_put(recorder->to, PC_INPUT_MOUNT, id, line);
}

/* Of a path that is called what it was asked for, no mount has anything to say. */
static int record_mounts(struct pc_recorder *recorder, const char *path, const char *canonical)
{
	const struct pc_host *from = recorder->from;

	if (!from->mounts || !strcmp(path, canonical))
		return 0;
	return from->mounts(from->context, path, record_mount, recorder);
}

/* That a path did not exist is an answer too: it is recorded as the empty path. */
static int recording_path(void *context, const char *path, char *buf, size_t size)
{
	struct pc_recorder *recorder = context;
	int err = recorder->from->path(recorder->from->context, path, buf, size);

	if (err && err != -ENOENT)
		return err;
	if (pc_inputs_put(recorder->to, PC_INPUT_PATH, path, err ? "" : buf))
		return -ENOMEM;
	if (!err && record_mounts(recorder, path, buf))
		return -ENOMEM;
	return err;
}

static int asking_place(void *context, const char *name)
{
	const struct pc_host *from = ((struct pc_recorder *)context)->from;

	return from->place ? from->place(from->context, name) : 0;
}

struct pc_host pc_host_recording(struct pc_recorder *recorder)
{
	return (struct pc_host){
		.user = recording_user,
		.group = recording_group,
		.path = recording_path,
		.place = asking_place,
		.context = recorder,
	};
}

/* ---- replaying ----------------------------------------------------------------------------- */

static int replay_id(void *context, const char *kind, const char *name, uint32_t *ret_id)
{
	const struct pc_store_input *input = pc_inputs_find(context, kind, name);

	return input ? pc_inputs_number(input, ret_id) : -ENOENT;
}

static int replaying_user(void *context, const char *name, uint32_t *ret_uid)
{
	return replay_id(context, PC_INPUT_USER, name, ret_uid);
}

static int replaying_group(void *context, const char *name, uint32_t *ret_gid)
{
	return replay_id(context, PC_INPUT_GROUP, name, ret_gid);
}

static int replaying_path(void *context, const char *path, char *buf, size_t size)
{
	const struct pc_store_input *input = pc_inputs_find(context, PC_INPUT_PATH, path);
	size_t n = input ? strlen(input->value) : 0;

	if (!n)
		return -ENOENT;
	if (n >= size)
		return -ENAMETOOLONG;
	memcpy(buf, input->value, n + 1);
	return 0;
}

/* All there are: which of them a path came from is not kept. */
static int replaying_mounts(void *context, const char *path,
			    int (*take)(void *to, const char *line), void *to)
{
	const struct pc_inputs *inputs = context;
	int err = 0;

	(void)path;
	for (uint32_t i = 0; !err && i < inputs->count; i++)
		if (!strcmp(inputs->items[i].kind, PC_INPUT_MOUNT))
			err = take(to, inputs->items[i].value);
	return err;
}

struct pc_host pc_host_replaying(struct pc_inputs *inputs)
{
	return (struct pc_host){
		.user = replaying_user,
		.group = replaying_group,
		.path = replaying_path,
		.mounts = replaying_mounts,
		.context = inputs,
	};
}
