# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# As drivers, with less of it, on a kernel that watches memory (KASAN) and locks (lockdep)

drivers_run watched without-xen-debug 16 8
