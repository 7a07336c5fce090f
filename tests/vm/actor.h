/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The steps an actor can take, and how they end. */
#ifndef ACTOR_H
#define ACTOR_H

#include <sys/types.h>

/*
 * Words of a command line, in the order of the files that have them. X(name): "a_b" is the step
 * "a-b". A step goes on by returning.
 */
// clang-format off
#define STEPS(X)						      \
	X(exec) X(fexec) X(procfd) X(memfd) X(memfd9) X(deleted) X(loader)  \
	X(exit) X(mapped) X(map) X(mprotect) X(mprotect_written) X(map_memfd) X(dlopen) X(read) \
	X(fork) X(vfork) X(thread) X(clone3) X(daemon) X(cgroup)	      \
	X(uid) X(gid) X(fsuid) X(setuid) X(groups) X(login)		      \
	X(unshare) X(bind) X(tmpfs) X(copy) X(chroot) X(wait) X(layers)	      \
	X(hold) X(join) X(mkdir) X(mount) X(cover) X(move) X(share) X(remount) \
	X(rebind) X(umount) X(detach) X(pivot) X(root)			      \
	X(private) X(slave) X(recover) X(again)				      \
	X(fsmount) X(opentree) X(reconfigure)				      \
	X(open) X(reopen) X(knod) X(send) X(receive)			      \
	X(target) X(attach) X(seize) X(mem) X(vm) X(getfd) X(traceme) X(look)  \
	X(link) X(stat) X(enforcer)						      \
	X(signal) X(exists) X(sigio) X(lure) X(limit) X(map_id) X(program_id) X(pin)   \
	X(bpf) X(own_map) X(connect) X(rename) X(chmod) X(folder) X(hardlink)  \
	X(create) X(unlink) X(peers) X(shared)				      \
	X(spawn) X(setns) X(ring) X(uring) X(hammer) X(bomb)
// clang-format on

#define DECLARE(name) void step_##name(const char *value, char **rest);
STEPS(DECLARE)
#undef DECLARE

/* The process that steps are about; chosen by "target" or "enforcer". */
extern pid_t other;

/* Says how it ended, and ends. */
void say(const char *text) __attribute__((noreturn));
/* How something went that a policy may deny: says so if it failed. */
void attempt(long result);
/* What must succeed for an attempt to mean something. */
void need(const char *step, long result);

void take_steps(char **step) __attribute__((noreturn));

/* Waits for the process that goes on, and ends as it did. */
void follow(const char *step, int child) __attribute__((noreturn));
/* The steps that are left, as arguments of a program. */
char **arguments(const char *program, char **rest);
/* "user+mnt+...": the flags of these. */
int namespaces(const char *names);
int open_program(const char *path, int flags);
void copy_into(int to, const char *path);

#endif
