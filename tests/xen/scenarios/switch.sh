# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From emulated to PV and back, in a live guest.

# Before: the guest's own configuration keeps the emulated devices, its initramfs has no Xen driver
host_defaults
boots before 'xenpv-check' 'xenpv-verify' "$MANIFEST" 'watched xenpv-install --verify-at-boot' "${record[@]}"
ok 'xenpv-check says ready' says before xenpv-check 'Ready: PV drivers can be installed.'
ok 'what sdb will be called is known' says before xenpv-check 'will follow the new names: /dev/sdb1 in /etc/fstab:2'
is "$(status_of before xenpv-verify)" 1 'xenpv-verify fails'
for device in 'disk sda' 'disk sdb' 'NIC lan0' 'NIC lan1'; do
	ok "$device is emulated, and why" says before xenpv-verify \
		"$device is emulated: this boot's kernel argument xen_emul_unplug=never keeps it"
done
is "$(status_of before 'watched xenpv-install --verify-at-boot')" 0 'xenpv-install'
manifest=$(output_of before "$MANIFEST")

# After: the same guest, rebooted; nothing was changed on the host
boots after 'cat /proc/mounts' 'cat /srv/data/marker' 'ip -br addr' 'ip -br link' \
	'cat /var/lib/xenpv/verify.json' 'xenpv-verify' "${record[@]}"
ok 'the arguments no longer keep the emulated devices' fails grep -q xen_emul_unplug "$share/after.args"
ok 'root is on xvda' says after 'cat /proc/mounts' '/dev/xvda1 / ext4'
ok 'the data disk is mounted under its new name' says after 'cat /proc/mounts' '/dev/xvdb1 /srv/data ext4'
is "$(output_of after 'cat /srv/data/marker')" 'the data disk' 'and has its data'
for i in 0 1; do
	ok "lan$i has its MAC" matches after 'ip -br link' "^lan$i +UP +00:16:3e:00:00:0$((i + 1)) "
	ok "lan$i has its address" matches after 'ip -br addr' "^lan$i +UP +192\.168\.77\.$((i + 2))/24 "
done
ok 'the verdict of the boot, by the init script' says after 'cat /var/lib/xenpv/verify.json' '"result":"pass"'
is "$(status_of after xenpv-verify)" 0 'xenpv-verify passes'
for row in 'disk sda xvda vbd' 'disk sdb xvdb vbd' 'NIC lan0 lan0 vif' 'NIC lan1 lan1 vif'; do
	ok "before and after: $row" matches after xenpv-verify "^${row// / +} +pv"
done
