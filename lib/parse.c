/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From texts to a set of policies: the order of the steps. */
#include "parse.h"

#include <errno.h>
#include <string.h>

#include "parse-internal.h"

enum pc_text_kind pc_text_kind_of(const char *name)
{
	if (!strncmp(name, "include/", strlen("include/")))
		return PC_TEXT_INCLUDE;
	return strchr(name, '/') ? PC_TEXT_DROPIN : PC_TEXT_POLICY;
}

bool pc_text_equal(const struct pc_text *a, const struct pc_text *b)
{
	return a->size == b->size && !strcmp(a->name, b->name) &&
	       (!a->size || !memcmp(a->bytes, b->bytes, a->size));
}

/* An include or drop-in is known by its name alone, so of two nobody could say which is meant. */
static void check_text_name(struct pc_parser *p, uint32_t index)
{
	const struct pc_source *source = &p->sources[index];
	struct pc_loc loc = {.file = source->file};

	for (uint32_t i = 0; i < index && source->kind != PC_TEXT_POLICY; i++) {
		if (strcmp(p->sources[i].text->name, source->text->name) != 0)
			continue;
		pc_report(p, PC_ERROR, PC_CODE_TEXT_TWICE, source, &loc,
			  "there is another file \"%s\"", source->text->name);
		pc_hint(p, "the other is %s: give one of them another name", p->sources[i].file);
		return;
	}
}

static int read_sources(struct pc_parser *p, const struct pc_text *texts, uint32_t count)
{
	p->sources = pc_arena_array(&p->scratch, struct pc_source, count);
	if (!p->sources)
		return -ENOMEM;
	p->source_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct pc_source *source = &p->sources[i];
		int r;

		source->text = &texts[i];
		source->kind = pc_text_kind_of(texts[i].name);
		source->file =
			pc_arena_strndup(&p->set->arena, texts[i].file, strlen(texts[i].file));
		if (!source->file)
			return -ENOMEM;
		check_text_name(p, i);
		r = pc_yaml_read(p, source);
		if (r < 0)
			return r;
	}
	return 0;
}

static int take_policies(struct pc_parser *p)
{
	bool named = true;

	for (uint32_t i = 0; i < p->source_count; i++) {
		uint32_t before = p->set->count;
		int r;

		if (p->sources[i].kind != PC_TEXT_POLICY)
			continue;
		r = pc_policy_take(p, &p->sources[i]);
		if (r < 0)
			return r;
		named &= p->set->count > before;
	}
	if (named) /* otherwise a drop-in may belong to a policy whose name cannot be read */
		pc_dropins_check(p);
	return 0;
}

/* What no policy includes is read all the same: a mistake in it is better known today. */
static int look_over_includes(struct pc_parser *p)
{
	int r = 0;

	for (uint32_t i = 0; i < p->source_count && r == 0; i++)
		if (p->sources[i].kind == PC_TEXT_INCLUDE && !p->sources[i].used)
			r = pc_include_look_over(p, &p->sources[i]);
	return r;
}

static int compare_policies(const void *left, const void *right)
{
	const struct pc_policy *a = *(struct pc_policy *const *)left;
	const struct pc_policy *b = *(struct pc_policy *const *)right;

	return strcmp(a->name, b->name);
}

static int parse(struct pc_parser *p, const struct pc_text *texts, uint32_t count)
{
	uint32_t errors = p->diags->errors;
	int r;

	r = pc_links_new(p);
	if (r == 0)
		r = read_sources(p, texts, count);
	if (r == 0)
		r = take_policies(p);
	if (r == 0)
		r = look_over_includes(p);
	if (r < 0)
		return r;
	if (p->diags->out_of_memory)
		return -ENOMEM;
	if (p->diags->errors != errors)
		return -EINVAL;
	if (p->set->count)
		qsort(p->set->policies, p->set->count, sizeof(struct pc_policy *),
		      compare_policies);
	return 0;
}

int pc_parse(const struct pc_text *texts, uint32_t count, const struct pc_host *host,
	     struct pc_policy_set *ret_set, struct pc_diags *diags)
{
	struct pc_policy_set set = {0};
	struct pc_parser p = {.set = &set, .host = host, .diags = diags};
	int r;

	r = parse(&p, texts, count);
	pc_arena_free(&p.scratch);
	if (r < 0) {
		pc_policy_set_free(&set);
		return r;
	}
	*ret_set = set;
	return 0;
}
