# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suite-file.sh: policies and cells of what a rename or a link takes out of a rule's
# reach.
# shellcheck shell=bash

write_move_policies()
{
	write_policy keeps <<-END
		file:
		  deny:
		    - read /srv/s/m/vault/** # vault
		    - read /srv/s/m/twin/** # twin
		    - write /srv/s/m/vault/key # key
	END
	write_policy keeps-programs <<-END
		exec:
		  deny:
		    - run /srv/s/m/vault/** # vault
	END
	write_policy lets-go <<-END
		file:
		  default: allow
		  allow:
		    - move /srv/s/m /srv/s/m/vault /srv/s/m/vault/free
		  deny:
		    - read /srv/s/m/vault/** # vault
	END
	write_policy never-moves <<-END
		file:
		  default: allow
		  allow:
		    - move /srv/s/m/**
		  deny:
		    - move /srv/s/m/plain /srv/s/m/file # move
	END
	write_policy moves <<-END
		file:
		  default: deny # default
		  allow:
		    - create,rename /srv/s/m/* /srv/s/m/data/** /srv/s/m/{other,spare}/**
		    - read /srv/s/m/data/** /srv/s/m/kept/**
		    - move /srv/s/m/written
	END
	write_policy audited-moves <<-END
		file:
		  deny:
		    - rule: read /srv/s/m/vault/** # vault
		      mode: audit
	END
}

# What a rule denies for a name is not shed by renaming or linking it.
file_move_cells()
{
	local group=a_rename_or_link_sheds_no_denial vault=/srv/s/m/vault

	for policy in keeps keeps-programs; do
		denied "$group" "$policy" rename $vault/a /srv/s/m/out vault move
		denied "$group" "$policy" rename-to /srv/s/m/out $vault/a vault move $vault/a
		denied "$group" "$policy" exchange $vault/a /srv/s/m/out vault move
		denied "$group" "$policy" exchange-with /srv/s/m/out $vault/a vault move $vault/a
		denied "$group" "$policy" link $vault/a /srv/s/m/out vault move
		denied "$group" "$policy" link-to /srv/s/m/out $vault/a vault move $vault/a
	done
	denied "$group" keeps rename $vault/key $vault/other key move
	group=what_stays_in_a_rules_reach_moves
	for act in rename rename-whiteout link exchange rename-folder; do
		allowed "$group" keeps "$act" $vault/a $vault/b
		allowed "$group" keeps "$act" /srv/s/m/a /srv/s/m/b
	done
	allowed "$group" keeps rename $vault/a /srv/s/m/twin/a
	allowed "$group" keeps rename /srv/s/m/a $vault/a
	allowed "$group" keeps rename /srv/s/m/a $vault/key
	group=a_moving_rule_in_audit_mode_reports
	denied "$group" audited-moves rename $vault/a /srv/s/m/out vault move - ok audited
}

# A directory takes along all that is in it.
folder_move_cells()
{
	local group=no_directory_above_a_rule_is_renamed vault=/srv/s/m/vault

	for policy in keeps keeps-programs; do
		denied "$group" "$policy" =rename-back /srv/s/m /srv/s/m2 vault move
		denied "$group" "$policy" =rename-back $vault /srv/s/m/vault2 vault move
		denied "$group" "$policy" =exchange-back $vault /srv/s/m/plain vault move
		denied "$group" "$policy" rename-folder $vault/d /srv/s/m/d vault move
	done
	group=a_directory_without_rules_below_is_renamed
	allowed "$group" keeps =rename-back /srv/s/m/plain /srv/s/plain2
	allowed "$group" keeps rename-folder /srv/s/m/d $vault/d
	group=a_written_move_may_take_a_directory
	allowed "$group" lets-go =rename-back /srv/s/m /srv/s/m2
	allowed "$group" lets-go =rename-back $vault /srv/s/m/vault2
	allowed "$group" lets-go rename $vault/free /srv/s/m/free
	denied "$group" lets-go rename $vault/a /srv/s/m/a vault move
	group=a_written_denial_of_moves_holds
	denied "$group" never-moves =rename-back /srv/s/m/plain /srv/s/m/plain2 move move
	denied "$group" never-moves rename /srv/s/m/file /srv/s/m/b move move
	denied "$group" never-moves link /srv/s/m/file /srv/s/m/b move move
	allowed "$group" never-moves rename /srv/s/m/a /srv/s/m/b
}

# Where the default is deny, everything below both names must be allowed to be renamed.
default_move_cells()
{
	local group=by_default_a_directory_keeps_what_is_below

	allowed "$group" moves rename-folder /srv/s/m/data/d /srv/s/m/other/d
	allowed "$group" moves rename-folder /srv/s/m/d /srv/s/m/e
	denied "$group" moves rename-folder /srv/s/m/d /srv/s/m/data/d default move
	allowed "$group" moves rename-folder /srv/s/m/data/d /srv/s/m/d
	denied "$group" moves =rename-back /srv/s/m/kept /srv/s/m/d default move
	allowed "$group" moves rename /srv/s/m/a /srv/s/m/data/a
	allowed "$group" moves rename-folder /srv/s/m/written /srv/s/m/data/d
	allowed "$group" moves rename-folder /srv/s/m/spare /srv/s/m/d
}

move_out_cells()
{
	local policy act

	file_move_cells
	folder_move_cells
	default_move_cells
}
