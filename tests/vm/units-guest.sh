#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In the guest: what suite-units.sh is about.
# shellcheck source=cells.sh
. /opt/cells.sh

mkdir -p /run/said

# unit NAME STEPS [LINE...]: a service that takes these steps once; what it says is in /run/said.
unit()
{
	local name="$1" steps="$2" line

	shift 2
	{
		printf '[Service]\nType=oneshot\nStandardOutput=truncate:/run/said/%%n\n'
		for line; do
			printf '%s\n' "$line"
		done
		printf 'ExecStart=/opt/actor %s\n' "$steps"
	} >"/run/systemd/system/$name.service"
}

unit probed layers
unit children 'fork daemon exec=/opt/actor cgroup=/ layers' KillMode=none
unit foo@ layers
unit food layers
unit inside layers Slice=grape.slice
unit deeper layers Slice=grape-vine.slice
unit beside layers Slice=grapefruit.slice
unit older 'wait=/run/older layers' Type=exec
unit user 'exec=/opt/actor layers' User=www-data
systemctl daemon-reload

secret service '[{unit: probed.service}, {unit: children.service}, {unit: older.service}]'
secret template "{unit: 'foo@*.service'}"
secret slice '{slice: grape.slice}'
secret named '{user: www-data}'

# heard UNIT: waits for what it says, and prints that.
heard()
{
	local tries=100

	until [ -s "/run/said/$1.service" ] || [ $tries = 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
	cat "/run/said/$1.service"
}

# said UNIT: starts it anew and prints what it says.
said()
{
	rm -f "/run/said/$1.service"
	systemctl restart "$1.service" || echo failed
	heard "$1"
}

# confined CASE EXPECTED UNIT...: with nothing in force, and later with the policies.
confined()
{
	local case="$1" expected="$2" unit

	shift 2
	for unit; do
		printf '%s\t%s\t%s layers\t%s\n' "$case" "$expected" "$unit" "$(said "$unit")"
	done >>"/run/cells/units.$state"
}

all_confined()
{
	: >"/run/cells/units.$state"
	confined a_service_is_a_subject_and_again_after_a_restart service probed probed
	confined what_a_service_starts_is_confined_too service children
	confined a_pattern_is_every_instance_of_a_template template foo@1 foo@second
	confined a_slice_is_all_that_is_in_it slice inside deeper
	confined a_user_of_a_service_is_a_subject named user
	confined other_services_are_not_confined none food beside
}

# shown PROPERTY: of enforcerd's unit.
shown()
{
	systemctl show enforcerd -p "$1" --value
}

state=off
all_confined

systemctl start older.service
systemctl enable --now enforcerd >/run/enable.log 2>&1
result the_unit_starts $? "$(cat /run/enable.log; systemctl status enforcerd)"
policyctl status >/run/status 2>&1
result it_answers_as_soon_as_it_is_started $? "$(cat /run/status)"
same it_is_of_type_notify_and_runs 'notify running' "$(shown Type) $(shown SubState)"
policyctl apply >/run/apply.log 2>&1
result policies_are_applied $? "$(cat /run/apply.log)"

state=on
all_confined
judge units
: >/run/older
same a_service_older_than_the_enforcer_is_confined service "$(heard older)"

revision()
{
	policyctl status | sed -n 's/^in force *\(.*\), .*/\1/p'
}

systemctl stop enforcerd
same it_stops_cleanly 'success inactive 0' \
	"$(shown Result) $(shown ActiveState) $(shown ExecMainStatus)"
same what_is_in_force_outlives_it 'service none' "$(said probed) $(said food)"
systemctl start enforcerd
same a_new_start_takes_over 'revision 1' "$(revision)"
policyctl status | grep -q 'took over what was in force'
result status_says_that_it_took_over $? "$(policyctl status)"
systemctl restart enforcerd
same a_restart_changes_nothing 'revision 1 service' "$(revision) $(said probed)"
policyctl remove service >/dev/null
same policies_change_after_a_restart none "$(said probed)"
report
