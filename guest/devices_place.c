/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI device that a disk or NIC is, or hangs on; and by it whose device it is.
 *
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

/* "8086:7010" of two attributes such as "0x8086"; *ret is NULL where they are none. */
static int pci_id(const struct root *sys, const char *dir, const char *first,
		  const char *second, char **ret)
{
	_cleanup_free_ char *a = device_attribute(sys, dir, first);
	_cleanup_free_ char *b = device_attribute(sys, dir, second);

	*ret = NULL;
	if (!a || !b || !startswith(a, "0x") || !startswith(b, "0x"))
		return 0;
	*ret = strf("%s:%s", a + 2, b + 2);
	return *ret ? 0 : -ENOMEM;
}

/* IDE by its ports hangs on no PCI device that the kernel would know of. */
static bool is_known_none(const char *path, const struct device *d)
{
	if (strstr(path, "/usb"))
		return true;
	return startswith(path, "/devices/") && !strstr(path, "/pci") &&
	       !strstr(path, "/ata") && !streq(d->bus, "ide") && !streq(d->bus, "xen");
}

static int set_pci(const struct root *sys, const char *path, const char *above,
		   struct device *d)
{
	_cleanup_free_ char *id = NULL;
	_cleanup_free_ char *sub = NULL;

	if (is_known_none(path, d)) {
		d->pci = strdup("none");
		return d->pci ? 0 : -ENOMEM;
	}
	if (!above)
		return 0;
	if (pci_id(sys, above, "vendor", "device", &id) < 0 ||
	    pci_id(sys, above, "subsystem_vendor", "subsystem_device", &sub) < 0)
		return -ENOMEM;
	if (!id)
		return 0;
	d->pci = strf("%s%s%s", id, sub ? "/" : "", sub ?: "");
	return d->pci ? 0 : -ENOMEM;
}

static bool is_pci(const struct device *d, const char *id)
{
	return d->pci && startswith(d->pci, id);
}

/* 0 or 1 by the port above the disk, -1 where the kernel does not say */
static int ide_channel(const struct root *sys, const char *path)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_free_ char *number = NULL;
	const char *at = strstr(path, "/ata");

	if (!at || !isdigit((unsigned char)at[strlen("/ata")]))
		return -1;
	dir = strf("/class/ata_port/%.*s", (int)strcspn(at + 1, "/"), at + 1);
	number = dir ? device_attribute(sys, dir, "port_no") : NULL;
	if (streq(number, "1"))
		return 0;
	return streq(number, "2") ? 1 : -1;
}

/* The folder of the nearest PCI device above; NULL. */
static char *pci_above(const struct root *sys, const char *path)
{
	char *dir = strdup(path);

	while (dir && startswith(dir, "/devices/")) {
		_cleanup_free_ char *bus = device_bus(sys, dir);

		if (streq(bus, "pci"))
			return dir;
		*strrchr(dir, '/') = '\0';
	}
	free(dir);
	return NULL;
}

int device_set_place(const struct root *sys, const char *path, struct device *d)
{
	int target = d->node && streq(d->bus, "scsi") ? scsi_target(d->node) : -1;
	_cleanup_free_ char *pci = pci_above(sys, path);
	int channel;

	if (set_pci(sys, path, pci, d) < 0)
		return -ENOMEM;
	if (target < 0)
		return 0;
	if (is_pci(d, "1000:0012")) {
		d->place = strf("sd%c", 'a' + target);
		return d->place ? 0 : -ENOMEM;
	}
	if (!is_pci(d, "8086:7010") || target > 1)
		return 0;
	channel = ide_channel(sys, path);
	if (channel < 0)
		return 0;
	d->place = strf("hd%c", 'a' + channel * 2 + target);
	return d->place ? 0 : -ENOMEM;
}
