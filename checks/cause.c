/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a device of a running guest, whose kernel could have unplugged it, is not on PV.
 * The first cause that holds is the one: each makes those below it moot.
 */
#include <string.h>

#include "checks/cause.h"
#include "guest/bootargs.h"

static const struct {
	const char *id, *why;
	const char *remedy; /* of a disk; of a NIC too, where it has none of its own */
	const char *nic;
} causes[] = {
	[CAUSE_NONE] = { NULL, NULL, NULL, NULL },
	[CAUSE_NOT_XEN] = { "not-xen", "this is no Xen HVM guest",
			    "start it as a fully virtualised guest of Xen", NULL },
	[CAUSE_NO_PLATFORM] = { "no-platform-device",
				"the host gives no Xen platform device",
				"on the host take xen_platform_pci=0 out of its "
				"configuration, then shut down and start it",
				NULL },
	[CAUSE_ARGUMENT] = { "kernel-argument", "a kernel argument of this boot keeps it",
			     "boot without that argument; xenpv-install takes it out of "
			     "the boot loader's configuration where it stands there",
			     NULL },
	[CAUSE_NO_DRIVER] = { "no-driver", "its PV driver is not loaded",
			      "modprobe xen-blkfront, or xen-vbd from a bundle; "
			      "xenpv-install puts it into the initrd",
			      "modprobe xen-netfront, or xen-vnif from a bundle" },
	[CAUSE_REFUSED] = { "refused", "its PV driver is loaded but has not connected",
			    "look for vbd in dmesg, and at the state of its back end on "
			    "the host",
			    "look for vif in dmesg, and at the state of its back end on "
			    "the host" },
	[CAUSE_NO_BACKEND] = { "no-back-end", "the host has no back end for it",
			       "on the host give this disk in the disk list, as hdX, sdX "
			       "or xvdX, and not as a device model's argument",
			       "on the host give this NIC in the vif list, without "
			       "type=ioemu where the tool stack knows it" },
};

const char *cause_id(enum cause c)
{
	return causes[c].id;
}

char *cause_text(const struct guest *g, enum cause c, enum dev_kind kind)
{
	const char *word = c == CAUSE_ARGUMENT ? cause_argument(g, kind) : NULL;

	return causes[c].why && word
		       ? strf("this boot's kernel argument %s keeps it", word)
		       : strf("%s", causes[c].why ?: "");
}

const char *cause_remedy(enum cause c, enum dev_kind kind)
{
	return kind == DEV_NIC && causes[c].nic ? causes[c].nic : causes[c].remedy;
}

/* Of a running guest whose kernel can unplug, what it was told and what is there is
 * known. */
static bool can_tell(const struct guest *g)
{
	return g->live && g->gen && g->gen->unplug && g->xenbus;
}

/* What this boot's drivers were told, and by whom it is read; the caller frees. NULL:
 * they were told nothing, or out of memory. */
static char *told(const struct guest *g, const struct kernel *running, unsigned int *by)
{
	*by = BY_MODULE;
	if (g->xenbus->unplug)
		return strf("xen_platform_pci.unplug=%s", g->xenbus->unplug);
	/* A kernel that knows nothing of Xen knows no such argument. */
	if (!g->xenbus->args || (running && running->config.xen == KCONF_NO))
		return NULL;
	*by = BY_KERNEL;
	return strdup(g->xenbus->args);
}

const char *cause_argument(const struct guest *g, enum dev_kind kind)
{
	const struct kernel *running = NULL;
	const struct bootarg_rule *rule;
	_cleanup_free_ char *args = NULL;
	unsigned int by;

	if (!can_tell(g))
		return NULL;
	for (size_t i = 0; i < g->kernels->n; i++)
		if (g->kernels->v[i].running)
			running = &g->kernels->v[i];
	args = told(g, running, &by);
	for (size_t i = 0;
	     args && (rule = bootarg_rule(g->gen, by, running ? running->release : "",
					  args, &i));)
		if (rule->keeps & (kind == DEV_NIC ? KEEPS_NICS : KEEPS_DISKS))
			return rule->word;
	return NULL;
}

static bool any_unbound(const struct xenbus *b, const char *prefix)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->v[i].bound && startswith(b->v[i].node, prefix))
			return true;
	return false;
}

/* Nothing in sysfs tells the MAC of a front end without a driver, nor an unplugged disk's
 * place: then any without a driver may be it. */
static bool has_front_end(const struct guest *g, const struct device *d,
			  enum dev_kind kind, bool *bound)
{
	const struct xenbus_dev *x;

	*bound = false;
	if (kind == DEV_NIC || !d || !d->place)
		return any_unbound(g->xenbus, kind == DEV_NIC ? "vif-" : "vbd-");
	x = xenbus_disk(g->xenbus, d->place);
	*bound = x && x->bound;
	return x;
}

enum cause cause_of(const struct guest *g, const struct device *d, enum dev_kind kind)
{
	bool bound;

	if (!can_tell(g) || !g->hv)
		return CAUSE_NONE;
	if (g->hv->virt != VIRT_XEN_HVM)
		return CAUSE_NOT_XEN;
	if (!g->hv->platform_pci)
		return CAUSE_NO_PLATFORM;
	if (cause_argument(g, kind))
		return CAUSE_ARGUMENT;
	if (!has_front_end(g, d, kind, &bound) || bound)
		return CAUSE_NO_BACKEND;
	return (kind == DEV_DISK ? g->xenbus->vbd : g->xenbus->vif) ? CAUSE_REFUSED
								    : CAUSE_NO_DRIVER;
}
