/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the kernel side decides, run in this kernel: known verdicts, and what they cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide_world.h"

static void setup(struct kernel *k, struct world *w, const char *const *texts)
{
	static const struct pc_as nobody = {.who = {.loginuid = 9}};

	if (world_build(w, texts, NULL)) {
		pc_diags_print(&w->diags, stderr, false, PC_NOTE);
		fail_msg("the policies do not compile");
	}
	kernel_load(k, w);
	kernel_label_drop(k);
	kernel_label(k, &nobody);
}

#define SETUP(k, w, ...) setup((k), (w), (const char *const[]){__VA_ARGS__, NULL})

static struct decide_args ask(struct kernel *k, enum pc_op op, const char *path)
{
	struct pc_class class = kernel_name(k, path, strlen(path), false).class;

	return kernel_judge(k, class, PC_REASON_RULE, op + 1);
}

static bool denies(struct kernel *k, enum pc_op op, const char *path)
{
	struct decide_args args = ask(k, op, path);

	assert_int_equal(args.result, args.v.denied || args.v.audited ? CHECK_REPORT : 0);
	return args.v.denied;
}

static void deny_wins_over_allow_and_allow_over_the_default(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct world w;

	SETUP(k, &w,
	      SYSTEM("p") "file:\n  default: deny\n  allow:\n    - read /a/**\n"
			  "    - read /\n  deny:\n    - read /a/b /a/b/**\n");
	assert_false(denies(k, PC_OP_READ, "/a/c"));
	assert_true(denies(k, PC_OP_WRITE, "/a/c"));
	assert_true(denies(k, PC_OP_READ, "/a/b"));
	assert_true(denies(k, PC_OP_READ, "/a/b/c/d"));
	assert_true(denies(k, PC_OP_READ, "/ab"));
	assert_false(denies(k, PC_OP_READ, "/"));
	assert_false(denies(k, PC_OP_RUN, "/a/b")); /* no section speaks of it */
	assert_int_equal(ask(k, PC_OP_READ, "/a/b").v.reason, PC_REASON_RULE);
	assert_int_equal(ask(k, PC_OP_READ, "/ab").v.reason, PC_REASON_DEFAULT);
	assert_int_equal(ask(k, PC_OP_READ, "/ab").v.err, EACCES);
	world_free(&w);
}

static void a_name_no_rule_matches_has_the_empty_class(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct world w;

	SETUP(k, &w, SYSTEM("p") "file:\n  deny:\n    - read /x/y\n");
	assert_int_equal(kernel_name(k, "/y", 2, false).class.of[0], 0);
	assert_int_equal(kernel_name(k, "/x/yz", 5, false).class.of[0], 0);
	assert_int_equal(kernel_name(k, "/", 1, false).class.of[0], 0);
	assert_int_not_equal(kernel_name(k, "/x/y", 4, false).class.of[0], 0);
	assert_int_not_equal(kernel_name(k, "/x", 2, false).class.of[0], 0); /* above a rule */
	assert_false(denies(k, PC_OP_READ, "/x"));
	assert_true(denies(k, PC_OP_READ, "/x/y"));
	world_free(&w);
}

static void audit_modes_report_and_do_not_deny(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct decide_args args;
	struct world w;

	SETUP(k, &w, SYSTEM("p0") "mode: audit\nfile:\n  deny:\n    - read /a\n",
	      SYSTEM("p1") "file:\n  deny:\n    - {rule: 'read /b', mode: audit}\n"
			   "    - write /b\n");
	args = ask(k, PC_OP_READ, "/a");
	assert_int_equal(args.v.denied, 0);
	assert_int_equal(args.v.audited, 1);
	assert_int_equal(args.v.policy, w.ids[0]);
	args = ask(k, PC_OP_READ, "/b");
	assert_int_equal(args.v.denied, 0);
	assert_int_equal(args.v.audited, 2);
	assert_int_equal(args.v.policy, w.ids[1]);
	assert_true(denies(k, PC_OP_WRITE, "/b"));
	world_free(&w);
}

