# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What suite-links.sh runs in the guest. $top/p is protected, $top/f is not; of $top/ok alone a
# policy with `default: deny` allows something.
# shellcheck shell=dash source=tests/vm/guest.sh
. /opt/guest.sh

# policy NAME TEXT...: for the tasks of the cgroup of that name.
policy()
{
	mkdir -p "/sys/fs/cgroup/$1" /opt/p
	{
		printf 'portcullis: 1\npolicy: %s\nsubject: {cgroup: /%s}\n' "$1" "$1"
		shift
		printf '%s\n' "$@" 'kernel: {default: allow}' 'process: {default: allow}'
	} >"/opt/p/$1.yaml"
}

prepare()
{
	local top name

	mount | grep -q ' /mnt/ext4 ' || return
	for top in /srv /mnt/ext4; do
		mkdir -p $top/p/w1 $top/p/w2 $top/f $top/ok $top/out
		for name in a own keep gone moved; do
			echo "$name" >$top/f/$name
		done
		ln $top/f/own $top/f/own2
		ln $top/f/a $top/p/a
		for name in alone both; do
			echo "$name" >$top/ok/$name
		done
		ln $top/ok/both $top/ok/both2
		echo half >$top/ok/half
		ln $top/ok/half $top/out/half
	done
	mkdir -p /opt/again
	mount --bind /srv /opt/again
	policy links "file: {deny: ['all /srv/p /srv/p/** /mnt/ext4/p /mnt/ext4/p/**']}"
	policy closed 'file:' '  default: deny' '  allow:' '    - read /srv/ok/** /mnt/ext4/ok/**'
	policy more "file: {deny: ['read /srv/nothing']}"
}

off()
{
	policyctl off --reason test >/dev/null
}

on()
{
	policyctl on >/dev/null
}

# says EXPECTED CGROUP ACT PATH...
says()
{
	local expected=$1 said

	shift
	said=$(/opt/act in "$@")
	[ "$said" = "$expected" ] && return
	echo "# $*: $said, expected $expected"
	return 1
}

# denied CGROUP ACT PATH: reached without enforcement, and not with it.
denied()
{
	local status=0

	off
	says ok "$@" || status=1
	on
	says EACCES "$@" && return $status
}

allowed()
{
	says ok "$@"
}

# status_says WORDS
status_says()
{
	policyctl status | grep links | grep -q "$1" && return
	echo "# $(policyctl status | grep links)"
	return 1
}

# soon COMMAND...: within twenty seconds
soon()
{
	local tries=100

	until "$@" >/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.2
	done
}

# The last event has all these words.
event()
{
	local last word

	last=$(policyctl --json events | tail -n 1)
	for word; do
		case $last in
		*"$word"*) ;;
		*) echo "# $last"; return 1 ;;
		esac
	done
}

# ---- one file system ----------------------------------------------------------------------------

from_before()
{
	check "$1: a link from before the policy is not read" denied links read $top/f/a
	check "$1: the event tells of the other name" \
		event other-name $top/f/a '"operation":"read"'
	check "$1: nor written" denied links write $top/f/a
	check "$1: nor has its mode changed" denied links chmod $top/f/a
	check "$1: the name that the rule has is denied as ever" denied links read $top/p/a
	check "$1: a link that no rule speaks of is read" allowed links read $top/f/own
	check "$1: and by its other name" allowed links read $top/f/own2
	check "$1: whom the policy is not for reads it" cat $top/f/a
	check "$1, default deny: a file of one name that is allowed" \
		allowed closed read $top/ok/alone
	check "$1, default deny: one of two that are allowed" allowed closed read $top/ok/both
	check "$1, default deny: one that has a name elsewhere" denied closed read $top/ok/half
}

