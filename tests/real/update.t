#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A kernel update: in a Debian, xenpv is installed and run; then the guest's own tools install a
# second kernel, whose image holds the driver without anybody having thought of it.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

at_exit()
{
	[[ -z ${deb:-} ]] || take_kernel_files
}

# Images that would not hold the driver by themselves
small_images()
{
	sed -i 's/^MODULES=.*/MODULES=list/' "$deb/etc/initramfs-tools/initramfs.conf" &&
		printf 'ata_piix\next4\nsd_mod\n' >"$deb/etc/initramfs-tools/modules" &&
		sed -i 's/^update_initramfs=.*/update_initramfs=yes/' "$deb/etc/initramfs-tools/update-initramfs.conf" &&
		inside mkinitramfs -o "/boot/initrd.img-$release" "$release"
}

holds_driver() # RELEASE
{
	inside lsinitramfs "/boot/initrd.img-$1" | grep -q '/xen-blkfront\.ko$'
}

installs()
{
	inside /usr/local/sbin/xenpv-install >"$work/out" 2>&1 && grep 'Installed' "$work/out" >/dev/null ||
		{ cat "$work/out"; return 1; }
}

# Another kernel of the archive than the one that is there
second_kernel()
{
	inside apt-cache pkgnames linux-image-6 |
		grep -E '^linux-image-[0-9.]+-[0-9]+(-rt|-cloud)?-amd64$' | grep -vF "$release" | sort -V | tail -n 1
}

reason=$(command -v debootstrap >/dev/null || echo 'no debootstrap')
if [[ -n $reason ]] || ! real_debian >"$work/why"; then
	tap 1 "a kernel update" "${reason:-$(head -n 1 "$work/why")}"
	finish
fi
ok 'xenpv installed in the Debian' make -s -C "$bin" install-sbinPROGRAMS DESTDIR="$deb"
ok 'its image, without the driver' small_images
ok 'indeed without' fails holds_driver "$release"
cp "$deb/boot/initrd.img-$release" "$work/image" || exit
ok 'xenpv-install in it' installs
ok 'the image has the driver' holds_driver "$release"
inside apt-get update -qq >/dev/null 2>&1
package=$(second_kernel)
ok "a second kernel: $package" inside apt-get install -y -qq --no-install-recommends "$package"
ok 'its image has the driver' holds_driver "${package#linux-image-}"
ok 'the first one still' holds_driver "$release"
ok 'uninstalled' inside /usr/local/sbin/xenpv-install --uninstall
ok 'then the first image is as it was' cmp "$work/image" "$deb/boot/initrd.img-$release"
finish
