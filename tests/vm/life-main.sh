# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Generations and the commands that make them: apply, remove, rollback, mode, confirm, off.
# Variables come from life-lib.sh, and are used in the conditions that check evaluates.
# shellcheck shell=dash disable=SC2034,SC2154

no_daemon()
{
	run policyctl status
	check 'status without a daemon ends with 5 and says so' 'ends 5 "it does not run"'
	run policyctl apply /opt/p/secret.yaml
	check 'apply without a daemon ends with 5' 'ends 5 "it does not run"'
	check 'without a daemon everything is read' 'reads /srv/secret/a && reads /srv/public/a'
}

host()
{
	run policyctl doctor
	check 'doctor: this host can enforce policies' 'ends 0 "can enforce policies"'
	run enforcerd --probe
	check 'the probe says that this host enforces' \
		'[ $rc = 0 ] && [ "$(printf %s "$out" | $tool json enforces)" = true ]'
}

first_apply()
{
	local begin first second

	check 'enforcerd starts' start
	check 'a started daemon attaches nothing' '[ -z "$(field hooks)" ]'
	begin=$(now_ms)
	run policyctl apply /opt/p/secret.yaml
	first=$(($(now_ms) - begin))
	check 'apply says which generation is in force' 'ends 0 "revision 1, generation 1"'
	check 'what it denies is denied at its return' 'denied /srv/secret/a'
	check 'what it does not speak of is read' 'reads /srv/public/a'
	begin=$(now_ms)
	run policyctl apply /opt/p/public.yaml
	second=$(($(now_ms) - begin))
	check 'a second policy is added' \
		'ends 0 "generation 2" && denied /srv/secret/a && denied /srv/public/a'
	run policyctl remove public
	check 'and removed' 'ends 0 "generation 3" && denied /srv/secret/a && reads /srv/public/a'
	echo "# first apply $first ms, another $second ms"
	run policyctl apply /opt/p/secret.yaml
	check 'the same text again changes nothing' \
		'ends 0 "nothing to change" "generation 3" && [ "$(generation)" = 3 ]'
}

refused()
{
	run policyctl apply /opt/p/bad.yaml
	check 'a text that is not valid ends with 3 and says where' \
		'ends 3 "bad.yaml:7" && [ "$(generation)" = 3 ] && denied /srv/secret/a'
	run policyctl apply /opt/p/public.yaml /opt/p/bad.yaml
	check 'a good file beside a bad one is not taken' \
		'[ $rc = 3 ] && [ "$(generation)" = 3 ] && reads /srv/public/a &&
		denied /srv/secret/a'
	run policyctl apply /opt/p/public.yaml --expect 1
	check 'a plan that the store has left behind ends with 7' \
		'[ $rc = 7 ] && [ "$(generation)" = 3 ] && reads /srv/public/a'
	run policyctl remove nobody
	check 'removing what is not there ends with 2' 'ends 2 nobody && [ "$(generation)" = 3 ]'
	run policyctl remove
	check 'a command line without its operand ends with 2' 'ends 2 usage'
	run policyctl rollback 99
	check 'a rollback to no revision ends with 2' 'ends 2 99 && [ "$(generation)" = 3 ]'
}

hooks()
{
	local few

	few=$(field hooks | tr '\n' ' ')
	out=$few
	check 'one that denies reading attaches those for that and for ways around, and no others' \
		'said file_open file_receive bprm_check_security inode_rename inode_link sb_mount \
		inode_unlink ptrace_access_check && ! said inode_create && ! said inode_rmdir &&
		! said ioctl && ! said file_lock'
	touch /srv/other/b /srv/other/c
	check 'before: a file can be deleted' '$act/rm /srv/other/b'
	run policyctl apply /opt/p/kept.yaml
	out=$(field hooks)
	check 'one that denies deleting attaches those for that, and no others' \
		'said file_open inode_unlink inode_rmdir && ! said inode_create &&
		! said inode_mkdir && ! said ioctl'
	check 'and a file stays' '! $act/rm -f /srv/other/c && [ -e /srv/other/c ]'
	run policyctl remove kept
	check 'and they go with it' '[ "$(field hooks | tr "\n" " ")" = "$few" ]'
	run policyctl remove secret
	check 'without a policy nothing is attached' '[ $rc = 0 ] && [ -z "$(field hooks)" ] &&
		! ls /sys/fs/bpf/portcullis/link_* 2>/dev/null && reads /srv/secret/a'
}

