/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From policy texts to the model; every mistake is a diagnostic. */
#ifndef PC_PARSE_H
#define PC_PARSE_H

#include "policy.h"

/* One input text. An include or a drop-in is a text of its own. */
struct pc_text {
	const char *file; /* shown in messages, e.g. "/etc/portcullis/policies/50-web.yaml" */
	const char *name; /* path inside its folder: "50-web.yaml", "web.d/10-x.yaml",
			   * "include/base/elf-loader.yaml"; kind follows from it */
	const char *bytes;
	size_t size;
};

enum pc_text_kind { PC_TEXT_POLICY, PC_TEXT_DROPIN, PC_TEXT_INCLUDE };
enum pc_text_kind pc_text_kind_of(const char *name);
/* The same name and bytes: read twice, it counts once. */
bool pc_text_equal(const struct pc_text *a, const struct pc_text *b);

/*
 * Answers about the host, recorded with the revision so that a later compile gives the same
 * result. Each returns 0, -ENOENT (unknown), or another -errno.
 */
struct pc_host {
	int (*user)(void *context, const char *name, uint32_t *ret_uid);
	int (*group)(void *context, const char *name, uint32_t *ret_gid);
	/* The canonical form of a literal directory or file prefix without symlinks and bind
	 * mounts, into buf (PATH_MAX); -ENOENT where it does not exist, then the text stays as it
	 * is. */
	int (*path)(void *context, const char *path, char *buf, size_t size);
	/* The lines of mountinfo that a path's canonical form comes from. NULL: it has none. */
	int (*mounts)(void *context, const char *path, int (*take)(void *to, const char *line),
		      void *to);
	/* Is there a systemd unit of this name, or a cgroup of this path? -ENOENT: no; 0 where
	 * nobody can say. NULL: it is not asked. Only for warnings, so it is not recorded. */
	int (*place)(void *context, const char *name);
	void *context;
};

/* The host this process runs on (getpwnam, getgrnam, realpath and /proc/self/mountinfo). */
extern const struct pc_host pc_host_live;

/*
 * Parses texts (policies with their drop-ins and includes) into ret_set. Diagnostics are added to
 * diags; where one of them is an error, the result is -EINVAL and ret_set is untouched. -ENOMEM.
 */
int pc_parse(const struct pc_text *texts, uint32_t count, const struct pc_host *host,
	     struct pc_policy_set *ret_set, struct pc_diags *diags);

/* Owned collection of texts, in the order of their names. */
struct pc_texts {
	struct pc_arena arena;
	struct pc_text *items;
	uint32_t count;
};
void pc_texts_free(struct pc_texts *texts);

/*
 * Reads folders, the strongest last (/usr/lib, /etc, /run): *.yaml and *.json, NAME.d/, include/.
 * The same name in a stronger folder masks; a link to /dev/null disables. -errno and a diagnostic
 * where something cannot be read; a folder that does not exist is empty.
 */
int pc_texts_read_folders(const char *const *folders, uint32_t count, struct pc_texts *ret_texts,
			  struct pc_diags *diags);
/* Reads one file (or standard input for "-") and appends it, with kind policy. */
int pc_texts_read_file(const char *path, struct pc_texts *texts, struct pc_diags *diags);

/* The default folders, the weakest first. */
extern const char *const pc_policy_folders[];
extern const uint32_t pc_policy_folder_count;

#endif
