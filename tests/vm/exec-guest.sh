#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest: what suite-exec.sh is about.
# shellcheck source=cells.sh
. /opt/cells.sh
# shellcheck source=exec-forms.sh
. /opt/exec-forms.sh

loader=/lib64/ld-linux-x86-64.so.2

# ---- what there is to run ------------------------------------------------------------------------

script()
{
	printf '#!%s\n' "$2" >"$1"
	chmod 755 "$1"
}

mkdir -p /opt/in /opt/out /opt/x/host /opt/x/empty /opt/x/jail/opt
for program in /opt/in/thing /opt/out/thing /opt/x/prog /opt/x/interp; do
	cp /opt/actor "$program"
done
cp /opt/dynamic /opt/x/dynamic
cp /lib/x86_64-linux-gnu/libm.so.6 /opt/x/library.so
cp /opt/actor /opt/x/jail/opt/prog
cp /opt/actor /opt/x/first
ln /opt/x/first /opt/x/second
script /opt/in.script /opt/in/thing
script /opt/out.script /opt/out/thing
script /opt/x/script /opt/x/interp
script /opt/x/script2 /opt/x/script
script /opt/x/script3 /opt/x/script2
script /opt/x/script-memfd /proc/self/fd/9
ln -s prog /opt/x/symlink
mount --bind /opt/out /opt/x/host

# ---- policies and cells --------------------------------------------------------------------------

# exec_policy NAME: a policy for the cgroup of that name, whose exec section is read.
exec_policy()
{
	{
		echo 'exec:'
		sed 's/^/  /'
	} | policy "$1" "{cgroup: /$1}"
}

# allow NAME RULE...: an exec section that allows no more.
allow()
{
	local name="$1"

	shift
	{
		printf 'default: deny\nallow:\n'
		printf '  - %s\n' "$@"
	} | exec_policy "$name"
}

deny()
{
	local name="$1"

	shift
	{
		printf 'deny:\n'
		printf '  - %s\n' "$@"
	} | exec_policy "$name"
}

forms

allow scripts 'run /opt/x/script /opt/x/script2 /opt/x/script3' \
	'interpret /opt/x/interp /opt/x/script /opt/x/script2'
allow no-interp 'run /opt/x/script*' 'interpret /opt/x/script*'
allow no-middle 'run /opt/x/script*' 'interpret /opt/x/interp /opt/x/script2'
allow no-script 'run /opt/x/interp' 'interpret /opt/x/interp /opt/x/script*'
deny not-interp 'interpret /opt/x/interp'
cells scripts <<'END'
a_script_needs_run_and_its_interpreter_interpret
	ok | cgroup=/scripts exec=/opt/x/script
	EACCES | cgroup=/no-interp exec=/opt/x/script
	EACCES | cgroup=/no-script exec=/opt/x/script
	EACCES | cgroup=/not-interp exec=/opt/x/script
nested_interpreters_all_need_interpret
	ok | cgroup=/scripts exec=/opt/x/script2
	ok | cgroup=/scripts exec=/opt/x/script3
	EACCES | cgroup=/no-interp exec=/opt/x/script2
	EACCES | cgroup=/no-interp exec=/opt/x/script3
	EACCES | cgroup=/no-middle exec=/opt/x/script2
	EACCES | cgroup=/no-middle exec=/opt/x/script3
	EACCES | cgroup=/not-interp exec=/opt/x/script3
an_interpreter_is_not_run_on_its_own
	EACCES | cgroup=/scripts exec=/opt/x/interp
	EACCES | cgroup=/scripts fexec=/opt/x/interp
	EACCES | cgroup=/scripts exec=/opt/x/interp /opt/x/script
	ok | cgroup=/not-interp exec=/opt/x/interp
END

libraries='map /usr/lib/x86_64-linux-gnu/**'
allow dynamic 'run /opt/x/dynamic' 'interpret /usr/lib64/ld-linux*' "$libraries /opt/x/library.so"
allow no-loader 'run /opt/x/dynamic' "$libraries"
allow no-libraries 'run /opt/x/dynamic' 'interpret /usr/lib64/ld-linux*'
allow no-dlopen 'run /opt/x/dynamic' 'interpret /usr/lib64/ld-linux*' "$libraries"
allow loader-maps 'run /opt/x/dynamic' 'map /usr/lib64/ld-linux*' "$libraries"
deny not-loader 'interpret /usr/lib64/**'
deny not-libc 'map /usr/lib/x86_64-linux-gnu/libc.so.6'
allow loader-runs 'run,interpret /usr/lib64/ld-linux*' "$libraries /opt/x/dynamic"
allow loader-no-map 'run,interpret /usr/lib64/ld-linux*' "$libraries" 'run /opt/x/dynamic'
# A loader that is denied by itself is met when exec cannot fail any more: the program is ended.
cells dynamic <<END
a_dynamic_program_needs_its_loader_and_libraries
	ok | cgroup=/dynamic exec=/opt/x/dynamic
	EACCES | cgroup=/no-loader exec=/opt/x/dynamic
	signal | cgroup=/not-loader exec=/opt/x/dynamic
	EACCES | cgroup=/loader-maps exec=/opt/x/dynamic
	nothing | cgroup=/no-libraries exec=/opt/x/dynamic
	nothing | cgroup=/not-libc exec=/opt/x/dynamic
