# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by tests/bench/run: the policies that are measured. All are about the user 1000, and allow
# what is measured.
# shellcheck shell=bash
#
#   bench_policies FOLDER     writes deny, allow, 1000 and 100000 there

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
