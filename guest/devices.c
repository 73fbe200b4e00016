/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include <libudev.h>

#include "guest/blkprobe.h"
#include "guest/devices.h"
#include "guest/machine.h"
#include "guest/mounts.h"

#define _cleanup_udev_	    _cleanup_(udev_unrefp)
#define _cleanup_enumerate_ _cleanup_(udev_enumerate_unrefp)
#define _cleanup_dev_	    _cleanup_(udev_device_unrefp)

static inline void udev_unrefp(struct udev **u)
{
	udev_unref(*u);
}

static inline void udev_enumerate_unrefp(struct udev_enumerate **n)
{
	udev_enumerate_unref(*n);
}

static inline void udev_device_unrefp(struct udev_device **d)
{
	udev_device_unref(*d);
}

static void fs_done(struct dev_fs *fs)
{
	free(fs->name);
	free(fs->type);
	free(fs->label);
	free(fs->uuid);
	strv_done(&fs->mounts);
}

void device_done(struct device *d)
{
	free(d->name);
	free(d->driver);
	free(d->bus);
	free(d->node);
	free(d->mac);
	free(d->ptuuid);
	for (size_t i = 0; i < d->n_fs; i++)
		fs_done(&d->fs[i]);
	free(d->fs);
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		device_done(&d->v[i]);
	free(d->v);
	free(d);
}

struct device *devices_add(struct devices *d, enum dev_kind kind, const char *name)
{
	char *copy = strdup(name);

	if (!copy || vec_grow(&d->v, d->n, sizeof(*d->v)) < 0) {
		free(copy);
		return NULL;
	}
	d->v[d->n].kind = kind;
	d->v[d->n].name = copy;
	return &d->v[d->n++];
}

struct device *devices_find(const struct devices *d, enum dev_kind kind, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].kind == kind && streq(d->v[i].name, name))
			return &d->v[i];
	return NULL;
}

/* Disks first; names of one kind by length, so that xvdb comes before xvdaa and eth2
 * before eth10. */
static int compare(const void *a, const void *b)
{
	const struct device *x = a;
	const struct device *y = b;
	size_t n = strlen(x->name);
	size_t m = strlen(y->name);

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (n != m)
		return n < m ? -1 : 1;
	return strcmp(x->name, y->name);
}

void devices_sort(struct devices *d)
{
	if (d->n > 1)
		qsort(d->v, d->n, sizeof(*d->v), compare);
}

/* --- libudev ------------------------------------------------------------- */

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
	bool failed = false;

	while (p && !udev_device_get_driver(p) &&
	       !streq(udev_device_get_subsystem(p), "xen"))
		p = udev_device_get_parent(p);
	if (!p)
		p = first;
	if (!p)
		return 0;
	d->driver = copy(udev_device_get_driver(p), &failed);
	d->bus = copy(udev_device_get_subsystem(p), &failed);
	d->node = copy(udev_device_get_sysname(p), &failed);
	d->pv = streq(d->bus, "xen") &&
		streq(d->driver, d->kind == DEV_DISK ? "vbd" : "vif");
	return failed ? -ENOMEM : 0;
}

static const char *property(struct udev_device *dev, const char *name)
{
	const char *s = udev_device_get_property_value(dev, name);

	return s && *s ? s : NULL;
}

/* libblkid's word where the device can be read, else udev's. */
static int identify(struct udev_device *dev, struct blkprobe *b)
{
	_cleanup_close_ int fd = machine_open_block(udev_device_get_sysname(dev),
						    udev_device_get_devnum(dev));
	bool failed = false;

	if (fd >= 0) {
		int k = blkprobe_fd(fd, b);

		if (k == -ENOMEM)
			return k;
		if (k == 0 && (b->type || b->ptuuid))
			return 0;
	}
	b->type = copy(property(dev, "ID_FS_TYPE"), &failed);
	b->label = copy(property(dev, "ID_FS_LABEL"), &failed);
	b->uuid = copy(property(dev, "ID_FS_UUID"), &failed);
	b->ptuuid = copy(property(dev, "ID_PART_TABLE_UUID"), &failed);
	return failed ? -ENOMEM : 0;
}

static int add_fs(struct device *d, struct udev_device *dev, struct blkprobe *b,
		  const struct mount_list *mounts)
{
	const char *name = udev_device_get_sysname(dev);
	bool failed = false;
	struct dev_fs *fs;

	if (vec_grow(&d->fs, d->n_fs, sizeof(*d->fs)) < 0)
		return -ENOMEM;
	fs = &d->fs[d->n_fs++];
	fs->name = copy(name, &failed);
	fs->type = TAKE_PTR(b->type);
	fs->label = TAKE_PTR(b->label);
	fs->uuid = TAKE_PTR(b->uuid);
	fs->size = number(udev_device_get_sysattr_value(dev, "size")) * 512;
	if (mount_list_targets(mounts, udev_device_get_devnum(dev), name, &fs->mounts) <
	    0)
		return -ENOMEM;
	return failed ? -ENOMEM : 0;
}

