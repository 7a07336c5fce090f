# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What suite-alias.sh runs in the guest: all cells without enforcement, and all with it.
# shellcheck shell=dash source=tests/vm/guest.sh
. /opt/guest.sh
umask 0
top=/srv/a

# ---- files, programs and mounts of the host -----------------------------------------------------

chmod 777 /srv
mkdir -p $top/file $top/tree/deep $top/tree/disk $top/tree/merged $top/free $top/way $top/others \
	$top/only $top/bound/file $top/bound/tree $top/bound/free $top/layers/lower \
	$top/layers/upper $top/layers/work
for folder in file tree free; do
	mount --bind $top/$folder $top/bound/$folder
done
mount -t overlay -o lowerdir=$top/layers/lower,upperdir=$top/layers/upper \
	-o workdir=$top/layers/work overlay $top/tree/merged
modprobe loop
losetup /dev/loop0 /opt/disk
mount -t ext4 /dev/loop0 $top/tree/disk
cp /opt/dynamic $top/only/dynamic
cp /bin/busybox $top/only/sh
cp /lib/x86_64-linux-gnu/libm.so.6 /opt/library.so
cp /opt/library.so $top/only/library.so
printf '#!%s/only/program\n' $top >$top/only/script
printf ALIAS >$top/only/data
chmod 755 $top/only/*
modprobe binfmt_misc
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
printf ':alias:M::ALIAS::%s/only/program:' $top >/proc/sys/fs/binfmt_misc/register
for policy in open programs closed only; do
	mkdir -p /sys/fs/cgroup/alias-$policy
done

# ---- both runs ----------------------------------------------------------------------------------

start_enforcerd && apply || exit
policyctl off --reason 'the suite runs without enforcement first' >/dev/null || exit
/opt/alias run 'policyctl on >/dev/null' || exit
cat /proc/uptime >&2
echo "== list"
/opt/alias list
echo "== stats"
policyctl --json stats
