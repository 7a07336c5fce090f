/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel command line says of enforcement. */
#ifndef PC_BOOT_H
#define PC_BOOT_H

#include "util.h"

/* Is "portcullis=off" among the words of a kernel command line? */
bool pc_switched_off(const char *command_line);
/* Is it among those this host was booted with? */
bool pc_off_at_boot(void);

#endif