static void kill_and_errno_come_with_the_verdict(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct decide_args args;
	struct world w;

	SETUP(k, &w,
	      SYSTEM("p0") "file:\n  deny:\n    - {rule: 'read /a', action: 'errno:ENOENT'}\n",
	      SYSTEM("p1") "file:\n  deny:\n    - {rule: 'read /a /b', action: kill}\n",
	      SYSTEM("p2") "mode: audit\nfile:\n  deny:\n    - {rule: 'read /c', action: kill}\n");
	args = ask(k, PC_OP_READ, "/a"); /* kill speaks before a policy that comes first */
	assert_int_equal(args.v.denied, 3);
	assert_int_equal(args.v.kill, 1);
	assert_int_equal(args.v.policy, w.ids[1]);
	assert_int_equal(args.v.err, EACCES);
	args = ask(k, PC_OP_READ, "/c");
	assert_int_equal(args.v.audited, 4);
	assert_int_equal(args.v.kill, 0);
	world_free(&w);
	SETUP(k, &w,
	      SYSTEM("p") "file:\n  deny:\n    - {rule: 'read /a', action: 'errno:ENOENT'}\n");
	assert_int_equal(ask(k, PC_OP_READ, "/a").v.err, ENOENT);
	world_free(&w);
}

static void objects_without_a_name_are_judged_by_their_own_rules(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct pc_class none = {.of = {0}};
	struct decide_args args;
	struct world w;

	SETUP(k, &w,
	      SYSTEM("p") "exec:\n  default: deny\n  allow:\n    - run fileless\n"
			  "file:\n  deny:\n    - read /a\n");
	assert_int_equal(kernel_judge(k, none, NAME_FILELESS, OP(RUN)).result, 0);
	assert_int_equal(kernel_judge(k, none, NAME_FILELESS, OP(MAP)).result, CHECK_REPORT);
	args = kernel_judge(k, none, PC_REASON_DEPTH, OP(RUN));
	assert_int_equal(args.result, CHECK_REPORT);
	assert_int_equal(args.v.denied, 1);
	assert_int_equal(args.v.reason, PC_REASON_DEPTH);
	world_free(&w);
}

static void operations_without_an_object_need_no_name(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct pc_class none = {.of = {0}};
	struct decide_args args;
	struct world w;

	SETUP(k, &w,
	      SYSTEM("p") "file:\n  default: allow\n"
			  "kernel:\n  default: deny\n  allow: [mount]\n"
			  "  deny:\n    - {rule: chroot, action: kill}\n");
	assert_int_equal(kernel_judge(k, none, PC_REASON_RULE, OP(MOUNT)).result, 0);
	assert_int_equal(kernel_judge(k, none, PC_REASON_RACE, OP(MOUNT)).result, 0);
	args = kernel_judge(k, none, PC_REASON_RULE, OP(UMOUNT));
	assert_int_equal(args.result, CHECK_REPORT);
	assert_int_equal(args.v.reason, PC_REASON_DEFAULT);
	assert_int_equal(args.v.err, EPERM);
	args = kernel_judge(k, none, PC_REASON_RULE, OP(CHROOT));
	assert_int_equal(args.v.reason, PC_REASON_RULE);
	assert_int_equal(args.v.kill, 1);
	/* With an operation that has an object, each is asked in its own way. */
	args = kernel_judge(k, none, NAME_FILELESS, OPS(OP(UMOUNT), OP(READ)));
	assert_int_equal(args.op, PC_OP_UMOUNT);
	assert_int_equal(args.v.denied, 1);
	world_free(&w);
}

/* Texts of n policies for everybody; each denies one file of its own, and all deny /all. */
static void many_policies(char texts[][160], const char **list, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		snprintf(texts[i], sizeof(texts[i]),
			 SYSTEM("p%02u") "file:\n  deny:\n    - read /only/%u\n    - write /all\n",
			 i % 100, i);
		list[i] = texts[i];
	}
	list[n] = NULL;
}

static void sixteen_layers_all_decide(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	const char *list[PC_LAYERS_MAX + 1];
	char texts[PC_LAYERS_MAX][160], path[32];
	struct decide_args args;
	struct world w;

	many_policies(texts, list, PC_LAYERS_MAX);
	setup(k, &w, list);
	assert_int_equal(k->scratch->transient.label.count, PC_LAYERS_MAX);
	assert_int_equal(k->scratch->transient.label.overflow, 0);
	for (uint32_t i = 0; i < PC_LAYERS_MAX; i++) {
		snprintf(path, sizeof(path), "/only/%u", i);
		args = ask(k, PC_OP_READ, path);
		assert_int_equal(args.v.denied, 1u << i);
		assert_int_equal(args.v.policy, w.ids[i]);
	}
	args = ask(k, PC_OP_WRITE, "/all");
	assert_int_equal(args.v.denied, 0xffff);
	assert_int_equal(args.v.policy, w.ids[0]);
	assert_false(denies(k, PC_OP_READ, "/all"));
	world_free(&w);
}

