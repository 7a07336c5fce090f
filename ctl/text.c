/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Texts people write and read: escapes, times, sizes of time, words that were meant. */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "escape.h"

#define WORD_MAX 32			/* longer words are not compared */
#define DURATION_MAX UINT64_C(31622400) /* 366 days */

char *ctl_printable(struct pc_arena *arena, const char *text)
{
	size_t n = strlen(text), size = PC_ESCAPED_SIZE(n), at = 0;
	char *copy = pc_arena_alloc(arena, size);

	while (copy && *text) {
		size_t run = strcspn(text, "\\");

		at += pc_escape(text, run, copy + at, size - at);
		text += run;
		if (*text) {
			copy[at++] = *text++;
			copy[at] = 0;
		}
	}
	return copy;
}

static uint32_t unit_of(char letter)
{
	switch (letter) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

int ctl_parse_duration(const char *text, uint32_t *ret_seconds)
{
	uint64_t sum = 0;
	uint32_t last = UINT32_MAX;

	if (!*text)
		return -EINVAL;
	while (*text) {
		uint64_t number = 0;
		uint32_t unit;
		const char *digits = text;

		for (; isdigit((unsigned char)*text) && number <= DURATION_MAX; text++)
			number = number * 10 + (uint64_t)(*text - '0');
		if (text == digits)
			return -EINVAL;
		/* A bare number is seconds, alone only: "1h30" could mean either. */
		unit = *text ? unit_of(*text++) : last == UINT32_MAX;
		if (!unit || unit >= last)
			return -EINVAL;
		last = unit;
		sum += number * unit;
		if (sum > DURATION_MAX)
			return -EINVAL;
	}
	if (!sum)
		return -EINVAL;
	*ret_seconds = (uint32_t)sum;
	return 0;
}

void ctl_format_duration(uint64_t seconds, char buf[32])
{
	static const struct {
		uint32_t unit;
		char letter;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	size_t at = 0;

	while (at < 3 && seconds < units[at].unit)
		at++;
	if (at == 3 || seconds % units[at].unit / units[at + 1].unit == 0)
		snprintf(buf, 32, "%" PRIu64 "%c", seconds / units[at].unit, units[at].letter);
	else
		snprintf(buf, 32, "%" PRIu64 "%c %" PRIu64 "%c", seconds / units[at].unit,
			 units[at].letter, seconds % units[at].unit / units[at + 1].unit,
			 units[at + 1].letter);
}

void ctl_format_time(uint64_t ns, char buf[32])
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;

	if (!ns || !localtime_r(&seconds, &tm) || !strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(buf, "-");
}

void ctl_local_time(const char *utc, char buf[32])
{
	struct tm tm = {0};
	time_t seconds;

	if (strptime(utc, "%Y-%m-%dT%H:%M:%S", &tm)) {
		seconds = timegm(&tm);
		if (localtime_r(&seconds, &tm) && strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm))
			return;
	}
	strcpy(buf, "-");
}

int ctl_parse_number(const char *text, uint64_t *ret_number)
{
	char *end;
	unsigned long long number;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || !number)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int ctl_distance(const char *word, const char *name)
{
	unsigned int rows[3][WORD_MAX + 1];
	unsigned int *before = rows[0], *above = rows[1], *row = rows[2], *spare;
	size_t n = strlen(word), m = strlen(name);

	if (n > WORD_MAX || m > WORD_MAX)
		return UINT32_MAX;
	for (unsigned int j = 0; j <= m; j++)
		above[j] = before[j] = j;
	for (unsigned int i = 1; i <= n; i++) {
		row[0] = i;
		for (unsigned int j = 1; j <= m; j++) {
			row[j] = least(above[j - 1] + (word[i - 1] != name[j - 1]),
				       least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && word[i - 1] == name[j - 2] &&
			    word[i - 2] == name[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = above;
		above = row;
		row = spare;
	}
	return above[m];
}

/* A beginning, as in "hist" for "history", is better than a slip of the finger. */
static bool begins(const char *word, const char *name)
{
	return strlen(word) >= 3 && !strncmp(word, name, strlen(word));
}

bool ctl_is_near(const char *word, const char *name)
{
	size_t n = strlen(name);
	unsigned int limit = n <= 3 ? 1 : n <= 7 ? 2 : 3;

	return begins(word, name) || ctl_distance(word, name) <= limit;
}

bool ctl_is_nearer(const char *word, const char *name, unsigned int *best)
{
	unsigned int distance = begins(word, name) ? 0 : ctl_distance(word, name);

	if (!ctl_is_near(word, name) || distance >= *best)
		return false;
	*best = distance;
	return true;
}

uint64_t ctl_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
