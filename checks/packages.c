/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packages: what the documentation asks the guest to have installed */
#include <string.h>

#include "checks/add.h"

#define MIT_EVR "3.1-0.pre5.3.4.el4_6.1"

enum need {
	NEED_ALWAYS = 1,
	NEED_NO_BUNDLE = 1 << 1,  /* a bundle stands in for it */
	NEED_BEFORE_46Z = 1 << 2, /* RHEL 4 before the 4.6 asynchronous errata */
};

/* VG, system requirements. modules-init-tools is the documentation's spelling, RHEL 4's
 * package is called module-init-tools: either will do. */
static const struct requirement {
	const char *generation;
	const char *names[2]; /* any of them */
	bool prefix;	      /* also NAME-PAE and the like */
	const char *evr;      /* at least; NULL any */
	unsigned int need;
} requirements[] = {
	{ "rhel3", { "kmod-xenpv" }, true, NULL, NEED_NO_BUNDLE },
	{ "rhel4", { "kmod-xenpv" }, true, NULL, NEED_NO_BUNDLE },
	{ "rhel4", { "modversions" }, false, NULL, NEED_ALWAYS },
	{ "rhel4",
	  { "module-init-tools", "modules-init-tools" },
	  false,
	  MIT_EVR,
	  NEED_BEFORE_46Z },
	{ "rhel5", { "kmod-xenpv" }, true, NULL, NEED_NO_BUNDLE },
};

static bool name_matches(const struct requirement *r, const char *name)
{
	for (size_t i = 0; i < ELEMENTSOF(r->names) && r->names[i]; i++) {
		size_t n = strlen(r->names[i]);

		if (streq(name, r->names[i]))
			return true;
		if (r->prefix && startswith(name, r->names[i]) && name[n] == '-')
			return true;
	}
	return false;
}

/* The newest installed package that matches, or NULL. */
static const struct pkg *installed(const struct rpmdb *db, const struct requirement *r)
{
	for (size_t i = 0; i < db->n; i++)
		if (name_matches(r, db->pkgs[i].name) &&
		    (!r->evr || pkg_evr_cmp(&db->pkgs[i], r->evr) >= 0))
			return &db->pkgs[i];
	return NULL;
}

/* Present in whatever version: to tell "too old" from "missing". */
static const struct pkg *any_version(const struct rpmdb *db, const struct requirement *r)
{
	struct requirement any = *r;

	any.evr = NULL;
	return installed(db, &any);
}

static bool is_needed(const struct facts *f, const struct requirement *r)
{
	bool bundled = true;

	if (!streq(r->generation, f->g->gen->id))
		return false;
	if (r->need & NEED_BEFORE_46Z && f->g->distro->minor > 6)
		return false;
	if (!(r->need & NEED_NO_BUNDLE))
		return true;
	for (size_t i = 0; i < f->choices->n; i++) {
		const struct choice *ch = &f->choices->v[i];

		if (!f->selected[i] || fact_is_xen_kernel(ch->kernel) || ch->foreign)
			continue;
		/* Somebody's hands, or our own, have put them there: no package is
		 * missing. */
		bundled = bundled && ch->kind != CHOICE_NONE;
	}
	return !bundled;
}

static bool all_in_kernel(const struct facts *f)
{
	bool any = false;

	for (size_t i = 0; i < f->choices->n; i++) {
		const struct choice *ch = &f->choices->v[i];

		if (!f->selected[i] || fact_is_xen_kernel(ch->kernel) || ch->foreign)
			continue;
		if (ch->kind != CHOICE_IN_KERNEL)
			return false;
		any = true;
	}
	return any;
}

/* A kernel that no driver was found for; NULL: there is none. */
static const struct kernel *without_drivers(const struct facts *f)
{
	for (size_t i = 0; i < f->choices->n; i++)
		if (f->selected[i] && !fact_is_xen_kernel(f->choices->v[i].kernel) &&
		    f->choices->v[i].kind == CHOICE_NONE)
			return f->choices->v[i].kernel;
	return NULL;
}

static int one_package(const struct check *c, const struct facts *f,
		       const struct requirement *r, struct findings *out)
{
	const struct rpmdb *db = f->g->db;
	const struct pkg *p;
	char *needed = r->evr ? strf("%s >= %s", r->names[0], r->evr)
			      : strf("%s", r->names[0]);

	if (db->state != RPMDB_OK)
		return finding_add(
			out, c, NULL, STATUS_UNKNOWN,
			strf("%s", db->problem ?: "the guest has no rpm database"),
			needed, strf("make sure that the guest has %s", r->names[0]));
	p = installed(db, r);
	if (p)
		return finding_add(out, c, NULL, STATUS_PASS, pkg_nevra(p), needed, NULL);
	p = any_version(db, r);
	if (p) {
		_cleanup_free_ char *nevra = pkg_nevra(p);

		return finding_add(out, c, NULL, STATUS_FAIL,
				   strf("%s is too old", nevra ?: p->name), needed,
				   strf("update %s in the guest", p->name));
	}
	return finding_add(
		out, c, NULL, STATUS_FAIL, strf("%s is not installed", r->names[0]),
		needed,
		r->need & NEED_NO_BUNDLE
			? strf("install kmod-xenpv in the guest, or give a bundle of "
			       "drivers with --bundle")
			: strf("install %s in the guest", r->names[0]));
}

CHECK(check_packages)
{
	const struct kernel *bare;
	bool any = false;

	if (!f->g->gen)
		return 0;
	if (fact_foreign_boots(f))
		return finding_add(out, c, NULL, STATUS_SKIP,
				   strf("not known for this kernel"), NULL, NULL);
	if (all_in_kernel(f))
		return finding_add(
			out, c, NULL, STATUS_PASS,
			strf("the kernels have the drivers: no package is needed"),
			strf("kmod-xenpv, or drivers in the kernel"), NULL);
	for (size_t i = 0; i < ELEMENTSOF(requirements); i++) {
		int k;

		if (!is_needed(f, &requirements[i]))
			continue;
		any = true;
		k = one_package(c, f, &requirements[i], out);
		if (k < 0)
			return k;
	}
	if (any)
		return 0;
	bare = without_drivers(f);
	if (bare)
		/* The package of a kernel's own modules is named by the check of drivers.
		 */
		return finding_add(
			out, c, NULL, STATUS_SKIP,
			strf("%s has no drivers, and no package beside the "
			     "kernel's own is known to bring them: see drivers",
			     bare->release),
			NULL, NULL);
	return finding_add(out, c, NULL, STATUS_PASS,
			   strf("the drivers are at hand: no package is needed"),
			   strf("kmod-xenpv, or a bundle in its place"), NULL);
}
