/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xl's language, which xm's configurations keep to where they are no Python. libxlutil
 * says what lists and disks mean, host/xltext.c where they stand; where the two do not
 * agree, the file is not understood.
 */
#include <string.h>

#include "host/format.h"
#include "host/vif.h"
#include "host/xltext.h"
#include "host/xlu.h"
#include "lib/strv.h"

struct config {
	const char *label;
	struct xltext text;
	struct domain domain;
	const struct xlitem *disks[DOMAIN_DEVICES_MAX]; /* as the domain's */
	const struct xlitem *nics[DOMAIN_DEVICES_MAX];
};

/* "tap:aio" of "tap:aio:/x,hda,w"; what backendtype= says; NULL. */
static char *backend_of(const char *spec)
{
	size_t n = strcspn(spec, ",=/");
	const char *type = strstr(spec, "backendtype=");

	while (n && spec[n - 1] != ':')
		n--;
	if (n)
		return strndup(spec, n - 1);
	return type ? strndup(strchr(type, '=') + 1, strcspn(strchr(type, '=') + 1, ","))
		    : NULL;
}

static int add_disk(struct config *c, const struct xlitem *item, struct err *e)
{
	libxl_device_disk disk;
	struct vdisk *v;
	int k = domain_add_disk(&c->domain, c->label, item->line, &v, e);

	if (k < 0)
		return k;
	c->disks[c->domain.n_disks - 1] = item;
	k = xlu_parse_disk(item->value, c->label, item->line, &disk, e);
	if (k == 0) {
		v->name = strdup(disk.vdev ?: "");
		v->target = disk.pdev_path && *disk.pdev_path ? strdup(disk.pdev_path)
							      : NULL;
		v->backend = backend_of(item->value);
		v->cdrom = disk.is_cdrom;
		if (!v->name || (disk.pdev_path && *disk.pdev_path && !v->target))
			k = err_nomem(e);
	}
	libxl_device_disk_dispose(&disk);
	return k;
}

static int add_nic(struct config *c, const struct xlitem *item, struct err *e)
{
	struct vnic *v;
	int k = domain_add_nic(&c->domain, c->label, item->line, &v, e);

	if (k < 0)
		return k;
	c->nics[c->domain.n_nics - 1] = item;
	return vif_parse(item->value, c->label, item->line, v, e);
}

/* The setting that counts: the last that does not only add. NULL: there is none. */
static const struct xlset *set_of(const struct xltext *t, const char *name)
{
	for (size_t i = t->n; i; i--)
		if (streq(t->v[i - 1].name, name) && !t->v[i - 1].add)
			return &t->v[i - 1];
	return NULL;
}

/* Each item of a list, by our reading, is what libxlutil has at its place. */
static int walk_list(struct config *c, XLU_Config *cfg, const char *name,
		     int (*add)(struct config *, const struct xlitem *, struct err *),
		     struct err *e)
{
	const struct xlset *s = set_of(&c->text, name) ?: c->text.v;
	XLU_ConfigList *list = NULL;
	int want = 0;
	int at = 0;

	xlu_cfg_get_list(cfg, name, &list, &want, 1);
	for (; s && s < c->text.v + c->text.n; s++) {
		if (!streq(s->name, name))
			continue;
		if (!s->list)
			return err_set(e, EINVAL, "%s:%zu: %s is no list", c->label,
				       s->line, name);
		for (size_t i = 0; i < s->n; i++) {
			const struct xlitem *item = &s->items[i];
			const char *value = list ? xlu_cfg_get_listitem(list, at) : NULL;
			int k;

			if (item->list || !streq(value, item->value))
				return err_set(e, EINVAL,
					       "%s:%zu: this item of %s is not "
					       "understood",
					       c->label, item->line, name);
			at++;
			k = add(c, item, e);
			if (k < 0)
				return k;
		}
	}
	if (at != want)
		return err_set(e, EINVAL, "%s: the list %s is not understood", c->label,
			       name);
	return 0;
}

static int take_string(XLU_Config *cfg, const char *name, char **ret)
{
	const char *value;

	if (xlu_cfg_get_string(cfg, name, &value, 1) != 0)
		return 0;
	*ret = strdup(value);
	return *ret ? 0 : -ENOMEM;
}

/* As xl decides: by type, else by builder, else it is a PV guest. */
static enum domain_kind kind_of(XLU_Config *cfg)
{
	const char *value;

	if (xlu_cfg_get_string(cfg, "type", &value, 1) == 0)
		return streq(value, "hvm")   ? DOMAIN_HVM
		       : streq(value, "pvh") ? DOMAIN_PVH
					     : DOMAIN_PV;
	return xlu_cfg_get_string(cfg, "builder", &value, 1) == 0 && streq(value, "hvm")
		       ? DOMAIN_HVM
		       : DOMAIN_PV;
}

