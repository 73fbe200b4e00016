/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <limits.h>
#include <string.h>

#include "guest/blockname.h"
#include "host/judge.h"
#include "lib/digest.h"

/* PV disks that any of our guests can have: RHEL 3 to 5 have 16. */
#define LAST_FREE 'p'

/* How many of them today's hosts emulate as well [libxl, libxl_dm.c]. */
#define IDE_DISKS  4
#define AHCI_DISKS 6

void changes_done(struct changes *c, const struct domain *d)
{
	for (size_t i = 0; c->disks && i < d->n_disks; i++)
		free(c->disks[i].to);
	for (size_t i = 0; c->nics && i < d->n_nics; i++)
		free(c->nics[i].mac);
	free(c->disks);
	free(c->nics);
	strv_done(&c->notes);
	*c = (struct changes){ 0 };
}

static const struct vdisk *disk_of(const struct domain *d, const char *name)
{
	for (size_t i = 0; i < d->n_disks; i++)
		if (streq(d->disks[i].name, name))
			return &d->disks[i];
	return NULL;
}

/* "hdb", not "hdb1" and not "d1p2": what begins with the prefix, and one letter or two.
 */
static bool is_whole(const char *name, const char *prefix)
{
	const char *letters = name + strlen(prefix);
	size_t n;

	if (!startswith(name, prefix))
		return false;
	n = strspn(letters, "abcdefghijklmnopqrstuvwxyz");
	return (n == 1 || n == 2) && !letters[n];
}

/* The number of a whole disk from its letters, which count as xl has them [libxl,
 * libxl_device.c]: a 0, z 25, aa 26. */
static unsigned int unit_of(const char *name)
{
	const char *letters = name + (startswith(name, "xvd") ? 3 : 2);
	unsigned int unit = 0;

	blockname_unit(letters, strlen(letters), &unit);
	return unit;
}

static bool is_ahci(const struct domain *d, const struct judge_facts *f)
{
	return d->ahci && !f->xend;
}

/* So many disks are on the controller that xvda and hda are on. */
static unsigned int n_doubled(const struct domain *d, const struct judge_facts *f)
{
	return is_ahci(d, f) ? AHCI_DISKS : IDE_DISKS;
}

/* Emulated as well as PV, by the device models of today. */
static bool is_doubled(const char *name, const struct domain *d,
		       const struct judge_facts *f)
{
	return !f->xend && is_whole(name, "xvd") && unit_of(name) < n_doubled(d, f);
}

static bool is_emulated(const char *name, const struct domain *d,
			const struct judge_facts *f)
{
	return is_whole(name, "hd") || is_whole(name, "sd") || is_doubled(name, d, f);
}

/* The place in which the BIOS finds a disk: what the file says, then IDE, then SCSI. On
 * IDE hda and xvda have one place [libxl, libxl_dm.c]. */
static unsigned int bios_place(const struct domain *d, const struct vdisk *v,
			       const struct judge_facts *f)
{
	if (v->cdrom || !is_emulated(v->name, d, f))
		return UINT_MAX;
	if (v->order)
		return v->order;
	return (v->name[0] == 's' ? 2u : 1u) * 100000 + unit_of(v->name);
}

static const struct vdisk *boot_disk(const struct domain *d, const struct judge_facts *f)
{
	const struct vdisk *best = NULL;

	for (size_t i = 0; i < d->n_disks; i++)
		if (bios_place(d, &d->disks[i], f) <
		    (best ? bios_place(d, best, f) : UINT_MAX))
			best = &d->disks[i];
	return best;
}

static const struct rename *rename_of(const struct judge_facts *f, const char *name)
{
	for (size_t i = 0; i < f->n_renames; i++)
		if (streq(f->renames[i].from, name))
			return &f->renames[i];
	return NULL;
}

static bool is_taken(const struct domain *d, const struct changes *c,
		     const struct judge_facts *f, const char *name)
{
	for (size_t i = 0; i < d->n_disks; i++)
		if (streq(d->disks[i].name, name) || streq(c->disks[i].to, name))
			return true;
	for (size_t i = 0; i < f->n_renames; i++)
		if (streq(f->renames[i].to, name))
			return true;
	return false;
}

/* A new name: what was asked for, else the next that is free. 0, -ENOMEM, or -ENOSPC. */
static int new_name(const struct domain *d, struct changes *c, size_t i,
		    const struct judge_facts *f)
{
	const struct rename *r = rename_of(f, d->disks[i].name);
	char name[] = "xvdX";

	name[3] = (char)('a' + n_doubled(d, f));
	for (; !r && is_taken(d, c, f, name); name[3]++)
		if (name[3] == LAST_FREE)
			return -ENOSPC;
	c->disks[i].to = strdup(r ? r->to : name);
	return c->disks[i].to ? 0 : -ENOMEM;
}

