# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# Ways to hurt the enforcer, policies whose subject may not, and others that may.

# "EXPECTED | STEP...": @ stands for the cgroup of a policy's subject. What is behind a "/" is said
# where nothing is denied, in place of "ok".
# From 6.13 on maps and environ are shown to root after it was told no.
shows_to_root()
{
	[ "$(uname -r | awk -F '[.-]' '{ print $1 * 1000 + $2 }')" -ge 6013 ]
}

sed '/^$/d' >/run/ways <<END
EPERM | enforcer cgroup=@ signal=kill
EPERM | enforcer cgroup=@ signal=tgkill
EPERM | enforcer cgroup=@ signal=tkill
EPERM | enforcer cgroup=@ signal=queue
EPERM | enforcer cgroup=@ signal=pidfd
EPERM | enforcer cgroup=@ seize
EPERM | enforcer cgroup=@ mem=r
EPERM | enforcer cgroup=@ mem=w
EPERM/EFAULT | enforcer cgroup=@ vm=read
EPERM | enforcer cgroup=@ getfd
$(shows_to_root || echo 'EPERM | enforcer cgroup=@ look=maps')
$(shows_to_root || echo 'EPERM | enforcer cgroup=@ look=environ')
EPERM | enforcer cgroup=@ link=exe
EPERM | enforcer cgroup=@ link=fd/1
EPERM | enforcer cgroup=@ link=ns/mnt
EPERM | enforcer cgroup=@ limit=nofile
EPERM | enforcer cgroup=@ limit=nice
EPERM | enforcer cgroup=@ limit=io
EPERM | enforcer cgroup=@ limit=scheduler
EPERM | enforcer cgroup=@ limit=cpus
EPERM | enforcer cgroup=@ limit=pages
EPERM | cgroup=@ map-id=pc_control
EPERM | cgroup=@ map-id=pc_events
EPERM | cgroup=@ map-id=pc_own
EPERM | cgroup=@ program-id=pc_switch_word
EPERM | cgroup=@ pin=/sys/fs/bpf/portcullis/pc_control
EPERM | cgroup=@ pin=/sys/fs/bpf/portcullis/pc_names
EPERM | unshare=mnt cgroup=@ pin=/sys/fs/bpf/portcullis/pc_roots
EPERM/EBADF | cgroup=@ bpf=detach
EPERM/EBADF | cgroup=@ bpf=update
EPERM/ENOENT | cgroup=@ bpf=link
EPERM | cgroup=@ connect=/run/portcullis/control.sock
EPERM | hold=@ chroot=/run/portcullis join connect=/control.sock
EACCES | cgroup=@ open=/var/lib/portcullis/store.db,0
EACCES | cgroup=@ open=/var/lib/portcullis/store.db,2
EACCES | cgroup=@ reopen=/var/lib/portcullis/store.db,0
EACCES | cgroup=@ open=/proc/self/root/var/lib/portcullis/store.db,2
EACCES | unshare=mnt bind=/var/lib,/mnt cgroup=@ open=/mnt/portcullis/store.db,0
EACCES | cgroup=@ folder=/var/lib/portcullis/planted
EACCES | cgroup=@ chmod=/var/lib/portcullis/store.db
EACCES | cgroup=@ hardlink=/var/lib/portcullis/store.db
EACCES | cgroup=@ rename=/var/lib/portcullis
EACCES | cgroup=@ rename=/var/lib
EACCES | cgroup=@ rename=/var
EACCES | cgroup=@ rename=/etc/portcullis/policies
EACCES | cgroup=@ rename=/etc/portcullis
EACCES | cgroup=@ rename=/etc
EACCES | cgroup=@ folder=/etc/portcullis/policies/planted
EACCES | cgroup=@ create=/etc/portcullis/policies/planted.txt
EACCES | cgroup=@ open=/etc/portcullis/policies/held.yaml,1
EACCES | cgroup=@ unlink=/etc/portcullis/policies/old
EACCES | cgroup=@ folder=/run/portcullis/policies
EACCES | cgroup=@ chmod=/run/portcullis/control.sock
EACCES | cgroup=@ rename=/run/portcullis/control.sock
EACCES | cgroup=@ open=/var/log/portcullis/events.jsonl,1
EACCES | cgroup=@ chmod=/sys/fs/bpf/portcullis/pc_control
EACCES | cgroup=@ folder=/sys/fs/bpf/portcullis/planted
EACCES | cgroup=@ rename=/sys/fs/bpf/portcullis/pc_control
EACCES | cgroup=@ rename=/sys/fs/bpf/portcullis
EACCES | cgroup=@ chmod=/usr/sbin/enforcerd
EACCES | cgroup=@ rename=/usr/sbin/enforcerd
EACCES | cgroup=@ open=/usr/bin/policyctl,1
EACCES | cgroup=@ rename=/usr/sbin
EACCES | cgroup=@ rename=/etc/systemd
EACCES | cgroup=@ folder=/etc/systemd/system/enforcerd.service.d
EACCES | cgroup=@ create=/etc/systemd/system/enforcerd.service
EACCES | cgroup=@ open=/sys/fs/cgroup/system.slice/enforcerd.service/cgroup.freeze,1
EACCES | cgroup=@ open=/sys/fs/cgroup/system.slice/enforcerd.service/cgroup.kill,1
EACCES | cgroup=@ open=/sys/fs/cgroup/system.slice/enforcerd.service/cgroup.procs,1
EACCES | cgroup=@ open=/sys/fs/cgroup/system.slice/cgroup.freeze,1
EACCES | cgroup=@ open=/sys/fs/cgroup/system.slice/cgroup.kill,1
END
# Where the policy's other sections leave mounts alone.
cat >/run/mounts <<'END'
EPERM | cgroup=@ mount=/var/lib/portcullis umount=/var/lib/portcullis
EPERM | cgroup=@ mount=/var/lib umount=/var/lib
EPERM | cgroup=@ mount=/etc/portcullis/policies umount=/etc/portcullis/policies
EPERM | cgroup=@ mount=/run/portcullis umount=/run/portcullis
EPERM | cgroup=@ mount=/ umount=/
EPERM | cgroup=@ cover=/opt/actor,/usr/sbin/enforcerd umount=/usr/sbin/enforcerd
EPERM | cgroup=@ opentree=/opt,/etc/portcullis/held detach=/etc/portcullis/held
EPERM | cgroup=@ umount=/etc/portcullis/held cover=/etc/portcullis/held,/etc/portcullis/held
EPERM | cgroup=@ move=/etc/portcullis/held,/srv move=/srv,/etc/portcullis/held
EPERM/EBUSY | cgroup=@ pivot=/
EPERM | peers cgroup=@ mount=/etc/portcullis/shared umount=/etc/portcullis/shared
EPERM | cgroup=@ mount=/mnt mkdir=/mnt/s mount=/mnt/s detach=/mnt
EPERM | cgroup=@ again=/etc/portcullis/held
EPERM | cgroup=@ private=/etc/portcullis/held
END

