/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to enforcer/sync*.c. */
#ifndef PC_SYNC_INTERNAL_H
#define PC_SYNC_INTERNAL_H

#include "sync.h"

/* Setting of the store: the revision that waits to be confirmed, in decimal. */
#define PC_SETTING_PENDING "confirm-pending"

/* Puts a compiled revision in force. On failure the old one is. */
int pc_sync_install(struct pc_sync *sync, const struct pc_compiled *compiled,
		    uint32_t confirm_seconds, uint64_t *ret_generation,
		    struct pc_kernel_error *error);
/* Takes a compiled revision as the active one. */
void pc_sync_adopt(struct pc_sync *sync, struct pc_compiled *compiled);
/* Nothing waits to be confirmed any more. */
void pc_sync_drop_pending(struct pc_sync *sync);
/* Nothing waits any more, and the kernel has gone back by itself: to what was in force when the
 * change was made, which need not be what is active now. */
void pc_sync_went_back(struct pc_sync *sync);
/* Reads whether enforcement is to be off, and has the kernel do it. */
void pc_sync_enforcement(struct pc_sync *sync);
/* A set without policies, for a kernel that has nothing to fall back to. */
int pc_sync_empty(struct pc_compiled **ret_compiled);
/* Installs the table of file systems for what is in force. */
int pc_refuse_store(struct pc_refusal *refusal, const struct pc_store_error *error, int err);
int pc_refuse_kernel(struct pc_refusal *refusal, const struct pc_kernel_error *error);

#endif
