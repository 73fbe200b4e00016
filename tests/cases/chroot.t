#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is a running guest, and what a tree, where the root is / and the kernel that runs is one of its kernels: an
# installer often has the kernel that it installs.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if ((EUID)); then
	skip 'a root of their own' 'not root'
	finish
fi

# Is it a running guest for xenpv-check, in the guest as root folder? Only such is asked for Xen.
sees() # running|tree [UNSHARE-OPTION...]
{
	local got=tree

	unshare --mount "${@:2}" sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" /usr/bin/env -i \
		PATH=/usr/sbin:/usr/bin LC_ALL=C xenpv-check' - "$work/g" >"$work/out" 2>&1
	grep -q '^[a-z]* *lib-space ' "$work/out" || got=nothing
	! grep -q '^[a-z]* *xen-hvm ' "$work/out" || got=running
	[[ $got = "$1" ]] || cat "$work/out"
	[[ $got = "$1" ]]
}

ok 'a guest with the kernel that runs' eval '"$tests/trees/mkmodern" debian12-amd64 "$work/g" && furnish "$work/g" &&
	mkdir "$work/g/lib/modules/$(uname -r)"'
ok 'in a chroot it is a tree' sees tree
ok 'also where something is mounted upon its folder' eval 'mount --bind "$work/g" "$work/g" && sees tree; s=$?
	umount "$work/g"; ((s == 0))'
ok 'it runs where its root is that of init' sees running --pid --fork
finish
