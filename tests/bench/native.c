// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a set of policies costs the daemon apart from the kernel: parse, compile, store, and what is
 * kept. The kernel side is the one of the unit tests, which does nothing.
 *
 *	native SET CHANGED FILE...
 *		compiles the files five times in processes of their own; applies them; then takes
 *		turns at applying CHANGED, where one rule is another, and the first file
 *	native -n N SET FILE...
 *		N changes, each to the next of the files alone, with a look at the process at each
 *		power of ten and at the end
 *
 * Prints "native SET WHAT VALUE", in ns and KiB; or "look SET N NAME NUMBER…".
 */
#include <inttypes.h>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "measure.h"
#include "sync.h"

#define CHANGES 100u
#define COMPILES 5u
#define PATH_SIZE 64

struct bench {
	const char *set;
	struct pc_arena arena;
	struct pc_text *texts;
	uint32_t count;
	char folder[PATH_SIZE];
	char path[PATH_SIZE + 16];
	struct pc_sync sync;
};

static int fail(const char *what)
{
	fprintf(stderr, "native: %s\n", what);
	return EXIT_FAILURE;
}

static void say(const struct bench *bench, const char *what, uint64_t value)
{
	printf("native %s %s %" PRIu64 "\n", bench->set, what, value);
	fflush(stdout);
}

