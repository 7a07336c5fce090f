/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fingerprint of a dentry and all above it: what tells that a name held together while
 * directories are being moved. Nothing is kept then.
 */
#ifndef CHAIN_BPF_H
#define CHAIN_BPF_H

#include "cache.bpf.h"

/*
 * A chain is a dentry and all above it, up to where d_parent is the dentry itself. Its fingerprint
 * is t0 + t1 * M + t2 * M^2 + … + E * M^n, t0 of the dentry, t1 of its parent, …; 0 stands for
 * none.
 */
#define CHAIN_M 0xd1342543de82ef95ull
#define CHAIN_END MIX_B
#define CHAIN_SHORT 16 /* levels walked without a loop */

/* One level. */
static __always_inline __u64 chain_term(struct dentry *dentry, struct dentry *parent)
{
	return mix(distance(dentry, parent), name_word(dentry));
}

/* The fingerprint of a chain of at most CHAIN_SHORT levels; 0: it is longer. */
static __always_inline __u64 chain_short(struct dentry *dentry)
{
	__u64 sum = 0, power = 1;

#pragma clang loop unroll(full)
	for (int i = 0; i <= CHAIN_SHORT; i++) {
		struct dentry *parent = dentry->d_parent;

		if (dentry == parent)
			return sum + power * CHAIN_END;
		sum += power * chain_term(dentry, parent);
		power *= CHAIN_M;
		dentry = parent;
	}
	return 0;
}

/*
 * What walks find stands in the scratch, not in their contexts on the stack: the verifier would
 * follow each value it knows by itself, and a walk has many callers.
 */
struct chain_walk {
	struct dentry *dentry;
	struct pc_ctx *c;
};

static long chain_step(__u32 i, void *context)
{
	struct chain_walk *walk = context;
	struct dentry *dentry = walk->dentry, *parent = dentry->d_parent;

	if (dentry == parent) {
		walk->c->chain = walk->c->sum + walk->c->power * CHAIN_END;
		return 1;
	}
	walk->c->sum += walk->c->power * chain_term(dentry, parent);
	walk->c->power *= CHAIN_M;
	walk->dentry = parent;
	return 0;
}

/* Sets c->chain to the fingerprint of the chain from a dentry up; 0: it has too many levels. */
static __noinline int chain_of(struct pc_ctx *c, struct dentry *dentry)
{
	struct chain_walk walk = {.dentry = dentry, .c = c};

	c->chain = chain_short(dentry);
	if (c->chain)
		return 0;
	c->sum = 0;
	c->power = 1;
	bpf_loop(PC_DEPTH_MAX + 1, chain_step, &walk, 0);
	return 0;
}

#endif