static void a_seventeenth_layer_closes_everything(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	const char *list[PC_LAYERS_MAX + 2];
	char texts[PC_LAYERS_MAX + 1][160];
	struct decide_args args;
	struct world w;

	many_policies(texts, list, PC_LAYERS_MAX + 1);
	setup(k, &w, list);
	assert_int_equal(k->scratch->transient.label.count, PC_LAYERS_MAX);
	assert_int_equal(k->scratch->transient.label.overflow, 1);
	args = ask(k, PC_OP_READ, "/other");
	assert_int_equal(args.v.denied, 1);
	assert_int_equal(args.v.reason, PC_REASON_OVERFLOW);
	assert_int_equal(args.v.err, EACCES);
	assert_int_equal(ask(k, PC_OP_READ, "/only/3").v.reason, PC_REASON_RULE);
	assert_false(denies(k, PC_OP_RUN, "/other")); /* which no policy speaks of */
	world_free(&w);
}

static void several_operations_are_decided_together(void **state)
{
	uint32_t ops = OP(READ) << 8 | OP(WRITE);
	struct kernel *k = kernel_or_skip(state);
	struct decide_args args = {.repeat = 1, .any = 1, .ops = ops};
	struct world w;

	SETUP(k, &w, SYSTEM("p") "file:\n  deny:\n    - read /r /rw\n    - write /w /rw\n");
	args.class = kernel_name(k, "/r", 2, false).class;
	assert_int_equal(kernel_judge(k, args.class, PC_REASON_RULE, ops).op, PC_OP_READ);
	run(k->skel->progs.decide_judge, &args); /* any: write suffices */
	assert_int_equal(args.result, CHECK_ENOUGH);
	assert_int_equal(args.v.denied, 0);
	args.class = kernel_name(k, "/w", 2, false).class;
	assert_int_equal(kernel_judge(k, args.class, PC_REASON_RULE, ops).op, PC_OP_WRITE);
	run(k->skel->progs.decide_judge, &args);
	assert_int_equal(args.result, 0);
	args.class = kernel_name(k, "/rw", 3, false).class;
	run(k->skel->progs.decide_judge, &args);
	assert_int_equal(args.result, CHECK_REPORT);
	assert_int_equal(args.op, PC_OP_READ);
	world_free(&w);
}

static uint64_t counted(struct kernel *k, uint32_t row, enum pc_op op, enum pc_decision decision)
{
	int cpus = libbpf_num_possible_cpus();
	struct pc_counter_row *rows = calloc((size_t)cpus, sizeof(*rows));
	uint64_t sum = 0;

	assert_non_null(rows);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.pc_counters), &row, rows),
			 0);
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += rows[cpu].of[op][decision];
	free(rows);
	return sum;
}

static void every_layer_that_speaks_counts(void **state)
{
	static const enum pc_decision said[] = {PC_DENIED, PC_AUDITED, PC_ALLOWED};
	struct kernel *k = kernel_or_skip(state);
	uint64_t before[3], of_silent = 0;
	struct world w;

	SETUP(k, &w, SYSTEM("p0") "file:\n  deny:\n    - lock /a\n",
	      SYSTEM("p1") "mode: audit\nfile:\n  deny:\n    - lock /a\n",
	      SYSTEM("p2") "file:\n  deny:\n    - read /b\n",
	      SYSTEM("p3") "exec:\n  deny:\n    - run /b\n");
	for (uint32_t i = 0; i < 3; i++)
		before[i] = counted(k, i, PC_OP_LOCK, said[i]);
	for (int i = 0; i < 5; i++)
		assert_true(denies(k, PC_OP_LOCK, "/a"));
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(counted(k, i, PC_OP_LOCK, said[i]) - before[i], 5);
	for (int decision = 0; decision < PC_DECISIONS; decision++)
		of_silent += counted(k, 3, PC_OP_LOCK, (enum pc_decision)decision);
	assert_int_equal(of_silent, 0);
	world_free(&w);
}

