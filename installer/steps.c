/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done to a guest, by its generation's id. Another generation is another
 * row; a kind of step is another file.
 */
#include "installer/plan.h"

typedef int (*step)(struct planning *p, struct err *e);

/* nash's initrds, modprobe.conf, kudzu. */
static const step nash_steps[] = {
	plan_modules, plan_modindex, plan_modconf,    plan_initrd, plan_mkinitrd,
	plan_kudzu,   plan_names,    plan_initrd_ops, plan_record, plan_advice,
};

static const struct recipe {
	const char *id;
	const step *steps;
	size_t n;
} recipes[] = {
	{ "rhel4", nash_steps, ELEMENTSOF(nash_steps) },
	{ "rhel5", nash_steps, ELEMENTSOF(nash_steps) },
};

static const struct recipe *recipe_find(const struct generation *g)
{
	for (size_t i = 0; g && i < ELEMENTSOF(recipes); i++)
		if (streq(recipes[i].id, g->id))
			return &recipes[i];
	return NULL;
}

int plan_make(struct planning *p, struct err *e)
{
	const struct guest *g = p->g;
	const struct recipe *r = recipe_find(g->gen);

	if (!r)
		return err_set(e, ENOTSUP,
			       "%s: this guest (%s) is of a generation that cannot be "
			       "installed to",
			       p->root->path[0] ? p->root->path : "/",
			       g->gen	   ? g->gen->title
			       : g->distro ? g->distro->name
					   : "an unknown distribution");
	for (size_t i = 0; i < r->n; i++) {
		int k = r->steps[i](p, e);

		if (k < 0)
			return k;
	}
	return 0;
}
