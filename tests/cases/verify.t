#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xenpv-verify on the log of a guest's boot: what real RHEL 5.3 and 5.7 kernels printed on a real Xen, as
# the /var/log/messages of a guest whose inventory an install recorded.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# The recorded machine's NIC; hda alone, or hdb beside it
recorded_guest() # NAME DISKS
{
	guest rhel5.3-x86_64 "$1" &&
		sed -i 's/00:16:3e:53:00:01/00:16:3e:00:00:0a/I' "$work/$1/etc/sysconfig/hwconf" \
			"$work/$1/etc/sysconfig/network-scripts/ifcfg-eth0" || return
	[[ $2 = *hdb* ]] || {
		sed -i '/hdb/d' "$work/$1/etc/fstab" "$work/$1/boot/grub/device.map" "$work/$1/var/log/messages" \
			"$work/$1/var/log/dmesg" && awk -v RS='-\n' -v ORS='' '!/device: hdb/ && NF { print "-\n" $0 }' \
			"$work/$1/etc/sysconfig/hwconf" >"$work/hwconf" &&
			cat "$work/hwconf" >"$work/$1/etc/sysconfig/hwconf"
	} || return
	exits 0 xenpv-install --root "$work/$1" --host 5.1/x86_64
}

# One that xenpv-install leaves: what verify says to do about it works when it is done
guest rhel5.3-x86_64 off && sed -i 's/^alias eth0 .*/alias eth0 off/' "$work/off/etc/modprobe.conf" || exit
ok 'eth0 is off: install' exits 0 xenpv-install --root "$work/off" --host 5.3/x86_64
ok '… verify' exits 0 xenpv-verify --json --root "$work/off"
ok '… warns' json_is 'status("module-config")' warn
ok '… says what to write' json_has 'text("module-config")' 'eth0 is off' 'alias eth0 xen-vnif in /etc/modprobe.conf'
echo 'alias eth0 xen-vnif' >>"$work/off/etc/modprobe.conf"
ok '… written' exits 0 xenpv-verify --json --root "$work/off"
ok '… passes' json_is 'status("module-config")' pass

# A kernel without an image: xenpv-install makes none
guest rhel5.3-x86_64 bare && rm "$work"/bare/boot/initrd-*.img || exit
ok 'no initrd: verify' exits 1 xenpv-verify --json --root "$work/bare"
ok '… says who makes it' json_has 'text("initrd-drivers")' 'no initrd' "make it with the guest's own mkinitrd"
ok '… check' exits 1 xenpv-check --json --root "$work/bare" --host 5.3/x86_64
ok '… fails' json_is 'status("initrd")' fail
ok '… says who makes it, or what does without' json_has 'text("initrd")' 'has no initrd' 'own mkinitrd' --kernel
ok '… install' exits 1 xenpv-install --root "$work/bare" --host 5.3/x86_64
ok '… forced' exits 3 xenpv-install --root "$work/bare" --host 5.3/x86_64 --force initrd
ok '… says why not' grep -q 'kernel 2.6.18-128.el5 has no initrd$' "$work/err"
if command -v lz4 >/dev/null; then
	guest rhel5.3-x86_64 frames && gzip -dc "$work"/frames/boot/initrd-*.img >"$work/cpio" &&
		lz4 -qf "$work/cpio" "$work"/frames/boot/initrd-*.img || exit
	ok 'an image that no kernel unpacks: check' exits 1 xenpv-check --json --root "$work/frames" --host 5.3/x86_64
	ok '… names its compression' json_has 'text("initrd")' 'compressed by lz4, which this version reads but does not write'
else
	skip 'an image that no kernel unpacks' 'no lz4 here'
