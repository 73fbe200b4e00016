# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Broken on purpose: the scenarios' own checks notice, each for its reason.

host_defaults
# shellcheck disable=SC2016 # for the guest's shell
boots broken 'xenpv-install' 'cd /boot && cp initrd.img-*.xenpv-orig $(ls initrd.img-* | grep -v orig)' \
	'cd /etc/systemd/network && sed -i s/lan/nic/ *.link && sed -i s/nic0/lan1/ 10-lan0.link && sed -i s/nic1/lan0/ 10-lan1.link'

# The driver is not in the initrd, and the argument that kept the emulated disk is gone
arguments+=' panic=5'
boot driverless true
tap $((! $?)) 'without the driver in its initrd the guest does not boot' "$(tail -n 15 "$logs/driverless.log")"
ok 'since it does not find its root' grep -q 'ALERT! *UUID=.* does not exist' "$logs/driverless.log"

host_defaults
arguments+=' xen_emul_unplug=never'
boots repaired 'xenpv-verify' 'xenpv-install' 'xenpv-verify'
ok 'xenpv-verify says what is missing' says repaired xenpv-verify 'does not hold xen-blkfront'
is "$(status_of repaired xenpv-install)" 0 'xenpv-install puts it back'

host_defaults
boots swapped 'ip -br link' 'xenpv-verify' 'xenpv-install --uninstall'
ok 'with two MACs swapped, lan0 has that of lan1' matches swapped 'ip -br link' '^lan0 +[A-Z]+ +00:16:3e:00:00:02 '
ok 'and lan1 that of lan0' matches swapped 'ip -br link' '^lan1 +[A-Z]+ +00:16:3e:00:00:01 '
ok 'xenpv-verify shows it' matches swapped xenpv-verify '^NIC +lan0 +lan1 +vif +pv'
