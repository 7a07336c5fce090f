# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# Ways around the names of files, policies that speak of them, and who may go which of them.

# ways: reads "OPERATION | STEP..."; @ stands for the cgroup of a policy's subject. What a step
# needs is prepared before the task enters it.
ways()
{
	sed -n 's/^[ \t]*\([a-z-]* | .*\)/\1/p' >>/run/ways
}

ways <<'END'
	mount | unshare=mnt cgroup=@ mount=/mnt
	mount | unshare=mnt cgroup=@ mount=/etc
	mount | unshare=mnt cgroup=@ cover=/opt,/mnt
	mount | unshare=mnt cgroup=@ cover=/opt/actor,/etc/passwd
	mount | unshare=mnt tmpfs=/mnt cgroup=@ move=/mnt,/srv
	mount | unshare=mnt cgroup=@ share=/
	mount | unshare=mnt cgroup=@ fsmount=tmpfs
	mount | unshare=mnt cgroup=@ fsmount=proc
	mount | unshare=mnt cgroup=@ opentree=/opt,/mnt
	mount | unshare=user+mnt cgroup=@ mount=/mnt
	mount | unshare=user+mnt cgroup=@ fsmount=tmpfs
	mount | unshare=user+mnt cgroup=@ cover=/opt,/mnt
	remount | unshare=mnt tmpfs=/mnt cgroup=@ remount=/mnt
	remount | unshare=mnt tmpfs=/mnt cgroup=@ rebind=/mnt
	remount | unshare=mnt tmpfs=/mnt cgroup=@ reconfigure=/mnt
	umount | unshare=mnt tmpfs=/mnt cgroup=@ umount=/mnt
	umount | unshare=mnt tmpfs=/mnt cgroup=@ detach=/mnt
	pivot-root | unshare=mnt hold=@ tmpfs=/mnt chroot=/mnt mkdir=/new tmpfs=/new join pivot=/new
	chroot | cgroup=@ root=/opt
	chroot | unshare=user cgroup=@ root=/opt
	raw-io | cgroup=@ open=/dev/loop0,0
	raw-io | cgroup=@ open=/dev/loop0,1
	raw-io | cgroup=@ open=/dev/loop0,2
	raw-io | cgroup=@ open=/dev/loop0,3
	raw-io | cgroup=@ open=/opt/disk,0
	raw-io | cgroup=@ reopen=/dev/loop0,0
	raw-io | cgroup=@ open=/dev/mem,0
	raw-io | cgroup=@ open=/dev/port,2
	raw-io | cgroup=@ knod=b:7:0,/tmp/@
	raw-io | cgroup=@ knod=b:259:7,/tmp/@
	raw-io | cgroup=@ knod=c:1:1,/tmp/@
	raw-io | cgroup=@ knod=c:1:2,/tmp/@
	raw-io | send=/dev/loop0 cgroup=@ receive
	trace | target=/nobody cgroup=@ attach
	trace | target=/nobody cgroup=@ seize
	trace | target=/nobody cgroup=@ mem=r
	trace | target=/nobody cgroup=@ mem=w
	trace | target=/nobody cgroup=@ vm=read
	trace | target=/nobody cgroup=@ vm=write
	trace | target=/nobody cgroup=@ getfd
	trace | traceme=@
	read-memory | hold=@ uid=1000 target join look=environ
	read-memory | hold=@ uid=1000 target join look=maps
	read-memory | hold=@ uid=1000 target join look=auxv
	read-memory | target=/nobody cgroup=@ link=exe
	read-memory | target=/nobody cgroup=@ link=cwd
	read-memory | target=/nobody cgroup=@ link=fd/1
	read-memory | target=/nobody cgroup=@ stat
END

# each NAME CGROUP [OPERATION...]: one case: all ways in this cgroup, of which those of these
# operations succeed ("all": every one).
each()
{
	local name=$1 group=$2

	shift 2
	{
		echo "$name"
		awk -F ' [|] ' -v group="$group" -v allowed=" $* " '{
			may = allowed == " all " || index(allowed, " " $1 " ")
			gsub("@", group, $2)
			print "\t" (may ? "ok" : "EPERM") " | " $2
		}' /run/ways
	} | cells around
}

