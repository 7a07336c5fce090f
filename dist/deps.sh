#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Installs what this machine lacks to build, check and test, or says exactly what that is.
#
# Usage: dist/deps.sh [build|check|test|vm]...     (all of them where none is named)
#
# apt-get is called only when something is missing: a complete machine needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

say()
{
	printf 'deps: %s\n' "$*" >&2
}

# Prints "package<TAB>what for" for each package the named groups need.
needed()
{
	local group package

	for group; do
		if [ "$group" != vm ]; then
			awk -v group="$group" '!/^#/ && $2 == group {
				package = $1; $1 = $2 = ""; sub(/^ +/, ""); print package "\t" $0
			}' dist/packages.list
		elif [ -x tests/vm/run ]; then
			for package in $(tests/vm/run --needs); do
				printf '%s\tvirtual machines of the tests\n' "$package"
			done
		fi
	done
}

installed()
{
	dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

[ $# -gt 0 ] || set -- build check test vm
needs=$(needed "$@")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "this is not a Debian machine; going on as if it had what these Debian packages hold:"
	cut -f 1 <<<"$needs" | paste -sd ' ' >&2
	exit 0
fi

missing=()
why=
while IFS=$'\t' read -r package purpose; do
	if [ -n "$package" ] && ! installed "$package"; then
		missing+=("$package")
		why+=$(printf '    %-20s %s' "$package" "$purpose")$'\n'
	fi
done <<<"$needs"
[ ${#missing[@]} -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")

give_up()
{
	say "$1 Missing:"
	printf '%s' "$why" >&2
	say "to install them:  $2${install[*]}"
	exit 1
}

[ "$(id -u)" = 0 ] || give_up "only root can install packages, so nothing was installed." "sudo "

say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
if ! apt-get -qq -o DPkg::Lock::Timeout=300 update >/dev/null; then
	say "apt-get update failed; trying with the package lists that are there"
fi
"${install[0]}" -qq -o DPkg::Lock::Timeout=300 "${install[@]:1}" </dev/null >/dev/null ||
	give_up "apt-get could not install what is missing (see above)." ""
