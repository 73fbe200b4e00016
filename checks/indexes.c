/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module-index: modules.dep, without which modprobe loads nothing */
#include "checks/add.h"

/* A driver that modprobe is to load */
static bool needs_index(const struct choice *ch)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (choice_is_module(ch, d))
			return true;
	return false;
}

/*
 * To indexes of text the drivers are added, whatever is missing; in kmod's, the lines of
 * what they depend on are looked up.
 */
static int index_of_kernel(const struct check *c, const struct facts *f, size_t i,
			   struct findings *out)
{
	const struct kernel *k = &f->g->kernels->v[i];
	const struct choice *ch = &f->choices->v[i];

	if (ch->kind == CHOICE_NONE || fact_is_xen_kernel(k) || !needs_index(ch) ||
	    !k->mods || k->mods->index.text)
		return 0;
	return finding_add(
		out, c, k->release,
		f->g->gen->index == INDEX_KMOD ? STATUS_FAIL : STATUS_WARN,
		strf("/lib/modules/%s has no modules.dep", k->release),
		strf("the list of modules by which modprobe loads them"),
		strf("run depmod -a %s in the guest%s", k->release,
		     k->is_default ? "" : ", or leave this kernel out with --kernel"));
}

/* Nothing is said of indexes that are there. */
CHECK(check_module_index)
{
	return check_each_selected(c, f, out, index_of_kernel);
}
