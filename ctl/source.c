/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where policies come from: folders and files, the store and its revisions. */
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon.h"
#include "text.h"

int ctl_store_exit(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		return PC_EXIT_PERMISSION;
	case -ESTALE:
		return PC_EXIT_STALE;
	case -ENOENT: /* not PC_EXIT_NO: that is an answer, and this is none */
		return PC_EXIT_USAGE;
	default:
		return PC_EXIT_INTERNAL;
	}
}

int ctl_store_failed(const struct ctl *ctl, const struct pc_store_error *error)
{
	ctl_error(ctl, "%s", *error->message ? error->message : strerror(-error->err));
	if (*error->hint)
		ctl_hint(ctl, "%s", error->hint);
	return ctl_store_exit(error->err);
}

static int open_store(const struct ctl *ctl, unsigned int flags, struct pc_store **ret_store,
		      struct pc_store_error *error)
{
	PC_FREE char *named = ctl_flag(ctl, "store") ? NULL : ctl_daemon_store(ctl);
	const char *path = named ? named : ctl->store;

	ctl_trace(ctl, "opening the store %s", path);
	return pc_store_open(path, flags, ret_store, error);
}

int ctl_store_open(const struct ctl *ctl, unsigned int flags, struct pc_store **ret_store)
{
	struct pc_store_error error = {0};

	return open_store(ctl, flags, ret_store, &error) ? ctl_store_failed(ctl, &error)
							 : PC_EXIT_OK;
}

int ctl_store_open_if_any(const struct ctl *ctl, struct pc_store **ret_store)
{
	struct pc_store_error error = {0};
	int err = open_store(ctl, PC_STORE_READ_ONLY, ret_store, &error);

	/* One that was named is meant, unless it would be made (--offline). */
	if (err == -ENOENT && (!ctl_flag(ctl, "store") || ctl_flag(ctl, "offline")))
		return PC_EXIT_OK;
	return err ? ctl_store_failed(ctl, &error) : PC_EXIT_OK;
}

int ctl_active(const struct ctl *ctl, struct pc_store *store, uint64_t *ret_number)
{
	uint64_t number;

	if (pc_store_active(store, &number))
		return ctl_store_failed(ctl, pc_store_last_error(store));
	if (!number) {
		ctl_error(ctl, "nothing has been applied yet");
		ctl_hint(ctl, "policyctl apply FILE");
		return PC_EXIT_USAGE;
	}
	*ret_number = number;
	return PC_EXIT_OK;
}

static int compile_failed(const struct ctl *ctl, int err, const struct pc_store_error *error)
{
	if (error && error->err)
		return ctl_store_failed(ctl, error);
	if (err == -EINVAL)
		return PC_EXIT_INVALID;
	if (err == -ENOMEM)
		return ctl_out_of_memory(ctl);
	ctl_error(ctl, "cannot compile: %s", strerror(-err));
	return PC_EXIT_INTERNAL;
}

int ctl_compile_revision(const struct ctl *ctl, struct pc_store *store, uint64_t number,
			 struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_store_error error = {0};
	int err = pc_compile_revision(store, number, ret_compiled, &diags, &error);

	if (!err)
		return PC_EXIT_OK;
	ctl_print_diags(ctl, &diags);
	return compile_failed(ctl, err, &error);
}

int ctl_compile_active(const struct ctl *ctl, struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	uint64_t number = 0;
	int status = ctl_store_open(ctl, PC_STORE_READ_ONLY, &store);

	if (!status)
		status = ctl_active(ctl, store, &number);
	return status ? status : ctl_compile_revision(ctl, store, number, ret_compiled);
}

int ctl_compile_active_if_any(const struct ctl *ctl, struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	uint64_t number = 0;
	int status = ctl_store_open_if_any(ctl, &store);

	if (status || !store)
		return status;
	if (pc_store_active(store, &number))
		return ctl_store_failed(ctl, pc_store_last_error(store));
	return number ? ctl_compile_revision(ctl, store, number, ret_compiled) : PC_EXIT_OK;
}

int ctl_compile_asked(const struct ctl *ctl, struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_store_closep) struct pc_store *store = NULL;
	const char *named = ctl_option(ctl, "revision");
	uint64_t number;
	int status;

	if (!named)
		return ctl_compile_active(ctl, ret_compiled);
	if (ctl_parse_number(named, &number))
		return ctl_usage(ctl, "\"%s\" is not the number of a revision", named);
	status = ctl_store_open(ctl, PC_STORE_READ_ONLY, &store);
	return status ? status : ctl_compile_revision(ctl, store, number, ret_compiled);
}

void ctl_print_diags(const struct ctl *ctl, const struct pc_diags *diags)
{
	if (!diags->count || (ctl->quiet && !pc_diags_failed(diags)))
		return;
	fflush(stdout);
	pc_diags_print(diags, stderr, ctl->colour_errors, PC_WARNING);
}

