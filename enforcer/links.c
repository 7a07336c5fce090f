// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk that finds the names of files that have several. It goes where patterns can match and
 * nowhere else: names elsewhere all have the class of a name that no pattern matches, so it is
 * enough to know that there are some.
 */
#include "links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void pc_links_dead(const struct pc_image *image, uint32_t ret_dead[PC_AUTOMATA])
{
	/* No name begins with it. */
	pc_image_states(image, "\1", 1, ret_dead);
}

static void step(const struct pc_image *image, uint32_t state[PC_AUTOMATA], const char *text)
{
	for (uint32_t a = 0; a < image->automata.count; a++) {
		struct pc_automaton automaton = pc_image_automaton(image, a);

		for (const char *at = text; *at; at++)
			state[a] = pc_automaton_step(&automaton, state[a], (uint8_t)*at);
	}
}

bool pc_links_reach(const struct pc_image *image, const uint32_t state[PC_AUTOMATA])
{
	uint32_t dead[PC_AUTOMATA], below[PC_AUTOMATA];

	pc_links_dead(image, dead);
	memcpy(below, state, sizeof(below));
	step(image, below, "/");
	for (uint32_t a = 0; a < image->automata.count; a++)
		if (below[a] != dead[a])
			return true;
	return false;
}

static int note(struct pc_links_walk *walk, uint32_t dev, const struct statx *st,
		const uint32_t state[PC_AUTOMATA])
{
	struct pc_link_name *name;

	if (walk->count == PC_LINKS_NAMES_MAX)
		return -ENOSPC;
	if (walk->count == walk->room) {
		uint32_t room = walk->room ? 2 * walk->room : 256;
		struct pc_link_name *grown = realloc(walk->names, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		walk->names = grown;
		walk->room = room;
	}
	name = &walk->names[walk->count++];
	*name = (struct pc_link_name){
		.file = {.inode = st->stx_ino, .dev = dev},
		.links = st->stx_nlink,
	};
	for (uint32_t a = 0; a < walk->image->automata.count; a++) {
		struct pc_automaton automaton = pc_image_automaton(walk->image, a);

		name->class.of[a] = pc_automaton_accepts(&automaton, state[a]);
	}
	return 0;
}

/* ---- the walk ------------------------------------------------------------------------------ */

/* Where the walk is. */
struct place {
	struct pc_links_walk *walk;
	uint64_t mount;
	uint32_t dev;
	uint32_t depth;
};

static int stat_at(int fd, const char *name, int flags, struct statx *ret_st)
{
	return statx(fd, name, flags | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		     STATX_TYPE | STATX_NLINK | STATX_INO | STATX_MNT_ID, ret_st)
		       ? -errno
		       : 0;
}

/* Below this mount alone: what is mounted on a directory has names of its own. */
static int open_below(int fd, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	long found = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return found < 0 ? -errno : (int)found;
}

/* What went away or is another thing by now is no name that was there all the time. */
static int unless_gone(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -ELOOP || err == -EXDEV || err == -ESTALE
		       ? 0
		       : err;
}

static int walk_directory(struct place *at, int fd, const uint32_t state[PC_AUTOMATA]);

static int walk_below(struct place *at, int fd, const char *name, const uint32_t state[PC_AUTOMATA])
{
	int below, err;

	/* Deeper names are denied as such; they are not looked for. */
	if (at->depth + 1 >= PC_DEPTH_MAX || !pc_links_reach(at->walk->image, state))
		return 0;
	below = open_below(fd, name);
	if (below < 0)
		return unless_gone(below);
	at->depth++;
	err = walk_directory(at, below, state);
	at->depth--;
	return err;
}

static int walk_entry(struct place *at, int fd, const struct dirent *entry,
		      const uint32_t directory[PC_AUTOMATA])
{
	uint32_t state[PC_AUTOMATA];
	struct statx st;
	int err;

	memcpy(state, directory, sizeof(state));
	step(at->walk->image, state, "/");
	step(at->walk->image, state, entry->d_name);
	if (entry->d_type == DT_DIR)
		return walk_below(at, fd, entry->d_name, state);
	err = stat_at(fd, entry->d_name, 0, &st);
	if (err)
		return unless_gone(err);
	if (S_ISDIR(st.stx_mode))
		return walk_below(at, fd, entry->d_name, state);
	if (st.stx_nlink < 2 || st.stx_mnt_id != at->mount)
		return 0;
	return note(at->walk, at->dev, &st, state);
}

static bool time_is_up(const struct pc_links_walk *walk)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec >= walk->deadline;
}

