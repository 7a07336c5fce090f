#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest: what suite-subject.sh is about.
# shellcheck source=cells.sh
. /opt/cells.sh
# shellcheck source=subject-cells.sh
. /opt/subject-cells.sh

# ---- nothing is in force -------------------------------------------------------------------------

try_cells kinds off
try_cells labels off
for set in before between kept removed; do
	try_begun $set
done

# ---- one set of policies -------------------------------------------------------------------------

begin before
start_enforcer
begin between
apply
finish before
finish between
try_cells kinds on
judge kinds
try_cells labels on
judge labels
policyctl stats >/run/stats
grep -q 'too-many-layers *[1-9]' /run/stats
result layers_that_do_not_fit_are_told_by_stats $? "$(cat /run/stats)"

# ---- it changes ----------------------------------------------------------------------------------

begin kept
begin removed
secret aaa '{cgroup: /cg}'
apply
finish kept
policyctl remove cg >/dev/null
finish removed
apply
same a_policy_that_comes_back_is_gained_again aaa,cg "$(/opt/actor cgroup=/cg layers)"

# ---- everybody -----------------------------------------------------------------------------------

cat /opt/secret/cg >/dev/null && mknod /dev/looped b 7 0 && rm /dev/looped
result nothing_stops_roots_shell_beforehand $?
echo sys >/opt/secret/sys
policy sys system <<'END'
file:
  deny:
    - read /opt/secret/sys
    - create /dev/loop*
END
apply
if cat /opt/secret/sys >/dev/null 2>&1; then
	result system_is_every_task 1 '  the shell of root reads what is denied'
else
	result system_is_every_task 0
fi
same system_adds_to_the_other_layers aaa,cg,sys "$(/opt/actor cgroup=/cg fork layers)"
mknod /dev/looped b 7 0 2>/dev/null
tasks_denied=$?
# A kernel thread makes a device's node.
modprobe loop
tries=100
until [ -b /dev/loop0 ] || [ $tries = 0 ]; do
	sleep 0.05
	tries=$((tries - 1))
done
same kernel_threads_are_no_subjects '1 made' \
	"$tasks_denied $([ -b /dev/loop0 ] && echo made)"
policyctl remove sys >/dev/null
same removing_it_lets_everybody_go 'sys none' "$(cat /opt/secret/sys) $(/opt/actor layers)"
report
