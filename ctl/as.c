/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who is asked about: the options --as of check. */
#include "as.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "control.h"
#include "parse.h"
#include "text.h"

void ctl_as_begin(struct ctl_as *as)
{
	*as = (struct ctl_as){0};
	as->as.who.loginuid = UINT32_MAX;
	for (int i = 0; i < 4; i++)
		as->as.who.uid[i] = as->as.who.gid[i] = UINT32_MAX;
}

/* Without empty, "." and ".." components. */
static void tidy(char *path)
{
	char *out = path;

	for (const char *p = path; *p;) {
		size_t n;

		p += strspn(p, "/");
		n = strcspn(p, "/");
		if (n == 2 && p[0] == '.' && p[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (n && !(n == 1 && p[0] == '.')) {
			*out++ = '/';
			memmove(out, p, n);
			out += n;
		}
		p += n;
	}
	if (out == path)
		*out++ = '/';
	*out = 0;
}

static bool resolve(const char *path, char *buf)
{
	return !pc_host_live.path(pc_host_live.context, path, buf, PATH_MAX);
}

bool ctl_canonical(const char *path, bool follow, char *buf)
{
	char whole[PATH_MAX], head[PATH_MAX];
	size_t n;

	if (*path != '/' || strlen(path) >= PATH_MAX)
		return false;
	if (follow && resolve(path, buf))
		return true;
	strcpy(whole, path);
	tidy(whole);
	/* What does not exist is named below the nearest folder above that does. */
	for (n = strlen(whole); n > 1; n = (size_t)(strrchr(head, '/') - head)) {
		strcpy(head, whole);
		head[n] = 0;
		if (n < strlen(whole) && resolve(head, buf))
			break;
	}
	if (n <= 1 || !strcmp(buf, "/"))
		*buf = 0;
	if (strlen(buf) + strlen(whole + (n > 1 ? n : 0)) >= PATH_MAX)
		return false;
	strcat(buf, whole + (n > 1 ? n : 0));
	return true;
}

/* ---- units and users ---------------------------------------------------------------------------
 */

/* Slices nest by their names: "a-b.slice" is inside "a.slice". */
static void put_slice(char *buf, size_t size, const char *name)
{
	size_t used = 0;

	*buf = 0;
	for (const char *dash = strchr(name, '-'); dash && used < size;
	     dash = strchr(dash + 1, '-'))
		used += (size_t)snprintf(buf + used, size - used, "/%.*s.slice", (int)(dash - name),
					 name);
	if (used < size)
		snprintf(buf + used, size - used, "/%s", name);
}

/* Where systemd puts a unit of the system unless told otherwise. */
static int take_unit(const struct ctl *ctl, const char *unit, struct ctl_as *as)
{
	const char *at = strchr(unit, '@'), *type = strrchr(unit, '.');

	if (!type || strchr(unit, '/') || strlen(unit) > 255)
		return ctl_usage(
			ctl, "--as: \"%s\" is not the name of a unit such as nginx.service", unit);
	if (!strcmp(type, ".slice"))
		put_slice(as->cgroup, sizeof(as->cgroup), unit);
	else if (at)
		snprintf(as->cgroup, sizeof(as->cgroup), "/system.slice/system-%.*s.slice/%s",
			 (int)(at - unit), unit, unit);
	else
		snprintf(as->cgroup, sizeof(as->cgroup), "/system.slice/%s", unit);
	as->as.cgroup = as->cgroup;
	return PC_EXIT_OK;
}

static int take_cgroup(const struct ctl *ctl, const char *path, struct ctl_as *as)
{
	if (*path != '/' || strlen(path) >= sizeof(as->cgroup))
		return ctl_usage(ctl, "--as: \"%s\" is not a path as in /proc/PID/cgroup", path);
	strcpy(as->cgroup, path);
	as->as.cgroup = as->cgroup;
	return PC_EXIT_OK;
}

static int take_exe(const struct ctl *ctl, const char *path, struct ctl_as *as)
{
	if (ctl_flag(ctl, "literal") && *path == '/' && strlen(path) < sizeof(as->exe))
		strcpy(as->exe, path);
	else if (!ctl_canonical(path, true, as->exe))
		return ctl_usage(ctl, "--as: \"%s\" is not an absolute path", path);
	as->as.exe = as->exe;
	return PC_EXIT_OK;
}

static void set_user(struct pc_identity *who, uint32_t uid, const struct passwd *user)
{
	gid_t groups[PC_GROUPS_MAX];
	int count = PC_GROUPS_MAX;

	for (int i = 0; i < 4; i++) {
		who->uid[i] = uid;
		who->gid[i] = user ? user->pw_gid : UINT32_MAX;
	}
	if (!user)
		return;
	/* Who has more groups than fit counts as a member of all, here as in the kernel. */
	if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) < 0) {
		who->group_count = PC_GROUPS_MAX + 1;
		return;
	}
	who->group_count = (uint32_t)count;
	for (int i = 0; i < count; i++)
		who->group[i] = groups[i];
}

