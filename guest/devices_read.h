/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways to the devices of the running guest, libudev, sysfs, and /proc on kernels that
 * have neither, and what they share. For devices*.c only.
 */
#pragma once

#include "guest/blkprobe.h"
#include "guest/devices.h"
#include "guest/mounts.h"

/* Whether libudev, which has looked into file systems itself, is asked. */
extern const bool devices_know_udev;

/* Append all disks and NICs; 0 or -ENOMEM. The first is by libudev, and in a build
 * without it the same as the second. */
int devices_read_udev(const struct root *sys, struct devices *out,
		      const struct mount_list *mounts);
int devices_read_sysfs(const struct root *sys, struct devices *out,
		       const struct mount_list *mounts);
int devices_read_proc(const struct root *proc, struct devices *out,
		      const struct mount_list *mounts);

/* Made by software, of other devices or of none; path is the one in sysfs. */
bool device_is_software(const char *name, const char *path);
/* Bus, driver and node (each may be NULL), and what they make of pv. */
int device_set_parent(struct device *d, const char *bus, const char *driver,
		      const char *node);
/* The PCI device of a disk or NIC, and the host's name of an emulated disk, where its
 * place, a path in sysfs, tells. */
int device_set_place(const struct root *sys, const char *path, struct device *d);
/* The first line of a small file, as sysfs's attributes are, and the name of a device's
 * bus in sysfs; the caller frees. NULL: there is none. */
char *device_attribute(const struct root *sys, const char *dir, const char *name);
char *device_bus(const struct root *sys, const char *dir);
int device_set_mac(struct device *d, const char *mac);
/* What libblkid finds on it; nothing when it cannot be opened. */
int device_probe(const char *name, dev_t dev, struct blkprobe *b);
/* Append a file system, taking what b holds. */
int device_add_fs(struct device *d, const char *name, dev_t dev, uint64_t sectors,
		  struct blkprobe *b, const struct mount_list *mounts);
