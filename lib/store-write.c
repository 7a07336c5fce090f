/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stores revisions: sorted, digested and checked first, then written in one transaction. */
#include "store-internal.h"

#include <string.h>

/* A revision on its way into the store. */
struct draft {
	struct pc_arena arena;
	const struct pc_revision_inputs *in;
	const struct pc_text **texts;	      /* by name */
	uint8_t (*digests)[PC_SHA256_SIZE];   /* of texts */
	const struct pc_store_input **inputs; /* by kind, then key */
	struct pc_revision header;
};

static void draft_free(struct draft *draft)
{
	pc_arena_free(&draft->arena);
}

static int malformed(struct pc_store *store, const char *what, const char *name)
{
	pc_store_fail(store, -EINVAL, NULL, "malformed revision: %s%s%s", what, name ? ": " : "",
		      name ? name : "");
	return -EINVAL;
}

/* A short name of a-z and -. */
static bool is_word(const char *word)
{
	size_t length = word ? strspn(word, "abcdefghijklmnopqrstuvwxyz-") : 0;

	return length && length <= PC_STORE_WORD_MAX && !word[length];
}

static int compare_texts(const void *a, const void *b)
{
	const struct pc_text *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int compare_inputs(const void *a, const void *b)
{
	const struct pc_store_input *const *x = a, *const *y = b;
	int r = strcmp((*x)->kind, (*y)->kind);

	return r ? r : strcmp((*x)->key, (*y)->key);
}

static int sort_texts(struct pc_store *store, struct draft *draft)
{
	uint32_t count = draft->in->text_count;

	if (count > PC_STORE_TEXTS_MAX)
		return malformed(store, "too many texts", NULL);
	draft->texts = pc_arena_array(&draft->arena, const struct pc_text *, count);
	draft->digests = pc_arena_alloc(&draft->arena, (size_t)count * PC_SHA256_SIZE);
	if (!draft->texts || !draft->digests)
		return pc_store_fail_memory(store);
	for (uint32_t i = 0; i < count; i++) {
		const struct pc_text *text = &draft->in->texts[i];

		if (!text->name || !*text->name || strlen(text->name) > PC_STORE_COMMENT_MAX)
			return malformed(store, "a text without a proper name", text->name);
		if (!text->file || strlen(text->file) > PC_STORE_COMMENT_MAX)
			return malformed(store, "a text without a proper file", text->name);
		if (text->size > PC_STORE_TEXT_MAX)
			return malformed(store, "a text is too long", text->name);
		draft->texts[i] = text;
	}
	if (count)
		qsort(draft->texts, count, sizeof(*draft->texts), compare_texts);
	for (uint32_t i = 1; i < count; i++)
		if (compare_texts(&draft->texts[i - 1], &draft->texts[i]) == 0)
			return malformed(store, "two texts of one name", draft->texts[i]->name);
	return 0;
}

static int sort_inputs(struct pc_store *store, struct draft *draft)
{
	uint32_t count = draft->in->input_count;

	if (count > PC_STORE_INPUTS_MAX)
		return malformed(store, "too many inputs", NULL);
	draft->inputs = pc_arena_array(&draft->arena, const struct pc_store_input *, count);
	if (!draft->inputs)
		return pc_store_fail_memory(store);
	for (uint32_t i = 0; i < count; i++) {
		const struct pc_store_input *input = &draft->in->inputs[i];

		if (!is_word(input->kind))
			return malformed(store, "an input without a proper kind", input->kind);
		if (!input->key || strlen(input->key) > PC_STORE_TEXT_MAX || !input->value ||
		    strlen(input->value) > PC_STORE_TEXT_MAX)
			return malformed(store, "an input is too long or missing", input->kind);
		draft->inputs[i] = input;
	}
	if (count)
		qsort(draft->inputs, count, sizeof(*draft->inputs), compare_inputs);
	for (uint32_t i = 1; i < count; i++)
		if (compare_inputs(&draft->inputs[i - 1], &draft->inputs[i]) == 0)
			return malformed(store, "two inputs of one name", draft->inputs[i]->key);
	return 0;
}

static int digest_inputs(struct pc_store *store, struct draft *draft)
{
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};

	pc_seal_start(&hash, "inputs");
	for (uint32_t i = 0; i < draft->in->text_count; i++) {
		const struct pc_text *text = draft->texts[i];

		if (pc_sha256(text->bytes, text->size, draft->digests[i]) < 0)
			return pc_store_fail_memory(store);
		pc_inputs_add_text(&hash, text, draft->digests[i]);
	}
	for (uint32_t i = 0; i < draft->in->input_count; i++)
		pc_inputs_add(&hash, draft->inputs[i]);
	if (pc_sha256_finish(&hash, draft->header.inputs_sha256) < 0)
		return pc_store_fail_memory(store);
	return 0;
}

