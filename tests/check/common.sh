# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by the checks: where the tree is, and which files are in it.
# shellcheck shell=bash
#
# A check prints what is wrong, a line each, and ends with 1; with 0 where all is well; with 77 and
# a reason as its last line where it cannot tell.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

# Prints the tree's files, of the given name patterns if any. It asks no git: a tarball, or a clone
# that belongs to somebody else, is checked the same.
tree_files()
{
	local pattern names=()

	[ $# -gt 0 ] || names=(-o -true)
	for pattern; do
		names+=(-o -name "$pattern")
	done
	find . \( -path ./.git -o -path './build*' \) -prune -o -type f \
		\( "${names[@]:1}" \) -print | sed 's|^\./||' | sort
}

# Ends the check: badly when the file of findings $1 has any, after showing them.
conclude()
{
	if [ -s "$1" ]; then
		cat "$1"
		exit 1
	fi
	exit 0
}

findings=$(mktemp)
trap 'rm -f "$findings"' EXIT
