# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by the suites: which kernel, one boot with files, and TAP. guest.sh is its other half.
# shellcheck shell=bash
#
#   . "$(dirname "$0")/suite.sh"
#   suite_begin "$@"                 reads --kernel K; sets $kernel and $work, a folder of its own
#                                    (KEEP=1 leaves it there)
#   suite_boot --disk --add F:/G -- 'LINE'
#                                    runs LINE in a guest with guest.sh and act; its output comes to
#                                    $work/out. Where the machine fails, all of the suite does.
#                                    It has $suite_timeout seconds (900)
#   judge NAME FILE                  one case: FILE holds what is wrong, and is empty if nothing is
#   suite_end                        prints the plan
set -uo pipefail
suite_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export LC_ALL=C
suite_cases=0

suite_begin()
{
	kernel=6.12
	while [ $# -gt 0 ]; do
		case $1 in
		--kernel) kernel=${2:?--kernel needs a version}; shift 2 ;;
		*) echo "Usage: $0 [--kernel VERSION]" >&2; exit 2 ;;
		esac
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/portcullis-suite.XXXXXX")
	trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
}

suite_boot()
{
	local status=0 act=$suite_here/../../build/tests/vm/act

	[ -x "$act" ] || { echo "there is no $act: make vm-programs" >&2; exit 1; }
	"$suite_here/run" --kernel "$kernel" --timeout "${suite_timeout:-900}" \
		--add "$suite_here/guest.sh:/opt/guest.sh" --add "$act:/opt/act" "$@" \
		>"$work/out" 2>"$work/err" || status=$?
	[ "$status" != 0 ] || return 0
	tail -n 60 "$work/out" "$work/err"
	echo "1..1"
	echo "not ok 1 - the guest ran to its end # status $status"
	exit 1
}

# What the guest printed between "== NAME" and the next such line.
section()
{
	awk -v name="== $1" '/^== / { on = $0 == name; next } on' "$work/out"
}

judge()
{
	suite_cases=$((suite_cases + 1))
	if [ -s "$2" ]; then
		head -n 50 "$2" | sed 's/^/# /'
		printf 'not '
	fi
	echo "ok $suite_cases - $1"
}

suite_end()
{
	echo "1..$suite_cases"
}
