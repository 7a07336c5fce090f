/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* check: the kernel's decision code on a compiled policy, with the rules that matched. */
#include <inttypes.h>
#include <string.h>

#include "as.h"
#include "commands.h"
#include "escape.h"
#include "event.h"
#include "layer.h"
#include "source.h"
#include "table.h"
#include "text.h"

struct check {
	struct pc_compiled *compiled;
	struct ctl_as as;
	bool anybody; /* the subject of every policy */
	struct ctl_question question;
	char path[PATH_MAX];
	struct pc_label label;
	struct pc_verdict verdict;
};

static void check_free(struct check **check)
{
	if (*check)
		pc_compiled_freep(&(*check)->compiled);
	free(*check);
}

/* ---- what is asked -----------------------------------------------------------------------------
 */

static int unknown_word(const struct ctl *ctl, const char *section, const char *operation)
{
	PC_CLEANUP(pc_arena_free) struct pc_arena arena = {0};
	const char *known = "";

	for (uint32_t op = 0; operation && op < PC_OP_COUNT; op++)
		if (!strcmp(pc_op_section(op), section))
			known = pc_arena_printf(&arena, "%s %s", known ? known : "",
						pc_op_name(op));
	if (known && *known)
		return ctl_usage(ctl, "\"%s\" is no operation of %s; there are%s", operation,
				 section, known);
	known = "";
	for (uint32_t id = 0; id < PC_SECTION_COUNT; id++)
		known = pc_arena_printf(&arena, "%s%s %s", known ? known : "", id ? "," : "",
					pc_section_name(id));
	return ctl_usage(ctl, "\"%s\" is no section of this version; there are%s", section,
			 known ? known : "");
}

static int find_section(const char *name, uint32_t *ret_section)
{
	for (uint32_t id = 0; id < PC_SECTION_COUNT; id++)
		if (!strcmp(pc_section_name(id), name)) {
			*ret_section = id;
			return 0;
		}
	return -1;
}

/* Operations on a name, which may be a link, rather than on what it leads to. */
static bool follows(uint32_t op)
{
	return op != PC_OP_CREATE && op != PC_OP_DELETE && op != PC_OP_RENAME && op != PC_OP_LINK &&
	       op != PC_OP_MOVE;
}

static int take_object(const struct ctl *ctl, const char *object, struct check *check)
{
	if (check->question.section == PC_SECTION_PROCESS) {
		check->question.same = object && !strcmp(object, "same");
		if (check->question.same || (object && !strcmp(object, "any")))
			return PC_EXIT_OK;
		return ctl_usage(ctl, "OBJECT is a task: \"same\" or \"any\"");
	}
	if (check->question.section == PC_SECTION_KERNEL)
		return object ? ctl_usage(ctl, "operations of %s have no OBJECT yet",
					  pc_section_name(check->question.section))
			      : PC_EXIT_OK;
	if (!object)
		return ctl_usage(ctl, "check needs an OBJECT: an absolute path or \"fileless\"");
	if (!strcmp(object, "fileless"))
		return PC_EXIT_OK;
	if (*object != '/' || strlen(object) >= sizeof(check->path))
		return ctl_usage(ctl, "OBJECT is an absolute path or \"fileless\", not \"%s\"",
				 object);
	if (ctl_flag(ctl, "literal"))
		strcpy(check->path, object);
	else if (!ctl_canonical(object, follows(check->question.op), check->path))
		return ctl_usage(ctl, "\"%s\" leads to a path that is too long", object);
	if (strcmp(object, check->path) != 0)
		ctl_note(ctl, "%s is %s here", object, check->path);
	check->question.path = check->path;
	check->question.n = strlen(check->path);
	return PC_EXIT_OK;
}

static int take_question(const struct ctl *ctl, struct check *check)
{
	const char *section = ctl->operands[0], *operation = ctl->operands[1];
	int op;

	if (find_section(section, &check->question.section))
		return unknown_word(ctl, section, NULL);
	op = pc_op_find(section, operation);
	if (op < 0)
		return unknown_word(ctl, section, operation);
	check->question.op = (uint32_t)op;
	return take_object(ctl, ctl->operand_count > 2 ? ctl->operands[2] : NULL, check);
}

static int take_policies(const struct ctl *ctl, struct check *check)
{
	PC_CLEANUP(pc_diags_free) struct pc_diags diags = {0};
	PC_CLEANUP(pc_texts_free) struct pc_texts texts = {0};
	const char *file = ctl_option(ctl, "policy");
	int status;

	if (!file)
		return ctl_compile_asked(ctl, &check->compiled);
	if (ctl_flag(ctl, "revision"))
		return ctl_usage(ctl, "--policy asks a file and --revision the store: give one");
	status = ctl_read_operands(ctl, &file, 1, &texts, &diags);
	ctl_print_diags(ctl, &diags);
	if (!status)
		status = ctl_add_includes(ctl, &texts);
	return status ? status : ctl_compile_texts(ctl, &texts, &check->compiled);
}

/* ---- who is asked about ------------------------------------------------------------------------
 */

static int label_anybody(const struct ctl *ctl, struct check *check)
{
	if (check->compiled->set.count > PC_LAYERS_MAX)
		return ctl_usage(ctl, "more than %d policies: say --as whom", PC_LAYERS_MAX);
	for (uint32_t i = 0; i < check->compiled->set.count; i++)
		ctl_label_add(check->compiled, i, &check->label);
	return PC_EXIT_OK;
}

