/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "drivers/choose.h"

const char *choice_name(enum choice_kind k)
{
	static const char *const names[] = { "none", "in-kernel", "package", "bundle",
					     "compatible" };

	return names[k];
}

void choices_free(struct choices *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++) {
		struct choice *ch = &c->v[i];

		for (size_t d = 0; d < XENDRV_COUNT; d++) {
			free(ch->paths[d]);
			if (!ch->modules[d])
				modinfo_free(ch->infos[d]);
		}
		free(ch->why);
		strv_done(&ch->rejected);
	}
	free(c->v);
	free(c);
}

/* --- what the guest has ------------------------------------------------------------ */

/* All four, built in or as files of the kernel's own tree (in_kernel) or outside it. */
static bool find_installed(const struct guest *g, const struct kernel *k, bool in_kernel,
			   const struct modfile *files[XENDRV_COUNT],
			   bool builtin[XENDRV_COUNT])
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const struct modfile *f = modtree_find(k->mods, g->gen->drivers[d]);

		builtin[d] = in_kernel && modtree_is_builtin(k->mods, g->gen->drivers[d]);
		files[d] = f;
		if (!builtin[d] && (!f || (in_kernel && f->area != MODAREA_KERNEL)))
			return false;
	}
	return true;
}

static int take_installed(const struct guest *g, struct choice *ch,
			  const struct modfile *const files[XENDRV_COUNT],
			  const bool builtin[XENDRV_COUNT], struct err *e)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		_cleanup_close_ int fd = -1;
		int k;

		ch->builtin[d] = builtin[d];
		if (builtin[d] || !files[d])
			continue;
		ch->paths[d] = strf("%s", files[d]->path);
		if (!ch->paths[d])
			return err_nomem(e);
		if (!rpmdb_owner(g->db, files[d]->path))
			ch->by_hand = true;
		fd = root_open_file(g->root, files[d]->path, NULL, e);
		if (fd < 0)
			return fd;
		k = modinfo_read(fd, files[d]->path, &ch->infos[d], e);
		if (k < 0)
			return k;
	}
	return 0;
}

/* A set that the guest has, but that this kernel cannot load, is as good as none. */
static bool is_loadable(const struct choice *ch, char **why)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const struct modinfo *m = ch->infos[d];

		if (m && ch->kernel->arch != ARCH_UNKNOWN &&
		    m->arch != ch->kernel->arch) {
			*why = strf("%s: is for %s, the kernel for %s", ch->paths[d],
				    arch_name(m->arch), arch_name(ch->kernel->arch));
			return false;
		}
	}
	return true;
}

static void drop_installed(struct choice *ch)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		free(TAKE_PTR(ch->paths[d]));
		modinfo_free(TAKE_PTR(ch->infos[d]));
		ch->builtin[d] = false;
	}
	ch->by_hand = false;
}

/* The folder of a path, for sentences; the caller frees. */
static char *folder_of(const char *path)
{
	return path ? strndup(path, (size_t)(path_base(path) - path)) : NULL;
}

static int try_installed(const struct guest *g, struct choice *ch, struct err *e)
{
	const struct modfile *files[XENDRV_COUNT];
	bool builtin[XENDRV_COUNT];

	for (int in_kernel = 1; in_kernel >= 0; in_kernel--) {
		_cleanup_err_ struct err why = ERR_INIT;
		_cleanup_free_ char *reason = NULL;
		_cleanup_free_ char *where = NULL;
		int k;

		if (!find_installed(g, ch->kernel, in_kernel, files, builtin))
			continue;
		k = take_installed(g, ch, files, builtin, &why);
		if (k == -ENOMEM)
			return err_nomem(e);
		if (k < 0 || !is_loadable(ch, &reason)) {
			if (strv_add(&ch->rejected, reason ?: err_text(&why)) < 0)
				return err_nomem(e);
			drop_installed(ch);
			continue;
		}
		ch->kind = in_kernel ? CHOICE_IN_KERNEL : CHOICE_PACKAGE;
		where = folder_of(ch->paths[XENDRV_VBD]);
		ch->why = in_kernel && !where ? strf("built into the kernel")
					      : strf("in %s", where ?: "the kernel");
		return ch->why ? 1 : err_nomem(e);
	}
	return 0;
}

/* --- what the bundles have --------------------------------------------------------- */

typedef const struct bundle_module *module_set[XENDRV_COUNT];

/* The good modules of one bundle for one kernel and release that go with a first one. */
static bool complete_set(const struct bundle *b, const struct bundle_module *first,
			 module_set set)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		set[d] = NULL;
	for (size_t i = 0; i < b->n; i++) {
		const struct bundle_module *m = &b->v[i];

		if (streq(m->kernel, first->kernel) && streq(m->release, first->release))
			set[m->driver] = m;
	}
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (!set[d] || set[d]->refused)
			return false;
	return true;
}

/* Why a set is incomplete. */
static char *incomplete(const struct guest *g, const struct bundle_module *first,
			module_set set)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (set[d] && set[d]->refused)
			return strf("%s", set[d]->refused);
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (!set[d])
			return strf("%s release %s: %s is missing", first->kernel,
				    first->release, g->gen->drivers[d]);
	return NULL;
}