mknod /opt/disk b 7 0
# The machine's ports and memory, where this kernel has them.
[ -c /dev/mem ] || sed -i '/\/dev\/mem/d' /run/ways
[ -c /dev/port ] || sed -i '/\/dev\/port/d' /run/ways
operations=$(cut -d ' ' -f 1 /run/ways | sort -u)

# ---- policies, each with a cgroup of its name ----------------------------------------------------

policy file '{cgroup: /file}' <<'END'
file:
  default: allow
END
policy strict '{cgroup: /strict}' <<'END'
file:
  default: deny
  allow:
    - read,write /sys/fs/cgroup/** /proc/**
    - read /dev/null
END
policy exec '{cgroup: /exec}' <<'END'
exec:
  deny:
    - run /bin/none
END
policy open '{cgroup: /open}' <<'END'
file:
  deny:
    - read /opt/secret/open
kernel:
  default: allow
process:
  default: allow
END
policy closed '{cgroup: /closed}' <<'END'
kernel:
  default: deny
process:
  default: deny
END
policy audited '{cgroup: /audited}' <<'END'
mode: audit
file:
  deny:
    - read /opt/secret/audited
END
policy errno '{cgroup: /errno}' <<'END'
kernel:
  deny:
    - {rule: all, action: 'errno:EXDEV', why: 'not here'}
END
policy named '{cgroup: /named}' <<'END'
file:
  default: allow
  allow:
    - write,truncate /proc/sys/kernel/core_pattern /proc/sys/fs/binfmt_misc/register
    - write,truncate /proc/sys/kernel/*
END
policy own '{cgroup: /own}' <<'END'
process:
  default: deny
  allow:
    - trace same
  deny:
    - {rule: 'read-memory same', action: 'errno:ESRCH'}
END
policy others '{cgroup: /others}' <<'END'
process:
  deny:
    - trace same
END
for operation in $operations; do
	section=kernel object=
	case $operation in
	trace | read-memory) section=process object=' any' ;;
	esac
	policy "only-$operation" "{cgroup: /only-$operation}" <<-END
		file:
		  deny:
		    - read /opt/secret/none
		$section:
		  default: deny
		  allow:
		    - $operation$object
	END
	policy "not-$operation" "{cgroup: /not-$operation}" <<-END
		$section:
		  deny:
		    - $operation$object
	END
done

# ---- who may go which way ------------------------------------------------------------------------

mkdir -p /sys/fs/cgroup/nobody
each without_a_policy_everything_is_open /nobody all
each file_rules_close_every_way_around_them /file
each file_rules_that_deny_by_default_close_them_too /strict
each rules_of_other_sections_close_none /exec all
each a_section_that_is_written_holds_instead /open all
each a_section_alone_closes_what_it_says /closed
each a_policy_in_audit_mode_closes_none /audited all
for operation in $operations; do
	each "${operation}_alone_is_allowed_by_its_name" "/only-$operation" "$operation"
	# shellcheck disable=SC2046,SC2086 # words
	each "${operation}_alone_is_denied_by_its_name" "/not-$operation" \
		$(printf '%s\n' $operations | grep -vx "$operation")
done
# Settings that start programs; opening one to write it and truncate it changes nothing yet.
for setting in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe \
	/proc/sys/kernel/hotplug /proc/sys/kernel/poweroff_cmd \
	/proc/sys/kernel/usermodehelper/bset /proc/sys/kernel/usermodehelper/inheritable \
	/proc/sys/fs/binfmt_misc/register /proc/sys/fs/binfmt_misc/status \
	/sys/kernel/uevent_helper /sys/fs/cgroup/v1/release_agent; do
	[ ! -e $setting ] || echo $setting
done >/run/settings

settings()
{
	local setting

	while read -r setting; do
		printf '\t%s | cgroup=%s open=%s,513\n' "$2" "$1" "$setting"
		printf '\t%s | cgroup=%s open=%s,1\n' "$2" "$1" "$setting"
		printf '\t%s | cgroup=%s open=%s,2\n' "$2" "$1" "$setting"
		printf '\t%s | cgroup=%s reopen=%s,2\n' "$2" "$1" "$setting"
	done
}

{
	echo settings_that_start_programs_are_not_written
	settings /file EACCES </run/settings
	settings /open EACCES </run/settings
	settings /strict EACCES </run/settings
	echo they_are_where_no_file_rules_are
	settings /exec ok </run/settings
	settings /audited ok </run/settings
	echo they_are_where_their_whole_name_is_allowed
	grep -E 'core_pattern|register' /run/settings | settings /named ok
	grep -vE 'core_pattern|register' /run/settings | settings /named EACCES
	echo they_are_read
	sed 's/.*/\tok | cgroup=\/file open=&,0/' /run/settings | grep -v register
} | cells around
cells around <<'END'
settings_are_known_by_any_way_to_them
	EACCES | unshare=mnt cover=/proc/sys/kernel,/mnt cgroup=/file open=/mnt/core_pattern,1
	EACCES | cgroup=/file open=/proc/self/root/proc/sys/kernel/core_pattern,1
	EACCES | hold=/file chroot=/proc join open=/sys/kernel/modprobe,1
	ok | cgroup=/file open=/proc/sys/kernel/panic,1