static void a_change_of_image_is_noticed(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct pc_class none = {.of = {0}};
	struct pc_slot *slot;
	struct world w;

	SETUP(k, &w, SYSTEM("p") "file:\n  deny:\n    - read /a\n");
	slot = &k->control->slots[kernel_pin(k).slot];
	assert_int_equal(kernel_judge(k, none, 0, OP(READ)).result, 0);
	slot->generation++;
	assert_int_equal(kernel_judge(k, none, 0, OP(READ)).result, CHECK_AGAIN);
	slot->generation = 0;
	assert_int_equal(kernel_judge(k, none, 0, OP(READ)).result, CHECK_AGAIN);
	assert_int_equal(kernel_pin(k).same, 0); /* being filled */
	slot->generation = k->generations;
	assert_int_equal(kernel_pin(k).same, 1);
	world_free(&w);
}

static void an_image_that_cannot_be_read_denies(void **state)
{
	struct kernel *k = kernel_or_skip(state);
	struct pc_class none = {.of = {0}};
	struct decide_args args;
	struct world w;
	uint32_t key;

	SETUP(k, &w, SYSTEM("p") "file:\n  deny:\n    - read /a\n");
	key = kernel_pin(k).slot * PC_PARTS;
	bpf_map_delete_elem(bpf_map__fd(k->skel->maps.pc_small), &key);
	args = kernel_judge(k, none, PC_REASON_RULE, OP(READ));
	assert_int_equal(args.v.denied, 1);
	assert_int_equal(args.v.reason, PC_REASON_IMAGE);
	assert_int_equal(args.v.err, EACCES);
	components_put(k, "/a", 2);
	args = (struct decide_args){.dev = DEV, .repeat = 1};
	run(k->skel->progs.decide_name, &args);
	assert_int_equal(args.result, 0);
	key += PC_PART_AUTOMATON;
	bpf_map_delete_elem(bpf_map__fd(k->skel->maps.pc_small), &key);
	run(k->skel->progs.decide_name, &args);
	assert_int_equal(args.result, -EIO);
	world_free(&w);
}

static double per_judgement(struct kernel *k, const char *path)
{
	struct decide_args args = {.ops = OP(READ), .repeat = 200000};

	args.class = kernel_name(k, path, strlen(path), false).class;
	run(k->skel->progs.decide_judge, &args);
	return (double)args.ns / args.repeat;
}

static double per_name(struct kernel *k, const char *path)
{
	struct decide_args args = {.dev = DEV, .repeat = 200000};

	components_put(k, path, strlen(path));
	run(k->skel->progs.decide_name, &args);
	return (double)args.ns / args.repeat;
}

/* No limit is asserted: the machine is shared. */
static void what_a_decision_costs(void **state)
{
	static const char *const names[] = {"/a", "/usr/bin/env",
					    "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"};
	struct kernel *k = kernel_or_skip(state);
	const char *list[PC_LAYERS_MAX + 1];
	char texts[PC_LAYERS_MAX][160];
	struct world w;

	for (uint32_t layers = 1; layers <= PC_LAYERS_MAX; layers *= 4) {
		many_policies(texts, list, layers);
		setup(k, &w, list);
		printf("# %2u layers: %.0f ns to allow, %.0f ns where the first denies\n", layers,
		       per_judgement(k, "/free"), per_judgement(k, "/only/0"));
		if (layers == 1)
			for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
				printf("# a name of %zu bytes: %.0f ns without a cache\n",
				       strlen(names[i]), per_name(k, names[i]));
		world_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deny_wins_over_allow_and_allow_over_the_default),
		cmocka_unit_test(a_name_no_rule_matches_has_the_empty_class),
		cmocka_unit_test(audit_modes_report_and_do_not_deny),
		cmocka_unit_test(kill_and_errno_come_with_the_verdict),
		cmocka_unit_test(objects_without_a_name_are_judged_by_their_own_rules),
		cmocka_unit_test(operations_without_an_object_need_no_name),
		cmocka_unit_test(sixteen_layers_all_decide),
		cmocka_unit_test(a_seventeenth_layer_closes_everything),
		cmocka_unit_test(several_operations_are_decided_together),
		cmocka_unit_test(every_layer_that_speaks_counts),
		cmocka_unit_test(a_change_of_image_is_noticed),
		cmocka_unit_test(an_image_that_cannot_be_read_denies),
		cmocka_unit_test(what_a_decision_costs),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