static int make_draft(struct pc_store *store, const struct pc_revision_inputs *in,
		      struct draft *draft)
{
	int r;

	draft->in = in;
	draft->header = (struct pc_revision){
		.created_ns = in->created_ns ? in->created_ns : pc_store_now(),
		.verb = in->verb,
		.comment = in->comment ? in->comment : "",
		.who = in->who,
	};
	if (!is_word(in->verb))
		return malformed(store, "no proper verb", in->verb);
	if (strlen(draft->header.comment) > PC_STORE_COMMENT_MAX)
		return malformed(store, "the comment is too long", NULL);
	if (!memchr(in->who.comm, '\0', sizeof(in->who.comm)))
		return malformed(store, "the command's name is too long", NULL);
	if (draft->header.created_ns > INT64_MAX)
		return malformed(store, "a time beyond the year 2262", NULL);
	r = sort_texts(store, draft);
	if (r == 0)
		r = sort_inputs(store, draft);
	return r < 0 ? r : digest_inputs(store, draft);
}

/* The row that holds these bytes: one there already, or a new one. */
static int put_blob(struct pc_store *store, const struct pc_text *text,
		    const uint8_t digest[PC_SHA256_SIZE], int64_t *ret_id)
{
	const struct pc_sql_value values[] = {PC_SQL_BLOB(digest, PC_SHA256_SIZE),
					      PC_SQL_BLOB(text->bytes, text->size)};
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(store, "SELECT id, bytes FROM blob WHERE sha256 = ?", values, 1,
			     &stmt);
	if (r < 0)
		return r;
	r = pc_store_step(store, stmt);
	if (r < 0)
		return r;
	if (r == 0) {
		r = pc_store_run(store, "INSERT INTO blob(sha256, bytes) VALUES(?, ?)", values, 2);
		if (r == 0)
			*ret_id = sqlite3_last_insert_rowid(store->db);
		return r;
	}
	/* Nothing new is to rest on a damaged row. */
	if ((size_t)sqlite3_column_bytes(stmt, 1) != text->size ||
	    (text->size && memcmp(sqlite3_column_blob(stmt, 1), text->bytes, text->size)))
		return pc_store_damaged(store, "the text of \"%s\" in an older revision",
					text->name);
	*ret_id = sqlite3_column_int64(stmt, 0);
	return 0;
}

