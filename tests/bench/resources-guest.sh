# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Run in a guest by tests/bench/resources and tests/vm/suite-growth.sh.
# shellcheck shell=dash source=tests/vm/guest.sh
#
#   resources-guest.sh memory COUNT SET...  for each set: COUNT changes of one rule, and what the
#                                           daemon and the kernel hold once all is quiet; with four
#                                           and more, all slots hold images of the set
#   resources-guest.sh growth COUNT POINT...
#                                           COUNT changes between three policies; what is held once
#                                           so many were made
#
# Prints "look SET N NAME NUMBER..." and "time SET apply|daemon MEDIAN WORST" (ns).
. /opt/guest.sh
store=/var/lib/portcullis/store.db

# look SET N: when the daemon has given back what the last change took.
look()
{
	sleep 3
	echo "look $1 $2 $(/opt/applies look "$pid" $store)"
}

begin()
{
	start_enforcerd || exit 1
	pid=$(pidof enforcerd)
}

# Takes out the policies of an earlier set, after the next one came: hooks that both need stay.
drop()
{
	local names

	names=$(sed -n 's/^policy: *//p' "/opt/policies/$1"/*.yaml | sort -u)
	# shellcheck disable=SC2086
	policyctl remove $names >/dev/null || exit 1
}

memory()
{
	local count=$1 set before=

	shift
	begin
	look none 0
	for set; do
		apply "/opt/policies/$set" || exit 1
		[ -z "$before" ] || drop "$before"
		before=$set
		# From here on a peak is the set's own.
		echo 5 >"/proc/$pid/clear_refs"
		/opt/applies "$count" "$pid" "/opt/policies/$set.yaml" "/opt/policies/$set/a.yaml" \
			>/run/times || exit 1
		sed "s/^/time $set /" /run/times
		look "$set" "$count"
	done
}

growth()
{
	local count=$1 done=0 point

	shift
	begin
	apply /opt/policies/1.yaml || exit 1
	for point in "$@" "$count"; do
		[ "$point" -gt "$done" ] || continue
		/opt/applies $((point - done)) "$pid" /opt/policies/2.yaml /opt/policies/3.yaml \
			/opt/policies/1.yaml >/run/times || exit 1
		sed "s/^/time $point /" /run/times
		done=$point
		look growth "$done"
	done
}

what=$1
shift
$what "$@"
