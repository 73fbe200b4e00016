#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The next kernel on RHEL 4 and 5. What the guest's mkinitrd will find is modelled from its
# documented behaviour: it takes every `alias scsi_hostadapter*` of modprobe.conf, and on RHEL 5 what
# the executable files of /etc/sysconfig/mkinitrd put into PREMODS; a module counts where find -type f
# finds it for that kernel; one that is missing ends it without an image. A new kernel must never lose
# its initrd to us, and has the drivers in it where it has them at all.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The root of the snippet's /lib/modules: it looks there by absolute path
snippet_premods() # DIR KERNEL
(
	set +u
	# shellcheck disable=SC2034 # the snippet's
	kernel=$2
	PREMODS=''
	for s in "$1"/etc/sysconfig/mkinitrd/*; do
		[[ -f $s && -x $s ]] || continue
		sed "s|/lib/modules|$1/lib/modules|g" "$s" >"$work/snippet"
		# shellcheck source=/dev/null
		. "$work/snippet"
	done
	echo "$PREMODS"
)

# The modules that mkinitrd puts into the image, one a line; fails as it does
mkinitrd_model() # DIR KERNEL
{
	local m names

	names=$(sed -n 's/^[ \t]*alias[ \t][ \t]*scsi_hostadapter[0-9]*[ \t][ \t]*\([^ \t]*\).*/\1/p' "$1/etc/modprobe.conf")
	[[ ! -d $1/etc/sysconfig/mkinitrd ]] || names="$(snippet_premods "$1" "$2") $names"
	for m in $names; do
		if [[ -z $(find "$1/lib/modules/$2/" -name "$m.ko" -type f) ]]; then
			echo "No module $m found for kernel $2, aborting." >&2
			return 1
		fi
		echo "$m"
	done
}

# A later kernel, as its package brings it: the modules of one that is there, under another release,
# with or without PV drivers of its own
add_kernel() # DIR FROM TO DRIVERS
{
	local d=$1/lib/modules/$3 f

	mkdir -p "$d/kernel" && cp -a "$1/lib/modules/$2/kernel/." "$d/kernel/" || return
	find "$d" -name 'xen-*.ko' -delete
	[[ $4 = yes ]] || return 0
	mkdir -p "$d/kernel/drivers/xenpv_hvm"
	for f in platform-pci balloon vbd vnif; do
		cp "$(find "$d" -name 8139cp.ko | head -n 1)" "$d/kernel/drivers/xenpv_hvm/xen-$f.ko" || return
	done
}

makes_image() # DIR KERNEL
{
	mkinitrd_model "$1" "$2" >"$work/image"
}

image_has_drivers()
{
	grep -qx xen-vbd "$work/image"
}

# A link to another kernel's drivers, as weak-modules leaves it: find -type f passes it over
link_drivers() # DIR FROM TO
{
	local f

	mkdir -p "$1/lib/modules/$3/weak-updates/xenpv" || return
	for f in vbd platform-pci; do
		ln -s "$(find "$1/lib/modules/$2" -name "xen-$f.ko" | head -n 1)" \
			"$1/lib/modules/$3/weak-updates/xenpv/xen-$f.ko" || return
	done
}

for t in $("$tests/trees/mktree" --list); do
	case $t in
	rhel3* | rhel5.0-* | *-bare) continue ;;
	esac
	guest "$t" g || exit
	k=$(kernels_of "$work/g" | grep -v 'xen$' | head -n 1)
	bundle=$(bundle_for "$t" "$work/g") || exit
	ok "$t: before the install a kernel gets its image" makes_image "$work/g" "$k"
	ok "$t: install" exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 ${bundle:+--bundle "$bundle"}
	ok "$t: this kernel's image can be made again" makes_image "$work/g" "$k"
	case $t in
	rhel5* | centos5* | rhel4.8*) ok "$t: with the drivers" image_has_drivers ;;
	esac
	add_kernel "$work/g" "$k" "$k.new" yes || exit
	ok "$t: a later kernel with drivers gets its image" makes_image "$work/g" "$k.new"
	case $t in
	rhel5* | centos5* | rhel4.8*) ok "$t: with the drivers" image_has_drivers ;;
	esac
	# A kernel without drivers comes after kernels without them; where every one has its own,
	# later ones have them, too
	if [[ $t != rhel4.8* ]]; then
		add_kernel "$work/g" "$k" "$k.bare" no || exit
		ok "$t: one without drivers gets its image" makes_image "$work/g" "$k.bare"
		ok "$t: without them" fails image_has_drivers
		link_drivers "$work/g" "$k" "$k.bare" || exit
		ok "$t: one with links to drivers gets its image" makes_image "$work/g" "$k.bare"
	fi
	ok "$t: uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: later kernels get their images" makes_image "$work/g" "$k.new"
	ok "$t: without the drivers" fails image_has_drivers
done

# The model can fail: a hand's alias for a kernel that lacks the driver
guest rhel5.1-x86_64-twodisks g || exit
echo 'alias scsi_hostadapter9 xen-vbd' >>"$work/g/etc/modprobe.conf"
ok 'a listed module that is missing: no image' fails makes_image "$work/g" 2.6.18-53.el5
finish
