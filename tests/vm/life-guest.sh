#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in the guest: every case in one boot, in the order of a host's life.
# Usage: life-guest.sh [PART...]
# shellcheck source=life-lib.sh
. /opt/life/life-lib.sh
# shellcheck source=life-main.sh
. /opt/life/life-main.sh
# shellcheck source=life-rest.sh
. /opt/life/life-rest.sh
# shellcheck source=life-store.sh
. /opt/life/life-store.sh

prepare
: >"$log"
# shellcheck disable=SC2034 # unloading compares with it
pristine=$($tool count)
[ $# != 0 ] || set -- refused hooks several modes confirmation \
	new_mount_before_fallback off_and_on verification killed socket storm following mounts \
	survival leaks unloading missing_store damaged_store locked_store full_disk
for part in no_daemon host first_apply "$@"; do
	"$part"
	echo "# $part: $(now_ms) ms"
done
echo '# all done'
