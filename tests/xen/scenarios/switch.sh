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
boots after "${switched[@]}" "${record[@]}"
ok 'the arguments no longer keep the emulated devices' fails grep -q xen_emul_unplug "$share/after.args"
is_switched after
