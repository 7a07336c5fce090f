/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random policies, identities and paths: this kernel answers what user space answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../fuzz/glob-cases.h"
#include "decide_world.h"

/* ---- random policies ------------------------------------------------------------------------ */

#define POLICIES_MAX 20u

static const char *const parts[] = {
	"/a",	 "/b",	  "/ab",      "/*",	     "/a*",
	"/?",	 "/[ab]", "/{a,b}",   "/b/{a,bb/a}", "/**/b",
	"/**/a", "/*b",	  "/abcdefg", "/abcdefgh",   "/abcdefghijklmno*"};

static void put_object(struct case_random *random, struct case_text *text)
{
	uint32_t n = 1 + case_below(random, 3);

	if (!case_below(random, 15)) {
		case_put(text, "/");
		return;
	}
	while (n--)
		case_put(text, parts[case_below(random, PC_ARRAY_SIZE(parts))]);
	case_put(text, case_below(random, 4) ? "" : "/**");
}

static void put_rule(struct case_random *random, struct case_text *text, bool exec, bool deny)
{
	static const char *const of_file[] = {"read", "write", "read,write", "modify", "all"};
	static const char *const of_exec[] = {"run", "map", "run,interpret", "run,interpret,map"};
	static const char *const actions[] = {
		"",
		", action: kill",
		", action: 'errno:ENOENT'",
		", mode: audit",
		", mode: audit, action: kill",
	};

	case_put(text, "    - {rule: '");
	case_put(text, exec ? of_exec[case_below(random, 4)] : of_file[case_below(random, 5)]);
	case_put(text, " ");
	put_object(random, text);
	case_put(text, " ");
	put_object(random, text);
	case_put(text, exec && !case_below(random, 4) ? " fileless'" : "'");
	case_put(text, deny ? actions[case_below(random, PC_ARRAY_SIZE(actions))] : "");
	case_put(text, "}\n");
}

static void put_section(struct case_random *random, struct case_text *text, bool exec)
{
	case_put(text, exec ? "exec:\n" : "file:\n");
	case_put(text, case_below(random, 2) ? "  default: deny\n" : "  default: allow\n");
	case_put(text, "  allow:\n");
	put_rule(random, text, exec, false);
	case_put(text, "  deny:\n");
	put_rule(random, text, exec, true);
	if (case_below(random, 2))
		put_rule(random, text, exec, true);
}

static void put_kernel(struct case_random *random, struct case_text *text, bool guarded)
{
	static const char *const ops[] = {"mount", "umount,chroot", "all", "raw-io,pivot-root",
					  "tamper"};

	case_put(text, "kernel:\n  allow: ['");
	case_put(text, ops[case_below(random, 5)]);
	case_put(text, guarded ? "']\n  deny: ['" : "', tamper]\n  deny: ['");
	case_put(text, ops[case_below(random, 5)]);
	case_put(text, case_below(random, 2) ? "']\n  default: deny\n" : "']\n  default: allow\n");
	if (case_below(random, 2))
		case_put(text, "process: {default: deny, allow: ['trace same'],"
			       " deny: ['read-memory any']}\n");
}

static void put_item(struct case_random *random, struct case_text *text)
{
	static const char *const ids[] = {"", ", user: [1, 3-4]", ", group: [2, 6]", ", login: 1-3",
					  ", user: 2, group: 0-3"};
	uint32_t kind = case_below(random, 4);

	if (kind == 3) {
		case_put(text, "  - {user: [0-2, 5]}\n");
		return;
	}
	case_put(text, kind == 1 ? "  - {cgroup: '" : "  - {exe: '");
	put_object(random, text);
	if (kind == 2) {
		case_put(text, "', cgroup: '");
		put_object(random, text);
	}
	case_put(text, "'");
	case_put(text, ids[case_below(random, PC_ARRAY_SIZE(ids))]);
	case_put(text, "}\n");
}

struct texts {
	struct case_text text[POLICIES_MAX][4];
	char whole[POLICIES_MAX][4 * CASE_TEXT_MAX];
	const char *list[POLICIES_MAX + 1];
};

static void put_subject(struct case_random *random, struct case_text *text)
{
	uint32_t items = 1 + case_below(random, 2);

	if (!case_below(random, 3)) {
		case_put(text, "subject: system\n");
		return;
	}
	case_put(text, "subject:\n");
	while (items--)
		put_item(random, text);
}

