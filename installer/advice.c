/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest cannot do for itself: the lines for the host's administrator, and for
 * who stands before a guest that does not boot.
 */
#include <string.h>

#include "drivers/softdeps.h"
#include "guest/bootargs.h"
#include "guest/emulated.h"
#include "installer/plan.h"

static int host_line(struct planning *p, struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int host_line(struct planning *p, struct err *e, const char *fmt, ...)
{
	_cleanup_free_ char *line = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&line, fmt, ap) < 0)
		line = NULL;
	va_end(ap);
	if (!line || strv_add(&p->plan->host, line) < 0)
		return err_nomem(e);
	return 0;
}

static const char *mac_of(const struct devices *d, const char *name)
{
	for (size_t i = 0; d && i < d->n; i++)
		if (d->v[i].kind == DEV_NIC && streq(d->v[i].name, name))
			return d->v[i].mac;
	return NULL;
}

/* The interfaces that are emulated today: by alias and devices, or on their way to
 * xen-vnif. */
static int advise_nics(struct planning *p, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *list = NULL;
	int k = plan_emulated_nics(p->g, &names, e);

	if (k < 0)
		return k;
	for (size_t i = 0; i < names.n; i++) {
		const char *mac = mac_of(p->g->devices, names.v[i]);
		char *one = mac ? strf("%s (%s)", names.v[i], mac) : strdup(names.v[i]);

		if (!one)
			return err_nomem(e);
		free(names.v[i]);
		names.v[i] = one;
	}
	list = strv_join(&names, ", ");
	if (!list)
		return err_nomem(e);
	return host_line(p, e,
			 "vif: take type=ioemu and model=... out%s%s, and keep mac=, or "
			 "the guest sees "
			 "each card twice",
			 names.n ? ", for " : "", list);
}

static const char *renamed_to(const struct planning *p, const char *disk)
{
	for (size_t i = 0; i < p->n_renames; i++)
		if (streq(p->renames[i].from, disk))
			return p->renames[i].to;
	return NULL;
}

/* The disk that an earlier install has renamed so, and that the host does not give so
 * yet: 1 and *ret (the caller frees), 0, -ENOMEM. */
static int renamed_from(const struct planning *p, const char *disk, char **ret)
{
	_cleanup_free_ char *from = NULL;
	int k;

	if (p->g->live && p->g->devices && devices_find(p->g->devices, DEV_DISK, disk))
		return 0;
	k = naming_recorded_from(p->g->inventory, disk, &from);
	if (k <= 0 || renamed_to(p, from))
		return k < 0 ? k : 0;
	*ret = TAKE_PTR(from);
	return 1;
}

/* xvda to xvdd: emulated as hda to hdd as well. */
static bool is_doubled(const char *disk)
{
	return startswith(disk, "xvd") && disk[3] >= 'a' && disk[3] <= 'd' && !disk[4];
}

static int advise_disk(struct planning *p, const char *disk, struct err *e)
{
	const char *to = renamed_to(p, disk);
	_cleanup_free_ char *from = NULL;
	const char *name = to ?: disk;

	if (renamed_from(p, disk, &from) < 0)
		return err_nomem(e);
	if (is_doubled(name))
		return host_line(p, e,
				 "disk: %s%s%s: current hosts emulate xvda to xvdd as "
				 "hda to hdd as "
				 "well, and the guest sees one disk twice: call it xvde "
				 "or later, and say so with --rename",
				 disk, to ? " becomes " : "", to ?: "");
	if (to)
		return host_line(p, e, "disk: give the guest %s as %s", disk, to);
	if (from)
		return host_line(p, e, "disk: give the guest %s as %s", from, disk);
	if (startswith(disk, "xvd"))
		return 0;
	return host_line(
		p, e,
		"disk: %s stays emulated until the host gives it as xvde or later (and "
		"--rename %s=xvde, or a label, tells the guest)",
		disk, disk);
}

/* ide0=noprobe, set or to be set: hda and hdb are PV as they are. */
static bool is_free(const struct planning *p, const char *disk)
{
	return p->boot_disk_pv ? bootargs_is_ide0(disk) : fact_disk_is_free(p->g, disk);
}

/* Nobody knows what boots, and this disk is one of those that the BIOS tries first;
 * unless a person has given it a name. */
static bool may_boot(const struct planning *p, const char *disk)
{
	return !renamed_to(p, disk) && fact_disk_may_boot(p->g, p->choices, disk);
}

