/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compiled images of random policies decide on moves what the model says, read naively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compile_random.h"

struct move {
	const char *from, *to;
	enum pc_move kind;
};

/* What the rules of a policy say of one name, as far as a move asks. */
struct move_side {
	uint32_t deny, audit, allow;
	bool deny_here, audit_here;	 /* on the name or, of a directory, somewhere below it */
	bool move;			 /* an allow rule says so */
	bool forbidden, forbidden_audit; /* a deny rule says so */
	bool below, covered; /* allow rules: something below; rename, for everything below */
};

static bool below_matches(const struct pc_glob_list *list, const char *path)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (pc_glob_match_below(list->globs[i], path, strlen(path)))
			return true;
	return false;
}

/* Two stars behind a slash are the only way to say all that is below. */
static bool covers_below(const struct pc_rule *rule, const char *path)
{
	struct pc_arena arena = {0};
	bool covers = false;

	for (uint32_t i = 0; i < rule->objects.count; i++) {
		const struct pc_glob *directory = NULL;

		if (pc_glob_directory(&arena, rule->objects.globs[i], &directory) <= 0)
			continue;
		covers |= pc_glob_match(rule->objects.globs[i], path, strlen(path));
		covers |= directory && pc_glob_match(directory, path, strlen(path));
	}
	pc_arena_free(&arena);
	return covers;
}

static void add_side(const struct pc_section *section, const char *path, struct move_side *side)
{
	for (uint32_t i = 0; i < section->count; i++) {
		const struct pc_rule *rule = &section->rules[i];
		bool here = glob_list_matches(&rule->objects, path);
		bool below = below_matches(&rule->objects, path);
		uint32_t ops = here ? rule->ops : 0;

		if (!rule->deny) {
			side->allow |= ops;
			side->below |= below && section->dflt == PC_DEFAULT_DENY;
			side->covered |=
				(rule->ops & PC_BIT(PC_OP_RENAME)) && covers_below(rule, path);
		} else if (rule->mode == PC_MODE_ENFORCE) {
			side->deny |= ops;
			side->deny_here |= here || below;
		} else {
			side->audit |= ops;
			side->audit_here |= here || below;
		}
	}
}

static struct move_side side_of(const struct pc_policy *policy, const char *path)
{
	const uint32_t move = PC_BIT(PC_OP_MOVE);
	struct move_side side = {0};

	for (int s = 0; s < PC_SECTION_COUNT; s++)
		if (policy->sections[s].present)
			add_side(&policy->sections[s], path, &side);
	side.move = side.allow & move;
	side.forbidden = side.deny & move;
	side.forbidden_audit = side.audit & move;
	return side;
}

static uint32_t closed_ops(const struct pc_policy *policy, uint32_t allow)
{
	uint32_t ops = 0;

	for (int s = 0; s < PC_SECTION_COUNT; s++)
		if (policy->sections[s].present && policy->sections[s].dflt == PC_DEFAULT_DENY)
			ops |= pc_ops_of((uint32_t)s);
	return ops & ~allow;
}

static enum pc_decision judge_move(const struct pc_policy *policy, struct move m)
{
	struct move_side from = side_of(policy, m.from), to = side_of(policy, m.to);
	const uint32_t ops = ~PC_BIT(PC_OP_MOVE);
	uint32_t shed = from.deny & ~(to.deny | closed_ops(policy, to.allow)) & ops;
	uint32_t audit_shed =
		from.audit & ~(to.deny | to.audit | closed_ops(policy, to.allow)) & ops;
	bool tree = m.kind == PC_MOVE_TREE, denied, audited;

	denied = from.forbidden || (!from.move && (tree ? from.deny_here : shed != 0));
	audited =
		from.forbidden_audit || (!from.move && (tree ? from.audit_here : audit_shed != 0));
	if (tree && !from.move && (closed_ops(policy, 0) & ~ops) &&
	    ((to.below && !(from.covered && to.covered)) || (from.below && !from.covered)))
		denied = true;
	if (denied)
		return policy->mode == PC_MODE_ENFORCE ? PC_DENIED : PC_AUDITED;
	return audited ? PC_AUDITED : PC_ALLOWED;
}

static void check_move(const struct random_world *r, uint32_t policy, struct move m)
{
	const struct world *w = &r->w;
	struct pc_label label = {.count = 1, .index = {(uint16_t)policy}};
	struct pc_question question = {.op = PC_OP_MOVE, .moves = m.kind};
	enum pc_decision expected = judge_move(w->set.policies[policy], m), said;
	struct pc_verdict got;

	pc_image_class(&w->image, m.from, strlen(m.from), &question.class);
	pc_image_class(&w->image, m.to, strlen(m.to), &question.to);
	got = decide(w, &label, question);
	said = got.denied ? PC_DENIED : got.audited ? PC_AUDITED : PC_ALLOWED;
	if (said != expected) {
		fprintf(stderr, "%s\nmove %d of %s to %s: %d, not %d\n", r->texts[policy],
			(int)m.kind, m.from, m.to, (int)said, (int)expected);
		fail();
	}
}

static uint64_t check_moves(struct case_random *random, const struct random_world *r)
{
	char from[32], to[32];
	uint64_t cases = 0;

	for (int i = 0; i < 24; i++) {
		struct move m = {from, to, i & 1 ? PC_MOVE_NAME : PC_MOVE_TREE};

		random_path(random, from, sizeof(from));
		random_path(random, to, sizeof(to));
		for (uint32_t p = 0; p < r->w.set.count; p++, cases++)
			check_move(r, p, m);
	}
	return cases;
}

static void images_decide_on_moves_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x6d6f766573)};
	struct random_world r;
	uint64_t cases = 0;

	(void)state;
	for (int i = 0; i < 1500; i++) {
		random_policies(&random, &r, i % 16 == 0);
		build(&r.w, r.texts);
		cases += check_moves(&random, &r);
		drop(&r.w);
	}
	printf("# %llu moves under 1500 random sets of policies\n", (unsigned long long)cases);
}

/* The same where the patterns are spread over several automata. */
static void split_images_decide_on_moves_what_the_model_says(void **state)
{
	struct case_random random = {UINT64_C(0x73706c6974)};
	struct random_world r;
	uint32_t split = 0;

	(void)state;
	for (int i = 0; i < 1200; i++) {
		if (build_split(&random, &r)) {
			split += r.w.image.automata.count > 1;
			check_moves(&random, &r);
		}
		drop(&r.w);
	}
	assert_in_range(split, 100, 1200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_decide_on_moves_what_the_model_says),
		cmocka_unit_test(split_images_decide_on_moves_what_the_model_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
