# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A disk that the host gives as a device model's argument has no back end: it stays emulated.

host_defaults
disks=("${disks[0]}")
model=(-drive 'file=/dev/vdb,if=none,id=left,format=raw' -device 'ich9-ahci,id=ahci' -device 'ide-hd,drive=left,bus=ahci.0')
boots left 'xenpv-verify' "${record[@]}" 'xenpv-install --uninstall'
is "$(status_of left xenpv-verify)" 1 'xenpv-verify fails'
is "$(output_of left xenpv-verify | grep -c '^fail')" 1 'for one thing'
ok 'it names that disk, and why' says left xenpv-verify 'disk sdb is emulated: the host has no back end for it'
is "$(status_of left 'xenpv-install --uninstall')" 0 'uninstalled'
