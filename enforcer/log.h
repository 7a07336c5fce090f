/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon's own messages: to standard error, with priorities where the journal reads it. */
#ifndef PC_LOG_H
#define PC_LOG_H

#include <syslog.h>

#include "util.h"

/* priority: LOG_ERR and so on. One line; control characters are escaped. Not from signal handlers.
 */
void pc_log(int priority, const char *format, ...) PC_PRINTF(2, 3);
/* Messages below it (LOG_DEBUG is the lowest) are left out; LOG_INFO at first. */
void pc_log_set_level(int priority);

#endif
