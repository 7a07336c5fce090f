#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest: what suite-guard.sh is about.
# shellcheck source=cells.sh
. /opt/cells.sh
# shellcheck source=guard-cells.sh
. /opt/guard-cells.sh

unit=/sys/fs/cgroup/system.slice/enforcerd.service
mkdir -p $unit /var/log/portcullis /etc/portcullis/shared
mount --bind /etc/portcullis/held /etc/portcullis/held
mount --bind /etc/portcullis/shared /etc/portcullis/shared
mount --make-shared /etc/portcullis/shared

start()
{
	start_enforcer
	pidof enforcerd >/run/enforcerd.pid
	cat /run/enforcerd.pid >$unit/cgroup.procs
}

# Denied is what the same daemon allows before there is a policy.
start
try_cells guard off
apply
try_cells guard on
judge guard

# ---- what is told of it --------------------------------------------------------------------------

# told POLICY TEXT: events of a policy that hold a text.
told()
{
	policyctl events --number 4096 --json --policy "$1" | grep -cF "$2"
}

for hook in task_kill task_setrlimit task_setnice task_setioprio task_setscheduler \
	ptrace_access_check unix_stream_connect bpf bpf_map bpf_prog; do
	[ "$(told exec "\"hook\":\"$hook\"")" -gt 0 ]
	result "it_is_denied_in_$hook" $?
done
[ "$(told exec 'tamper (implied by every policy)')" -gt 0 ]
result it_is_told_in_the_words_of_what_is_implied $?
[ "$(told audit audited)" -gt 0 ]
result what_is_audited_is_told $?

# ---- the daemon lives, and its life goes on -----------------------------------------------------

pid=$(cat /run/enforcerd.pid)
/opt/actor enforcer cgroup=/exec sigio >/run/said
sleep 1
kill -0 "$pid" && policyctl status >/run/status
result a_signal_by_a_descriptor_does_not_kill_it $? "$(cat /run/said)"
mkfifo /run/lure
/opt/actor enforcer cgroup=/exec lure=/run/lure >/run/said &
sleep 1
echo >/run/lure
wait $!
kill -0 "$pid" && policyctl status >/run/status
result nor_does_one_that_somebody_else_has_sent $? "$(cat /run/said)"
policyctl off --for 5m --reason test >/run/off.log 2>&1
same with_enforcement_off_nothing_is_denied 'ok ok' \
	"$(/opt/actor enforcer cgroup=/exec signal=kill) $(/opt/actor cgroup=/exec \
		connect=/run/portcullis/control.sock)"
policyctl on >/run/on.log 2>&1
same with_enforcement_on_it_is_again EPERM "$(/opt/actor enforcer cgroup=/exec signal=kill)"
kill "$pid"
while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
result who_is_in_no_policy_ends_it 0
same without_it_its_maps_stay_closed EPERM \
	"$(/opt/actor cgroup=/exec pin=/sys/fs/bpf/portcullis/pc_control)"
start
same it_starts_again_and_is_guarded 'EPERM EPERM EPERM EPERM' \
	"$(/opt/actor enforcer cgroup=/exec signal=kill) $(/opt/actor cgroup=/exec \
		connect=/run/portcullis/control.sock) $(/opt/actor cgroup=/exec \
		map-id=pc_control) $(/opt/actor cgroup=/exec program-id=pc_task_kill)"
same parts_of_an_image_are_guarded EPERM "$(/opt/actor cgroup=/exec map-id=pc_blob)"
policyctl apply >/run/apply.log 2>&1
result policies_are_applied_again $? "$(cat /run/apply.log)"

# ---- only what is needed runs --------------------------------------------------------------------

rm $policies/*
policy alone '{cgroup: /alone}' <<'END'
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
! grep -qE 'task_kill|sb_mount|bpf_map|unix_stream_connect' /run/status
result the_hooks_go_when_all_may_tamper $? "$(cat /run/status)"

# ---- nobody is locked out ------------------------------------------------------------------------

policy everybody system <<'END'
kernel:
  deny:
    - tamper
END
! policyctl apply >/run/apply.log 2>&1 && grep -q 'enforcerd' /run/apply.log
result a_policy_that_would_keep_the_daemon_from_starting_is_refused $? "$(cat /run/apply.log)"
rm $policies/everybody.yaml
policy roots '{user: root}' <<'END'
exec:
  deny:
    - run /bin/none
END
policyctl apply >/run/apply.log 2>&1 && policyctl lint $policies/roots.yaml 2>&1 | grep -q PC0711
result one_whose_subject_it_would_be_does_not_guard $? "$(cat /run/apply.log)"
report
