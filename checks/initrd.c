/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initrd-drivers: per kind of image, since each has its own way to load a module */
#include <string.h>

#include "checks/add.h"
#include "checks/uki.h"
#include "drivers/softdeps.h"

/* Images of mkinitrd: a list of insmod lines. */
static int nash_image(const struct check *c, const struct facts *f, size_t i,
		      struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct initrd *img = k->image;
	char *needed = strf(
		"the image holds the drivers and loads them before the disks'");
	char *remedy = strf("run xenpv-install");
	long platform;
	long vbd;
	long disk;

	if (!initrd_has_module(img, "xen_platform_pci") ||
	    !initrd_has_module(img, "xen_vbd"))
		return finding_add(out, c, k->release, fact_kernel_lacks(f, i),
				   strf("%s does not hold %s", k->initrd,
					initrd_has_module(img, "xen_vbd")
						? "xen-platform-pci"
						: "xen-vbd"),
				   needed, remedy);
	platform = initrd_load_index(img, "xen_platform_pci");
	vbd = initrd_load_index(img, "xen_vbd");
	disk = initrd_storage_load(img);
	/* The boot disk on the emulated SCSI card stays with that card's driver. */
	if (f->g->storage && startswith(f->g->storage->boot_disk ?: "", "sd") &&
	    initrd_scsi_load(img) >= 0)
		disk = -1;
	if (platform < 0 || vbd < 0)
		return finding_add(
			out, c, k->release, fact_kernel_lacks(f, i),
			strf("%s holds the drivers, but does not load them", k->initrd),
			needed, remedy);
	if (vbd < platform || (disk >= 0 && vbd > disk))
		return finding_add(
			out, c, k->release, fact_kernel_lacks(f, i),
			strf("%s loads xen-vbd too %s", k->initrd,
			     vbd < platform ? "early: before xen-platform-pci"
					    : "late: after a driver of emulated disks"),
			needed, remedy);
	free(remedy);
	return finding_add(out, c, k->release, STATUS_PASS,
			   strf("%s loads xen-platform-pci, then xen-vbd", k->initrd),
			   needed, NULL);
}

const char *fact_image_lacks(const struct choice *ch, const struct initrd *i, bool *held)
{
	static const enum xendrv needed[] = { XENDRV_PLATFORM, XENDRV_VBD };

	for (size_t n = 0; n < ELEMENTSOF(needed); n++) {
		const char *name = ch->names[needed[n]];

		if (!choice_is_module(ch, needed[n]))
			continue;
		*held = initrd_has_module(i, name);
		if (!*held || !initrd_lists_module(i, name))
			return name;
	}
	return NULL;
}

const char *fact_image_order(const struct choice *ch, const struct initrd *i)
{
	const char *bus = choice_bus(ch);

	return bus ? softdeps_lack(i->modprobe.text, bus, i) : NULL;
}

/* Images whose udev loads by alias what the indexes list: the block driver is enough. */
static int udev_image(const struct check *c, const struct facts *f, size_t i,
		      struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];
	char *needed = strf("the image holds the driver of disks, and lists it");
	bool held = false;
	const char *lacks;

	if (!choice_is_module(ch, XENDRV_VBD))
		return finding_add(out, c, k->release, STATUS_PASS,
				   strf("built into the kernel: the image needs none"),
				   needed, NULL);
	lacks = fact_image_lacks(ch, k->image, &held);
	if (lacks)
		return finding_add(out, c, k->release, fact_kernel_lacks(f, i),
				   held ? strf("%s holds %s, but its modules.dep does "
					       "not list it",
					       k->initrd, lacks)
					: strf("%s does not hold %s", k->initrd, lacks),
				   needed, strf("run xenpv-install"));
	lacks = fact_image_order(ch, k->image);
	if (lacks)
		return finding_add(out, c, k->release, fact_kernel_lacks(f, i),
				   strf("%s does not load %s before %s", k->initrd,
					ch->names[XENDRV_PLATFORM], lacks),
				   needed, strf("run xenpv-install"));
	return finding_add(
		out, c, k->release, STATUS_PASS,
		strf("%s holds and lists %s", k->initrd, ch->names[XENDRV_VBD]), needed,
		NULL);
}

static int other_image(const struct check *c, const struct facts *f, size_t i,
		       struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];

	return finding_add(
		out, c, k->release, STATUS_UNKNOWN,
		strf("%s was made by none of mkinitrd, dracut and initramfs-tools",
		     k->initrd),
		strf("the image holds the driver of disks"),
		strf("make sure that the image loads the driver of PV disks"));
}

static const check_kernel kinds[INITRD_KIND_COUNT] = {
	[INITRD_KIND_OTHER] = other_image,
	[INITRD_KIND_NASH] = nash_image,
	[INITRD_KIND_EXT2] = nash_image,
	[INITRD_KIND_DRACUT] = udev_image,
	[INITRD_KIND_INITRAMFS_TOOLS] = udev_image,
};

/* The one that is part of a unified image, which xenpv-install does not edit. */
static int unified_image(const struct check *c, const struct facts *f, size_t i,
			 const struct uki *u, struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	_cleanup_free_ char *lack = uki_lacks_driver(f, i, u);

	if (!lack)
		return -ENOMEM;
	return finding_add(out, c, k->release,
			   lack[0] ? fact_kernel_lacks(f, i) : STATUS_PASS,
			   lack[0] ? strf("%s: %s", u->path, lack)
				   : strf("%s holds the driver of disks", u->path),
			   strf("the image holds the driver of disks, and lists it"),
			   lack[0] ? uki_remedy(k, u) : NULL);
}

static int initrd_of_kernel(const struct check *c, const struct facts *f, size_t i,
			    struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct uki *u = ukis_find(f->g->ukis, k->release);
	int r = u ? unified_image(c, f, i, u, out) : 0;

	/* Which drivers it ought to hold is not known: modules-installed says so. */
	if (r < 0 || uki_alone(f->g, k) || f->choices->v[i].foreign)
		return r;
	if (!k->image)
		return finding_add(
			out, c, k->release, fact_kernel_lacks(f, i),
			strf("%s", k->image_problem ?: "no initrd"),
			strf("an image that holds the drivers of disks"),
			strf("make it with the guest's own mkinitrd, dracut or "
			     "update-initramfs, then run xenpv-install"));
	return kinds[k->image->kind](c, f, i, out);
}

CHECK(check_initrd_drivers)
{
	return check_each_kernel(c, f, out, initrd_of_kernel);
}
