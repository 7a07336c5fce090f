# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A store that is missing, damaged, of another version, locked or full: nothing is weakened.
# Variables come from life-lib.sh, and are used in the conditions that check evaluates.
# shellcheck shell=dash disable=SC2034,SC2154

# refuses_to_start NAME STATUS WORDS...: how the daemon ends, what it says, and what stays in force.
refuses_to_start()
{
	local name=$1 status=$2

	shift 2
	out=$(timeout 30 enforcerd 2>&1)
	rc=$?
	refusal_words="$*"
	check "$name" 'ends '"$status"' "$refusal_words" && denied /srv/secret/a'
}

# Stops the daemon, and keeps a copy of its store.
set_aside()
{
	stop
	cp "$store" /tmp/store.db
}

put_back()
{
	rm -f "$store" "$store"-wal "$store"-shm
	cp /tmp/store.db "$store"
	chmod 600 "$store"
}

missing_store()
{
	local before

	before=$(generation)
	set_aside
	rm -f "$store"*
	check 'with its store gone, the daemon keeps what is in force' \
		'start && denied /srv/secret/a && [ "$(generation)" = "$before" ]'
	run policyctl status
	check 'and says so' 'ends 0 "store is empty, yet policies are in force"'
	run policyctl apply /opt/p/public.yaml
	check 'a change that would drop them is refused' \
		'ends 1 "would drop them" && denied /srv/secret/a'
	stop
	put_back
	check 'with the store back all is as before' \
		'start && denied /srv/secret/a && [ "$(generation)" = "$before" ] &&
		policyctl verify >/dev/null'
}

damaged_store()
{
	set_aside
	head -c 40000 /dev/urandom | dd of="$store" bs=1 seek=4096 conv=notrunc 2>/dev/null
	refuses_to_start 'a damaged store is refused' 70 'damaged'
	head -c 2000 /dev/urandom >"$store"
	refuses_to_start 'something else in its place too' 70 'what is in force stays'
	put_back
	# user_version, big-endian, at byte 60 of the header
	printf '\0\0\0\143' | dd of="$store" bs=1 seek=60 conv=notrunc 2>/dev/null
	refuses_to_start 'a newer schema is refused' 70 'newer version of Portcullis'
	put_back
	check 'with the right one it starts' 'start && denied /srv/secret/a'
}

locked_store()
{
	local holder

	$tool lock "$store" >/tmp/locked &
	holder=$!
	wait_until 5 'grep -q locked /tmp/locked'
	run policyctl apply /opt/p/public.yaml
	check 'a locked store: apply fails and says why' \
		'[ $rc = 70 ] && said locked && reads /srv/public/a && denied /srv/secret/a'
	kill "$holder"
	wait "$holder"
	run policyctl apply /opt/p/public.yaml
	check 'freed, it is taken' '[ $rc = 0 ] && denied /srv/public/a'
	run policyctl remove public
}

full_disk()
{
	local before

	set_aside
	mkdir -p /mnt/small
	mount -t tmpfs -o size=400k,mode=700 small /mnt/small
	cp /tmp/store.db /mnt/small/store.db
	check 'a store on a small file system' \
		'start --store /mnt/small/store.db && denied /srv/secret/a &&
		[ "$(field store.active)" != 0 ]'
	before=$(generation)
	dd if=/dev/zero of=/mnt/small/filler bs=1k count=1000 2>/dev/null
	run policyctl apply /opt/p/public.yaml
	check 'full: apply fails clearly, the old policy stays' '[ $rc != 0 ] && said space &&
		[ "$(generation)" = "$before" ] && reads /srv/public/a && denied /srv/secret/a'
	rm /mnt/small/filler
	run policyctl apply /opt/p/public.yaml
	check 'with room again it is taken' '[ $rc = 0 ] && denied /srv/public/a'
	stop
	check 'the first store is followed again' \
		'start && reads /srv/public/a && denied /srv/secret/a'
	umount /mnt/small
}
