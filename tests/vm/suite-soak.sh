#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the caches answer is what a walk answers, while names, mounts and policies move: SOAK_CASES
# times, with a switch of policies for every 10,000 of them.
# Usage: suite-soak.sh [--kernel K]
. "$(dirname "$0")/suite.sh"

suite_begin "$@"
cases=${SOAK_CASES:-200000}
seconds=${SOAK_SECONDS:-$((cases / 2000 + 120))}
suite_timeout=$((seconds + 600))
suite_boot --disk --cpus 2 --add "$suite_here/soak-guest.sh:/opt/soak-guest.sh" \
	--add "$suite_here/../../build/tests/soak/caches:/opt/soak/caches" \
	-- "sh /opt/soak-guest.sh $cases ${SOAK_SEED:-7} $seconds"
cat "$work/out"
