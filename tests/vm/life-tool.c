// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the shell of suite-life.sh cannot do by itself; see the table at the end. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <pc/abi.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define PINS "/sys/fs/bpf/portcullis/"

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* ---- opening files ------------------------------------------------------------------------- */

static volatile sig_atomic_t ended;

static void on_end(int number)
{
	(void)number;
	ended = 1;
}

struct tally {
	unsigned long opened, denied, other;
};

static void open_once(const char *path, struct tally *tally)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		tally->opened++;
		close(fd);
	} else if (errno == EACCES) {
		tally->denied++;
	} else {
		tally->other++;
	}
}

static int print_tally(const struct tally *tally)
{
	return printf("opened %lu denied %lu other %lu\n", tally->opened, tally->denied,
		      tally->other) < 0;
}

static int storm(char **args)
{
	unsigned long count = strtoul(args[1], NULL, 10);
	struct tally tally = {0};

	for (unsigned long i = 0; i < count; i++)
		open_once(args[0], &tally);
	return print_tally(&tally);
}

/* A pause between two tries leaves the only processor to the others. */
static int watch(char **args)
{
	struct tally tally = {0};

	signal(SIGTERM, on_end);
	while (!ended) {
		open_once(args[0], &tally);
		usleep(500);
	}
	return print_tally(&tally);
}

/* ---- the socket ---------------------------------------------------------------------------- */

/* Sends standard input and prints what is answered until the other side hangs up or is silent. */
static int send_input(char **args)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = 2};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char bytes[65536];
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", args[0]);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return perror("connect"), 1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
		if (write(fd, bytes, (size_t)n) != n)
			break; /* it was turned away: the answer says why */
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		fwrite(bytes, 1, (size_t)n, stdout);
	close(fd);
	return 0;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *member(json_t *value, const char *key)
{
	if (json_is_array(value))
		return json_array_get(value, strtoul(key, NULL, 10));
	return json_object_get(value, key);
}

static int print_value(const json_t *value)
{
	size_t i;
	json_t *item;

	if (!value)
		return 1;
	if (json_is_string(value))
		return puts(json_string_value(value)) < 0;
	if (!json_is_array(value))
		return json_dumpf(value, stdout, JSON_ENCODE_ANY | JSON_COMPACT) ||
		       putchar('\n') < 0;
	json_array_foreach(value, i, item)
		if (print_value(item))
			return 1;
	return 0;
}

/* The value at a dotted path of the one object on standard input; of an array, each element. */
static int json_at(char **args)
{
	json_error_t error;
	json_t *object = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error), *value = object;
	int status;

	if (!object) {
		fprintf(stderr, "not JSON: line %d: %s\n", error.line, error.text);
		return 2;
	}
	for (char *key = strtok(args[0], "."); key && value; key = strtok(NULL, "."))
		value = member(value, key);
	status = print_value(value);
	json_decref(object);
	return status;
}

/* Every line of a file of events: an object; sequence numbers grow. Prints how many, and lost. */
static int event_lines(char **args)
{
	FILE *file = fopen(args[0], "re");
	char *line = NULL;
	size_t size = 0;
	json_int_t last = -1, lost = 0, count = 0;

	if (!file)
		return perror(args[0]), 2;
	while (getline(&line, &size, file) > 0) {
		json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		const json_t *number = json_object_get(event, "sequence");

		if (json_object_get(event, "lost")) {
			lost += json_integer_value(json_object_get(event, "lost"));
		} else if (!json_is_integer(number) || json_integer_value(number) <= last) {
			fprintf(stderr, "after %" JSON_INTEGER_FORMAT ": %s", last, line);
			return 1;
		} else {
			last = json_integer_value(number);
			count++;
		}
		json_decref(event);
	}
	free(line);
	fclose(file);
	printf("events %" JSON_INTEGER_FORMAT " lost %" JSON_INTEGER_FORMAT "\n", count, lost);
	return 0;
}

/* ---- the kernel's maps --------------------------------------------------------------------- */

