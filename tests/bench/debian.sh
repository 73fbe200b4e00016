# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # work, cache, builddir: of run; REAL_CACHE, …: of tests/real
# Sourced by run: the whole install in a Debian 12 with its real kernel, modules and images, against depmod and
# the tool that makes the image. The guest is as after the change of a disk's emulation: its image holds
# all drivers but Xen's.

bin=$builddir
REAL_CACHE=$cache
# shellcheck source=tests/real/lib.sh
. "$srcdir/tests/real/lib.sh"
real_kernel=linux-image-amd64
more_packages='udev systemd-sysv'

# The images without the driver, made once
images_without()
{
	local module

	[[ ! -f $cache/dracut.img ]] || return 0
	module=$(find "$deb/lib/modules/$release" -name xen-blkfront.ko) &&
		mv "$module" "$deb/kept.ko" && inside depmod "$release" &&
		inside mkinitramfs -o /tools.img "$release" && inside dracut -q -f --no-hostonly /dracut.img "$release" &&
		mv "$deb/kept.ko" "$module" && inside depmod "$release" && mv "$deb/tools.img" "$deb/dracut.img" "$cache/"
}

by_update_initramfs()
{
	inside depmod "$release" && inside update-initramfs -u -k "$release"
}

by_dracut()
{
	inside depmod "$release" && inside dracut -q -f --no-hostonly "/boot/initrd.img-$release" "$release"
}

installs()
{
	"$builddir/xenpv-install" --root "$deb" --host 5.1
}

# The guest before an install
with_image() # IMAGE
{
	[[ ! -d $deb/var/lib/xenpv ]] || "$builddir/xenpv-install" --root "$deb" --uninstall >"$work/log"
	cp "$cache/$1.img" "$deb/boot/initrd.img-$release" && sync
}

tools_again()
{
	with_image tools
}

dracut_again()
{
	with_image dracut
}

debian_rows()
{
	local why='' modules

	if ! command -v debootstrap >/dev/null; then
		why='no debootstrap'
	elif ! real_debian >"$work/why" || ! images_without >"$work/why" 2>&1; then
		why=$(tail -n 1 "$work/why")
	fi
	if [[ -n $why ]]; then
		row 'xenpv-install, Debian 12' 'depmod and update-initramfs' '' '' '' '' 30 "not measured: $why"
		row 'xenpv-install, Debian 12' 'depmod and dracut' '' '' '' '' 80 "not measured: $why"
		return
	fi
	modules=$(find "$deb/lib/modules" -name '*.ko' | wc -l)
	sed -i 's/^update_initramfs=.*/update_initramfs=yes/' "$deb/etc/initramfs-tools/update-initramfs.conf"
	tools_again
	faster "xenpv-install, Debian 12, $modules modules, image of $(du -m "$cache/tools.img" | cut -f 1) MB" \
		'depmod and update-initramfs' 30 1,3 by_update_initramfs installs tools_again
	tools_again
	peak 'xenpv-install, Debian 12' "$builddir/xenpv-install" --root "$deb" --host 5.1
	faster "the same, image of dracut's of $(du -m "$cache/dracut.img" | cut -f 1) MB" \
		'depmod and dracut' 80 1,3 by_dracut installs dracut_again
}
