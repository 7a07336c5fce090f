# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Shared by run, fetch and mkroot: where the cache is, which kernels there are, and how to fail.
# shellcheck shell=bash

# Host packages the scripts call on; `run --needs` prints them.
VM_NEEDS=(busybox-static cpio e2fsprogs kmod lz4 mmdebstrap xz-utils zstd)
# The program that proves each of them is there, in the same order.
VM_TOOLS=(busybox cpio mke2fs depmod lz4 mmdebstrap xz zstd)

VM_KERNELS=(6.1 6.12 7.2)

# The status of everything that is the VM's fault and not the command's.
VM_FAILED=125

die()
{
	echo "vm: $*" >&2
	exit "$VM_FAILED"
}

say()
{
	echo "vm: $*" >&2
}

cache_dir()
{
	if [ -n "${PORTCULLIS_CACHE:-}" ]; then
		echo "$PORTCULLIS_CACHE"
	elif [ "$(id -u)" = 0 ]; then
		echo /var/cache/portcullis
	else
		echo "${XDG_CACHE_HOME:-$HOME/.cache}/portcullis"
	fi
}

check_tools()
{
	local missing=() i

	for i in "${!VM_TOOLS[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${VM_TOOLS[i]}" >/dev/null ||
			missing+=("${VM_NEEDS[i]}")
	done
	if ldd "$(command -v busybox)" >/dev/null 2>&1; then
		missing+=(busybox-static)
	fi
	[ ${#missing[@]} = 0 ] || die "missing Debian packages: ${missing[*]}"
}

known_kernel()
{
	local k

	for k in "${VM_KERNELS[@]}"; do
		[ "$k" = "$1" ] && return 0
	done
	return 1
}

# with_lock NAME COMMAND... runs it while no other process on this cache holds NAME.
with_lock()
{
	local name=$1

	shift
	mkdir -p "$VM_CACHE/lock" || die "cannot write the cache $VM_CACHE"
	(
		flock 9 || die "cannot lock $VM_CACHE/lock/$name"
		"$@"
	) 9>"$VM_CACHE/lock/$name"
}

VM_CACHE=$(cache_dir)
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C
