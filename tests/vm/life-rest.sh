# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The daemon's own life: killed and started again, its socket, its events, its pins; mounts.
# Variables come from life-lib.sh, and are used in the conditions that check evaluates.
# shellcheck shell=dash disable=SC2034,SC2154

verification()
{
	run policyctl verify
	check 'verify ends with 0' '[ $rc = 0 ]'
	run $tool tamper-tables
	run policyctl verify
	check 'verify finds changed tables' 'ends 1 "differs from the store"'
	stop
	check 'the next start puts right what was changed' 'start && policyctl verify >/dev/null'
	run $tool tamper-roots
	check 'without names the rule does not match' 'reads /srv/secret/a'
	run policyctl verify
	check 'verify finds a changed table of mounts' 'ends 1 "table of mounts"'
	stop
	check 'and that is put right too' \
		'start && policyctl verify >/dev/null && denied /srv/secret/a'
}

killed()
{
	local before reported watcher tally

	before=$(generation) reported=$(field events.reported)
	"$act/tool" watch /srv/secret/a >/tmp/tally &
	watcher=$!
	stop KILL
	check 'enforcement goes on without the daemon' 'denied /srv/secret/a'
	check 'the next start adopts it, as the same generation' \
		'start && [ "$(generation)" = "$before" ] && [ "$(field adopted)" = true ]'
	usleep 200000
	kill "$watcher"
	wait "$watcher"
	read -r tally </tmp/tally
	out=$tally
	check 'no open got through meanwhile' \
		'said "opened 0 denied" "other 0" && ! said "denied 0"'
	policyctl stats >/dev/null
	check 'what happened in between was delivered' \
		'[ "$(field events.reported)" -gt "$((reported + 1))" ] && balanced'
	stop
	check 'a clean stop ends with 0 and keeps enforcement' \
		'[ $rc = 0 ] && denied /srv/secret/a'
	check 'and is adopted' 'start && [ "$(generation)" = "$before" ] && denied /srv/secret/a'
	run timeout 20 enforcerd
	check 'a second daemon is refused' '[ $rc = 70 ] && said "another enforcerd is running"'
	run enforcerd --unload
	check 'nothing is unloaded beside a daemon' 'ends 1 "stop it first" && denied /srv/secret/a'
}

# Reported is delivered and dropped, no more and no less.
balanced()
{
	out=$(policyctl --json stats)
	[ "$(printf %s "$out" | $tool json reported)" = \
		$(($(printf %s "$out" | $tool json delivered) + \
			$(printf %s "$out" | $tool json dropped))) ]
}

socket()
{
	local path=/run/portcullis/control.sock

	run su user -s /bin/sh -c 'policyctl status'
	check 'a user is refused with 4' '[ $rc = 4 ]'
	chmod 666 "$path"
	run su user -s /bin/sh -c 'policyctl remove secret'
	check 'also where the socket lets in' 'ends 4 root && denied /srv/secret/a'
	chmod 600 "$path"
	head -c 100000 /dev/urandom >/tmp/noise
	printf 'nonsense\n{"portcullis": 1, "command": "explode"}\n{"portcullis": 1}\n' >>/tmp/noise
	$tool send "$path" </tmp/noise >/dev/null
	printf '{"portcullis": 1, "command": "explode"}\n[[[[\n\n{"portcullis": 9}\n' >/tmp/noise
	out=$($tool send "$path" </tmp/noise)
	check 'what is no request is answered as such' 'said "no command is called" "not JSON"'
	head -c 18000000 /dev/zero | tr '\0' x >/tmp/noise
	out=$($tool send "$path" </tmp/noise)
	rm /tmp/noise
	check 'what is too long too' 'said "longer than 16 MiB"'
	check 'and the daemon lives' 'kill -0 $daemon && answers && denied /srv/secret/a'
}

storm()
{
	local before after

	policyctl stats >/dev/null
	before=$(field events.reported)
	run "$act/tool" storm /srv/secret/a 20000
	check 'a storm of 20,000 is denied, every one' 'said "opened 0 denied 20000 other 0"'
	check 'reported is delivered and dropped' balanced
	after=$(field events.reported)
	check 'each of them was reported' '[ $((after - before)) -ge 20000 ]'
	wait_until 10 '[ "$(field events.sink.written)" = "$(field events.delivered)" ]'
	run $tool events "$events"
	check 'the file has lines of JSON in growing order' '[ $rc = 0 ] && said events'
}

