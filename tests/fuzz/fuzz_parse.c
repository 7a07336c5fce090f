/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whatever bytes stand in policy files: an answer, with places that exist. The input is up to four
 * texts separated by bytes 0xff (which no text may hold): a policy, an include, a drop-in, another
 * policy.
 */
#include "../unit/golden_dump.h"
#include "lint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"a.yaml", "include/i.yaml", "x.d/1.yaml", "b.json"};

static uint32_t split(const uint8_t *data, size_t size, struct pc_text *texts)
{
	uint32_t count = 0;
	size_t begin = 0;

	while (count < PC_ARRAY_SIZE(names) && begin <= size) {
		const uint8_t *end = begin < size ? memchr(data + begin, 0xff, size - begin) : NULL;
		size_t n = end ? (size_t)(end - data) - begin : size - begin;

		texts[count] =
			(struct pc_text){names[count], names[count], (const char *)data + begin, n};
		count++;
		begin += n + 1;
	}
	return count;
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const struct pc_text *text_of(const struct pc_text *texts, uint32_t count, const char *file)
{
	for (uint32_t i = 0; i < count; i++)
		if (!strcmp(texts[i].file, file))
			return &texts[i];
	return NULL;
}

/* A place is in its text; the column at most one behind the line's end. */
static void check_loc(const struct pc_text *texts, uint32_t count, const struct pc_loc *loc)
{
	const struct pc_text *text = text_of(texts, count, loc->file);
	size_t at = 0, end;

	require(text != NULL);
	if (!loc->line)
		return;
	for (uint32_t line = 1; line < loc->line; line++) {
		const char *newline = memchr(text->bytes + at, '\n', text->size - at);

		require(newline != NULL);
		at = (size_t)(newline - text->bytes) + 1;
	}
	for (end = at; end < text->size && text->bytes[end] != '\n';)
		end++;
	require(loc->column >= 1 && loc->column - 1 <= end - at);
	require(loc->length >= 1);
}

static void check_set(const struct pc_text *texts, uint32_t count, const struct pc_policy_set *set)
{
	for (uint32_t i = 0; i < set->count; i++) {
		const struct pc_policy *policy = set->policies[i];

		require(policy->subject_count > 0);
		for (uint32_t j = 0; j < PC_SECTION_COUNT; j++)
			for (uint32_t k = 0; k < policy->sections[j].count; k++) {
				const struct pc_rule *rule = &policy->sections[j].rules[k];

				check_loc(texts, count, &rule->loc);
				require(rule->ops != 0);
				require(rule->objects.count || rule->fileless || rule->plain ||
					rule->same);
				require(rule->deny || (!rule->kill && !rule->err));
			}
	}
}

static void print(const struct pc_diags *diags, const struct pc_policy_set *set)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	pc_diags_print(diags, out, true, PC_NOTE);
	dump_set(out, set);
	fclose(out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pc_text texts[PC_ARRAY_SIZE(names)];
	uint32_t count = split(data, size, texts);
	struct pc_policy_set set = {0};
	struct pc_diags diags = {0};

	if (pc_parse(texts, count, &fake_host, &set, &diags) == 0) {
		require(!pc_diags_failed(&diags));
		check_set(texts, count, &set);
		pc_lint(&set, texts, count, PC_LINT_WARNINGS | PC_LINT_HINTS, &diags);
	} else {
		require(pc_diags_failed(&diags) && !set.policies);
	}
	for (uint32_t i = 0; i < diags.count; i++)
		check_loc(texts, count, &diags.items[i].loc);
	print(&diags, &set);
	pc_policy_set_free(&set);
	pc_diags_free(&diags);
	return 0;
}
