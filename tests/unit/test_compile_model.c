/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiled images of random policies decide what the model says, read naively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile_random.h"

/* ---- the reference: the model, read naively ------------------------------------------------- */

struct object {
	const char *path; /* NULL: fileless */
	bool same;	  /* a task with the same layers */
};

/* The cgroup or one above it. */
static bool cgroup_list_matches(const struct pc_glob_list *list, const char *path)
{
	if (glob_list_matches(list, "/") || glob_list_matches(list, path))
		return true;
	for (size_t n = strlen(path) - 1; n > 0; n--)
		for (uint32_t i = 0; i < list->count && path[n] == '/'; i++)
			if (pc_glob_match(list->globs[i], path, n))
				return true;
	return false;
}

static bool in_set(const struct pc_id_set *set, uint32_t id)
{
	for (uint32_t i = 0; i < set->count; i++)
		if (id >= set->ranges[i].first && id <= set->ranges[i].last)
			return true;
	return false;
}

static bool in_set_any(const struct pc_id_set *set, const uint32_t *ids, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (in_set(set, ids[i]))
			return true;
	return false;
}

static bool item_matches(const struct pc_subject_item *item, const struct pc_as *as)
{
	const struct pc_identity *who = &as->who;

	return (!item->exe.count || glob_list_matches(&item->exe, as->exe)) &&
	       (!item->cgroup.count || cgroup_list_matches(&item->cgroup, as->cgroup)) &&
	       (!item->user.count || in_set_any(&item->user, who->uid, 4)) &&
	       (!item->group.count || in_set_any(&item->group, who->gid, 4) ||
		in_set_any(&item->group, who->group, who->group_count)) &&
	       (!item->login.count || in_set(&item->login, who->loginuid));
}

static bool policy_applies(const struct pc_policy *policy, const struct pc_as *as)
{
	for (uint32_t i = 0; i < policy->subject_count; i++)
		if (item_matches(&policy->subjects[i], as))
			return true;
	return false;
}

struct reference {
	bool denied, audited, kill;
	const struct pc_rule *rule; /* that speaks; NULL: the default */
	uint32_t err;
};

static bool rule_matches(const struct pc_rule *rule, enum pc_op op, struct object object)
{
	if (!(rule->ops & PC_BIT(op)))
		return false;
	if (PC_BIT(op) & PC_OPS_PLAIN)
		return rule->plain || (rule->same && object.same);
	return object.path ? glob_list_matches(&rule->objects, object.path) : rule->fileless;
}

static bool speaks_before(const struct pc_rule *a, const struct pc_rule *b)
{
	if (!b || a->implied != b->implied)
		return !b || b->implied;
	if (a->kill != b->kill)
		return a->kill;
	return a->loc.line < b->loc.line;
}

static struct reference judge_layer(const struct pc_policy *policy, enum pc_op op,
				    struct object object)
{
	const struct pc_section *section = &policy->sections[pc_section_of(op)];
	const struct pc_rule *enforced = NULL, *audited = NULL;
	struct reference r = {.denied = false};
	bool allowed = false;

	if (!section->present)
		return r;
	for (uint32_t i = 0; i < section->count + section->implied_count; i++) {
		const struct pc_rule *rule = &section->rules[i];

		if (!rule_matches(rule, op, object))
			continue;
		if (!rule->deny)
			allowed = true;
		else if (rule->mode == PC_MODE_ENFORCE)
			enforced = speaks_before(rule, enforced) ? rule : enforced;
		else
			audited = speaks_before(rule, audited) ? rule : audited;
	}
	r.denied = enforced || (!allowed && section->dflt == PC_DEFAULT_DENY);
	r.audited = !r.denied && audited;
	r.rule = r.denied ? enforced : audited;
	r.err = PC_BIT(op) & PC_OPS_PLAIN ? EPERM : EACCES;
	if (r.rule && r.rule->err)
		r.err = (uint32_t)r.rule->err;
	if (policy->mode == PC_MODE_AUDIT && r.denied) {
		r.denied = false;
		r.audited = true;
	}
	r.kill = r.denied && r.rule && r.rule->kill;
	return r;
}

/*
 * Among several automata the answers of one of them speak, so there the rule that speaks is one
 * that matches, but need not be the first.
 */
static bool same_answer(const struct world *w, const struct pc_verdict *got,
			const struct reference *expected)
{
	if (got->denied != expected->denied || got->audited != expected->audited)
		return false;
	if ((!got->denied && !got->audited) || w->image.automata.count > 1)
		return true;
	return w->image.rules[got->rule].rule == expected->rule && got->err == expected->err &&
	       got->kill == expected->kill;
}

