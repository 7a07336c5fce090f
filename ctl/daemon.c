/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Speaking with enforcerd: one request, one answer; what went wrong is reported here. */
#include "daemon.h"

#include <errno.h>
#include <string.h>

#include "boot.h"
#include "escape.h"
#include "source.h"
#include "table.h"

#define QUICK_MS 2000
#define CTL_PIN_DIR "/sys/fs/bpf/portcullis" /* where enforcerd keeps what outlives it */

bool ctl_daemon_runs(const struct ctl *ctl)
{
	PC_CLEANUP(pc_client_closep) struct pc_client *client = NULL;
	int err = pc_client_open(ctl->socket, &client);

	/* A daemon that does not let us in is one that runs. */
	return !err || err == -EACCES || err == -EPERM || err == -EAGAIN;
}

char *ctl_daemon_store(const struct ctl *ctl)
{
	PC_CLEANUP(pc_client_closep) struct pc_client *client = NULL;
	json_auto_t *request = NULL, *answer = NULL;
	const char *path;
	PC_FREE char *plain = NULL;

	if (pc_client_open(ctl->socket, &client))
		return NULL;
	request = pc_request_new("status");
	if (!request || pc_client_send(client, request, QUICK_MS) ||
	    pc_client_receive(client, &answer, QUICK_MS) != 1)
		return NULL;
	path = ctl_text_of(json_object_get(json_object_get(answer, "result"), "store"), "path");
	plain = *path ? malloc(strlen(path) + 1) : NULL;
	if (!plain || pc_unescape(path, plain) < 0)
		return NULL;
	return PC_TAKE_PTR(plain);
}

int ctl_daemon_open(const struct ctl *ctl, struct pc_client **ret_client)
{
	int err = pc_client_open(ctl->socket, ret_client);

	if (!err)
		return PC_EXIT_OK;
	if (err == -EACCES || err == -EPERM) {
		ctl_error(ctl, "not permitted to speak with enforcerd at %s", ctl->socket);
		ctl_hint(ctl, "only root may: try with sudo");
		return PC_EXIT_PERMISSION;
	}
	ctl_error(ctl, "cannot reach enforcerd at %s: %s", ctl->socket,
		  err == -ENOENT || err == -ECONNREFUSED ? "it does not run" : strerror(-err));
	if (pc_off_at_boot())
		ctl_note(ctl, "portcullis=off is on the kernel command line");
	else if (!access(CTL_PIN_DIR, F_OK))
		ctl_note(ctl, "what was in force goes on being enforced by the kernel");
	ctl_hint(ctl, "start it with \"systemctl start enforcerd\"%s",
		 ctl_has_option(ctl->command, "offline")
			 ? ", or change the store alone with --offline"
			 : "");
	return PC_EXIT_UNREACHABLE;
}

static int transport_failed(const struct ctl *ctl, const char *what, int err)
{
	if (err == -EMSGSIZE) {
		ctl_error(ctl, "the policies are larger than enforcerd takes at once (%zu MiB)",
			  PC_REQUEST_MAX >> 20);
		return PC_EXIT_INVALID;
	}
	ctl_error(ctl, "%s enforcerd: %s", what,
		  !err		      ? "it closed the connection"
		  : err == -EBADMSG   ? "its answer cannot be read"
		  : err == -ETIMEDOUT ? "no answer in time"
				      : strerror(-err));
	return PC_EXIT_UNREACHABLE;
}

static void print_reported(const struct ctl *ctl, const json_t *answer)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};

	pc_diags_from_json(json_object_get(answer, "diagnostics"), &diags);
	ctl_print_diags(ctl, &diags);
}

static int refused(const struct ctl *ctl, const json_t *answer)
{
	const char *hint = ctl_text_of(answer, "hint");
	const char *error = ctl_text_of(answer, "error");
	uint64_t status = ctl_number_of(answer, "exit");

	ctl_error(ctl, "%s", *error ? error : "enforcerd refused, without saying why");
	if (*hint)
		ctl_hint(ctl, "%s", hint);
	return status && status < 256 ? (int)status : PC_EXIT_INTERNAL;
}

/* timeout_ms: for the answer; -1 as long as enforcerd lives. */
static int ask(const struct ctl *ctl, struct pc_client *client, const json_t *request,
	       int timeout_ms, json_t **ret_result)
{
	json_auto_t *answer = NULL;
	json_t *result;
	int err = pc_client_send(client, request, CTL_TIMEOUT_MS);

	/* Whom enforcerd turned away, it told why before it hung up. */
	if (err && err != -EPIPE && err != -ECONNRESET)
		return transport_failed(ctl, "cannot send to", err);
	err = pc_client_receive(client, &answer, timeout_ms);
	if (err != 1)
		return transport_failed(ctl, "no answer from", err);
	print_reported(ctl, answer);
	if (!json_is_true(json_object_get(answer, "ok")))
		return refused(ctl, answer);
	result = json_object_get(answer, "result");
	if (!json_is_object(result))
		return transport_failed(ctl, "no answer from", -EBADMSG);
	*ret_result = json_incref(result);
	return PC_EXIT_OK;
}

int ctl_daemon_ask(const struct ctl *ctl, struct pc_client *client, const json_t *request,
		   json_t **ret_result)
{
	return ask(ctl, client, request, CTL_TIMEOUT_MS, ret_result);
}

static int call(const struct ctl *ctl, json_t *request, int timeout_ms, json_t **ret_result)
{
	PC_CLEANUP(pc_client_closep) struct pc_client *client = NULL;
	json_auto_t *owned = request;
	int status;

	if (!owned)
		return ctl_out_of_memory(ctl);
	status = ctl_daemon_open(ctl, &client);
	return status ? status : ask(ctl, client, owned, timeout_ms, ret_result);
}

int ctl_daemon_call(const struct ctl *ctl, json_t *request, json_t **ret_result)
{
	return call(ctl, request, CTL_TIMEOUT_MS, ret_result);
}

int ctl_daemon_change(const struct ctl *ctl, json_t *request, json_t **ret_result)
{
	return call(ctl, request, -1, ret_result);
}
