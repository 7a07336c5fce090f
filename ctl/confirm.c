/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* confirm, cancel and verify: short questions to enforcerd. */
#include <inttypes.h>

#include "commands.h"
#include "daemon.h"
#include "table.h"

/* Asks a command without arguments and prints revision and generation behind a few words. */
static int ask(const struct ctl *ctl, const char *command, const char *words)
{
	json_auto_t *result = NULL;
	int status = ctl_daemon_change(ctl, pc_request_new(command), &result);

	if (status)
		return status;
	if (ctl->json)
		return ctl_print_json(ctl, result);
	printf("%s revision %" PRIu64 ", generation %" PRIu64 "\n", words,
	       ctl_number_of(result, "revision"), ctl_number_of(result, "generation"));
	return PC_EXIT_OK;
}

int ctl_cmd_confirm(struct ctl *ctl)
{
	return ask(ctl, "confirm", "confirmed");
}

int ctl_cmd_cancel(struct ctl *ctl)
{
	return ask(ctl, "cancel", "taken back; in force:");
}

int ctl_cmd_verify(struct ctl *ctl)
{
	return ask(ctl, "verify", "the kernel holds exactly");
}