fi
guest centos5.11-x86_64-3kernels kernels && rm "$work/kernels/boot/initrd-$(ls "$work/kernels/lib/modules" | sort -V | head -n 1).img" || exit
ok 'no initrd of another kernel than the default: check' exits 0 xenpv-check --json --root "$work/kernels" --host 5.3/x86_64
ok '… warns' json_is 'status("initrd")' warn
ok '… install' exits 0 xenpv-install --root "$work/kernels" --host 5.3/x86_64
ok '… says that it stays off PV disks' grep -q 'has no initrd$' "$work/out"
ok '… verify is about what boots' exits 0 xenpv-verify --json --root "$work/kernels"
ok '… warns of the other' json_is 'status("initrd-drivers")' pass+skip+warn
ok '… but to --strict' exits 1 xenpv-verify --root "$work/kernels" --strict
ok '… asked for it alone' exits 1 xenpv-verify --json --root "$work/kernels" --kernel 2.6.18-398.el5
ok '… says that it fails' json_is 'status("initrd-drivers")' fail
echo none >"$work/kernels/boot/initrd-2.6.18-398.el5.img"
ok '… one that cannot be read' exits 0 xenpv-verify --json --root "$work/kernels"
ok '… warns, too' json_is 'status("initrd-drivers")' pass+skip+warn
ok '… which an install asks about' exits 3 xenpv-install --root "$work/kernels" --host 5.3/x86_64
sed -i 's/^default=.*/default=7/; /^title/s/.*/title x/; s/vmlinuz-/bzimage./' "$work/kernels/boot/grub/grub.conf"
ok '… where no kernel is known to boot, any may' exits 3 xenpv-verify --json --root "$work/kernels"

# A kernel that was left out, since there are no drivers for it
guest rhel5.3-x86_64 two && cp -a "$work"/two/lib/modules/2.6.18-{128,92}.el5 &&
	rm -r "$work/two/lib/modules/2.6.18-92.el5/kernel/drivers/xenpv_hvm" || exit
ok 'a kernel without drivers: install' exits 1 xenpv-install --root "$work/two" --host 5.3/x86_64
ok '… without it' exits 0 xenpv-install --root "$work/two" --host 5.3/x86_64 --kernel default
ok '… verify, as at boot, of all kernels' exits 0 xenpv-verify --json --root "$work/two"
ok '… warns of it' json_is 'status("modules-installed", "2.6.18-92.el5")' warn
ok '… says what it is not good for' json_has 'text("modules-installed")' 'or do not boot it'

# A kernel without its index: nothing can be looked up, or added to, where depmod is kmod's
"$tests/trees/mkmodern" debian12-amd64 "$work/unlisted" && rm "$work"/unlisted/lib/modules/*/modules.dep || exit
ok 'no modules.dep: check' exits 1 xenpv-check --json --root "$work/unlisted"
ok '… says what makes it' json_has 'text("module-index")' 'has no modules.dep' "run depmod -a $(ls "$work/unlisted/lib/modules") in the guest"
ok '… install' exits 1 xenpv-install --root "$work/unlisted"
ok '… changes nothing' test ! -e "$work/unlisted/var/lib/xenpv"
ok '… verify' exits 1 xenpv-verify --json --root "$work/unlisted"
ok '… says it too' json_has 'text("modules-installed")' 'run depmod -a'
guest rhel5.3-x86_64 unlisted5 && rm "$work"/unlisted5/lib/modules/*/modules.dep || exit
ok '… of RHEL 5: check' exits 0 xenpv-check --json --root "$work/unlisted5" --host 5.3/x86_64
ok '… warns' json_is 'status("module-index")' warn

# "kind before state" of each device, in the order shown
devices_are() # ROW...
{
	diff <(printf '%s\n' "${@:2}") \
		<(json '"\n".join(" ".join(str(r[k]) for k in ("kind", "before", "state")) for r in d["devices"])')
}

recording() # NAME DISKS STATUS DEVICE...
{
	local name=$1 disks=$2 status=$3 file=$data/xen-guests/rhel$1.txt

	if [[ ! -f $file ]]; then
		skip "$name" "no $file"
		return
	fi
	ok "$name: installed, with $disks" recorded_guest "$name" "$disks"
	ok "$name: not booted since: passes" exits 0 xenpv-verify --root "$work/$name" --json
	ok "$name: devices-pv is skipped" json_is 'status("devices-pv")' skip
	ok "$name: no device is judged" json_is 'd["devices"]' '[]'
	cat "$file" >"$work/$name/var/log/messages"
	listing "$work/$name" >"$work/start"
	ok "$name: exit status $status" exits "$status" xenpv-verify --root "$work/$name" --json
	ok "$name: devices" devices_are "$name" "${@:4}"
	ok "$name: nothing changed" unchanged "$work/start" "$work/$name"
}

