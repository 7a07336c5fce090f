/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What stages of the kernel side tell each other; apart, so that their tests read it too. */
#ifndef PC_OUTCOME_H
#define PC_OUTCOME_H

#include <pc/abi.h>

/* Outcomes of naming beside enum pc_reason. */
enum { NAME_FOUND = PC_REASON_RULE, NAME_FILELESS = 0x100, NAME_DELETED, NAME_NO_FILE };

/* Operations as a list, one a byte: OP(READ), or OPS(list, OP(WRITE)) to add one. At most four. */
#define OP(symbol) (PC_OP_##symbol + 1)
#define OPS(list, op) ((list) << 8 | (op))
#define OPS_MAX 4

/* Outcomes of a step, beside 0 and -errno. */
#define CHECK_AGAIN 1  /* the image or a name changed meanwhile */
#define CHECK_ENOUGH 2 /* allowed, and nothing more needs asking */
#define CHECK_REPORT 3 /* decided, and to be reported */

#endif