static int read_failed(const struct ctl *ctl, int err, struct pc_diags *diags)
{
	if (err == -ENOMEM)
		return ctl_out_of_memory(ctl);
	if (!pc_diags_failed(diags))
		ctl_error(ctl, "cannot read policies: %s", strerror(-err));
	return err == -EACCES || err == -EPERM ? PC_EXIT_PERMISSION : PC_EXIT_INVALID;
}

int ctl_read_folders(const struct ctl *ctl, struct pc_texts *ret_texts, struct pc_diags *diags)
{
	int err =
		pc_texts_read_folders(pc_policy_folders, pc_policy_folder_count, ret_texts, diags);

	return err ? read_failed(ctl, err, diags) : PC_EXIT_OK;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && !stat(path, &st) && S_ISDIR(st.st_mode);
}

static struct pc_text *find_text(const struct pc_texts *texts, const char *name)
{
	for (uint32_t i = 0; i < texts->count; i++)
		if (!strcmp(texts->items[i].name, name))
			return &texts->items[i];
	return NULL;
}

/* Of a text that is there already, word for word, no second copy is needed. */
static int append_copy(struct pc_texts *texts, const struct pc_text *from)
{
	struct pc_text copy = {
		.file = pc_arena_strndup(&texts->arena, from->file, strlen(from->file)),
		.name = pc_arena_strndup(&texts->arena, from->name, strlen(from->name)),
		.bytes = pc_arena_strndup(&texts->arena, from->bytes, from->size),
		.size = from->size,
	};
	struct pc_text *text;

	for (uint32_t i = 0; i < texts->count; i++)
		if (pc_text_equal(&texts->items[i], from))
			return 0;
	text = pc_arena_push(&texts->arena, &texts->items, &texts->count);
	if (!text || !copy.file || !copy.name || !copy.bytes)
		return -ENOMEM;
	*text = copy;
	return 0;
}

static int compare_texts(const void *a, const void *b)
{
	const struct pc_text *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->file, y->file);
}

static void sort_texts(struct pc_texts *texts)
{
	if (texts->count)
		qsort(texts->items, texts->count, sizeof(*texts->items), compare_texts);
}

int ctl_read_operands(const struct ctl *ctl, const char *const *operands, unsigned int count,
		      struct pc_texts *ret_texts, struct pc_diags *diags)
{
	PC_CLEANUP(pc_texts_free) struct pc_texts texts = {0};
	int err = 0;

	for (unsigned int i = 0; i < count && !err; i++) {
		PC_CLEANUP(pc_texts_free) struct pc_texts read = {0};

		err = is_folder(operands[i]) ? pc_texts_read_folders(&operands[i], 1, &read, diags)
					     : pc_texts_read_file(operands[i], &read, diags);
		for (uint32_t k = 0; k < read.count && !err; k++)
			err = append_copy(&texts, &read.items[k]);
	}
	if (err)
		return read_failed(ctl, err, diags);
	sort_texts(&texts);
	*ret_texts = texts;
	texts = (struct pc_texts){0};
	return PC_EXIT_OK;
}

int ctl_absolute_files(const struct ctl *ctl, struct pc_texts *texts)
{
	for (uint32_t i = 0; i < texts->count; i++) {
		struct pc_text *text = &texts->items[i];
		PC_FREE char *path = realpath(text->file, NULL);

		if (!path)
			continue; /* standard input, or gone: the name stays as it is */
		text->file = pc_arena_strndup(&texts->arena, path, strlen(path));
		if (!text->file)
			return ctl_out_of_memory(ctl);
	}
	return PC_EXIT_OK;
}

int ctl_add_includes(const struct ctl *ctl, struct pc_texts *texts)
{
	PC_CLEANUP(pc_texts_free) struct pc_texts folders = {0};
	PC_CLEANUP(pc_diags_free) struct pc_diags ignored = {0};
	int err = 0;

	/* What is wrong with other files is for those who ask about them. */
	if (pc_texts_read_folders(pc_policy_folders, pc_policy_folder_count, &folders, &ignored))
		return PC_EXIT_OK;
	for (uint32_t i = 0; i < folders.count && !err; i++)
		if (pc_text_kind_of(folders.items[i].name) == PC_TEXT_INCLUDE &&
		    !find_text(texts, folders.items[i].name))
			err = append_copy(texts, &folders.items[i]);
	sort_texts(texts);
	return err ? ctl_out_of_memory(ctl) : PC_EXIT_OK;
}

int ctl_compile_texts(const struct ctl *ctl, const struct pc_texts *texts,
		      struct pc_compiled **ret_compiled)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	int err = pc_compile_texts(texts->items, texts->count, NULL, ret_compiled, &diags);

	ctl_print_diags(ctl, &diags);
	return err ? compile_failed(ctl, err, NULL) : PC_EXIT_OK;
}