/* The disk's partitions, in the order of their names, each with what is on it. */
static int add_partitions(struct udev *udev, struct device *d, struct udev_device *disk,
			  const struct mount_list *mounts)
{
	_cleanup_enumerate_ struct udev_enumerate *en = udev_enumerate_new(udev);
	struct udev_list_entry *entry;

	if (!en || udev_enumerate_add_match_subsystem(en, "block") < 0 ||
	    udev_enumerate_add_match_parent(en, disk) < 0 ||
	    udev_enumerate_scan_devices(en) < 0)
		return -ENOMEM;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		_cleanup_dev_ struct udev_device *part = udev_device_new_from_syspath(
			udev, udev_list_entry_get_name(entry));
		_cleanup_blkprobe_ struct blkprobe b = { 0 };

		if (!part || !streq(udev_device_get_devtype(part), "partition"))
			continue;
		if (identify(part, &b) < 0 || add_fs(d, part, &b, mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Made by software, of other devices or of none. */
static bool is_software(struct udev_device *dev)
{
	static const char *const prefixes[] = { "loop", "ram", "dm-", "md",
						"zram", "nbd", "drbd" };
	const char *path = udev_device_get_syspath(dev);
	const char *name = udev_device_get_sysname(dev);

	if (strstr(path, "/devices/virtual/"))
		return true;
	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (startswith(name, prefixes[i]))
			return true;
	return false;
}

static int add_disk(struct udev *udev, struct devices *out, struct udev_device *dev,
		    const struct mount_list *mounts)
{
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	struct device *d;

	if (!streq(udev_device_get_devtype(dev), "disk") || is_software(dev))
		return 0;
	d = devices_add(out, DEV_DISK, udev_device_get_sysname(dev));
	if (!d || set_parent(d, dev) < 0)
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
	if (b.type && add_fs(d, dev, &b, mounts) < 0)
		return -ENOMEM;
	return add_partitions(udev, d, dev, mounts);
}

static int add_nic(struct udev *udev, struct devices *out, struct udev_device *dev,
		   const struct mount_list *mounts)
{
	const char *type = udev_device_get_sysattr_value(dev, "type");
	const char *mac = udev_device_get_sysattr_value(dev, "address");
	bool failed = false;
	struct device *d;

	/* 1 is ARPHRD_ETHER. */
	if ((type && !streq(type, "1")) || !udev_device_get_parent(dev) ||
	    is_software(dev))
		return 0;
	d = devices_add(out, DEV_NIC, udev_device_get_sysname(dev));
	if (!d || set_parent(d, dev) < 0)
		return -ENOMEM;
	d->mac = copy(mac, &failed);
	for (char *p = d->mac; p && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return failed ? -ENOMEM : 0;
}

static int each(struct udev *udev, const char *subsystem, struct devices *out,
		const struct mount_list *mounts,
		int (*add)(struct udev *, struct devices *, struct udev_device *,
			   const struct mount_list *))
{
	_cleanup_enumerate_ struct udev_enumerate *en = udev_enumerate_new(udev);
	struct udev_list_entry *entry;

	if (!en || udev_enumerate_add_match_subsystem(en, subsystem) < 0 ||
	    udev_enumerate_scan_devices(en) < 0)
		return -ENOMEM;
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(en))
	{
		_cleanup_dev_ struct udev_device *dev = udev_device_new_from_syspath(
			udev, udev_list_entry_get_name(entry));

		/* It may be gone by now. */
		if (dev && add(udev, out, dev, mounts) < 0)
			return -ENOMEM;
	}
	return 0;
}

int devices_read(struct devices **ret, struct err *e)
{
	_cleanup_(devices_freep) struct devices *out = calloc(1, sizeof(*out));
	_cleanup_mounts_ struct mount_list mounts = { 0 };
	_cleanup_udev_ struct udev *udev = udev_new();
	int k;

	if (!out || !udev)
		return err_nomem(e);
	k = mount_list_read(&mounts, e);
	if (k < 0)
		return k;
	if (each(udev, "block", out, &mounts, add_disk) < 0 ||
	    each(udev, "net", out, &mounts, add_nic) < 0)
		return err_nomem(e);
	devices_sort(out);
	*ret = TAKE_PTR(out);
	return 0;
}
