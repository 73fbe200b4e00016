#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests with another boot loader than GRUB, or none: what it tells the kernel is not known, and said to be;
# nobody is told to move the disk that it may be on.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The links that Debian keeps for LILO and extlinux, in place of GRUB
without_grub() # DIR
{
	local kernel=("$1"/boot/vmlinuz-*) initrd=("$1"/boot/initrd.img-*)

	rm -rf "$1/boot/grub" "$1/etc/default/grub" && ln -s "boot/${kernel##*/}" "$1/vmlinuz" && ln -s "boot/${initrd##*/}" "$1/initrd.img"
}

with=(--root "$work/g" --host 5.1/x86_64)
"$tests/trees/mkmodern" debian12-amd64 "$work/g" && without_grub "$work/g" || exit
ok 'no boot loader: check' exits 0 xenpv-check --json "${with[@]}"
ok '… knows no arguments' json_is 'status("kernel-args")' unknown
ok '… says so' json_has 'text("kernel-args")' 'no boot loader'"'"'s configuration was found' xen_emul_unplug=never
ok '… to --strict it is a failure' exits 1 xenpv-check "${with[@]}" --strict
mkdir "$work/g/boot/extlinux" && cat >"$work/g/boot/extlinux/extlinux.conf" <<-'END' || exit
	default l0
	label l0
		linux ../vmlinuz
		append root=/dev/sda1 ro xen_emul_unplug=never
END
ok 'extlinux: check' exits 0 xenpv-check --json "${with[@]}"
ok '… knows no arguments' json_is 'status("kernel-args")' unknown
ok '… names the file' json_has 'text("kernel-args")' '/boot/extlinux/extlinux.conf of extlinux is not read'
ok '… says what to look for' json_has 'text("kernel-args")' 'xen_emul_unplug=never' xen_nopv
ok '… knows no names of disks' json_is 'status("device-names")' pass+unknown
ok '… says it too' json_has 'text("device-names")' 'which disks it names is not known' root=

# LILO: boot= says where it is; it boots blocks
guest rhel4.8-x86_64-smp g && rm -rf "$work/g/boot/grub" "$work/g/etc/grub.conf" &&
	echo '/dev/hdb1 /srv ext3 defaults 1 2' >>"$work/g/etc/fstab" || exit
cat >"$work/g/etc/lilo.conf" <<-'END'
	prompt
	boot = "/dev/hda"
	image=/boot/vmlinuz-2.6.9-89.ELsmp
	 label=linux
	 root=/dev/hda2
END
listing "$work/g" >"$work/start"
ok 'LILO: check' exits 0 xenpv-check --json "${with[@]}"
ok '… its disk stays' json_has 'text("boot-disk")' 'hda stays emulated (boot loader, /boot)'
ok '… the other one gets a name' json_has 'text("device-names")' '--rename hdb=xvde'
ok '… it is to be run' json_has 'text("initrd")' 'LILO boots the blocks' 'run lilo in the guest after xenpv-install'
ok '… its names are not known' json_has 'text("device-names")' '/etc/lilo.conf of LILO is not read'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… says to run it' grep -q 'run lilo in the guest now, and again after an uninstall' "$work/out"
ok '… leaves its disk' grep -q 'leave hda as it is: it holds the boot loader, which LILO cannot read' "$work/out"
ok '… in the command, too' grep -q -e '--keep hda ' "$work/out"
ok '… a second time' exits 0 xenpv-install "${with[@]}"
ok '… there is nothing to run' fails grep -q 'run lilo in the guest now' "$work/out"
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"

# Neither a loader nor a disk of /boot is known: hda may be it
rm "$work/g/etc/lilo.conf"
ok 'which disk boots is not known: check' exits 0 xenpv-check --json "${with[@]}"
ok '… said' json_has 'text("boot-disk")' 'which disk holds /boot is not known (LABEL=/boot)' 'hda or sda'
ok '… hda gets no name' json_is '"rename hda" in text("device-names")' False
ok '… hdb does' json_has 'text("device-names")' '--rename hdb=xvde'
ok '… install' exits 0 xenpv-install "${with[@]}" --dry-run
ok '… leaves hda' grep -q 'leave hda as it is: it may hold /boot' "$work/out"
ok '… in the command, too' grep -q -e '--keep hda ' "$work/out"
ok '… moves it on request' exits 0 xenpv-install "${with[@]}" --dry-run --rename hda=xvde
ok '… as it is told' grep -q 'give the guest hda as xvde' "$work/out"

# The name in the example is one that this guest's kernel gives
"$tests/trees/mkmodern" rhel7.9-x86_64 "$work/g7" && echo '/dev/sdb1 /data ext4 defaults 1 2' >>"$work/g7/etc/fstab" || exit
ok 'RHEL 7: check' exits 0 xenpv-check --json --root "$work/g7" --host 5.1/x86_64
ok '… has the host'"'"'s hdb for xvdb' json_has 'text("device-names")' "--rename sdb=xvdb for the host's hdb"
finish
