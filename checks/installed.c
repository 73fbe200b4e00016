/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules-installed, module-config: what stands on disk */
#include <string.h>

#include "checks/add.h"
#include "drivers/softdeps.h"
#include "guest/emulated.h"

/* It cannot boot here, and nobody wants it to. */
static bool is_passed_over(const struct kernel *k)
{
	return fact_is_xen_kernel(k) && !k->is_default;
}

static int pass_over(const struct check *c, const struct facts *f, size_t i,
		     struct findings *out)
{
	return finding_add(out, c, f->g->kernels->v[i].release, STATUS_SKIP,
			   strf("a PV kernel, not the default one"), NULL, NULL);
}

/* run, or for what is passed over the other one */
static int each(const struct check *c, const struct facts *f, struct findings *out,
		check_kernel run, check_kernel other)
{
	int k = 0;

	for (size_t i = 0; k >= 0 && i < f->g->kernels->n; i++)
		if (f->selected[i])
			k = (is_passed_over(&f->g->kernels->v[i]) ? other : run)(c, f, i,
										 out);
	return k < 0 ? k : 0;
}

int check_each_selected(const struct check *c, const struct facts *f,
			struct findings *out, check_kernel run)
{
	return each(c, f, out, run, run);
}

int check_each_kernel(const struct check *c, const struct facts *f, struct findings *out,
		      check_kernel run)
{
	return each(c, f, out, run, pass_over);
}

/* What the guest's own file, which later images are made from, does not order; NULL:
 * nothing is missing, or no order is needed. */
static const char *order_lacks(const struct guest *g, const struct choice *ch)
{
	const char *bus = g->gen && g->gen->unplug ? choice_bus(ch) : NULL;
	const struct modconf_file *m = bus ? modconf_file(g->modconf, SOFTDEPS_PATH)
					   : NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (m)
		text = lines_text(&m->lines, &len);
	return bus ? softdeps_lack(text, bus, NULL) : NULL;
}

static int modules_of_kernel(const struct check *c, const struct facts *f, size_t i,
			     struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];
	_cleanup_strv_ struct strv unlisted = { 0 };
	_cleanup_free_ char *list = NULL;
	char *needed = strf("all four drivers, listed in modules.dep");
	enum status lacks = fact_kernel_lacks(f, i);
	const char *unordered;

	if (ch->foreign)
		return finding_add(out, c, k->release,
				   lacks == STATUS_FAIL ? lacks : STATUS_UNKNOWN,
				   strf("%s", ch->why ?: "none"), needed,
				   strf("boot a supported kernel, or see what drivers "
					"this one uses"));
	if (ch->kind != CHOICE_IN_KERNEL && ch->kind != CHOICE_PACKAGE)
		return finding_add(
			out, c, k->release, lacks, strf("not installed"), needed,
			lacks == STATUS_FAIL
				? strf("run xenpv-install")
				: strf("run xenpv-install for this kernel, too, "
				       "or do not boot it"));
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		_cleanup_free_ char *name = NULL;

		if (ch->builtin[d] || !ch->paths[d])
			continue;
		name = module_name(path_base(ch->paths[d]));
		if (!name)
			return -ENOMEM;
		if (!strv_has(&k->mods->index.listed, name) &&
		    strv_add(&unlisted, name) < 0)
			return -ENOMEM;
	}
	list = strv_join(&unlisted, ", ");
	if (!list)
		return -ENOMEM;
	if (unlisted.n)
		return finding_add(
			out, c, k->release, lacks,
			strf("modules.dep does not list %s", list), needed,
			k->mods->index.text
				? strf("run xenpv-install, or the guest's "
				       "depmod -a %s",
				       k->release)
				: strf("run depmod -a %s in the guest", k->release));
	unordered = order_lacks(f->g, ch);
	if (unordered)
		return finding_add(out, c, k->release, lacks,
				   strf("%s does not put %s before %s", SOFTDEPS_PATH,
					ch->names[XENDRV_PLATFORM], unordered),
				   needed, strf("run xenpv-install"));
	return finding_add(out, c, k->release, STATUS_PASS,
			   strf("%s: %s", choice_name(ch->kind), ch->why ?: ""), needed,
			   NULL);
}

