#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest: what suite-around.sh is about.
# shellcheck source=cells.sh
. /opt/cells.sh
modprobe loop
modprobe binfmt_misc
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
mkdir /sys/fs/cgroup/v1
mount -t cgroup -o none,name=old none /sys/fs/cgroup/v1
# shellcheck source=around-cells.sh
. /opt/around-cells.sh

try_cells around off
start_enforcer
apply
try_cells around on
judge around

# ---- what is told of it --------------------------------------------------------------------------

# told POLICY TEXT: events of a policy that hold a text.
told()
{
	policyctl events --number 4096 --json --policy "$1" | grep -cF "$2"
}

# /proc/PID/stat decides and tells nobody.
ways=$(grep -cv ' stat$' /run/ways)
raw_ways=$(grep -c '^raw-io ' /run/ways)
same every_denial_is_one_event "$ways" "$(told strict '"errno":"EPERM"')"
same events_name_the_file_section_and_say_so "$ways" "$(told strict \
	'"line":5,"column":12,"text":"default: deny (implied by the file section)"')"
same whose_layer_the_other_task_has_is_told "$(told own '"errno":"ESRCH"')" \
	"$(told own '"flags":["same"]')"
same events_without_an_object_have_no_path $((ways - raw_ways)) \
	"$(told strict '"path":null')"
same raw_devices_are_told_by_their_path 6 \
	"$(told strict '"operation":"raw-io","permission":"raw_io","path":"/dev/loop0"')"
same settings_are_told_in_the_words_of_what_is_implied \
	"$(($(grep -c . /run/settings) * 4))" "$(told strict 'of a setting that starts programs')"
same a_rule_that_is_written_is_named 2 \
	"$(told errno '"line":6,"column":14,"text":"deny all"},"why":"not here"')"
for hook in sb_mount sb_kern_mount move_mount sb_remount sb_umount sb_pivotroot path_chroot \
	file_open file_receive inode_mknod ptrace_access_check ptrace_traceme; do
	[ "$(told strict "\"hook\":\"$hook\"")" -gt 0 ]
	result "it_is_denied_in_$hook" $?
done
policyctl events --number 4096 --policy audited |
	grep -q 'audited *audited  kernel chroot  by actor'
result what_is_audited_is_told $?

# ---- only what is needed runs --------------------------------------------------------------------

policyctl status --json >/run/status
grep -q sb_mount /run/status
result the_hooks_are_attached $? "$(cat /run/status)"
rm /etc/portcullis/policies/*
policy exec '{cgroup: /exec}' <<'END'
exec:
  deny:
    - run /bin/none
kernel:
  default: allow
  allow:
    - tamper
END
apply
policyctl status --json >/run/status
! grep -q sb_mount /run/status
result they_go_when_no_policy_asks $? "$(cat /run/status)"
report
