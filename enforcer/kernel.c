// SPDX-License-Identifier: GPL-2.0-only
/* The kernel side's life: loaded or adopted, pinned, read, let go. */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

int pc_kernel_fail(struct pc_kernel_error *error, int err, const char *hint, const char *format,
		   ...)
{
	va_list args;

	if (!error)
		return err;
	error->err = err;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	snprintf(error->hint, sizeof(error->hint), "%s", hint ? hint : "");
	return err;
}

int pc_kernel_fault(enum pc_fault point, struct pc_kernel_error *error)
{
	int err = pc_fault(point);

	return err ? pc_kernel_fail(error, err, NULL, "the kernel says: %s", strerror(-err)) : 0;
}

uint64_t pc_boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int pc_map_fd(const struct pc_kernel *kernel, const char *name)
{
	return bpf_object__find_map_fd_by_name(kernel->skel->obj, name);
}

uint32_t pc_slot_in_force(const struct pc_kernel *kernel, bool *ret_fallback)
{
	uint64_t word = __atomic_load_n(&kernel->control->word, __ATOMIC_ACQUIRE);
	bool fallback = (word & PC_CONTROL_ARMED) &&
			pc_boot_ns() >= (uint64_t)PC_CONTROL_DEADLINE(word) * 1000000000u;

	if (ret_fallback)
		*ret_fallback = fallback;
	return fallback ? PC_CONTROL_FALLBACK(word) : PC_CONTROL_ACTIVE(word);
}

/* ---- opening ------------------------------------------------------------------------------- */

static int pin_dir_make(const char *path, struct pc_kernel_error *error)
{
	struct statfs fs;

	if (mkdir(path, 0700) && errno != EEXIST)
		return pc_kernel_fail(error, -errno, "is a bpf file system mounted on /sys/fs/bpf?",
				      "cannot make %s: %s", path, strerror(errno));
	if (statfs(path, &fs) || fs.f_type != BPF_FS_MAGIC)
		return pc_kernel_fail(error, -EINVAL, "mount -t bpf bpf /sys/fs/bpf",
				      "%s is not on a bpf file system", path);
	return 0;
}

static int maps_configure(struct pc_kernel *kernel, const struct pc_kernel_options *options)
{
	struct pc_kernel_bpf *skel = kernel->skel;
	char path[PC_PIN_PATH_MAX + 32];
	struct bpf_program *program;
	struct bpf_map *map;
	int err, cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	err = bpf_map__set_max_entries(skel->maps.pc_scratches,
				       (uint32_t)cpus * PC_SCRATCH_A_CPU + PC_SCRATCH_SHARED);
	if (!err && options->ring_bytes)
		err = bpf_map__set_max_entries(skel->maps.pc_events, options->ring_bytes);
	bpf_object__for_each_program(program, skel->obj)
		bpf_program__set_autoload(program, program == skel->progs.pc_switch_word ||
							   program == skel->progs.pc_enroll ||
							   program == skel->progs.pc_link_put);
	bpf_object__for_each_map(map, skel->obj)
	{
		if (err || bpf_map__is_internal(map) || !kernel->pin_dir[0])
			continue;
		snprintf(path, sizeof(path), "%s/%s", kernel->pin_dir, bpf_map__name(map));
		err = bpf_map__set_pin_path(map, path);
	}
	return err;
}

static int object_load(struct pc_kernel *kernel, const struct pc_kernel_options *options,
		       struct pc_kernel_error *error)
{
	int err;

	kernel->skel = pc_kernel_bpf__open();
	if (!kernel->skel)
		return pc_kernel_fail(error, -errno, NULL, "cannot open the BPF object: %s",
				      strerror(errno));
	err = maps_configure(kernel, options);
	if (!err)
		err = pc_kernel_bpf__load(kernel->skel);
	if (err == -EINVAL && kernel->pin_dir[0])
		return pc_kernel_fail(
			error, err,
			"another version's maps may be pinned: `enforcerd --unload` with that "
			"version removes them, and with them its enforcement",
			"cannot load or adopt the maps below %s", kernel->pin_dir);
	if (err)
		return pc_kernel_fail(error, err, "run `policyctl doctor`",
				      "the kernel does not take the BPF object: %s",
				      strerror(-err));
	kernel->control = mmap(NULL, sizeof(struct pc_control), PROT_READ | PROT_WRITE, MAP_SHARED,
			       bpf_map__fd(kernel->skel->maps.pc_control), 0);
	if (kernel->control == MAP_FAILED) {
		kernel->control = NULL;
		return pc_kernel_fail(error, -errno, NULL, "cannot map the control block: %s",
				      strerror(errno));
	}
	return 0;
}

/* Identity of the programs in this build. */
static uint64_t build_digest(void)
{
	size_t size = 0;
	const void *bytes = pc_kernel_bpf__elf_bytes(&size);

	return pc_fnv(PC_FNV_START, bytes, size);
}

