#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What goes around the names of files, in a guest: each way with and without enforcement, denied
# where a policy has file rules, and as its other sections say.
#
# Usage: suite-around.sh [--kernel K]
set -euo pipefail
cd "$(dirname "$0")"
exec ./run "$@" --add ../../build/tests/vm/actor:/opt/actor --add cells.sh:/opt/cells.sh \
	--add around-cells.sh:/opt/around-cells.sh --add around-guest.sh:/opt/around-guest.sh \
	-- sh /opt/around-guest.sh