dlopen_needs_map
	ok | cgroup=/dynamic exec=/opt/x/dynamic dlopen=/opt/x/library.so
	dlopen failed | cgroup=/no-dlopen exec=/opt/x/dynamic dlopen=/opt/x/library.so
the_loader_runs_nothing_that_may_not_be_mapped
	EACCES | cgroup=/dynamic loader=$loader,/opt/x/dynamic
	ok | cgroup=/loader-runs loader=$loader,/opt/x/dynamic
	nothing | cgroup=/loader-no-map loader=$loader,/opt/x/dynamic
END

allow maps 'map /opt/x/prog'
allow runs 'run /opt/x/prog'
deny not-map 'map /opt/x/prog'
cells maps <<'END'
map_is_asked_when_a_mapping_becomes_executable
	ok | cgroup=/maps map=/opt/x/prog
	ok | cgroup=/maps mprotect=/opt/x/prog
	EACCES | cgroup=/not-map map=/opt/x/prog
	EACCES | cgroup=/not-map mprotect=/opt/x/prog
	EACCES | cgroup=/not-map mprotect-written=/opt/x/prog
	EACCES | cgroup=/not-map map=/opt/x/symlink
	EACCES | cgroup=/runs map=/opt/x/prog
	EACCES | cgroup=/runs mprotect=/opt/x/prog
run_and_map_are_not_each_other
	EACCES | cgroup=/maps exec=/opt/x/prog
	ok | cgroup=/runs exec=/opt/x/prog
	ok | cgroup=/not-map exec=/opt/x/prog
reading_a_program_is_not_running_it
	ok | cgroup=/maps read=/opt/out/thing
	ok | cgroup=/runs read=/opt/out/thing
END

allow fileless 'run,map,interpret fileless' 'run /opt/x/script-memfd'
allow no-fileless 'run,map,interpret /**'
allow only-run-fileless 'run fileless /opt/x/script-memfd'
deny not-fileless 'run,map,interpret fileless'
cells fileless <<'END'
a_memfd_is_run_only_as_fileless
	ok | cgroup=/fileless memfd=/opt/x/prog
	EACCES | cgroup=/no-fileless memfd=/opt/x/prog
	EACCES | cgroup=/not-fileless memfd=/opt/x/prog
	EACCES | cgroup=/maps memfd=/opt/x/prog
a_deleted_program_is_run_only_as_fileless
	ok | cgroup=/fileless deleted=/opt/x/prog
	EACCES | cgroup=/no-fileless deleted=/opt/x/prog
	EACCES | cgroup=/not-fileless deleted=/opt/x/prog
a_memfd_is_mapped_only_as_fileless
	ok | cgroup=/fileless map-memfd=/opt/x/prog
	EACCES | cgroup=/no-fileless map-memfd=/opt/x/prog
	EACCES | cgroup=/not-fileless map-memfd=/opt/x/prog
	EACCES | cgroup=/only-run-fileless map-memfd=/opt/x/prog
a_memfd_interprets_only_as_fileless
	ok | cgroup=/fileless memfd9=/opt/x/prog exec=/opt/x/script-memfd
	EACCES | cgroup=/no-fileless memfd9=/opt/x/prog exec=/opt/x/script-memfd
	EACCES | cgroup=/not-fileless memfd9=/opt/x/prog exec=/opt/x/script-memfd
	EACCES | cgroup=/only-run-fileless memfd9=/opt/x/prog exec=/opt/x/script-memfd
END

