#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The exec section in a guest: what may be run, interpret and be mapped, however it is reached.
#
# Usage: suite-exec.sh [--kernel K]
set -euo pipefail
cd "$(dirname "$0")"
top=../..
exec ./run "$@" --add $top/build/tests/vm/actor:/opt/actor \
	--add $top/build/tests/vm/actor-dynamic:/opt/dynamic \
	--add cells.sh:/opt/cells.sh --add exec-forms.sh:/opt/exec-forms.sh \
	--add exec-guest.sh:/opt/exec-guest.sh -- sh /opt/exec-guest.sh
