#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in guests with another kernel command line: nothing can, or nothing is to be enforced.
# shellcheck source=life-lib.sh
. /opt/life/life-lib.sh

no_bpf()
{
	run policyctl doctor
	check 'without bpf in lsm=: doctor ends with 6 and says what is missing' \
		'ends 6 "add bpf to lsm=" "cannot enforce"'
	run enforcerd --probe
	check 'without bpf in lsm=: the probe ends with 6' \
		'[ $rc = 6 ] && [ "$(printf %s "$out" | $tool json enforces)" = false ]'
	run timeout 30 enforcerd
	check 'without bpf in lsm=: enforcerd ends with 6, says why and leaves nothing' \
		'ends 6 "add bpf to lsm=" && [ ! -e /sys/fs/bpf/portcullis ]'
	run policyctl apply /opt/p/secret.yaml
	check 'without bpf in lsm=: apply does not succeed' '[ $rc = 5 ] || [ $rc = 6 ]'
	check 'without bpf in lsm=: nothing is denied' 'reads /srv/secret/a'
}

switched_off()
{
	policyctl apply /opt/p/secret.yaml --offline >/dev/null 2>&1
	run timeout 30 enforcerd
	check 'portcullis=off: enforcerd ends at once, with 0' 'ends 0 "portcullis=off"'
	check 'portcullis=off: nothing is loaded' \
		'[ ! -e /sys/fs/bpf/portcullis ] && [ "$($tool count)" = "$pristine" ]'
	check 'portcullis=off: what the store denies is read' 'reads /srv/secret/a'
	run policyctl status
	check 'portcullis=off: policyctl says so' 'ends 5 "portcullis=off"'
}

prepare
: >"$log"
# shellcheck disable=SC2034 # switched_off compares with it
pristine=$($tool count)
"$1"
echo '# all done'
