/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device-names, of what stands between disks and file systems: LVM's filters and devices
 * file, what mdadm looks at, names by serial number or bus, kdump's own image.
 */
#include <string.h>

#include "checks/add.h"
#include "checks/layers.h"

#define PARTS 4 /* that are tried where nobody says which there are */

/* The new name of a disk: as it is renamed, or, where the host decides, any that is PV
 * only. NULL: it keeps its name. */
static const char *new_name(const struct facts *f, const char *disk)
{
	for (size_t i = 0; i < f->n_renames; i++)
		if (streq(f->renames[i].from, disk))
			return f->renames[i].to;
	if (startswith(disk, "xvd") || !f->g->gen || f->g->gen->naming != NAMING_HOST ||
	    fact_disk_stays(f->g, f->choices, disk) || fact_disk_is_free(f->g, disk))
		return NULL;
	return "xvde";
}

/* One device, under its old and its new name. */
struct move {
	char *old, *new;
	const char *from, *to;
};

static void move_done(struct move *m)
{
	free(m->old);
	free(m->new);
}

static int move_make(struct move *m, const char *from, const char *to, unsigned int part)
{
	m->from = from;
	m->to = to;
	m->old = part ? strf("/dev/%s%u", from, part) : strf("/dev/%s", from);
	m->new = part ? strf("/dev/%s%u", to, part) : strf("/dev/%s", to);
	return m->old && m->new ? 0 : -ENOMEM;
}

typedef int (*each_move)(const struct facts *f, const struct move *m, void *arg);

/* Each physical volume that gets another name; where no backup tells which there are, the
 * first partitions of the disks that do. */
static int each_volume(const struct facts *f, each_move run, void *arg)
{
	const struct lvmconf *lvm = f->g->lvm;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < lvm->devices.n; i++) {
		_cleanup_(move_done) struct move m = { 0 };
		_cleanup_free_ char *disk = NULL;
		const char *to = NULL;
		unsigned int part;

		if (storage_split_device(lvm->devices.v[i], &disk, &part))
			to = new_name(f, disk);
		if (!to)
			continue;
		k = move_make(&m, disk, to, part);
		if (k == 0)
			k = run(f, &m, arg);
	}
	for (size_t i = 0; k >= 0 && !lvm->devices.n && i < f->n_renames; i++) {
		for (unsigned int part = 0; k >= 0 && part <= PARTS; part++) {
			_cleanup_(move_done) struct move m = { 0 };

			k = move_make(&m, f->renames[i].from, f->renames[i].to, part);
			if (k == 0)
				k = run(f, &m, arg);
		}
	}
	return k;
}

struct lists {
	struct strv broken;
	struct strv follows;
};

static void lists_done(struct lists *l)
{
	strv_done(&l->broken);
	strv_done(&l->follows);
}

static bool is_renamed(const struct facts *f, const char *disk)
{
	for (size_t i = 0; i < f->n_renames; i++)
		if (streq(f->renames[i].from, disk))
			return true;
	return false;
}

static int add_once(struct strv *v, char *text)
{
	_cleanup_free_ char *s = text;

	if (!s)
		return -ENOMEM;
	return strv_has(v, s) ? 0 : strv_add(v, s);
}

static int judge_filters(const struct facts *f, const struct move *m, void *arg)
{
	const struct lvmconf *lvm = f->g->lvm;
	struct lists *l = arg;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < lvm->n; i++) {
		const struct lvm_filter *x = &lvm->filters[i];
		bool follows;

		if (!lvm_accepts(x, m->old) || lvm_accepts(x, m->new))
			continue;
		follows = is_renamed(f, m->from) &&
			  lvm_can_follow(x, m->old, m->new, m->from, m->to);
		k = add_once(follows ? &l->follows : &l->broken,
			     strf("%s in %s:%zu takes %s and not %s", x->key, x->file,
				  x->line + 1, m->old, m->new));
	}
	return k;
}

/* broken: a warning with a remedy; follows: that the install changes it. */
static int say(const struct check *c, struct findings *out, const struct lists *l,
	       const char *remedy)
{
	static const char needed[] = "names that hold after the switch";
	_cleanup_free_ char *broken = strv_join(&l->broken, "; ");
	_cleanup_free_ char *follows = strv_join(&l->follows, "; ");
	int k = 0;

	if (!broken || !follows)
		return -ENOMEM;
	if (l->broken.n)
		k = finding_add(out, c, NULL, STATUS_WARN, strf("%s", broken),
				strf("%s", needed), strf("%s", remedy));
	if (k >= 0 && l->follows.n)
		k = finding_add(out, c, NULL, STATUS_PASS,
				strf("will follow the new names: %s", follows),
				strf("%s", needed), NULL);
	return k;
}

static int lvm_filters(const struct check *c, const struct facts *f, struct findings *out)
{
	_cleanup_(lists_done) struct lists l = { 0 };

	if (each_volume(f, judge_filters, &l) < 0)
		return -ENOMEM;
	return say(c, out, &l,
		   "let the filter take the new name, too, and make the initrd again");
}