/* Left as it is, for one reason or another. */
static bool stays(const struct planning *p, const char *disk)
{
	const struct storage *s = p->g->storage;

	return is_free(p, disk) || streq(disk, s->boot_disk) ||
	       streq(disk, s->mbr_disk) || may_boot(p, disk);
}

static const char *held_by(const struct planning *p, const char *disk)
{
	if (may_boot(p, disk))
		return "may hold /boot";
	return streq(disk, p->g->storage->boot_disk) ? "holds /boot"
						     : "holds the boot loader";
}

/* A disk that a running guest has from elsewhere is none of the host's configuration. */
static bool is_from_elsewhere(const struct guest *g, const char *disk)
{
	const struct device *d = g->live && g->devices
					 ? devices_find(g->devices, DEV_DISK, disk)
					 : NULL;

	return d && device_is_foreign(d);
}

static int advise_disks(struct planning *p, struct err *e)
{
	const struct storage *s = p->g->storage;
	int k = 0;

	if (!s)
		return 0;
	for (size_t i = 0; k >= 0 && i < s->disks.n; i++) {
		const char *disk = s->disks.v[i];

		if (naming_is_cdrom(p->g, disk) || is_from_elsewhere(p->g, disk))
			continue;
		if (is_free(p, disk)) {
			k = host_line(p, e, "disk: leave %s as it is", disk);
			continue;
		}
		if (stays(p, disk))
			k = host_line(p, e,
				      "disk: leave %s as it is: it %s, which %s cannot "
				      "read from a PV disk",
				      disk, held_by(p, disk),
				      p->g->boot->unread ? p->g->boot->unread->name
							 : "GRUB");
		else
			k = advise_disk(p, disk, e);
	}
	return k;
}

/*
 * A disk of that name is what the guest's files want, and the host may give it no other:
 * 1, 0, -ENOMEM. One that a running guest does not have is none of the host's.
 */
static int is_kept(const struct planning *p, const char *disk)
{
	const struct guest *g = p->g;
	_cleanup_free_ char *from = NULL;
	int k;

	if (naming_is_cdrom(g, disk) || is_from_elsewhere(g, disk))
		return 0;
	if (stays(p, disk))
		return 1;
	if (renamed_to(p, disk) || (startswith(disk, "xvd") && !is_doubled(disk)) ||
	    (g->live && g->devices && !devices_find(g->devices, DEV_DISK, disk)))
		return 0;
	k = renamed_from(p, disk, &from);
	return k < 0 ? k : !k;
}

static int add_option(struct strv *words, const char *option, const char *value)
{
	int k = strv_add(words, option);

	return k < 0 ? k : strv_add(words, value);
}

static int add_rename(struct strv *words, const char *from, const char *to)
{
	_cleanup_free_ char *value = strf("%s=%s", from, to);

	return value ? add_option(words, "--rename", value) : -ENOMEM;
}

static int add_disks(const struct planning *p, struct strv *words)
{
	const struct storage *s = p->g->storage;
	int k = 0;

	for (size_t i = 0; k >= 0 && s && i < s->disks.n; i++) {
		k = is_kept(p, s->disks.v[i]);
		if (k > 0)
			k = add_option(words, "--keep", s->disks.v[i]);
	}
	for (size_t i = 0; k >= 0 && i < p->n_renames; i++)
		k = add_rename(words, p->renames[i].from, p->renames[i].to);
	for (size_t i = 0; k >= 0 && s && i < s->disks.n; i++) {
		_cleanup_free_ char *from = NULL;

		k = renamed_from(p, s->disks.v[i], &from);
		if (k > 0)
			k = add_rename(words, from, s->disks.v[i]);
	}
	return k;
}

/* The command for the host, as words. The disks of a guest that unplugs stay as they are
 * there. */
static int make_command(struct planning *p, struct err *e)
{
	struct strv *words = &p->plan->host_command;
	int k = strv_add(words, "xenpv-host");

	if (k >= 0)
		k = add_option(words, "--guest", p->g->gen->id);
	if (k >= 0 && !p->g->gen->unplug)
		k = add_disks(p, words);
	return k < 0 ? err_nomem(e) : 0;
}

static int advise_command(struct planning *p, struct err *e)
{
	_cleanup_free_ char *list = strv_join(&p->plan->host_command, " ");

	if (!list)
		return err_nomem(e);
	return host_line(p, e,
			 "the command for it: %s --write /etc/xen/NAME.cfg, or the "
			 "domain's XML of libvirt",
			 list);
}