while_in_force()
{
	ln $top/f/keep $top/p/keep
	check "$1: a link made while it is in force" denied links read $top/f/keep
	check "$1: as long as there is the other name" denied links write $top/f/keep
	mv $top/p/keep $top/p/keep2
	check "$1: and that one renamed" denied links read $top/f/keep
	rm $top/p/keep2
	check "$1: the last name decides alone" allowed links read $top/f/keep
	ln $top/f/moved $top/f/moved2
	check "$1: two names that no rule speaks of" allowed links read $top/f/moved2
	mv $top/f/moved $top/p/moved
	check "$1: one of them renamed to where it is denied" denied links read $top/f/moved2
	rm $top/p/moved $top/f/moved2
	number=$(stat -c %i $top/f/gone)
	ln $top/f/gone $top/p/gone
	check "$1: before its number is used again" denied links read $top/f/gone
	rm $top/p/gone $top/f/gone
	for name in 1 2 3 4 5 6 7 8; do
		echo new >$top/f/new$name
		ln $top/f/new$name $top/f/again$name
		later=$(stat -c %i $top/f/new$name)
		check "$1: a later file, with the number $later (it was $number)" \
			allowed links read $top/f/again$name
	done
	rm $top/f/new* $top/f/again*
}

# The file that an open descriptor leads to has one name left, and that is another one.
deleted_name()
{
	for state in off on; do
		echo deleted >$top/f/deleted
		ln $top/f/deleted $top/p/deleted
		$state
		/opt/act in links reopen-deleted $top/f/deleted >/run/$state
		rm -f $top/p/deleted $top/f/deleted
	done
	check "$1: a deleted name of a file that has a protected one is not opened anew" \
		[ "$(cat /run/off /run/on | tr '\n' ' ')" = 'ok EACCES ' ]
	echo deleted >$top/f/deleted
	ln $top/f/deleted $top/f/deleted2
	check "$1: of one that has none it is" allowed links reopen-deleted $top/f/deleted
	rm $top/f/deleted2
}

folder_moved()
{
	mkdir -p $top/f/folder/below
	echo z >$top/f/folder/below/z
	ln $top/f/folder/below/z $top/f/z
	mkdir $top/f/other
	mv $top/f/other $top/f/another
	check "$1: a folder renamed where no rule speaks changes nothing" status_says ' complete'
	check "$1: what is below one that is renamed, before" allowed links read $top/f/z
	mv $top/f/folder $top/p/folder
	check "$1: and after, by the name that did not move" denied links read $top/f/z
	check "$1: also when the daemon has walked" soon status_says ' complete'
	check "$1: which it has" denied links read $top/f/z
	check "$1: others are read" allowed links read $top/f/own
	mv $top/p/folder $top/f/folder
	soon status_says ' complete'
	check "$1: and it, once it is back" allowed links read $top/f/z
	rm -r $top/f/folder $top/f/z $top/f/another
}

# ---- the table ----------------------------------------------------------------------------------

two_mounts()
{
	check 'by another mount of its file system' denied links read /opt/again/f/a
	check 'others by that' allowed links read /opt/again/f/own
	mkdir -p /opt/late
	mount -t tmpfs late /opt/late
	mkdir /opt/late/p
	echo late >/opt/late/p/x
	ln /opt/late/p/x /opt/late/x
	check 'before its file system is mounted where a rule speaks' allowed links read /opt/late/x
	mount --move /opt/late /srv/p/w1
	soon status_says ' complete'
	check 'and after' denied links read /srv/p/w1/x
	umount /srv/p/w1
	soon status_says ' complete'
}

