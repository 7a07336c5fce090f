/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Runs in a guest beside an enforcer: what its caches answer is what a walk answers, CASES times,
 * while files, directories, mounts and policies move.
 *
 *   caches CASES SEED SECONDS FILE   in the current directory, which is empty; the openers are user
 *                                    1000. Goes on until FILE exists too, at most for SECONDS.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "caches.h"
#include "caches.skel.h"
#include "load.h"

#define PINS "/sys/fs/bpf/portcullis"
#define OPENER_ID 1000

static struct caches *skeleton_open(void)
{
	struct caches *skel = caches__open();
	struct bpf_map *map;
	char path[128];
	int fd;

	if (!skel)
		return NULL;
	bpf_object__for_each_map(map, skel->obj)
	{
		snprintf(path, sizeof(path), PINS "/%s", bpf_map__name(map));
		fd = bpf_map__is_internal(map) ? -1 : bpf_obj_get(path);
		if (fd >= 0 && bpf_map__reuse_fd(map, fd))
			fprintf(stderr, "caches: %s cannot be taken over\n", path);
		if (fd >= 0)
			close(fd);
	}
	if (caches__load(skel) || caches__attach(skel)) {
		caches__destroy(skel);
		return NULL;
	}
	return skel;
}

/* ---- the processes --------------------------------------------------------------------------- */

struct soak {
	struct caches *skel;
	struct soak_counts *counts;
	struct load *load;
	uint64_t cases, seed;
	uint32_t seconds;
	const char *file; /* that somebody makes when enough has happened beside */
	uint32_t processes;
};

static void enlist(const struct soak *soak, uint32_t tgid)
{
	uint32_t one = 1;

	bpf_map_update_elem(bpf_map__fd(soak->skel->maps.soak_tasks), &tgid, &one, BPF_ANY);
}

static void begin(struct soak *soak, void (*work)(struct load *, uint64_t, uint32_t), bool opener)
{
	pid_t pid = fork();

	soak->processes++;
	if (pid > 0)
		return;
	if (pid < 0)
		exit(1);
	if (opener)
		enlist(soak, (uint32_t)getpid());
	if (opener && (setresgid(OPENER_ID, OPENER_ID, OPENER_ID) ||
		       setresuid(OPENER_ID, OPENER_ID, OPENER_ID)))
		exit(1);
	work(soak->load, soak->seed, soak->processes);
}

static uint64_t compared(const struct soak *soak)
{
	return soak->counts->equal + soak->counts->different;
}

static bool enough(const struct soak *soak)
{
	return compared(soak) >= soak->cases && !access(soak->file, F_OK);
}

static int print_counts(const struct soak *soak, uint64_t seconds)
{
	const struct soak_counts *counts = soak->counts;
	const struct load *load = soak->load;

	printf("cases %" PRIu64 " different %" PRIu64 " moved %" PRIu64 " restless %" PRIu64
	       " unlabelled %" PRIu64 " seconds %" PRIu64 " seed %" PRIu64 "\n",
	       compared(soak), (uint64_t)counts->different, (uint64_t)counts->moved,
	       (uint64_t)counts->restless, (uint64_t)counts->unlabelled, seconds, soak->seed);
	printf("denied %" PRIu64 " short %" PRIu64 " names %" PRIu64 " directories %" PRIu64 "\n",
	       (uint64_t)counts->denied, (uint64_t)counts->short_answers, (uint64_t)counts->names,
	       (uint64_t)counts->directories);
	printf("opened %" PRIu64 " refused %" PRIu64 " first %" PRIu64 " second %" PRIu64
	       " impossible %" PRIu64 " moves %" PRIu64 " mounts %" PRIu64 "\n",
	       load->opened, load->denied, load->first, load->second, load->impossible, load->moves,
	       load->mounts);
	return counts->different || load->impossible ? 1 : 0;
}

static void print_answer(const char *name, const struct soak_answer *answer)
{
	printf("# %s: found %u class %u %u %u %u denied %#x audited %#x policy %u rule %u\n", name,
	       answer->found, answer->class.of[0], answer->class.of[1], answer->class.of[2],
	       answer->class.of[3], answer->verdict.denied, answer->verdict.audited,
	       answer->verdict.policy, answer->verdict.rule);
}

static int run(struct soak *soak)
{
	time_t started = time(NULL);
	int status;

	for (int i = 0; i < 3; i++)
		begin(soak, load_open, true);
	begin(soak, load_move, false);
	begin(soak, load_move, false);
	begin(soak, load_mount, false);
	while (!enough(soak) && time(NULL) - started < soak->seconds)
		usleep(100000);
	soak->load->stop = true;
	while (soak->processes--)
		wait(NULL);
	status = print_counts(soak, (uint64_t)(time(NULL) - started));
	if (soak->counts->different) {
		print_answer("with the caches", &soak->counts->cached);
		print_answer("by a walk", &soak->counts->walked);
	}
	return status;
}

static void *shared(size_t size, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int main(int argc, char **argv)
{
	struct soak soak = {.skel = NULL};

	if (argc != 5) {
		fprintf(stderr, "usage: caches CASES SEED SECONDS FILE\n");
		return 2;
	}
	soak.cases = strtoull(argv[1], NULL, 10);
	soak.seed = strtoull(argv[2], NULL, 10);
	soak.seconds = (uint32_t)strtoul(argv[3], NULL, 10);
	soak.file = argv[4];
	soak.skel = skeleton_open();
	soak.load = shared(sizeof(*soak.load), -1);
	if (soak.skel)
		soak.counts =
			shared(sizeof(*soak.counts), bpf_map__fd(soak.skel->maps.soak_counts));
	if (!soak.counts || !soak.load) {
		fprintf(stderr, "caches: cannot begin: %s\n", strerror(errno));
		return 1;
	}
	if (load_make_tree()) {
		fprintf(stderr, "caches: cannot make the tree\n");
		return 1;
	}
	return run(&soak);
}
