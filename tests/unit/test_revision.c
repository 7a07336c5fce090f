/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Plans: which texts a change leaves, what the host said is kept, modes, ids, rows of counters. */
#include "diag-codes.h"
#include "revision_fixture.h"

/* ---- which texts --------------------------------------------------------------------------- */

static void apply_adds_and_replaces(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("50-web.yaml", WEB), db = text_of("db.yaml", DB);
	struct pc_text web2 = text_of("elsewhere.yaml", HEAD("web") FILES("read /srv/other"));

	assert_int_equal(apply(f, &web, 1, false), 1);
	assert_string_equal(changes(f), "+web ");
	assert_int_equal(apply(f, &db, 1, false), 2);
	assert_string_equal(changes(f), "+db ");
	/* By the policy's name, whatever the file is called; and it keeps the place in the set. */
	assert_int_equal(apply(f, &web2, 1, false), 3);
	assert_string_equal(changes(f), "~web ");
	assert_string_equal(texts(f), "50-web.yaml db.yaml ");
	assert_int_equal(f->plan->base, 2);
}

static void a_file_name_twice_takes_nothing_away(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("policy.yaml", WEB), db = text_of("policy.yaml", DB);

	apply(f, &web, 1, false);
	apply(f, &db, 1, false);
	assert_string_equal(changes(f), "+db ");
	assert_int_equal(f->plan->compiled->set.count, 2);
	assert_string_equal(texts(f), "policy.yaml db.yaml ");
}

/* Files of one change: as from d1/policy.yaml and d2/policy.yaml. */
static void texts_of_one_change_never_replace_another(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {
		text_of("policy.yaml", WEB),
		text_of("policy.yaml", DB),
		text_of("policy.yaml", WEB),
	};

	all[0].file = "/d1/policy.yaml";
	all[1].file = "/d2/policy.yaml";
	all[2].file = "/d1/policy.yaml";
	apply(f, all, 3, false);
	assert_string_equal(changes(f), "+db +web ");
	assert_string_equal(texts(f), "policy.yaml db.yaml ");
}

static void an_invalid_text_is_not_hidden_by_one_of_its_name(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {
		text_of("policy.yaml", HEAD("x") "foo: 1\n"),
		text_of("policy.yaml", WEB),
	};
	struct pc_change change = {.verb = "apply", .texts = all, .text_count = 2};

	all[0].file = "/d1/policy.yaml";
	assert_int_equal(plan(f, change), -EINVAL);
}

static void two_includes_of_one_name_are_refused(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {
		text_of("include/base.yaml", "portcullis: 1\n" FILES("read /srv/a")),
		text_of("include/base.yaml", "portcullis: 1\n" FILES("read /srv/b")),
		text_of("web.yaml", WEB),
	};
	struct pc_change change = {.verb = "apply", .texts = all, .text_count = 3};

	assert_int_equal(plan(f, change), -EINVAL);
	assert_int_equal(f->diags.items[0].code, PC_CODE_TEXT_TWICE);
}

static void apply_complete_drops_the_rest(void **state)
{
	struct fixture *f = *state;
	struct pc_text both[] = {text_of("50-web.yaml", WEB), text_of("db.yaml", DB)};

	apply(f, both, 2, false);
	apply(f, both, 1, true);
	assert_string_equal(changes(f), "-db ");
}

static void comments_change_no_policy(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("50-web.yaml", WEB);
	struct pc_text same = text_of("50-web.yaml", "# more\n\n" WEB);

	apply(f, &web, 1, false);
	assert_int_equal(apply(f, &same, 1, false), 2);
	assert_string_equal(changes(f), "");
}

static void includes_count_as_what_they_say(void **state)
{
	struct fixture *f = *state;
	struct pc_text first[] = {
		text_of("include/base.yaml", "portcullis: 1\n" FILES("read /srv/a")),
		text_of("web.yaml", "portcullis: 1\npolicy: web\ninclude: [base]\n"
				    "subject: [{exe: /usr/bin/web}]\n"),
	};
	struct pc_text second =
		text_of("include/base.yaml", "portcullis: 1\n" FILES("read /srv/b"));

	apply(f, first, 2, false);
	apply(f, &second, 1, false);
	assert_string_equal(changes(f), "~web ");
	assert_int_equal(f->plan->compiled->revision.text_count, 2);
}

