#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The demonstration of `make run` in a guest; the cases are tests/demo/cases.
#
# Usage: suite-demo.sh --kernel K
set -euo pipefail
cd "$(dirname "$0")/../.."
exec tests/vm/run "$@" --timeout 900 --add tests/demo:/opt/tree/tests/demo \
	--add policies:/opt/tree/policies -- 'sh /opt/tree/tests/demo/cases'
