# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The guest of scenario rescue, with a kernel that unplugs nothing, as those of RHEL 3 to 5: what is PV is so because
# xenpv-host has changed the host's configuration.

host_defaults
disk=/dev/vdc
disks=('vdev=hda,access=rw,backendtype=qdisk,target=/dev/vdc' "${disks[1]}")
changes=(--guest rhel5)
arguments+=' xen_emul_unplug=unnecessary'
boots beside 'cat /proc/mounts' 'ls /sys/block' 'cat /sys/bus/pci/devices/*/class' 'ip -br link' 'xenpv-verify'
ok 'the boot disk is emulated, and root is on it' says beside 'cat /proc/mounts' '/dev/sda1 / ext4'
ok 'the data disk is PV' says beside 'cat /proc/mounts' '/dev/xvde1 /srv/data ext4'
is "$(output_of beside 'ls /sys/block' | grep -E '^(sd|hd|xvd)' | paste -sd ' ')" 'sda xvde' 'and no disk is there twice'
ok 'its PCI devices are known' matches beside 'cat /sys/bus/pci/devices/*/class' '^0x0601'
is "$(output_of beside 'cat /sys/bus/pci/devices/*/class' | grep -c '^0x02')" 0 'no emulated NIC is there'
for i in 0 1; do
	ok "lan$i has its MAC" matches beside 'ip -br link' "^lan$i +UP +00:16:3e:00:00:0$((i + 1)) "
done
is "$(output_of beside xenpv-verify | grep '^fail' | tr -s ' ')" \
	"fail devices-pv disk sda is emulated: this boot's kernel argument xen_emul_unplug=unnecessary keeps it" \
	'xenpv-verify names the boot disk and nothing else'
