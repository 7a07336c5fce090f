/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of sync share: a store, the fake kernel, clocks that stand still, changes. */
#ifndef PC_SYNC_FIXTURE_H
#define PC_SYNC_FIXTURE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "sync.h"

#define SECOND UINT64_C(1000000000)

static uint64_t fake_unix, fake_boot;

static inline uint64_t fake_now(clockid_t clock)
{
	return clock == CLOCK_REALTIME ? fake_unix : fake_boot;
}

struct fixture {
	char folder[32];
	char path[64];
	struct pc_store *store;
	struct pc_sync sync;
	struct pc_diags diags;
	struct pc_refusal refusal;
	struct pc_change_done done;
};

static inline int start(struct fixture *f)
{
	struct pc_kernel_error error;

	if (!f->store && pc_store_open(f->path, PC_STORE_CREATE, &f->store, NULL))
		return -1;
	f->sync = (struct pc_sync){.store = f->store, .now = fake_now};
	if (pc_kernel_open(&(struct pc_kernel_options){0}, &f->sync.kernel, &f->sync.adopted,
			   &error))
		return -1;
	return pc_sync_start(&f->sync);
}

/* As if the daemon had been killed. */
static inline void stop(struct fixture *f)
{
	pc_sync_stop(&f->sync);
	pc_store_close(f->store);
	f->store = NULL;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_kernel_reset();
	fake_unix = pc_now(CLOCK_REALTIME);
	fake_boot = pc_now(CLOCK_BOOTTIME);
	strcpy(f->folder, "/tmp/pc-sync-XXXXXX");
	if (!mkdtemp(f->folder))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
	*state = f;
	return start(f);
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	char command[64];

	stop(f);
	pc_diags_free(&f->diags);
	snprintf(command, sizeof(command), "rm -rf %s", f->folder);
	if (system(command))
		return -1;
	free(f);
	return 0;
}

#define POLICY(name)                                                                               \
	"portcullis: 1\npolicy: " name "\nsubject: [{exe: /usr/bin/" name "}]\n"                   \
	"file:\n  default: allow\n  deny:\n    - read /srv/secret/**\n"

static inline int change(struct fixture *f, const struct pc_change *what, uint32_t confirm)
{
	const struct pc_change_how how = {
		.who = {.login_uid = UINT32_MAX, .comm = "test"},
		.confirm_seconds = confirm,
	};
	int err = pc_sync_change(&f->sync, what, &how, &f->done, &f->diags, &f->refusal);

	if (!err)
		pc_plan_free(f->done.plan);
	return err;
}

static inline int apply_text(struct fixture *f, const char *body, uint32_t confirm)
{
	const struct pc_text text = {body, "p.yaml", body, strlen(body)};
	const struct pc_change what = {
		.verb = "apply",
		.texts = &text,
		.text_count = 1,
		.expected = PC_STORE_ANY,
		.replace = true,
	};

	return change(f, &what, confirm);
}

static inline uint64_t active(struct fixture *f)
{
	uint64_t number = 99;

	assert_int_equal(pc_store_active(f->store, &number), 0);
	return number;
}

static inline bool has_problem(struct fixture *f, enum pc_failure failure)
{
	return *f->sync.problems.text[failure] != '\0';
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