static void remove_takes_drop_ins_along(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {
		text_of("50-web.yaml", WEB),
		text_of("db.yaml", DB),
		text_of("web.d/10-more.yaml", "portcullis: 1\n" FILES("read /srv/more")),
	};
	const char *names[] = {"web"};
	struct pc_change change = {.verb = "remove", .remove = names, .remove_count = 1};

	apply(f, all, 3, false);
	assert_int_equal(plan(f, change), 0);
	assert_string_equal(changes(f), "-web ");
	assert_string_equal(texts(f), "db.yaml ");
	names[0] = "nobody";
	assert_int_equal(plan(f, change), -ENOENT);
	assert_non_null(strstr(f->error.message, "nobody"));
}

static void the_last_policy_can_be_removed(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("50-web.yaml", WEB);
	const char *names[] = {"web"};
	struct pc_change change = {.verb = "remove", .remove = names, .remove_count = 1};

	apply(f, &web, 1, false);
	assert_int_equal(plan(f, change), 0);
	assert_int_equal(put(f), 2);
	assert_int_equal(f->plan->compiled->set.count, 0);
}

static void what_is_not_valid_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("50-web.yaml", WEB),
		       bad = text_of("bad.yaml", HEAD("x") "foo: 1\n");
	struct pc_change change = {.verb = "apply", .texts = &bad, .text_count = 1};
	uint32_t id;

	apply(f, &web, 1, false);
	assert_int_equal(plan(f, change), -EINVAL);
	assert_null(f->plan);
	assert_true(f->diags.errors > 0);
	assert_int_equal(pc_store_policy_id(f->store, "x", false, &id), -ENOENT);
}

static void a_stale_plan_is_refused(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("50-web.yaml", WEB), db = text_of("db.yaml", DB);
	struct pc_change change = {.verb = "apply", .texts = &db, .text_count = 1, .expected = 7};
	const struct pc_store_who who = {.comm = "test"};
	struct pc_store_put done;
	struct pc_plan *old;

	apply(f, &web, 1, false);
	assert_int_equal(plan(f, change), -ESTALE);
	/* Another change between plan and put. */
	change.expected = 1;
	assert_int_equal(plan(f, change), 0);
	old = PC_TAKE_PTR(f->plan);
	apply(f, &db, 1, false);
	assert_int_equal(pc_plan_put(f->store, old, &who, NULL, 0, &done, &f->error), -ESTALE);
	assert_non_null(*f->error.message ? f->error.message : NULL);
	pc_plan_free(old);
}

/* ---- what the host said -------------------------------------------------------------------- */

#define LINKED HEAD("web") FILES("read /srv/link/a/**")
#define OWNED "portcullis: 1\npolicy: own\nsubject: [{user: www}]\n" FILES("read /srv/own")

static void a_stored_revision_compiles_to_the_same(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {text_of("web.yaml", LINKED), text_of("own.yaml", OWNED)};
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *again = NULL;
	const struct pc_compiled *first;

	apply(f, all, 2, false);
	first = f->plan->compiled;
	assert_string_equal(input(&first->revision, PC_INPUT_USER, "www"), "33");
	www_uid = 1000;
	link_target = NULL;
	assert_int_equal(pc_compile_revision(f->store, 1, &again, &f->diags, &f->error), 0);
	assert_int_equal(again->set.count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(pc_policy_digest(again->set.policies[i]),
				 pc_policy_digest(first->set.policies[i]));
		assert_int_equal(again->ids[i], first->ids[i]);
		assert_int_equal(again->counters[i], first->counters[i]);
	}
	assert_int_equal(again->revision.number, 1);
	assert_int_equal(again->revision.input_count, first->revision.input_count);
}