# `denied` speaks of /opt/x/prog, /opt/actor and the program in the jail by where they really are.
deny denied 'run /opt/x/prog /opt/x/jail/opt/prog /opt/actor /opt/out/thing'
allow in 'run /opt/in/thing'
for step in exec=/opt/x/prog exec=/opt/x/symlink exec=/opt/x/empty/../prog \
	exec=/proc/self/root/opt/x/prog exec=/proc/self/cwd/opt/x/prog exec=/proc/self/exe \
	exec=/opt/x/host/thing fexec=/opt/x/prog procfd=/opt/x/prog \
	'chroot=/opt/x/jail exec=/opt/prog' \
	'unshare=mnt bind=/opt/x/prog,/opt/in/thing exec=/opt/in/thing' \
	'unshare=mnt bind=/opt/x,/opt/x/empty exec=/opt/x/empty/prog' \
	'unshare=user+mnt bind=/opt/x/prog,/opt/in/thing exec=/opt/in/thing' \
	'fork exec=/opt/x/prog' 'vfork exec=/opt/x/prog' 'thread exec=/opt/x/prog'; do
	echo "no_way_round_reaches_a_denied_program"
	echo "EACCES | cgroup=/denied $step"
done | cells ways
deny first 'run,map /opt/x/first'
forged='tmpfs=/opt/in copy=/opt/x/prog,/opt/in/thing exec=/opt/in/thing'
cells ways <<END
each_name_of_a_file_with_two_is_judged_by_itself
	EACCES | cgroup=/first exec=/opt/x/first
	ok | cgroup=/first exec=/opt/x/second
	EACCES | cgroup=/first exec=/opt/x/first
	EACCES | cgroup=/first map=/opt/x/first
	ok | cgroup=/first map=/opt/x/second
another_file_in_an_allowed_place_is_not_the_allowed_one
	ok | cgroup=/in exec=/opt/in/thing
	EACCES | cgroup=/in unshare=mnt bind=/opt/x/prog,/opt/in/thing exec=/opt/in/thing
	EACCES | cgroup=/in unshare=mnt bind=/opt/out,/opt/in exec=/opt/in/thing
	EACCES | cgroup=/in unshare=mnt $forged
	EACCES | cgroup=/in unshare=user+mnt $forged
END

policy audited '{cgroup: /audited}' <<'END'
mode: audit
exec:
  deny:
    - run /opt/x/prog
    - rule: run /opt/out/thing
      action: kill
END
exec_policy actions <<'END'
deny:
  - rule: run /opt/x/prog
    action: kill
  - rule: run /opt/x/interp
    action: errno:ENOENT
  - rule: map /opt/out/thing
    action: errno:EPERM
  - rule: map /opt/x/interp
    action: kill
  - rule: interpret /opt/in/thing
    action: kill
  - rule: run /opt/x/dynamic
    mode: audit
END
cells actions <<'END'
audit_mode_reports_and_allows
	ok | cgroup=/audited exec=/opt/x/prog
	ok | cgroup=/audited exec=/opt/out/thing
	ok | cgroup=/actions exec=/opt/x/dynamic
kill_ends_the_task_before_it_runs
	killed | cgroup=/actions exec=/opt/x/prog
	killed | cgroup=/actions exec=/opt/in.script
	killed | cgroup=/actions map=/opt/x/interp
	killed | cgroup=/actions fork exec=/opt/x/prog
errno_is_what_the_rule_says
	ENOENT | cgroup=/actions exec=/opt/x/interp
	EPERM | cgroup=/actions map=/opt/out/thing
	EPERM | cgroup=/actions mprotect=/opt/out/thing
END

# ---- the run -------------------------------------------------------------------------------------

sets='forms scripts dynamic maps fileless ways actions'
for set in $sets; do
	try_cells "$set" off
done
start_enforcer
apply
for set in $sets; do
	try_cells "$set" on
	judge "$set"
done

# Every denial above is an event and counted for its policy, and nothing else is.
cat /run/cells/*.on | awk -F '\t' '$2 !~ /^ok/ {
	sub(/^cgroup=\//, "", $3)
	sub(/ .*/, "", $3)
	print $3
}' | sort -u >/run/expected
policyctl status >/run/status
awk '/^POLICY/ { on = 1; next } on && $5 > 0 { print $1 }' /run/status | sort -u >/run/counted
same every_denial_is_counted_for_its_policy "$(cat /run/expected)" "$(cat /run/counted)"
same audited_executions_are_counted "audited 2" \
	"$(awk '$1 == "audited" { print $1, $6 }' /run/status)"
while read -r policy; do
	grep -q "\"$policy\"" /var/log/portcullis/events.jsonl || echo "no event of $policy"
done </run/expected >/run/missing
same every_denying_policy_has_an_event '' "$(cat /run/missing)"

policyctl off --reason test >/dev/null
try_cells ways on
awk -F '\t' '$4 != "ok"' /run/cells/ways.on >/run/still
same nothing_is_denied_while_enforcement_is_off '' "$(cat /run/still)"
report