/* A kernel that is looked at: without one, nothing is installed for any. */
static bool any_kernel(const struct facts *f)
{
	for (size_t i = 0; i < f->g->kernels->n; i++)
		if (f->selected[i] && !is_passed_over(&f->g->kernels->v[i]))
			return true;
	return false;
}

CHECK(check_modules_installed)
{
	if (!any_kernel(f))
		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("no kernel is installed"),
				   strf("all four drivers, listed in modules.dep"),
				   strf("install a kernel in the guest"));
	return check_each_kernel(c, f, out, modules_of_kernel);
}

/* ethN of an alias line; false for all others. */
static bool is_eth(const char *name)
{
	return name && startswith(name, "eth") && name[3] &&
	       strspn(name + 3, "0123456789") == strlen(name + 3);
}

/* Whether xenpv-install makes the alias: what is no emulated card's it leaves alone. */
static bool install_mends(const struct device *d, const struct modconf_entry *a)
{
	return a ? nic_is_emulated(a->arg2) : !d->pv && nic_is_emulated(d->driver);
}

static int left_alone(const struct check *c, const struct guest *g,
		      const struct strv *foreign, const char *first, struct findings *out)
{
	const char *vif = g->gen->drivers[XENDRV_VNIF];
	_cleanup_free_ char *list = strv_join(foreign, ", ");

	if (!list)
		return -ENOMEM;
	return finding_add(out, c, NULL, STATUS_WARN, strf("%s", list),
			   strf("alias ethN %s for each NIC", vif),
			   strf("if it is a card of Xen, write alias %s %s in %s", first,
				vif, g->gen->modconf));
}

CHECK(check_module_config)
{
	const struct guest *g = f->g;
	const char *vif = g->gen ? g->gen->drivers[XENDRV_VNIF] : NULL;
	_cleanup_strv_ struct strv good = { 0 };
	_cleanup_strv_ struct strv bad = { 0 };
	_cleanup_strv_ struct strv foreign = { 0 };
	_cleanup_free_ char *s = NULL;
	const char *first = NULL; /* of those that are foreign */
	char *needed;

	/* Of a generation that needs no alias, or of a kernel of which that is not known,
	 * there is nothing to say. */
	if (!vif || !g->gen->modconf || fact_foreign_boots(f))
		return 0;
	for (size_t i = 0; i < g->devices->n; i++) {
		const struct device *d = &g->devices->v[i];
		const struct modconf_entry *a;
		const char *have;
		struct strv *into;

		if (d->kind != DEV_NIC || !is_eth(d->name))
			continue;
		a = modconf_alias(g->modconf, d->name, NULL);
		have = a ? a->arg2 : NULL;
		into = install_mends(d, a) ? &bad : &foreign;
		if (have && module_same(have, vif))
			into = &good;
		if (into == &foreign && !first)
			first = d->name;
		if (strv_addf(into, "%s is %s", d->name, have ?: "not named") < 0)
			return -ENOMEM;
	}
	if (foreign.n && left_alone(c, g, &foreign, first, out) < 0)
		return -ENOMEM;
	if (foreign.n && !bad.n && !good.n)
		return 0;
	needed = strf("alias ethN %s for each NIC", vif);
	s = strv_join(bad.n ? &bad : &good, ", ");
	if (!s)
		return -ENOMEM;
	if (bad.n)
		return finding_add(out, c, NULL, STATUS_FAIL, strf("%s", s), needed,
				   strf("run xenpv-install"));
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("%s", good.n ? s : "no NIC is configured"), needed, NULL);
}
