/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the tests of revisions share: a host that changes, a store, plans. */
#ifndef PC_REVISION_FIXTURE_H
#define PC_REVISION_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "revision-internal.h"

/* ---- a host that changes ------------------------------------------------------------------- */

static uint32_t www_uid;
static const char *link_target; /* of /srv/link; NULL: it does not exist */

static inline int host_user(void *context, const char *name, uint32_t *ret_uid)
{
	(void)context;
	if (strcmp(name, "www"))
		return -ENOENT;
	*ret_uid = www_uid;
	return 0;
}

static inline int host_group(void *context, const char *name, uint32_t *ret_gid)
{
	(void)context;
	(void)name;
	(void)ret_gid;
	return -ENOENT;
}

static inline int host_path(void *context, const char *path, char *buf, size_t size)
{
	const char *canonical = !strcmp(path, "/srv")	     ? path
				: !strcmp(path, "/srv/link") ? link_target
							     : NULL;

	(void)context;
	if (!canonical)
		return -ENOENT;
	snprintf(buf, size, "%s", canonical);
	return 0;
}

#define MOUNT_LINE "36 22 8:1 /real /srv/link rw - ext4 /dev/sda1 rw"

static inline int host_mounts(void *context, const char *path,
			      int (*take)(void *to, const char *line), void *to)
{
	(void)context;
	return strcmp(path, "/srv/link") ? 0 : take(to, MOUNT_LINE);
}

static const struct pc_host host = {
	.user = host_user, .group = host_group, .path = host_path, .mounts = host_mounts};

/* ---- fixture ------------------------------------------------------------------------------- */

struct fixture {
	char folder[32];
	char path[64];
	struct pc_store *store;
	struct pc_plan *plan;
	struct pc_diags diags;
	struct pc_store_error error;
};

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	www_uid = 33;
	link_target = "/mnt/real";
	strcpy(f->folder, "/tmp/pc-revision-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
	*state = f;
	return pc_store_open(f->path, PC_STORE_CREATE, &f->store, NULL);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	pc_plan_free(f->plan);
	pc_diags_free(&f->diags);
	pc_store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command))
		return -1;
	free(f);
	return 0;
}

static inline struct pc_text text_of(const char *name, const char *body)
{
	return (struct pc_text){name, name, body, strlen(body)};
}

#define HEAD(name) "portcullis: 1\npolicy: " name "\nsubject: [{exe: /usr/bin/" name "}]\n"
#define FILES(rule) "file:\n  default: allow\n  deny:\n    - " rule "\n"
#define WEB HEAD("web") FILES("read /srv/secret/**")
#define DB HEAD("db") FILES("read /srv/db/**")

static inline int plan(struct fixture *f, struct pc_change change)
{
	pc_plan_free(f->plan);
	f->plan = NULL;
	pc_diags_free(&f->diags);
	f->diags = (struct pc_diags){0};
	change.host = &host;
	if (!change.expected)
		change.expected = PC_STORE_ANY;
	return pc_plan_make(f->store, &change, &f->plan, &f->diags, &f->error);
}

static inline uint64_t put(struct fixture *f)
{
	const struct pc_store_who who = {.comm = "test"};
	struct pc_store_put done;

	assert_int_equal(pc_plan_put(f->store, f->plan, &who, "a comment", 0, &done, &f->error), 0);
	return done.number;
}

static inline uint64_t apply(struct fixture *f, const struct pc_text *texts, uint32_t count,
			     bool replace)
{
	struct pc_change change = {
		.verb = "apply", .texts = texts, .text_count = count, .replace = replace};
	int err = plan(f, change);

	if (err) {
		pc_diags_print(&f->diags, stderr, false, PC_NOTE);
		fail_msg("apply: %d %s", err, f->error.message);
	}
	return put(f);
}

static inline const char *changes(struct fixture *f)
{
	static char buf[512];

	buf[0] = '\0';
	for (uint32_t i = 0; i < f->plan->change_count; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%c%s ",
			 "+~-"[f->plan->changes[i].kind], f -> plan -> changes[i].policy);
	return buf;
}

static inline const char *texts(struct fixture *f)
{
	static char buf[512];

	buf[0] = '\0';
	for (uint32_t i = 0; i < f->plan->compiled->revision.text_count; i++)
		snprintf(buf + strlen(buf), sizeof(buf) - strlen(buf), "%s ",
			 f->plan->compiled->revision.texts[i].name);
	return buf;
}

static inline const char *input(const struct pc_revision *revision, const char *kind,
				const char *key)
{
	for (uint32_t i = 0; i < revision->input_count; i++)
		if (!strcmp(revision->inputs[i].kind, kind) &&
		    !strcmp(revision->inputs[i].key, key))
			return revision->inputs[i].value;
	return NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