/* Used by default from LVM 2.03.12 on as Fedora 34 and RHEL 9 build it [lvmdevices(8)].
 */
static bool uses_devices_file(const struct guest *g)
{
	static const char *const ids[] = { "rhel9", "rhel10", "fedora" };

	for (size_t i = 0; g->lvm->use_devicesfile < 0 && i < ELEMENTSOF(ids); i++)
		if (streq(g->gen ? g->gen->id : NULL, ids[i]))
			return true;
	return g->lvm->use_devicesfile > 0;
}

static int lvm_devices(const struct check *c, const struct facts *f, struct findings *out)
{
	const struct lvmconf *lvm = f->g->lvm;
	_cleanup_(lists_done) struct lists l = { 0 };

	for (size_t i = 0; uses_devices_file(f->g) && i < lvm->n_entries; i++) {
		const struct lvm_entry *x = &lvm->entries[i];

		if ((startswith(x->name, "/dev/sd") || startswith(x->name, "/dev/hd")) &&
		    add_once(&l.broken,
			     strf("%s:%zu knows %s by its %s, which a PV disk has not",
				  LVM_DEVICES_FILE, x->line + 1, x->name, x->idtype)) < 0)
			return -ENOMEM;
	}
	return say(c, out, &l,
		   "set use_devicesfile = 0 in " LVM_CONF " and run dracut -f, or the "
		   "volume group is not found at the next boot");
}

static int lvm_problems(const struct check *c, const struct facts *f,
			struct findings *out)
{
	_cleanup_free_ char *all = strv_join(&f->g->lvm->problems, "; ");

	if (!all)
		return -ENOMEM;
	if (!f->g->lvm->problems.n)
		return 0;
	return finding_add(out, c, NULL, STATUS_UNKNOWN, strf("%s", all),
			   strf("a configuration of LVM that can be read"),
			   strf("see whether a filter there would leave xvd disks out"));
}

static int md_devices(const struct check *c, const struct facts *f, struct findings *out)
{
	const struct storage *s = f->g->storage;
	_cleanup_(lists_done) struct lists l = { 0 };

	for (size_t i = 0; s->md_devices.n && i < f->n_renames; i++) {
		for (unsigned int part = 0; part <= PARTS; part++) {
			_cleanup_(move_done) struct move m = { 0 };

			if (move_make(&m, f->renames[i].from, f->renames[i].to, part) < 0)
				return -ENOMEM;
			if (storage_md_takes(s, m.old) && !storage_md_takes(s, m.new) &&
			    add_once(&l.follows,
				     strf("DEVICE in %s (%s)", s->md_file, m.old)) < 0)
				return -ENOMEM;
		}
	}
	return say(c, out, &l, "");
}

/* One that may switch beside those that stay emulated. */
static bool another_disk(const struct facts *f)
{
	const struct devices *l = f->g->devices;

	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].kind == DEV_DISK && !l->v[i].pv &&
		    !naming_is_cdrom(f->g, l->v[i].name) && new_name(f, l->v[i].name))
			return true;
	return false;
}

static int bus_names(const struct check *c, const struct facts *f, struct findings *out)
{
	const struct storage *s = f->g->storage;
	_cleanup_(lists_done) struct lists l = { 0 };

	/* Kernels that cannot unplug leave the boot disk, and its names, as they are. */
	if (!fact_disks_unplug(f->g, f->choices) && !another_disk(f))
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (storage_is_bus_name(s->refs[i].spec) &&
		    add_once(&l.broken, strf("%s in %s:%zu", s->refs[i].spec,
					     s->refs[i].file, s->refs[i].line + 1)) < 0)
			return -ENOMEM;
	return say(c, out, &l,
		   "write UUID= or LABEL= there: these names go with the emulated disk");
}

/* Images of dracut: an older kdump's is made when the service starts, of what is there.
 */
static int kdump_of_kernel(const struct check *c, const struct facts *f, size_t i,
			   struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];
	bool held = false;
	const char *lacks;

	if (fact_is_xen_kernel(k) || !k->kdump_image ||
	    k->kdump_image->kind != INITRD_KIND_DRACUT || ch->kind == CHOICE_NONE ||
	    !choice_is_module(ch, XENDRV_VBD))
		return 0;
	lacks = fact_image_lacks(ch, k->kdump_image, &held);
	if (!lacks)
		return 0;
	return finding_add(
		out, c, k->release, STATUS_WARN,
		strf("kdump's %s does not hold %s: a crash would find no disk", k->kdump,
		     lacks),
		strf("an image for crashes with the driver of disks"),
		strf("after the reboot: touch /etc/kdump.conf, and restart the "
		     "service kdump, which makes the image again"));
}

int check_layers(const struct check *c, const struct facts *f, struct findings *out)
{
	static int (*const parts[])(const struct check *, const struct facts *,
				    struct findings *) = { bus_names, lvm_filters,
							   lvm_devices, lvm_problems,
							   md_devices };
	int k = 0;

	for (size_t i = 0; k >= 0 && i < ELEMENTSOF(parts); i++)
		k = parts[i](c, f, out);
	return k < 0 ? k : check_each_selected(c, f, out, kdump_of_kernel);
}
