# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Run in a guest by tests/bench/run: measures with nothing, then with one thing after another.
# shellcheck shell=dash source=tests/vm/guest.sh
#
#   guest.sh ours POLICY...     each of /opt/policies; only the first about all of $OPS, the others
#                               about those of $FEW
#   guest.sh others HOOK...     Landlock, AppArmor, and empty programs on these hooks
#
# Prints "THING TASK OPERATION NS": a task is `other`, root's, or `user`, whom the policy is about.
# "hooks HOOK..." are those a policy had attached, "at THING SECONDS" the uptime when it began.
. /opt/guest.sh
what=$1
set=0
shift

# measure THING TASK [OPTION]...
measure()
{
	local thing=$1 task=$2

	shift 2
	# shellcheck disable=SC2086
	/opt/cost -s $set "$@" $OPS >/run/cost || exit 1
	sed "s/^/$thing $task /" /run/cost
}

measure_both()
{
	measure "$1" other
	measure "$1" user -u 1000
}

begin()
{
	echo "at $1 $(cut -d ' ' -f 1 /proc/uptime)"
}

ours()
{
	local policy

	start_enforcerd || exit 1
	for policy; do
		begin "$policy"
		apply "/opt/policies/$policy" || exit 1
		if [ "$policy" = "$1" ]; then
			policyctl --json status | tr -d ' \n"' |
				sed 's/.*hooks:\[//; s/\].*//; s/,/ /g; s/^/hooks /'
			echo
			# A minute after the switch a task of which nothing is known is nobody's.
			# Waiting is free here.
			sleep 70
			begin "$policy-measured"
			measure "$policy" other
			measure "$policy" user -u 1000
			OPS=$FEW
		elif [ -n "$FEW" ]; then
			begin "$policy-measured"
			measure "$policy" user -u 1000
		fi
		set=$((set + 1))
	done
}

others()
{
	begin landlock
	measure landlock user -u 1000 -l
	if [ -x /opt/apparmor_parser ]; then
		begin apparmor
		/opt/apparmor_parser -K -r /opt/bench.aa || exit 1
		measure apparmor user -u 1000 -a bench
	fi
	begin empty
	/opt/empty "$@" >/run/empty &
	until grep -q attached /run/empty; do
		kill -0 $! || exit 1
		sleep 0.1
	done
	measure_both empty
}

# Where things lie, and so how many page tables there are, is to be the same each time.
echo 0 >/proc/sys/kernel/randomize_va_space
begin files
/opt/cost make 1000 || exit 1
# The first forks of a boot are dearer.
measure none other >/dev/null
begin none
measure_both none
$what "$@"
begin end
