// SPDX-License-Identifier: GPL-2.0-only
/* The numbers of virtual devices, and the names of disks */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/kdev_t.h>
#include <linux/string.h>
#include "vbd.h"

/*
 * A number is major << 8 | minor of Linux's static device numbers
 * (Documentation/admin-guide/devices.txt: 3, 22, 33, 34, 56, 57, 88 to 91 IDE,
 * 8, 65 to 71, 128 to 135 SCSI), or 202 << 8 | disk << 4 | partition, or with bit 28
 * set disk << 8 | partition (Xen's docs/man/xen-vbd-interface.7).
 */
struct vbd_range {
	u16 major;
	enum vbd_scheme scheme;
	u8 part_bits;
	u16 first_disk;
};

static const struct vbd_range vbd_ranges[] = {
	{ 3, VBD_IDE, 6, 0 },	      { 22, VBD_IDE, 6, 2 },
	{ 33, VBD_IDE, 6, 4 },	      { 34, VBD_IDE, 6, 6 },
	{ 56, VBD_IDE, 6, 8 },	      { 57, VBD_IDE, 6, 10 },
	{ 88, VBD_IDE, 6, 12 },	      { 89, VBD_IDE, 6, 14 },
	{ 90, VBD_IDE, 6, 16 },	      { 91, VBD_IDE, 6, 18 },
	{ 8, VBD_SCSI, 4, 0 },	      { 65, VBD_SCSI, 4, 16 },
	{ 66, VBD_SCSI, 4, 32 },      { 67, VBD_SCSI, 4, 48 },
	{ 68, VBD_SCSI, 4, 64 },      { 69, VBD_SCSI, 4, 80 },
	{ 70, VBD_SCSI, 4, 96 },      { 71, VBD_SCSI, 4, 112 },
	{ 128, VBD_SCSI, 4, 128 },    { 129, VBD_SCSI, 4, 144 },
	{ 130, VBD_SCSI, 4, 160 },    { 131, VBD_SCSI, 4, 176 },
	{ 132, VBD_SCSI, 4, 192 },    { 133, VBD_SCSI, 4, 208 },
	{ 134, VBD_SCSI, 4, 224 },    { 135, VBD_SCSI, 4, 240 },
	{ VBD_MAJOR, VBD_XVD, 4, 0 },
};

#define VBD_EXTENDED	       (1u << 28)
#define VBD_EXTENDED_PART_BITS 8
#define VBD_IDE_DISKS	       2 /* of one major */

/* The first disks have the minors they always had; the others those of the long numbers
 */
#define VBD_SHORT_DISKS	    16
#define VBD_SHORT_PART_BITS 4

static int vbd_decode(u32 number, struct vbd_name *ret)
{
	const struct vbd_range *r;
	u32 minor = number & 0xff;
	size_t i;

	if (number & VBD_EXTENDED) {
		ret->scheme = VBD_XVD;
		ret->disk = (number & (VBD_EXTENDED - 1)) >> VBD_EXTENDED_PART_BITS;
		ret->part = minor;
		return number >= VBD_EXTENDED << 1 ? -EINVAL : 0;
	}
	for (i = 0; i < ARRAY_SIZE(vbd_ranges); i++) {
		r = &vbd_ranges[i];
		if (number >> 8 != r->major)
			continue;
		ret->scheme = r->scheme;
		ret->disk = r->first_disk + (minor >> r->part_bits);
		ret->part = minor & ((1u << r->part_bits) - 1);
		if (r->scheme == VBD_IDE && minor >> r->part_bits >= VBD_IDE_DISKS)
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

/* 0 is a, 25 is z, 26 is aa */
static void vbd_letters(unsigned int n, char *ret, size_t size)
{
	char *at = ret + size - 1;

	*at = '\0';
	do {
		*--at = 'a' + n % 26;
		n = n / 26;
	} while (n-- && at > ret);
	memmove(ret, at, ret + size - at);
}

/* hda and sda are xvda, as with the kernel's own driver */
int vbd_name(u32 number, struct vbd_name *ret)
{
	unsigned int bits;
	char letters[8];
	int r;

	r = vbd_decode(number, ret);
	if (r)
		return r;
	bits = ret->disk < VBD_SHORT_DISKS ? VBD_SHORT_PART_BITS : VBD_EXTENDED_PART_BITS;
	if (ret->part >= 1u << bits || ret->disk >= 1u << (MINORBITS - bits))
		return -EINVAL;
	ret->first_minor = (ret->disk << bits) + ret->part;
	ret->minors = ret->part ? 1 : 1u << bits;
	vbd_letters(ret->disk, letters, sizeof(letters));
	if (ret->part)
		snprintf(ret->text, sizeof(ret->text), "xvd%s%u", letters, ret->part);
	else
		snprintf(ret->text, sizeof(ret->text), "xvd%s", letters);
	return 0;
}

/*
 * So many disks may be emulated, if they are not SCSI's: Xen's tool stack gives four to
 * IDE or, with hdtype="ahci", six to AHCI, whatever scheme their names are of
 */
static unsigned int vbd_emulated_disks(unsigned int emulated)
{
	if (emulated & XENPV_EMULATED_AHCI_DISKS)
		return 6;
	if (emulated & XENPV_EMULATED_DISKS)
		return 4;
	return emulated & XENPV_EMULATED_FIRST_DISK ? 1 : 0;
}

/* A partition is no disk of its own for the device model, but its data may be */
bool vbd_emulated(const struct vbd_name *name, unsigned int emulated)
{
	if (name->scheme == VBD_SCSI)
		return emulated & (XENPV_EMULATED_DISKS | XENPV_EMULATED_SCSI_DISKS);
	return name->disk < vbd_emulated_disks(emulated);
}
