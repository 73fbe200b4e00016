/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/steps-fixture.h"

#define XEN_DRIVERS                                                      \
	{                                                                \
		"xen-platform-pci", "xen-balloon", "xen-vbd", "xen-vnif" \
	}

const struct generation fixture_rhel4 = {
	.id = "rhel4",
	.title = "RHEL 4",
	.kernel_base = "2.6.9-",
	.drivers = XEN_DRIVERS,
	.modconf = "/etc/modprobe.conf",
	.fstab_names = NAME_LABEL,
	.root_names = NAME_LABEL,
	.kudzu = true,
};

const struct generation fixture_rhel5 = {
	.id = "rhel5",
	.title = "RHEL 5",
	.kernel_base = "2.6.18-",
	.drivers = XEN_DRIVERS,
	.modconf = "/etc/modprobe.conf",
	.fstab_names = NAME_LABEL | NAME_UUID,
	.root_names = NAME_LABEL | NAME_UUID,
	.swap_names = NAME_LABEL | NAME_UUID,
	.kudzu = true,
	.mkinitrd_snippets = true,
};

/*
 * The edit of an image, without one: the real thing has tests of its own. Weak, as it
 * is linked only where nothing else brings plan_initrd_edit().
 */
__attribute__((weak)) struct initrd_edit *plan_initrd_edit(struct planning *p,
							   const struct kernel *k,
							   struct err *e)
{
	for (size_t i = 0; i < p->plan->n_edits; i++)
		if (p->plan->edits[i]->kernel == k)
			return p->plan->edits[i];
	if (vec_grow(&p->plan->edits, p->plan->n_edits, sizeof(struct initrd_edit *)) < 0)
		abort();
	p->plan->edits[p->plan->n_edits] = calloc(1, sizeof(struct initrd_edit));
	p->plan->edits[p->plan->n_edits]->kernel = k;
	if (lines_parse(&p->plan->edits[p->plan->n_edits]->init, k->image->init,
			strlen(k->image->init), "init", e) < 0)
		abort();
	return p->plan->edits[p->plan->n_edits++];
}

void fixture_init(struct fixture *f, const struct generation *gen)
{
	memset(f, 0, sizeof(*f));
	tree_init(&f->t);
	f->kernels.v = f->kernel;
	f->choices.v = f->choice;
	f->devices = calloc(1, sizeof(*f->devices));
	f->g = (struct guest){
		.root = f->t.root,
		.gen = gen,
		.kernels = &f->kernels,
		.storage = &f->storage,
		.devices = f->devices,
		.boot = &f->boot,
	};
	f->p = (struct planning){
		.root = f->t.root,
		.g = &f->g,
		.choices = &f->choices,
		.selected = f->selected,
		.renames = f->renames,
		.plan = calloc(1, sizeof(*f->p.plan)),
	};
}

void fixture_done(struct fixture *f)
{
	for (size_t i = 0; i < f->p.plan->n_edits; i++) {
		lines_done(&f->p.plan->edits[i]->init);
		strv_done(&f->p.plan->edits[i]->details);
		free(f->p.plan->edits[i]);
	}
	f->p.plan->n_edits = 0;
	plan_free(f->p.plan);
	modconf_free(f->g.modconf);
	for (size_t i = 0; i < f->devices->n; i++) {
		free(f->devices->v[i].name);
		free(f->devices->v[i].driver);
		free(f->devices->v[i].mac);
		free(f->devices->v[i].pci);
	}
	free(f->devices->v);
	free(f->devices);
	err_done(&f->e);
	tree_done(&f->t);
}

void fixture_kernel(struct fixture *f, const char *release, enum variant v,
		    enum choice_kind k, const char *image_init)
{
	size_t i = f->kernels.n++;

	f->kernel[i].release = (char *)release;
	f->kernel[i].variant = v;
	f->choice[i].kernel = &f->kernel[i];
	f->choice[i].kind = k;
	f->choices.n++;
	f->selected[i] = true;
	if (!image_init)
		return;
	f->kernel[i].image = &f->image[i];
	f->image[i].nash = true;
	f->image[i].init = (char *)image_init;
}

void fixture_nic(struct fixture *f, const char *name, const char *driver)
{
	struct device *d;

	if (vec_grow(&f->devices->v, f->devices->n, sizeof(*d)) < 0)
		abort();
	d = &f->devices->v[f->devices->n++];
	d->kind = DEV_NIC;
	d->name = strdup(name);
	d->driver = strdup(driver);
	d->mac = strdup("00:16:3e:00:00:0a");
}

void fixture_modconf(struct fixture *f)
{
	if (modconf_read(f->t.root, &f->g.modconf, &f->e) < 0)
		abort();
}

const char *fixture_new(struct fixture *f, const char *path)
{
	struct op *op = plan_find(f->p.plan, path);

	return op ? op->data : NULL;
}
