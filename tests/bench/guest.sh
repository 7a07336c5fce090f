# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Run in a guest by tests/bench/run: measures with nothing, then with one thing in force.
# shellcheck shell=dash
#
#   guest.sh policy | empty HOOK... | landlock
#
# Prints "NOTHING|THING TASK OPERATION NS": a task is `other`, root's, or `user`, whom the policy is
# about. $OPS are the operations, all if empty. After a policy, "hooks HOOK..." is printed.
. /opt/guest.sh
what=$1
shift

# measure NAME TASK [OPTION]...
measure()
{
	local name=$1 task=$2

	shift 2
	# shellcheck disable=SC2086
	/opt/cost "$@" $OPS >/run/cost || exit 1
	sed "s/^/$name $task /" /run/cost
}

measure_both()
{
	measure "$1" other
	measure "$1" user -u 1000
}

/opt/cost make 1000 || exit 1
measure_both none
case $what in
policy)
	start_enforcerd || exit 1
	apply /opt/policy.yaml || exit 1
	policyctl --json status | tr -d ' \n' | sed 's/.*"hooks":\[//; s/\].*//; s/["]//g; s/,/ /g; s/^/hooks /'
	echo
	# A minute after the switch a task that nothing is known of is nobody's. Waiting is free here.
	sleep 70
	measure_both ours
	;;
empty)
	/opt/empty "$@" >/run/empty &
	until grep -q attached /run/empty; do
		kill -0 $! || exit 1
		sleep 0.1
	done
	measure_both empty
	;;
landlock)
	measure landlock user -u 1000 -l
	;;
esac
