# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Domain XML in the hands of libvirt's driver for Xen, before and after xenpv-host has changed it: what the driver makes
# of it, in xl's language. No guest is started.

host_defaults
# The driver has no words for a card that is passed through, and networks are another driver's
sed "/type='hostdev'/,/<.interface>/d; s/type='network'/type='bridge'/; s/network='default'/bridge='xenbr0'/" \
	"$here/../host/libvirt-xen.xml" >"$share/libvirt.xml"
cat >"$share/libvirt.sh" <<DOM0
mkdir -p /host/etc/libvirt
echo 'root:x:0:0:root:/root:/bin/sh' >/host/etc/passwd
echo 'root:x:0:' >/host/etc/group
printf 'auth_unix_%s = "none"\n' ro rw >/host/etc/libvirt/libvirtd.conf
virsh='chroot /host /usr/bin/virsh -q -c xen:///system'
chroot /host /usr/sbin/libvirtd &
i=0
until [ -e /run/libvirt/libvirt-sock ] || [ \$i -ge 100 ]; do
	usleep 200000
	i=\$((i + 1))
done
\$virsh define --validate /share/libvirt.xml
s=\$?
\$virsh domxml-to-native xen-xl --domain rhel5 >/share/libvirt.before
s="\$s \$?"
$xenpv_host --write /share/libvirt.xml
s="\$s \$?"
\$virsh define --validate /share/libvirt.xml
s="\$s \$?"
\$virsh domxml-to-native xen-xl --domain rhel5 >/share/libvirt.after
s="\$s \$?"
kill %1
[ "\$s" = '0 0 0 0 0' ]
DOM0
ask 300 run libvirt
tap "$([[ $answer = 0 ]]; echo $?)" 'libvirt takes it, xenpv-host changes it, libvirt takes it' "$(cat "$share/libvirt.out")"
is "$(grep '^vif' "$share/libvirt.after")" 'vif = [ "mac=00:16:3e:5d:c7:9e,bridge=xenbr0,script=vif-bridge,type=vif", "mac=00:16:3e:6a:a4:d1,bridge=xenbr0,script=vif-bridge,type=vif", "mac=00:16:3e:56:8f:c0,bridge=xenbr1,script=vif-bridge,type=vif" ]' \
	'each NIC is for xl a PV one, with an address of its own'
is "$(grep '^disk' "$share/libvirt.after" | grep -o 'vdev=[a-z]*' | paste -sd ' ')" 'vdev=hda vdev=hdc vdev=xvde vdev=xvdf' \
	'the disks that switch have names of PV ones'
is "$(grep '^disk' "$share/libvirt.after" | grep -o 'target=[^"]*' | sort)" "$(grep '^disk' "$share/libvirt.before" | grep -o 'target=[^"]*' | sort)" \
	'and are the same disks'
ok 'all else is as before' diff <(grep -v '^vif\|^disk' "$share/libvirt.before") <(grep -v '^vif\|^disk' "$share/libvirt.after")