following()
{
	local follower

	policyctl --json events -f >/tmp/followed &
	follower=$!
	wait_until 5 '[ "$(field events.subscribers)" = 1 ]'
	reads /srv/secret/a
	check 'events -f sees an event come' 'wait_until 5 "grep -q /srv/secret/a /tmp/followed"'
	kill "$follower"
	wait "$follower" 2>/dev/null
	run policyctl events -n 3
	check 'events shows the last ones' 'ends 0 /srv/secret/a'
	run policyctl --json events -n 1 --policy secret
	check 'and as JSON' '[ $rc = 0 ] && said "\"sequence\"" "\"secret\""'
	run policyctl why --last
	check 'why names the rule' 'ends 0 "read /srv/secret/**"'
}

# runs PROGRAM: a confined shell starts it.
runs()
{
	"$act/sh" -c "$1 -c :" >/dev/null 2>&1
}

mounts()
{
	policy mounted 'exec:
  default: deny
  allow:
    - run,map /opt/act/* /mnt/new/**'
	mkdir -p /mnt/new /mnt/elsewhere
	cp "$act/sh" /srv/sh
	check 'before: it runs' 'runs /srv/sh'
	run policyctl apply /opt/p/mounted.yaml
	check 'a policy that allows a few places' '[ $rc = 0 ] && runs $act/sh && ! runs /srv/sh'
	mount -t tmpfs new /mnt/new && cp "$act/sh" /mnt/new/sh
	check 'a file system mounted after apply is named at once' 'wait_until 3 "runs /mnt/new/sh"'
	mount -t tmpfs elsewhere /mnt/elsewhere && cp "$act/sh" /mnt/elsewhere/sh
	usleep 500000
	check 'one mounted elsewhere is not allowed' \
		'! runs /mnt/elsewhere/sh && /mnt/elsewhere/sh -c :'
	umount /mnt/new
	mount -o move /mnt/elsewhere /mnt/new
	check 'moved, it has the name of its new place' 'wait_until 3 "runs /mnt/new/sh"'
	# Another tmpfs over the same path, which only this namespace has.
	cat >/tmp/forge <<-END
		mount -t tmpfs forged /mnt/new && cp $act/sh /mnt/new || exit 9
		/mnt/new/sh -c : || exit 9
		$act/sh -c '/mnt/new/sh -c :'
	END
	run unshare -m sh /tmp/forge
	check 'a tmpfs of a private namespace is not the host'\''s path' \
		'[ $rc = 126 ] && said "Permission denied"'
	check 'while that one goes on' 'runs /mnt/new/sh'
	umount /mnt/new
}

things()
{
	$tool count
	set -- "/proc/$daemon/fd/"*
	echo "fds $#"
	set -- /sys/fs/bpf/portcullis/*
	echo "pins $#"
}

leaks()
{
	local i=0 before begin

	# Every slot and each of the two texts' maps once.
	for i in 1 2 3 4; do
		policyctl apply /opt/p/public.yaml >/dev/null
		policyctl remove public >/dev/null
	done
	usleep 500000
	before=$(things)
	begin=$(now_ms) i=0
	while [ $i -lt 15 ]; do
		policyctl apply /opt/p/public.yaml >/dev/null &&
			policyctl remove public >/dev/null || break
		i=$((i + 1))
	done
	echo "# 30 changes in $(($(now_ms) - begin)) ms"
	check '30 changes in a row' '[ $i = 15 ]'
	usleep 500000
	out="before: $before now: $(things)"
	check 'leave no map, program, descriptor or pin behind' \
		'wait_until 3 "[ \"\$(things)\" = \"\$before\" ]"'
}

unloading()
{
	stop
	run enforcerd --unload
	check 'unload leaves nothing' '[ $rc = 0 ] && [ ! -e /sys/fs/bpf/portcullis ] &&
		reads /srv/secret/a && wait_until 5 "[ \"\$($tool count)\" = \"$pristine\" ]"'
	check 'what the store has is in force again after a start' 'start && denied /srv/secret/a'
}
