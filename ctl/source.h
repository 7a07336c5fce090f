/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where policies come from: folders and files, the store and its revisions. */
#ifndef CTL_SOURCE_H
#define CTL_SOURCE_H

#include "ctl.h"
#include "revision.h"

/*
 * All of these report what is wrong themselves and return an enum pc_exit.
 */

/* The status that stands for an error of the store. */
int ctl_store_exit(int err);
/* Reports it. Returns its status. */
int ctl_store_failed(const struct ctl *ctl, const struct pc_store_error *error);

/* Opens the store: --store, else the one the running enforcerd names, else the usual one.
 * flags: enum pc_store_flags. */
int ctl_store_open(const struct ctl *ctl, unsigned int flags, struct pc_store **ret_store);
/* The same for reading, where a store that does not exist yet is NULL and no error, unless --store
 * names it. */
int ctl_store_open_if_any(const struct ctl *ctl, struct pc_store **ret_store);

/* Reads the active revision's number; none yet is reported: PC_EXIT_USAGE. */
int ctl_active(const struct ctl *ctl, struct pc_store *store, uint64_t *ret_number);
/* Compiles a revision as it was stored. */
int ctl_compile_revision(const struct ctl *ctl, struct pc_store *store, uint64_t number,
			 struct pc_compiled **ret_compiled);
/* Opens the store and compiles its active revision. */
int ctl_compile_active(const struct ctl *ctl, struct pc_compiled **ret_compiled);
/* The same, where nothing active is NULL and no error. */
int ctl_compile_active_if_any(const struct ctl *ctl, struct pc_compiled **ret_compiled);
/* The revision that the option --revision names, or the active one. */
int ctl_compile_asked(const struct ctl *ctl, struct pc_compiled **ret_compiled);

/* The policy folders, complete. */
int ctl_read_folders(const struct ctl *ctl, struct pc_texts *ret_texts, struct pc_diags *diags);
/* Operands: files, "-", or folders, each folder complete. */
int ctl_read_operands(const struct ctl *ctl, const char *const *operands, unsigned int count,
		      struct pc_texts *ret_texts, struct pc_diags *diags);
/* Gives texts read from files their absolute paths: what is stored must be found from anywhere. */
int ctl_absolute_files(const struct ctl *ctl, struct pc_texts *texts);
/* Adds those includes of the policy folders that texts lacks: what single files may refer to. */
int ctl_add_includes(const struct ctl *ctl, struct pc_texts *texts);

/* Compiles texts; diagnostics are printed to standard error, nothing else. */
int ctl_compile_texts(const struct ctl *ctl, const struct pc_texts *texts,
		      struct pc_compiled **ret_compiled);
/* Prints diagnostics to standard error, but notes, which are for lint; warnings not with -q. */
void ctl_print_diags(const struct ctl *ctl, const struct pc_diags *diags);

#endif
