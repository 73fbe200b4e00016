/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel has of Xen: its arguments, and the front ends on its xen bus.
 * Live only.
 */
#pragma once

#include "lib/root.h"

struct xenbus_dev {
	char *node; /* "vbd-832", "vif-0" */
	bool bound; /* a driver has it */
};

struct xenbus {
	char *args;    /* /proc/cmdline; NULL unknown */
	char *unplug;  /* what a bus driver that is a module was told to unplug; NULL:
			* there  is none */
	bool vbd, vif; /* a driver for such devices is registered */
	struct xenbus_dev *v;
	size_t n;
};

void xenbus_free(struct xenbus *b);
DEFINE_CLEANUP(struct xenbus *, xenbus_free)
/* live false: an empty one. -ENOMEM. */
int xenbus_read(bool live, struct xenbus **ret, struct err *e);
/*
 * The front end of the disk that the host calls hdb, sdb or xvdb; NULL: the host gives
 * none. The node's number is the name [xen, docs/misc/vbd-interface.txt; for hdX and sdX
 * the numbers of Linux's old disks]; libxl's xvda to xvdd have emulated disks too, hda to
 * hdd.
 */
const struct xenbus_dev *xenbus_disk(const struct xenbus *b, const char *name);
