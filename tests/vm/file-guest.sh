# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What suite-file.sh runs in the guest: the table of cells, without enforcement and with it.
# shellcheck shell=dash source=tests/vm/guest.sh
. /opt/guest.sh

mkdir -p /srv/t/folder/a /mnt/ext4/t/folder/a /srv/s/secret /srv/s/open /srv/s/plain/deeper \
	/srv/s/bound /srv/s/late /mnt/ext4/s /srv/s/m/vault /srv/s/m/twin /srv/s/m/plain/in \
	/srv/s/m/data/in /srv/s/m/other /srv/s/m/kept
while read -r folder; do
	mkdir -p "$folder" || exit
done </opt/folders
for file in secret/key open/key open/there plain/deeper/key bound-file target; do
	echo text >"/srv/s/$file"
done
ln -s secret/key /srv/s/link
ln -s secret /srv/s/folder-link
mount --bind /srv/s/secret /srv/s/bound
mount --bind /srv/s/secret/key /srv/s/bound-file
# Of a file system whose root is mounted nowhere two directories are, one inside the other.
mkdir /srv/s/nest /srv/s/outer /srv/s/inner
mount -t tmpfs nest /srv/s/nest
mkdir -p /srv/s/nest/a/b
for file in plain b/key; do
	echo text >"/srv/s/nest/a/$file"
done
mount --bind /srv/s/nest/a /srv/s/outer
mount --bind /srv/s/nest/a/b /srv/s/inner
umount /srv/s/nest
for cgroup in /etc/portcullis/policies/*.yaml; do
	mkdir -p "/sys/fs/cgroup/$(basename "$cgroup" .yaml)"
done
mkdir -p /sys/fs/cgroup/outer/inner

cat /proc/uptime >&2
start_enforcerd && apply || exit
mount --bind /srv/s/secret /srv/s/late
policyctl off --reason 'the suite runs without enforcement first' >/dev/null || exit
cat /proc/uptime >&2
echo "== off"
/opt/act table /opt/table-off || exit
policyctl on >/dev/null || exit
cat /proc/uptime >&2
echo "== on"
/opt/act table /opt/table || exit
cat /proc/uptime >&2
echo "== stats"
policyctl --json stats || exit
echo "== events"
policyctl --json events -n 100000 || exit
cat /proc/uptime >&2