for r in 5.3 5.7; do
	recording $r-emul hda 1 'disk hda expected-emulated' 'nic eth0 emulated'
	[[ ! -d $work/$r-emul ]] || ok "$r-emul: the NIC is named" json_has 'text("devices-pv")' 'eth0 is emulated' type=ioemu
	recording $r-pv 'hda hdb' 1 'disk hda expected-emulated' 'disk hdb twice' 'nic eth0 emulated' \
		'nic eth1 pv' 'nic eth2 pv'
	if [[ -d $work/$r-pv ]]; then
		ok "$r-pv: the worst comes first" json_has \
			'[f["seen"] for f in d["findings"] if f["id"] == "devices-pv"][0]' 'hdb' 'twice'
		ok "$r-pv: and says what to change" json_has 'text("devices-pv")' 'on the host' xvde
	fi
done
recording 5.3-noprobe 'hda hdb' 1 'disk hda pv' 'disk hdb pv' 'nic eth0 emulated' 'nic eth1 pv' 'nic eth2 pv'
recording 5.3-cdrom hda 1 'disk hda expected-emulated' 'nic eth0 emulated' 'nic eth1 pv'

# Upstream's PV driver prints no line of a NIC: what a log has not is not missing for that
modern=$work/rhel7
"$tests/trees/mkmodern" rhel7.9-x86_64 "$modern" && mkdir -p "$modern/etc/sysconfig/network-scripts" &&
	printf 'DEVICE=eth0\nHWADDR=00:16:3E:00:00:0A\nONBOOT=yes\n' >"$modern/etc/sysconfig/network-scripts/ifcfg-eth0" &&
	rm -rf "$modern/var/log" && mkdir -p "$modern/var/log" || exit
ok 'RHEL 7: installed' exits 0 xenpv-install --root "$modern"
ok '… no log: passes' exits 0 xenpv-verify --json --root "$modern"
ok '… says that there is none' json_has 'text("devices-pv")' 'no kernel log in text' 'run xenpv-verify in it'
ok '… not judged' json_is 'status("devices-pv")' skip
boot_says() # LINE...
{
	printf 'Nov 29 10:00:00 g kernel: %s\n' 'Linux version 3.10.0-1160.el7.x86_64 (a@b) (gcc) #1 SMP' \
		'blkfront: xvda: flush diskcache: enabled; persistent grants: enabled;' "$@" >"$modern/var/log/messages"
}
boot_says 'xen_netfront: Initialising Xen virtual ethernet driver'
ok '… switched: passes' exits 0 xenpv-verify --json --root "$modern"
ok '… its NIC is unknown' json_is '[r["state"] for r in d["devices"] if r["kind"] == "nic"]' "['unknown']"
ok '… and so is the finding' json_is 'status("devices-pv")' unknown
ok '… says where to look' json_has 'text("devices-pv")' 'no line of a NIC' 'in the running guest'
ok '… in the table, too' exits 0 xenpv-verify --root "$modern"
ok '… does not claim more' grep -qx 'Verified: installed. Not every device is proven: see above.' "$work/out"
ok '… unknown fails when asked' exits 1 xenpv-verify --strict --root "$modern"
boot_says '8139cp 0000:00:03.0 eth0: RTL-8139C+ at 0x00000000a1b2c3d4, 00:16:3e:00:00:0a, IRQ 32'
ok '… emulated: fails' exits 1 xenpv-verify --json --root "$modern"
ok '… is said' json_has 'text("devices-pv")' 'eth0 is emulated'
ok 'RHEL 7, older log: installed' exits 0 xenpv-install --root "$modern" --uninstall
ok '… again' exits 0 xenpv-install --root "$modern"
ok '… not booted: passes' exits 0 xenpv-verify --json --root "$modern"
ok '… names the log' json_has 'text("devices-pv")' 'no boot since xenpv-install in /var/log/messages'
finish
