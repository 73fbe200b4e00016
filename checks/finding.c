/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "checks/add.h"
#include "drivers/softdeps.h"
#include "guest/bootargs.h"

const char *stage_name(enum stage s)
{
	static const char *const names[] = { "preflight", "installed", "running" };

	return names[s];
}

const char *status_name(enum status s)
{
	static const char *const names[] = { "pass", "warn", "fail", "unknown", "skip" };

	return names[s];
}

const char *dev_state_name(enum dev_state s)
{
	static const char *const names[] = { "pv",    "emulated", "expected-emulated",
					     "twice", "missing",  "new",
					     "other", "unknown" };

	return names[s];
}

void findings_done(struct findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].kernel);
		free(f->v[i].seen);
		free(f->v[i].needed);
		free(f->v[i].remedy);
	}
	free(f->v);
	*f = (struct findings){ 0 };
}

void devrows_done(struct devrows *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].before);
		free(d->v[i].after);
		free(d->v[i].identity);
		free(d->v[i].driver);
		free(d->v[i].detail);
	}
	free(d->v);
	*d = (struct devrows){ 0 };
}

int finding_add(struct findings *out, const struct check *c, const char *kernel,
		enum status status, char *seen, char *needed, char *remedy)
{
	_cleanup_free_ char *s = seen;
	_cleanup_free_ char *n = needed;
	_cleanup_free_ char *r = remedy;
	struct finding *f;

	if (!s || vec_grow(&out->v, out->n, sizeof(*out->v)) < 0)
		return -ENOMEM;
	f = &out->v[out->n];
	if (kernel) {
		f->kernel = strdup(kernel);
		if (!f->kernel)
			return -ENOMEM;
	}
	f->check = c;
	f->status = status;
	f->seen = TAKE_PTR(s);
	f->needed = TAKE_PTR(n);
	f->remedy = TAKE_PTR(r);
	out->n++;
	return 0;
}

bool fact_is_xen_kernel(const struct kernel *k)
{
	return k->variant == VARIANT_XEN;
}

enum arch fact_guest_arch(const struct guest *g)
{
	enum arch any = ARCH_UNKNOWN;

	for (size_t i = 0; i < g->kernels->n; i++) {
		const struct kernel *k = &g->kernels->v[i];

		if (k->is_default && k->arch != ARCH_UNKNOWN)
			return k->arch;
		if (any == ARCH_UNKNOWN)
			any = k->arch;
	}
	return any;
}

static bool boots(const struct kernel *k)
{
	return k->is_default || k->running;
}

enum status fact_kernel_lacks(const struct facts *f, size_t i)
{
	const struct kernels *ks = f->g->kernels;

	if (boots(&ks->v[i]))
		return STATUS_FAIL;
	for (size_t n = 0; n < ks->n; n++)
		if (f->selected[n] && boots(&ks->v[n]))
			return STATUS_WARN;
	return STATUS_FAIL;
}

const struct kernel *fact_foreign_boots(const struct facts *f)
{
	const struct choice *first = NULL;
	bool all = true;

	for (size_t i = 0; f->choices && i < f->choices->n; i++) {
		const struct choice *ch = &f->choices->v[i];

		if (!f->selected[i] || fact_is_xen_kernel(ch->kernel))
			continue;
		if (ch->kernel->is_default)
			return ch->foreign ? ch->kernel : NULL;
		all = all && ch->foreign;
		first = first ?: ch;
	}
	return all && first ? first->kernel : NULL;
}

bool fact_disk_is_free(const struct guest *g, const char *disk)
{
	const struct boot_entry *b = g->boot ? bootcfg_default(g->boot) : NULL;

	return b && bootargs_free_disk(g->gen, b->release, b->args ?: "", disk);
}

bool fact_disks_unplug(const struct guest *g, const struct choices *cs)
{
	return g->gen && g->gen->unplug && !softdeps_too_late(g, cs, NULL);
}

bool fact_boot_disk_unknown(const struct guest *g, const struct choices *cs)
{
	const struct storage *s = g->storage;

	return s && !s->boot_disk && !s->mbr_disk && !fact_disks_unplug(g, cs);
}

bool fact_disk_may_boot(const struct guest *g, const struct choices *cs, const char *disk)
{
	return fact_boot_disk_unknown(g, cs) &&
	       (streq(disk, "hda") || streq(disk, "sda"));
}

char *fact_unread_loader(const struct guest *g)
{
	const struct unread_loader *u = g->boot->unread;

	return u ? strf("%s of %s is not read", u->path, u->name)
		 : strdup("no boot loader's configuration was found");
}

bool fact_disk_stays(const struct guest *g, const struct choices *cs, const char *disk)
{
	const struct storage *s = g->storage;

	if (!disk || fact_disks_unplug(g, cs) || fact_disk_is_free(g, disk))
		return false;
	return streq(s->boot_disk, disk) || streq(s->mbr_disk, disk) ||
	       fact_disk_may_boot(g, cs, disk);
}
