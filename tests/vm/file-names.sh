# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suite-file.sh: policies and cells of names, modes, actions, layers and counters.
# shellcheck shell=bash disable=SC2154

# Around the sizes at which a name is stored or read in another way.
name_lengths=(1 7 8 9 15 16 17 23 24 25 31 32 33 39 40 41 63 64 254 255)

# Names as rules and tables write them, and as events show them.
odd_names=(
	'a\x20space' 'two\x0alines' 'tab\x09' 'star\x2a' 'back\x5cslash' 'byte\xff' 'café' '\x20#'
)
odd_shown=('a space' 'two\x0alines' 'tab\x09' 'star*' 'back\\slash' 'byte\xff' 'café' ' #')

# long_name LENGTH LAST: so many bytes, the last of them as given.
long_name()
{
	local head

	printf -v head '%*s' "$(($1 - 1))" ''
	echo "${head// /n}$2"
}

# deep FOLDER COMPONENTS-BELOW: a path, all of whose folders are called d.
deep()
{
	local path

	printf -v path '%*s' "$(($2 - 1))" ''
	echo "$1${path// //d}/${3:-file}"
}

write_names_policy()
{
	local length i

	{
		echo 'file:'
		echo '  default: allow'
		echo '  deny:'
		for length in "${name_lengths[@]}"; do
			echo "    - read /srv/s/$(long_name "$length" z) # length-$length"
		done
		for i in "${!odd_names[@]}"; do
			echo "    - read /srv/s/${odd_names[i]/\\x20#/\\x20\\x23} # odd-$i"
		done
	} | write_policy names
}