several()
{
	local before

	check 'before: all of it is read' \
		'reads /srv/secret/a && reads /srv/public/a && reads /srv/other/a'
	run policyctl apply /opt/p/secret.yaml /opt/p/public.yaml /opt/p/other.yaml
	check 'several files are one generation' 'ends 0 "3 policies" && denied /srv/secret/a &&
		denied /srv/public/a && denied /srv/other/a'
	before=$(generation)
	run policyctl list
	check 'list' 'ends 0 secret public other'
	run policyctl show secret
	check 'show' 'ends 0 "/srv/secret/**"'
	run policyctl diff /opt/p/secret.yaml
	check 'diff of what is active ends with 0' '[ $rc = 0 ]'
	sed 's,/srv/secret/,/srv/hidden/,' /opt/p/secret.yaml >/opt/p/changed.yaml
	mkdir -p /opt/q && mv /opt/p/changed.yaml /opt/q/secret.yaml
	run policyctl diff /opt/q/secret.yaml
	check 'diff of another text ends with 1 and says what' 'ends 1 /srv/hidden /srv/secret'
	run policyctl plan /opt/q/secret.yaml
	check 'plan ends with 1 and changes nothing' \
		'[ $rc = 1 ] && [ "$(generation)" = "$before" ] && denied /srv/secret/a'
	run policyctl remove other
	check 'remove takes out one of them' '[ $rc = 0 ] && reads /srv/other/a &&
		denied /srv/secret/a && denied /srv/public/a'
	run policyctl rollback
	check 'rollback brings it back' '[ $rc = 0 ] && denied /srv/other/a && denied /srv/secret/a'
	run policyctl rollback 1
	check 'rollback to a revision' \
		'[ $rc = 0 ] && reads /srv/other/a && reads /srv/public/a && denied /srv/secret/a'
	run policyctl history
	check 'history has every revision' 'ends 0 rollback remove apply'
}

modes()
{
	local audited

	run policyctl mode secret audit
	check 'audit lets pass' '[ $rc = 0 ] && reads /srv/secret/a'
	audited=$(field policies.0.audited)
	check 'and counts what it would have denied' '[ "$audited" = 1 ]'
	run policyctl status
	check 'status shows the mode' 'ends 0 audit'
	run policyctl mode secret enforce
	check 'enforce denies again' '[ $rc = 0 ] && denied /srv/secret/a'
	run policyctl mode secret maybe
	check 'another mode ends with 2' '[ $rc = 2 ]'
}

confirmation()
{
	local before deadline

	before=$(field revision)
	run policyctl apply /opt/p/public.yaml --confirm 6s
	check 'an unconfirmed change is in force' \
		'ends 0 "policyctl confirm" && denied /srv/public/a'
	check 'and status says until when' '[ "$(field confirm.previous)" = "$before" ]'
	run policyctl apply /opt/p/other.yaml
	check 'another change has to wait' 'ends 1 "waits to be confirmed"'
	mkdir -p /mnt/during && mount -t tmpfs during /mnt/during && echo x >/mnt/during/a
	check 'it falls back by itself' \
		'wait_until 10 "reads /srv/public/a" && denied /srv/secret/a'
	check 'and the daemon notices' \
		'wait_until 3 "[ \$(field confirm) = null ] && [ \$(field revision) = $before ]"'
	run policyctl confirm
	check 'too late to confirm: 1 or 8' '[ $rc = 1 ] || [ $rc = 8 ]'
	umount /mnt/during
	run policyctl apply /opt/p/public.yaml --confirm 6s
	stop KILL
	check 'it is in force with the daemon killed' 'denied /srv/public/a && denied /srv/secret/a'
	check 'the kernel falls back without it' \
		'wait_until 10 "reads /srv/public/a" && denied /srv/secret/a'
	check 'the next daemon goes on from there' \
		'start && [ "$(field confirm)" = null ] && [ "$(field revision)" = "$before" ] &&
		reads /srv/public/a && denied /srv/secret/a'
	run policyctl apply /opt/p/public.yaml --confirm 60s
	run policyctl cancel
	check 'cancel takes it back' '[ $rc = 0 ] && reads /srv/public/a && denied /srv/secret/a'
	deadline=$(($(now_ms) + 16000))
	run policyctl apply /opt/p/public.yaml --confirm 15s
	stop KILL
	check 'a daemon started in time still waits' \
		'start && [ "$(field confirm.previous)" = "$before" ]'
	run policyctl confirm
	check 'confirm makes it final' '[ $rc = 0 ] &&
		wait_until 20 "[ \$(now_ms) -ge $deadline ]" && denied /srv/public/a'
	run policyctl confirm
	check 'nothing more to confirm ends with 1' '[ $rc = 1 ]'
	run policyctl remove public
	check 'and it can be removed' '[ $rc = 0 ] && reads /srv/public/a && denied /srv/secret/a'
}

