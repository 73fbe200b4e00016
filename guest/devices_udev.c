/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/devices_read.h"
#include "guest/udev.h"

const bool devices_know_udev = true;

struct reader {
	struct udev *udev;
	const struct root *sys;
	struct devices *out;
	const struct mount_list *mounts;
};

/* A copy, or NULL for NULL; *failed is set when out of memory. */
static char *copy(const char *s, bool *failed)
{
	char *c = s ? strdup(s) : NULL;

	*failed |= s && !c;
	return c;
}

static uint64_t number(const char *s)
{
	return s && isdigit((unsigned char)*s) ? strtoull(s, NULL, 10) : 0;
}

/*
 * What drives a device: the nearest parent with a driver, but on the xen bus the
 * parent itself. A disk whose driver was unloaded under it has none, and must not
 * inherit that of a bridge above.
 */
static int set_parent(struct device *d, struct udev_device *dev)
{
	struct udev_device *first = udev_device_get_parent(dev);
	struct udev_device *p = first;

	while (p && !udev_device_get_driver(p) &&
	       !streq(udev_device_get_subsystem(p), "xen"))
		p = udev_device_get_parent(p);
	if (!p)
		p = first;
	if (!p)
		return 0;
	return device_set_parent(d, udev_device_get_subsystem(p),
				 udev_device_get_driver(p), udev_device_get_sysname(p));
}

static const char *property(struct udev_device *dev, const char *name)
{
	const char *s = udev_device_get_property_value(dev, name);

	return s && *s ? s : NULL;
}

/* libblkid's word where the device can be read, else udev's. */
static int identify(struct udev_device *dev, struct blkprobe *b)
{
	bool failed = false;

	if (device_probe(udev_device_get_sysname(dev), udev_device_get_devnum(dev), b) <
	    0)
		return -ENOMEM;
	if (b->type || b->ptuuid)
		return 0;
	b->type = copy(property(dev, "ID_FS_TYPE"), &failed);
	b->label = copy(property(dev, "ID_FS_LABEL"), &failed);
	b->uuid = copy(property(dev, "ID_FS_UUID"), &failed);
	b->uuid_sub = copy(property(dev, "ID_FS_UUID_SUB"), &failed);
	b->ptuuid = copy(property(dev, "ID_PART_TABLE_UUID"), &failed);
	return failed ? -ENOMEM : 0;
}

static int add_fs(struct device *d, struct udev_device *dev, struct blkprobe *b,
		  const struct mount_list *mounts)
{
	return device_add_fs(d, udev_device_get_sysname(dev), udev_device_get_devnum(dev),
			     number(udev_device_get_sysattr_value(dev, "size")), b,
			     mounts);
}

/* The disk's partitions, in the order of their names, each with what is on it. */
static int add_partitions(const struct reader *r, struct device *d,
			  struct udev_device *disk)
{
	_cleanup_enumerate_ struct udev_enumerate *en = udev_enumerate_new(r->udev);
	struct udev_list_entry *entry;

	if (!en || udev_enumerate_add_match_subsystem(en, "block") < 0 ||
	    udev_enumerate_add_match_parent(en, disk) < 0 ||
	    udev_enumerate_scan_devices(en) < 0)
		return -ENOMEM;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		_cleanup_dev_ struct udev_device *part = udev_device_new_from_syspath(
			r->udev, udev_list_entry_get_name(entry));
		_cleanup_blkprobe_ struct blkprobe b = { 0 };

		if (!part || !streq(udev_device_get_devtype(part), "partition"))
			continue;
		if (identify(part, &b) < 0 || add_fs(d, part, &b, r->mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_software(struct udev_device *dev)
{
	return device_is_software(udev_device_get_sysname(dev),
				  udev_device_get_syspath(dev));
}

static int add_disk(const struct reader *r, struct udev_device *dev)
{
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	struct device *d;

	if (!streq(udev_device_get_devtype(dev), "disk") || is_software(dev))
		return 0;
	d = devices_add(r->out, DEV_DISK, udev_device_get_sysname(dev));
	if (!d || set_parent(d, dev) < 0 ||
	    device_set_place(r->sys, udev_device_get_devpath(dev), d) < 0)
		return -ENOMEM;
	d->size = number(udev_device_get_sysattr_value(dev, "size")) * 512;
	d->removable = number(udev_device_get_sysattr_value(dev, "removable")) != 0 ||
		       property(dev, "ID_CDROM");
	/* What lies in a drive is nobody's identity, and reading it may take its time. */
	if (d->removable)
		return 0;
	if (identify(dev, &b) < 0)
		return -ENOMEM;
	d->ptuuid = TAKE_PTR(b.ptuuid);
	if (b.type && add_fs(d, dev, &b, r->mounts) < 0)
		return -ENOMEM;
	return add_partitions(r, d, dev);
}

static int add_nic(const struct reader *r, struct udev_device *dev)
{
	const char *type = udev_device_get_sysattr_value(dev, "type");
	struct device *d;

	/* 1 is ARPHRD_ETHER; what has no parent is software. */
	if ((type && !streq(type, "1")) || !udev_device_get_parent(dev) ||
	    is_software(dev))
		return 0;
	d = devices_add(r->out, DEV_NIC, udev_device_get_sysname(dev));
	if (!d || set_parent(d, dev) < 0 ||
	    device_set_place(r->sys, udev_device_get_devpath(dev), d) < 0)
		return -ENOMEM;
	return device_set_mac(d, udev_device_get_sysattr_value(dev, "address"));
}

static int each(const struct reader *r, const char *subsystem,
		int (*add)(const struct reader *, struct udev_device *))
{
	_cleanup_enumerate_ struct udev_enumerate *en = udev_enumerate_new(r->udev);
	struct udev_list_entry *entry;

	if (!en || udev_enumerate_add_match_subsystem(en, subsystem) < 0 ||
	    udev_enumerate_scan_devices(en) < 0)
		return -ENOMEM;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		_cleanup_dev_ struct udev_device *dev = udev_device_new_from_syspath(
			r->udev, udev_list_entry_get_name(entry));

		/* It may be gone by now. */
		if (dev && add(r, dev) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_read_udev(const struct root *sys, struct devices *out,
		      const struct mount_list *mounts)
{
	_cleanup_udev_ struct udev *udev = udev_new();
	const struct reader r = { udev, sys, out, mounts };

	if (!udev || each(&r, "block", add_disk) < 0 || each(&r, "net", add_nic) < 0)
		return -ENOMEM;
	return 0;
}