/* Where the enforcer is guarded, its own names are among the patterns: they dwarf the others. */
static void random_texts(struct case_random *random, struct texts *texts, bool guarded)
{
	uint32_t n = case_below(random, 12) ? 1 + case_below(random, 4) : POLICIES_MAX;
	char head[64];

	memset(texts, 0, sizeof(*texts));
	for (uint32_t i = 0; i < n; i++) {
		struct case_text *text = texts->text[i];

		snprintf(head, sizeof(head), HEAD("p%02u") "mode: %s\n", i,
			 case_below(random, 4) ? "enforce" : "audit");
		case_put(&text[0], head);
		put_subject(random, &text[0]);
		if (case_below(random, 3))
			put_section(random, &text[1], true);
		put_section(random, &text[2], false);
		if (case_below(random, 2) || !guarded)
			put_kernel(random, &text[3], guarded);
		for (int part = 0; part < 4; part++)
			strcat(texts->whole[i], text[part].bytes);
		texts->list[i] = texts->whole[i];
	}
}

/* ---- random questions ----------------------------------------------------------------------- */

/* Components around eight, sixteen and twenty-four bytes among them. */
static void random_path(struct case_random *random, char *out, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char *const usual[] = {"a", "b", "ab", "c", "aab", "bb"};
	uint32_t n = case_below(random, case_below(random, 20) ? 5 : PC_DEPTH_MAX + 1);
	size_t at = 0;

	if (!n)
		at = (size_t)snprintf(out, size, "/");
	while (n--) {
		if (case_below(random, 3))
			at += (size_t)snprintf(out + at, size - at, "/%s",
					       usual[case_below(random, PC_ARRAY_SIZE(usual))]);
		else
			at += (size_t)snprintf(out + at, size - at, "/%.*s",
					       (int)(1 + case_below(random, 26)), letters);
	}
}

static void random_identity(struct case_random *random, struct pc_identity *who)
{
	*who = (struct pc_identity){.loginuid = case_below(random, 6)};
	for (int i = 0; i < 4; i++) {
		who->uid[i] = case_below(random, 8);
		who->gid[i] = case_below(random, 8);
	}
	who->group_count = case_below(random, 4);
	if (!case_below(random, 10))
		who->group_count = PC_GROUPS_MAX - 1 + case_below(random, 3);
	for (uint32_t i = 0; i < who->group_count && i < PC_GROUPS_MAX; i++)
		who->group[i] = 4 + case_below(random, 12);
}

/* ---- both sides ------------------------------------------------------------------------------ */

static void fail_on(const struct texts *texts, const char *what, const char *path)
{
	for (uint32_t i = 0; texts->list[i]; i++)
		fprintf(stderr, "%s\n", texts->list[i]);
	fail_msg("%s differs for %s", what, path);
}

static bool same_label(const struct world *w, const struct pc_label *kernel,
		       const struct pc_label *user)
{
	if (kernel->count != user->count || kernel->overflow != user->overflow ||
	    kernel->ops != user->ops)
		return false;
	for (uint32_t i = 0; i < user->count; i++)
		if (kernel->policy[i] != user->policy[i] || kernel->index[i] != user->index[i] ||
		    kernel->policy[i] != w->ids[kernel->index[i]])
			return false;
	return true;
}

static struct pc_verdict expected_verdict(const struct world *w, const struct pc_label *label,
					  const struct pc_question *question)
{
	struct pc_tables tables = pc_image_tables(&w->image);
	struct pc_verdict v = {0};

	pc_decide(&tables, label, question, &v);
	if (!v.denied && !v.audited)
		return (struct pc_verdict){0};
	v.policy = w->ids[v.policy];
	return v;
}

static uint32_t object_of(uint32_t found)
{
	if (found == NAME_DELETED)
		return PC_OBJECT_DELETED;
	return found == NAME_FILELESS ? PC_OBJECT_FILELESS : PC_OBJECT_NAMED;
}

/* Every operation on an object. found: as a walk says. */
static uint32_t same_verdicts(struct kernel *k, const struct world *w, const struct pc_label *label,
			      struct pc_class class, uint32_t found)
{
	uint32_t bad = 0;

	for (uint32_t op = 0; op < PC_OP_COUNT; op++) {
		struct pc_question question = {
			.op = op,
			.class = class,
			.fileless = object_of(found),
			.same = k->same,
			.reason = found >= NAME_FILELESS ? PC_REASON_RULE : found,
		};
		struct pc_verdict v = expected_verdict(w, label, &question);
		struct decide_args got = kernel_judge(k, class, found, op + 1);

		bad |= (memcmp(&v, &got.v, sizeof(v)) != 0) << op;
		bad |= (got.result != (v.denied || v.audited ? CHECK_REPORT : 0)) << op;
	}
	return bad;
}

static bool same_move(struct kernel *k, const struct world *w, const struct pc_label *label,
		      const struct pc_question *question)
{
	struct pc_verdict v = expected_verdict(w, label, question);
	struct decide_args args = {
		.class = question->class,
		.to = question->to,
		.moves = question->moves,
		.ops = OP(MOVE),
		.repeat = 1,
	};

	run(k->skel->progs.decide_judge, &args);
	return !memcmp(&v, &args.v, sizeof(v)) &&
	       args.result == (v.denied || v.audited ? CHECK_REPORT : 0);
}

