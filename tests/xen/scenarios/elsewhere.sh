# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# No fully virtualised guest of Xen: a PV guest, dom0, and plain QEMU. The disk is that of scenario
# rescue, installed.

host_defaults
disk=/dev/vdc
disks=('vdev=xvda,access=rw,backendtype=qdisk,target=/dev/vdc')
vifs=('mac=00:16:3e:00:00:01')
type=pv
boots pv-guest 'xenpv-check' 'record'
ok 'a PV guest: it says so' says pv-guest xenpv-check 'fail xen-hvm Xen PV guest'
ok 'and that nothing is to be done' says pv-guest xenpv-check 'a PV guest has no emulated device to switch from'
is "$(status_of pv-guest xenpv-check)" 1 'and fails'

# Live is only what has init's root, hence the namespace, and the kernel that runs: the cache may have an older one of
# Debian's for dom0 than the guest has
cat >"$share/dom0.sh" <<'DOM0'
mount -t ext4 /dev/vdc1 /mnt && mkdir -p "/mnt/lib/modules/$(uname -r)" && mount -t sysfs sysfs /mnt/sys &&
	mount --bind /dev /mnt/dev || exit
chroot /mnt /usr/bin/unshare --mount --pid --fork /bin/sh -c 'mount -t proc proc /proc &&
	mount -t xenfs xenfs /proc/xen && exec /usr/local/sbin/xenpv-check'
echo "status $?"
umount /mnt/dev /mnt/sys /mnt
DOM0
ok 'dom0: run there' ask 120 run dom0
ok 'dom0: it says so' grep -q '^fail *xen-hvm *Xen dom0' "$share/dom0.out"
ok 'and fails' grep -qx 'status 1' "$share/dom0.out"

# The same disk, its kernel and its initrd before the install on a machine without Xen
xen_stop
kernels=("$cache"/guest-sysv/boot/vmlinuz-*)
plain='console=ttyS0,115200 mitigations=off rig.do="xenpv-check; record"'
TMPDIR=$logs qemu -accel tcg -machine pc -cpu qemu64 -m 512 -nodefaults -display none -no-reboot \
	-drive "file=$cache/sysv-twin.disk,format=raw,if=ide,snapshot=on" \
	-device rtl8139,mac=00:16:3e:00:00:01 -serial "file:$logs/plain.log" \
	-kernel "${kernels[0]}" -initrd "${kernels[0]/vmlinuz/initrd.img}" \
	-append "root=LABEL=twin ro quiet $plain" &
plain_pid=$!
timeout 900 tail -f /dev/null --pid=$plain_pid || kill $plain_pid
wait $plain_pid
tr -d '\r' <"$logs/plain.log" >"$logs/plain.new" && mv "$logs/plain.new" "$logs/plain.log"
ok 'plain QEMU: it says so' says plain xenpv-check 'fail xen-hvm QEMU'
is "$(status_of plain xenpv-check)" 1 'and fails'
