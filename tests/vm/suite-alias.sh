#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# No alias: every technique that reaches a file in another way than by its name (alias-table.c),
# with every operation, as root, as a user and as a user in a user namespace, on a protected file,
# on one below a protected folder, and on one that is not protected.
#
# Each cell runs without enforcement and with it, and is printed; a denial counts only where the
# file was reached without. One result for each technique and who uses it. What was proven is
# compared with the table in docs/aliases.md (UPDATE=1 writes it there).
. "$(dirname "$0")/suite.sh"
top=$suite_here/../..
suite_begin "$@"

policy()
{
	{
		printf 'portcullis: 1\npolicy: alias-%s\nsubject: {cgroup: /alias-%s}\n' "$1" "$1"
		cat
	} >"$work/policies/$1.yaml"
}

mkdir "$work/policies" "$work/image"
secret='/srv/a/file/secret /srv/a/tree /srv/a/tree/**'
files="file: {deny: ['all $secret']}"
programs="exec: {deny: ['all $secret']}"
policy open <<<"$files
$programs
kernel: {default: allow}
process: {default: allow}"
policy closed <<<"$files
$programs"
policy programs <<<"$programs"
policy only <<<"exec:
  default: deny
  allow:
    - all /srv/a/only/**
    - run,interpret /usr/lib64/ld-linux*
    - map /usr/lib/x86_64-linux-gnu/**
file: {deny: ['modify /srv/a/only/**']}
kernel: {default: allow}
process: {default: allow}"

# A file system whose blocks are easily found.
touch "$work/image/secret" "$work/image/spare"
truncate -s 4M "$work/disk"
mke2fs -q -t ext4 -b 4096 -O ^has_journal,^inline_data -d "$work/image" "$work/disk" || exit

suite_boot --add "$work/policies:/etc/portcullis/policies" --add "$work/disk:/opt/disk" \
	--add "$top/build/tests/vm/alias:/opt/alias" \
	--add "$top/build/tests/vm/actor-dynamic:/opt/dynamic" \
	--add "$suite_here/alias-guest.sh:/opt/alias-guest.sh" -- 'sh /opt/alias-guest.sh'
. "$suite_here/alias-judge.sh"
suite_end