/* Takes fd. */
static int walk_directory(struct place *at, int fd, const uint32_t state[PC_AUTOMATA])
{
	const struct dirent *entry;
	DIR *dir = fdopendir(fd);
	int err = 0;

	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	errno = 0;
	while (!err && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = walk_entry(at, fd, entry, state);
		if (!err && time_is_up(at->walk))
			err = -ETIME;
		errno = 0;
	}
	if (!err)
		err = unless_gone(-errno);
	closedir(dir);
	return err;
}

int pc_links_walk(struct pc_links_walk *walk, int fd, uint32_t dev,
		  const uint32_t state[PC_AUTOMATA])
{
	struct place at = {.walk = walk, .dev = dev};
	struct statx st;
	int err = stat_at(fd, "", AT_EMPTY_PATH, &st);

	at.mount = st.stx_mnt_id;
	if (!err && S_ISDIR(st.stx_mode))
		return pc_links_reach(walk->image, state) ? walk_directory(&at, fd, state)
							  : (close(fd), 0);
	if (!err && st.stx_nlink > 1)
		err = note(walk, dev, &st, state);
	close(fd);
	return err;
}

/* ---- what it found ------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct pc_link_name *left = a, *right = b;

	return memcmp(&left->file, &right->file, sizeof(left->file));
}

static void add_class(struct pc_linked *names, const struct pc_class *class)
{
	for (uint32_t i = 0; i < names->count && i < PC_LINK_CLASSES; i++)
		if (!memcmp(&names->class[i], class, sizeof(*class)))
			return;
	if (names->count < PC_LINK_CLASSES)
		names->class[names->count] = *class;
	names->count++;
}

/* A file with more classes than there is room for is one of whose names not all are known. */
static void too_many(struct pc_linked *names)
{
	names->count = 1;
	for (int a = 0; a < PC_AUTOMATA; a++)
		names->class[0].of[a] = PC_LINK_UNKNOWN;
}

/* The classes of the file of which name i is the first; returns where the next file begins. */
static uint32_t gather(const struct pc_links_walk *walk, uint32_t i, struct pc_linked *ret_names)
{
	static const struct pc_class elsewhere;
	const struct pc_link_name *first = &walk->names[i], *name = first;
	struct pc_linked names = {0};
	uint32_t links = 0;

	for (; i < walk->count && !compare(&walk->names[i], first); i++) {
		name = &walk->names[i];
		add_class(&names, &name->class);
		if (name->links > links)
			links = name->links;
	}
	if ((uint32_t)(name - first) + 1 < links)
		add_class(&names, &elsewhere);
	*ret_names = names;
	return i;
}

int pc_links_tell(struct pc_links_walk *walk,
		  int (*take)(void *to, const struct pc_link_key *file,
			      const struct pc_linked *names),
		  void *to)
{
	int err = 0;

	if (walk->count)
		qsort(walk->names, walk->count, sizeof(*walk->names), compare);
	for (uint32_t i = 0; !err && i < walk->count;) {
		const struct pc_link_key *file = &walk->names[i].file;
		struct pc_linked names;

		i = gather(walk, i, &names);
		if (names.count < 2)
			continue;
		if (names.count > PC_LINK_CLASSES)
			too_many(&names);
		err = take(to, file, &names);
	}
	return err;
}

void pc_links_walk_free(struct pc_links_walk *walk)
{
	free(walk->names);
	walk->names = NULL;
	walk->count = walk->room = 0;
}
