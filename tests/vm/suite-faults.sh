#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A test build of enforcerd is killed, and fails, at every step that enforcer/fault.h names.
# Usage: suite-faults.sh [--kernel K]
set -uo pipefail
. "$(dirname "$0")/life-suite.sh"

life_begin "$@"
boot 'sh /opt/life/life-faults.sh' --add "$here/../../build-faults/enforcerd:/opt/faults/enforcerd"
life_end