static int take_label(const struct ctl *ctl, struct check *check)
{
	bool given = false;
	int status = PC_EXIT_OK;

	ctl_as_begin(&check->as);
	for (unsigned int i = 0; i < ctl->given_count && !status; i++) {
		if (strcmp(ctl->given[i].option->name, "as") != 0)
			continue;
		given = true;
		status = ctl_as_take(ctl, ctl->given[i].value, &check->as);
	}
	check->anybody = !given && ctl_flag(ctl, "policy");
	if (status)
		return status;
	if (check->anybody)
		return label_anybody(ctl, check);
	if (!given) {
		status = ctl_as_pid(ctl, (uint64_t)getppid(), &check->as);
		if (!status)
			ctl_note(ctl, "as %s, process %d; --as asks for others", check->as.exe,
				 getppid());
	}
	if (!status)
		pc_image_label(&check->compiled->image, &check->as.as, &check->label);
	return status;
}

/* ---- the answer --------------------------------------------------------------------------------
 */

static json_t *as_object(const struct check *check)
{
	const struct pc_as *as = &check->as.as;

	if (check->anybody)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "exe", ctl_json_bytes(as->exe), "cgroup",
			 ctl_json_bytes(as->cgroup), "uid",
			 as->who.uid[0] == UINT32_MAX ? json_null() : json_integer(as->who.uid[0]));
}

static json_t *layers_array(const struct check *check)
{
	json_t *layers = json_array();

	for (uint32_t i = 0; i < check->label.count && i < PC_LAYERS_MAX; i++)
		json_array_append_new(layers, ctl_layer(&check->question, check->label.index[i]));
	return layers;
}

static json_t *object_asked(const struct ctl_question *question)
{
	if (question->section == PC_SECTION_KERNEL)
		return json_null();
	if (question->section == PC_SECTION_PROCESS)
		return json_string(question->same ? "same" : "any");
	return question->path ? ctl_json_bytes(question->path) : json_string("fileless");
}

static json_t *answer_object(const struct check *check)
{
	uint64_t revision = check->compiled->revision.number;
	bool answered = check->verdict.denied || check->verdict.audited;

	return json_pack("{s:s, s:s, s:b, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "schema",
			 "portcullis.check.v1", "verdict",
			 check->verdict.denied ? "denied" : "allowed", "audited",
			 !check->verdict.denied && check->verdict.audited, "errno",
			 ctl_json_text(answered ? strerrorname_np((int)check->verdict.err) : NULL),
			 "section", pc_section_name(check->question.section), "operation",
			 pc_op_name(check->question.op), "object", object_asked(&check->question),
			 "revision", revision ? json_integer((json_int_t)revision) : json_null(),
			 "as", as_object(check), "layers", layers_array(check));
}

/* A verdict that the rules do not give is a mistake of ours, and must not pass for an answer. */
static int check_agreement(const struct ctl *ctl, const json_t *answer)
{
	const json_t *layer;
	size_t i;

	json_array_foreach(json_object_get(answer, "layers"), i, layer)
		if (!json_is_true(json_object_get(layer, "agrees"))) {
			ctl_error(ctl,
				  "policy %s: what was compiled does not say what the rules say",
				  ctl_text_of(layer, "policy"));
			ctl_hint(ctl, "this is a mistake in Portcullis: please report it");
			return PC_EXIT_INTERNAL;
		}
	return PC_EXIT_OK;
}

static int print_answer(const struct ctl *ctl, const struct check *check)
{
	json_auto_t *answer = answer_object(check);
	const json_t *layer;
	size_t i;

	if (check_agreement(ctl, answer))
		return PC_EXIT_INTERNAL;
	if (ctl->json || !answer)
		return ctl_print_json(ctl, answer);
	printf("%s%s%s%s\n", ctl->colour ? check->verdict.denied ? "\033[31m" : "\033[32m" : "",
	       ctl_text_of(answer, "verdict"), ctl->colour ? "\033[0m" : "",
	       json_is_true(json_object_get(answer, "audited"))
		       ? ", and reported by a policy in audit mode"
		       : "");
	if (!check->label.count)
		ctl_note(ctl, "no policy applies");
	if (check->label.overflow)
		ctl_note(ctl, "more than %d policies apply: whatever they speak of is denied",
			 PC_LAYERS_MAX);
	json_array_foreach(json_object_get(answer, "layers"), i, layer)
		ctl_print_layer(ctl, layer);
	return PC_EXIT_OK;
}

int ctl_cmd_check(struct ctl *ctl)
{
	PC_CLEANUP(check_free) struct check *check = calloc(1, sizeof(*check));
	struct pc_question asked;
	struct pc_tables tables;
	int status;

	if (!check)
		return ctl_out_of_memory(ctl);
	status = take_question(ctl, check);
	if (!status)
		status = take_policies(ctl, check);
	if (!status)
		status = take_label(ctl, check);
	if (status)
		return status;
	check->question.compiled = check->compiled;
	asked = ctl_ask(&check->question);
	tables = pc_image_tables(&check->compiled->image);
	pc_decide(&tables, &check->label, &asked, &check->verdict);
	status = print_answer(ctl, check);
	return status ? status : check->verdict.denied ? PC_EXIT_NO : PC_EXIT_OK;
}
