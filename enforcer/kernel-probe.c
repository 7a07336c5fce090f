// SPDX-License-Identifier: GPL-2.0-only
/* What this host can do, found out by really doing it once. */
#include "kernel-internal.h"

#include "kernel.skel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>

static struct pc_kernel_feature *feature(struct pc_kernel_features *features, const char *name,
					 const char *what, bool present, bool required)
{
	struct pc_kernel_feature *f = &features->items[features->count];

	if (features->count == PC_KERNEL_FEATURES_MAX)
		return &features->items[PC_KERNEL_FEATURES_MAX - 1];
	features->count++;
	*f = (struct pc_kernel_feature){
		.name = name,
		.what = what,
		.present = present,
		.required = required,
	};
	return f;
}

static void probe_release(struct pc_kernel_features *features)
{
	struct utsname name;
	struct pc_kernel_feature *f = feature(features, "kernel", "6.1 or newer", false, true);
	long major = 0, minor = 0;
	char *end;

	if (!uname(&name)) {
		major = strtol(name.release, &end, 10);
		minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
	}
	f->present = major > 6 || (major == 6 && minor >= 1);
	snprintf(f->detail, sizeof(f->detail), "%.200s", name.release);
}

static void probe_lsm_list(struct pc_kernel_features *features)
{
	PC_FCLOSE FILE *file = fopen("/sys/kernel/security/lsm", "re");
	struct pc_kernel_feature *f =
		feature(features, "lsm-list", "`bpf` among the active LSMs", false, true);
	char line[200] = "", padded[sizeof(line) + 2];

	if (!file || !fgets(line, sizeof(line), file)) {
		snprintf(f->detail, sizeof(f->detail),
			 "cannot read /sys/kernel/security/lsm: is securityfs mounted, and "
			 "CONFIG_BPF_LSM on?");
		return;
	}
	line[strcspn(line, "\n")] = '\0';
	snprintf(padded, sizeof(padded), ",%s,", line);
	f->present = strstr(padded, ",bpf,") != NULL;
	snprintf(f->detail, sizeof(f->detail), "%s%.190s",
		 f->present ? "" : "add bpf to lsm= on the kernel command line; now: ", line);
}

static void probe_file_system(struct pc_kernel_features *features, const char *name,
			      const char *what, const char *path, long magic, bool required)
{
	struct statfs fs;
	bool present = !statfs(path, &fs) && fs.f_type == magic;
	struct pc_kernel_feature *f = feature(features, name, what, present, required);

	snprintf(f->detail, sizeof(f->detail), "%s%s", path, present ? "" : ": not mounted");
}

static void probe_hooks(struct pc_kernel_features *features)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct pc_kernel_feature *f =
		feature(features, "btf", "the kernel's types, for CO-RE", btf != NULL, true);

	snprintf(f->detail, sizeof(f->detail), "/sys/kernel/btf/vmlinux");
	for (uint32_t i = 0; btf && i < pc_hook_count; i++) {
		const struct pc_hook_info *info = &pc_hook_table[i];

		f = feature(features, info->hook,
			    info->presence == PC_HOOK_TRACED ? "kernel function" : "LSM hook",
			    pc_kernel_has_hook(btf, info), info->presence != PC_HOOK_IF_PRESENT);
		if (!f->present)
			snprintf(f->detail, sizeof(f->detail), "this kernel does not have it");
	}
	btf__free(btf);
}

/* In a child: does a program that denies really deny? 0 yes, 1 no. */
static int really_denies(const struct pc_kernel_bpf *skel)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		uint32_t zero = 0;
		int32_t self = getpid();
		int fd;

		if (bpf_map_update_elem(bpf_map__fd(skel->maps.pc_probe), &zero, &self, BPF_ANY))
			_exit(2);
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		_exit(fd < 0 && errno == EUCLEAN ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void probe_run(struct pc_kernel_features *features)
{
	struct pc_kernel_feature *f =
		feature(features, "bpf-lsm-runs", "an LSM program really denies", false, true);
	struct pc_kernel_bpf *skel = pc_kernel_bpf__open();
	struct bpf_program *program;
	struct bpf_link *link = NULL;
	int err;

	if (!skel)
		return;
	bpf_object__for_each_program(program, skel->obj)
		bpf_program__set_autoload(program, program == skel->progs.pc_probe_open);
	err = pc_kernel_bpf__load(skel);
	if (!err)
		link = bpf_program__attach_lsm(skel->progs.pc_probe_open);
	if (err || !link)
		snprintf(f->detail, sizeof(f->detail), "the kernel refuses it: %s",
			 strerror(err ? -err : errno));
	else if (really_denies(skel) == 0)
		f->present = true;
	else
		snprintf(f->detail, sizeof(f->detail),
			 "it loads and attaches but never runs: add bpf to lsm= on the kernel "
			 "command line");
	bpf_link__destroy(link);
	pc_kernel_bpf__destroy(skel);
}

void pc_kernel_probe(struct pc_kernel_features *ret_features)
{
	libbpf_print_fn_t print = libbpf_set_print(NULL);

	*ret_features = (struct pc_kernel_features){0};
	probe_release(ret_features);
	probe_lsm_list(ret_features);
	probe_file_system(ret_features, "bpffs", "a bpf file system to pin to", "/sys/fs/bpf",
			  BPF_FS_MAGIC, true);
	probe_file_system(ret_features, "cgroup-v2", "subjects by cgroup and unit",
			  "/sys/fs/cgroup", CGROUP2_SUPER_MAGIC, false);
	probe_run(ret_features);
	probe_hooks(ret_features);
	libbpf_set_print(print);
	ret_features->enforces = true;
	for (uint32_t i = 0; i < ret_features->count; i++)
		if (ret_features->items[i].required && !ret_features->items[i].present)
			ret_features->enforces = false;
}
