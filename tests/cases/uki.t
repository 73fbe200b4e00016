#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that boot from a unified kernel image: judged by what is in it, said what is to be done,
# the file itself never touched.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

fedora=6.8.5-301.fc40.x86_64
debian=6.1.0-18-amd64
g=$work/g
with=(--root "$g" --host 5.1/x86_64)

# unify TREE FILE ARGUMENTS [--signed]: the guest's kernel and image as the unified image FILE; its
# boot entries go
unify()
{
	local k

	k=$(ls "$g/lib/modules")
	mkdir -p "$g/${1%/*}"
	printf '%s' "$k" >"$work/uname"
	printf '%s\n' "$2" >"$work/cmdline"
	"$tests/trees/mkuki" "${@:3}" "$g/$1" .linux="$(echo "$g"/boot/vmlinuz-*)" .uname="$work/uname" \
		.cmdline="$work/cmdline" .initrd="$(echo "$g"/boot/init*"$k"*)"
}

only_unified() # no other image, and no entry
{
	rm -rf "$g"/boot/init* "$g"/boot/loader/entries "$g"/boot/grub*
}

modern() # ROW
{
	rm -rf "$g" && "$tests/trees/mkmodern" "$1" "$g"
}

efi=boot/efi/EFI/Linux/0123456789abcdef-$fedora.efi
modern fedora40-x86_64
cp -a "$g" "$work/plain"
unify "$efi" 'root=UUID=0a0b0c0d-0000-4000-8000-000000000001 xen_nopv quiet'
only_unified
ok 'binutils reads the image' bash -c 'objdump -h "$0" | grep -q "\.initrd"' "$g/$efi"
ok 'an image without the driver: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_is 'status("unified-images")' warn
ok '… of the driver' json_is '"/'$efi' cannot be edited: it does not hold xen-blkfront;" in text("unified-images")' True
ok '… and of the argument' json_is '"its command line says xen_nopv, which" in text("unified-images")' True
ok '… names the command' json_is \
	'text("unified-images").endswith("dracut --force --uefi /'$efi' '$fedora'")' True
ok '… strictly, that is a failure' exits 1 xenpv-check --strict "${with[@]}"
listing "$g" >"$work/start"
sha256sum "$g/$efi" >"$work/sum"
ok 'install' exits 0 xenpv-install "${with[@]}"
ok '… says that it cannot be edited' grep -q 'cannot be edited: it does not hold xen-blkfront' "$work/out"
ok '… and leaves it' sha256sum --status -c "$work/sum"
ok '… has dracut put the driver into the next' grep -q xen-blkfront "$g/etc/dracut.conf.d/xenpv.conf"
ok '… with other arguments' fails grep -q xen_nopv "$g/etc/kernel/cmdline"
ok 'verify: not yet' exits 1 xenpv-verify --json "${with[@]}"
ok '… for the image' json_is 'status("initrd-drivers")' fail
ok 'second install' exits 0 xenpv-install "${with[@]}"
ok '… finds nothing to do' grep -q '^Nothing to do' "$work/out"

# What dracut would make: the image that an install makes of the plain guest's
xenpv_plain()
{
	exits 0 xenpv-install --root "$work/plain" --host 5.1/x86_64 && cp "$work/plain"/boot/initramfs-*.img "$g/boot/" &&
		rm -f "$g"/boot/*.xenpv-orig
}
ok 'the image made again' xenpv_plain
unify "$efi" 'root=UUID=0a0b0c0d-0000-4000-8000-000000000001 quiet' --signed
only_unified
ok '… check' exits 0 xenpv-check --json "${with[@]}"
ok '… passes' json_is 'status("unified-images")' pass
ok '… verify' exits 0 xenpv-verify "${with[@]}"
ok 'uninstall' exits 0 xenpv-install --root "$g" --uninstall
ok '… leaves the configuration as at the start' diff <(grep ' ./etc' "$work/start" | sort) \
	<(listing "$g" | grep ' ./etc' | sort)

modern fedora40-x86_64
unify "$efi" 'root=/dev/sda2 quiet' --signed
ok 'beside another image: install' exits 0 xenpv-install "${with[@]}"
ok '… edits that one' grep -q '/boot/initramfs-' "$work/out"
ok '… says that the other is signed' grep -q 'and sign it as the old one was' "$work/out"
ok '… and names the wrong disk' grep -q 'root=/dev/sda2, a name that goes' "$work/out"
run xenpv-verify --json "${with[@]}"
ok '… verify has both' json_is 'status("initrd-drivers")' fail+pass

modern debian12-amd64
unify boot/efi/EFI/Linux/debian.efi 'quiet'
only_unified
ok 'initramfs-tools: check' exits 0 xenpv-check --json "${with[@]}"
ok '… names the command' json_is \
	'text("unified-images").endswith("kernel-install add '$debian' /boot/vmlinuz-'$debian'")' True

modern ubuntu22.04-amd64
unify boot/efi/EFI/Linux/ubuntu.efi 'quiet'
only_unified
ok 'built in: passes' exits 0 xenpv-check --strict "${with[@]}"
modern ubuntu22.04-amd64
unify boot/efi/EFI/Linux/ubuntu.efi $'quiet\nxen_nopv'
only_unified
ok 'an argument in a second line: strictly a failure' exits 1 xenpv-check --strict --json "${with[@]}"
ok '… names it' json_is '"its command line says xen_nopv, which" in text("unified-images")' True

# Files that are none, or lie
modern debian12-amd64
dir=$g/boot/efi/EFI/Linux
unify boot/efi/EFI/Linux/a.efi 'quiet'
head -c 700 "$dir/a.efi" >"$dir/cut.efi"
"$tests/trees/mkuki" "$dir/loader.efi" .sbat="$work/uname"
echo text >"$dir/text.efi"
mkfifo "$dir/fifo.efi"
ln -s /etc/passwd "$dir/link.efi"
rm "$dir/a.efi"
ok 'other files: check' exits 0 xenpv-check --json "${with[@]}"
ok '… names each' json_is 'sum(n in text("unified-images") for n in ("cut.efi", "text.efi", "fifo.efi"))' 3
ok '… but the loader' json_is '"loader.efi" in text("unified-images")' False
finish
