#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that Debian's initramfs-tools and dracut make of a real kernel, by each method of
# compression, without Xen drivers: rewritten, unpacked by the generator's own unpacker, compared;
# booted in QEMU until modprobe in the rewritten image tells how it would load a PV disk's driver.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

at_exit()
{
	[[ -z ${deb:-} ]] || take_kernel_files
}

# Small images, so that a dozen of them are made and booted in minutes: the modules that a root on an
# emulated disk needs
small_tools()
{
	sed -i 's/^MODULES=.*/MODULES=list/' "$deb/etc/initramfs-tools/initramfs.conf" &&
		printf 'ata_piix\next4\nsd_mod\n' >"$deb/etc/initramfs-tools/modules"
}

make_tools() # METHOD
{
	inside mkinitramfs -c "$1" -o /image "$release"
}

make_dracut() # METHOD
{
	local how=--$1

	case $1 in
	none) how=--no-compress ;;
	lzop) how=--lzo ;;
	esac
	inside dracut -q -f --no-hostonly --no-early-microcode -m 'base rootfs-block kernel-modules udev-rules' \
		--drivers 'ata_piix ext4 sd_mod' --omit-drivers 'xen-blkfront xen-netfront' "$how" \
		/image "$release"
}

unpack_tools() # FOLDER
{
	inside unmkinitramfs /image "$1"
}

unpack_dracut() # FOLDER
{
	inside sh -c 'mkdir "$1" && cd "$1" && lsinitrd --unpack /image' sh "$1"
}

# An early segment as a microcode package makes it: uncompressed, before the image
add_microcode()
{
	(cd "$work" && rm -rf early && mkdir -p early/kernel/x86/microcode &&
		head -c 5000 /dev/urandom >early/kernel/x86/microcode/GenuineIntel.bin && cd early &&
		find . | sort | cpio -o -H newc --quiet >"$work/early.cpio") &&
		cat "$work/early.cpio" "$deb/image" >"$work/with" && mv "$work/with" "$deb/image"
}

make_guest() # DIR
{
	rm -rf "$1" && mkdir -p "$1/etc" "$1/boot" "$1/lib" "$1/usr/lib/dracut" "$1/etc/initramfs-tools" &&
		cp "$deb/usr/lib/os-release" "$1/etc/" && cp "$deb/boot/vmlinuz-$release" "$1/boot/" &&
		cp -al "$deb/lib/modules" "$1/lib/" && cp "$deb/image" "$1/boot/initrd.img-$release"
}

contents() # FOLDER
(
	cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum && find . ! -type f -printf '%p %y %m %l\n' | sort
)

# What the plan named, and nothing else: one module, its folder where there was none, and the indexes
# that list it
differs_as_planned() # WAS IS
{
	local got

	got=$(diff <(contents "$1") <(contents "$2") | sed -n 's|^[<>].* [^ ]*/\([^ /]*\)\( d 755 \)\?$|\1|p' | sort -u |
		grep -vx block | tr '\n' ' ')
	[[ $got = 'modules.alias modules.alias.bin modules.dep modules.dep.bin xen-blkfront.ko ' ]] ||
		{ echo "$got"; diff <(contents "$1") <(contents "$2"); return 1; }
	cmp "$(find "$2" -name xen-blkfront.ko)" \
		"$deb/lib/modules/$release/kernel/drivers/block/xen-blkfront.ko" || return
	[[ $(find "$2" -name modules.dep -exec grep -c xen-blkfront {} +) = 1 ]]
}

