/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before and after, matched: NICs by MAC; disks by file-system identity, then
 * partition table, then size and position. One that is matched by an emulated
 * and by a PV device at once is there twice.
 */
#include <string.h>

#include "checks/add.h"
#include "checks/cause.h"
#include "checks/devlog.h"
#include "checks/identity.h"
#include "guest/emulated.h"

/* Every device of today that is the given one; *id_text says by what. */
struct match {
	const struct device *pv;
	const struct device *emulated;
	const struct device *other; /* none of Xen's */
	char *id_text;
};

/* What is none of Xen's is never renamed by the switch, nor known by its place alone. */
static bool may_be_placed(const struct device *before, const struct device *now)
{
	if (!device_is_foreign(before) && !device_is_foreign(now))
		return true;
	return streq(before->name, now->name) && before->size &&
	       before->size == now->size;
}

/* By what a device of today is the one of before, for a person; *ret is NULL where it is
 * another. */
static int match_text(const struct inventory *inv, const struct device *before,
		      const struct device *now, char **ret)
{
	const char *what = NULL;
	enum identity id;

	*ret = NULL;
	if (now->kind != before->kind)
		return 0;
	if (now->kind == DEV_NIC) {
		const char *by = before->mac ? "MAC" : "name";

		what = before->mac ?: before->name;
		if (!streq(what, before->mac ? now->mac : now->name))
			return 0;
		*ret = strf("%s %s", by, what);
		return *ret ? 0 : -ENOMEM;
	}
	id = disk_identity(inv, before, now, &what);
	if (id == ID_NONE || (id == ID_PLACE && !may_be_placed(before, now)))
		return 0;
	*ret = identity_text(id, what);
	return *ret ? 0 : -ENOMEM;
}

/* One that is none of Xen's may have a row of its own. */
static void take(struct match *m, const struct device *d, bool named, bool *used)
{
	if (device_is_foreign(d)) {
		m->other = m->other && !named ? m->other : d;
		return;
	}
	*used = true;
	if (d->pv)
		m->pv = m->pv ?: d;
	else
		m->emulated = m->emulated ?: d;
}

/* Those of the given size, or of the first one's where 0 is given; of no size at all. */
static int match_sized(const struct inventory *inv, const struct device *before,
		       const struct devices *now, uint64_t size, bool *used,
		       struct match *m)
{
	for (size_t i = 0; i < now->n; i++) {
		const struct device *d = &now->v[i];
		char *text;

		if (size && d->size && d->size != size)
			continue;
		if (match_text(inv, before, d, &text) < 0)
			return -ENOMEM;
		if (!text)
			continue;
		size = size ?: d->size;
		take(m, d, streq(d->name, before->name), &used[i]);
		free(m->id_text);
		m->id_text = text;
	}
	return 0;
}

/* A copy of a disk is not that disk: it has its size, unless it was resized since. */
static int match_one(const struct inventory *inv, const struct device *before,
		     const struct devices *now, bool *used, struct match *m)
{
	if (match_sized(inv, before, now, before->size, used, m) < 0)
		return -ENOMEM;
	return m->id_text ? 0 : match_sized(inv, before, now, 0, used, m);
}

/* "/data from hdb1; /data from xvdb1": what is mounted from which. */
static int mounts_of(const struct device *d, struct strv *out)
{
	for (size_t i = 0; d && i < d->n_fs; i++)
		for (size_t j = 0; j < d->fs[i].mounts.n; j++)
			if (strv_addf(out, "%s is mounted from %s", d->fs[i].mounts.v[j],
				      d->fs[i].name) < 0)
				return -ENOMEM;
	return 0;
}

static bool must_stay(const struct guest *g, const struct choices *cs,
		      const struct device *d)
{
	if (d->kind != DEV_DISK || fact_disks_unplug(g, cs))
		return false;
	if (g->inventory && strv_has(&g->inventory->boot_disks, d->name))
		return !fact_disk_is_free(g, d->name);
	return fact_disk_stays(g, cs, d->name);
}

/* What did not switch says why, where that is known. */
static int fill_cause(const struct guest *g, const struct device *d, struct devrow *r)
{
	if (r->state != DEVSTATE_EMULATED && r->state != DEVSTATE_MISSING)
		return 0;
	r->cause = cause_of(g, d, d->kind);
	if (r->cause == CAUSE_NONE)
		return 0;
	r->detail = cause_text(g, r->cause, d->kind);
	return r->detail ? 0 : -ENOMEM;
}

/* Of one that is there twice: what a disk is used for, and the argument that keeps it. */
static int fill_twice(const struct guest *g, enum dev_kind kind, struct strv *mounts,
		      struct devrow *r)
{
	if (kind == DEV_DISK && !mounts->n && strv_add(mounts, "nothing is mounted") < 0)
		return -ENOMEM;
	if (cause_argument(g, kind)) {
		_cleanup_free_ char *why = cause_text(g, CAUSE_ARGUMENT, kind);

		if (!why || strv_add(mounts, why) < 0)
			return -ENOMEM;
		r->cause = CAUSE_ARGUMENT;
	}
	r->detail = mounts->n ? strv_join(mounts, "; ") : NULL;
	return r->detail || !mounts->n ? 0 : -ENOMEM;
}

static int fill_today(struct devrow *r, const struct device *d, const struct device *too)
{
	r->after = strf("%s%s%s", d->name, too ? ", " : "", too ? too->name : "");
	r->driver = strf("%s%s%s", d->driver ?: "none", too ? ", " : "",
			 too ? too->driver ?: "none" : "");
	return r->after && r->driver ? 0 : -ENOMEM;
}

