/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What caches.bpf.c counts. */
#ifndef SOAK_CACHES_H
#define SOAK_CACHES_H

#include <pc/decide.h>

struct soak_answer {
	__u32 found; /* outcome of naming: bpf/outcome.h, or a reason */
	__u32 failed;
	struct pc_class class;
	struct pc_verdict verdict;
};

struct soak_counts {
	__u64 equal;
	__u64 different;
	__u64 moved;	/* runs in which a name, the table of mounts or the image changed: again */
	__u64 restless; /* those that moved each time */
	__u64 unlabelled;			 /* the task's label was not current yet */
	__u64 denied;				 /* of the equal ones */
	__u64 short_answers, names, directories; /* of the equal ones: which cache spoke */
	struct soak_answer cached, walked;	 /* of a different one */
};

#endif
