/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next kernel, and the next rebuild of this one's image: the guest's own generator is
 * told to take the block driver along, by what the guest has and not by what it is.
 *
 * - dracut reads every .conf file of /etc/dracut.conf.d; a driver that a kernel lacks is
 *   passed over [dracut.conf(5)]. modprobe.d is taken along into host-only images alone,
 *   so that the order of loading is named, too.
 * - initramfs-tools takes what /etc/initramfs-tools/modules lists, and loads it at boot
 *   [initramfs-tools(7)]; a driver that finds no device does nothing.
 */
#include <string.h>

#include "drivers/softdeps.h"
#include "guest/modtree.h"
#include "installer/plan.h"

#define DRACUT_CONF "/etc/dracut.conf.d/xenpv.conf"
#define TOOLS_LIST  "/etc/initramfs-tools/modules"

static int update_dracut(struct planning *p, const struct strv *drivers, struct err *e)
{
	_cleanup_free_ char *list = strv_join(drivers, " ");
	_cleanup_free_ char *text = NULL;
	int k;

	if (list)
		text = strf("# Written by xenpv: the driver of Xen PV disks, for every "
			    "image.\n"
			    "add_drivers+=\" %s \"\n%s",
			    list,
			    plan_softdeps_bus(p)
				    ? "install_optional_items+=\" " SOFTDEPS_PATH " \"\n"
				    : "");
	if (!text)
		return err_nomem(e);
	k = plan_set_text(p, DRACUT_CONF, text, strlen(text), "configure",
			  "dracut takes the driver for later kernels", 0644, e);
	return k < 0 ? k : 0;
}

/* The first word of a line is a module's name. */
static bool lists(const struct lines *l, const char *driver)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *p = l->v[i].text + strspn(l->v[i].text, " \t");
		_cleanup_free_ char *word = strndup(p, strcspn(p, " \t\r#"));

		if (word && module_same(word, driver))
			return true;
	}
	return false;
}

static int add_missing(struct lines *l, const struct strv *drivers)
{
	static const char comment[] = "# xenpv: the driver of Xen PV disks";
	bool said = false;

	for (size_t i = 0; i < drivers->n; i++) {
		if (lists(l, drivers->v[i]))
			continue;
		if (!said && lines_insert(l, l->n, comment) < 0)
			return -ENOMEM;
		said = true;
		if (lines_insert(l, l->n, drivers->v[i]) < 0)
			return -ENOMEM;
	}
	return said;
}

static int update_tools(struct planning *p, const struct strv *drivers, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *new = NULL;
	size_t len = 0;
	int k = plan_text(p, TOOLS_LIST, &text, &len, e);

	if (k >= 0)
		k = lines_parse(&l, text ?: "", len, TOOLS_LIST, e);
	if (k < 0)
		return k;
	k = add_missing(&l, drivers);
	if (k <= 0)
		return k < 0 ? err_nomem(e) : 0;
	new = lines_text(&l, &len);
	if (!new)
		return err_nomem(e);
	k = plan_set_text(p, TOOLS_LIST, new, len, "configure",
			  "initramfs-tools takes the driver for later kernels", 0644, e);
	return k < 0 ? k : 0;
}

static const struct generator {
	const char *signs[3]; /* any of these folders: the guest has it */
	int (*update)(struct planning *p, const struct strv *drivers, struct err *e);
} generators[] = {
	{ { "/usr/lib/dracut", "/usr/share/dracut", "/etc/dracut.conf.d" },
	  update_dracut },
	{ { "/etc/initramfs-tools" }, update_tools },
};

static bool is_there(const struct planning *p, const struct generator *g)
{
	for (size_t i = 0; i < ELEMENTSOF(g->signs) && g->signs[i]; i++)
		if (root_is_dir(p->root, g->signs[i]))
			return true;
	return false;
}

/* A kernel that switches has the driver as a module: others may have it, too. */
static bool any_module(const struct planning *p)
{
	for (size_t i = 0; i < p->choices->n; i++)
		if (plan_kernel_switches(p, i) &&
		    choice_is_module(&p->choices->v[i], XENDRV_VBD))
			return true;
	return false;
}

/*
 * What the images of all kernels need, the bus first: also of kernels that are not looked
 * at now, since the configuration is one.
 */
static int find_drivers(const struct planning *p, struct strv *ret)
{
	static const enum xendrv needed[] = { XENDRV_PLATFORM, XENDRV_VBD };

	for (size_t i = 0; i < p->choices->n; i++) {
		const struct choice *c = &p->choices->v[i];

		if (c->kind == CHOICE_NONE)
			continue;
		for (size_t n = 0; n < ELEMENTSOF(needed); n++) {
			const char *name = c->names[needed[n]];

			if (choice_is_module(c, needed[n]) && !strv_has(ret, name) &&
			    strv_add(ret, name) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}

int plan_update(struct planning *p, struct err *e)
{
	_cleanup_strv_ struct strv drivers = { 0 };
	bool any = false;

	if (!any_module(p))
		return 0;
	if (find_drivers(p, &drivers) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < ELEMENTSOF(generators); i++) {
		int k;

		if (!is_there(p, &generators[i]))
			continue;
		any = true;
		k = generators[i].update(p, &drivers, e);
		if (k < 0)
			return k;
	}
	if (any)
		return 0;
	return plan_note(p, e,
			 "neither dracut nor initramfs-tools is installed here: run "
			 "xenpv-install again after each kernel update");
}
