/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* version. */
#include "commands.h"
#include "control.h"
#include "table.h"

int ctl_cmd_version(struct ctl *ctl)
{
	json_auto_t *answer = NULL;

	if (!ctl->json) {
		puts("policyctl " PC_VERSION);
		return PC_EXIT_OK;
	}
	answer = json_pack("{s:s, s:s, s:i, s:i}", "schema", "portcullis.version.v1", "version",
			   PC_VERSION, "format", 1, "protocol", PC_PROTOCOL);
	return ctl_print_json(ctl, answer);
}