/* *why: NULL with false means that the set is not for comparison at all. */
static bool set_fits(const struct choice *ch, module_set set, bool exact,
		     const struct symvers *kernel, char **why)
{
	const struct kernel *k = ch->kernel;

	*why = NULL;
	if (streq(set[0]->kernel, k->release) != exact)
		return false;
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (set[d]->info->arch != k->arch) {
			*why = strf("%s: is for %s, the kernel for %s", set[d]->path,
				    arch_name(set[d]->info->arch), arch_name(k->arch));
			return false;
		}
	if (exact)
		return true;
	if (!kernel) {
		*why = strf(
			"built for %s; the guest has no symbol versions of %s to compare "
			"with",
			set[0]->kernel, k->release);
		return false;
	}
	return choice_compatible(set, k->mods ? k->mods->vermagic : NULL, kernel, why);
}

static int take_set(struct choice *ch, module_set set, bool exact, struct err *e)
{
	const struct bundle_module *m = set[XENDRV_VBD];

	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		ch->modules[d] = set[d];
		ch->infos[d] = set[d]->info;
		ch->paths[d] = strf("/lib/modules/%s/extra/xenpv/%s/%s",
				    ch->kernel->release, set[d]->release, set[d]->file);
		ch->bytes += set[d]->size;
		if (!ch->paths[d])
			return err_nomem(e);
	}
	ch->kind = exact ? CHOICE_BUNDLE : CHOICE_COMPATIBLE;
	ch->why = exact ? strf("release %s, built for this kernel", m->release)
			: strf("release %s, built for %s; all symbol versions match",
			       m->release, m->kernel);
	return ch->why ? 1 : err_nomem(e);
}

static int try_bundle(const struct guest *g, const struct bundle *b, struct choice *ch,
		      bool exact, const struct symvers *kernel, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		_cleanup_free_ char *why = NULL;
		module_set set;

		/* Each set once: at its first module. */
		if (i && streq(b->v[i].kernel, b->v[i - 1].kernel) &&
		    streq(b->v[i].release, b->v[i - 1].release))
			continue;
		if (!complete_set(b, &b->v[i], set)) {
			/* Once is enough; a set for another kernel tells nothing of this
			 * one unless it might have served. */
			why = exact ? NULL : incomplete(g, &b->v[i], set);
		} else if (set_fits(ch, set, exact, kernel, &why)) {
			return take_set(ch, set, exact, e);
		}
		if (why && !strv_has(&ch->rejected, why) &&
		    strv_add(&ch->rejected, why) < 0)
			return err_nomem(e);
	}
	return 0;
}

static int try_bundles(const struct guest *g, const struct bundles *bs, struct choice *ch,
		       struct err *e)
{
	_cleanup_(symvers_done) struct symvers kernel = { 0 };
	_cleanup_err_ struct err why = ERR_INIT;
	int have;

	for (size_t i = 0; i < bs->n; i++) {
		int k = try_bundle(g, bs->v[i], ch, true, NULL, e);

		if (k)
			return k;
	}
	if (!bs->n)
		return 0;
	have = kernel_symvers(g->root, ch->kernel->release, &kernel, NULL, &why);
	if (have == -ENOMEM)
		return err_nomem(e);
	if (have < 0 && strv_add(&ch->rejected, err_text(&why)) < 0)
		return err_nomem(e);
	for (size_t i = 0; i < bs->n; i++) {
		int k = try_bundle(g, bs->v[i], ch, false, have > 0 ? &kernel : NULL, e);

		if (k)
			return k;
	}
	return 0;
}

static int choose(const struct guest *g, const struct bundles *bs, struct choice *ch,
		  struct err *e)
{
	const char *none = bs->n ? "no bundle fits" : "no drivers at hand";
	int k = 0;

	if (ch->kernel->variant == VARIANT_XEN)
		none = "a PV kernel has its own drivers and does not boot in an HVM "
		       "guest";
	else if (!g->gen)
		none = "no drivers are known for this guest";
	else if (!ch->kernel->mods)
		none = "there is no /lib/modules folder for this kernel";
	else
		k = try_installed(g, ch, e);
	if (k == 0 && g->gen && ch->kernel->mods && ch->kernel->variant != VARIANT_XEN)
		k = try_bundles(g, bs, ch, e);
	if (k < 0)
		return k;
	if (!ch->why) {
		ch->why = strf("%s", none);
		if (!ch->why)
			return err_nomem(e);
	}
	return 0;
}

int choices_make(const struct guest *g, const struct bundles *b, struct choices **ret,
		 struct err *e)
{
	_cleanup_(choices_freep) struct choices *c = calloc(1, sizeof(*c));

	if (!c)
		return err_nomem(e);
	for (size_t i = 0; i < g->kernels->n; i++) {
		int k;

		if (vec_grow(&c->v, c->n, sizeof(*c->v)) < 0)
			return err_nomem(e);
		c->v[c->n++].kernel = &g->kernels->v[i];
		k = choose(g, b, &c->v[i], e);
		if (k < 0)
			return k;
	}
	*ret = TAKE_PTR(c);
	return 0;
}