static int read_domain(struct config *c, XLU_Config *cfg, struct err *e)
{
	struct domain *d = &c->domain;
	const char *hdtype;
	long platform;
	int k;

	d->kind = kind_of(cfg);
	d->platform = -1;
	if (xlu_cfg_get_long(cfg, "xen_platform_pci", &platform, 1) == 0)
		d->platform = platform != 0;
	/* In whatever case, as libxl has it. */
	d->ahci = xlu_cfg_get_string(cfg, "hdtype", &hdtype, 1) == 0 &&
		  strcasecmp(hdtype, "ahci") == 0;
	if (take_string(cfg, "name", &d->name) < 0 ||
	    take_string(cfg, "uuid", &d->uuid) < 0)
		return err_nomem(e);
	k = walk_list(c, cfg, "disk", add_disk, e);
	return k < 0 ? k : walk_list(c, cfg, "vif", add_nic, e);
}

static void xl_free(struct config *c)
{
	if (!c)
		return;
	xltext_done(&c->text);
	domain_done(&c->domain);
	free(c);
}
DEFINE_CLEANUP(struct config *, xl_free)

static int xl_read(const char *text, size_t len, const char *label, struct config **ret,
		   struct err *e)
{
	_cleanup_(xl_freep) struct config *c = calloc(1, sizeof(*c));
	_cleanup_(xlu_done) struct xlu x = { 0 };
	_cleanup_free_ char *whole = NULL;
	int k;

	if (!c)
		return err_nomem(e);
	if (len > CONFIG_MAX)
		return err_set(e, EFBIG, "%s: larger than %u bytes", label, CONFIG_MAX);
	c->label = label;
	k = xltext_parse(text, len, label, &c->text, e);
	if (k < 0)
		return k;
	if (!c->text.n)
		return err_set(e, EINVAL, "%s: nothing is set: no guest's configuration",
			       label);
	k = xlu_open(&x, label, e);
	if (k < 0)
		return k;
	/* It wants a newline behind a last comment, too. */
	whole = strf("%s\n", text);
	if (!whole)
		return err_nomem(e);
	k = xlu_cfg_readdata(x.cfg, whole, (int)len + 1);
	if (k)
		return xlu_complain(&x, k, label, 0, e);
	k = read_domain(c, x.cfg, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(c);
	return 0;
}

static const struct domain *xl_domain(const struct config *c)
{
	return &c->domain;
}

static int edit_disk(const struct config *c, const struct xlitem *item, const char *to,
		     struct patches *p, struct err *e)
{
	size_t at;
	size_t len;
	int k = xlu_find_name(item->value, c->label, item->line, to, &at, &len, e);

	if (k < 0)
		return k;
	return patches_add(p, item->at + at, len, strdup(to)) < 0 ? err_nomem(e) : 0;
}

static int edit_nic(const struct xlitem *item, const struct nic_change *n,
		    const char *type, struct patches *p, struct err *e)
{
	char *spec = vif_change(item->value, n->pv, type, n->mac);

	return patches_add(p, item->at, item->len, spec) < 0 ? err_nomem(e) : 0;
}

static int refuse_escapes(const struct config *c, const struct xlitem *item,
			  struct err *e)
{
	return item->escaped ? err_set(e, EINVAL,
				       "%s:%zu: a device with a backslash in its text "
				       "is to be changed by hand",
				       c->label, item->line)
			     : 0;
}

static int xl_edit(const struct config *c, const struct changes *ch, struct patches *p,
		   struct err *e)
{
	const struct domain *d = &c->domain;
	const struct xlset *platform = set_of(&c->text, "xen_platform_pci");
	int k = 0;

	for (size_t i = 0; k == 0 && i < d->n_disks; i++) {
		if (!ch->disks[i].to)
			continue;
		k = refuse_escapes(c, c->disks[i], e);
		if (k == 0)
			k = edit_disk(c, c->disks[i], ch->disks[i].to, p, e);
	}
	for (size_t i = 0; k == 0 && i < d->n_nics; i++) {
		if (!ch->nics[i].pv && !ch->nics[i].mac)
			continue;
		k = refuse_escapes(c, c->nics[i], e);
		if (k == 0)
			k = edit_nic(c->nics[i], &ch->nics[i], ch->nic_type, p, e);
	}
	if (k == 0 && ch->platform && platform && !platform->list)
		k = patches_add(p, platform->items[0].at, platform->items[0].len,
				strdup("1")) < 0
			    ? err_nomem(e)
			    : 0;
	return k;
}

static bool same_set(const struct xlset *a, const struct xlset *b)
{
	/* What of these may differ, the domain tells. */
	static const char *const ours[] = { "disk", "vif", "xen_platform_pci" };

	if (!streq(a->name, b->name) || a->add != b->add || a->list != b->list ||
	    a->n != b->n)
		return false;
	for (size_t i = 0; i < ELEMENTSOF(ours); i++)
		if (streq(a->name, ours[i]))
			return true;
	for (size_t i = 0; i < a->n; i++)
		if (!streq(a->items[i].value, b->items[i].value))
			return false;
	return true;
}

static bool xl_same_rest(const struct config *a, const struct config *b)
{
	if (a->text.n != b->text.n)
		return false;
	for (size_t i = 0; i < a->text.n; i++)
		if (!same_set(&a->text.v[i], &b->text.v[i]))
			return false;
	return true;
}

const struct format format_xl = {
	.name = "xl",
	.nic_types = true,
	.read = xl_read,
	.free = xl_free,
	.domain = xl_domain,
	.edit = xl_edit,
	.same_rest = xl_same_rest,
};
