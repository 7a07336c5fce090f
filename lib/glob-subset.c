/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Is one language part of another? */
#include "dfa-internal.h"

#include <errno.h>

/* Tag 0 are the globs of a, tag 1 those of b. */
static int add_both(struct pc_nfa *nfa, const struct pc_glob *const *a, uint32_t na,
		    const struct pc_glob *const *b, uint32_t nb)
{
	int err = pc_nfa_init(nfa);

	for (uint32_t i = 0; i < na && !err; i++)
		err = pc_nfa_add(nfa, &(struct pc_tagged_glob){.glob = a[i]}, true);
	for (uint32_t i = 0; i < nb && !err; i++)
		err = pc_nfa_add(nfa, &(struct pc_tagged_glob){.glob = b[i], .tag = 1}, false);
	return err ? err : pc_nfa_finish(nfa);
}

int pc_glob_subset(const struct pc_glob *const *a, uint32_t na, const struct pc_glob *const *b,
		   uint32_t nb)
{
	const struct pc_subset_limits limits = {
		.states = 1u << 17,
		.cells = 1u << 21,
		.numbers = 1u << 22,
		.classes = 16,
		.work = 1u << 26,
	};
	struct pc_nfa nfa;
	int found = add_both(&nfa, a, na, b, nb);

	if (!found)
		found = pc_subset_has_0_without_1(&nfa, &limits);
	pc_nfa_free(&nfa);
	return found < 0 ? found : !found;
}
