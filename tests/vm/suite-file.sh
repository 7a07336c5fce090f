#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The `file` section: every operation, denied and allowed, by every way a rule names the object, on
# tmpfs and on ext4; and every way around a name.
#
# A cell is one act (see act.c) of one task in the cgroup of the policy it is to be judged by. They
# run twice in one guest: with enforcement off each must succeed, or it would prove nothing (the
# same act on the same names once only); with enforcement on each must end as it says here, and each
# denial must have left one event that names the policy, the line, the operation and the path.
# Policies and cells: file-cells.sh, file-names.sh, file-moves.sh.
. "$(dirname "$0")/suite.sh"
. "$(dirname "$0")/file-cells.sh"
. "$(dirname "$0")/file-names.sh"
. "$(dirname "$0")/file-moves.sh"
suite_begin "$@"

mkdir "$work/policies"
write_operation_policies
write_named_policies
write_move_policies
operation_cells
named_cells
cut -f 2-5 "$work/cells" >"$work/table"
awk -F '\t' '/\t=/ || !seen[$2, $3, $4]++' "$work/table" >"$work/table-off"

suite_boot --disk --add "$work/policies:/etc/portcullis/policies" --add "$work/table:/opt/table" \
	--add "$work/table-off:/opt/table-off" \
	--add "$suite_here/file-guest.sh:/opt/file-guest.sh" --add "$work/folders:/opt/folders" \
	-- 'sh /opt/file-guest.sh'
. "$suite_here/file-judge.sh"
suite_end
