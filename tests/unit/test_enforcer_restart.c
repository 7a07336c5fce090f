/* SPDX-License-Identifier: GPL-2.0-only */
/* Store and kernel in step over restarts, other writers, clocks, and what fails meanwhile. */
#include "sync_fixture.h"

/* ---- restarts ------------------------------------------------------------------------------ */

static void a_restart_leaves_what_is_in_force(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	stop(f);
	assert_int_equal(start(f), 0);
	assert_true(f->sync.adopted);
	assert_int_equal(fake_kernel.installs, 1);
	assert_int_equal(fake_kernel.generation, 1);
}

static void a_reboot_puts_the_active_revision_in_force(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	stop(f);
	fake_kernel_reset();
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 1); /* what was not confirmed does not boot */
	assert_null(f->sync.pending);
}

static void a_restart_goes_on_waiting_for_confirmation(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	stop(f);
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 2);
	assert_non_null(f->sync.pending);
	assert_int_equal(pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(active(f), 2);
}

/* Another revision was made active, with --offline, while one waited and no daemon ran. */
static void what_became_active_meanwhile_follows_the_deadline(void **state)
{
	struct fixture *f = *state;
	uint64_t revision, generation;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(apply_text(f, i ? POLICY("d") : POLICY("c"), 60), 0);
		assert_int_equal(fake_kernel.fallback_revision, active(f));
		assert_int_equal(pc_store_set_active(f->store, 3 - active(f), PC_STORE_ANY), 0);
		stop(f);
		assert_int_equal(start(f), 0);
		assert_non_null(f->sync.pending);
		fake_kernel_time_is_up();
		if (i)
			pc_sync_confirm(&f->sync, &revision, &generation, &f->refusal);
		else
			pc_sync_tick(&f->sync);
		assert_null(f->sync.pending);
		assert_int_equal(fake_kernel.revision, active(f));
		assert_int_equal(f->sync.active->revision.number, active(f));
	}
}

/* Killed between the switch and the store: what the store says is put in force. */
static void a_daemon_killed_in_the_middle_leaves_nothing_odd(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	fake_kernel.revision = 2;
	fake_kernel.generation++;
	stop(f);
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 1);
}

/* Killed between the store and the kernel's confirmation: the deadline is still armed. */
static void a_daemon_killed_while_confirming_ends_with_the_new_one(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 60);
	assert_int_equal(pc_store_set_active(f->store, 2, 1), 0);
	stop(f);
	assert_int_equal(start(f), 0);
	assert_null(f->sync.pending);
	assert_int_equal(fake_kernel.revision, 2);
	assert_int_equal(fake_kernel.confirm_by, 0);
	assert_int_equal(active(f), 2);
}

static void maps_that_differ_are_installed_again(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	stop(f);
	fake_kernel.differs = true;
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.installs, 2);
}

static void a_lost_store_weakens_nothing(void **state)
{
	struct fixture *f = *state;
	const char *body = POLICY("b");
	const struct pc_text text = {"p", "p.yaml", body, strlen(body)};
	const struct pc_change what = {
		.verb = "apply", .texts = &text, .text_count = 1, .expected = PC_STORE_ANY};

	apply_text(f, POLICY("a"), 0);
	stop(f);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 1);
	assert_int_equal(fake_kernel.installs, 1);
	assert_true(has_problem(f, PC_FAILURE_STORE_EMPTY));
	assert_int_not_equal(change(f, &what, 0),
			     0); /* adding to nothing would drop what is there */
	assert_int_equal(f->refusal.exit, PC_EXIT_NO);
	assert_int_equal(apply_text(f, POLICY("b"), 0), 0);
	assert_false(has_problem(f, PC_FAILURE_STORE_EMPTY));
}

static void a_start_that_cannot_install_keeps_the_old_one_or_fails(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	stop(f);
	fake_kernel.revision = 77; /* of another store, say */
	fake_kernel.fail_install = 1;
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.revision, 77);
	assert_true(has_problem(f, PC_FAILURE_INSTALL));
	pc_sync_tick(&f->sync);
	assert_int_equal(fake_kernel.revision, 77);
	fake_boot += 61 * SECOND;
	pc_sync_tick(&f->sync);
	assert_int_equal(fake_kernel.revision, 1);
	assert_false(has_problem(f, PC_FAILURE_INSTALL));
	stop(f);
	fake_kernel_reset();
	fake_kernel.fail_install = 1;
	assert_int_equal(start(f), PC_EXIT_HOST);
}

/* ---- following the store ------------------------------------------------------------------- */

static void writers_beside_the_daemon_are_followed(void **state)
{
	struct fixture *f = *state;
	struct pc_store *other;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 0);
	assert_int_equal(pc_store_open(f->path, 0, &other, NULL), 0);
	pc_sync_tick(&f->sync);
	assert_int_equal(fake_kernel.installs, 2);
	assert_int_equal(pc_store_set_active(other, 1, 2), 0);
	pc_sync_tick(&f->sync);
	assert_int_equal(fake_kernel.revision, 1);
	pc_store_close(other);
}

/* ---- off and on ---------------------------------------------------------------------------- */

static const struct pc_store_who who = {.comm = "test"};

static void off_ends_when_its_time_is_up(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pc_sync_off(&f->sync, 60, "because", &who, &f->refusal), 0);
	assert_false(fake_kernel.enforcing);
	fake_unix += 59 * SECOND;
	fake_boot += 59 * SECOND;
	pc_sync_tick(&f->sync);
	assert_false(fake_kernel.enforcing);
	fake_unix += 2 * SECOND;
	fake_boot += 2 * SECOND;
	pc_sync_tick(&f->sync);
	assert_true(fake_kernel.enforcing);
}

