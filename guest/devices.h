/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks and NICs of the running guest, by its kernel, and the same as recorded
 * before the switch (the inventory, JSON under /var/lib/xenpv).
 */
#pragma once

#include <stdint.h>

#include "lib/root.h"

enum dev_kind {
	DEV_DISK,
	DEV_NIC
};

/* One file system, swap area or LVM PV on a disk or partition. */
struct dev_fs {
	char *name;	    /* "hdb1" */
	char *type;	    /* "ext3", "swap", "LVM2_member"; NULL unknown */
	char *label;	    /* NULL */
	char *uuid;	    /* NULL */
	char *uuid_sub;	    /* of a RAID's or btrfs's part: its own; NULL */
	uint64_t size;	    /* bytes */
	struct strv mounts; /* where it is mounted now, "swap" for active swap */
};

struct device {
	enum dev_kind kind;
	char *name;   /* "hda", "eth0" */
	char *driver; /* "ide-disk", "8139cp", "vbd", "vif"; NULL none */
	char *bus; /* subsystem of the parent that drives it: "ide", "scsi", "pci", "xen",
		      "virtio" */
	char *node; /* sysfs name of that parent: "0.0", "0000:00:03.0", "vbd-51728",
		       "vif-0" */
	bool pv;    /* on the xen bus, bound to vbd or vif */
	/*
	 * Ids of the PCI device that it is or hangs on, and behind a slash its
	 * subsystem's: "8086:7010/1af4:1100"; "none": it hangs on none, or on USB, whose
	 * controller says nothing of it; NULL not known.
	 */
	char *pci;
	/* NIC */
	char *mac; /* "00:16:3e:00:00:0a", lower case */
	/* disk */
	char *place;	/* the host's name of an emulated one: "hdb"; NULL unknown */
	uint64_t size;	/* bytes */
	bool removable; /* CD-ROM, floppy: not ours to switch */
	char *ptuuid;	/* identity of the partition table; NULL */
	struct dev_fs *fs;
	size_t n_fs;
};

struct devices {
	struct device *v; /* disks first, then NICs, each by name */
	size_t n;
};

void devices_free(struct devices *d);
DEFINE_CLEANUP(struct devices *, devices_free)
/* Append an empty one; NULL when out of memory. */
struct device *devices_add(struct devices *d, enum dev_kind kind, const char *name);
/* The one of that kind and name, or NULL. */
struct device *devices_find(const struct devices *d, enum dev_kind kind,
			    const char *name);
/* Into their order: disks first, names by length and letter. */
void devices_sort(struct devices *d);
/* Release what one holds, not the struct itself. */
void device_done(struct device *d);

/*
 * Live only. Loop, RAM, dm and md devices, lo, bridges, bonds and other software
 * devices are left out. File-system identity by libblkid's probe of the device, falling
 * back to udev's properties; a device that cannot be opened keeps NULLs.
 */
int devices_read(struct devices **ret, struct err *e);

/*
 * The devices of a tree as its files name them: NICs of modprobe.conf's aliases, kudzu's
 * hwconf and ifcfg files; disks of hwconf, fstab and the boot loader. A NIC's driver is
 * the module of its alias; pv, bus and sizes are for a running guest to say.
 */
struct modconf;
struct storage;
int devices_from_tree(const struct root *r, const struct modconf *c,
		      const struct storage *s, struct devices **ret, struct err *e);

/* A log file as it was at install: tells whether the guest has booted since. */
struct logmark {
	char *path;
	uint64_t size;
	char *tail_digest; /* SHA-256 of the last up to 256 bytes before size */
};

struct inventory {
	int64_t time;  /* seconds since 1970 */
	bool live;     /* recorded from a running guest, else from its files */
	char *release; /* running kernel then; NULL */
	struct devices *devices;
	struct logmark *logs;
	size_t n_logs;
	struct strv boot_disks; /* disks that stay emulated because they hold /boot or the
				   MBR */
	struct strv renames;	/* "hdb=xvdb" as given to the install */
	struct strv forced;	/* ids given to --force */
};

#define INVENTORY_PATH "/var/lib/xenpv/inventory.json"

void inventory_free(struct inventory *i);
DEFINE_CLEANUP(struct inventory *, inventory_free)
/* Read INVENTORY_PATH; 0 and *ret = NULL when there is none. */
int inventory_read(const struct root *r, struct inventory **ret, struct err *e);
/* JSON text of an inventory; the caller frees. Round trip with inventory_parse(). */
char *inventory_format(const struct inventory *i, struct err *e);
int inventory_parse(const char *text, size_t len, const char *name,
		    struct inventory **ret, struct err *e);