# each NAME CGROUP FILE held|free: one case: all ways of a file, from this cgroup.
each()
{
	{
		echo "$1"
		awk -F ' [|] ' -v group="$2" -v held="$4" '{
			gsub("@", group, $2)
			before = $1 ~ "/" ? substr($1, index($1, "/") + 1) : "ok"
			expected = held == "held" ? $1 : before ~ "ok" ? "ok" : before "/" before
			print "\t" expected " | " $2
		}' "$3"
	} | cells guard
}

# ---- policies, each with a cgroup of its name ----------------------------------------------------

policy exec '{cgroup: /exec}' <<'END'
exec:
  deny:
    - run /bin/none
END
policy open '{cgroup: /open}' <<'END'
file:
  default: allow
  allow:
    - all /**
kernel:
  default: allow
  allow:
    - all
process:
  default: allow
END
policy strict '{cgroup: /strict}' <<'END'
file:
  default: deny
  allow:
    - all /**
kernel:
  default: deny
process:
  deny:
    - trace any
END
policy process '{cgroup: /process}' <<'END'
process:
  deny:
    - trace same
END
policy user '{user: user}' <<'END'
exec:
  deny:
    - run /bin/none
END
policy tamper '{cgroup: /tamper}' <<'END'
file:
  default: allow
kernel:
  default: allow
  allow:
    - tamper
process:
  default: allow
END
policy audit '{cgroup: /audit}' <<'END'
mode: audit
exec:
  deny:
    - run /bin/none
END
policy named '{cgroup: /named}' <<'END'
file:
  default: allow
  allow:
    - modify /etc/portcullis/policies/held.yaml
kernel:
  default: allow
END
policy held '{cgroup: /held}' <<'END'
exec:
  deny:
    - run /bin/none
END

: >/etc/portcullis/policies/old
mkdir -p /sys/fs/cgroup/nobody /srv /etc/systemd/system /etc/portcullis/held
for group in exec open strict process; do
	each "who_is_in_${group}_cannot_hurt_the_enforcer" "/$group" /run/ways held
done
for group in exec open process; do
	each "who_is_in_${group}_cannot_cover_what_is_its" "/$group" /run/mounts held
done
each who_may_tamper_can /tamper /run/ways free
each who_may_tamper_can_mount /tamper /run/mounts free
each who_is_only_audited_can /audit /run/ways free
each without_a_policy_everything_is_open /nobody /run/ways free
each without_a_policy_everything_is_mounted /nobody /run/mounts free
cells guard <<'END'
what_is_not_the_enforcers_is_free
	ok | enforcer cgroup=/exec exists
	ok | target=/nobody cgroup=/exec signal=kill
	ok | target=/nobody cgroup=/exec seize
	ok | target=/nobody cgroup=/exec limit=nofile
	ok | target=/nobody cgroup=/exec limit=nice
	ok | target=/nobody cgroup=/exec link=exe
	ok | cgroup=/exec own-map
	ok | cgroup=/exec mount=/mnt umount=/mnt
	ok | cgroup=/exec mount=/opt/secret umount=/opt/secret
	ok | cgroup=/exec chmod=/etc/passwd
	ok | cgroup=/exec rename=/opt/secret
	ok | cgroup=/exec open=/etc/portcullis/policies/held.yaml,0
	ok | cgroup=/exec open=/sys/fs/cgroup/nobody/cgroup.freeze,1
	ok | cgroup=/exec create=/etc/systemd/system/other.service
what_is_mounted_in_ones_own_namespace_is_free
	ok | unshare=mnt cgroup=/exec mount=/var/lib/portcullis
	ok | unshare=mnt cgroup=/exec mount=/etc
	ok | unshare=mnt cgroup=/exec cover=/opt,/run/portcullis
	ok | unshare=mnt cgroup=/exec umount=/etc/portcullis/held
	ok | unshare=user+mnt cgroup=/exec mount=/etc
what_mounts_for_itself_begins_with_what_is_shared
	ok | shared cgroup=/exec peers private=/ mount=/etc detach=/etc
	ok | shared cgroup=/exec peers slave=/ again=/etc/portcullis/shared
	ok | shared cgroup=/exec peers slave=/ mount=/mnt mkdir=/mnt/s recover=/sys,/mnt/s detach=/mnt
	ok | shared cgroup=/exec peers again=/etc/portcullis/shared
	EPERM | shared cgroup=/exec peers mount=/etc/portcullis/shared
a_lazy_umount_takes_nothing_shared_along
	EPERM | shared cgroup=/exec peers mount=/mnt mkdir=/mnt/s recover=/sys,/mnt/s detach=/mnt
	ok | shared cgroup=/exec peers mount=/mnt detach=/mnt
a_whole_name_is_allowed_and_no_other
	ok | cgroup=/named open=/etc/portcullis/policies/held.yaml,1
	ok | cgroup=/named chmod=/etc/portcullis/policies/held.yaml
	EACCES | cgroup=/named folder=/etc/portcullis/policies/planted
	EPERM | enforcer cgroup=/named signal=kill
every_layer_must_allow_it
	EPERM | enforcer cgroup=/tamper cgroup=/exec signal=kill
	ok | enforcer cgroup=/tamper cgroup=/audit signal=kill
END