static void apply_asks_the_host_again_and_others_do_not(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {text_of("own.yaml", OWNED), text_of("db.yaml", DB)};
	struct pc_change mode = {.verb = "mode", .policy = "db", .mode = PC_MODE_AUDIT};

	apply(f, all, 2, false);
	www_uid = 1000;
	assert_int_equal(plan(f, mode), 0);
	assert_string_equal(input(&f->plan->compiled->revision, PC_INPUT_USER, "www"), "33");
	assert_string_equal(changes(f), "~db ");
	put(f);
	apply(f, &all[1], 1, false);
	assert_string_equal(input(&f->plan->compiled->revision, PC_INPUT_USER, "www"), "1000");
	assert_string_equal(changes(f), "~db ~own ");
}

static void mounts_that_a_name_comes_from_are_recorded(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {text_of("web.yaml", LINKED), text_of("db.yaml", DB)};
	struct pc_change mode = {.verb = "mode", .policy = "web", .mode = PC_MODE_AUDIT};

	apply(f, &all[1], 1, false);
	assert_null(input(&f->plan->compiled->revision, PC_INPUT_MOUNT, "36"));
	apply(f, all, 2, false);
	assert_string_equal(input(&f->plan->compiled->revision, PC_INPUT_MOUNT, "36"), MOUNT_LINE);
	/* What does not ask the host again keeps what it said. */
	assert_int_equal(plan(f, mode), 0);
	assert_string_equal(input(&f->plan->compiled->revision, PC_INPUT_MOUNT, "36"), MOUNT_LINE);
}

/* ---- modes --------------------------------------------------------------------------------- */

static enum pc_mode mode_of(struct fixture *f, const char *policy)
{
	return pc_policy_find(&f->plan->compiled->set, policy)->mode;
}

static void a_mode_lasts_until_the_policy_is_applied_again(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {text_of("50-web.yaml", WEB), text_of("db.yaml", DB)};
	struct pc_change mode = {.verb = "mode", .policy = "web", .mode = PC_MODE_AUDIT};

	apply(f, all, 2, false);
	assert_int_equal(plan(f, mode), 0);
	assert_int_equal(mode_of(f, "web"), PC_MODE_AUDIT);
	put(f);
	apply(f, &all[1], 1, false);
	assert_int_equal(mode_of(f, "web"), PC_MODE_AUDIT);
	assert_int_equal(f->plan->reverted_count, 0);
	apply(f, &all[0], 1, false);
	assert_int_equal(mode_of(f, "web"), PC_MODE_ENFORCE);
	assert_int_equal(f->plan->reverted_count, 1);
	assert_string_equal(f->plan->reverted[0].policy, "web");
	assert_int_equal(f->plan->reverted[0].mode, PC_MODE_AUDIT);
}

static void a_mode_ends_with_its_policy(void **state)
{
	struct fixture *f = *state;
	struct pc_text all[] = {text_of("50-web.yaml", WEB), text_of("db.yaml", DB)};
	struct pc_change mode = {.verb = "mode", .policy = "web", .mode = PC_MODE_AUDIT};
	const char *names[] = {"web"};
	struct pc_change removal = {.verb = "remove", .remove = names, .remove_count = 1};

	apply(f, all, 2, false);
	assert_int_equal(plan(f, mode), 0);
	put(f);
	assert_int_equal(plan(f, removal), 0);
	assert_null(input(&f->plan->compiled->revision, PC_INPUT_MODE, "web"));
	mode.policy = "nobody";
	assert_int_equal(plan(f, mode), -ENOENT);
}

/* ---- going back ---------------------------------------------------------------------------- */

static void rollback_brings_everything_back(void **state)
{
	struct fixture *f = *state;
	struct pc_text own = text_of("own.yaml", OWNED), db = text_of("db.yaml", DB);
	struct pc_change mode = {.verb = "mode", .policy = "own", .mode = PC_MODE_AUDIT};
	struct pc_change back = {.verb = "rollback"};

	apply(f, &own, 1, false);
	assert_int_equal(plan(f, mode), 0);
	assert_int_equal(put(f), 2);
	www_uid = 1000;
	apply(f, &db, 1, true);
	assert_int_equal(plan(f, back), 0);
	assert_string_equal(changes(f), "-db +own ");
	assert_int_equal(mode_of(f, "own"), PC_MODE_AUDIT);
	assert_string_equal(input(&f->plan->compiled->revision, PC_INPUT_USER, "www"), "33");
	assert_int_equal(put(f), 4);
	/* Back again: what was active before. */
	assert_int_equal(plan(f, back), 0);
	assert_string_equal(changes(f), "+db -own ");
	back.rollback = 1;
	assert_int_equal(plan(f, back), 0);
	assert_int_equal(mode_of(f, "own"), PC_MODE_ENFORCE);
	back.rollback = 99;
	assert_int_equal(plan(f, back), -ENOENT);
}

