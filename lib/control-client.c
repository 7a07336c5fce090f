/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The client's side of the socket. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "control.h"

struct pc_client {
	int fd;
	struct pc_lines lines;
};

int pc_client_open(const char *socket_path, struct pc_client **ret_client)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	PC_CLOSE int fd = -1;
	struct pc_client *client;

	if (strlen(socket_path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->fd = PC_TAKE_FD(fd);
	client->lines.limit = PC_REPLY_MAX;
	*ret_client = client;
	return 0;
}

void pc_client_close(struct pc_client *client)
{
	close(client->fd);
	pc_lines_free(&client->lines);
	free(client);
}

int pc_client_fd(const struct pc_client *client)
{
	return client->fd;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* deadline: as now_ms(); -1: none. */
static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int left = -1, n;

	do {
		if (deadline >= 0) {
			int64_t ms = deadline - now_ms();

			left = ms > 0 ? (int)ms : 0;
		}
		n = poll(&poll_fd, 1, left);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

static int send_all(int fd, const char *bytes, size_t n, int64_t deadline)
{
	while (n) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
		int err;

		if (sent >= 0) {
			bytes += sent;
			n -= (size_t)sent;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		err = wait_for(fd, POLLOUT, deadline);
		if (err)
			return err;
	}
	return 0;
}

int pc_client_send(struct pc_client *client, const json_t *request, int timeout_ms)
{
	PC_FREE char *line = json_dumps(request, JSON_COMPACT);
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
	size_t n;

	if (!line)
		return -ENOMEM;
	n = strlen(line);
	if (n + 1 > PC_REQUEST_MAX)
		return -EMSGSIZE;
	line[n] = '\n'; /* in place of the NUL: no copy of 16 MiB for one byte */
	return send_all(client->fd, line, n + 1, deadline);
}

static int next_object(struct pc_client *client, json_t **ret_object)
{
	json_error_t error;
	size_t length;
	char *line = pc_lines_next(&client->lines, &length);
	json_t *object;

	if (!line)
		return 0;
	object = pc_json_parse(line, length, &error);
	if (!object)
		return -EBADMSG;
	*ret_object = object;
	return 1;
}

int pc_client_receive(struct pc_client *client, json_t **ret_object, int timeout_ms)
{
	int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;

	for (;;) {
		ssize_t n;
		int err = next_object(client, ret_object);

		if (err)
			return err;
		n = pc_lines_read(&client->lines, client->fd);
		if (n == 0)
			return 0;
		if (n == -EMSGSIZE)
			return -EBADMSG;
		if (n < 0 && n != -EAGAIN)
			return (int)n;
		err = n < 0 ? wait_for(client->fd, POLLIN, deadline) : 0;
		if (err)
			return err;
	}
}
