#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Nothing grows over a few hundred changes: memory, descriptors, maps, programs, pins. One kernel is
# enough: tests/run takes the first. tests/bench/resources does the same for longer.
# Usage: suite-growth.sh [--kernel K]; CHANGES=N makes it so many.
. "$(dirname "$0")/suite.sh"
bench=$suite_here/../bench
changes=${CHANGES:-200}

suite_begin "$@"
# shellcheck source=tests/bench/policies.sh
. "$bench/policies.sh"
growth_policies "$work/policies"
applies=$suite_here/../../build/tests/bench/applies
[ -x "$applies" ] || { echo "there is no $applies: make vm-programs" >&2; exit 1; }
suite_boot --add "$bench/resources-guest.sh:/opt/resources.sh" --add "$applies:/opt/applies" \
	--add "$work/policies:/opt/policies" \
	-- "sh /opt/resources.sh growth $changes $((changes / 10))"
sed 's/^/# /' "$work/out"
awk -f "$bench/grown.awk" "$work/out" >"$work/grown"
judge "nothing grew between $((changes / 10)) and $changes changes" "$work/grown"

# Three images in turn, four slots: each slot held each of them.
awk '$1 == "look" { for (i = 4; i < NF; i++) if ($i == "blobs") n = $(i + 1) }
	END { if (n < 8) print n + 0 " maps hold images" }' "$work/out" >"$work/slots"
judge "the changes went through all slots" "$work/slots"
suite_end
