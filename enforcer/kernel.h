/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon can have the kernel do: load or adopt, install an image, switch, read back. */
#ifndef PC_KERNEL_H
#define PC_KERNEL_H

#include "compile.h"

#define PC_PIN_DIR "/sys/fs/bpf/portcullis"

/* Everything that fails says so in words: which step, which errno, what can be done. */
struct pc_kernel_error {
	int err; /* -errno */
	char message[320];
	char hint[320];
};

/* One thing this host can or cannot do, for `doctor`. */
struct pc_kernel_feature {
	const char *name; /* "bpf-lsm-runs", "hook file_open", "cgroup-v2", ... */
	const char *what; /* what it is needed for */
	bool present;
	bool required;	  /* without it nothing is enforced */
	char detail[256]; /* what was found; how to mend it */
};
#define PC_KERNEL_FEATURES_MAX 64
struct pc_kernel_features {
	struct pc_kernel_feature items[PC_KERNEL_FEATURES_MAX];
	uint32_t count;
	bool enforces; /* all that is required is there */
};

struct pc_kernel;

struct pc_kernel_options {
	const char *pin_dir; /* NULL: PC_PIN_DIR. Nothing is pinned where it is "" */
	uint32_t ring_bytes; /* 0: 4 MiB */
	uint32_t links_max;  /* files of several names to know; 0: PC_LINKS_MAX */
	bool no_cache;	     /* every name is walked: for tests */
};

/*
 * Probes what works by really using it (a program is loaded and must really deny). Leaves nothing
 * behind. Works without a daemon and beside one.
 */
void pc_kernel_probe(struct pc_kernel_features *ret_features);

/*
 * Adopts what is pinned, if it is of this version's layout, or loads and pins anew. Adopting an
 * older build attaches the new programs before the old ones go. Nothing is weakened on failure.
 * ret_adopted: enforcement was already in force.
 */
int pc_kernel_open(const struct pc_kernel_options *options, struct pc_kernel **ret_kernel,
		   bool *ret_adopted, struct pc_kernel_error *error);
/* Lets go; what is pinned stays in force. */
void pc_kernel_close(struct pc_kernel *kernel);
/* Detaches, unpins and closes: nothing is left. */
void pc_kernel_remove(struct pc_kernel *kernel);

/* A moment in the life of an installed image. Tests end the process here. */
struct pc_kernel_install {
	const struct pc_image *image;
	uint64_t revision;
	uint32_t
		confirm_seconds; /* 0: final; else fall back to the image in force when they pass */
	uint64_t generation;	 /* out: what is in force now */
};

/*
 * Fills an idle slot, reads it back, attaches the hooks it needs, switches, detaches hooks nobody
 * needs. On failure the old generation is in force and error says why.
 */
int pc_kernel_install(struct pc_kernel *kernel, struct pc_kernel_install *install,
		      struct pc_kernel_error *error);
/* Makes the image in force final (clears the deadline). -ENOENT: nothing to confirm, or too late.
 */
int pc_kernel_confirm(struct pc_kernel *kernel, struct pc_kernel_error *error);
/* The whole enforcement off or on; labels go on being kept. */
int pc_kernel_set_enforcing(struct pc_kernel *kernel, bool on, struct pc_kernel_error *error);

/*
 * Brings the kernel's table of file systems in line with this process's mountinfo, for the images
 * of all slots. Call when /proc/self/mountinfo polls with POLLPRI.
 */
int pc_kernel_update_roots(struct pc_kernel *kernel, struct pc_kernel_error *error);
/* Canonical prefix of a root id, as in events: "" for "/", "/home". NULL: unknown. */
const char *pc_kernel_root_prefix(const struct pc_kernel *kernel, uint32_t root);

/* What is known of files of several names, for the image in force. */
struct pc_kernel_links {
	bool kept;     /* some policy asks about files */
	bool complete; /* otherwise such files are denied by rule 6 */
	bool full;     /* those that are not in it are, too */
	uint32_t files;
	uint64_t took; /* ns of the last walk */
};
void pc_kernel_links(const struct pc_kernel *kernel, struct pc_kernel_links *ret_links);
/* Is there something to do? It may take as long as walking the protected trees. */
bool pc_kernel_links_due(const struct pc_kernel *kernel);
/* Does it: walks again where hooks could not follow, lets go of what nobody decides by. */
int pc_kernel_update_links(struct pc_kernel *kernel, struct pc_kernel_error *error);

struct pc_kernel_status {
	uint64_t generation; /* in force; 0: none */
	uint64_t revision;   /* it was compiled from */
	bool enforcing;
	bool fallback;	       /* a deadline passed: the previous image is in force */
	uint64_t confirm_by;   /* seconds of boot time, 0: no deadline */
	uint32_t hooks;	       /* programs attached */
	uint64_t map_bytes;    /* memory of the maps, as far as the kernel tells */
	struct pc_stats stats; /* sum over CPUs */
	uint64_t delivered;    /* events drained, by earlier daemons too */
};
int pc_kernel_status(struct pc_kernel *kernel, struct pc_kernel_status *ret_status);
/* Names of the attached hooks, comma separated, into buf. */
void pc_kernel_hooks(const struct pc_kernel *kernel, char *buf, size_t size);
/* One row, summed over CPUs. */
int pc_kernel_counters(struct pc_kernel *kernel, uint32_t row, struct pc_counter_row *ret_row);
int pc_kernel_clear_counters(struct pc_kernel *kernel, uint32_t row);

/* Compares the live maps with an image, byte by byte. 0 equal, 1 differs (error says where). */
int pc_kernel_verify(struct pc_kernel *kernel, const struct pc_image *image,
		     struct pc_kernel_error *error);

/* Poll this for reading, and call drain at least every 100 ms: programs do not wake up readers for
 * each event. The callback must not block; event is valid during the call. */
int pc_kernel_events_fd(const struct pc_kernel *kernel);
typedef void (*pc_kernel_event_fn)(void *context, const struct pc_event *event);
int pc_kernel_drain(struct pc_kernel *kernel, pc_kernel_event_fn fn, void *context);

#endif
