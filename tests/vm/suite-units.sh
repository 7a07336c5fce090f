#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Under systemd in a guest: enforcerd as a unit, and units and slices as subjects.
#
# Usage: suite-units.sh [--kernel K]
set -euo pipefail
cd "$(dirname "$0")"
exec ./run "$@" --root debian --add ../../build/tests/vm/actor:/opt/actor \
	--add cells.sh:/opt/cells.sh --add units-guest.sh:/opt/units-guest.sh \
	-- sh /opt/units-guest.sh
