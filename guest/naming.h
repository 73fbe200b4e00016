/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a disk is called once the kernel uses it as a PV device. Pure. */
#pragma once

#include "guest/guest.h"

struct rename {
	char *from, *to; /* "sda", "xvda" */
	bool found;	 /* by what the guest says, not by who asks */
};

struct renames {
	struct rename *v;
	size_t n;
};

void renames_done(struct renames *r);
/* -ENOMEM */
int renames_add(struct renames *r, const char *from, const char *to);

/* A short name of lower-case letters: hdb, sda, xvde. */
bool naming_is_plain(const char *disk);
/*
 * What an earlier install made of a disk, and of which disk it made one, by the inventory
 * (NULL: none): 1 and *ret (a plain name; the caller frees), 0, -ENOMEM.
 */
int naming_recorded_to(const struct inventory *inv, const char *from, char **ret);
int naming_recorded_from(const struct inventory *inv, const char *to, char **ret);

/*
 * The PV name of a disk: 1 and *ret (the caller frees), 0 when it keeps its name or only
 * a person can tell, -ENOMEM.
 *
 * Kernels that unplug call the host's hdX and sdX xvdX, those of RHEL 6 the host's sda
 * xvde and so on, unless another kernel than RHEL 6's own boots [Linux,
 * drivers/block/xen-blkfront.c]. A running guest knows what the
 * host calls a disk (struct device.place). Else: an emulated IDE disk is sda by libata's
 * count of disks, which is no letter of the host's; only the first is known to be hda
 * there, on RHEL 6 only where no image has a SCSI driver.
 */
int naming_of(const struct guest *g, const char *disk, char **ret);
/* Emulated for ever: by the device itself, or by what fstab mounts from it. */
bool naming_is_cdrom(const struct guest *g, const char *disk);
/* The renames of all disks that the guest's files name, but for those in `given`. */
int naming_all(const struct guest *g, const struct rename *given, size_t n_given,
	       struct renames *ret);
