/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inventory: the devices as they were before the switch, for xenpv-verify. */
#include <string.h>
#include <time.h>

#include "installer/plan.h"
#include "lib/digest.h"

static int add_new(struct strv *to, const struct strv *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!strv_has(to, from->v[i]) && strv_add(to, from->v[i]) < 0)
			return -ENOMEM;
	return 0;
}

static const char *running_release(const struct kernels *k)
{
	for (size_t i = 0; k && i < k->n; i++)
		if (k->v[i].running)
			return k->v[i].release;
	return NULL;
}

/* Disks whose boot loader cannot read PV ones: that of the MBR and that of /boot. */
static int note_boot_disks(const struct planning *p, struct inventory *inv)
{
	const struct storage *s = p->g->storage;

	if (s && s->boot_disk && strv_add(&inv->boot_disks, s->boot_disk) < 0)
		return -ENOMEM;
	if (s && s->mbr_disk && !strv_has(&inv->boot_disks, s->mbr_disk))
		return strv_add(&inv->boot_disks, s->mbr_disk);
	return 0;
}

/* What was given on the command line, now and at the installs before. */
static int note_options(const struct planning *p, struct inventory *inv)
{
	const struct inventory *first = p->g->inventory;
	_cleanup_strv_ struct strv renames = { 0 };

	if (first && (add_new(&inv->renames, &first->renames) < 0 ||
		      add_new(&inv->forced, &first->forced) < 0))
		return -ENOMEM;
	for (size_t i = 0; i < p->n_renames; i++)
		if (strv_addf(&renames, "%s=%s", p->renames[i].from, p->renames[i].to) <
		    0)
			return -ENOMEM;
	if (add_new(&inv->renames, &renames) < 0)
		return -ENOMEM;
	return add_new(&inv->forced, &p->forced);
}

/*
 * A second install (a kernel came) sees devices that may be PV already: what was before
 * the switch is known from the first, and only its log marks, renames and forced ids grow
 * old. Whether a list is all that was there goes with the list.
 */
static bool devices_are_first(const struct planning *p)
{
	return p->g->inventory && p->g->inventory->devices;
}

/* Everything but the devices, which stay the guest's. */
static int fill(const struct planning *p, struct inventory *inv, struct err *e)
{
	const char *release = running_release(p->g->kernels);

	inv->time = time(NULL);
	inv->live = devices_are_first(p) ? p->g->inventory->live : p->g->live;
	inv->release = release ? strdup(release) : NULL;
	if ((release && !inv->release) || note_boot_disks(p, inv) < 0 ||
	    note_options(p, inv) < 0)
		return err_nomem(e);
	return bootlog_mark(p->root, inv, e);
}

static int format(const struct planning *p, char **ret, struct err *e)
{
	struct inventory *inv = calloc(1, sizeof(*inv));
	int k;

	if (!inv)
		return err_nomem(e);
	inv->devices = devices_are_first(p) ? p->g->inventory->devices : p->g->devices;
	k = inv->devices ? fill(p, inv, e)
			 : err_set(e, EINVAL, "the guest's devices are not known");
	*ret = k >= 0 ? inventory_format(inv, e) : NULL;
	inv->devices = NULL;
	inventory_free(inv);
	if (k >= 0 && !*ret)
		k = e && e->code > 0 ? -e->code : -ENOMEM;
	return k;
}

int plan_state_file(struct planning *p, const char *path, const char *text,
		    const char *detail, struct err *e)
{
	_cleanup_free_ char *old = NULL;
	size_t old_len = 0;
	struct op *op;
	int k = root_read(p->root, path, ROOT_TEXT_MAX, &old, &old_len, e);

	if (k < 0 && k != -ENOENT)
		return k;
	op = plan_op(p->plan, OP_WRITE, "record", path);
	if (!op)
		return err_nomem(e);
	op->mode = 0600;
	op->exists = k == 0;
	if (op->exists)
		digest_buf(old, old_len, op->old_digest);
	op->len = strlen(text);
	op->bytes = op->len;
	op->data = strdup(text);
	op->detail = strdup(detail);
	return op->data && op->detail ? 0 : err_nomem(e);
}

int plan_record(struct planning *p, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	int k;

	if (p->g->inventory && !p->plan->n)
		return 0;
	k = format(p, &text, e);
	return k < 0 ? k
		     : plan_state_file(p, INVENTORY_PATH, text,
				       "the devices before the switch", e);
}
