/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two ways to the devices of the running guest, libudev's and that of old kernels'
 * sysfs, and what they share. For devices*.c only.
 */
#pragma once

#include "guest/blkprobe.h"
#include "guest/devices.h"
#include "guest/mounts.h"

/* Append all disks and NICs; 0 or -ENOMEM. */
int devices_read_udev(struct devices *out, const struct mount_list *mounts);
int devices_read_sysfs(const struct root *sys, struct devices *out,
		       const struct mount_list *mounts);

/* Made by software, of other devices or of none; path is the one in sysfs. */
bool device_is_software(const char *name, const char *path);
/* Bus, driver and node (each may be NULL), and what they make of pv. */
int device_set_parent(struct device *d, const char *bus, const char *driver,
		      const char *node);
/* The host's name of an emulated disk, where its place tells. */
struct udev;
struct udev_device;
int device_set_place(struct udev *udev, struct udev_device *disk, struct device *d);
int device_set_mac(struct device *d, const char *mac);
/* What libblkid finds on it; nothing when it cannot be opened. */
int device_probe(const char *name, dev_t dev, struct blkprobe *b);
/* Append a file system, taking what b holds. */
int device_add_fs(struct device *d, const char *name, dev_t dev, uint64_t sectors,
		  struct blkprobe *b, const struct mount_list *mounts);
