# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Debian's i386 kernel without PAE, which knows nothing of Xen

plain_run plain /dev/vde