/* Takes over what an earlier daemon left; programs of another build are replaced one by one, each
 * attached before the old one goes. */
static int adopt(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	uint64_t build = build_digest();
	int err = 0;

	if (kernel->control->abi && kernel->control->abi != PC_ABI_VERSION)
		return pc_kernel_fail(
			error, -EINVAL,
			"`enforcerd --unload` of that version removes them, and with "
			"them its enforcement",
			"what is pinned below %s is of layout %u, this version's is %u",
			kernel->pin_dir, kernel->control->abi, PC_ABI_VERSION);
	kernel->control->abi = PC_ABI_VERSION;
	pc_hooks_adopt(kernel);
	pc_blobs_adopt(kernel);
	err = pc_roots_adopt(kernel);
	if (err)
		return pc_kernel_fail(error, err, NULL, "cannot read the table of mounts: %s",
				      strerror(-err));
	kernel->control->scratches = bpf_map__max_entries(kernel->skel->maps.pc_scratches);
	/* An earlier daemon may have been cut off in the middle of a change. */
	__atomic_store_n(&kernel->control->roots, (kernel->control->roots | 1) + 1,
			 __ATOMIC_SEQ_CST);
	err = pc_kernel_fault(PC_FAULT_START_ADOPTED, error);
	if (!err && kernel->control->build != build)
		err = pc_hooks_replace(kernel, error);
	if (!err)
		kernel->control->build = build;
	return err;
}

static int on_event(void *context, void *data, size_t size)
{
	struct pc_kernel *kernel = context;
	const struct pc_event *event = data;

	if (size >= sizeof(*event) && kernel->event_fn &&
	    size >= sizeof(*event) + event->exe_length + event->path_length)
		kernel->event_fn(kernel->event_context, event);
	kernel->control->delivered++;
	return 0;
}

static int enroll(struct pc_kernel *kernel, struct pc_kernel_error *error)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);
	int err = bpf_prog_test_run_opts(bpf_program__fd(kernel->skel->progs.pc_enroll), &run);

	if (err)
		return pc_kernel_fail(error, err, NULL, "cannot make this process the enforcer: %s",
				      strerror(-err));
	return 0;
}

static int open_steps(struct pc_kernel *kernel, const struct pc_kernel_options *options,
		      bool *ret_adopted, struct pc_kernel_error *error)
{
	int err = kernel->pin_dir[0] ? pin_dir_make(kernel->pin_dir, error) : 0;

	if (!err)
		err = object_load(kernel, options, error);
	if (!err)
		err = pc_kernel_fault(PC_FAULT_START_MAPS, error);
	if (!err)
		err = adopt(kernel, error);
	if (err)
		return err;
	*ret_adopted = kernel->control->slots[pc_slot_in_force(kernel, NULL)].generation != 0;
	if (!*ret_adopted)
		kernel->control->word = PC_CONTROL_ON;
	kernel->control->flags = options->no_cache ? PC_CONTROL_NO_CACHE : 0;
	kernel->ring =
		ring_buffer__new(bpf_map__fd(kernel->skel->maps.pc_events), on_event, kernel, NULL);
	if (!kernel->ring)
		return pc_kernel_fail(error, -errno, NULL, "cannot read the ring buffer");
	err = pc_kernel_fault(PC_FAULT_START_OPENED, error);
	return err ?: enroll(kernel, error);
}

static PC_PRINTF(2, 0) int libbpf_quiet(enum libbpf_print_level level, const char *format,
					va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return getenv("PC_LIBBPF_DEBUG") ? vfprintf(stderr, format, args) : 0;
}

int pc_kernel_open(const struct pc_kernel_options *options, struct pc_kernel **ret_kernel,
		   bool *ret_adopted, struct pc_kernel_error *error)
{
	struct pc_kernel *kernel = calloc(1, sizeof(*kernel));
	bool adopted = false;
	int err;

	if (!kernel)
		return pc_kernel_fail(error, -ENOMEM, NULL, "out of memory");
	libbpf_set_print(libbpf_quiet);
	pc_blobs_init(kernel);
	kernel->links_max = options->links_max ? options->links_max : PC_LINKS_MAX;
	snprintf(kernel->pin_dir, sizeof(kernel->pin_dir), "%s",
		 options->pin_dir ? options->pin_dir : PC_PIN_DIR);
	err = open_steps(kernel, options, &adopted, error);
	if (err) {
		pc_kernel_close(kernel);
		return err;
	}
	*ret_kernel = kernel;
	*ret_adopted = adopted;
	return 0;
}

/* ---- closing ------------------------------------------------------------------------------- */

