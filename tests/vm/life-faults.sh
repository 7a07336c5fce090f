#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in the guest: at every step of start, switch, confirmation and stop that fault.h names the
# daemon is killed, and where the step can fail it fails. The right image decides then, the next
# attempt works, and nothing is left behind.
# shellcheck disable=SC2034,SC2154 # of life-lib.sh; and what conditions that check evaluates use
# shellcheck source=life-lib.sh
. /opt/life/life-lib.sh

PATH=/opt/faults:$PATH
fault=/run/portcullis-fault
no_memory=12

# set_of NAME PATH [LINES]: the policy "one", which denies reading PATH and little else, so that few
# programs have to be loaded.
set_of()
{
	mkdir -p "/opt/sets/$1"
	printf '%s\n' 'portcullis: 1' 'policy: one' 'subject:' "  - exe: $act/*" \
		'kernel: {default: allow}' 'process: {default: allow}' \
		'file:' '  default: allow' '  deny:' "    - read $2" >"/opt/sets/$1/one.yaml"
	[ $# = 2 ] || printf '%s\n' "$3" >>"/opt/sets/$1/one.yaml"
}

# old is in force before each fault. A larger image takes other maps, another operation more hooks.
prepare_sets()
{
	set_of old '/srv/secret/**'
	set_of new '/srv/public/**'
	set_of hooks '/srv/public/**' '    - lock /srv/other/**'
	set_of large '/srv/public/**' "$(awk 'BEGIN {
		for (i = 1; i < 3000; i++)
			printf "    - read /big/%06d%06d/%d\n", i * 7919 % 999983,
				i * 104729 % 999979, i
	}')"
}

put()
{
	policyctl apply "/opt/sets/$1/one.yaml"
}

# Whose answers are given: those of "old", or those of all others.
decides()
{
	case $1 in
	old) denied /srv/secret/a && reads /srv/public/a ;;
	*) denied /srv/public/a && reads /srv/secret/a ;;
	esac
}

fault_at()
{
	echo "$1 $2" >$fault
}

# The step was reached.
reached()
{
	[ ! -e $fault ]
}

# The daemon died of the fault.
was_killed()
{
	wait "$daemon" 2>/dev/null
	[ $? = 137 ]
}

comes_back()
{
	start && policyctl verify >/dev/null
}

things()
{
	echo "$($tool count) maps and programs, pins: $(ls /sys/fs/bpf/portcullis)"
}

nothing_left()
{
	out="before: $before now: $(things)"
	wait_until 8 '[ "$(things)" = "$before" ]'
}

# switch POINT FAILS KILLED STARTED SET
switch()
{
	if [ "$2" = 1 ]; then
		fault_at "$1" $no_memory
		run put "$5"
		check "$1 fails: the error is clear, and the old image decides" \
			'reached && [ $rc != 0 ] && said memory && decides old &&
			kill -0 $daemon && answers'
	fi
	fault_at "$1" kill
	run put "$5"
	check "$1, killed: the $3 image decides" \
		"reached && [ \$rc != 0 ] && was_killed && decides $3"
	check "$1, started again: the $4 image decides" "comes_back && decides $4"
	run put "$5"
	check "$1: the next attempt works" \
		'[ $rc = 0 ] && decides new && policyctl verify >/dev/null'
	# So that the slot that is filled next never held the set that is to be put there.
	[ "$5" != large ] || put new >/dev/null
	run put old
	check "$1: and the way back" '[ $rc = 0 ] && decides old'
}

begin()
{
	stop
	fault_at "$1" kill
	run timeout 60 enforcerd
	check "$1, killed: the $3 image decides" "reached && [ \$rc = 137 ] && decides $3"
	if [ "$2" = 1 ]; then
		fault_at "$1" $no_memory
		run timeout 60 enforcerd
		check "$1 fails: the error is clear, and the old image decides" \
			'reached && [ $rc != 0 ] && [ $rc != 137 ] && said memory && decides old'
	fi
	check "$1: the next start works" "comes_back && decides $4"
}

end()
{
	fault_at "$1" kill
	stop
	check "$1, killed: the $3 image decides" "reached && [ \$rc = 137 ] && decides $3"
	check "$1: the next start works" "comes_back && decides $4"
}

confirm()
{
	put_for_now
	fault_at "$1" kill
	run policyctl confirm
	check "$1, killed: the $3 image decides" \
		"reached && [ \$rc != 0 ] && was_killed && decides $3"
	check "$1, started again: it is confirmed" \
		"comes_back && decides $4 && [ \"\$(field confirm)\" = null ]"
	run put old
	check "$1: the next change works" '[ $rc = 0 ] && decides old'
}

put_for_now()
{
	policyctl apply /opt/sets/new/one.yaml --confirm 10m >/dev/null 2>&1
}

points()
{
	awk -F'[(), "]+' '/^\tX\([A-Z_]+, "/ { print $3, $4, $5, $6 }' /opt/life/fault.h
}

# step POINT FAILS KILLED STARTED
step()
{
	case $1 in
	start-*) begin "$@" ;;
	switch-map | switch-mapped | switch-pinned) switch "$@" large ;;
	switch-load | switch-attach | switch-pin) switch "$@" hooks ;;
	switch-*) switch "$@" new ;;
	confirm-*) confirm "$@" ;;
	stop-*) end "$@" ;;
	esac
	check "$1: nothing is left behind" nothing_left
	echo "# $1: $(now_ms) ms"
}

prepare
prepare_sets
: >"$log"
rm -f $fault
check 'enforcerd starts' start
run put old
check 'a first set is in force' '[ $rc = 0 ] && decides old'
echo "# first apply: $(now_ms) ms"
# While its slot and those after it have never been filled.
switch switch-pinned 1 old old new
for set in large old new old; do
	put $set >/dev/null
done
sleep 5 # the tables of links of what was in force before are let go
before=$(things)
points >/run/points
while read -r point fails killed started <&3; do
	step "$point" "$fails" "$killed" "$started"
done 3</run/points
echo '# all done'
