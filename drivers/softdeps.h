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

/* The bus driver of a kernel that has to come before the emulated devices' drivers; NULL:
 * it is built in, or the kernel gets none. */
const char *softdeps_bus(const struct choice *c);
/* The file for a bus driver; the caller frees. NULL: out of memory. */
char *softdeps_text(const char *bus);
/*
 * The first driver of an emulated device that an image holds and that its file (NULL:
 * none) does not put behind the bus driver; NULL: all are. Without an image: of all such
 * drivers.
 */
const char *softdeps_lack(const char *text, const char *bus, const struct initrd *image);
/*
 * The driver that is built into a kernel whose bus driver is a module: it has the
 * emulated disks when that one is loaded, so they stay. NULL: none.
 */
const char *softdeps_too_late(const struct choice *c);
