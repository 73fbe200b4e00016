/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done to a guest, by its generation's id. Another generation is another
 * row; a kind of step is another file.
 */
#include "installer/plan.h"

/* nash's initrds, modprobe.conf, kudzu. */
static const struct step nash_steps[] = {
	{ plan_modules, "modules copied" },
	{ plan_modindex, "module indexes" },
	{ plan_modconf, "modprobe.conf" },
	{ plan_initrd, "initrd" },
	{ plan_mkinitrd, "mkinitrd's configuration" },
	{ plan_hooks, "kernel update hooks" },
	{ plan_boot_disk, NULL },
	{ plan_rclocal, "rc.local" },
	{ plan_kudzu, "kudzu off" },
	{ plan_names, "device names" },
	{ plan_initrd_ops, NULL },
	{ plan_atboot, NULL },
	{ plan_record, NULL },
	{ plan_advice, NULL },
};

/* A 2.4 kernel: neither udev nor kudzu's question; modules.conf. */
static const struct step modutils_steps[] = {
	{ plan_modules, "modules copied" },
	{ plan_modindex, "module indexes" },
	{ plan_modconf, "modules.conf" },
	{ plan_initrd, "initrd" },
	{ plan_mkinitrd, NULL },
	{ plan_hooks, NULL },
	{ plan_boot_disk, NULL },
	{ plan_rclocal, "rc.local" },
	{ plan_nodes, "device nodes" },
	{ plan_names, "device names" },
	{ plan_initrd_ops, NULL },
	{ plan_atboot, NULL },
	{ plan_record, NULL },
	{ plan_advice, NULL },
};

/* Images whose udev loads the drivers: mostly the kernel's own, which are in place. */
static const struct step udev_steps[] = {
	{ plan_modules, NULL },
	{ plan_modindex, NULL },
	{ plan_softdeps, NULL },
	{ plan_initramfs, "initramfs" },
	{ plan_unified, NULL },
	{ plan_bootargs, "kernel arguments" },
	{ plan_update, "dracut's or initramfs-tools' configuration" },
	{ plan_hooks, NULL },
	{ plan_names, "device names" },
	{ plan_initrd_ops, NULL },
	{ plan_atboot, NULL },
	{ plan_record, NULL },
	{ plan_advice, NULL },
};

static const struct recipe {
	const char *id;
	const struct step *steps;
	size_t n;
} recipes[] = {
	{ "rhel3", modutils_steps, ELEMENTSOF(modutils_steps) },
	{ "rhel4", nash_steps, ELEMENTSOF(nash_steps) },
	{ "rhel5", nash_steps, ELEMENTSOF(nash_steps) },
	{ "rhel6", udev_steps, ELEMENTSOF(udev_steps) },
	{ "rhel7", udev_steps, ELEMENTSOF(udev_steps) },
	{ "rhel8", udev_steps, ELEMENTSOF(udev_steps) },
	{ "rhel9", udev_steps, ELEMENTSOF(udev_steps) },
	{ "rhel10", udev_steps, ELEMENTSOF(udev_steps) },
	{ "fedora", udev_steps, ELEMENTSOF(udev_steps) },
	{ "debian", udev_steps, ELEMENTSOF(udev_steps) },
	{ "ubuntu", udev_steps, ELEMENTSOF(udev_steps) },
	{ "sles", udev_steps, ELEMENTSOF(udev_steps) },
	{ "leap", udev_steps, ELEMENTSOF(udev_steps) },
	{ "tumbleweed", udev_steps, ELEMENTSOF(udev_steps) },
};

const struct step *plan_steps(const struct generation *g, size_t *n)
{
	*n = 0;
	for (size_t i = 0; g && i < ELEMENTSOF(recipes); i++) {
		if (!streq(recipes[i].id, g->id))
			continue;
		*n = recipes[i].n;
		return recipes[i].steps;
	}
	return NULL;
}

int plan_make(struct planning *p, struct err *e)
{
	const struct guest *g = p->g;
	size_t n;
	const struct step *steps = plan_steps(g->gen, &n);

	if (!steps)
		return err_set(e, ENOTSUP,
			       "%s: this guest (%s) is of a generation that cannot be "
			       "installed to",
			       p->root->path[0] ? p->root->path : "/",
			       g->gen	   ? g->gen->title
			       : g->distro ? g->distro->name
					   : "an unknown distribution");
	for (size_t i = 0; i < n; i++) {
		int k = steps[i].plan(p, e);

		if (k < 0)
			return k;
	}
	return 0;
}
