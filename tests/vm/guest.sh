# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by what the suites run in a guest (busybox): the daemon, policies, tasks in cgroups.
# shellcheck shell=dash
#
#   start_enforcerd [OPTION]...   returns when it answers
#   apply [OPERAND]...            policyctl apply; says what went wrong
#   try CGROUP COMMAND...         runs a command in a cgroup, which is made where it is missing
#   check NAME COMMAND...         one TAP case: passed where the command is
#   plan                          prints how many there were
guest_cases=0

start_enforcerd()
{
	local tries=600

	enforcerd "$@" >/run/enforcerd.log 2>&1 &
	until policyctl status >/dev/null 2>&1; do
		tries=$((tries - 1))
		if [ $tries = 0 ] || ! kill -0 $! 2>/dev/null; then
			echo "enforcerd does not answer"
			cat /run/enforcerd.log
			return 1
		fi
		sleep 0.1
	done
}

# The first one has the verifier look at every program: on a busy machine policyctl may give up
# waiting (5) before that ends.
apply()
{
	local tries=5 status=5

	while [ $status = 5 ] && [ $tries -gt 0 ]; do
		status=0
		policyctl apply "$@" >/run/apply.log 2>&1 || status=$?
		tries=$((tries - 1))
	done
	[ $status != 0 ] || return 0
	echo "apply: status $status"
	cat /run/apply.log /run/enforcerd.log
	return 1
}

try()
{
	local cgroup=$1

	shift
	mkdir -p "/sys/fs/cgroup/$cgroup"
	sh -c 'echo 0 >"/sys/fs/cgroup/$0/cgroup.procs" && exec "$@"' "$cgroup" "$@"
}

check()
{
	local name=$1 status=0

	shift
	"$@" || status=$?
	guest_cases=$((guest_cases + 1))
	[ $status = 0 ] || printf 'not '
	echo "ok $guest_cases - $name"
}

plan()
{
	echo "1..$guest_cases"
}
