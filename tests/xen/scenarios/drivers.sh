# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Our drivers under load, on two CPUs, and what the source of their kernel has to say of theirs

drivers_run drivers without-xen "${XEN_DISK_UNITS:-128}" "${XEN_NET_UNITS:-50}"
ok "checkpatch of the kernel's source finds nothing" "$here/../modules/checkpatch" "$cache/source"
