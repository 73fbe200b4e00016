/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "checks/devlog.h"

static int of_log(const struct bootlog *log, struct devices *out)
{
	for (size_t i = 0; i < log->n_devs; i++) {
		const struct log_dev *l = &log->devs[i];
		struct device *d = devices_add(out, l->kind, l->name);

		if (!d)
			return -ENOMEM;
		d->pv = l->pv;
		d->driver = l->driver ? strdup(l->driver) : NULL;
		d->mac = l->mac ? strdup(l->mac) : NULL;
	}
	return 0;
}

static int lend_text(char **to, const char *from)
{
	return *to || !from ? 0 : str_set(to, from);
}

/* A log seldom has the MAC of a PV NIC, and no PCI device of a disk: take them from the
 * inventory's device of that name, so that ethN is matched by its name where nothing
 * better is known. */
static int lend(const struct guest *g, struct devices *now)
{
	const struct devices *then = g->inventory->devices;

	for (size_t i = 0; i < now->n; i++) {
		struct device *d = &now->v[i];
		const struct device *old = devices_find(then, d->kind, d->name);

		if (old && (lend_text(&d->mac, old->mac) < 0 ||
			    lend_text(&d->pci, old->pci) < 0))
			return -ENOMEM;
	}
	return 0;
}

int devlog_devices(const struct guest *g, struct devices *out)
{
	return of_log(g->log, out) < 0 ? -ENOMEM : lend(g, out);
}

/* A NIC with an emulated driver's line, which is none of those that were recorded. */
static bool is_stray(const struct devrow *r, const struct devices *seen)
{
	const struct device *d = r->before || r->kind != DEV_NIC
					 ? NULL
					 : devices_find(seen, DEV_NIC, r->after);

	return d && !d->pv;
}

/*
 * What a log does not tell of is not missing for that. Upstream's netfront prints no line
 * of a NIC [Linux, drivers/net/xen-netfront.c, xennet_connect()], as that of RHEL 3 to 5
 * does; and whose line of what is none of Xen's would be known? A line of an emulated NIC
 * that nothing else explains is taken for that of one that is looked for.
 */
int devlog_excuse(const struct guest *g, const struct devices *seen, struct devrows *rows)
{
	bool silent = !g->gen || g->gen->unplug;

	for (size_t i = 0; i < rows->n; i++)
		silent = silent && !is_stray(&rows->v[i], seen);
	for (size_t i = 0; i < rows->n; i++) {
		struct devrow *r = &rows->v[i];

		if (r->state != DEVSTATE_MISSING ||
		    !(r->foreign || (silent && r->kind == DEV_NIC)))
			continue;
		r->state = DEVSTATE_UNKNOWN;
		if (r->foreign)
			continue;
		r->detail = strf("%s", g->log->vnif
					       ? "the log tells of the PV driver, which "
						 "prints no line of a NIC"
					       : "the log tells neither of it nor of the "
						 "PV driver");
		if (!r->detail)
			return -ENOMEM;
	}
	return 0;
}
