#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The enforcer against root in a policy's subject, in a guest: each way to hurt it with and without
# enforcement, and what stays allowed.
#
# Usage: suite-guard.sh [--kernel K]
set -euo pipefail
cd "$(dirname "$0")"
exec ./run "$@" --timeout 900 --add ../../build/tests/vm/actor:/opt/actor \
	--add cells.sh:/opt/cells.sh --add guard-cells.sh:/opt/guard-cells.sh \
	--add guard-guest.sh:/opt/guard-guest.sh -- sh /opt/guard-guest.sh
