#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in the guest of suite-soak.sh: soak-guest.sh CASES SEED SECONDS
# shellcheck source=guest.sh disable=SC1091
. /opt/guest.sh

tree=/mnt/ext4/soak

# set_of NAME PATTERN...: what user 1000 must not read; always and never are the same in every set.
set_of()
{
	local name="$1"

	shift
	mkdir -p "/opt/sets/$name"
	printf '%s\n' 'portcullis: 1' 'policy: soak' 'subject:' '  - user: 1000' \
		'kernel: {default: allow}' 'process: {default: allow}' \
		'file:' '  default: allow' '  deny:' "    - read $tree/never $*" \
		>"/opt/sets/$name/soak.yaml"
}

put()
{
	policyctl apply "/opt/sets/$1/soak.yaml" >/dev/null
}

# switch_on_and_on ENOUGH: changes the set in force until told to stop; leaves how often. Says when
# it was ENOUGH. With a pause: what is asked while the image changes counts as moved.
switch_on_and_on()
{
	local switches=0 failures=0 enough="$1"

	while [ ! -e /run/soak-done ]; do
		for set in one other; do
			put "$set" && switches=$((switches + 1)) || failures=$((failures + 1))
			sleep 1
		done
		[ $switches -lt "$enough" ] || : >/run/soak-switched
	done
	echo "switches $switches failures $failures" >/run/soak-switches
}

# figure NAME: the number behind it in what was counted.
figure()
{
	tr ' ' '\n' </run/soak-counts |
		awk -v name="$1" 'found { print; exit } $0 == name { found = 1 }'
}

# at_least NAME COUNT
at_least()
{
	[ "$(figure "$1")" -ge "$2" ]
}

none()
{
	[ "$(figure "$1")" = 0 ]
}

below_a_hundredth()
{
	[ $(($(figure "$1") * 100)) -lt "$(figure cases)" ]
}

balanced()
{
	policyctl --json stats >/run/soak-stats
	awk -F'[:,]' '{ for (i = 1; i < NF; i++) { gsub(/[ "{}]/, "", $i); of[$i] = $(i + 1) } }
		END { exit of["reported"] != of["delivered"] + of["dropped"] }' /run/soak-stats
}

cases=$1 seed=$2 seconds=$3 switches=$(($1 / 10000))
mkdir "$tree"
chmod 755 "$tree"
set_of one "$tree/first" "$tree/*/red/**" "$tree/d0/**" "$tree/**/f1"
set_of other "$tree/second" "$tree/*/blue/**" "$tree/d1/**" "$tree/**/f2" "$tree/*/x/below/*"
start_enforcerd
apply /opt/sets/one/soak.yaml
switch_on_and_on $switches &
switcher=$!
(cd "$tree" && /opt/soak/caches "$cases" "$seed" "$seconds" /run/soak-switched) >/run/soak-counts
: >/run/soak-done
wait $switcher
cat /run/soak-switches >>/run/soak-counts
sed 's/^\([^#]\)/# \1/' /run/soak-counts
check "$cases answers of the caches and of a walk were compared" at_least cases "$cases"
check 'none of them differed' none different
check 'fewer than one in a hundred moved meanwhile' below_a_hundredth moved
check 'some came short, from names and from directories, and some denied' \
	eval 'at_least short 1 && at_least names 1 && at_least directories 1 && at_least denied 1'
check 'names and mounts moved' eval 'at_least moves 100 && at_least mounts 1'
check "the set was switched at least $switches times, and both decided" \
	eval 'at_least switches $switches && none failures && at_least first 1 &&
		at_least second 1'
check 'no answer was one that neither set gives' none impossible
check 'reported is delivered and dropped' balanced
plan
