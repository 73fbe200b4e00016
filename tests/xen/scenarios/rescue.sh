# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Emulated again after the uninstall; from there, as from a rescue system, another guest's disk is
# mounted and installed to, as a kickstart's %post --nochroot does, and told the name that xenpv-host will give its
# data disk. The boot ends in the first of the power cuts, see cuts.sh.
# Of three disks any may be sdb, which fstab mounts: while the other guest's is mounted there, too, it is not all written
# when it is unmounted here.

host_defaults
vifs[1]=${vifs[1]/e1000/rtl8139} # which finds itself ten seconds faster
disks+=('vdev=hdd,access=rw,backendtype=qdisk,target=/dev/vdc')
power_cut back 1 'xenpv-verify' 'umount /srv/data' 'mkdir -p /mnt/sysimage && mount LABEL=twin /mnt/sysimage' \
	'xenpv-install --root /mnt/sysimage --rename sdb=xvde' 'umount /mnt/sysimage' 'watched xenpv-install --verify-at-boot'
ok 'on sda, emulated' says back xenpv-verify 'disk sda is emulated'
is "$(status_of back 'xenpv-install --root /mnt/sysimage --rename sdb=xvde')" 0 'xenpv-install --root'

# With the host's configuration changed as for a guest whose kernel unplugs nothing
host_defaults
disk=/dev/vdc
disks=('vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdc' "${disks[1]}")
changes=(--guest rhel5)
boots rescued 'cat /proc/mounts' 'ls /sys/bus/xen/devices' 'ip -br link' 'xenpv-verify'
ok 'root is on xvda' says rescued 'cat /proc/mounts' '/dev/xvda1 / ext4'
ok 'the data disk is mounted, by the name that xenpv-host gave it' says rescued 'cat /proc/mounts' '/dev/xvde1 /srv/data ext4'
is "$(output_of rescued 'ls /sys/bus/xen/devices' | grep -E '^v[bi][df]' | paste -sd ' ')" 'vbd-51776 vbd-768 vif-0 vif-1' \
	'the devices on the xen bus are those of the changed configuration'
ok 'xl gives the data disk as PV alone' grep -q 'Disk xvde will be available via PV drivers but not as an emulated disk' \
	"$share/rescued.xl"
for i in 0 1; do
	ok "lan$i has its MAC" matches rescued 'ip -br link' "^lan$i +UP +00:16:3e:00:00:0$((i + 1)) "
done
is "$(status_of rescued xenpv-verify)" 0 'xenpv-verify passes'
ok 'having judged each device' says rescued xenpv-verify '4 on PV, 0 emulated as it must be'
