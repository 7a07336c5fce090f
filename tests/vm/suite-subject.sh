#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Who a policy confines in a guest: every kind of subject, and how layers are gained, kept and lost.
#
# Usage: suite-subject.sh [--kernel K]
set -euo pipefail
cd "$(dirname "$0")"
exec ./run "$@" --add ../../build/tests/vm/actor:/opt/actor --add cells.sh:/opt/cells.sh \
	--add subject-cells.sh:/opt/subject-cells.sh --add subject-guest.sh:/opt/subject-guest.sh \
	-- sh /opt/subject-guest.sh
