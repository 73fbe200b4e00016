# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Another guest: systemd and dracut, with a CD-ROM drive. Its own init verifies at the first boot.

host_defaults
disk=/dev/vdd
disks[0]='vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdd'
disks+=('vdev=hdb,devtype=cdrom,format=raw,target=') # no disk in it; it stays emulated
boots dracut-before 'xenpv-install --verify-at-boot' 'systemctl is-enabled xenpv-verify'
is "$(status_of dracut-before 'xenpv-install --verify-at-boot')" 0 'xenpv-install'
is "$(output_of dracut-before 'systemctl is-enabled xenpv-verify')" enabled 'the unit is enabled'
boots dracut-after 'cat /proc/mounts' 'cat /var/lib/xenpv/verify.json' 'systemctl is-failed xenpv-verify' \
	'journalctl --no-pager -o cat -u xenpv-verify' 'xenpv-verify --wait 20' 'xenpv-install --uninstall'
ok 'root is on xvda' says dracut-after 'cat /proc/mounts' '/dev/xvda1 / ext4'
ok 'the data disk is mounted' says dracut-after 'cat /proc/mounts' '/dev/xvdc1 /srv/data ext4'
ok 'the verdict of the boot is kept' says dracut-after 'cat /var/lib/xenpv/verify.json' '"result":"pass"'
ok 'and stands in the journal' says dracut-after 'journalctl --no-pager -o cat -u xenpv-verify' \
	'Verified: installed, and the devices are on PV.'
ok 'the unit has not failed' matches dracut-after 'systemctl is-failed xenpv-verify' '^(in)?active$'
is "$(status_of dracut-after 'xenpv-verify --wait 20')" 0 'xenpv-verify passes'
is "$(status_of dracut-after 'xenpv-install --uninstall')" 0 'uninstalled'
boots dracut-back 'xenpv-verify' 'systemctl is-enabled xenpv-verify' 'xenpv-install' 'echo cat /proc/mounts >/etc/rig.do' \
	'echo cat /proc/cmdline >>/etc/rig.do' 'echo xenpv-verify >>/etc/rig.do'
ok 'emulated again' says dracut-back xenpv-verify 'disk sda is emulated'
is "$(output_of dracut-back 'systemctl is-enabled xenpv-verify')" disabled 'the unit is, too'
