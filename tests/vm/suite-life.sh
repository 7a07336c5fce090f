#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The life of daemon, store, generations and hooks, on one kernel.
# Usage: suite-life.sh [--kernel K] [PART...]
set -uo pipefail
. "$(dirname "$0")/life-suite.sh"

life_begin "$@"
boot "sh /opt/life/life-guest.sh ${parts[*]}"
if [ ${#parts[@]} = 0 ]; then
	boot 'sh /opt/life/life-boot.sh no_bpf' --append lsm=landlock,yama
	boot 'sh /opt/life/life-boot.sh switched_off' --append portcullis=off
fi
life_end