static void setting_the_clock_back_does_not_make_off_longer(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pc_sync_off(&f->sync, 60, "because", &who, &f->refusal), 0);
	fake_unix -= 86400 * SECOND;
	fake_boot += 61 * SECOND;
	pc_sync_tick(&f->sync);
	assert_true(fake_kernel.enforcing);
	pc_sync_tick(&f->sync);
	assert_true(fake_kernel.enforcing);
}

static void off_lasts_over_a_restart(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pc_sync_off(&f->sync, 0, "because", &who, &f->refusal), 0);
	stop(f);
	fake_kernel_reset();
	assert_int_equal(start(f), 0);
	assert_false(fake_kernel.enforcing);
	assert_int_equal(pc_sync_on(&f->sync, &who, &f->refusal), 0);
	assert_true(fake_kernel.enforcing);
}

static void switching_on_is_tried_until_it_works(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pc_sync_off(&f->sync, 0, "because", &who, &f->refusal), 0);
	fake_kernel.fail_set_enforcing = 1;
	assert_int_not_equal(pc_sync_on(&f->sync, &who, &f->refusal), 0);
	assert_false(fake_kernel.enforcing);
	assert_true(has_problem(f, PC_FAILURE_ENFORCEMENT));
	pc_sync_tick(&f->sync);
	assert_true(fake_kernel.enforcing);
	assert_false(has_problem(f, PC_FAILURE_ENFORCEMENT));
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void verify_finds_each_difference(void **state)
{
	struct fixture *f = *state;
	uint64_t revision = 0, generation = 0;

	assert_int_not_equal(pc_sync_verify(&f->sync, &revision, &generation, &f->refusal), 0);
	apply_text(f, POLICY("a"), 0);
	assert_int_equal(pc_sync_verify(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(revision, 1);
	fake_kernel.differs = true;
	assert_int_not_equal(pc_sync_verify(&f->sync, &revision, &generation, &f->refusal), 0);
	assert_int_equal(f->refusal.exit, PC_EXIT_NO);
	fake_kernel.differs = false;
	fake_kernel.revision = 9;
	assert_int_not_equal(pc_sync_verify(&f->sync, &revision, &generation, &f->refusal), 0);
}

static void counters_begin_at_zero_and_stay_with_their_policy(void **state)
{
	struct fixture *f = *state;
	uint32_t row;

	apply_text(f, POLICY("a"), 0);
	row = f->sync.active->counters[0];
	fake_kernel.counters[row].of[PC_OP_READ][PC_DENIED] = 5;
	apply_text(f, POLICY("a") "    - read /srv/more\n", 0);
	assert_int_equal(f->sync.active->counters[0], row);
	assert_int_equal(fake_kernel.counters[row].of[PC_OP_READ][PC_DENIED], 5);
	fake_kernel.counters[row + 1].of[PC_OP_READ][PC_DENIED] = 7; /* of somebody long gone */
	apply_text(f, POLICY("b"), 0);
	assert_int_equal(f->sync.active->counters[0], row + 1);
	assert_int_equal(fake_kernel.counters[row + 1].of[PC_OP_READ][PC_DENIED], 0);
	stop(f);
	fake_kernel.counters[row + 1].of[PC_OP_READ][PC_DENIED] = 3;
	assert_int_equal(start(f), 0);
	assert_int_equal(fake_kernel.counters[row + 1].of[PC_OP_READ][PC_DENIED], 3);
}

static const struct pc_rule_name *rule_of(struct fixture *f, uint64_t revision)
{
	const struct pc_rule_names *names = pc_rulebook_find(&f->sync.rulebook, revision);

	for (uint32_t i = 0; names && i < names->count; i++)
		if (!strcmp(names->items[i].text, "deny read /srv/secret/**"))
			return &names->items[i];
	return NULL;
}

static void late_events_find_their_rules(void **state)
{
	struct fixture *f = *state;

	apply_text(f, POLICY("a"), 0);
	apply_text(f, POLICY("b"), 0);
	assert_non_null(rule_of(f, 1));
	assert_string_equal(rule_of(f, 1)->policy, "a");
	assert_int_equal(rule_of(f, 1)->line, 7);
	assert_string_equal(rule_of(f, 2)->policy, "b");
	/* After a restart: from the store. */
	stop(f);
	assert_int_equal(start(f), 0);
	assert_non_null(rule_of(f, 1));
	assert_string_equal(rule_of(f, 1)->policy, "a");
	assert_null(pc_rulebook_find(&f->sync.rulebook, 99));
	assert_null(pc_rulebook_find(&f->sync.rulebook, 99));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_restart_leaves_what_is_in_force),
		TEST(a_reboot_puts_the_active_revision_in_force),
		TEST(a_restart_goes_on_waiting_for_confirmation),
		TEST(what_became_active_meanwhile_follows_the_deadline),
		TEST(a_daemon_killed_in_the_middle_leaves_nothing_odd),
		TEST(a_daemon_killed_while_confirming_ends_with_the_new_one),
		TEST(maps_that_differ_are_installed_again),
		TEST(a_lost_store_weakens_nothing),
		TEST(a_start_that_cannot_install_keeps_the_old_one_or_fails),
		TEST(writers_beside_the_daemon_are_followed),
		TEST(off_ends_when_its_time_is_up),
		TEST(setting_the_clock_back_does_not_make_off_longer),
		TEST(off_lasts_over_a_restart),
		TEST(switching_on_is_tried_until_it_works),
		TEST(verify_finds_each_difference),
		TEST(counters_begin_at_zero_and_stay_with_their_policy),
		TEST(late_events_find_their_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
