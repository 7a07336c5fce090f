/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Speaking with enforcerd: one request, one answer; what went wrong is reported here. */
#ifndef CTL_DAEMON_H
#define CTL_DAEMON_H

#include "control.h"
#include "ctl.h"

/* How long a question may take, in milliseconds: enforcerd may be busy with a change. */
#define CTL_TIMEOUT_MS 120000

/* Is something listening on the socket? */
bool ctl_daemon_runs(const struct ctl *ctl);
/* Path of the store of the running daemon (to be freed), or NULL. Silent. */
char *ctl_daemon_store(const struct ctl *ctl);

/* Connects; unreachable is reported with a hint. An enum pc_exit. */
int ctl_daemon_open(const struct ctl *ctl, struct pc_client **ret_client);
/*
 * Sends a request (borrowed) and waits for its answer. Diagnostics are printed; a refusal is
 * reported, its status returned. ret_result: the object `result`.
 */
int ctl_daemon_ask(const struct ctl *ctl, struct pc_client *client, const json_t *request,
		   json_t **ret_result);
/* Connects, asks, closes. request is consumed; NULL means no memory. */
int ctl_daemon_call(const struct ctl *ctl, json_t *request, json_t **ret_result);
/*
 * The same for a change, however long the kernel takes to verify its programs: whoever stopped
 * waiting would report a failure, and the change would come into force all the same.
 */
int ctl_daemon_change(const struct ctl *ctl, json_t *request, json_t **ret_result);

#endif
