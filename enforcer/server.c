/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket: listening, who may speak, and the life of a connection. */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "log.h"
#include "server-internal.h"

/* ---- who is it ----------------------------------------------------------------------------- */

static ssize_t read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	PC_CLOSE int fd = -1;
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return n;
}

/* Who connected, as the kernel says. What /proc says of it is for people only: nothing is allowed
 * or refused by it. */
static int identify(int fd, struct pc_store_who *ret_who)
{
	struct pc_store_who who = {.login_uid = UINT32_MAX};
	struct ucred credentials;
	socklen_t size = sizeof(credentials);
	char login[24];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size))
		return -errno;
	who.uid = credentials.uid;
	if (read_proc(credentials.pid, "comm", who.comm, sizeof(who.comm)) <= 0)
		strcpy(who.comm, "?");
	if (read_proc(credentials.pid, "loginuid", login, sizeof(login)) > 0)
		who.login_uid = (uint32_t)strtoul(login, NULL, 10);
	*ret_who = who;
	return 0;
}

static bool may_speak(const struct pc_store_who *who)
{
	return who->uid == 0 || who->uid == geteuid();
}

/* ---- accepting ----------------------------------------------------------------------------- */

static void turn_away(struct pc_server *server, int fd, enum pc_exit status, const char *message,
		      const char *hint)
{
	PC_FREE char *line = NULL;
	struct pc_refusal refusal;
	size_t length;

	pc_refuse(&refusal, status, hint, "%s", message);
	line = pc_command_refusal(&refusal, NULL, &length);
	/* It fits into the empty buffer of a new socket; if not, there is nobody to miss it. */
	if (line && send(fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	pc_failed(&server->daemon->sync.problems, PC_FAILURE_CLIENT, "%s", message);
}

static void accept_one(struct pc_server *server, int fd)
{
	struct pc_store_who who = {.uid = UINT32_MAX};
	struct pc_peer *peer;

	if (identify(fd, &who)) {
		close(fd);
		return;
	}
	if (!may_speak(&who)) {
		turn_away(server, fd, PC_EXIT_PERMISSION, "only root may speak to enforcerd",
			  "try again with sudo");
		close(fd);
		return;
	}
	if (server->count >= PC_PEERS_MAX) {
		turn_away(server, fd, PC_EXIT_UNREACHABLE, "enforcerd has too many connections",
			  "close some, or wait");
		close(fd);
		return;
	}
	peer = pc_peer_new(server, fd, &who);
	if (!peer)
		close(fd);
}

static int on_connection(sd_event_source *source, int listening, uint32_t events, void *context)
{
	struct pc_server *server = context;

	(void)source;
	(void)events;
	/* A few at a time: a flood of connections must not keep events waiting. */
	for (int i = 0; i < 16; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			break;
		accept_one(server, fd);
	}
	return 0;
}

/* ---- opening ------------------------------------------------------------------------------- */

static int make_folder(const char *path)
{
	PC_FREE char *folder = strdup(path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	if (!folder)
		return -ENOMEM;
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

int pc_server_lock(const char *path)
{
	PC_CLOSE int fd = -1;
	char name[256];

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EADDRINUSE : -errno;
	return PC_TAKE_FD(fd);
}

/* A socket left behind is nobody's: its owner would hold the lock. Anything else is left alone. */
static int make_room(const char *path)
{
	struct sockaddr_un address;
	struct stat status;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (lstat(path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -ENOTSOCK;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	PC_CLOSE int fd = -1;
	mode_t mask;
	int err;

	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	err = bind(fd, (const struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	umask(mask);
	if (err)
		return err;
	if (listen(fd, 64))
		return -errno;
	return PC_TAKE_FD(fd);
}

int pc_server_open(struct pc_daemon *daemon, sd_event *event, const char *path,
		   struct pc_server **ret_server)
{
	struct pc_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	server->daemon = daemon;
	server->event = event;
	server->fd = -1;
	server->lock = -1;
	server->path = strdup(path);
	err = server->path ? make_folder(path) : -ENOMEM;
	if (!err)
		err = server->lock = pc_server_lock(path);
	if (err >= 0)
		err = make_room(path);
	if (err < 0) {
		pc_server_close(server);
		return err;
	}
	*ret_server = server;
	return 0;
}

int pc_server_listen(struct pc_server *server)
{
	int err = server->fd = listen_on(server->path);

	if (err >= 0)
		err = sd_event_add_io(server->event, &server->source, server->fd, EPOLLIN,
				      on_connection, server);
	return err < 0 ? err : 0;
}

void pc_server_close(struct pc_server *server)
{
	if (!server)
		return;
	while (server->peers)
		pc_peer_close(server->peers);
	sd_event_source_disable_unref(server->source);
	if (server->fd >= 0) {
		close(server->fd);
		unlink(server->path);
	}
	if (server->lock >= 0)
		close(server->lock);
	free(server->path);
	free(server);
}

void pc_server_expire(struct pc_server *server, uint64_t boot_ns)
{
	struct pc_peer *next;

	for (struct pc_peer *peer = server->peers; peer; peer = next) {
		next = peer->next;
		if (pc_peer_stalled(peer) && boot_ns > peer->progress + PC_PEER_TIMEOUT_NS)
			pc_peer_close(peer);
	}
}

void pc_server_publish(struct pc_server *server, const struct pc_event_line *line)
{
	struct pc_peer *next;

	for (struct pc_peer *peer = server->peers; peer; peer = next) {
		next = peer->next;
		if (peer->follow && pc_event_wanted(&peer->filter, line))
			pc_peer_publish(peer, line);
	}
}

uint32_t pc_server_subscribers(const struct pc_server *server)
{
	uint32_t count = 0;

	for (const struct pc_peer *peer = server ? server->peers : NULL; peer; peer = peer->next)
		count += peer->follow;
	return count;
}