static void there_is_nothing_before_the_first(void **state)
{
	struct fixture *f = *state;
	struct pc_change back = {.verb = "rollback"};
	struct pc_text web = text_of("50-web.yaml", WEB);

	assert_int_equal(plan(f, back), -ENOENT);
	apply(f, &web, 1, false);
	assert_int_equal(plan(f, back), -ENOENT);
	assert_non_null(strstr(f->error.message, "no revision to go back to"));
}

/* ---- rows of counters ---------------------------------------------------------------------- */

static uint32_t row_of(struct fixture *f, const char *policy)
{
	const struct pc_compiled *compiled = f->plan->compiled;

	for (uint32_t i = 0; i < compiled->set.count; i++)
		if (!strcmp(compiled->set.policies[i]->name, policy))
			return compiled->counters[i];
	return UINT32_MAX;
}

static void policies_keep_their_rows(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("web.yaml", WEB), db = text_of("db.yaml", DB);
	struct pc_text aa = text_of("aa.yaml", HEAD("aa") FILES("read /srv/aa"));
	uint32_t row;

	apply(f, &web, 1, false);
	row = row_of(f, "web");
	apply(f, &db, 1, false); /* sorts before web */
	assert_int_equal(row_of(f, "web"), row);
	assert_int_not_equal(row_of(f, "db"), row);
	/* A row of the revision before is not given away: going back finds its counts. */
	apply(f, &aa, 1, true);
	assert_int_not_equal(row_of(f, "aa"), row);
}

static void texts_alone_compile_without_a_store(void **state)
{
	struct fixture *f = *state;
	struct pc_text web = text_of("web.yaml", WEB);
	PC_CLEANUP(pc_compiled_freep) struct pc_compiled *compiled = NULL;

	assert_int_equal(pc_compile_texts(&web, 1, &host, &compiled, &f->diags), 0);
	assert_null(compiled->ids);
	assert_int_equal(compiled->set.count, 1);
	assert_true(compiled->image.rule_count > 0);
}

static void damage_is_reported_and_nothing_comes_of_it(void **state)
{
	struct fixture *f = *state;
	struct pc_compiled *compiled = NULL;

	assert_int_equal(pc_compile_revision(f->store, 5, &compiled, &f->diags, &f->error),
			 -ENOENT);
	assert_int_equal(f->error.err, -ENOENT);
	assert_null(compiled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(apply_adds_and_replaces),
		TEST(a_file_name_twice_takes_nothing_away),
		TEST(texts_of_one_change_never_replace_another),
		TEST(an_invalid_text_is_not_hidden_by_one_of_its_name),
		TEST(two_includes_of_one_name_are_refused),
		TEST(apply_complete_drops_the_rest),
		TEST(comments_change_no_policy),
		TEST(includes_count_as_what_they_say),
		TEST(remove_takes_drop_ins_along),
		TEST(the_last_policy_can_be_removed),
		TEST(what_is_not_valid_changes_nothing),
		TEST(a_stale_plan_is_refused),
		TEST(a_stored_revision_compiles_to_the_same),
		TEST(apply_asks_the_host_again_and_others_do_not),
		TEST(mounts_that_a_name_comes_from_are_recorded),
		TEST(a_mode_lasts_until_the_policy_is_applied_again),
		TEST(a_mode_ends_with_its_policy),
		TEST(rollback_brings_everything_back),
		TEST(there_is_nothing_before_the_first),
		TEST(policies_keep_their_rows),
		TEST(texts_alone_compile_without_a_store),
		TEST(damage_is_reported_and_nothing_comes_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
