#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The life of daemon, store, generations and hooks, on one kernel.
# Usage: suite-life.sh [--kernel K] [PART...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kernel=(--kernel 6.12)
if [ "${1:-}" = --kernel ]; then
	kernel=(--kernel "$2")
	shift 2
fi

tmp=$(mktemp -d "${TMPDIR:-/tmp}/portcullis-life.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
cases=0

# Numbers the cases of a guest; one that did not come to its end is a case that failed.
number()
{
	local line finished=''

	while IFS= read -r line; do
		case $line in
		'ok - '*) echo "ok $((++cases)) - ${line#ok - }" ;;
		'not ok - '*) echo "not ok $((++cases)) - ${line#not ok - }" ;;
		'# all done') finished=1 ;;
		*) echo "$line" ;;
		esac
	done <"$tmp/out"
	[ "$finished" ] || echo "not ok $((++cases)) - the guest came to the end of its script"
}

# boot COMMAND [OPTION...]
boot()
{
	local command=$1

	shift
	"$here/run" "${kernel[@]}" --timeout 1000 --add "$tmp/life:/opt/life" "$@" -- "$command" \
		>"$tmp/out" 2>&1
	number
}

mkdir "$tmp/life"
cp "$here"/life-*.sh "$tmp/life/"
cc -std=gnu17 -O2 -Wall -Wextra -I"$here/../../include" -o "$tmp/life/life-tool" \
	"$here/life-tool.c" -ljansson -lsqlite3 || exit
boot "sh /opt/life/life-guest.sh $*"
if [ $# = 0 ]; then
	boot 'sh /opt/life/life-boot.sh no_bpf' --append lsm=landlock,yama
	boot 'sh /opt/life/life-boot.sh switched_off' --append portcullis=off
fi
echo "1..$cases"
