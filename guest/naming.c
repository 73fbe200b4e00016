/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/bootargs.h"
#include "guest/naming.h"
#include "guest/version.h"

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

/* RHEL 6: the four names below are the IDE disks' [its xen-blkfront, sda_is_xvda]. */
#define SCSI_SHIFT 4

/* Some boot entry takes the shift back; which one is booted is not for us to say. */
static bool unshifted(const struct bootcfg *b)
{
	for (size_t i = 0; b && i < b->n; i++)
		if (bootargs_has(b->entries[i].args ?: "", "xen_blkfront.sda_is_xvda=1"))
			return true;
	return false;
}

/*
 * What a kernel adds to the letter of an emulated SCSI disk; -1: not known. Upstream's
 * EMULATED_SD_DISK_NAME_OFFSET was RHEL 6's before Linux 3.1, and is 0 since: of other
 * kernels on RHEL 6 (UEK, xen4centos) the newer ones shift nothing, and what the older
 * ones took over is theirs to know.
 */
static int shift_of(const struct generation *g, const char *release)
{
	if (g->naming != NAMING_XVD_SHIFT)
		return 0;
	if (generation_owns(g, release))
		return SCSI_SHIFT;
	return version_cmp(release, "3.1") < 0 ? -1 : 0;
}

/* The same of what boots by default; where that is not known, of all that may. */
static int sd_shift(const struct guest *g)
{
	int shift = g->gen->naming == NAMING_XVD_SHIFT ? SCSI_SHIFT : 0;

	for (size_t i = 0; i < g->kernels->n; i++) {
		const struct kernel *k = &g->kernels->v[i];
		int of = shift_of(g->gen, k->release ?: "");

		if (k->is_default)
			return of;
		shift = !i || shift == of ? of : -1;
	}
	return shift;
}

/* By the place that the host gave it. */
static int naming_of_place(const struct guest *g, const char *place, char **ret)
{
	int shift = startswith(place, "sd") ? sd_shift(g) : 0;
	int letter = place[2] + shift;

	if (shift < 0 || letter > 'z' || (shift && unshifted(g->boot)))
		return 0;
	*ret = strf("xvd%c", letter);
	return *ret ? 1 : -ENOMEM;
}

int naming_of(const struct guest *g, const char *disk, char **ret)
{
	bool letter = strlen(disk) == 3 && disk[2] >= 'a' && disk[2] <= 'z';
	const struct device *d = g->devices ? devices_find(g->devices, DEV_DISK, disk)
					    : NULL;

	if (!g->gen || g->gen->naming == NAMING_HOST)
		return 0;
	if (d && d->place)
		return naming_of_place(g, d->place, ret);
	if (!letter)
		return 0;
	if (startswith(disk, "sd") && (disk[2] != 'a' || (sd_shift(g) && may_be_scsi(g))))
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

bool naming_is_cdrom(const struct guest *g, const char *disk)
{
	const struct device *d = g->devices ? devices_find(g->devices, DEV_DISK, disk)
					    : NULL;
	const struct storage *s = g->storage;

	if (d && d->removable)
		return true;
	for (size_t i = 0; s && i < s->n; i++)
		if (streq(s->refs[i].disk, disk) &&
		    strstr(s->refs[i].fstype ?: "", "iso9660"))
			return true;
	return false;
}

/* hda and sda would both be xvda: a person must choose. */
static int add_found(const struct guest *g, const char *disk, const struct rename *given,
		     size_t n_given, struct renames *ret)
{
	_cleanup_free_ char *to = NULL;
	int k;

	if (!disk || naming_is_cdrom(g, disk) || is_given(given, n_given, disk, NULL))
		return 0;
	k = naming_of(g, disk, &to);
	if (k <= 0 || is_given(given, n_given, disk, to) ||
	    is_given(ret->v, ret->n, disk, to))
		return k < 0 ? k : 0;
	k = renames_add(ret, disk, to);
	if (k >= 0)
		ret->v[ret->n - 1].found = true;
	return k;
}

/* Where only a layer above the disks names them: members of arrays, of volume groups. */
static int add_layers(const struct guest *g, const struct strv *specs,
		      const struct rename *given, size_t n_given, struct renames *ret)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < specs->n; i++) {
		_cleanup_free_ char *disk = NULL;
		unsigned int part;

		if (storage_split_device(specs->v[i], &disk, &part))
			k = add_found(g, disk, given, n_given, ret);
	}
	return k;
}

bool naming_is_plain(const char *disk)
{
	size_t n = strspn(disk, "abcdefghijklmnopqrstuvwxyz");

	return n >= 3 && n <= 8 && disk[n] == '\0';
}

/* The other half of the pair "hdb=xvde" that has `name` on one side. */
static int other_half(const struct inventory *inv, const char *name, bool left,
		      char **ret)
{
	for (size_t i = 0; inv && i < inv->renames.n; i++) {
		_cleanup_free_ char *from = strdup(inv->renames.v[i]);
		char *to = from ? strchr(from, '=') : NULL;

		if (!from)
			return -ENOMEM;
		if (!to)
			continue;
		*to++ = '\0';
		if (!streq(left ? from : to, name) || !naming_is_plain(left ? to : from))
			continue;
		*ret = strdup(left ? to : from);
		return *ret ? 1 : -ENOMEM;
	}
	return 0;
}

int naming_recorded_to(const struct inventory *inv, const char *from, char **ret)
{
	return other_half(inv, from, true, ret);
}

int naming_recorded_from(const struct inventory *inv, const char *to, char **ret)
{
	return other_half(inv, to, false, ret);
}

int naming_all(const struct guest *g, const struct rename *given, size_t n_given,
	       struct renames *ret)
{
	const struct storage *s = g->storage;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < s->n; i++)
		if (!streq(s->refs[i].fstype, "iso9660"))
			k = add_found(g, s->refs[i].disk, given, n_given, ret);
	if (k >= 0)
		k = add_layers(g, &s->md_devices, given, n_given, ret);
	if (k >= 0 && g->lvm)
		k = add_layers(g, &g->lvm->devices, given, n_given, ret);
	return k < 0 ? k : 0;
}