ones_own_may_be_traced_and_read
	ok | target=/file cgroup=/file attach
	ok | target=/file cgroup=/file mem=w
	ok | target=/file cgroup=/file vm=read
	ok | target=/file cgroup=/file getfd
	ok | target=/file cgroup=/file look=maps
	ok | target=/file cgroup=/file stat
	ok | cgroup=/file target=/nobody attach
	ok | cgroup=/file traceme
	ok | cgroup=/file cgroup=/ traceme
	ok | cgroup=/file open=/proc/self/mem,2
	ok | cgroup=/file open=/proc/self/environ,0
	ok | cgroup=/file thread open=/proc/self/maps,0
every_layer_of_the_one_must_be_the_others
	EPERM | target=/file cgroup=/file cgroup=/closed attach
	EPERM | target=/strict cgroup=/file attach
	ok | target=/file cgroup=/file cgroup=/exec attach
	ok | cgroup=/file cgroup=/strict target=/nobody attach
same_is_said_of_each_policy
	ok | target=/own cgroup=/own attach
	EPERM | target=/own cgroup=/own link=exe
	EPERM | target=/nobody cgroup=/own attach
	EPERM | target=/others cgroup=/others attach
	ok | target=/nobody cgroup=/others attach
	EPERM | cgroup=/others traceme
	ok | traceme=/others
who_is_traced_is_not_asked
	ok | target=/file attach
	ok | target=/closed look=maps
other_devices_are_files_like_others
	ok | cgroup=/closed open=/dev/null,2
	ok | cgroup=/closed open=/dev/zero,0
	ok | cgroup=/closed knod=c:1:3,/tmp/null
	ok | cgroup=/closed send=/dev/null receive
	ok | cgroup=/file send=/etc/passwd receive
	ok | cgroup=/file open=/etc/passwd,0
the_error_is_the_one_that_is_written
	EXDEV | unshare=mnt cgroup=/errno mount=/mnt
	EXDEV | cgroup=/errno root=/opt
every_layer_must_allow
	EPERM | cgroup=/open cgroup=/closed root=/opt
	EPERM | cgroup=/closed cgroup=/open root=/opt
	ok | cgroup=/open cgroup=/exec root=/opt
what_is_closed_stays_closed_elsewhere
	EPERM | cgroup=/file cgroup=/ fork root=/opt
	EPERM | cgroup=/file cgroup=/nobody unshare=user root=/opt
END
