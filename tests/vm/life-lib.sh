# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# For the guest side of suite-life.sh: cases, the daemon, the confined reader and its files.
# shellcheck shell=dash disable=SC2034

act=/opt/act tool=/opt/life/life-tool store=/var/lib/portcullis/store.db
log=/tmp/enforcerd.log events=/var/log/portcullis/events.jsonl out='' rc=0 daemon=''

# run COMMAND...: keeps what it said and its status for the next check.
run()
{
	out=$("$@" 2>&1)
	rc=$?
}

# check NAME CONDITION: prints one case, and what the last command said if it failed.
check()
{
	if eval "$2"; then
		echo "ok - $1"
		return
	fi
	printf '%s\n' "$out" | head -n 40 | sed 's/^/said: /'
	tail -n 8 "$log" | sed 's/^/enforcerd.log: /'
	echo "failed: [rc $rc] $2"
	echo "not ok - $1"
}

# said WORDS...: each is in what the last command said.
said()
{
	local words

	for words; do
		case $out in
		*"$words"*) ;;
		*) return 1 ;;
		esac
	done
}

# ends STATUS WORDS...: how the last command ended, and words it said.
ends()
{
	[ "$rc" = "$1" ] && shift && said "$@"
}

# What a confined program may read: it is a copy of busybox, and so is no program of this script.
reads()
{
	"$act/cat" "$1" >/dev/null 2>&1
}

# Refused by the policy, not missing: an unconfined program finds it.
denied()
{
	! reads "$1" && cat "$1" >/dev/null
}

now_ms()
{
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# wait_until SECONDS CONDITION
wait_until()
{
	local end

	end=$(($(now_ms) + $1 * 1000))
	until eval "$2"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		usleep 100000
	done
}

answers()
{
	policyctl stats >/dev/null 2>&1
}

start()
{
	enforcerd "$@" 2>>"$log" &
	daemon=$!
	# Once it listens, it answers when it is ready.
	wait_until 30 'answers || ! kill -0 $daemon 2>/dev/null' && kill -0 $daemon
}

# stop [SIGNAL]: rc is what the daemon ended with.
stop()
{
	kill "-${1:-TERM}" "$daemon"
	wait "$daemon" 2>/dev/null
	rc=$?
}

# field PATH: a value of the status, which has to be proper JSON.
field()
{
	policyctl --json status | $tool json "$1"
}

generation()
{
	field generation
}

# policy NAME SECTION-LINES: writes /opt/p/NAME.yaml for the confined reader.
policy()
{
	mkdir -p /opt/p
	printf 'portcullis: 1\npolicy: %s\nsubject:\n  - exe: %s/*\n%s\n' "$1" "$act" "$2" \
		>"/opt/p/$1.yaml"
}

prepare()
{
	mkdir -p "$act" /srv/secret /srv/public /srv/other
	for name in cat sh rm; do
		cp /usr/bin/busybox "$act/$name"
	done
	cp "$tool" "$act/tool"
	for dir in secret public other; do
		echo "$dir" >"/srv/$dir/a"
	done
	# What guards the enforcer would need most hooks there are.
	policy secret 'file:
  deny:
    - read /srv/secret/**
kernel: {default: deny, allow: [tamper]}'
	policy public 'file:
  deny:
    - read /srv/public/**'
	policy other 'file:
  deny:
    - read /srv/other/**'
	policy kept 'file:
  deny:
    - rule: delete /srv/other/**
      why: it is to stay
kernel: {default: deny, allow: [tamper]}'
	policy bad 'file:
  deny:
    - raed /srv/other/**'
}
