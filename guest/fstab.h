/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the guest's file systems are where its fstab mounts them: of what lies in a
 * folder below an unmounted one, nothing is the guest's.
 */
#pragma once

#include "lib/root.h"

/*
 * The number of the device that is mounted on a guest's folder. A folder that is no
 * mount point lies on somebody else's file system, whose label is not the guest's:
 * -ENODEV.
 */
int fstab_device(const struct root *r, const char *mountpoint, dev_t *ret);
/*
 * Whether a file system is mounted on a folder of the guest. In a folder that holds a
 * copy of a guest all may be one file system: there, something has to be in it.
 */
bool fstab_is_mounted(const struct root *r, const char *mountpoint);
/* Append the mount points of fstab where nothing is mounted. A guest without fstab has
 * none. */
int fstab_missing(const struct root *r, struct strv *ret, struct err *e);
