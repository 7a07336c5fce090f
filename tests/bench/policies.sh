# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by tests/bench/run and tests/bench/resources: the policies that are measured.
# shellcheck shell=bash
#
#   bench_policies FOLDER     writes deny, allow, 1000 and 100000 there: all are about the user
#                             1000, and allow what is measured
#   resource_policies FOLDER  writes SET/*.yaml there for demo, 1000, 100000 and hundred, and
#                             SET.yaml: a policy of SET with another rule in place of one
#   growth_policies FOLDER    writes three policies of one name there, so that each slot of the
#                             kernel holds images of several sizes in turn

policy_head()
{
	printf 'portcullis: 1\npolicy: bench\nsubject:\n  - user: [1000]\n'
}

# Ten patterns, all elsewhere.
policy_deny()
{
	policy_head
	cat <<-END
		exec:
		  deny:
		    - run,map,interpret /srv/secret/**
		file:
		  deny:
		    - all /srv/secret/** /etc/shadow* /root/** /var/lib/secret/*
		    - read,write /srv/*/private/** /srv/*/*.key
		    - modify /usr/** /etc/** /boot/**
	END
}

# The same task by default deny, with ten patterns.
policy_allow()
{
	policy_head
	cat <<-END
		exec:
		  default: deny
		  allow:
		    - run,map,interpret /opt/**
		file:
		  default: deny
		  allow:
		    - all /srv/www/**
		    - read /usr/** /etc/** /opt/** /proc/** /var/lib/public/** /var/cache/fonts/*
		    - all /tmp/* /var/tmp/*
	END
}

# policy_many N: so many rules, all elsewhere.
policy_many()
{
	policy_head
	printf 'file:\n  deny:\n'
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "    - all /srv/data/%02d/%03d/file-%05d\n", i % 97, i % 331, i
	}'
}

bench_policies()
{
	mkdir -p "$1"
	policy_deny >"$1/deny"
	policy_allow >"$1/allow"
	policy_many 1000 >"$1/1000"
	policy_many 100000 >"$1/100000"
}

# service_policy I N: the policy of service number I, with N rules.
service_policy()
{
	printf 'portcullis: 1\npolicy: service-%02d\nsubject:\n  - user: [%d]\n' "$1" $((2000 + $1))
	printf 'file:\n  deny:\n'
	awk -v service="$1" -v n="$2" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "    - all /srv/service-%02d/%03d/file-%05d\n", service, i % 331, i
	}'
}

resource_policies()
{
	local set i

	mkdir -p "$1"/{demo,1000,100000,hundred}
	cp policies/examples/demo.yaml "$1/demo/a.yaml"
	policy_many 1000 >"$1/1000/a.yaml"
	policy_many 100000 >"$1/100000/a.yaml"
	for ((i = 0; i < 100; i++)); do
		service_policy $i 1000 >"$1/hundred/a$i.yaml"
	done
	mv "$1/hundred/a0.yaml" "$1/hundred/a.yaml"
	for set in demo 1000 100000 hundred; do
		sed 's/file-00001/file-other/; s,/hidden,/other,' "$1/$set/a.yaml" >"$1/$set.yaml"
	done
}

# The hooks are the same for all of them, and few: `lock` alone is denied.
growth_policies()
{
	local n

	mkdir -p "$1"
	for n in 10 1000 20; do
		printf 'portcullis: 1\npolicy: growth\nsubject:\n  - cgroup: /growth\n'
		printf 'process: {default: allow}\nkernel: {default: allow}\nfile:\n  deny:\n'
		awk -v n="$n" 'BEGIN {
			for (i = 0; i < n; i++)
				printf "    - lock /srv/growth/%03d/file-%05d-%d\n", i % 331, i, n
		}'
	done | awk -v folder="$1" '
		/^portcullis/ { file = folder "/" ++count ".yaml" }
		{ print >file }'
}
