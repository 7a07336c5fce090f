#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Files of several names: whatever name is used, the others count, too. On tmpfs and on ext4, links
# from before the policy and made while it is in force; and what becomes of the table of them.
#
# Each denial counts only where the same act succeeds with enforcement off.
# Usage: suite-links.sh [--kernel K]
. "$(dirname "$0")/suite.sh"
suite_begin "$@"
suite_boot --disk --add "$suite_here/links-guest.sh:/opt/links-guest.sh" -- 'sh /opt/links-guest.sh'
cat "$work/out"
