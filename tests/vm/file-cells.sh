# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Sourced by suite-file.sh: the policies and the cells of the operations.
# shellcheck shell=bash disable=SC2154
#
# Each policy confines the cgroup of its own name. "# TAG" behind a rule is how cells name its line.

operations=(read write append create delete rename link truncate chmod chown setattr lock ioctl)
modify="write append create delete rename link truncate chmod chown setattr"
folders=(/srv/t /mnt/ext4/t)

# How rules name the object, and the object each of them names.
declare -A object=([exact]=exact [folder]=folder/a/b [glob]=gZb-1.y [variable]=second)

# ACT NEEDS WHERE: the operations an act needs on its object; where it works: any, ext4, or the
# kernel it came with.
acts="
	stat - any
	path-only - any
	map-read - any
	read read any
	read-folder read any
	reopen read any
	handle read any
	receive read any
	getfd read any
	write write any
	reopen-write write any
	handle-write write any
	receive-write write any
	map-write write any
	protect-write write any
	clear-append write any
	read-write read,write any
	append append any
	receive-append append any
	read-append read,append any
	create create,write any
	create-read create,read any
	create-append create,append any
	mkdir create any
	mknod create any
	mknod-device create any
	mkfifo create any
	symlink create any
	bind-socket create any
	unlink delete any
	unlink-symlink delete any
	rmdir delete any
	rename rename any
	rename-to rename any
	rename-over rename any
	rename-folder rename any
	rename-whiteout rename any
	exchange rename any
	exchange-with rename any
	link link any
	link-to link any
	link-descriptor link any
	truncate truncate any
	ftruncate truncate any
	read-truncate read,truncate any
	write-truncate write,truncate any
	chmod chmod any
	fchmod chmod any
	chown chown any
	lchown chown any
	fchown chown any
	chown-suid chown any
	utimes setattr any
	futimes setattr any
	setxattr setattr any
	fsetxattr setattr any
	removexattr setattr any
	setacl setattr any
	removeacl setattr any
	chattr setattr ext4
	chattr32 setattr ext4
	fsxattr setattr ext4
	file-setattr setattr 7.2
	flock lock any
	lock lock any
	lock-ofd lock any
	lease lock any
	ioctl ioctl any
	ioctl32 ioctl any"

# write_policy NAME < the text below `subject:`
write_policy()
{
	{
		printf 'portcullis: 1\npolicy: %s\nsubject: [{cgroup: /%s}]\n' "$1" "${2:-$1}"
		cat
		# Tasks of these mount and trace to come to files by other ways.
		printf 'kernel: {default: allow}\nprocess: {default: allow}\n'
	} >"$work/policies/$1.yaml"
}

write_operation_policies()
{
	local op vars

	vars="vars:
  base: [${folders[0]}, ${folders[1]}]
  name: [first, second]"
	for op in "${operations[@]}" modify all; do
		write_policy "deny-$op" <<-END
			$vars
			file:
			  default: allow
			  deny:
			    - $op /srv/t/exact /mnt/ext4/t/exact # exact
			    - $op /srv/t/folder/** /mnt/ext4/t/folder/** # folder
			    - $op \${base}/g?[a-c]*.{x,y} # glob
			    - $op \${base}/\${name} # variable
		END
		write_policy "only-$op" <<-END
			$vars
			file:
			  default: deny # default
			  allow:
			    - all \${base}/free
			    - $op /srv/t/exact /mnt/ext4/t/exact
			    - $op /srv/t/folder/** /mnt/ext4/t/folder/**
			    - $op \${base}/g?[a-c]*.{x,y}
			    - $op \${base}/\${name}
		END
	done
}

declare -A lines

# Fills lines[POLICY#TAG] from the policies written.
read_lines()
{
	local policy line

	while read -r policy line; do
		lines[$policy]=$line
	done < <(awk 'match($0, / # [a-z0-9-]+$/) {
		name = FILENAME
		sub(/.*\//, "", name)
		sub(/\.yaml$/, "", name)
		print name "#" substr($0, RSTART + 3), FNR
	}' "$work"/policies/*.yaml)
}

# Fields: group cgroup act path other expect, and of its event: policy operations line path decision
# reason. "-" stands for nothing.
row()
{
	local IFS=$'\t'

	echo "$*" >>"$work/cells"
}

# allowed GROUP CGROUP ACT PATH [OTHER]
allowed()
{
	row "$1" "$2" "$3" "$4" "${5:--}" ok - - - - - -
}

# denied GROUP CGROUP ACT PATH OTHER TAG OPERATIONS [EVENT-PATH [EXPECT [DECISION]]]; the policy is
# that of the cgroup, or stands before the tag as in POLICY#TAG.
denied()
{
	local tag=$6 reason=rule policy

	[[ $tag == *#* ]] || tag=${2##*/}#$6
	policy=${tag%%#*}
	[ "${tag#*#}" != default ] || reason=default
	row "$1" "$2" "$3" "$4" "$5" "${9:-EACCES}" "$policy" "$7" \
		"${lines[$tag]:?no line for $tag}" "${8:-$4}" "${10:-denied}" "$reason"
}

# operation_cell POLICY WAY FOLDER ACT NEEDS: what comes of it follows from what the policy denies.
operation_cell()
{
	local op=${1#*-} refuse='' need tag=$2 path=$3/${object[$2]} group denies

	case $op in
	all) denies=" ${operations[*]} " ;;
	modify) denies=" $modify " ;;
	*) denies=" $op " ;;
	esac
	[ "$5" = - ] || for need in ${5//,/ }; do
		case $1$denies in
		deny-*" $need "*) refuse=$refuse,$need ;;
		only-*" $need "*) ;;
		only-*) refuse=$refuse,$need tag=default ;;
		esac
	done
	group="${op}_is_"
	case $1 in
	deny-*) group+=denied_by_rules_of_every_kind ;;
	only-*) group+=allowed_by_rules_of_every_kind_and_no_other_is ;;
	esac
	if [ -n "$refuse" ]; then
		denied "$group" "$1" "$4" "$path" "$3/free" "$tag" "${refuse#,}"
	else
		allowed "$group" "$1" "$4" "$path" "$3/free"
	fi
}

# One act: on ext4 by every way of naming; on tmpfs by its exact path, and by all ways where it is
# the first of its operations. A single allowed operation that suffices needs no other; each of
# those it needs is denied alone.
act_cells()
{
	local act=$1 needs=$2 where=$3 way op kind ways=exact

	for kind in deny only; do
		for op in ${needs//[,-]/ } modify all; do
			operation_cell "$kind-$op" exact /mnt/ext4/t "$act" "$needs"
		done
		for op in ${needs//[,-]/ }; do
			for way in folder glob variable; do
				operation_cell "$kind-$op" "$way" /mnt/ext4/t "$act" "$needs"
			done
			[ "$where" != ext4 ] || continue
			[[ $seen == *" $needs "* ]] || ways="exact folder glob variable"
			for way in $ways; do
				operation_cell "$kind-$op" "$way" /srv/t "$act" "$needs"
			done
		done
	done
	seen="$seen$needs "
}

operation_cells()
{
	local act needs where seen=' '

	read_lines
	while read -r act needs where; do
		case $where in
		any | ext4 | "$kernel") act_cells "$act" "$needs" "$where" ;;
		esac
	done <<<"$acts"
}
