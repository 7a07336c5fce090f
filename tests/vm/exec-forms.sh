# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# Every operation of the exec section, allowed and denied, by each way of naming a file.

# What the operation's attempt on an object is, and what else it needs where nothing is allowed.
attempt_of()
{
	case $1 in
	run) echo "exec=$2/thing" ;;
	interpret) echo "exec=$2.script" ;;
	map) echo "map=$2/thing" ;;
	esac
}

needs_of()
{
	case $1 in
	interpret) echo '    - run /opt/*.script' ;;
	esac
}

form()
{
	local op=$1 form=$2 pattern=$3 name=$1-$2

	policy "$name-allow" "{cgroup: /$name-allow}" <<-END
		vars:
		  where: [/opt/in, /opt/there]
		exec:
		  default: deny
		  allow:
		    - $op $pattern
		$(needs_of "$op")
	END
	policy "$name-deny" "{cgroup: /$name-deny}" <<-END
		vars:
		  where: [/opt/in, /opt/there]
		exec:
		  deny:
		    - $op $pattern
	END
	cells forms <<-END
		${op}_is_decided_by_$form
		    ok | cgroup=/$name-allow $(attempt_of "$op" /opt/in)
		    EACCES | cgroup=/$name-allow $(attempt_of "$op" /opt/out)
		    EACCES | cgroup=/$name-deny $(attempt_of "$op" /opt/in)
		    ok | cgroup=/$name-deny $(attempt_of "$op" /opt/out)
	END
}

forms()
{
	local op

	for op in run interpret map; do
		form $op exact_path /opt/in/thing
		form $op directory '/opt/in/**'
		form $op glob '/opt/i[a-n]/t{hin,ool}?'
		form $op variable '${where}/thing'
	done
}
