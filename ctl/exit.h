/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What policyctl's exit statuses (control.h) mean: one list, for help and manual. */
#ifndef CTL_EXIT_H
#define CTL_EXIT_H

#include "control.h"

/* X(status, meaning) */
#define CTL_EXITS(X)                                                                               \
	X(PC_EXIT_OK, "done; allowed; no difference")                                              \
	X(PC_EXIT_NO, "a negative answer: denied, differs, findings")                              \
	X(PC_EXIT_USAGE, "the command line is not understood, or names what does not exist")       \
	X(PC_EXIT_INVALID, "the policy is not valid")                                              \
	X(PC_EXIT_PERMISSION, "not permitted")                                                     \
	X(PC_EXIT_UNREACHABLE, "enforcerd cannot be reached")                                      \
	X(PC_EXIT_HOST, "this host cannot enforce it")                                             \
	X(PC_EXIT_STALE, "the store moved on since the plan")                                      \
	X(PC_EXIT_UNCONFIRMED, "not confirmed, or failed: rolled back")                            \
	X(PC_EXIT_INTERNAL, "an error that no other number stands for")

#endif