/* Why a disk stays what it is; NULL: it switches. */
static const char *why_left(const struct domain *d, const struct vdisk *v,
			    const struct judge_facts *f)
{
	if (v->cdrom)
		return "CD-ROMs and floppies stay emulated";
	if (strv_has(f->keep, v->name))
		return "to be kept, as asked";
	if (is_whole(v->name, "xvd") && !is_doubled(v->name, d, f))
		return "PV alone already";
	if (!is_emulated(v->name, d, f))
		return "not the name of a whole disk";
	if (v == boot_disk(d, f))
		return "the boot disk: GRUB cannot read a PV one";
	return NULL;
}

static int judge_disk(const struct domain *d, size_t i, const struct judge_facts *f,
		      struct changes *c)
{
	const struct vdisk *v = &d->disks[i];
	int k;

	c->disks[i].why = why_left(d, v, f);
	if (c->disks[i].why) {
		/* Only the boot disk is left and doubled. */
		if (is_doubled(v->name, d, f) && !v->cdrom && !is_ahci(d, f))
			return strv_addf(&c->notes,
					 "%s is emulated as hd%c as well, and the guest "
					 "sees one disk twice: call it hd%c here, and in "
					 "the guest",
					 v->name, v->name[3], v->name[3]);
		return 0;
	}
	k = new_name(d, c, i, f);
	if (k == -ENOSPC) {
		c->disks[i].why = "no name up to xvdp is free";
		return 0;
	}
	c->disks[i].why = is_doubled(v->name, d, f) ? "emulated as well under this name"
						    : "a PV disk, no more emulated";
	c->n++;
	return k;
}

static bool mac_is_free(const struct domain *d, const struct changes *c, const char *mac)
{
	for (size_t i = 0; i < d->n_nics; i++)
		if (streq(d->nics[i].mac, mac) || streq(c->nics[i].mac, mac))
			return false;
	return true;
}

/* An address of Xen's own range that follows from the guest and the NIC, so that a dry
 * run tells what --write will do. */
static int new_mac(const struct domain *d, size_t i, struct changes *c)
{
	for (unsigned int attempt = 0;; attempt++) {
		_cleanup_free_ char *seed = strf("%s/%zu/%u", d->uuid ?: d->name ?: "", i,
						 attempt);
		_cleanup_free_ char *mac = NULL;
		char hex[DIGEST_HEX];

		if (!seed)
			return -ENOMEM;
		digest_buf(seed, strlen(seed), hex);
		/* 00:16:3e:00 to :7f are for local use. */
		hex[0] = (char)('0' + hex[0] % 8);
		mac = strf("00:16:3e:%.2s:%.2s:%.2s", hex, hex + 2, hex + 4);
		if (!mac)
			return -ENOMEM;
		if (mac_is_free(d, c, mac)) {
			c->nics[i].mac = TAKE_PTR(mac);
			return 0;
		}
	}
}

static bool has_earlier_mac(const struct domain *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (streq(d->nics[k].mac, d->nics[i].mac))
			return true;
	return false;
}

static int judge_nic(const struct domain *d, size_t i, const struct judge_facts *f,
		     struct changes *c)
{
	const struct vnic *v = &d->nics[i];
	struct nic_change *n = &c->nics[i];
	bool unplugs = f->guest && f->guest->unplug;
	bool plain = f->xend && f->types && !v->type && !v->model;

	n->pv = !unplugs && !plain && !vnic_is_pv(v);
	n->why = n->pv	   ? "a PV card alone, no emulated one beside it"
		 : unplugs ? "the guest's kernel unplugs the emulated card"
			   : "PV alone already";
	if (!v->mac || has_earlier_mac(d, i)) {
		n->why = n->pv	  ? "a PV card alone, with an address of its own"
			 : v->mac ? "another has the same address"
				  : "an address that stays from start to start";
		if (new_mac(d, i, c) < 0)
			return -ENOMEM;
	}
	c->n += n->pv || n->mac;
	return 0;
}

/* Why a disk cannot be given that name; NULL: it can, or has it already. */
static const char *why_refused(const struct domain *d, const struct rename *r,
			       const struct judge_facts *f)
{
	const struct vdisk *v = disk_of(d, r->from);
	bool taken = disk_of(d, r->to) != NULL;

	if (is_doubled(r->to, d, f))
		return is_ahci(d, f)
			       ? "with hdtype=\"ahci\" hosts of today emulate xvda to "
				 "xvdf as well: xvdg or later"
			       : "hosts of today emulate xvda to xvdd as well: xvde or "
				 "later (--host=5.1 says that it is RHEL 5)";
	if (!v)
		return taken ? NULL : "the guest has no such disk";
	if (taken)
		return "the guest has a disk of that name";
	return is_whole(r->to, "xvd") ? why_left(d, v, f) : "no PV disk is called that";
}