static int put_texts(struct pc_store *store, const struct draft *draft)
{
	for (uint32_t i = 0; i < draft->in->text_count; i++) {
		const struct pc_text *text = draft->texts[i];
		int64_t blob = 0;
		int r = put_blob(store, text, draft->digests[i], &blob);

		if (r == 0)
			r = pc_store_run(store,
					 "INSERT INTO revision_text(revision, name, file, blob)"
					 " VALUES(?, ?, ?, ?)",
					 (const struct pc_sql_value[]){
						 PC_SQL_INT(draft->header.number),
						 PC_SQL_TEXT(text->name), PC_SQL_TEXT(text->file),
						 PC_SQL_INT(blob)},
					 4);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One statement for all: there may be hundreds of thousands. */
static int put_inputs(struct pc_store *store, const struct draft *draft)
{
	sqlite3_stmt *stmt PC_STMT = NULL;
	int r;

	r = pc_store_prepare(
		store, "INSERT INTO revision_input(revision, kind, key, value) VALUES(?, ?, ?, ?)",
		NULL, 0, &stmt);
	for (uint32_t i = 0; r == 0 && i < draft->in->input_count; i++) {
		const struct pc_store_input *input = draft->inputs[i];

		sqlite3_reset(stmt);
		r = pc_store_bind(store, stmt,
				  (const struct pc_sql_value[]){PC_SQL_INT(draft->header.number),
								PC_SQL_TEXT(input->kind),
								PC_SQL_TEXT(input->key),
								PC_SQL_TEXT(input->value)},
				  4);
		if (r == 0)
			r = pc_store_step(store, stmt);
	}
	return r;
}

/* Closes the revision: from here on its texts and inputs cannot change. */
static int put_header(struct pc_store *store, const struct pc_revision *header)
{
	const struct pc_sql_value none = PC_SQL_NULL, parent = PC_SQL_INT(header->parent);
	struct pc_sha256 hash PC_CLEANUP(pc_sha256_drop) = {0};
	uint8_t seal[PC_SHA256_SIZE];

	pc_revision_seal(&hash, header);
	if (pc_sha256_finish(&hash, seal) < 0)
		return pc_store_fail_memory(store);
	return pc_store_run(store,
			    "INSERT INTO revision(number, parent, created, uid, login, comm, verb,"
			    " comment, inputs, seal) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			    (const struct pc_sql_value[]){
				    PC_SQL_INT(header->number),
				    header->parent ? parent : none,
				    PC_SQL_INT(header->created_ns),
				    PC_SQL_INT(header->who.uid),
				    PC_SQL_INT(header->who.login_uid),
				    PC_SQL_TEXT(header->who.comm),
				    PC_SQL_TEXT(header->verb),
				    PC_SQL_TEXT(header->comment),
				    PC_SQL_BLOB(header->inputs_sha256, PC_SHA256_SIZE),
				    PC_SQL_BLOB(seal, sizeof(seal)),
			    },
			    10);
}

static int put_draft(struct pc_store *store, struct draft *draft, struct pc_store_state *state,
		     unsigned int flags)
{
	int r;

	draft->header.number = state->last + 1;
	draft->header.parent = state->active;
	r = put_texts(store, draft);
	if (r == 0)
		r = put_inputs(store, draft);
	if (r == 0)
		r = put_header(store, &draft->header);
	if (r < 0)
		return r;
	state->last = draft->header.number;
	if (!(flags & PC_STORE_PUT_INACTIVE)) {
		state->active = state->last;
		state->activated_ns = pc_store_now();
	}
	return pc_state_write(store, state);
}

/* 1 where the active revision has the draft's inputs, 0, or -errno. Damage is not "the same". */
static int same_as_active(struct pc_store *store, const struct draft *draft, uint64_t active)
{
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	struct pc_revision revision = {0};
	int r;

	if (!active)
		return 0;
	r = pc_revision_read_header(store, active, &arena, &revision);
	if (r < 0)
		return r;
	if (memcmp(revision.inputs_sha256, draft->header.inputs_sha256, PC_SHA256_SIZE))
		return 0;
	r = pc_revision_read(store, active, &arena, &revision);
	return r < 0 ? r : 1;
}

int pc_store_put_revision(struct pc_store *store, const struct pc_revision_inputs *inputs,
			  uint64_t expected, unsigned int flags, struct pc_store_put *ret_put)
{
	struct draft draft PC_CLEANUP(draft_free) = {0};
	struct pc_store *txn PC_TXN = NULL;
	struct pc_store_state state = {0};
	int r;

	r = make_draft(store, inputs, &draft);
	if (r < 0)
		return r;
	r = pc_store_begin(store, PC_TXN_WRITE, &txn);
	if (r < 0)
		return r;
	r = pc_state_read(store, &state);
	if (r == 0)
		r = pc_state_expect(store, &state, expected);
	if (r == 0 && !(flags & PC_STORE_PUT_ALWAYS))
		r = same_as_active(store, &draft, state.active);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret_put = (struct pc_store_put){.number = state.active, .unchanged = true};
		return 0;
	}
	r = put_draft(store, &draft, &state, flags);
	if (r == 0)
		r = pc_store_commit(&txn);
	if (r == 0)
		*ret_put = (struct pc_store_put){.number = state.last};
	return r;
}