static int take_user(const struct ctl *ctl, const char *name, struct ctl_as *as)
{
	const struct passwd *user = getpwnam(name);
	uint64_t uid = 0;

	if (!user && strcmp(name, "0") != 0 &&
	    (ctl_parse_number(name, &uid) || uid >= UINT32_MAX)) {
		ctl_error(ctl, "--as: this host has no user \"%s\"", name);
		return PC_EXIT_USAGE;
	}
	if (!user)
		user = getpwuid((uid_t)uid);
	set_user(&as->as.who, user ? user->pw_uid : (uint32_t)uid, user);
	return PC_EXIT_OK;
}

/* ---- processes ---------------------------------------------------------------------------------
 */

static FILE *open_proc(uint64_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%llu/%s", (unsigned long long)pid, name);
	return fopen(path, "re");
}

static void read_cgroup(uint64_t pid, struct ctl_as *as)
{
	PC_FCLOSE FILE *file = open_proc(pid, "cgroup");
	char line[PATH_MAX + 64];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::", 3) != 0)
			continue;
		line[strcspn(line, "\n")] = 0;
		snprintf(as->cgroup, sizeof(as->cgroup), "%.*s", PATH_MAX - 1, line + 3);
		as->as.cgroup = as->cgroup;
	}
}

static void read_numbers(const char *text, uint32_t *numbers, uint32_t max, uint32_t *ret_count)
{
	char *end;

	for (*ret_count = 0;; text = end) {
		unsigned long number = strtoul(text, &end, 10);

		if (end == text)
			return;
		if (*ret_count < max)
			numbers[*ret_count] = (uint32_t)number;
		++*ret_count;
	}
}

static void read_ids(uint64_t pid, struct pc_identity *who)
{
	PC_FCLOSE FILE *status = open_proc(pid, "status"), *login = open_proc(pid, "loginuid");
	PC_FREE char *line = NULL;
	size_t size = 0;
	uint32_t count;

	while (status && getline(&line, &size, status) > 0) {
		if (!strncmp(line, "Uid:", 4))
			read_numbers(line + 4, who->uid, 4, &count);
		else if (!strncmp(line, "Gid:", 4))
			read_numbers(line + 4, who->gid, 4, &count);
		else if (!strncmp(line, "Groups:", 7))
			read_numbers(line + 7, who->group, PC_GROUPS_MAX, &who->group_count);
	}
	if (login && getline(&line, &size, login) > 0)
		read_numbers(line, &who->loginuid, 1, &count);
}

int ctl_as_pid(const struct ctl *ctl, uint64_t pid, struct ctl_as *as)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%llu/exe", (unsigned long long)pid);
	n = readlink(link, as->exe, sizeof(as->exe) - 1);
	if (n < 0) {
		ctl_error(ctl, "cannot look at process %llu: %s", (unsigned long long)pid,
			  strerror(errno));
		return errno == EACCES || errno == EPERM ? PC_EXIT_PERMISSION : PC_EXIT_USAGE;
	}
	as->exe[n] = 0;
	as->as.exe = as->exe;
	read_cgroup(pid, as);
	read_ids(pid, &as->as.who);
	return PC_EXIT_OK;
}

int ctl_as_take(const struct ctl *ctl, const char *text, struct ctl_as *as)
{
	static const struct {
		const char *key;
		int (*take)(const struct ctl *ctl, const char *value, struct ctl_as *as);
	} keys[] = {
		{"unit=", take_unit},
		{"cgroup=", take_cgroup},
		{"exe=", take_exe},
		{"user=", take_user},
	};
	uint64_t pid;

	for (size_t i = 0; i < PC_ARRAY_SIZE(keys); i++)
		if (!strncmp(text, keys[i].key, strlen(keys[i].key)))
			return keys[i].take(ctl, text + strlen(keys[i].key), as);
	if (!strncmp(text, "pid=", 4) && !ctl_parse_number(text + 4, &pid))
		return ctl_as_pid(ctl, pid, as);
	return ctl_usage(ctl, "--as is unit=X, cgroup=X, exe=X, user=X or pid=N, not \"%s\"", text);
}
