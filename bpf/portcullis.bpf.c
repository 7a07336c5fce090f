// SPDX-License-Identifier: GPL-2.0-only
/* The kernel side, one object: maps, names, labels, decisions, and the hooks of each family. */
#include "mount.bpf.h"
#include "process.bpf.h"

#include "control.bpf.h"

char LICENSE[] SEC("license") = "GPL";