void pc_kernel_close(struct pc_kernel *kernel)
{
	if (!kernel)
		return;
	pc_blobs_close(kernel);
	for (uint32_t i = 0; i < pc_hook_count; i++) {
		if (kernel->links[i] && kernel->pin_dir[0])
			bpf_link__disconnect(kernel->links[i]);
		bpf_link__destroy(kernel->links[i]);
	}
	ring_buffer__free(kernel->ring);
	if (kernel->control)
		munmap(kernel->control, sizeof(*kernel->control));
	pc_kernel_bpf__destroy(kernel->skel);
	pc_roots_free(kernel);
	free(kernel);
}

static void pins_remove(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(path); /* the service's unit keeps the folder: then it stays */
}

void pc_kernel_remove(struct pc_kernel *kernel)
{
	char path[PC_PIN_PATH_MAX];

	if (!kernel)
		return;
	memcpy(path, kernel->pin_dir, sizeof(path));
	pc_hooks_detach_all(kernel);
	if (path[0])
		pins_remove(path);
	pc_kernel_close(kernel);
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint64_t maps_bytes(const struct pc_kernel *kernel)
{
	uint64_t bytes = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, kernel->skel->obj)
	{
		static const char field[] = "memlock:";
		char path[64], line[128];
		PC_FCLOSE FILE *info = NULL;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		info = fopen(path, "re");
		while (info && fgets(line, sizeof(line), info))
			if (!strncmp(line, field, strlen(field)))
				bytes += strtoull(line + strlen(field), NULL, 10);
	}
	for (int slot = 0; slot < PC_SLOTS; slot++)
		for (int part = 0; part < PC_PARTS; part++)
			if (kernel->blobs[slot][part].memory)
				bytes += PC_TIER_BYTES(kernel->blobs[slot][part].tier);
	return bytes;
}

/* Adds up one element of a per-CPU array whose values are all 64-bit counters. */
static int percpu_sum(const struct bpf_map *map, uint32_t key, uint64_t *ret_sum, size_t size)
{
	int cpus = libbpf_num_possible_cpus();
	PC_FREE uint64_t *values = cpus > 0 ? calloc((size_t)cpus, size) : NULL;
	size_t n = size / sizeof(uint64_t);

	if (!values)
		return -ENOMEM;
	if (bpf_map_lookup_elem(bpf_map__fd(map), &key, values))
		return -errno;
	memset(ret_sum, 0, size);
	for (size_t cpu = 0; cpu < (size_t)cpus; cpu++)
		for (size_t i = 0; i < n; i++)
			ret_sum[i] += values[cpu * n + i];
	return 0;
}

int pc_kernel_status(struct pc_kernel *kernel, struct pc_kernel_status *ret_status)
{
	struct pc_kernel_status status = {0};
	uint32_t slot = pc_slot_in_force(kernel, &status.fallback);
	const struct pc_slot *in_force = &kernel->control->slots[slot];
	uint64_t word = __atomic_load_n(&kernel->control->word, __ATOMIC_ACQUIRE);
	int err = percpu_sum(kernel->skel->maps.pc_stats, 0, (uint64_t *)(void *)&status.stats,
			     sizeof(status.stats));

	if (err)
		return err;
	status.generation = status.fallback ? in_force->fallback_generation : in_force->generation;
	status.revision = in_force->revision;
	status.enforcing = (word & PC_CONTROL_ON) != 0;
	status.confirm_by = word & PC_CONTROL_ARMED ? PC_CONTROL_DEADLINE(word) : 0;
	for (uint32_t i = 0; i < pc_hook_count; i++)
		status.hooks += kernel->links[i] != NULL;
	status.map_bytes = maps_bytes(kernel);
	status.delivered = kernel->control->delivered;
	*ret_status = status;
	return 0;
}

int pc_kernel_counters(struct pc_kernel *kernel, uint32_t row, struct pc_counter_row *ret_row)
{
	return percpu_sum(kernel->skel->maps.pc_counters, row, (uint64_t *)(void *)ret_row,
			  sizeof(*ret_row));
}

int pc_kernel_clear_counters(struct pc_kernel *kernel, uint32_t row)
{
	int cpus = libbpf_num_possible_cpus();
	PC_FREE struct pc_counter_row *rows = cpus > 0 ? calloc((size_t)cpus, sizeof(*rows)) : NULL;

	if (!rows)
		return -ENOMEM;
	return bpf_map_update_elem(bpf_map__fd(kernel->skel->maps.pc_counters), &row, rows, BPF_ANY)
		       ? -errno
		       : 0;
}

int pc_kernel_events_fd(const struct pc_kernel *kernel)
{
	return ring_buffer__epoll_fd(kernel->ring);
}

int pc_kernel_drain(struct pc_kernel *kernel, pc_kernel_event_fn fn, void *context)
{
	int n;

	kernel->event_fn = fn;
	kernel->event_context = context;
	n = ring_buffer__consume(kernel->ring);
	kernel->event_fn = NULL;
	return n;
}
