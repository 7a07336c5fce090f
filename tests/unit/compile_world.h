/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For tests of the compiler: policies from texts, compiled and asked. After <cmocka.h>. */
#ifndef PC_TEST_COMPILE_WORLD_H
#define PC_TEST_COMPILE_WORLD_H

#include "compile-internal.h"
#include "golden_dump.h"

#define HEAD(name) "portcullis: 1\npolicy: " name "\n"
#define SYSTEM(name) HEAD(name) "subject: system\n"
#define TEXTS_MAX 20

struct world {
	struct pc_policy_set set;
	struct pc_diags diags;
	struct pc_image image;
};

static inline int compile_world(struct world *w, const struct pc_dfa_limits *limits)
{
	struct pc_compile_input input = {.set = &w->set};

	return pc_compile_within(&input, limits, &w->image, &w->diags);
}

static inline void parse_texts(struct world *w, const char *const *texts)
{
	static const char *const names[TEXTS_MAX] = {
		"a.yaml", "b.yaml", "c.yaml", "d.yaml", "e.yaml", "f.yaml", "g.yaml",
		"h.yaml", "i.yaml", "j.yaml", "k.yaml", "l.yaml", "m.yaml", "n.yaml",
		"o.yaml", "p.yaml", "q.yaml", "r.yaml", "s.yaml", "t.yaml",
	};
	struct pc_text items[TEXTS_MAX];
	uint32_t n = 0;

	*w = (struct world){.set = {.count = 0}};
	for (; texts[n]; n++)
		items[n] = (struct pc_text){names[n], names[n], texts[n], strlen(texts[n])};
	if (pc_parse(items, n, &fake_host, &w->set, &w->diags)) {
		pc_diags_print(&w->diags, stderr, false, PC_NOTE);
		fail_msg("the policies do not parse");
	}
}

static inline void build(struct world *w, const char *const *texts)
{
	parse_texts(w, texts);
	if (compile_world(w, NULL)) {
		pc_diags_print(&w->diags, stderr, false, PC_NOTE);
		fail_msg("the policies do not compile");
	}
}

#define BUILD(w, ...) build((w), (const char *const[]){__VA_ARGS__, NULL})

static inline void drop(struct world *w)
{
	pc_image_free(&w->image);
	pc_policy_set_free(&w->set);
	pc_diags_free(&w->diags);
}

static inline struct pc_label label_as(const struct world *w, struct pc_as as)
{
	struct pc_label label;

	pc_image_label(&w->image, &as, &label);
	return label;
}

/* Nobody of note: no exe, no cgroup, ids that no policy here names. */
static inline struct pc_as nobody(void)
{
	return (struct pc_as){.who = {.uid = {9, 9, 9, 9}, .gid = {9, 9, 9, 9}, .loginuid = 9}};
}

static inline struct pc_verdict decide(const struct world *w, const struct pc_label *label,
				       struct pc_question question)
{
	struct pc_tables tables = pc_image_tables(&w->image);
	struct pc_verdict verdict = {0};

	pc_decide(&tables, label, &question, &verdict);
	return verdict;
}

static inline struct pc_verdict ask(const struct world *w, enum pc_op op, const char *path)
{
	struct pc_question question = {.op = op};
	struct pc_label label = label_as(w, nobody());

	pc_image_class(&w->image, path, strlen(path), &question.class);
	return decide(w, &label, question);
}

static inline struct pc_verdict ask_fileless(const struct world *w, enum pc_op op)
{
	struct pc_label label = label_as(w, nobody());

	return decide(w, &label, (struct pc_question){.op = op, .fileless = 1});
}

static inline struct pc_verdict ask_unnameable(const struct world *w, enum pc_op op)
{
	struct pc_label label = label_as(w, nobody());

	return decide(w, &label, (struct pc_question){.op = op, .reason = PC_REASON_DEPTH});
}

static inline bool denies(const struct world *w, enum pc_op op, const char *path)
{
	return ask(w, op, path).denied;
}

static inline const struct pc_image_rule *speaker(const struct world *w, const struct pc_verdict *v)
{
	assert_in_range(v->rule, 0, w->image.rule_count - 1);
	return &w->image.rules[v->rule];
}

/* A section that confines something. */
#define BODY "file:\n  deny:\n    - read /x\n"

#endif
