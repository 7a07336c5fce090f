/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of this folder measure with. */
#ifndef PC_MEASURE_H
#define PC_MEASURE_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* ns */
static inline uint64_t measure_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Two uint64_t, for qsort(). */
static inline int measure_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The number behind a word at the beginning of a line, as in /proc/PID/status; 0: there is none. */
static inline unsigned long measure_field(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	unsigned long value = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, word, strlen(word)))
			value = strtoul(line + strlen(word), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

static inline unsigned long measure_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned long count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count > 2 ? count - 2 : 0;
}

/* A store with its log, in KiB. */
static inline unsigned long measure_store_kib(const char *path)
{
	struct stat st, log_st;
	char log[256];

	snprintf(log, sizeof(log), "%s-wal", path);
	if (stat(path, &st))
		return 0;
	return (unsigned long)(st.st_size + (stat(log, &log_st) ? 0 : log_st.st_size)) / 1024;
}

#endif
