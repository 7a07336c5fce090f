/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The store's file as the input: nothing in it may crash a reader, and what was changed in a good
 * store is never read as something else than what was stored.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "store.h"

/* What the first byte of an input makes of the rest. */
enum mode {
	MODE_RAW,     /* the file itself */
	MODE_FLIPS,   /* a good store, changed: offset (3 bytes), value to xor */
	MODE_REPLACE, /* a good store with a run of bytes replaced: offset (3 bytes), bytes */
	MODES
};

#define BYTES_MAX ((size_t)1 << 20)

/* In memory: every input is a file that is written and synced. */
static char folder[] = "/dev/shm/pc-fuzz-store-XXXXXX";
static char path[64], wal[64], shm[64];
static unsigned char good[BYTES_MAX], file[BYTES_MAX];
static size_t good_size;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void remove_files(void)
{
	unlink(path);
	unlink(wal);
	unlink(shm);
}

static void remove_folder(void)
{
	remove_files();
	rmdir(folder);
}

static void put_file(const unsigned char *bytes, size_t size)
{
	int fd PC_CLOSE = -1;

	remove_files();
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
}

/* Revisions 1 and 2; policies web (1), db (2); a setting. */
static void make_good_store(void)
{
	struct pc_text text = {"/etc/50-web.yaml", "50-web.yaml", "policy: web\n", 12};
	struct pc_store_input input = {PC_INPUT_USER, "www-data", "33"};
	struct pc_revision_inputs in = {.verb = "apply",
					.comment = "a comment",
					.texts = &text,
					.text_count = 1,
					.inputs = &input,
					.input_count = 1};
	struct pc_store *store PC_CLEANUP(pc_store_closep) = NULL;
	struct pc_store_put put;
	uint32_t id;

	MUST(pc_store_open(path, PC_STORE_CREATE, &store, NULL) == 0);
	MUST(pc_store_put_revision(store, &in, 0, 0, &put) == 0);
	text.bytes = "policy: WEB\n";
	MUST(pc_store_put_revision(store, &in, 1, 0, &put) == 0);
	MUST(pc_store_policy_id(store, "web", true, &id) == 0);
	MUST(pc_store_policy_id(store, "db", true, &id) == 0);
	MUST(pc_store_put_setting(store, "kernel", "6.1") == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd PC_CLOSE = -1;
	ssize_t n;

	(void)argc;
	(void)argv;
	MUST(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(wal, sizeof(wal), "%s-wal", path);
	snprintf(shm, sizeof(shm), "%s-shm", path);
	atexit(remove_folder);
	make_good_store();
	fd = open(path, O_RDONLY);
	n = read(fd, good, sizeof(good));
	MUST(n > 4096);
	good_size = (size_t)n;
	return 0;
}

static size_t offset_of(const uint8_t *data)
{
	return ((size_t)data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16) % good_size;
}

/* The size of what is in `file` then. */
static size_t make_file(enum mode mode, const uint8_t *data, size_t size)
{
	if (mode == MODE_RAW) {
		memcpy(file, data, size);
		return size;
	}
	memcpy(file, good, good_size);
	if (mode == MODE_FLIPS) {
		for (; size >= 4; size -= 4, data += 4)
			file[offset_of(data)] ^= data[3];
	} else if (size > 3) {
		size_t at = offset_of(data), room = good_size - at;

		memcpy(file + at, data + 3, size - 3 < room ? size - 3 : room);
	}
	return good_size;
}

/* Whether revision number is what make_good_store() put. */
static bool revision_is_true(const struct pc_revision *revision, uint64_t number)
{
	const char *bytes = number == 1 ? "policy: web\n" : "policy: WEB\n";

	return revision->number == number && revision->parent == number - 1 &&
	       !strcmp(revision->comment, "a comment") && revision->text_count == 1 &&
	       revision->input_count == 1 && revision->texts[0].size == 12 &&
	       !memcmp(revision->texts[0].bytes, bytes, 12) &&
	       !strcmp(revision->inputs[0].value, "33");
}

/* Asks everything; derived: the file was made from the good one, so answers are known. */
static void ask(struct pc_store *store, bool derived)
{
	struct pc_arena arena PC_CLEANUP(pc_arena_free) = {0};
	struct pc_revision revision, *items;
	struct pc_store_state state;
	const char *text;
	uint32_t id, count;
	uint64_t active;
	int r;

	r = pc_store_state(store, &state);
	MUST(!derived || r == -EUCLEAN || (r == 0 && state.active == 2));
	r = pc_store_active(store, &active);
	MUST(!derived || r == -EUCLEAN || (r == 0 && active == 2));
	for (uint64_t number = 1; number <= 2; number++) {
		r = pc_store_get_revision(store, number, &arena, &revision);
		MUST(!derived || r == -EUCLEAN || (r == 0 && revision_is_true(&revision, number)));
	}
	r = pc_store_history(store, 0, 100, &arena, &items, &count);
	MUST(!derived || r == -EUCLEAN || (r == 0 && count == 2));
	r = pc_store_policy_id(store, "db", false, &id);
	MUST(!derived || r == -EUCLEAN || (r == 0 && id == 2));
	r = pc_store_policy_name(store, 1, &arena, &text);
	MUST(!derived || r == -EUCLEAN || (r == 0 && !strcmp(text, "web")));
	r = pc_store_get_setting(store, "kernel", &arena, &text);
	MUST(!derived || r == -EUCLEAN || (r == 0 && !strcmp(text, "6.1")));
	pc_store_verify(store);
}

/* A store that opened may be written, too. */
static void write_to(struct pc_store *store)
{
	struct pc_revision_inputs in = {.verb = "remove"};
	struct pc_store_put put;
	uint32_t id;

	pc_store_put_revision(store, &in, PC_STORE_ANY, 0, &put);
	pc_store_policy_id(store, "mail", true, &id);
	pc_store_set_active(store, 1, PC_STORE_ANY);
	pc_store_set_enforcement(store, false, 1, "a reason", &in.who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pc_store *store PC_CLEANUP(pc_store_closep) = NULL;
	enum mode mode;

	if (size < 1 || size > BYTES_MAX)
		return 0;
	mode = data[0] % MODES;
	put_file(file, make_file(mode, data + 1, size - 1));
	if (pc_store_open(path, data[0] & 0x80 ? PC_STORE_READ_ONLY : 0, &store, NULL) < 0)
		return 0;
	ask(store, mode != MODE_RAW);
	write_to(store);
	return 0;
}
