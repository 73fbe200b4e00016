/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * alias ethN xen-vnif, in place of the driver of the emulated card.
 *
 * The network scripts are left alone. ethN follows its MAC, not its driver: where
 * ifcfg-ethN says HWADDR, the initscripts of RHEL 4 and 5 rename the interface that
 * carries this MAC to ethN (at ifup, and from udev's rules on 5), and the PV card has the
 * MAC that the emulated one had. So the address moves to the PV card, and while the host
 * still gives both cards, with one MAC, the alias decides which of them is loaded as ethN
 * first. Without HWADDR the order of loading alone makes the name: that is worth a note.
 */
#include <string.h>

#include "guest/emulated.h"
#include "installer/plan.h"

#define NICS_MAX  256
#define IFCFG_MAX (64 * 1024)

/* "eth" and digits: neither an alias with a wildcard nor a VLAN of it. */
static bool is_eth(const char *name)
{
	if (!name || !startswith(name, "eth") || !name[3])
		return false;
	return name[3 + strspn(name + 3, "0123456789")] == '\0';
}

static int add_nic(struct strv *names, const char *name, struct err *e)
{
	if (!is_eth(name) || strv_has(names, name))
		return 0;
	if (names->n >= NICS_MAX)
		return err_set(
			e, E2BIG,
			"the module configuration names more than %d network cards",
			NICS_MAX);
	return strv_add(names, name) < 0 ? err_nomem(e) : 0;
}

static int add_aliases(const struct modconf *c, const struct modconf_file *f,
		       struct strv *names, struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct modconf_entry *x = &f->entries[i];
		int k;

		if (x->conditional || !streq(x->directive, "alias") ||
		    !nic_is_emulated(x->arg2))
			continue;
		k = add_nic(names, x->arg1, e);
		if (k < 0)
			return k;
	}
	return 0;
}

int plan_emulated_nics(const struct guest *g, struct strv *names, struct err *e)
{
	_cleanup_strv_ struct strv all = { 0 };
	int k;

	for (size_t i = 0; i < g->modconf->n; i++) {
		if (!modconf_file_active(g->modconf, g->modconf->files[i]))
			continue;
		k = add_aliases(g->modconf, g->modconf->files[i], &all, e);
		if (k < 0)
			return k;
	}
	for (size_t i = 0; g->devices && i < g->devices->n; i++) {
		const struct device *d = &g->devices->v[i];

		if (d->kind != DEV_NIC || d->pv || !nic_is_emulated(d->driver))
			continue;
		k = add_nic(&all, d->name, e);
		if (k < 0)
			return k;
	}
	for (size_t i = 0; i < all.n; i++) {
		const struct modconf_entry *x = modconf_alias(g->modconf, all.v[i], NULL);

		/* A later alias, of a bond or a real card, is what counts. */
		if (x && !nic_is_emulated(x->arg2))
			continue;
		if (strv_add(names, all.v[i]) < 0)
			return err_nomem(e);
	}
	strv_sort(names);
	return 0;
}

static int set_alias(struct planning *p, const char *path, const char *name,
		     const char *instead, struct err *e)
{
	const char *module = p->g->gen->drivers[XENDRV_VNIF];
	_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *new = NULL;
	_cleanup_free_ char *detail = NULL;
	size_t len = 0;
	int k = plan_text(p, path, &text, &len, e);

	if (k < 0)
		return k;
	k = modconf_parse(path, text ?: "", len, &f, e);
	if (k < 0)
		return k;
	k = modconf_set_alias(f, name, module);
	if (k <= 0)
		return k < 0 ? err_nomem(e) : 0;
	new = lines_text(&f->lines, &len);
	detail = strf("alias %s %s%s%s", name, module, instead ? " in place of " : "",
		      instead ?: "");
	if (!new || !detail)
		return err_nomem(e);
	k = plan_set_text(p, path, new, len, "edit", detail, 0644, e);
	return k < 0 ? k : 0;
}

/* An ifcfg file that ties its name to nothing. What cannot be read is no reason to fail.
 */
static int note_hwaddr(struct planning *p, const char *name, struct err *e)
{
	_cleanup_free_ char *path = strf("/etc/sysconfig/network-scripts/ifcfg-%s", name);
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (!path)
		return err_nomem(e);
	if (root_read(p->root, path, IFCFG_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		l += strspn(l, " \t");
		if (startswith(l, "HWADDR=") && l[7] && l[7] != '\r')
			return 0;
	}
	return plan_note(
		p, e,
		"%s has no HWADDR line: with several network cards %s may come to be "
		"another one; add HWADDR= and the card's MAC address",
		path, name);
}

static int note_conditional(struct planning *p, struct err *e)
{
	const struct modconf *c = p->g->modconf;

	for (size_t i = 0; i < c->n; i++) {
		const struct modconf_file *f = c->files[i];

		for (size_t j = 0; modconf_file_active(c, f) && j < f->n; j++) {
			const struct modconf_entry *x = &f->entries[j];

			if (x->conditional && streq(x->directive, "alias") &&
			    is_eth(x->arg1) && nic_is_emulated(x->arg2))
				return plan_note(
					p, e,
					"%s: line %zu: alias %s %s stands in an if "
					"block and was left as it is",
					f->path, x->line + 1, x->arg1, x->arg2);
		}
	}
	return 0;
}

int plan_modconf(struct planning *p, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	int k = plan_emulated_nics(p->g, &names, e);

	for (size_t i = 0; k >= 0 && i < names.n; i++) {
		const struct modconf_file *f = NULL;
		const struct modconf_entry *x = modconf_alias(p->g->modconf, names.v[i],
							      &f);

		k = set_alias(p, x ? f->path : p->g->gen->modconf, names.v[i],
			      x ? x->arg2 : NULL, e);
		if (k >= 0)
			k = note_hwaddr(p, names.v[i], e);
	}
	return k < 0 ? k : note_conditional(p, e);
}
