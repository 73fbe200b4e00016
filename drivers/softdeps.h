/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of loading. A bus driver that is a module unplugs the emulated disks and
 * NICs when it is loaded, and only those that no driver has yet. udev loads both at once,
 * each by its alias; modprobe, and udev's own libkmod, load what a softdep of modprobe.d
 * names before [modprobe.d(5)].
 */
#pragma once

#include "drivers/choose.h"

#define SOFTDEPS_PATH "/" INITRD_SOFTDEPS

/* The file for a bus driver; the caller frees. NULL: out of memory. */
char *softdeps_text(const char *bus);
/*
 * The first driver of an emulated device that an image holds and that its file (NULL:
 * none) does not put behind the bus driver; NULL: all are. Without an image: of all such
 * drivers.
 */
const char *softdeps_lack(const char *text, const char *bus, const struct initrd *image);
/*
 * The driver that is built into the kernel that boots by default (else the first one),
 * while its bus driver is a module: it has the emulated IDE disks when that one is
 * loaded, so they stay. NULL: none. *ret (may be NULL) is the kernel.
 */
const char *softdeps_too_late(const struct guest *g, const struct choices *cs,
			      const struct kernel **ret);
