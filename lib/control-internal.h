/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to lib/control*.c. */
#ifndef PC_CONTROL_INTERNAL_H
#define PC_CONTROL_INTERNAL_H

#include "util.h"

#define PC_BASE64_SIZE(n) (((size_t)(n) + 2) / 3 * 4 + 1)

/* buf has PC_BASE64_SIZE(n) bytes. */
void pc_base64_encode(const void *bytes, size_t n, char *buf);
/* Strict: padding and no other byte. buf has n bytes, at least 1. The length, or -EINVAL. */
ssize_t pc_base64_decode(const char *text, size_t n, char *buf);

#endif
