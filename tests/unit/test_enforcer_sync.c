/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes: in force when they are answered, and nothing of them left where a step fails. */
#include "sync_fixture.h"

/* ---- changes ------------------------------------------------------------------------------- */

static void a_change_is_in_force_when_it_is_answered(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(apply_text(f, POLICY("a"), 0), 0);
	assert_int_equal(f->done.revision, 1);
	assert_int_equal(f->done.generation, fake_kernel.generation);
	assert_int_equal(fake_kernel.revision, 1);
	assert_int_equal(active(f), 1);
	assert_int_equal(apply_text(f, POLICY("b"), 0), 0);
	assert_int_equal(f->done.previous, 1);
	assert_int_equal(fake_kernel.revision, 2);
}

static void the_same_again_is_not_a_change(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	assert_int_equal(apply_text(f, POLICY("a"), 0), 0);
	assert_true(f->done.unchanged);
	assert_int_equal(f->done.revision, 1);
	assert_int_equal(fake_kernel.installs, 1);
}

static void an_image_that_cannot_be_installed_changes_nothing(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	fake_kernel.fail_install = 1;
	assert_int_not_equal(apply_text(f, POLICY("b"), 0), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_UNCONFIRMED);
	assert_non_null(strstr(f->refusal.message, "as told"));
	assert_int_equal(active(f), 1);
	assert_int_equal(fake_kernel.revision, 1);
	/* And the next one works. */
	assert_int_equal(apply_text(f, POLICY("b"), 0), 0);
	assert_int_equal(fake_kernel.revision, active(f));
}

static void a_policy_that_is_not_valid_changes_nothing(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	assert_int_not_equal(apply_text(f, POLICY("b") "foo: 1\n", 0), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_INVALID);
	assert_true(f->diags.errors > 0);
	assert_int_equal(active(f), 1);
	assert_int_equal(fake_kernel.installs, 1);
}

static void a_dry_run_changes_nothing(void **state)
{
	struct fixture *f = *state;
	const char *body = POLICY("a");
	const struct pc_text text = {"p", "p.yaml", body, strlen(body)};
	const struct pc_change what = {
		.verb = "apply", .texts = &text, .text_count = 1, .expected = PC_STORE_ANY};
	const struct pc_change_how how = {.dry_run = true};
	struct pc_change_done done;

	assert_int_equal(pc_sync_change(&f->sync, &what, &how, &done, &f->diags, &f->refusal), 0);
	assert_int_equal(done.plan->change_count, 1);
	assert_int_equal(done.revision, 0);
	assert_int_equal(active(f), 0);
	assert_int_equal(fake_kernel.installs, 0);
	pc_plan_free(done.plan);
}

static void a_stale_plan_is_exit_7(void **state)
{
	struct fixture *f = *state;
	const struct pc_change what = {.verb = "rollback", .expected = 5};

	apply_text(f, POLICY("a"), 0);
	assert_int_not_equal(change(f, &what, 0), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_STALE);
}

static void a_store_that_cannot_be_written_lets_nothing_in(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	pc_store_close(f->store);
	assert_int_equal(pc_store_open(f->path, PC_STORE_READ_ONLY, &f->store, NULL), 0);
	f->sync.store = f->store;
	assert_int_not_equal(apply_text(f, POLICY("b"), 0), 0);
	assert_int_equal(fake_kernel.revision, 1);
	assert_int_equal(fake_kernel.installs, 1);
}

/* Somebody writes the store after the image was put in force and before it becomes active. */
static struct pc_store *meddler;

static void meddle(void)
{
	fake_kernel.on_install = NULL;
	assert_int_equal(pc_store_set_active(meddler, 1, 2), 0);
}

static void an_image_that_cannot_become_active_is_taken_back(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 0);
	assert_int_equal(pc_store_open(f->path, 0, &meddler, NULL), 0);
	fake_kernel.on_install = meddle;
	assert_int_not_equal(apply_text(f, POLICY("c"), 0), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_STALE);
	assert_int_equal(fake_kernel.revision, 2); /* what it was */
	pc_sync_tick(&f->sync);
	assert_int_equal(fake_kernel.revision, 1); /* what the other one wrote */
	pc_store_close(meddler);
}

/* ---- confirmation -------------------------------------------------------------------------- */

static void a_confirmed_change_stays(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	assert_int_equal(apply_text(f, POLICY("b"), 60), 0);
	assert_int_equal(fake_kernel.revision, 2);
	assert_int_equal(active(f), 1); /* a reboot comes up with the old one */
	assert_int_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(revision, 2);
	assert_int_equal(active(f), 2);
	assert_int_equal(fake_kernel.confirm_by, 0);
	assert_int_not_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_NO);
}

static void nothing_else_changes_while_one_waits(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	assert_int_not_equal(apply_text(f, POLICY("c"), 0), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_NO);
	assert_int_equal(fake_kernel.revision, 2);
}

static void a_deadline_that_passes_brings_the_old_one_back(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	fake_kernel_time_is_up();
	pc_sync_tick(&f->sync);
	assert_null(f->sync.pending);
	assert_int_equal(active(f), 1);
	assert_int_equal(fake_kernel.revision, 1);
	assert_int_equal(fake_kernel.installs, 2);
	assert_int_not_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(apply_text(f, POLICY("c"), 0), 0);
}

static void a_confirmation_that_is_too_late_says_so(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	fake_kernel_time_is_up(); /* and no tick has seen it */
	assert_int_not_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_UNCONFIRMED);
	assert_int_equal(active(f), 1);
	assert_null(f->sync.pending);
}

static void a_failing_confirmation_leaves_the_store_as_it_was(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	fake_kernel.fail_confirm = 1;
	assert_int_not_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(active(f), 1);
	assert_non_null(f->sync.pending); /* it can be tried again */
	assert_int_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(active(f), 2);
}

static void a_failing_confirmation_of_the_first_change_leaves_none_active(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 60);
	fake_kernel.fail_confirm = 1;
	assert_int_not_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(active(f), 0); /* the next start must not put it in force */
	assert_false(has_problem(f, PC_FAILURE_STORE_WRITE));
	assert_int_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(active(f), 1);
}

static void cancel_goes_back_at_once(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	assert_int_equal(pc_sync_cancel(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(revision, 1);
	assert_int_equal(fake_kernel.revision, 1);
	assert_int_equal(fake_kernel.confirm_by, 0);
}

static void the_first_change_of_all_can_be_cancelled(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	assert_int_equal(apply_text(f, POLICY("a"), 60), 0);
	assert_int_equal(fake_kernel.policies, 1);
	assert_int_equal(pc_sync_cancel(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(revision, 0);
	assert_int_equal(fake_kernel.policies, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_change_is_in_force_when_it_is_answered),
		TEST(the_same_again_is_not_a_change),
		TEST(an_image_that_cannot_be_installed_changes_nothing),
		TEST(a_policy_that_is_not_valid_changes_nothing),
		TEST(a_dry_run_changes_nothing),
		TEST(a_stale_plan_is_exit_7),
		TEST(a_store_that_cannot_be_written_lets_nothing_in),
		TEST(an_image_that_cannot_become_active_is_taken_back),
		TEST(a_confirmed_change_stays),
		TEST(nothing_else_changes_while_one_waits),
		TEST(a_deadline_that_passes_brings_the_old_one_back),
		TEST(a_confirmation_that_is_too_late_says_so),
		TEST(a_failing_confirmation_leaves_the_store_as_it_was),
		TEST(a_failing_confirmation_of_the_first_change_leaves_none_active),
		TEST(cancel_goes_back_at_once),
		TEST(the_first_change_of_all_can_be_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
