# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Our drivers under load, on two CPUs

drivers_run drivers without-xen "${XEN_DISK_UNITS:-128}" "${XEN_NET_UNITS:-50}"
