/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot-disk, device-names */
#include <string.h>

#include "checks/add.h"
#include "checks/layers.h"
#include "drivers/softdeps.h"
#include "guest/bootargs.h"

/* Split the known disks: those that stay emulated and those that may switch. */
static int split_disks(const struct facts *f, struct strv *stay, struct strv *go)
{
	const struct storage *s = f->g->storage;

	for (size_t i = 0; i < s->disks.n; i++)
		if (!naming_is_cdrom(f->g, s->disks.v[i]) &&
		    strv_add(fact_disk_stays(f->g, f->choices, s->disks.v[i]) ? stay : go,
			     s->disks.v[i]) < 0)
			return -ENOMEM;
	/* A disk whose file systems are named by label only stands in no list. */
	if (s->boot_disk && fact_disk_stays(f->g, f->choices, s->boot_disk) &&
	    !strv_has(stay, s->boot_disk) && strv_add(stay, s->boot_disk) < 0)
		return -ENOMEM;
	return 0;
}

/* A kernel of RHEL 5.3 or later with drivers of its own, for every one that is looked at.
 */
static bool can_switch_boot(const struct facts *f)
{
	const struct guest *g = f->g;
	bool any = false;

	for (size_t i = 0; i < g->kernels->n; i++) {
		const struct kernel *k = &g->kernels->v[i];

		if (!f->selected[i] || fact_is_xen_kernel(k))
			continue;
		if (!streq(g->gen->id, "rhel5") ||
		    generation_minor_of_kernel(g->gen, k->release) <
			    g->gen->inkernel_minor)
			return false;
		any = true;
	}
	return any;
}

/* --boot-disk=pv: GRUB reads the disk through the BIOS, then the kernel switches. */
static int boot_disk_asked(const struct check *c, const struct facts *f,
			   struct findings *out)
{
	const char *disk = f->g->storage->boot_disk;
	char *needed = strf("RHEL 5.3 or later, and a boot disk hda or hdb");

	if (!can_switch_boot(f))
		return finding_add(
			out, c, NULL, STATUS_FAIL,
			strf("a kernel here cannot leave its IDE disks to PV drivers"),
			needed,
			strf("leave --boot-disk=pv out, or the kernel with --kernel"));
	if (!bootargs_is_ide0(disk))
		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("the boot disk is %s", disk ?: "not known"),
				   needed, strf("leave --boot-disk=pv out"));
	if (naming_is_cdrom(f->g, streq(disk, "hda") ? "hdb" : "hda"))
		return finding_add(
			out, c, NULL, STATUS_WARN,
			strf("%s switches too: ide0=noprobe, which takes the CD-ROM "
			     "beside it away",
			     disk),
			needed, strf("on the host give the CD-ROM as hdc or hdd"));
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("%s switches too, under its name: ide0=noprobe", disk),
			   needed, NULL);
}

/* By the kernel, or by a module that may come too late for it. */
static int boot_disk_unplugged(const struct check *c, const struct facts *f,
			       struct findings *out)
{
	const struct kernel *k = NULL;
	const char *driver = softdeps_too_late(f->g, f->choices, &k);

	if (driver)
		return finding_add(
			out, c, k->release, STATUS_WARN,
			strf("%s stays emulated: %s is built into the kernel, and has it "
			     "before xen-platform-pci can unplug it",
			     f->g->storage->boot_disk ?: "the boot disk", driver),
			strf("a boot disk that the boot loader can read"),
			strf("on the host give the disks that are to switch as xvde or "
			     "later; NICs switch all the same"));
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("the kernel unplugs the emulated boot disk"),
			   strf("a boot disk that the boot loader can read"), NULL);
}

CHECK(check_boot_disk)
{
	const struct guest *g = f->g;
	const struct kernel *k;
	_cleanup_strv_ struct strv stay = { 0 };
	_cleanup_strv_ struct strv go = { 0 };
	_cleanup_free_ char *s = NULL;
	_cleanup_free_ char *t = NULL;
	char *needed;

	if (!g->gen)
		return finding_add(out, c, NULL, STATUS_SKIP,
				   strf("not known for this guest"), NULL, NULL);
	if (g->gen->unplug)
		return boot_disk_unplugged(c, f, out);
	if (f->boot_disk_pv)
		return boot_disk_asked(c, f, out);
	k = fact_foreign_boots(f);
	if (k)
		return finding_add(out, c, k->release, STATUS_UNKNOWN,
				   strf("whether this kernel leaves the disks emulated "
					"is not known"),
				   strf("a boot disk that the boot loader can read"),
				   strf("leave the disk of /boot as it is on the host"));
	if (g->storage->boot_disk && fact_disk_is_free(g, g->storage->boot_disk))
		return finding_add(out, c, NULL, STATUS_PASS,
				   strf("%s is read by GRUB through the BIOS, and by the "
					"kernel as a PV disk",
					g->storage->boot_disk),
				   strf("a boot disk that the boot loader can read"),
				   NULL);
	if (split_disks(f, &stay, &go) < 0)
		return -ENOMEM;
	s = strv_join(&stay, ", ");
	t = strv_join(&go, ", ");
	if (!s || !t)
		return -ENOMEM;
	needed = strf("the disk of the boot loader and /boot emulated, the others on PV");
	if (!stay.n || fact_boot_disk_unknown(g, f->choices))
		return finding_add(
			out, c, NULL, STATUS_WARN,
			strf("which disk holds /boot is not known (%s)",
			     g->storage->boot_spec ?: "no entry in fstab"),
			needed,
			strf("leave the disk of /boot, as a rule hda or sda, emulated: "
			     "the boot loader cannot read PV disks"));
	if (!go.n)
		return finding_add(
			out, c, NULL, STATUS_WARN,
			strf("%s stays emulated; no other disk is known to switch", s),
			needed,
			strf("for PV speed put everything but /boot on a second disk"));
	return finding_add(
		out, c, NULL, STATUS_WARN,
		strf("%s stays emulated (boot loader, /boot); %s can switch", s, t),
		needed, strf("on the host leave %s as it is", s));
}

