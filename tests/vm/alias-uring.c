// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Techniques that have io_uring do it: at once, by a worker, by the thread that polls the queue. */
#include "alias.h"
#include "ring.h"

static int open_by_ring(struct way *way, int flags)
{
	return ring_open(way->at, way->path, flags);
}

static int remove_by_ring(struct way *way)
{
	return ring_ask(&(struct io_uring_sqe){
		.opcode = IORING_OP_UNLINKAT, .fd = way->at, .addr = (unsigned long)way->path});
}

static int replace_by_ring(struct way *way)
{
	return ring_ask(&(struct io_uring_sqe){.opcode = IORING_OP_RENAMEAT,
					       .fd = way->at,
					       .addr = (unsigned long)way->spare,
					       .len = (unsigned int)way->at,
					       .off = (unsigned long)way->path});
}

static void by_ring(struct way *way, unsigned int setup, unsigned char sqe_flags)
{
	trick("io_uring_setup", ring_begin(setup, sqe_flags));
	way->open = open_by_ring;
	way->remove = remove_by_ring;
	way->replace = replace_by_ring;
}

void go_uring(struct way *way)
{
	by_ring(way, 0, 0);
}

void go_uring_worker(struct way *way)
{
	by_ring(way, 0, IOSQE_ASYNC);
}

void go_uring_thread(struct way *way)
{
	by_ring(way, IORING_SETUP_SQPOLL, 0);
}
