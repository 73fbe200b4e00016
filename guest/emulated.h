/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's drivers of the disk controllers and NICs that Xen's device models emulate, in
 * one table. Pure.
 */
#pragma once

#include "guest/devices.h"
#include "guest/modtree.h"

enum emulated_kind {
	EMULATED_IDE,  /* has the IDE controller that every guest is given */
	EMULATED_DISK, /* another controller, or that one only where it is told to */
	EMULATED_NIC,  /* a card that every device model offers */
	EMULATED_CARD, /* the newer ones' cards, or one that may as well be a real one */
};

struct emulated_driver {
	const char *name; /* as modprobe's configuration has it: "ne2k-pci" */
	enum emulated_kind kind;
	const char *device; /* what it drives: "PIIX3 IDE" */
	const char *pci;    /* ids, as a device has them: "8086:100e 8086:100f"; NULL: of
			       others' rows, or real devices too */
};

const struct emulated_driver *emulated_drivers(size_t *n);
/* The drivers of the NICs that Xen's device models have always emulated: "8139cp",
 * "e1000", … */
bool nic_is_emulated(const char *driver);
/*
 * Neither PV nor of Xen's device models: passed through to the guest, virtio, or on USB,
 * iSCSI and the like. False where nothing tells, as of a disk whose controller is not
 * known. d is of a running guest.
 */
bool device_is_foreign(const struct device *d);
/* The driver of the IDE controller that is built into a kernel, and so has its disks
 * before any module is loaded; NULL: none. */
const char *emulated_builtin_ide(const struct modtree *m);