# The rewritten image, and behind it a first program of our own that asks its modprobe
boots() # IMAGE
{
	rm -rf "$work/probe" && mkdir "$work/probe" && cat >"$work/probe/xenpv-probe" <<-'EOF'
		#!/bin/sh
		export PATH=/usr/sbin:/usr/bin:/sbin:/bin
		mkdir -p /proc /sys /dev; mount -t proc proc /proc
		mount -t devtmpfs dev /dev 2>/dev/null
		exec >/dev/console 2>&1
		echo "PROBE $(modprobe -D xen:vbd)"
		modprobe xen-blkfront
		modprobe ata_piix
		while read -r name rest; do echo "PROBE loaded $name"; done </proc/modules
		echo PROBE END
		echo 1 >/proc/sys/kernel/sysrq; echo b >/proc/sysrq-trigger
		sleep 60
	EOF
	chmod 755 "$work/probe/xenpv-probe"
	(cd "$work/probe" && echo xenpv-probe | cpio -o -H newc --quiet) >"$work/probe.cpio"
	# A segment begins at a multiple of four; lz4 knows its end by the NULs behind it alone
	cp "$1" "$work/boot.img" && truncate -s %4 "$work/boot.img" && truncate -s +8 "$work/boot.img" && cat "$work/probe.cpio" >>"$work/boot.img"
	rm -f "$work/console"
	timeout 120 qemu-system-x86_64 -accel tcg -cpu max -m 512 -nodefaults -display none -no-reboot \
		-serial "file:$work/console" -kernel "$deb/boot/vmlinuz-$release" -initrd "$work/boot.img" \
		-append 'console=ttyS0 quiet panic=-1 rdinit=/xenpv-probe' </dev/null
	grep -aq "PROBE insmod /.*lib/modules/$release/kernel/drivers/block/xen-blkfront.ko" "$work/console" &&
		grep -aq 'PROBE loaded ata_piix' "$work/console" && grep -aq 'PROBE END' "$work/console" ||
		{ tail -n 30 "$work/console"; return 1; }
	! grep -a 'Invalid module\|invalid module\|Unknown symbol\|junk at' "$work/console"
}

one() # GENERATOR METHOD MICROCODE
{
	local what="$1, $2${3:+, after microcode}" tree=$work/guest

	ok "$what: made" "make_$1" "$2"
	[[ -z $3 ]] || add_microcode
	rm -rf "$deb/was" "$deb/is"
	ok "$what: unpacked by its own tool" "unpack_$1" /was
	make_guest "$tree"
	ok "$what: installed" installs "$tree"
	cp "$tree/boot/initrd.img-$release" "$work/new.img"
	cp "$deb/image" "$work/old.img"
	cp "$work/new.img" "$deb/image"
	ok "$what: the new one unpacked by its own tool" "unpack_$1" /is
	ok "$what: differs by what was planned" differs_as_planned "$deb/was" "$deb/is"
	ok "$what: boots, and modprobe in it loads the driver" boots "$work/new.img"
	ok "$what: a second install leaves it" installs_nothing "$tree"
	ok "$what: uninstalled to the byte" uninstalls "$tree"
}

installs()
{
	exits 0 xenpv-install --root "$1" && grep -q 'rewrite-initrd' "$work/out"
}

installs_nothing()
{
	exits 0 xenpv-install --root "$1" && grep -q 'Nothing to do' "$work/out" &&
		cmp "$1/boot/initrd.img-$release" "$work/new.img"
}

uninstalls()
{
	exits 0 xenpv-install --root "$1" --uninstall && cmp "$1/boot/initrd.img-$release" "$work/old.img"
}

if ! reason=$(command -v debootstrap >/dev/null || echo 'no debootstrap'; command -v qemu-system-x86_64 >/dev/null || echo 'no QEMU') ||
	[[ -n $reason ]]; then
	tap 1 "real images" "$reason"
	finish
fi
if ! real_debian >"$work/why"; then
	tap 1 "real images" "$(head -n 1 "$work/why")"
	finish
fi
small_tools
for method in zstd gzip xz lz4 bzip2 lzma lzop; do
	one tools $method ''
done
for method in zstd gzip xz lz4 bzip2 lzma lzop none; do
	one dracut $method ''
done
one tools zstd early
one dracut gzip early
finish
