// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* io_uring without a library. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ring.h"

static struct {
	int fd;
	unsigned char sqe_flags;
	struct io_uring_params params;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
} ring;

static unsigned int *word(char *base, unsigned int offset)
{
	return (unsigned int *)(void *)(base + offset);
}

static void *map_part(off_t part)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, part);
}

int ring_begin(unsigned int setup, unsigned char sqe_flags)
{
	ring.sqe_flags = sqe_flags;
	ring.params = (struct io_uring_params){.flags = setup, .sq_thread_idle = 1000};
	ring.fd = (int)syscall(SYS_io_uring_setup, 4, &ring.params);
	if (ring.fd < 0)
		return -1;
	ring.sq = map_part(IORING_OFF_SQ_RING);
	ring.cq = map_part(IORING_OFF_CQ_RING);
	ring.sqes = map_part(IORING_OFF_SQES);
	return ring.sq == MAP_FAILED || ring.cq == MAP_FAILED || ring.sqes == MAP_FAILED ? -1 : 0;
}

static void queue(const struct io_uring_sqe *sqe)
{
	const struct io_sqring_offsets *sq = &ring.params.sq_off;
	unsigned int *tail = word(ring.sq, sq->tail);
	unsigned int index = *tail & *word(ring.sq, sq->ring_mask);

	ring.sqes[index] = *sqe;
	ring.sqes[index].flags |= ring.sqe_flags;
	word(ring.sq, sq->array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

int ring_ask(const struct io_uring_sqe *sqe)
{
	const struct io_cqring_offsets *cq = &ring.params.cq_off;
	unsigned int *head = word(ring.cq, cq->head), enter = IORING_ENTER_GETEVENTS;
	const struct io_uring_cqe *done = (void *)(ring.cq + cq->cqes);
	int result;

	if (ring.params.flags & IORING_SETUP_SQPOLL)
		enter |= IORING_ENTER_SQ_WAKEUP;
	queue(sqe);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, enter, NULL, 0) < 0)
		return -1;
	result = done[*head & *word(ring.cq, cq->ring_mask)].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	errno = result < 0 ? -result : 0;
	return result < 0 ? -1 : result;
}

int ring_open(int at, const char *path, int flags)
{
	return ring_ask(&(struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
					       .fd = at,
					       .addr = (unsigned long)path,
					       .open_flags = (unsigned int)flags});
}
