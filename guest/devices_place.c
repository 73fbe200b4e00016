/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host calls an emulated disk, by its place on Xen's emulated controllers. Linux
 * counts sda, sdb... as it finds them; the host's configuration names places:
 *
 *	hda, hdb	master and slave of the PIIX3's first channel, hdc, hdd of its
 *			second [libxl's manual xl-disk-configuration(5)]
 *	sda, sdb...	the targets 0, 1... of the LSI 53C895A
 *
 * libata calls master and slave the targets 0 and 1 of their channel's host, and has the
 * channel's number, from 1, in ata_port's attribute port_no [Linux, libata-scsi.c,
 * libata-transport.c].
 */
#include <ctype.h>
#include <string.h>

#include "guest/devices_read.h"
#include "guest/udev.h"

/* Of "…/host1/target1:0:1/1:0:1:0/block/sdb" the 1 of the third place; -1 */
static int scsi_target(const char *node)
{
	unsigned int host;
	unsigned int channel;
	unsigned int target;
	unsigned int lun;

	if (sscanf(node, "%u:%u:%u:%u", &host, &channel, &target, &lun) != 4 || channel ||
	    lun)
		return -1;
	return target < 26 ? (int)target : -1;
}

static bool is_pci(struct udev_device *pci, const char *vendor, const char *device)
{
	return streq(udev_device_get_sysattr_value(pci, "vendor"), vendor) &&
	       streq(udev_device_get_sysattr_value(pci, "device"), device);
}

/* 0 or 1 by the port above the disk, -1 where the kernel does not say */
static int ide_channel(struct udev *udev, const char *syspath)
{
	_cleanup_dev_ struct udev_device *port = NULL;
	_cleanup_free_ char *name = NULL;
	const char *at = strstr(syspath, "/ata");
	const char *number;

	if (!at || !isdigit((unsigned char)at[strlen("/ata")]))
		return -1;
	name = strndup(at + 1, strcspn(at + 1, "/"));
	port = name ? udev_device_new_from_subsystem_sysname(udev, "ata_port", name)
		    : NULL;
	number = port ? udev_device_get_sysattr_value(port, "port_no") : NULL;
	if (streq(number, "1"))
		return 0;
	return streq(number, "2") ? 1 : -1;
}

int device_set_place(struct udev *udev, struct udev_device *disk, struct device *d)
{
	struct udev_device *pci = udev_device_get_parent_with_subsystem_devtype(
		disk, "pci", NULL);
	int target = d->node && streq(d->bus, "scsi") ? scsi_target(d->node) : -1;
	int channel;

	if (!pci || target < 0)
		return 0;
	if (is_pci(pci, "0x1000", "0x0012")) {
		d->place = strf("sd%c", 'a' + target);
		return d->place ? 0 : -ENOMEM;
	}
	if (!is_pci(pci, "0x8086", "0x7010") || target > 1)
		return 0;
	channel = ide_channel(udev, udev_device_get_syspath(disk));
	if (channel < 0)
		return 0;
	d->place = strf("hd%c", 'a' + channel * 2 + target);
	return d->place ? 0 : -ENOMEM;
}
