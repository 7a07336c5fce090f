// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A descriptor on its way through a socket. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "passing.h"

/* A message of one byte that has room for one descriptor. */
struct message {
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov;
	struct msghdr head;
};

static void message_begin(struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->iov = (struct iovec){&m->byte, 1};
	m->head.msg_iov = &m->iov;
	m->head.msg_iovlen = 1;
	m->head.msg_control = &m->control;
	m->head.msg_controllen = sizeof(m->control);
}

int passing_send(int fd)
{
	struct message m;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		return -1;
	message_begin(&m);
	m.control.header.cmsg_len = CMSG_LEN(sizeof(fd));
	m.control.header.cmsg_level = SOL_SOCKET;
	m.control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&m.control.header), &fd, sizeof(fd));
	if (sendmsg(ends[0], &m.head, 0) < 0)
		return -1;
	close(ends[0]);
	return ends[1];
}

int passing_receive(int socket)
{
	struct message m;
	int fd;

	message_begin(&m);
	if (recvmsg(socket, &m.head, 0) < 0)
		return -1;
	errno = EACCES;
	if (!m.head.msg_controllen || (m.head.msg_flags & MSG_CTRUNC))
		return -1;
	memcpy(&fd, CMSG_DATA(&m.control.header), sizeof(fd));
	return fd;
}
