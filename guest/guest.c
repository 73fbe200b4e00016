/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/guest.h"
#include "guest/machine.h"
#include "guest/mounts.h"

/* Any of these, beside /etc, makes a folder the tree of a guest. */
static const char *const signs[] = {
	"/etc/redhat-release", "/etc/os-release", "/usr/lib/os-release",
	"/lib/modules",	       "/etc/fstab",
};

static int is_guest_tree(const struct root *r, struct err *e)
{
	bool found = false;

	for (size_t i = 0; i < ELEMENTSOF(signs); i++)
		found = found ||
			root_stat(r, signs[i], true, &(struct stat){ 0 }, NULL) == 0;
	if (!found || !root_is_dir(r, "/etc"))
		return err_set(
			e, EINVAL,
			"%s: is not the root of a Linux guest: no /etc with a release "
			"file, no /lib/modules",
			r->path[0] ? r->path : "/");
	return 0;
}

/* Live: the system's own root, and the running kernel is one of its kernels. An
 * installer's root fails the second half, a chroot the first. */
static int find_running(struct root *r, struct guest *g, char **ret)
{
	_cleanup_free_ char *release = machine_release();
	_cleanup_free_ char *dir = NULL;

	if (!release)
		return -ENOMEM;
	dir = strf("/lib/modules/%s", release);
	if (!dir)
		return -ENOMEM;
	g->live = r->is_slash && !mounts_tell_chroot() && root_is_dir(r, dir);
	if (g->live)
		*ret = TAKE_PTR(release);
	return 0;
}

static int read_all(struct root *r, const struct guest_options *opt, struct guest *g,
		    struct err *e)
{
	_cleanup_free_ char *running = NULL;
	int k;

	if (find_running(r, g, &running) < 0)
		return err_nomem(e);
	if (opt->db)
		g->db = TAKE_PTR(*opt->db);
	k = g->db ? 0 : rpmdb_read(r, &g->db, e);
	if (k >= 0)
		k = distro_read(r, g->db, &g->distro, e);
	if (k < 0)
		return k;
	g->gen = generation_find(g->distro->family, g->distro->major);
	k = bootcfg_read(r, &g->boot, e);
	if (k >= 0)
		k = kernels_read(r, g->db, g->boot, running, &g->kernels, e);
	if (k >= 0)
		kernels_tell_variants(g->kernels, g->gen);
	if (k >= 0)
		k = ukis_read(r, &g->ukis, e);
	if (k >= 0)
		k = modconf_read(r, &g->modconf, e);
	if (k >= 0)
		k = storage_read(r, g->boot, g->kernels, &g->storage, e);
	if (k >= 0)
		k = lvmconf_read(r, &g->lvm, e);
	if (k >= 0)
		k = hypervisor_read(r, g->live, opt->host, &g->hv, e);
	if (k >= 0)
		k = xenbus_read(g->live, &g->xenbus, e);
	if (k >= 0)
		k = inventory_read(r, &g->inventory, e);
	if (k >= 0)
		k = nicnames_read(r, &g->nicnames, e);
	if (k >= 0)
		k = bootlog_read(r, g->inventory, &g->log, e);
	if (k < 0)
		return k;
	return g->live ? devices_read(&g->devices, e)
		       : devices_from_tree(r, g->modconf, g->storage, &g->devices, e);
}

int guest_read(struct root *r, const struct guest_options *opt, struct guest **ret,
	       struct err *e)
{
	_cleanup_(guest_freep) struct guest *g = NULL;
	int k = is_guest_tree(r, e);

	if (k < 0)
		return k;
	g = calloc(1, sizeof(*g));
	if (!g)
		return err_nomem(e);
	g->root = r;
	k = read_all(r, opt, g, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(g);
	return 0;
}

int guest_look_again(struct guest *g, struct err *e)
{
	_cleanup_(devices_freep) struct devices *devices = NULL;
	_cleanup_(xenbus_freep) struct xenbus *bus = NULL;
	int k = g->live ? devices_read(&devices, e) : 0;

	if (k < 0 || !g->live)
		return k;
	k = xenbus_read(true, &bus, e);
	if (k < 0)
		return k;
	devices_free(g->devices);
	xenbus_free(g->xenbus);
	g->devices = TAKE_PTR(devices);
	g->xenbus = TAKE_PTR(bus);
	return 0;
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	bootlog_free(g->log);
	nicnames_free(g->nicnames);
	inventory_free(g->inventory);
	devices_free(g->devices);
	xenbus_free(g->xenbus);
	hypervisor_free(g->hv);
	lvmconf_free(g->lvm);
	storage_free(g->storage);
	modconf_free(g->modconf);
	ukis_free(g->ukis);
	kernels_free(g->kernels);
	bootcfg_free(g->boot);
	distro_free(g->distro);
	rpmdb_free(g->db);
	free(g);
}