# Somebody renames names and folders that the walk looks for, as fast as they can.
races()
{
	local i

	mkdir /srv/p/w1/sub /srv/f/race
	for i in 1 2 3 4 5 6; do
		echo $i >/srv/p/w1/sub/$i
		ln /srv/p/w1/sub/$i /srv/f/race/$i
		echo $i >/srv/f/race/m$i
		ln /srv/f/race/m$i /srv/f/race/n$i
	done
	(
		while [ ! -e /run/enough ]; do
			mv /srv/p/w1/sub /srv/p/w2/sub
			mv /srv/p/w2/sub/1 /srv/p/w1/1
			mv /srv/p/w1/1 /srv/p/w2/sub/1
			mv /srv/p/w2/sub /srv/p/w1/sub
			for i in 1 2 3 4 5 6; do
				mv /srv/f/race/m$i /srv/p/m$i 2>/dev/null
			done
		done
	) &
	policyctl apply /opt/p/more.yaml >/dev/null
	policyctl remove more >/dev/null
	: >/run/enough
	wait $!
	for i in 1 3 6; do
		check "while it walked, folders and names were renamed: $i" \
			denied links read /srv/f/race/$i
		check "and names to where they are denied: $i" denied links read /srv/f/race/n$i
	done
	soon status_says ' complete'
	check 'when all stands still' denied links read /srv/f/race/1
	check 'also those' denied links read /srv/f/race/n1
	check 'others are read' allowed links read /srv/f/own
	rm -r /srv/f/race /srv/p/w1/sub /srv/p/m*
}

# No read may succeed while images are switched: each has a table of its own.
switches()
{
	local i

	i=0
	while [ $i -lt 4000 ]; do
		printf 'links\t=read\t/srv/f/a\t-\nlinks\t=read\t/srv/f/own\t-\n'
		i=$((i + 1))
	done >/run/table
	/opt/act table /run/table >/run/said &
	for i in 1 2 3; do
		policyctl apply /opt/p/more.yaml >/dev/null
		policyctl remove more >/dev/null
	done
	wait $!
	cut -f 1 /run/said | sort | uniq -c >/run/sums
	check 'while policies are switched no read succeeds, and others do' \
		[ "$(tr -s ' \n' ' ' </run/sums)" = ' 4000 EACCES 4000 ok ' ]
}

restarts()
{
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	check 'without a daemon: from before' says EACCES links read /srv/f/a
	echo dead >/srv/f/dead
	ln /srv/f/dead /srv/p/dead
	check 'made while there is none' says EACCES links read /srv/f/dead
	check 'others are read' allowed links read /srv/f/own
	mkdir /srv/f/folder
	echo z >/srv/f/folder/z
	ln /srv/f/folder/z /srv/f/z
	mv /srv/f/folder /srv/p/folder
	check 'in a folder renamed while there is none' says EACCES links read /srv/f/z
	start_enforcerd --links 8
	daemon=$!
	check 'the next one knows them' denied links read /srv/f/dead
	soon status_says ' complete'
	check 'and walks' denied links read /srv/f/z
	check 'so that others are read' allowed links read /srv/f/own
	rm -r /srv/p/folder /srv/f/z /srv/p/dead /srv/f/dead
}

full()
{
	local i

	for i in 1 2 3 4 5 6 7 8; do
		echo $i >/srv/f/full$i
		ln /srv/f/full$i /srv/p/full$i
	done
	check 'a table that is full says so' status_says FULL
	check 'what it has no room for is denied' denied links read /srv/f/full8
	check 'and others of several names' denied links read /srv/f/own
	check 'for the reason' event names-unknown /srv/f/own
	check 'files of one name are read' allowed links read /srv/f/keep
	rm /srv/p/full* /srv/f/full*
	policyctl apply /opt/p/more.yaml >/dev/null
	check 'the next apply finds room again' status_says ' complete'
	check 'and others are read' allowed links read /srv/f/own
	check 'from before' denied links read /srv/f/a
	for i in 1 2 3 4 5 6 7 8; do
		echo $i >/srv/f/full$i
		ln /srv/f/full$i /srv/p/full$i
	done
	policyctl remove more >/dev/null
	check 'one that a walk fills says so, too' status_says FULL
	check 'and denies what it has no room for' denied links read /srv/f/own
	rm /srv/p/full* /srv/f/full*
}

prepare || exit
start_enforcerd || exit
daemon=$!
apply /opt/p/links.yaml /opt/p/closed.yaml || exit
check 'the table is complete when apply returns' status_says ' complete'
for top in /srv /mnt/ext4; do
	from_before $top
	while_in_force $top
	deleted_name $top
	folder_moved $top
done
two_mounts
races
switches
restarts
full
plan
