/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fingerprint of a dentry and all above it: what tells that a name held together while
 * directories are being moved. Nothing is kept then.
 */
#ifndef CHAIN_BPF_H
#define CHAIN_BPF_H

#include "cache.bpf.h"

/*
 * A chain is a dentry and all above it, up to where d_parent is the dentry itself. What its walk
 * finds stands in the scratch, not in a context on the stack: the verifier would follow each value
 * it knows by itself, and a walk has many callers.
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
		walk->c->chain = walk->c->sum;
		return 1;
	}
	walk->c->sum = mix(mix(walk->c->sum, distance(dentry, parent)), name_word(dentry));
	walk->dentry = parent;
	return 0;
}

/* Sets c->chain to the fingerprint of the chain from a dentry up; 0: it has too many levels. */
static __noinline int chain_of(struct pc_ctx *c, struct dentry *dentry)
{
	struct chain_walk walk = {.dentry = dentry, .c = c};

	c->chain = 0;
	c->sum = MIX_B;
	bpf_loop(PC_DEPTH_MAX + 1, chain_step, &walk, 0);
	return 0;
}

#endif
