# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suites whose guests use life-lib.sh: which kernel, boots, and cases numbered over them.
# shellcheck shell=bash
#
#   life_begin "$@"                reads --kernel K; sets $kernel and $tmp; the rest is in $parts
#   boot COMMAND [OPTION...]       runs a command in a guest that has life-*.sh and life-tool
#   life_end                       prints the plan
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cases=0

life_begin()
{
	kernel=(--kernel 6.12)
	if [ "${1:-}" = --kernel ]; then
		kernel=(--kernel "$2")
		shift 2
	fi
	# shellcheck disable=SC2034 # suites read it
	parts=("$@")
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/portcullis-life.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	mkdir "$tmp/life"
	cp "$here"/life-*.sh "$here/../../enforcer/fault.h" "$tmp/life/"
	cc -std=gnu17 -O2 -Wall -Wextra -I"$here/../../include" -o "$tmp/life/life-tool" \
		"$here/life-tool.c" -ljansson -lsqlite3 || exit
}

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

boot()
{
	local command=$1

	shift
	"$here/run" "${kernel[@]}" --timeout 1000 --add "$tmp/life:/opt/life" "$@" -- "$command" \
		>"$tmp/out" 2>&1
	number
}

life_end()
{
	echo "1..$cases"
}
