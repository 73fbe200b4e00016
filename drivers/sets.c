/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sets that bundles hold, and which of them a kernel gets. */
#include <string.h>

#include "drivers/choose_parts.h"
#include "guest/version.h"

/* The modules of one bundle for one kernel and release. */
struct set {
	const struct bundle *bundle;
	const struct bundle_module *m[XENDRV_COUNT]; /* NULL: not there */
	const char *kernel;
	const char *release;
};

/* The set that module i is the first of; false when another one is. */
static bool set_at(const struct bundle *b, size_t i, struct set *ret)
{
	const struct bundle_module *first = &b->v[i];

	*ret = (struct set){ b, { NULL }, first->kernel, first->release };
	for (size_t j = 0; j < b->n; j++) {
		const struct bundle_module *m = &b->v[j];

		if (!streq(m->kernel, first->kernel) ||
		    !streq(m->release, first->release))
			continue;
		if (j < i)
			return false;
		if (!ret->m[m->driver] || ret->m[m->driver]->refused)
			ret->m[m->driver] = m;
	}
	return true;
}

/* Why a set cannot be used by anybody; NULL: it can. */
static char *set_defect(const struct guest *g, const struct set *s)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (s->m[d] && s->m[d]->refused)
			return strdup(s->m[d]->refused);
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (!s->m[d] && g->gen->bundled[d])
			return strf("%s: release %s for %s is without %s",
				    s->bundle->path, s->release, s->kernel,
				    g->gen->bundled[d]);
	return NULL;
}

/* The first module of another architecture than the kernel's, or NULL. */
static const struct bundle_module *foreign_arch(const struct kernel *k,
						const struct set *s)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (s->m[d] && s->m[d]->info->arch != k->arch)
			return s->m[d];
	return NULL;
}

static char *arch_misfit(const struct kernel *k, const struct bundle_module *m)
{
	if (k->arch == ARCH_UNKNOWN)
		return strf("the architecture of %s is not known", k->release);
	return strf("%s: is for %s, the kernel for %s", m->path, arch_name(m->info->arch),
		    arch_name(k->arch));
}

/* Built for this release; its options may still be others. */
static char *exact_misfit(const struct kernel *k, const struct set *s)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const char *have = s->m[d] ? s->m[d]->info->vermagic : NULL;
		const char *own = k->mods->vermagic;

		if (have && own && !streq(vermagic_flags(have), vermagic_flags(own)))
			return strf("%s: vermagic \"%s\", the kernel's is \"%s\"",
				    s->m[d]->path, vermagic_flags(have),
				    vermagic_flags(own));
	}
	return NULL;
}

/*
 * Of two sets that fit, the better one: built for this kernel or one before it rather
 * than for a later one, for the nearest of them, of the later release.
 */
static bool is_better(const struct kernel *k, const struct set *a, const struct set *b)
{
	bool a_later = version_cmp(a->kernel, k->release) > 0;
	bool b_later = version_cmp(b->kernel, k->release) > 0;
	int order = version_cmp(a->kernel, b->kernel);

	if (a_later != b_later)
		return b_later;
	if (order)
		return a_later ? order < 0 : order > 0;
	return version_cmp(a->release, b->release) > 0;
}

static int take_set(struct chooser *c, const struct set *s, bool exact, struct err *e)
{
	struct choice *ch = c->ch;

	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const struct bundle_module *m = s->m[d];

		ch->builtin[d] = !m;
		ch->names[d] = c->g->gen->bundled[d];
		if (!m)
			continue;
		ch->modules[d] = m;
		ch->infos[d] = m->info;
		ch->paths[d] = strf("/lib/modules/%s/extra/xenpv/%s/%s",
				    ch->kernel->release, m->release, m->file);
		ch->bytes += m->size;
		if (!ch->paths[d])
			return err_nomem(e);
	}
	ch->kind = exact ? CHOICE_BUNDLE : CHOICE_COMPATIBLE;
	ch->why = exact ? strf("release %s, built for this kernel", s->release)
			: strf("release %s, built for %s; all symbol versions match",
			       s->release, s->kernel);
	return ch->why ? 1 : err_nomem(e);
}

/* Why a whole set does not fit this kernel; NULL and 0: it does. */
static int set_misfit(struct chooser *c, const struct set *s, bool exact, char **why,
		      struct err *e)
{
	const struct kernel *k = c->ch->kernel;
	const struct symvers *symvers = NULL;
	int n;

	*why = exact ? exact_misfit(k, s) : NULL;
	if (exact)
		return 0;
	n = chooser_symvers(c, &symvers, e);
	if (n < 0)
		return n;
	if (symvers)
		choice_compatible(s->m, k->mods->vermagic, symvers, why);
	else
		*why = strf("built for %s; the guest has no symbol versions of %s to "
			    "compare with",
			    s->kernel, k->release);
	return *why || symvers ? 0 : err_nomem(e);
}

/* 1 it fits, 0 it does not (the reason is kept), or -ENOMEM. */
static int judge(struct chooser *c, const struct set *s, bool exact,
		 const struct bundle_module **other_arch, struct err *e)
{
	const struct kernel *k = c->ch->kernel;
	char *why = set_defect(c->g, s);
	const struct bundle_module *foreign;
	int n;

	if (why)
		return chooser_reject(c, why, e);
	foreign = foreign_arch(k, s);
	if (foreign) {
		*other_arch = foreign;
		return exact ? chooser_reject(c, arch_misfit(k, foreign), e) : 0;
	}
	n = set_misfit(c, s, exact, &why, e);
	if (n < 0)
		return n;
	return why ? chooser_reject(c, why, e) : 1;
}

/* The best set of the first bundle that has one. */
static int choose_set(struct chooser *c, bool exact, struct err *e)
{
	const struct kernel *k = c->ch->kernel;
	const struct bundle_module *other_arch = NULL;

	for (size_t i = 0; i < c->bundles->n; i++) {
		const struct bundle *b = c->bundles->v[i];
		struct set best = { 0 };
		struct set s;

		for (size_t j = 0; j < b->n; j++) {
			int n;

			if (streq(b->v[j].kernel, k->release) != exact ||
			    !set_at(b, j, &s))
				continue;
			n = judge(c, &s, exact, &other_arch, e);
			if (n < 0)
				return n;
			if (n && (!best.bundle || is_better(k, &s, &best)))
				best = s;
		}
		if (best.bundle)
			return take_set(c, &best, exact, e);
	}
	/* In a bundle for both architectures this goes without saying; alone it must not.
	 */
	if (other_arch && !c->ch->rejected.n)
		return chooser_reject(c, arch_misfit(k, other_arch), e);
	return 0;
}

int choose_exact(struct chooser *c, struct err *e)
{
	return choose_set(c, true, e);
}

int choose_compatible(struct chooser *c, struct err *e)
{
	return choose_set(c, false, e);
}