static struct pc_class same_class(struct kernel *k, const struct world *w, const struct texts *t,
				  const char *path, bool cgroup)
{
	struct pc_class class = kernel_name(k, path, strlen(path), cgroup).class, expected;

	if (cgroup)
		pc_image_cgroup_class(&w->image, path, strlen(path), &expected);
	else
		pc_image_class(&w->image, path, strlen(path), &expected);
	if (memcmp(class.of, expected.of, w->image.automata.count * sizeof(*class.of)))
		fail_on(t, cgroup ? "the class of the cgroup" : "the class", path);
	return expected;
}

#define PATH_SIZE (PC_DEPTH_MAX * 32)

static uint64_t check_world(struct case_random *random, struct kernel *k, const struct world *w,
			    const struct texts *texts)
{
	static char exe[PATH_SIZE], cgroup[PATH_SIZE], path[PATH_SIZE];
	struct pc_as as = {.exe = exe, .cgroup = cgroup};
	struct pc_label label;
	uint64_t cases = 0;

	random_path(random, exe, sizeof(exe));
	random_path(random, cgroup, sizeof(cgroup));
	random_identity(random, &as.who);
	if (!case_below(random, 8))
		as.exe = NULL;
	same_class(k, w, texts, exe, false);
	same_class(k, w, texts, cgroup, true);
	pc_image_label(&w->image, &as, &label);
	kernel_label_drop(k);
	if (!same_label(w, kernel_label(k, &as), &label))
		fail_on(texts, "the label", exe);
	for (int i = 0; i < 6; i++) {
		struct pc_question move = {.op = PC_OP_MOVE, .moves = PC_MOVE_NAME + (i & 1)};

		random_path(random, path, sizeof(path));
		move.to = same_class(k, w, texts, path, false);
		random_path(random, path, sizeof(path));
		move.class = same_class(k, w, texts, path, false);
		if (!same_move(k, w, &label, &move))
			fail_on(texts, "a verdict on a move", path);
		k->same = case_below(random, 1u << PC_LAYERS_MAX);
		if (same_verdicts(k, w, &label, same_class(k, w, texts, path, false), 0))
			fail_on(texts, "a verdict", path);
		if (same_verdicts(k, w, &label, same_class(k, w, texts, path, false), NAME_DELETED))
			fail_on(texts, "a verdict on what was deleted", path);
		cases += 2 * PC_OP_COUNT + 1;
	}
	if (same_verdicts(k, w, &label, (struct pc_class){.of = {0}}, NAME_FILELESS))
		fail_on(texts, "a verdict", "an object without a name");
	if (same_verdicts(k, w, &label, (struct pc_class){.of = {0}}, PC_REASON_RACE))
		fail_on(texts, "a verdict", "a name that cannot be had");
	return cases + 2 * PC_OP_COUNT;
}

static void the_kernel_answers_as_user_space_does(void **state)
{
	struct case_random random = {UINT64_C(0x706f7274)};
	struct kernel *k = kernel_or_skip(state);
	static struct texts texts;
	uint64_t cases = 0;
	struct world w;

	for (int i = 0; i < 100; i++) {
		random_texts(&random, &texts, true);
		assert_int_equal(world_build(&w, texts.list, NULL), 0);
		kernel_load(k, &w);
		for (int task = 0; task < 10; task++)
			cases += check_world(&random, k, &w, &texts);
		world_free(&w);
	}
	printf("# %llu decisions on 100 random images\n", (unsigned long long)cases);
}

/* The same with the patterns spread over two to four automata. */
static void so_it_does_with_several_automata(void **state)
{
	struct case_random random = {UINT64_C(0x63756c6c6973)};
	uint32_t images[PC_AUTOMATA + 1] = {0};
	struct kernel *k = kernel_or_skip(state);
	static struct texts texts;
	uint64_t cases = 0;
	struct world w;

	for (int i = 0; i < 250; i++) {
		struct pc_dfa_limits limits = {.cells = 600 + case_below(&random, 300)};

		random_texts(&random, &texts, false);
		if (!world_build(&w, texts.list, &limits) && w.image.automata.count > 1) {
			images[w.image.automata.count]++;
			kernel_load(k, &w);
			cases += check_world(&random, k, &w, &texts);
		}
		world_free(&w);
	}
	printf("# %llu decisions on images of 2, 3 and 4 automata: %u, %u and %u\n",
	       (unsigned long long)cases, images[2], images[3], images[4]);
	for (int n = 2; n <= PC_AUTOMATA; n++)
		assert_in_range(images[n], 5, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_answers_as_user_space_does),
		cmocka_unit_test(so_it_does_with_several_automata),
	};

	return cmocka_run_group_tests(tests, kernel_setup, kernel_teardown);
}
