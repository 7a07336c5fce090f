/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk that finds the names of files that have several: see bpf/links.bpf.h. */
#ifndef PC_LINKS_H
#define PC_LINKS_H

#include "compile.h"

#define PC_LINKS_NAMES_MAX (1u << 20) /* names of such files that a walk keeps in mind */
#define PC_LINKS_SECONDS 60	      /* that a walk may take */

/* One name of a file that has several. */
struct pc_link_name {
	struct pc_link_key file;
	uint32_t links; /* that the file has */
	struct pc_class class;
};

/* Zero-initialise, set image and deadline. */
struct pc_links_walk {
	const struct pc_image *image;
	uint64_t deadline; /* s of boot time */
	struct pc_link_name *names;
	uint32_t count;
	uint32_t room;
};

/* The state of each automaton from which nothing can match any more. */
void pc_links_dead(const struct pc_image *image, uint32_t ret_dead[PC_AUTOMATA]);
/* Can a pattern match below the directory behind whose name the automata are in these states? */
bool pc_links_reach(const struct pc_image *image, const uint32_t state[PC_AUTOMATA]);

/*
 * Notes the names below a directory (or of a file) whose name ends in these states, as far as
 * patterns reach, on its mount. Takes fd. dev: as the kernel has it. -ETIME, -ENOSPC: there are
 * more than it may note; -ENOMEM, or what else cannot be read.
 */
int pc_links_walk(struct pc_links_walk *walk, int fd, uint32_t dev,
		  const uint32_t state[PC_AUTOMATA]);
/*
 * Tells each file whose names have different classes, those out of the patterns' reach among them.
 * Stops where take returns an error.
 */
int pc_links_tell(struct pc_links_walk *walk,
		  int (*take)(void *to, const struct pc_link_key *file,
			      const struct pc_linked *names),
		  void *to);
void pc_links_walk_free(struct pc_links_walk *walk);

#endif