static unsigned int count_ids(int command)
{
	union bpf_attr attr = {0};
	unsigned int count = 0;

	for (; !bpf(command, &attr); attr.start_id = attr.next_id)
		count++;
	return count;
}

static int count(char **args)
{
	(void)args;
	return printf("maps %u programs %u links %u\n", count_ids(BPF_MAP_GET_NEXT_ID),
		      count_ids(BPF_PROG_GET_NEXT_ID), count_ids(BPF_LINK_GET_NEXT_ID)) < 0;
}

static int pinned(const char *name)
{
	char path[128];
	union bpf_attr attr = {.pathname = (uintptr_t)path};

	snprintf(path, sizeof(path), PINS "%s", name);
	return (int)bpf(BPF_OBJ_GET, &attr);
}

static long element(int command, int fd, const void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)fd,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
	};

	return bpf(command, &attr);
}

/* Flips a bit of the tables of every slot that has some: as if a rule were another one. */
static int tamper_tables(char **args)
{
	static unsigned char bytes[PC_TIER_BYTES(0)];
	int outer = pinned("pc_small"), changed = 0;
	uint32_t zero = 0;

	(void)args;
	for (uint32_t slot = 0; slot < PC_SLOTS; slot++) {
		uint32_t key = slot * PC_PARTS + PC_PART_TABLES, id;
		union bpf_attr attr = {0};
		int fd;

		if (element(BPF_MAP_LOOKUP_ELEM, outer, &key, &id))
			continue;
		attr.map_id = id;
		fd = (int)bpf(BPF_MAP_GET_FD_BY_ID, &attr);
		if (element(BPF_MAP_LOOKUP_ELEM, fd, &zero, bytes))
			return perror("tables"), 1;
		bytes[PC_W_END * sizeof(uint32_t) + 4] ^= 1;
		if (element(BPF_MAP_UPDATE_ELEM, fd, &zero, bytes))
			return perror("tables"), 1;
		changed++;
	}
	return !changed;
}

/* Makes every file system one that rules do not know. */
static int tamper_roots(char **args)
{
	struct pc_root_key key, next;
	struct pc_root root;
	int fd = pinned("pc_roots");
	bool first = true;
	union bpf_attr attr = {0};

	(void)args;
	for (;;) {
		attr.map_fd = (uint32_t)fd;
		attr.key = first ? 0 : (uintptr_t)&key;
		attr.next_key = (uintptr_t)&next;
		if (bpf(BPF_MAP_GET_NEXT_KEY, &attr))
			return first;
		key = next;
		first = false;
		if (element(BPF_MAP_LOOKUP_ELEM, fd, &key, &root))
			return perror("roots"), 1;
		memset(root.state, 0, sizeof(root.state));
		if (element(BPF_MAP_UPDATE_ELEM, fd, &key, &root))
			return perror("roots"), 1;
	}
}

/* ---- the store ----------------------------------------------------------------------------- */

/* Holds the store as a program that writes it would, until it is ended. */
static int lock_store(char **args)
{
	sqlite3 *db;

	signal(SIGTERM, on_end);
	if (sqlite3_open(args[0], &db) || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL)) {
		fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		return 1;
	}
	puts("locked");
	fflush(stdout);
	while (!ended)
		usleep(10000);
	return sqlite3_close(db) != SQLITE_OK;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(char **args);
} commands[] = {
	{"storm", 2, storm},	    /* FILE N */
	{"watch", 1, watch},	    /* FILE, until SIGTERM */
	{"send", 1, send_input},    /* SOCKET */
	{"json", 1, json_at},	    /* PATH */
	{"events", 1, event_lines}, /* FILE */
	{"count", 0, count},
	{"tamper-tables", 0, tamper_tables},
	{"tamper-roots", 0, tamper_roots},
	{"lock", 1, lock_store}, /* STORE */
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name) && argc == 2 + commands[i].arguments)
			return commands[i].run(argv + 2);
	fputs("life-tool: unknown command, or not its arguments\n", stderr);
	return 64;
}
