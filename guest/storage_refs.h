/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How storage.c finds where devices are named. For storage.c only. */
#pragma once

#include "guest/storage.h"

/*
 * Append the devices that fstab names (the text of its file, name for sentences), that
 * the boot entries' root= and resume= name, and that the initrds name.
 */
int storage_refs_fstab(struct storage *s, const char *file, const char *text, size_t len,
		       const char *name, struct err *e);
int storage_refs_boot(struct storage *s, const struct bootcfg *boot, struct err *e);
/* The files that name a disk in a place of their own. What cannot be read names none. */
int storage_refs_files(struct storage *s, const struct root *r, struct err *e);
int storage_refs_initrds(struct storage *s, const struct kernels *k, struct err *e);

/* The fstab line of a mount point (the last counts, as for mount -a), or NULL. */
const struct devref *storage_mount(const struct storage *s, const char *mountpoint);
