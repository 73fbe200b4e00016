/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/naming.h"

void renames_done(struct renames *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].from);
		free(r->v[i].to);
	}
	free(r->v);
	*r = (struct renames){ 0 };
}

int renames_add(struct renames *r, const char *from, const char *to)
{
	struct rename *x;

	if (vec_grow(&r->v, r->n, sizeof(*r->v)) < 0)
		return -ENOMEM;
	x = &r->v[r->n++];
	*x = (struct rename){ .from = strdup(from), .to = strdup(to) };
	return x->from && x->to ? 0 : -ENOMEM;
}

/* A disk of Xen's emulated SCSI card is driven by one of these. */
static bool may_be_scsi(const struct guest *g)
{
	static const char *const drivers[] = { "sym53c8xx", "sym53c8xx_2", "mptspi",
					       "megaraid_sas" };

	for (size_t i = 0; i < g->kernels->n; i++)
		for (size_t d = 0; d < ELEMENTSOF(drivers); d++)
			if (g->kernels->v[i].image &&
			    initrd_has_module(g->kernels->v[i].image, drivers[d]))
				return true;
	return false;
}

int naming_of(const struct guest *g, const char *disk, char **ret)
{
	bool letter = strlen(disk) == 3 && disk[2] >= 'a' && disk[2] <= 'z';

	if (!g->gen || g->gen->naming == NAMING_HOST || !letter)
		return 0;
	if (startswith(disk, "sd") &&
	    (disk[2] != 'a' || (g->gen->naming == NAMING_XVD_SHIFT && may_be_scsi(g))))
		return 0;
	if (!startswith(disk, "hd") && !startswith(disk, "sd"))
		return 0;
	*ret = strf("xvd%c", disk[2]);
	return *ret ? 1 : -ENOMEM;
}

static bool is_given(const struct rename *v, size_t n, const char *from, const char *to)
{
	for (size_t i = 0; i < n; i++)
		if (streq(v[i].from, from) || (to && streq(v[i].to, to)))
			return true;
	return false;
}

static bool is_cdrom(const struct guest *g, const char *disk)
{
	const struct device *d = g->devices ? devices_find(g->devices, DEV_DISK, disk)
					    : NULL;

	return d && d->removable;
}

int naming_all(const struct guest *g, const struct rename *given, size_t n_given,
	       struct renames *ret)
{
	const struct storage *s = g->storage;

	for (size_t i = 0; i < s->n; i++) {
		const char *disk = s->refs[i].disk;
		_cleanup_free_ char *to = NULL;
		int k = 0;

		if (!disk || is_cdrom(g, disk) || streq(s->refs[i].fstype, "iso9660") ||
		    is_given(given, n_given, disk, NULL))
			continue;
		k = naming_of(g, disk, &to);
		/* hda and sda would both be xvda: a person must choose. */
		if (k > 0 && !is_given(given, n_given, disk, to) &&
		    !is_given(ret->v, ret->n, disk, to))
			k = renames_add(ret, disk, to);
		if (k < 0)
			return k;
	}
	return 0;
}
