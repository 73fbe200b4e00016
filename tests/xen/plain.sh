# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Guests with a kernel that knows nothing of Xen, on disks of their own: our four modules bring everything.

plain_defaults() # DISK
{
	host_defaults
	disk=$1
	disks[0]="vdev=hda,access=rw,backendtype=qdisk,target=$1"
	arguments=$without_xen_arguments
	LIMIT=1200 # each character of its console takes 2 ms
}

plain_run() # NAME DISK
{
	local g=$1 device manifest m

	plain_defaults "$2"
	boots "$g-before" 'uname -rm' 'ls /sys/hypervisor' 'xenpv-check' 'xenpv-verify' "$MANIFEST" 'xenpv-install --verify-at-boot'
	is "$(status_of "$g-before" 'ls /sys/hypervisor')" 2 'its kernel knows nothing of Xen'
	ok 'xenpv-check finds the bundle' matches "$g-before" xenpv-check '^pass +drivers +[^ ]+ +bundle: .*built for this kernel'
	ok 'and is ready' says "$g-before" xenpv-check 'Ready: PV drivers can be installed.'
	is "$(status_of "$g-before" xenpv-verify)" 1 'xenpv-verify fails'
	for device in 'disk sda' 'disk sdb' 'NIC lan0' 'NIC lan1'; do
		ok "$device is emulated" says "$g-before" xenpv-verify "$device is emulated"
	done
	is "$(status_of "$g-before" 'xenpv-install --verify-at-boot')" 0 'xenpv-install'
	manifest=$(output_of "$g-before" "$MANIFEST")

	boots "$g-after" "${switched[@]}" 'cat /proc/modules' 'cat /sys/hypervisor/version/major' 'dmesg -l emerg,alert,crit,err,warn'
	is_switched "$g-after"
	for m in xen_platform_pci xen_vbd xen_vnif xen_balloon; do
		ok "$m is loaded, out of tree" matches "$g-after" 'cat /proc/modules' "^$m .*\\(OE?\\)\$"
	done
	is "$(output_of "$g-after" 'cat /sys/hypervisor/version/major')" 4 '/sys/hypervisor is there'
	ok 'what the kernel complains of is known' says "$g-after" 'dmesg -l emerg,alert,crit,err,warn' 'taints kernel'
	is "$(output_of "$g-after" 'dmesg -l emerg,alert,crit,err,warn' | grep -E 'xen|vbd |vif |BUG:' | grep -v 'taints kernel')" '' \
		'the kernel complains of nothing but that they are not its own'

	boots "$g-back" 'xenpv-install --uninstall' "$MANIFEST"
	is "$(status_of "$g-back" 'xenpv-install --uninstall')" 0 'xenpv-install --uninstall'
	is "$(output_of "$g-back" "$MANIFEST")" "$manifest" 'every file as before'
	boots "$g-emulated" 'cat /proc/mounts' 'cat /proc/modules'
	ok 'root is on an emulated disk again' matches "$g-emulated" 'cat /proc/mounts' '^/dev/sd[ab]1 / ext4'
	ok 'its modules are known' matches "$g-emulated" 'cat /proc/modules' '^[a-z0-9_]+ [0-9]+ '
	ok 'without ours' fails matches "$g-emulated" 'cat /proc/modules' '^xen_'
}
