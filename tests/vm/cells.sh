# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=dash
# For scripts that test enforcement in a guest: policies, cells, and TAP from what cells said.
#
# A cell is a case's name, what is expected once policies are in force, and steps of tests/vm/actor.
# Every cell is tried first with nothing in force: what does not succeed there proves nothing when
# it is denied.

policies=/etc/portcullis/policies
mkdir -p $policies /run/cells /opt/secret
mkdir -m 1777 /run/waiting
: >/run/tap

# policy NAME SUBJECT: the rest of the policy is read. SUBJECT is YAML; a cgroup in it is made.
policy()
{
	local group

	for group in $(printf '%s\n' "$2" | sed -n 's/.*cgroup: *\(\/[^ ,}*]*\).*/\1/p'); do
		mkdir -p "/sys/fs/cgroup$group"
	done
	{
		printf 'portcullis: 1\npolicy: %s\nsubject: %s\n' "$1" "$2"
		cat
	} >"$policies/$1.yaml"
}

# cells SET: reads names of cases and, below each, its cells: "EXPECTED | STEP...". In EXPECTED what
# stands behind a "/" is said with nothing in force, in place of "ok" ("none", where layers are
# asked for).
cells()
{
	awk -F ' *[|] *' -v OFS='\t' '
		NF == 1 { name = $1 }
		NF == 2 { sub(/^[ \t]*/, "", $1); print name, $1, $2 }' >>"/run/cells/$1"
}

# try_cells SET on|off: what each cell said goes to /run/cells/SET.on or .off.
try_cells()
{
	/opt/actor cells "/run/cells/$1" >"/run/cells/$1.$2"
}

# secret NAME SUBJECT: a policy that takes away no more than the file /opt/secret/NAME. The actor's
# step "layers" says which of them are taken away: which policies it is in.
secret()
{
	echo "$1" >"/opt/secret/$1"
	printf 'file:\n  deny:\n    - read /opt/secret/%s\nkernel: {default: allow}\n' "$1" |
		policy "$1" "$2"
}

# begin SET: starts its cells, each on its own, and returns when all of them have come to their step
# wait=/run/SET. finish SET: lets them go on, and judges them.
begin()
{
	local line n=0

	rm -f /run/waiting/*
	while read -r line; do
		n=$((n + 1))
		printf '%s\n' "$line" >"/run/cells/$1.$n"
		/opt/actor cells "/run/cells/$1.$n" >"/run/cells/$1.$n.on" &
		eval "begun_$1=\"\${begun_$1:-} $!\""
	done <"/run/cells/$1"
	until [ "$(set -- /run/waiting/*; echo $#)" -ge $n ]; do
		sleep 0.05
	done
}

finish()
{
	local n

	: >"/run/$1"
	eval "wait \$begun_$1"
	for n in $(seq "$(wc -l <"/run/cells/$1")"); do
		cat "/run/cells/$1.$n.on"
	done >"/run/cells/$1.on"
	judge "$1"
}

# With nothing in force they need not wait.
try_begun()
{
	: >"/run/$1"
	try_cells "$1" off
	rm "/run/$1"
}

tap_lines()
{
	awk -F '\t' -v set="$1" '
	NR == FNR { off[FNR] = $4; next }
	{
		name = $1
		if (!(name in bad)) {
			bad[name] = 0
			order[++n] = name
		}
		want = $2
		before = $3 ~ /layers/ ? "none" : "ok"
		if (at = index(want, "/")) {
			before = substr(want, at + 1)
			want = substr(want, 1, at - 1)
		}
		if (off[FNR] != before)
			fail("without enforcement", before, off[FNR])
		if ($4 != want)
			fail("with enforcement", want, $4)
	}
	function fail(when, expected, said) {
		text[name] = text[name] sprintf("  %s: %s\n    expected %s, got %s\n", when, $3,
			expected, said)
		bad[name]++
	}
	END {
		for (i = 1; i <= n; i++)
			printf "%s%sok %s\n", text[order[i]], bad[order[i]] ? "not " : "", order[i]
	}' "/run/cells/$1.off" "/run/cells/$1.on"
}

# judge SET: compares both runs of its cells, one result a case.
judge()
{
	tap_lines "$1" >>/run/tap
}

# result NAME STATUS [TEXT]: one more result, from a status.
result()
{
	if [ "$2" = 0 ]; then
		echo "ok $1" >>/run/tap
	else
		printf '%s\nnot ok %s\n' "${3:-}" "$1" >>/run/tap
	fi
}

# same NAME EXPECTED GOT
same()
{
	[ "$2" = "$3" ]
	result "$1" $? "  expected: $2
  got:      $3"
}

start_enforcer()
{
	enforcerd >>/run/enforcerd.log 2>&1 &
	local tries=200

	until [ -S /run/portcullis/control.sock ] || [ $tries = 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
}

# apply [ARGUMENT...]: must succeed, or the suite ends.
apply()
{
	policyctl apply "$@" >/run/apply.log 2>&1 && return
	cat /run/apply.log /run/enforcerd.log
	echo 'Bail out! policyctl apply failed'
	exit 1
}

# Numbers the results and prints the plan.
report()
{
	awk '/^(not )?ok / {
		n++
		sub(/ok /, "ok " n " - ")
		bad += /^not/
	}
	{ print }
	END {
		print "1.." n
		exit bad > 0
	}' /run/tap
}
