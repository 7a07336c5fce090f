// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Applies policies again and again in a guest, and looks at what the daemon and the kernel hold.
 *
 *	applies COUNT PID FILE...   runs `policyctl apply FILE` so often, taking the files in turn;
 *	                            prints "apply MEDIAN WORST" and "daemon MEDIAN WORST" in ns: the
 *	                            time until policyctl has ended, and the processor time that the
 *	                            daemon with this process id took meanwhile
 *	applies look PID STORE      prints "NAME NUMBER" of each thing, on one line; memory in KiB
 */
#include "measure.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- changing ------------------------------------------------------------------------------ */

/* What all threads of the daemon ran; its writer of events has nothing to do here. */
static uint64_t ran(const char *pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/schedstat", pid);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	if (file)
		fclose(file);
	return ns;
}

static int apply(char *file)
{
	static char program[] = "policyctl", quiet[] = "-q", command[] = "apply";
	char *const argv[] = {program, quiet, command, file, NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) ||
	    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/run/applies.err",
					     O_WRONLY | O_CREAT | O_TRUNC, 0600) ||
	    posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ))
		return -1;
	posix_spawn_file_actions_destroy(&actions);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void say(const char *what, uint64_t *times, unsigned long count)
{
	qsort(times, count, sizeof(*times), measure_compare);
	printf("%s %llu %llu\n", what, (unsigned long long)times[count / 2],
	       (unsigned long long)times[count - 1]);
}

static int applies(unsigned long count, const char *pid, char **files, int file_count)
{
	uint64_t *took = calloc(count + 1, sizeof(*took)), *work = calloc(count + 1, sizeof(*work));

	if (!count || !took || !work)
		return 2;
	for (unsigned long i = 0; i < count; i++) {
		uint64_t began = measure_now(), before = ran(pid);
		int status = apply(files[i % (unsigned long)file_count]);

		took[i] = measure_now() - began;
		work[i] = ran(pid) - before;
		if (status) {
			fprintf(stderr, "apply %lu: status %#x\n", i, (unsigned int)status);
			return 1;
		}
	}
	say("apply", took, count);
	say("daemon", work, count);
	free(took);
	free(work);
	return 0;
}

/* ---- looking ------------------------------------------------------------------------------- */

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static unsigned long count_ids(int command)
{
	union bpf_attr attr = {0};
	unsigned long count = 0;

	while (!bpf(command, &attr)) {
		attr.start_id = attr.next_id;
		count++;
	}
	return count;
}

struct maps {
	unsigned long count, kib, blobs, blob_kib;
};

static void add_map(struct maps *maps, uint32_t id)
{
	union bpf_attr get = {.map_id = id}, ask;
	int fd = bpf(BPF_MAP_GET_FD_BY_ID, &get);
	struct bpf_map_info info = {0};
	unsigned long kib;
	char path[64];

	if (fd < 0)
		return;
	memset(&ask, 0, sizeof(ask));
	ask.info.bpf_fd = (uint32_t)fd;
	ask.info.info_len = sizeof(info);
	ask.info.info = (uintptr_t)&info;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (!bpf(BPF_OBJ_GET_INFO_BY_FD, &ask) && !strncmp(info.name, "pc_", 3)) {
		kib = measure_field(path, "memlock:") / 1024;
		maps->count++;
		maps->kib += kib;
		if (!strcmp(info.name, "pc_blob")) {
			maps->blobs++;
			maps->blob_kib += kib;
		}
	}
	close(fd);
}

static struct maps count_maps(void)
{
	union bpf_attr attr = {0};
	struct maps maps = {0};

	while (!bpf(BPF_MAP_GET_NEXT_ID, &attr)) {
		attr.start_id = attr.next_id;
		add_map(&maps, attr.start_id);
	}
	return maps;
}

static int look(const char *pid, const char *store)
{
	struct maps maps = count_maps();
	char status[64], descriptors[64];

	snprintf(status, sizeof(status), "/proc/%s/status", pid);
	snprintf(descriptors, sizeof(descriptors), "/proc/%s/fd", pid);
	printf("rss %lu anon %lu file %lu shmem %lu peak %lu ", measure_field(status, "VmRSS:"),
	       measure_field(status, "RssAnon:"), measure_field(status, "RssFile:"),
	       measure_field(status, "RssShmem:"), measure_field(status, "VmHWM:"));
	printf("descriptors %lu maps %lu map_kib %lu blobs %lu blob_kib %lu ",
	       measure_entries(descriptors), maps.count, maps.kib, maps.blobs, maps.blob_kib);
	printf("programs %lu links %lu pins %lu store_kib %lu\n", count_ids(BPF_PROG_GET_NEXT_ID),
	       count_ids(BPF_LINK_GET_NEXT_ID), measure_entries("/sys/fs/bpf/portcullis"),
	       measure_store_kib(store));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "look"))
		return look(argv[2], argv[3]);
	return argc > 3 ? applies(strtoul(argv[1], NULL, 10), argv[2], argv + 3, argc - 3) : 2;
}
