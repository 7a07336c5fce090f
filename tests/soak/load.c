/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A tree of three levels: TOP/MIDDLE/FILE. Directories change places, files change names, are
 * linked, deleted and made again, and file systems come and go; the openers take what they find.
 *
 * always, never, first and second lie beside it and stay.
 */
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const tops[] = {"d0", "d1", "d2"};
static const char *const middles[] = {"red", "blue", "x", "y"};
static const char *const files[] = {"f0", "f1", "f2", "f3", "f4"};

#define N(array) ((uint32_t)(sizeof(array) / sizeof(*(array))))
#define PATH_SIZE 64

/* xorshift64* */
static uint64_t random_state;

static void random_begin(uint64_t seed, uint32_t number)
{
	random_state = (seed * 64 + number) * 2 + 1;
}

static uint32_t below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

static void add(uint64_t *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

/* ---- the tree -------------------------------------------------------------------------------- */

static void put_middle(char *path)
{
	snprintf(path, PATH_SIZE, "%s/%s", tops[below(N(tops))], middles[below(N(middles))]);
}

static void put_file(char *path)
{
	snprintf(path, PATH_SIZE, "%s/%s/%s", tops[below(N(tops))], middles[below(N(middles))],
		 files[below(N(files))]);
}

static int make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int make_middle(const char *top, const char *middle)
{
	char path[PATH_SIZE];
	int err = 0;

	snprintf(path, sizeof(path), "%s/%s", top, middle);
	if (mkdir(path, 0755))
		return -errno;
	for (uint32_t i = 0; i < N(files) && !err; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", top, middle, files[i]);
		err = make_file(path);
	}
	return err;
}

int load_make_tree(void)
{
	static const char *const fixed[] = {"always", "never", "first", "second"};
	int err = 0;

	for (uint32_t i = 0; i < N(fixed) && !err; i++)
		err = make_file(fixed[i]);
	for (uint32_t i = 0; i < N(tops) && !err; i++) {
		if (mkdir(tops[i], 0755))
			return -errno;
		for (uint32_t j = 0; j < N(middles) && !err; j++)
			err = make_middle(tops[i], middles[j]);
	}
	return err;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The same file again by its descriptor, wherever it is by now. */
static void open_again(struct load *load, int fd)
{
	char path[PATH_SIZE];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	add(again < 0 ? &load->denied : &load->opened);
	if (again >= 0)
		close(again);
}

/* O_PATH opens nothing: no hook is asked. */
static void open_some(struct load *load)
{
	char path[PATH_SIZE];
	int fd;

	put_file(path);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < 4; i++)
		open_again(load, fd);
	close(fd);
}

static bool opens(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What no set allows, and what none denies; and that both sets decide in turn. */
static void open_fixed(struct load *load)
{
	if (!opens("always"))
		add(&load->impossible);
	if (opens("never"))
		add(&load->impossible);
	if (opens("first"))
		add(&load->first);
	if (opens("second"))
		add(&load->second);
}

_Noreturn void load_open(struct load *load, uint64_t seed, uint32_t number)
{
	random_begin(seed, number);
	while (!load->stop) {
		for (int i = 0; i < 8; i++)
			open_some(load);
		open_fixed(load);
	}
	_exit(0);
}

/* ---- moving ---------------------------------------------------------------------------------- */

static int move_file(char *from, char *to)
{
	put_file(from);
	put_file(to);
	return rename(from, to);
}

static int exchange(const char *from, const char *to)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE);
}

static int exchange_files(char *from, char *to)
{
	put_file(from);
	put_file(to);
	return exchange(from, to);
}

static int exchange_middles(char *from, char *to)
{
	put_middle(from);
	put_middle(to);
	return exchange(from, to);
}

static int exchange_tops(char *from, char *to)
{
	(void)from;
	(void)to;
	return exchange(tops[below(N(tops))], tops[below(N(tops))]);
}

/* Below another directory, and back. */
static int move_middle(char *from, char *to)
{
	char below_it[2 * PATH_SIZE];
	int err;

	put_middle(from);
	put_middle(to);
	snprintf(below_it, sizeof(below_it), "%s/below", to);
	err = rename(from, below_it);
	if (err)
		return err;
	usleep(500);
	/* Until it succeeds: `to` itself may have moved. */
	while (rename(below_it, from) && errno != ENOENT)
		usleep(1000);
	return 0;
}

static int link_file(char *from, char *to)
{
	put_file(from);
	put_file(to);
	return link(from, to);
}

static int make_anew(char *from, char *to)
{
	(void)to;
	put_file(from);
	unlink(from);
	return make_file(from);
}

_Noreturn void load_move(struct load *load, uint64_t seed, uint32_t number)
{
	static int (*const ways[])(char *, char *) = {
		move_file,   exchange_files, exchange_middles, exchange_tops,
		move_middle, link_file,	     make_anew,	       make_anew,
	};
	char from[PATH_SIZE], to[PATH_SIZE];

	random_begin(seed, number);
	while (!load->stop) {
		if (!ways[below(N(ways))](from, to))
			add(&load->moves);
		usleep(1000 + below(4000));
	}
	_exit(0);
}

_Noreturn void load_mount(struct load *load, uint64_t seed, uint32_t number)
{
	char path[PATH_SIZE];

	random_begin(seed, number);
	while (!load->stop) {
		put_middle(path);
		if (!mount("soak", path, "tmpfs", 0, "size=64k,mode=755")) {
			add(&load->mounts);
			usleep(50000 + below(200000));
			umount2(path, MNT_DETACH);
		}
		usleep(300000);
	}
	_exit(0);
}
