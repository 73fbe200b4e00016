/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs, of all kernels that have one. Up to 2.6.25:
 *
 *	/sys/block/hda/{dev,size,removable}	/sys/block/hda/hda1/{dev,size}
 *	/sys/block/hda/device -> ../../devices/pci0000:00/0000:00:01.1/ide0/0.0
 *	/sys/class/net/eth0/{address,type}	/sys/class/net/eth0/device -> ...
 *
 * and in the device's own folder the links driver and bus, later driver and subsystem.
 * Later /sys/block/hda and /sys/class/net/eth0 are links, to folders in the device's.
 */
#include <ctype.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "guest/devices_read.h"

char *device_attribute(const struct root *sys, const char *dir, const char *name)
{
	_cleanup_free_ char *path = strf("%s/%s", dir, name);
	char *s = NULL;

	if (!path || root_read(sys, path, 4096, &s, NULL, NULL) < 0)
		return NULL;
	s[strcspn(s, "\n")] = '\0';
	return s;
}

static uint64_t number(const struct root *sys, const char *dir, const char *name)
{
	_cleanup_free_ char *s = device_attribute(sys, dir, name);

	return s && isdigit((unsigned char)*s) ? strtoull(s, NULL, 10) : 0;
}

static dev_t devnum(const struct root *sys, const char *dir)
{
	_cleanup_free_ char *s = device_attribute(sys, dir, "dev");
	unsigned int maj;
	unsigned int min;

	return s && sscanf(s, "%u:%u", &maj, &min) == 2 ? makedev(maj, min) : 0;
}

/* The last component of a link's target; NULL. */
static char *link_name(const struct root *sys, const char *dir, const char *name)
{
	_cleanup_free_ char *path = strf("%s/%s", dir, name);
	_cleanup_free_ char *target = NULL;

	if (!path || root_readlink(sys, path, &target, NULL) < 0)
		return NULL;
	return strdup(path_base(target));
}

char *device_bus(const struct root *sys, const char *dir)
{
	return link_name(sys, dir, "bus") ?: link_name(sys, dir, "subsystem");
}

/*
 * The nearest device with a driver, from a device upwards; on the xen bus the device
 * itself, since a disk whose driver was unloaded under it must not inherit another's.
 */
static int set_parent(const struct root *sys, struct device *d, const char *device)
{
	_cleanup_free_ char *dir = strdup(device);
	_cleanup_free_ char *own = device_bus(sys, device);

	if (!dir)
		return -ENOMEM;
	while (startswith(dir, "/devices/")) {
		_cleanup_free_ char *bus = device_bus(sys, dir);
		_cleanup_free_ char *driver = link_name(sys, dir, "driver");

		if (driver || streq(bus, "xen"))
			return device_set_parent(d, bus, driver, path_base(dir));
		*strrchr(dir, '/') = '\0';
	}
	return device_set_parent(d, own, NULL, path_base(device));
}

static int add_partitions(const struct root *sys, struct device *d, const char *dir,
			  const struct mount_list *mounts)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (root_list(sys, dir, &names, NULL) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *part = strf("%s/%s", dir, names.v[i]);
		_cleanup_blkprobe_ struct blkprobe b = { 0 };
		dev_t dev;

		if (!part)
			return -ENOMEM;
		if (!startswith(names.v[i], d->name))
			continue;
		dev = devnum(sys, part);
		if (!dev)
			continue;
		if (device_probe(names.v[i], dev, &b) < 0 ||
		    device_add_fs(d, names.v[i], dev, number(sys, part, "size"), &b,
				  mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_disk(const struct root *sys, struct devices *out, const char *name,
		    const char *dir, const char *device, const struct mount_list *mounts)
{
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	struct device *d = devices_add(out, DEV_DISK, name);
	dev_t dev = devnum(sys, dir);

	if (!d || (device && (set_parent(sys, d, device) < 0 ||
			      device_set_place(sys, device, d) < 0)))
		return -ENOMEM;
	d->size = number(sys, dir, "size") * 512;
	d->removable = number(sys, dir, "removable") != 0;
	if (d->removable)
		return 0;
	if (device_probe(name, dev, &b) < 0)
		return -ENOMEM;
	d->ptuuid = TAKE_PTR(b.ptuuid);
	if (b.type && device_add_fs(d, name, dev, d->size / 512, &b, mounts) < 0)
		return -ENOMEM;
	return add_partitions(sys, d, dir, mounts);
}

static int add_nic(const struct root *sys, struct devices *out, const char *name,
		   const char *dir, const char *device, const struct mount_list *mounts)
{
	_cleanup_free_ char *type = device_attribute(sys, dir, "type");
	_cleanup_free_ char *mac = device_attribute(sys, dir, "address");
	struct device *d;

	/* 1 is ARPHRD_ETHER; what has no device is software. */
	if (!device || (type && !streq(type, "1")))
		return 0;
	d = devices_add(out, DEV_NIC, name);
	if (!d || set_parent(sys, d, device) < 0 || device_set_place(sys, device, d) < 0)
		return -ENOMEM;
	return device_set_mac(d, mac);
}

static int each(const struct root *sys, const char *folder, struct devices *out,
		const struct mount_list *mounts,
		int (*add)(const struct root *, struct devices *, const char *,
			   const char *, const char *, const struct mount_list *))
{
	_cleanup_strv_ struct strv names = { 0 };

	if (root_list(sys, folder, &names, NULL) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *dir = strf("%s/%s", folder, names.v[i]);
		_cleanup_free_ char *link = strf("%s/%s/device", folder, names.v[i]);
		_cleanup_free_ char *device = NULL;
		_cleanup_free_ char *own = NULL;

		if (!dir || !link ||
		    root_realpath(sys, link, false, &device, NULL) == -ENOMEM ||
		    root_realpath(sys, dir, false, &own, NULL) == -ENOMEM)
			return -ENOMEM;
		if (!device_is_software(names.v[i], device ?: own ?: "") &&
		    add(sys, out, names.v[i], dir, device, mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_read_sysfs(const struct root *sys, struct devices *out,
		       const struct mount_list *mounts)
{
	if (each(sys, "/block", out, mounts, add_disk) < 0)
		return -ENOMEM;
	return each(sys, "/class/net", out, mounts, add_nic);
}
