/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to enforcer/kernel*.c: the loaded object, its pins, and the slots. */
#ifndef PC_KERNEL_INTERNAL_H
#define PC_KERNEL_INTERNAL_H

#include "fault.h"
#include "kernel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

struct pc_kernel_bpf; /* kernel.skel.h */

#define PC_HOOKS_MAX 64
#define PC_PIN_PATH_MAX 256

/* A hook program: what it decides on, and when it is needed. */
struct pc_hook_info {
	const char *program;
	const char *hook; /* LSM hook; PC_HOOK_TRACED: the kernel's function, and required, too */
	uint32_t ops;	  /* needed where a policy may deny one of these … */
	uint32_t flags; /* … or the image has one of PC_IMAGE_*; neither: wherever there is a policy
			 */
	enum { PC_HOOK_REQUIRED, PC_HOOK_IF_PRESENT, PC_HOOK_TRACED } presence;
};
extern const struct pc_hook_info pc_hook_table[];
extern const uint32_t pc_hook_count;

/* One place where names begin, as the kernel's table has it. */
struct pc_known_root {
	struct pc_root_key key;
	struct pc_root value;
	char *prefix; /* "" for "/"; NULL: an earlier daemon's, not seen yet */
	bool seen;    /* in the mount table that is being read */
};

/* The inner map that holds a part of a slot's image, made here or adopted. */
struct pc_blob {
	int fd; /* -1: none */
	int tier;
	void *memory; /* its value, shared with the kernel */
};

struct pc_kernel {
	char pin_dir[PC_PIN_PATH_MAX];	      /* "": nothing is pinned */
	struct pc_kernel_bpf *skel;	      /* maps, and the programs user space calls */
	struct bpf_link *links[PC_HOOKS_MAX]; /* by position in pc_hook_table */
	struct pc_control *control; /* the map's memory; the word is changed by programs */
	struct pc_blob blobs[PC_SLOTS][PC_PARTS];
	struct ring_buffer *ring;
	pc_kernel_event_fn event_fn;
	void *event_context;
	struct pc_known_root *roots;
	uint32_t root_count;
	uint32_t next_root;
	uint32_t links_max; /* files in a table of links */
};

/* The host's files, also where the daemon has a mount namespace of its own. */
#define PC_HOST_ROOT "/proc/1/root"

/* Fills error in words and returns err. hint may be NULL. */
int pc_kernel_fail(struct pc_kernel_error *error, int err, const char *hint, const char *format,
		   ...) PC_PRINTF(4, 5);
/* pc_fault(), in words. */
int pc_kernel_fault(enum pc_fault point, struct pc_kernel_error *error);
uint64_t pc_boot_ns(void);
int pc_map_fd(const struct pc_kernel *kernel, const char *name);

/* The slot whose image decides now: the fallback's, once a deadline has passed. */
uint32_t pc_slot_in_force(const struct pc_kernel *kernel, bool *ret_fallback);

/* kernel-hooks.c */
int pc_hooks_attach(struct pc_kernel *kernel, const struct pc_image *image,
		    struct pc_kernel_error *error);
int pc_hooks_replace(struct pc_kernel *kernel, struct pc_kernel_error *error);
void pc_hooks_trim(struct pc_kernel *kernel, const struct pc_image *image);
void pc_hooks_detach_all(struct pc_kernel *kernel);
int pc_hooks_adopt(struct pc_kernel *kernel);
bool pc_kernel_has_hook(const struct btf *btf, const struct pc_hook_info *info);

/* kernel-blob.c */
void pc_blobs_init(struct pc_kernel *kernel);
void pc_blobs_adopt(struct pc_kernel *kernel);
void pc_blobs_close(struct pc_kernel *kernel);
/* Writes a part of an image to a slot that nothing decides by, and reads it back. */
int pc_blob_fill(struct pc_kernel *kernel, uint32_t slot, uint32_t part, const void *bytes,
		 size_t size, struct pc_kernel_error *error);
/* Does a slot's part hold just these bytes? */
bool pc_blob_holds(const struct pc_kernel *kernel, uint32_t slot, uint32_t part, const void *bytes,
		   size_t size);
/* A slot's image as it stands in the kernel's memory, for pc_image_states() and its like. False:
 * there is none. Nothing of it is to be freed. */
bool pc_slot_image(const struct pc_kernel *kernel, uint32_t slot, struct pc_image *ret_image);

/* kernel-links.c */
/* Makes a slot's table of links, and walks: -errno where it is not complete then. */
int pc_links_fill(struct pc_kernel *kernel, uint32_t slot);
/* Nobody decides by the slot. */
void pc_links_off(struct pc_kernel *kernel, uint32_t slot);
/* A file system comes, goes or gets other names: the table may lack some of it. */
void pc_links_moved(struct pc_kernel *kernel, uint32_t slot, const struct pc_root *root);

/* kernel-roots.c: the states of every known root in the image of one slot. */
int pc_roots_adopt(struct pc_kernel *kernel);
int pc_roots_fill(struct pc_kernel *kernel, uint32_t slot, struct pc_kernel_error *error);
int pc_roots_verify(struct pc_kernel *kernel, uint32_t slot, struct pc_kernel_error *error);
void pc_roots_free(struct pc_kernel *kernel);

#endif
