# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guest of scenario systemd, installed, by its own GRUB: four minutes of loading through SeaBIOS.

host_defaults
disks[0]='vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdd'
loader=grub LIMIT=600
boots grub
ok 'by GRUB' matches grub 'cat /proc/cmdline' '^BOOT_IMAGE='
ok 'with the arguments of grub.cfg' fails matches grub 'cat /proc/cmdline' 'xen_emul_unplug|rig\.do'
ok 'root is on xvda' says grub 'cat /proc/mounts' '/dev/xvda1 / ext4'
is "$(status_of grub xenpv-verify)" 0 'xenpv-verify passes'
