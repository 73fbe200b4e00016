/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks as the guest's configuration names them, the file systems of /lib and
 * /boot, and which disk holds the boot loader.
 */
#pragma once

#include <stdint.h>

#include "guest/kernels.h"

/* Where a device is named. */
enum devref_where {
	DEVREF_FSTAB,
	DEVREF_BOOT_ROOT,   /* root= of a boot entry */
	DEVREF_BOOT_RESUME, /* resume= of a boot entry */
	DEVREF_INITRD_ROOT,
	DEVREF_INITRD_RESUME,
	DEVREF_OTHER, /* crypttab, what initramfs-tools resumes from, kdump.conf, the
			 devices of an array in mdadm.conf */
};

struct devref {
	enum devref_where where;
	char *file;  /* guest path of the file, for an initrd the image's */
	size_t line; /* from 0 */
	char *spec; /* "/dev/hdb1", "LABEL=/data", "UUID=…", "/dev/VolGroup00/LogVol00";
		     * of root= also "342" */
	char *disk; /* "hdb" when spec names a disk or partition; else NULL */
	unsigned int part; /* partition number; 0 the whole disk */
	char *mountpoint;  /* fstab: "/data", "swap"; else NULL */
	char *fstype;	   /* fstab; else NULL */
	char *release; /* of the kernel it belongs to (boot entry, initrd); else NULL */
};

struct fsinfo {
	char *path;	     /* "/lib" or "/boot" as asked */
	uint64_t free_bytes; /* available to root-less users as df shows: f_bavail */
	uint64_t free_inodes;
	uint64_t dev; /* st_dev: equal values are one file system */
	bool read_only;
};

struct storage {
	struct fsinfo lib;
	struct fsinfo boot;
	bool boot_in_fstab; /* fstab has a line for /boot */
	/* It is mounted and has kernels, or is not a file system of its own. */
	bool boot_present;
	struct devref *refs;
	size_t n;
	char *boot_disk;   /* disk of /boot (or / when /boot is not separate): "hda"; NULL
			      unknown */
	char *boot_spec;   /* what fstab says of it: "LABEL=/boot"; NULL none */
	char *mbr_disk;	   /* disk with the boot loader's MBR, from "#boot=" or grub's
			      device.map; NULL */
	struct strv disks; /* every disk named anywhere: "hda", "hdb", sorted */
	/* The words of mdadm.conf's DEVICE lines, patterns of device names among them;
	 * none: it looks at all partitions. */
	struct strv md_devices;
	char *md_file; /* its path; NULL: none */
};

int storage_read(const struct root *r, const struct bootcfg *boot,
		 const struct kernels *k, struct storage **ret, struct err *e);
void storage_free(struct storage *s);
DEFINE_CLEANUP(struct storage *, storage_free)

/*
 * "/dev/hdb1" -> disk "hdb", part 1; "/dev/xvda" -> "xvda", 0. hd, sd, vd, xvd,
 * cciss!-style names. false for LVM, md, LABEL= and the rest. The caller frees *disk.
 */
bool storage_split_device(const char *spec, char **disk, unsigned int *part);

/*
 * The same of what root= says, which may be a device's number, in hexadecimal digits
 * alone: "342" is hdb2, "ca42" xvde2 [Linux 2.4 and later, init/do_mounts.c].
 */
bool storage_split_root(const char *spec, char **disk, unsigned int *part);

/* The fstab line of a mount point (the last counts, as for mount -a), or NULL. */
const struct devref *storage_mount(const struct storage *s, const char *mountpoint);

/* Whether mdadm looks at a device ("/dev/xvda2") for members of arrays. */
bool storage_md_takes(const struct storage *s, const char *device);
/*
 * A name that goes with the emulated disk and comes to no other: by the disk's serial
 * number or its place on the bus (/dev/disk/by-id, by-path), or of multipath by its WWID.
 */
bool storage_is_bus_name(const char *spec);

/*
 * Label or UUID of the file system that a devref names, where it can be read: by libblkid
 * from the block device behind a mounted tree (found by st_dev of the mount point), or
 * live from the device. Either may come back NULL. 0, or a negative errno when neither
 * can be had.
 */
int storage_identity(const struct root *r, const struct devref *ref, char **ret_label,
		     char **ret_uuid, struct err *e);