static int read_text(struct bench *bench, const char *path, struct pc_text *text)
{
	PC_FCLOSE FILE *file = fopen(path, "re");
	struct stat st;
	char *bytes;

	if (!file || fstat(fileno(file), &st))
		return -1;
	bytes = pc_arena_alloc(&bench->arena, (size_t)st.st_size + 1);
	if (!bytes || fread(bytes, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		return -1;
	*text = (struct pc_text){
		.file = path, .name = basename(path), .bytes = bytes, .size = (size_t)st.st_size};
	return 0;
}

static int read_texts(struct bench *bench, char **paths, int count)
{
	bench->texts = pc_arena_array(&bench->arena, struct pc_text, count);
	bench->count = (uint32_t)count;
	for (int i = 0; i < count; i++)
		if (!bench->texts || read_text(bench, paths[i], &bench->texts[i]))
			return fail(paths[i]);
	return 0;
}

/* ---- compiling ----------------------------------------------------------------------------- */

static int compile(const struct bench *bench)
{
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	uint64_t begun = pc_now(CLOCK_PROCESS_CPUTIME_ID);

	if (pc_compile_texts(bench->texts, bench->count, NULL, &compiled, &diags))
		return fail("it does not compile");
	say(bench, "compile", pc_now(CLOCK_PROCESS_CPUTIME_ID) - begun);
	if (!compiled)
		return EXIT_FAILURE;
	say(bench, "tables", compiled->image.table_words * sizeof(*compiled->image.tables) / 1024);
	for (uint32_t a = 0; a < compiled->image.automata.count; a++)
		say(bench, "automaton",
		    compiled->image.automata.automata[a].cell_count * sizeof(struct pc_cell) /
			    1024);
	return EXIT_SUCCESS;
}

/* In a process of its own, whose peak of memory is the compiler's. */
static int compile_apart(const struct bench *bench)
{
	int status = EXIT_FAILURE;
	struct rusage usage;
	pid_t pid = fork();

	if (!pid)
		_exit(compile(bench));
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid || status)
		return EXIT_FAILURE;
	say(bench, "peak", (uint64_t)usage.ru_maxrss);
	return 0;
}

/* ---- changing ------------------------------------------------------------------------------ */

static int change(struct bench *bench, const struct pc_text *texts, uint32_t count)
{
	const struct pc_change_how how = {.who = {.login_uid = UINT32_MAX, .comm = "native"}};
	const struct pc_change what = {
		.verb = "apply", .texts = texts, .text_count = count, .expected = PC_STORE_ANY};
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	struct pc_refusal refusal = {0};
	struct pc_change_done done;

	if (pc_sync_change(&bench->sync, &what, &how, &done, &diags, &refusal))
		return fail(refusal.message);
	if (done.unchanged)
		return fail("a change changed nothing");
	pc_plan_free(done.plan);
	return 0;
}

static int changes(struct bench *bench, const char *path)
{
	uint64_t took[CHANGES], work[CHANGES];
	struct pc_text texts[2] = {0};

	if (read_text(bench, path, &texts[0]) || change(bench, bench->texts, bench->count))
		return fail(path);
	texts[1] = bench->texts[0];
	texts[0].name = texts[1].name;
	texts[0].file = texts[1].file;
	for (uint32_t i = 0; i < CHANGES; i++) {
		uint64_t begun = pc_now(CLOCK_MONOTONIC);
		uint64_t ran = pc_now(CLOCK_PROCESS_CPUTIME_ID);

		if (change(bench, &texts[i % 2], 1))
			return EXIT_FAILURE;
		took[i] = pc_now(CLOCK_MONOTONIC) - begun;
		work[i] = pc_now(CLOCK_PROCESS_CPUTIME_ID) - ran;
	}
	qsort(took, CHANGES, sizeof(*took), measure_compare);
	qsort(work, CHANGES, sizeof(*work), measure_compare);
	say(bench, "median", took[CHANGES / 2]);
	say(bench, "worst", took[CHANGES - 1]);
	say(bench, "processor", work[CHANGES / 2]);
	return 0;
}

/* ---- growth -------------------------------------------------------------------------------- */

static void look(const struct bench *bench, unsigned long n)
{
	malloc_trim(0); /* as the daemon does each second */
	printf("look %s %lu anon %lu descriptors %lu store_kib %lu\n", bench->set, n,
	       measure_field("/proc/self/status", "RssAnon:"),
	       measure_entries("/proc/self/fd") - 1, /* the folder itself */
	       measure_store_kib(bench->path));
	fflush(stdout);
}

static int grow(struct bench *bench, unsigned long count)
{
	unsigned long next = 100;

	for (unsigned long i = 1; i <= count; i++) {
		if (change(bench, &bench->texts[i % bench->count], 1))
			return EXIT_FAILURE;
		if (i != next && i != count)
			continue;
		look(bench, i);
		next = i == next ? 10 * next : next;
	}
	return 0;
}

/* ---- the daemon's parts -------------------------------------------------------------------- */

static int begin(struct bench *bench, const char *place)
{
	struct pc_kernel_error error;

	snprintf(bench->folder, sizeof(bench->folder), "%s/portcullis-bench.XXXXXX", place);
	if (!mkdtemp(bench->folder))
		return fail(place);
	snprintf(bench->path, sizeof(bench->path), "%s/store.db", bench->folder);
	if (pc_store_open(bench->path, PC_STORE_CREATE, &bench->sync.store, NULL) ||
	    pc_kernel_open(&(struct pc_kernel_options){0}, &bench->sync.kernel,
			   &bench->sync.adopted, &error) ||
	    pc_sync_start(&bench->sync))
		return fail("cannot start");
	return 0;
}

static void end(struct bench *bench)
{
	char path[sizeof(bench->path) + 8];

	pc_sync_stop(&bench->sync);
	pc_store_close(bench->sync.store);
	pc_arena_free(&bench->arena);
	for (int i = 0; i < 3; i++) {
		static const char *const suffixes[] = {"", "-wal", "-shm"};

		snprintf(path, sizeof(path), "%s%s", bench->path, suffixes[i]);
		unlink(path);
	}
	rmdir(bench->folder);
}

int main(int argc, char **argv)
{
	bool growth = argc > 4 && !strcmp(argv[1], "-n");
	struct bench bench = {.set = argc > 3 ? argv[growth ? 3 : 1] : NULL};
	int first = growth ? 4 : 3, err;

	if (argc <= first)
		return fail("see the top of its source");
	pc_log_set_level(LOG_WARNING);
	err = read_texts(&bench, argv + first, argc - first);
	for (uint32_t i = 0; !err && !growth && i < COMPILES; i++)
		err = compile_apart(&bench);
	if (!err)
		err = begin(&bench, growth ? "/dev/shm" : "/var/tmp"); /* where a sync is free */
	if (!err)
		err = growth ? grow(&bench, strtoul(argv[2], NULL, 10)) : changes(&bench, argv[2]);
	end(&bench);
	return err;
}