static int check_wishes(const struct domain *d, const struct judge_facts *f,
			struct err *e)
{
	for (size_t i = 0; i < f->keep->n; i++)
		if (!disk_of(d, f->keep->v[i]))
			return err_set(e, EINVAL, "--keep %s: the guest has no such disk",
				       f->keep->v[i]);
	for (size_t i = 0; i < f->n_renames; i++) {
		const struct rename *r = &f->renames[i];
		const char *why = why_refused(d, r, f);

		if (why)
			return err_set(e, EINVAL, "--rename %s=%s: %s", r->from, r->to,
				       why);
	}
	return 0;
}

/* What the guest must be told, and when. */
static int add_notes(const struct domain *d, const struct judge_facts *f,
		     struct changes *c)
{
	_cleanup_strv_ struct strv renames = { 0 };
	_cleanup_free_ char *list = NULL;

	for (size_t i = 0; i < d->n_disks; i++)
		if (c->disks[i].to && strv_addf(&renames, "--rename %s=%s",
						d->disks[i].name, c->disks[i].to) < 0)
			return -ENOMEM;
	list = strv_join(&renames, " ");
	if (!list || (renames.n && strv_addf(&c->notes,
					     "in the guest, before it starts with this: "
					     "xenpv-install %s, or labels in fstab",
					     list) < 0))
		return -ENOMEM;
	/* No IDE driver keeps hda's number from the PV drivers then [facts.md, Seen on
	 * real RHEL 5.3 and 5.7 kernels: ide0=noprobe]. */
	if (is_ahci(d, f) &&
	    strv_add(&c->notes,
		     "hdtype=\"ahci\": the guest calls hda and the like SCSI disks, as "
		     "sda, also for its --rename; its PV drivers can take one that stays "
		     "a second time, as hda: without hdtype they cannot") < 0)
		return -ENOMEM;
	return c->n ? strv_add(&c->notes, "then shut the guest down and start it: a "
					  "reboot keeps the old configuration")
		    : 0;
}

static int judge_all(const struct domain *d, const struct judge_facts *f,
		     struct changes *c)
{
	const char *none = d->kind != DOMAIN_HVM ? "the guest has no emulated devices"
			   : f->guest && f->guest->unplug
				   ? "the guest's kernel unplugs the emulated disk"
				   : NULL;
	int k = 0;

	for (size_t i = 0; k >= 0 && i < d->n_disks; i++) {
		c->disks[i].why = none;
		if (!none)
			k = judge_disk(d, i, f, c);
	}
	for (size_t i = 0; k >= 0 && i < d->n_nics; i++) {
		c->nics[i].why = none;
		if (d->kind == DOMAIN_HVM)
			k = judge_nic(d, i, f, c);
	}
	c->platform = d->kind == DOMAIN_HVM && d->platform == 0;
	c->n += c->platform;
	return k < 0 ? k : add_notes(d, f, c);
}

int judge(const struct domain *d, const struct judge_facts *f, struct changes *ret,
	  struct err *e)
{
	struct changes c = { .nic_type = f->xend && f->types ? NULL : "vif" };
	int k = check_wishes(d, f, e);

	if (k < 0)
		return k;
	c.disks = calloc(d->n_disks + 1, sizeof(*c.disks));
	c.nics = calloc(d->n_nics + 1, sizeof(*c.nics));
	if (!c.disks || !c.nics || judge_all(d, f, &c) < 0) {
		changes_done(&c, d);
		return err_nomem(e);
	}
	*ret = c;
	return 0;
}

static bool disk_is_made(const struct vdisk *a, const char *to, const struct vdisk *b)
{
	return streq(to ?: a->name, b->name) && streq(a->backend, b->backend) &&
	       streq(a->target, b->target) && a->cdrom == b->cdrom &&
	       a->order == b->order;
}

static bool nic_is_made(const struct vnic *a, const struct nic_change *n,
			const char *type, const struct vnic *b)
{
	return streq(n->mac ?: a->mac, b->mac) &&
	       streq(n->pv ? type : a->type, b->type) &&
	       streq(n->pv ? NULL : a->model, b->model) && streq(a->source, b->source) &&
	       streq(a->rest, b->rest);
}

bool changes_are_made(const struct changes *c, const struct domain *before,
		      const struct domain *after)
{
	if (before->kind != after->kind || !streq(before->name, after->name) ||
	    !streq(before->uuid, after->uuid) || !streq(before->os, after->os) ||
	    before->ahci != after->ahci || before->n_disks != after->n_disks ||
	    before->n_nics != after->n_nics ||
	    after->platform != (c->platform ? 1 : before->platform))
		return false;
	for (size_t i = 0; i < before->n_disks; i++)
		if (!disk_is_made(&before->disks[i], c->disks[i].to, &after->disks[i]))
			return false;
	for (size_t i = 0; i < before->n_nics; i++)
		if (!nic_is_made(&before->nics[i], &c->nics[i], c->nic_type,
				 &after->nics[i]))
			return false;
	return true;
}