# A deadline has to bring back names on file systems that came while it ran.
new_mount_before_fallback()
{
	policy mounted 'file:
  deny:
    - read /mnt/late/**'
	run policyctl apply /opt/p/mounted.yaml
	run policyctl apply /opt/p/public.yaml --confirm 6s
	mkdir -p /mnt/late && mount -t tmpfs late /mnt/late && echo x >/mnt/late/a
	check 'a file system mounted during a confirmation is named' \
		'wait_until 2 "denied /mnt/late/a"'
	check 'and is still named after the fallback' \
		'wait_until 10 "reads /srv/public/a" && denied /mnt/late/a'
	umount /mnt/late
	run policyctl remove mounted
}

off_and_on()
{
	run policyctl off
	check 'off without a reason ends with 2' '[ $rc = 2 ] && denied /srv/secret/a'
	run policyctl off --reason 'trying things'
	check 'off' '[ $rc = 0 ] && reads /srv/secret/a'
	run policyctl status
	check 'status says off, and why' 'ends 0 OFF "trying things"'
	stop KILL
	check 'off outlives the daemon' 'start && reads /srv/secret/a'
	run policyctl on
	check 'on' '[ $rc = 0 ] && denied /srv/secret/a'
	run policyctl off --for 5s --reason 'a short while'
	check 'off for a while' '[ $rc = 0 ] && reads /srv/secret/a'
	check 'is on again by itself' 'wait_until 10 "denied /srv/secret/a"'
}

survival()
{
	local program

	for program in /sbin/init /usr/sbin/sshd /usr/bin/apt-get /usr/bin/rootsh; do
		rm -f "$program"
		cp /usr/bin/busybox "$program"
	done
	sed -i '/^root:/s,:[^:]*$,:/usr/bin/rootsh,' /etc/passwd
	printf '%s\n' 'portcullis: 1' 'policy: lockout' 'subject: system' 'exec:' \
		'  default: deny' '  allow: []' \
		>/opt/p/lockout.yaml
	run policyctl apply /opt/p/lockout.yaml
	check 'what would lock out everybody is refused, with names' \
		'ends 3 "init (" "dynamic loader (" /usr/sbin/sshd /usr/bin/apt-get \
			/usr/bin/policyctl "login shell (/usr/bin/rootsh)" && sleep 0'
	mkfifo /tmp/never
	policyctl apply /opt/p/lockout.yaml --force --confirm 6s >/dev/null 2>&1
	applied=$?
	# Nothing can be run now: only what the shell does by itself.
	stop KILL
	locked=1
	(cat /srv/public/a) >/dev/null 2>&1 && locked=
	# shellcheck disable=SC3045
	read -r -t 8 _ <>/tmp/never
	check 'forced, it is in force until its time is up' '[ $applied = 0 ] && [ $locked ]'
	check 'and then gone, with no daemon and nobody able to do anything' 'reads /srv/public/a'
	check 'the next daemon goes on from there' 'start && [ "$(field confirm)" = null ]'
	run policyctl remove mounted
	check 'and without the other policy all is as before' 'runs /srv/sh && denied /srv/secret/a'
}
