// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Attaches a program that only says 0 to each LSM hook named, and waits to be killed: what hooks
 * cost whoever uses them.
 *
 *   empty HOOK...     prints "attached" when all are that this kernel has
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What `return 0` compiles to. */
static const struct bpf_insn say_zero[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

/* The link stays with this process. Returns 0 or -errno. */
static int attach(const struct btf *btf, const char *hook)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	char name[64];
	int id, program;

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	if (id < 0)
		return 0;
	options.attach_btf_id = (uint32_t)id;
	program = bpf_prog_load(BPF_PROG_TYPE_LSM, "empty", "GPL", say_zero, 2, &options);
	if (program < 0)
		return program;
	return bpf_raw_tracepoint_open(NULL, program) < 0 ? -errno : 0;
}

int main(int argc, char **argv)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int err = btf ? 0 : -errno;

	for (int i = 1; !err && i < argc; i++) {
		err = attach(btf, argv[i]);
		if (err)
			fprintf(stderr, "empty: %s: %s\n", argv[i], strerror(-err));
	}
	btf__free(btf);
	if (err)
		return 1;
	puts("attached");
	fflush(stdout);
	pause();
	return 0;
}
