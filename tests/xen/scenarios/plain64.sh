# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# As plain, with an x86_64 kernel built without Xen

plain_run plain64 /dev/vdg
