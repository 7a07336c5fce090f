/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs user space calls: the switch. */
#ifndef CONTROL_BPF_H
#define CONTROL_BPF_H

#include "maps.bpf.h"

/* Changes the control word if it is still what the caller saw. */
SEC("syscall")
int pc_switch_word(struct pc_switch *args)
{
	struct pc_control *control = control_get();

	if (!control)
		return -ENOENT;
	args->result = __sync_val_compare_and_swap(&control->word, args->expected, args->desired) ==
				       args->expected ?
			       0 :
			       -EAGAIN;
	return 0;
}

#endif
