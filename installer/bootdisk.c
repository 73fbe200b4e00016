/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --boot-disk=pv on guests whose drivers know no unplug. GRUB reads the emulated disk
 * through the BIOS; the kernel's IDE driver is told to leave ide0 alone, and xen-vbd,
 * loaded by the initrd, takes hda and hdb under their own names. So no later step of the
 * boot has to find them by another: root=, fstab, resume and LVM stay. What must be there
 * is xen-vbd in the image of every kernel that gets the argument.
 */
#include "installer/plan.h"

/* The image loads xen-vbd, or will: an edit of it is planned. */
static bool image_loads(const struct planning *p, const struct kernel *k)
{
	if (!k->image)
		return false;
	for (size_t i = 0; i < p->plan->n_edits; i++)
		if (p->plan->edits[i]->kernel == k)
			return true;
	return initrd_load_index(k->image, p->g->gen->drivers[XENDRV_VBD]) >= 0;
}

int plan_boot_disk(struct planning *p, struct err *e)
{
	const struct kernels *ks = p->g->kernels;

	if (!p->boot_disk_pv || p->g->gen->unplug)
		return 0;
	for (size_t i = 0; i < ks->n; i++)
		if (plan_kernel_switches(p, i) && !image_loads(p, &ks->v[i]))
			return err_set(
				e, ENOTSUP,
				"kernel %s: its initrd does not load %s, so it would "
				"not find a boot disk on PV",
				ks->v[i].release, p->g->gen->drivers[XENDRV_VBD]);
	return plan_bootargs(p, e);
}