static const struct rename *rename_of(const struct facts *f, const char *disk)
{
	for (size_t i = 0; i < f->n_renames; i++)
		if (streq(f->renames[i].from, disk))
			return &f->renames[i];
	return NULL;
}

/* The host calls it xvd… already. */
static bool is_pv_name(const char *disk)
{
	return startswith(disk, "xvd");
}

static int describe(const struct devref *r, struct strv *out)
{
	static const char *const where[] = {
		[DEVREF_FSTAB] = "",
		[DEVREF_BOOT_ROOT] = " (root=)",
		[DEVREF_BOOT_RESUME] = " (resume=)",
		[DEVREF_INITRD_ROOT] = " (the initrd's root)",
		[DEVREF_INITRD_RESUME] = " (the initrd's resume)",
		[DEVREF_OTHER] = "",
	};

	return strv_addf(out, "%s in %s:%zu%s", r->spec, r->file, r->line + 1,
			 where[r->where]);
}

/* A disk whose emulated driver is kept from it: PV under the name that it has. */
static bool keeps_name(const struct facts *f, const char *disk)
{
	if (f->boot_disk_pv && streq(f->g->gen ? f->g->gen->id : NULL, "rhel5"))
		return bootargs_is_ide0(disk);
	return fact_disk_is_free(f->g, disk);
}

/* What names a disk by the kernel's name. */
static int kernel_names(const struct check *c, const struct facts *f,
			struct findings *out)
{
	const struct storage *s = f->g->storage;
	_cleanup_strv_ struct strv broken = { 0 };
	_cleanup_strv_ struct strv renamed = { 0 };
	_cleanup_free_ char *b = NULL;
	_cleanup_free_ char *r = NULL;
	char *needed = strf("names that hold after the switch: LABEL=, UUID= or LVM");
	const char *example = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct devref *ref = &s->refs[i];

		if (!ref->disk || is_pv_name(ref->disk) ||
		    naming_is_cdrom(f->g, ref->disk) ||
		    fact_disk_stays(f->g, f->choices, ref->disk) ||
		    keeps_name(f, ref->disk))
			continue;
		if (!rename_of(f, ref->disk))
			example = ref->disk;
		if (describe(ref, rename_of(f, ref->disk) ? &renamed : &broken) < 0)
			return -ENOMEM;
	}
	b = strv_join(&broken, "; ");
	r = strv_join(&renamed, "; ");
	if (!b || !r)
		return -ENOMEM;
	if (broken.n && fact_foreign_boots(f))
		return finding_add(
			out, c, fact_foreign_boots(f)->release, STATUS_UNKNOWN,
			strf("%s", b), needed,
			strf("write LABEL= or UUID= there: what this kernel calls a PV "
			     "disk is not known"));
	if (broken.n)
		return finding_add(
			out, c, NULL, STATUS_WARN, strf("%s", b), needed,
			f->g->gen && f->g->gen->naming != NAMING_HOST
				? strf("say what the kernel will call the disk, such as "
				       "--rename %s=xvdb for the host's hdb, and these "
				       "follow",
				       example)
				: strf("say what the host will call the disk, such as "
				       "--rename %s=xvde, and these follow",
				       example));
	if (renamed.n)
		return finding_add(out, c, NULL, STATUS_PASS,
				   strf("will follow the new names: %s", r), needed,
				   NULL);
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("no file names a disk that will be renamed"), needed,
			   NULL);
}

/* root= and resume= of a loader that is not read: nobody sees, or edits, a name there. */
static int loader_names(const struct check *c, const struct facts *f,
			struct findings *out)
{
	_cleanup_free_ char *loader = NULL;

	if (!f->g->gen || bootcfg_is_read(f->g->boot) || !f->g->boot->unread)
		return 0;
	loader = fact_unread_loader(f->g);
	if (!loader)
		return -ENOMEM;
	return finding_add(
		out, c, NULL, STATUS_UNKNOWN,
		strf("%s: which disks it names is not known", loader),
		strf("names that hold after the switch: LABEL=, UUID= or LVM"),
		strf("see what root= and resume= are there: the name of a disk "
		     "that switches has to be changed by hand"));
}

CHECK(check_device_names)
{
	int k = kernel_names(c, f, out);

	if (k >= 0)
		k = loader_names(c, f, out);
	return k < 0 ? k : check_layers(c, f, out);
}
