#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests whose kernel will call a disk otherwise: sda becomes xvda. Every file that names it follows,
# where one answer is right; uninstall gives all of them back.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# By device name what the tree has by UUID
by_name() # DIR
{
	local f

	for f in "$1"/boot/grub/grub.c* "$1/boot/grub2/grubenv" "$1"/boot/loader/entries/*.conf "$1/etc/kernel/cmdline"; do
		[[ ! -f $f ]] || sed -i 's|root=UUID=[0-9a-f-]*|root=/dev/sda2 resume=/dev/sda3|' "$f"
	done
	if [[ -f $1/boot/grub2/grubenv ]]; then
		f=$1/boot/grub2/grubenv
		tr -d '#' <"$f" | sed 's/^ GRUB/# GRUB/' >"$work/env" && truncate -s 1024 "$work/env" &&
			{ tr '\0' '#' <"$work/env" >"$f"; }
	fi
	[[ ! -f $1/etc/default/grub ]] || sed -i 's|="quiet|="resume=/dev/sda3 quiet|' "$1/etc/default/grub"
	cat >"$1/etc/fstab" <<-'EOF'
		# by name, as old installers wrote it
		/dev/sda2	/     ext4 defaults 1 1
		/dev/sda1	/boot ext4 defaults 1 2
		/dev/sda3	none  swap sw 0 0
		/dev/sdb1	/data ext4 defaults 1 2
		UUID=0a1b	/srv  ext4 defaults 1 2
		/dev/sr0	/mnt  iso9660 ro,noauto 0 0
	EOF
	echo 'secret /dev/sda4 none luks' >"$1/etc/crypttab"
	[[ ! -d $1/etc/initramfs-tools ]] || { mkdir -p "$1/etc/initramfs-tools/conf.d" &&
		echo 'RESUME=/dev/sda3' >"$1/etc/initramfs-tools/conf.d/resume"; }
	return 0
}

# Nothing names sda any more, but what the installer keeps of old
follows() # DIR
{
	(cd "$1" && ! grep -rnI '/dev/sd' etc boot | grep -v '#boot=') &&
		diff <(grep -v '^#' "$1/etc/fstab" | awk '{ print $1, $2 }') - <<-'EOF' &&
			/dev/xvda2 /
			/dev/xvda1 /boot
			/dev/xvda3 none
			/dev/xvdb1 /data
			UUID=0a1b /srv
			/dev/sr0 /mnt
		EOF
		[[ $(cat "$1/etc/crypttab") = 'secret /dev/xvda4 none luks' ]]
}

boot_follows() # DIR
{
	grep -rqE 'root=/dev/xvda2 resume=/dev/xvda3 ' "$1"/boot/grub* "$1/boot/loader" 2>/dev/null || return
	[[ ! -f $1/boot/grub2/grubenv || $(stat -c %s "$1/boot/grub2/grubenv") = 1024 ]] || return
	[[ ! -f $1/etc/kernel/cmdline ]] || grep -q '^root=/dev/xvda2 resume=/dev/xvda3 ' "$1/etc/kernel/cmdline" || return
	[[ ! -f $1/etc/initramfs-tools/conf.d/resume ]] ||
		[[ $(cat "$1/etc/initramfs-tools/conf.d/resume") = RESUME=/dev/xvda3 ]]
}

for t in rhel6.10-i686 rhel8.8-x86_64 rhel10.0-x86_64 debian12-amd64 ubuntu22.04-amd64; do
	rm -rf "$work/g" && "$tests/trees/mkmodern" "$t" "$work/g" && by_name "$work/g" || exit
	listing "$work/g" >"$work/start"
	with=(--root "$work/g" --host 5.1/x86_64)
	ok "$t: check" exits 0 xenpv-check --json "${with[@]}"
	ok "$t: warns of sdb, which only a person can name" json_is 'status("device-names")' warn
	ok "$t: and of nothing else" json_is '"sda" in text("device-names")' False
	ok "$t: install" exits 0 xenpv-install "${with[@]}" --rename sdb=xvdb
	ok "$t: all files follow" follows "$work/g"
	ok "$t: the boot loader's, too" boot_follows "$work/g"
	listing "$work/g" >"$work/after"
	ok "$t: second install" exits 0 xenpv-install "${with[@]}"
	ok "$t: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$t: and changes nothing" unchanged "$work/after" "$work/g"
	ok "$t: uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$work/g"
	ok "$t: a name that is given goes before" exits 0 xenpv-install "${with[@]}" --rename sda=xvde --rename sdb=xvdb
	ok "$t: and is what the files have" grep -q '^/dev/xvde2' "$work/g/etc/fstab"
done
finish
