# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A kernel that knows nothing of Xen, Debian's i386 one without PAE: our four modules bring everything.

plain_defaults()
{
	host_defaults
	disk=/dev/vde
	disks[0]='vdev=hda,access=rw,backendtype=qdisk,target=/dev/vde'
	arguments='mitigations=off tsc=reliable norandmaps'
	LIMIT=600 # each character of its console takes 2 ms
}

plain_defaults
boots plain-before 'uname -rm' 'ls /sys/hypervisor' 'xenpv-check' 'xenpv-verify' "$MANIFEST" 'xenpv-install --verify-at-boot'
ok 'its kernel knows nothing of Xen' fails grep -q . <(output_of plain-before 'ls /sys/hypervisor' | grep -v 'No such file')
ok 'xenpv-check finds the bundle' matches plain-before xenpv-check '^pass +drivers +[^ ]+-686 +bundle: .*built for this kernel'
ok 'and is ready' says plain-before xenpv-check 'Ready: PV drivers can be installed.'
is "$(status_of plain-before xenpv-verify)" 1 'xenpv-verify fails'
for device in 'disk sda' 'disk sdb' 'NIC lan0' 'NIC lan1'; do
	ok "$device is emulated" says plain-before xenpv-verify "$device is emulated"
done
is "$(status_of plain-before 'xenpv-install --verify-at-boot')" 0 'xenpv-install'
plain_manifest=$(output_of plain-before "$MANIFEST")

boots plain-after "${switched[@]}" 'cat /proc/modules' 'cat /sys/hypervisor/version/major' 'dmesg -l emerg,alert,crit,err,warn'
is_switched plain-after
for m in xen_platform_pci xen_vbd xen_vnif xen_balloon; do
	ok "$m is loaded, out of tree" matches plain-after 'cat /proc/modules' "^$m .*\\(OE?\\)\$"
done
is "$(output_of plain-after 'cat /sys/hypervisor/version/major')" 4 '/sys/hypervisor is there'
is "$(output_of plain-after 'dmesg -l emerg,alert,crit,err,warn' | grep -E 'xen|vbd |vif |BUG:' | grep -v 'taints kernel')" '' \
	'the kernel complains of nothing but that they are not its own'

boots plain-back 'xenpv-install --uninstall' "$MANIFEST"
is "$(status_of plain-back 'xenpv-install --uninstall')" 0 'xenpv-install --uninstall'
is "$(output_of plain-back "$MANIFEST")" "$plain_manifest" 'every file as before'
boots plain-emulated 'cat /proc/mounts' 'cat /proc/modules'
ok 'root is on an emulated disk again' matches plain-emulated 'cat /proc/mounts' '^/dev/sd[ab]1 / ext4'
ok 'without our modules' fails matches plain-emulated 'cat /proc/modules' '^xen_'