/* What is the same data as the PV device that was matched; a NIC is for its MAC alone,
 * and a bond gives its own to all that are in it. */
static const struct device *twin(const struct inventory *inv, const struct match *m)
{
	const char *what;

	if (!m->pv || m->emulated || !m->other || m->pv->kind == DEV_NIC)
		return m->pv ? m->emulated : NULL;
	return disk_identity(inv, m->pv, m->other, &what) == ID_NONE ? NULL : m->other;
}

static int fill_other(struct devrow *r, const struct device *d)
{
	bool on_pci = d->pci && !streq(d->pci, "none");

	r->state = DEVSTATE_OTHER;
	r->foreign = true;
	r->detail = on_pci ? strf("none of Xen's: PCI device %.*s",
				  (int)strcspn(d->pci, "/"), d->pci)
			   : strf("none of Xen's");
	return r->detail ? fill_today(r, d, NULL) : -ENOMEM;
}

static int fill_missing(const struct guest *g, const struct device *before,
			struct devrow *r)
{
	r->state = DEVSTATE_MISSING;
	/* The drivers that a tree's files name may not be those that it ran with. */
	r->foreign = g->inventory && g->inventory->live && device_is_foreign(before);
	if (!r->foreign)
		return fill_cause(g, before, r);
	r->detail = strf("it was none of Xen's");
	return r->detail ? 0 : -ENOMEM;
}

static int fill_state(const struct guest *g, const struct choices *cs,
		      const struct device *before, const struct match *m,
		      struct devrow *r)
{
	const struct device *too = twin(g->inventory, m);
	const struct device *d = m->pv ?: m->emulated;
	_cleanup_strv_ struct strv mounts = { 0 };

	if (too) {
		r->state = DEVSTATE_TWICE;
		r->foreign = too == m->other;
		if (mounts_of(too, &mounts) < 0 || mounts_of(m->pv, &mounts) < 0 ||
		    fill_today(r, too, m->pv) < 0)
			return -ENOMEM;
		return fill_twice(g, before->kind, &mounts, r);
	}
	if (m->other && (!d || device_is_foreign(before)))
		return fill_other(r, m->other);
	if (!d)
		return fill_missing(g, before, r);
	r->state = m->pv		      ? DEVSTATE_PV
		   : must_stay(g, cs, before) ? DEVSTATE_EXPECTED_EMULATED
					      : DEVSTATE_EMULATED;
	if (r->state == DEVSTATE_EXPECTED_EMULATED) {
		r->detail = strf("holds /boot or the boot loader");
		if (!r->detail)
			return -ENOMEM;
	}
	return fill_today(r, d, NULL) < 0 ? -ENOMEM : fill_cause(g, d, r);
}

static struct devrow *row_new(struct devrows *rows, enum dev_kind kind)
{
	if (vec_grow(&rows->v, rows->n, sizeof(*rows->v)) < 0)
		return NULL;
	rows->v[rows->n].kind = kind;
	return &rows->v[rows->n++];
}

static int add_row(const struct guest *g, const struct choices *cs,
		   const struct device *before, bool is_new, const struct devices *now,
		   bool *used, struct devrows *rows)
{
	struct match m = { 0 };
	struct devrow *r = row_new(rows, before->kind);
	int k;

	if (!r)
		return -ENOMEM;
	k = match_one(g->inventory, before, now, used, &m);
	if (k >= 0)
		k = fill_state(g, cs, before, &m, r);
	if (m.other && r->foreign)
		used[m.other - now->v] = true;
	r->identity = m.id_text ?: strf("name %s", before->name);
	if (k < 0)
		return k;
	if (!is_new) {
		r->before = strdup(before->name);
		return r->before ? 0 : -ENOMEM;
	}
	/* Came since: nothing says that it ought to be PV, but twice is always wrong. */
	if (r->state != DEVSTATE_TWICE)
		r->state = DEVSTATE_NEW;
	return 0;
}

static bool counts(const struct device *d)
{
	return !(d->kind == DEV_DISK && d->removable);
}

static int match_all(const struct guest *g, const struct choices *cs,
		     const struct devices *now, struct devrows *rows)
{
	const struct devices *then = g->inventory ? g->inventory->devices : NULL;
	/* A tree has told what its files name, and not all that was there. */
	bool all = then && g->inventory->live;
	_cleanup_free_ bool *used = calloc(now->n + 1, sizeof(*used));
	int k = 0;

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; then && i < then->n && k >= 0; i++)
		if (counts(&then->v[i]))
			k = add_row(g, cs, &then->v[i], false, now, used, rows);
	for (size_t i = 0; i < now->n && k >= 0; i++)
		if (!used[i] && counts(&now->v[i]))
			/* Without all of then, today's devices are judged as they are.
			 */
			k = add_row(g, cs, &now->v[i], all, now, used, rows);
	return k;
}

static int match_log(const struct guest *g, const struct choices *cs,
		     struct devrows *rows)
{
	_cleanup_(devices_freep) struct devices *seen = calloc(1, sizeof(*seen));

	if (!seen || devlog_devices(g, seen) < 0 || match_all(g, cs, seen, rows) < 0)
		return -ENOMEM;
	return devlog_excuse(g, seen, rows);
}

int devmatch(const struct guest *g, const struct choices *cs, struct devrows *ret,
	     struct err *e)
{
	_cleanup_(devrows_done) struct devrows rows = { 0 };
	int k = 0;

	if (g->live)
		k = match_all(g, cs, g->devices, &rows);
	else if (g->inventory && g->log->since)
		k = match_log(g, cs, &rows);
	if (k < 0)
		return err_nomem(e);
	*ret = rows;
	rows = (struct devrows){ 0 };
	return 0;
}