write_named_policies()
{
	write_names_policy
	write_policy secret <<-END
		file:
		  default: allow
		  deny:
		    - all /srv/s/secret /srv/s/secret/** # tree
		    - read /proc/self/environ # environ
	END
	write_policy vault <<-END
		file:
		  default: deny # default
		  allow:
		    - all /srv/s/open /srv/s/open/** /srv/s/deep/** /mnt/ext4/s/deep/**
		    - read /proc/self/**
	END
	write_policy writes <<-END
		file:
		  deny:
		    - write /srv/s/elsewhere # elsewhere
	END
	write_policy with-fileless <<-END
		file:
		  default: deny # default
		  allow:
		    - all fileless /srv/s/open
	END
	write_policy no-fileless <<-END
		file:
		  deny:
		    - all fileless # fileless
	END
	write_policy outer <<-END
		file:
		  deny:
		    - read /srv/s/x /srv/s/both # x
	END
	write_policy inner outer/inner <<-END
		file:
		  default: deny # default
		  allow:
		    - read /srv/s/x /srv/s/z
	END
	write_policy audit <<-END
		mode: audit
		file:
		  default: deny # default
		  allow:
		    - lock /srv/s/x
	END
	write_policy audit-rule <<-END
		file:
		  deny:
		    - rule: write /srv/s/x # write
		      mode: audit
		    - read /srv/s/x # read
		    - rule: chmod /srv/s/x # chmod
		      mode: audit
	END
	write_policy action <<-END
		file:
		  deny:
		    - rule: read /srv/s/x # read
		      action: errno:ENOENT
		    - rule: write /srv/s/x # write
		      action: errno:EROFS
		    - rule: chmod /srv/s/{x,y} # chmod
		      action: errno:EROFS
		    - rule: chmod /srv/s/y # kill
		      action: kill
	END
	write_policy nested <<-END
		file:
		  deny:
		    - read /srv/s/inner/** # inner
	END
	write_policy counted <<-END
		file:
		  deny:
		    - write /srv/s/x # write
	END
}

# Every path to one file has the name that rules speak of.
way_cells()
{
	local key=/srv/s/secret/key path
	local -A groups=(
		[/srv/s/link]=denied_through_a_symbolic_link
		[/srv/s/folder-link/key]=denied_through_a_symbolic_link
		[/srv/s/bound/key]=denied_through_a_bind_mount
		[/srv/s/bound-file]=denied_through_a_bind_mount
		[/srv/s/late/key]=denied_through_a_bind_mount
		[/proc/self/root/srv/s/secret/key]=denied_through_proc_root_and_cwd
		[/proc/1/root/srv/s/secret/key]=denied_through_proc_root_and_cwd
		[/proc/self/cwd/srv/s/secret/key]=denied_through_proc_root_and_cwd
		[/srv/s/open/../secret/./key]=denied_through_dots
		[//srv//s//secret//key]=denied_through_dots
	)

	for path in "${!groups[@]}"; do
		denied "${groups[$path]}" secret =read "$path" - tree read "$key"
		denied "${groups[$path]}" secret =chmod "$path" - tree chmod "$key"
	done
	denied denied_in_a_chroot secret =chroot-read /secret/key /srv/s tree read "$key"
	denied denied_in_a_chroot secret =chroot-read /key /srv/s/bound tree read "$key"
	path=named_the_same_in_a_mount_namespace_of_its_own
	denied $path secret =bind-read "$key" /srv/s/target tree read "$key"
	allowed $path vault =bind-read /srv/s/open/key /srv/s/open/there
	denied a_name_cannot_be_forged_by_a_mount vault =forge /srv/s/open/new /srv/s/open default \
		create -
	path=the_nearest_mounted_directory_names_a_file
	allowed $path nested =read /srv/s/outer/plain
	denied $path nested =read /srv/s/outer/b/key - inner read /srv/s/inner/key
	denied $path nested =read /srv/s/inner/key - inner read
	denied a_confined_task_cannot_link_out secret link /srv/s/secret/key2 /srv/s/open/alias \
		tree link
}

# A rule follows the name: what is moved in is confined, what is moved out is not.
move_cells()
{
	local group=a_rename_of_a_parent_changes_the_name key=/srv/s/secret/key

	denied $group secret =read $key - tree read
	allowed moving_the_tree_works - =rename /srv/s/secret /srv/s/moved
	allowed $group secret =read /srv/s/moved/key
	allowed $group secret =write /srv/s/moved/key
	allowed moving_the_tree_works - =rename /srv/s/moved /srv/s/secret
	denied $group secret =read $key - tree read
	allowed $group secret =read /srv/s/plain/deeper/key
	allowed moving_the_tree_works - =rename /srv/s/plain /srv/s/secret/plain
	denied $group secret =read /srv/s/secret/plain/deeper/key - tree read
	allowed moving_the_tree_works - =rename /srv/s/secret/plain /srv/s/plain
	allowed $group secret =read /srv/s/plain/deeper/key
}

proc_cells()
{
	local group=proc_self_is_the_callers_own_whatever_it_is_called

	allowed $group vault =read /proc/self/maps
	allowed $group vault =read /proc/thread-self/maps
	allowed $group vault =own-proc maps
	denied $group vault =read /proc/1/maps - default read
	denied $group secret =read /proc/self/environ - environ read
	denied $group secret =own-proc environ - environ read /proc/self/environ
	allowed $group secret =read /proc/1/environ
}

# What has no name has rules of its own.
fileless_cells()
{
	local group=files_without_a_name_are_fileless act

	for act in reopen-deleted reopen-memfd; do
		denied $group vault $act /srv/s/open/key2 - default read,write -
		denied $group no-fileless $act /srv/s/open/key2 - fileless read,write -
		allowed $group with-fileless $act /srv/s/open/key2
	done
	denied $group vault =tmpfile /srv/s/open - default write -
	denied $group no-fileless =tmpfile /srv/s/open - fileless write -
	allowed $group with-fileless =tmpfile /srv/s/open
	allowed a_pipe_is_no_file vault reopen-pipe /srv/s/open/key2
}

name_cells()
{
	local group=names_of_every_length_and_byte name i

	for i in "${name_lengths[@]}"; do
		name=/srv/s/$(long_name "$i" z)
		denied $group names read "$name" - "length-$i" read
		allowed $group names read "${name%z}y"
		[ "$i" = 1 ] || allowed $group names read "${name%z}"
	done
	for i in "${!odd_names[@]}"; do
		denied $group names read "/srv/s/${odd_names[i]}" - "odd-$i" read \
			"/srv/s/${odd_shown[i]}"
		allowed $group names read "/srv/s/${odd_names[i]}."
	done
}

# 64 components are a name; more are denied where anything could be.
depth_cells()
{
	local group=a_name_has_at_most_64_components folder above path depth

	for folder in /srv/s/deep /mnt/ext4/s/deep; do
		above=3
		[ "$folder" = /srv/s/deep ] || above=2
		path=$(deep "$folder" $((64 - above)))
		allowed $group vault read "$path"
		allowed $group vault create "$path"
		allowed $group writes write "$path"
		for depth in 65 70; do
			path=$(deep "$folder" $((depth - above)))
			too_deep vault read "$path" read
			too_deep vault create "$path" create
			too_deep writes write "$path" write
			allowed $group writes read "$path"
			allowed $group with-fileless stat "$path"
		done
		deep "$folder" $((69 - above)) d >>"$work/folders"
	done
}

too_deep()
{
	row a_name_has_at_most_64_components "$1" "$2" "$3" - EACCES "$1" "$4" - - denied \
		name-too-deep
}

layer_cells()
{
	local group=all_layers_must_allow

	allowed $group outer read /srv/s/y
	denied $group outer read /srv/s/x - x read
	denied $group outer/inner read /srv/s/x - outer#x read
	denied $group outer/inner read /srv/s/y - inner#default read
	denied $group outer/inner read /srv/s/both - inner#default read
	allowed $group outer/inner read /srv/s/z
	denied $group outer/inner write /srv/s/z - inner#default write
}

mode_cells()
{
	local group=audit_mode_reports_and_blocks_nothing act needs _

	while read -r act needs _; do
		case $act$needs in
		'' | *- | *lock | file-setattr* | chattr* | fsxattr*) continue ;;
		esac
		denied $group audit "$act" /srv/s/x /srv/s/y default "$needs,link,rename" - ok \
			audited
	done <<<"$acts"
	allowed $group audit flock /srv/s/x
	group=a_rule_in_audit_mode_hides_no_other
	denied $group audit-rule write /srv/s/x - write write /srv/s/x ok audited
	denied $group audit-rule chmod /srv/s/x - chmod chmod /srv/s/x ok audited
	denied $group audit-rule read /srv/s/x - read read
	denied $group audit-rule read-write /srv/s/x - read read
}

action_cells()
{
	local group=a_rule_gives_its_own_error

	denied $group action read /srv/s/x - read read /srv/s/x ENOENT
	denied $group action write /srv/s/x - write write /srv/s/x EROFS
	denied $group action chmod /srv/s/x - chmod chmod /srv/s/x EROFS
	group=a_rule_kills_before_any_other_speaks
	denied $group action chmod /srv/s/y - kill chmod /srv/s/y SIGKILL
}

# Nothing else runs in this cgroup; the suite compares the counters with $work/counted.
counter_cells()
{
	local group=counters_are_exact i

	for i in 1 2 3 4 5 6 7; do
		allowed $group counted read /srv/s/x
	done
	for i in 1 2 3; do
		denied $group counted write /srv/s/x - write write
	done
	for i in 1 2; do
		allowed $group counted chmod /srv/s/x
	done
	denied $group counted read-write /srv/s/x - write write
	allowed $group counted create /srv/s/w
	printf 'counted\t%s\t%s\t%s\t0\n' chmod 2 0 create 1 0 read 7 0 write 1 4 >"$work/counted"
}

named_cells()
{
	read_lines
	way_cells
	move_cells
	move_out_cells
	proc_cells
	fileless_cells
	name_cells
	depth_cells
	layer_cells
	mode_cells
	action_cells
	counter_cells
}