static void check_layer(const struct random_world *r, uint32_t policy, enum pc_op op,
			struct object object)
{
	const struct world *w = &r->w;
	struct pc_label label = {.count = 1, .index = {(uint16_t)policy}};
	struct pc_question question = {.op = op, .fileless = !object.path, .same = object.same};
	struct reference expected = judge_layer(w->set.policies[policy], op, object);
	struct pc_verdict got;

	if (object.path)
		pc_image_class(&w->image, object.path, strlen(object.path), &question.class);
	got = decide(w, &label, question);
	if (!same_answer(w, &got, &expected)) {
		fprintf(stderr, "%s\nop %d on %s: denied %u for %u, rule %u, err %u for %u\n",
			r->texts[policy], (int)op, object.path ? object.path : "fileless",
			got.denied, expected.denied, got.rule, got.err, expected.err);
		fail();
	}
}

static void check_label(const struct random_world *r, const struct pc_as *as)
{
	const struct world *w = &r->w;
	struct pc_label label;
	uint32_t count = 0;

	pc_image_label(&w->image, as, &label);
	for (uint32_t p = 0; p < w->set.count; p++) {
		bool applies = policy_applies(w->set.policies[p], as), has = false;

		for (uint32_t i = 0; i < label.count; i++)
			has |= label.index[i] == p && label.policy[i] == p + 1;
		if (has != applies) {
			fprintf(stderr, "%s\nas %s in %s: %d for %d\n", r->texts[p], as->exe,
				as->cgroup, has, applies);
			fail();
		}
		count += applies;
	}
	assert_int_equal(label.count, count);
}

static void check_random_label(struct case_random *random, const struct random_world *r)
{
	char exe[32], cgroup[32];
	struct pc_as as = {.exe = exe, .cgroup = cgroup};

	random_path(random, exe, sizeof(exe));
	random_path(random, cgroup, sizeof(cgroup));
	for (int i = 0; i < 4; i++) {
		as.who.uid[i] = case_below(random, 8);
		as.who.gid[i] = case_below(random, 8);
	}
	as.who.loginuid = case_below(random, 6);
	as.who.group_count = case_below(random, 3);
	for (uint32_t i = 0; i < as.who.group_count; i++)
		as.who.group[i] = case_below(random, 12);
	check_label(r, &as);
}

static uint64_t check_world(struct case_random *random, const struct random_world *r)
{
	uint64_t cases = 0;
	char path[32];

	for (int i = 0; i < 12; i++) {
		random_path(random, path, sizeof(path));
		for (uint32_t p = 0; p < r->w.set.count; p++)
			for (int op = 0; op < PC_OP_COUNT; op++, cases++)
				check_layer(r, p, (enum pc_op)op, (struct object){.path = path});
		check_random_label(random, r);
	}
	for (uint32_t p = 0; p < r->w.set.count; p++)
		for (int op = 0; op < PC_OP_COUNT; op++, cases++)
			check_layer(r, p, (enum pc_op)op, (struct object){.same = true});
	return cases;
}

static void same_image(const struct pc_image *a, const struct pc_image *b)
{
	assert_int_equal(a->table_words, b->table_words);
	assert_memory_equal(a->tables, b->tables, a->table_words * sizeof(*a->tables));
	assert_int_equal(a->automata.count, b->automata.count);
	for (uint32_t i = 0; i < a->automata.count; i++) {
		const struct pc_dfa_automaton *x = &a->automata.automata[i],
					      *y = &b->automata.automata[i];

		assert_int_equal(x->cell_count, y->cell_count);
		assert_memory_equal(x->cells, y->cells, x->cell_count * sizeof(*x->cells));
	}
}

static void images_decide_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x706f727463756c6c)};
	struct random_world r;
	struct world again;
	uint64_t cases = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		random_policies(&random, &r, i % 16 == 0);
		build(&r.w, r.texts);
		cases += check_world(&random, &r);
		build(&again, r.texts);
		same_image(&r.w.image, &again.image);
		drop(&again);
		drop(&r.w);
	}
	printf("# %llu decisions of 1500 random sets of policies\n", (unsigned long long)cases);
}

/* The same where the patterns are spread over several automata. */
static void split_images_decide_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x6175746f6d617461)};
	uint32_t split = 0, fitting = 0;
	struct random_world r;

	(void)state;
	for (int i = 0; i < 1200; i++) {
		if (build_split(&random, &r)) {
			fitting++;
			split += r.w.image.automata.count > 1;
			check_world(&random, &r);
		}
		drop(&r.w);
	}
	printf("# %u sets of policies, %u of them split\n", fitting, split);
	assert_in_range(split, 100, 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_decide_what_the_model_says),
		cmocka_unit_test(split_images_decide_what_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