/* The entry that boots an image: the default one, else the first. */
static const struct boot_entry *entry_of(const struct bootcfg *b, const char *initrd)
{
	const struct boot_entry *found = NULL;

	for (size_t i = 0; b && i < b->n; i++) {
		const struct boot_entry *x = &b->entries[i];

		if (!streq(x->initrd, initrd) || !x->grub_initrd || !x->kernel)
			continue;
		if (x->is_default)
			return x;
		if (!found)
			found = x;
	}
	return found;
}

/*
 * A guest path as GRUB has it: "/boot/x" is "/x" where /boot is a file system of its own,
 * as the entry's own initrd shows.
 */
static const char *grub_path(const struct boot_entry *b, const char *path)
{
	size_t guest = strlen(b->initrd);
	size_t grub = strlen(b->grub_initrd);

	if (guest > grub && endswith(b->initrd, b->grub_initrd) &&
	    strncmp(path, b->initrd, guest - grub) == 0)
		return path + (guest - grub);
	return path;
}

static int rescue_lines(struct planning *p, const struct op *op, struct err *e)
{
	const struct boot_entry *b = entry_of(p->g->boot, op->path);
	struct strv *out = &p->plan->rescue;

	if (!b)
		return 0;
	/* The arguments as they are today: the kept image knows the old names. */
	if ((b->grub_device && strv_addf(out, "root %s", b->grub_device) < 0) ||
	    strv_addf(out, "%s %s %s",
		      p->g->boot->loader == BOOT_GRUB_LEGACY ? "kernel" : "linux",
		      grub_path(b, b->kernel), b->args ?: "") < 0 ||
	    strv_addf(out, "initrd %s", grub_path(b, op->keep)) < 0 ||
	    strv_add(out, "boot") < 0)
		return err_nomem(e);
	return 0;
}

static bool is_default_image(const struct planning *p, const struct op *op)
{
	const struct boot_entry *b = entry_of(p->g->boot, op->path);

	return b && b->is_default;
}

/* The default entry's image first: four lines an image. */
static int advise_rescue(struct planning *p, struct err *e)
{
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < p->plan->n; i++) {
			const struct op *op = &p->plan->v[i];
			int k;

			if (!op->boot || !op->keep ||
			    is_default_image(p, op) != (pass == 0))
				continue;
			k = rescue_lines(p, op, e);
			if (k < 0)
				return k;
		}
	}
	return 0;
}

/* A module unplugs, and comes too late for the disks. */
static int advise_late(struct planning *p, struct err *e)
{
	int k = host_line(p, e,
			  "disk: %s stays emulated, by %s of the guest's kernel; give "
			  "others that are to switch as xvde or later",
			  p->g->storage && p->g->storage->boot_disk
				  ? p->g->storage->boot_disk
				  : "the boot disk",
			  softdeps_too_late(p->g, p->choices, NULL));

	return k < 0 ? k
		     : host_line(p, e,
				 "vif: nothing: the emulated cards are unplugged at the "
				 "next boot; shut the guest down and start it");
}

/* A boot loader that has to be told of the new image. */
static int advise_loader(struct planning *p, struct err *e)
{
	const struct unread_loader *u = p->g->boot->unread;
	bool image = false;

	for (size_t i = 0; i < p->plan->n; i++)
		image = image || (p->plan->v[i].boot && p->plan->v[i].keep);
	if (!u || !u->again || !image)
		return 0;
	return strv_addf(
		       &p->plan->notes,
		       "run %s in the guest now, and again after an uninstall: %s boots "
		       "the blocks of an image, not the file",
		       u->again, u->name) < 0
		       ? err_nomem(e)
		       : 0;
}

int plan_advice(struct planning *p, struct err *e)
{
	int k = advise_loader(p, e);

	if (k >= 0)
		k = make_command(p, e);
	if (k < 0)
		return k;
	if (softdeps_too_late(p->g, p->choices, NULL)) {
		k = advise_late(p, e);
		return k < 0 ? k : advise_rescue(p, e);
	}
	if (p->g->gen->unplug) {
		k = host_line(p, e,
			      "nothing: the guest's kernel unplugs the emulated devices "
			      "at its next boot; reboot it");
		return k < 0 ? k : advise_rescue(p, e);
	}
	k = advise_nics(p, e);
	if (k >= 0)
		k = advise_disks(p, e);
	if (k >= 0)
		k = advise_command(p, e);
	if (k >= 0)
		k = host_line(p, e,
			      "then shut the guest down and start it again: a reboot "
			      "keeps the old "
			      "configuration");
	return k < 0 ? k : advise_rescue(p, e);
}
