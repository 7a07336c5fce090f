/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A descriptor on its way through a socket. */
#ifndef PASSING_H
#define PASSING_H

/* Sends it to ourselves. Returns the end to receive it from, or -1 and errno. */
int passing_send(int fd);
/*
 * Returns what was sent, or -1. The kernel leaves out what is refused, without a word: errno is
 * EACCES then.
 */
int passing_receive(int socket);

#endif
