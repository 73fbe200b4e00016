# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Emulated again after the uninstall; from there, as from a rescue system, another guest's disk is
# mounted and installed to, as a kickstart's %post --nochroot does. The boot ends in the first of the
# power cuts, see cuts.sh.

host_defaults
vifs[1]=${vifs[1]/e1000/rtl8139} # which finds itself ten seconds faster
disks+=('vdev=hdd,access=rw,backendtype=qdisk,target=/dev/vdc')
power_cut back 1 'xenpv-verify' 'mkdir -p /mnt/sysimage && mount LABEL=twin /mnt/sysimage' \
	'xenpv-install --root /mnt/sysimage --rename sdb=xvdc' 'umount /mnt/sysimage' 'watched xenpv-install --verify-at-boot'
ok 'on sda, emulated' says back xenpv-verify 'disk sda is emulated'
is "$(status_of back 'xenpv-install --root /mnt/sysimage --rename sdb=xvdc')" 0 'xenpv-install --root'

host_defaults
disk=/dev/vdc
disks=('vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdc' "${disks[1]}")
boots rescued 'cat /proc/mounts' 'xenpv-verify'
ok 'root is on xvda' says rescued 'cat /proc/mounts' '/dev/xvda1 / ext4'
ok 'the data disk is mounted' says rescued 'cat /proc/mounts' '/dev/xvdc1 /srv/data ext4'
is "$(status_of rescued xenpv-verify)" 0 'xenpv-verify passes'
