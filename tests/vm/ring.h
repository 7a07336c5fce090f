/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* io_uring without a library: one ring, one request at a time. */
#ifndef RING_H
#define RING_H

#include <linux/io_uring.h>

/* setup: IORING_SETUP_*; sqe_flags: IOSQE_* for each request. Returns -1 and errno where it fails.
 */
int ring_begin(unsigned int setup, unsigned char sqe_flags);
/* Returns as the system call would. */
int ring_ask(const struct io_uring_sqe *sqe);
int ring_open(int at, const char *path, int flags);

#endif
