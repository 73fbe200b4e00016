# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# More ways to be left emulated, by the host's configuration and by kernel arguments.

host_defaults
arguments+=' xen_emul_unplug=ide-disks'
boots nics-left 'xenpv-verify'
is "$(status_of nics-left xenpv-verify)" 1 'only the disks are unplugged: xenpv-verify fails'
is "$(output_of nics-left xenpv-verify | grep -c '^fail')" 2 'for two things'
for i in 0 1; do
	ok "lan$i is there twice, and why" says nics-left xenpv-verify \
		"NIC lan$i is seen twice, emulated and PV at once: this boot's kernel argument xen_emul_unplug=ide-disks keeps it"
done

host_defaults
lines=('xen_platform_pci = 0')
boots no-platform 'xenpv-verify'
ok 'no platform device: it says so' says no-platform xenpv-verify 'is emulated: the host gives no Xen platform device'

host_defaults
vifs=("${vifs[0]}")
boots no-nic 'xenpv-verify'
is "$(output_of no-nic xenpv-verify | grep -c '^fail')" 1 'one NIC taken away: one failure'
ok 'it names that NIC, and why' says no-nic xenpv-verify 'NIC lan1 is missing: the host has no back end for it'
