/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drivers that a guest has: in the kernel's own tree, or outside it, put there by a
 * package or by hand. What this kernel would not load counts for nothing.
 */
#include <string.h>

#include "drivers/choose_parts.h"

/* Outside the kernel's own tree, as modprobe would choose; else a file of that tree. */
static const struct modfile *find_file(const struct modtree *m, const char *name,
				       bool own)
{
	static const int rank[] = {
		[MODAREA_UPDATES] = 0, [MODAREA_EXTRA] = 1,  [MODAREA_WEAK] = 2,
		[MODAREA_OTHER] = 3,   [MODAREA_KERNEL] = 4,
	};
	const struct modfile *best = NULL;
	const struct modfile *f;
	size_t from = 0;

	while ((f = modtree_next(m, name, &from))) {
		if (f->dangling || (own && f->area != MODAREA_KERNEL))
			continue;
		if (!best || rank[f->area] < rank[best->area])
			best = f;
	}
	return best;
}

struct found {
	const char *const *names; /* which set of drivers was looked for */
	const struct modfile *files[XENDRV_COUNT];
	bool builtin[XENDRV_COUNT];
	size_t n;	     /* drivers found */
	size_t outside;	     /* of them outside the kernel's own tree */
	const char *missing; /* the first that is not there */
};

/*
 * By modules.builtin. Where the kernel is older than that file, by its configuration,
 * which is about upstream's drivers: those whose bus is always built in.
 */
static bool is_builtin(const struct kernel *k, const char *const *names, enum xendrv d)
{
	if (k->mods->builtin.n || names[XENDRV_PLATFORM])
		return modtree_is_builtin(k->mods, names[d]);
	return (d == XENDRV_VBD && k->config.vbd == KCONF_BUILTIN) ||
	       (d == XENDRV_VNIF && k->config.vif == KCONF_BUILTIN);
}

static void find_all(const char *const *names, const struct kernel *k, bool own,
		     struct found *ret)
{
	*ret = (struct found){ .names = names };
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const char *name = names[d];
		const struct modfile *f = name ? find_file(k->mods, name, own) : NULL;

		/* A row without a name: that driver is always built in. */
		ret->builtin[d] = !name || (is_builtin(k, names, (enum xendrv)d) &&
					    (!f || f->area == MODAREA_KERNEL));
		ret->files[d] = ret->builtin[d] ? NULL : f;
		if (ret->builtin[d] || f)
			ret->n++;
		else if (!ret->missing)
			ret->missing = name;
		if (ret->files[d] && f->area != MODAREA_KERNEL)
			ret->outside++;
	}
}

/* A weak-updates link belongs to whom its target belongs. */
static const struct pkg *owner_of(const struct guest *g, const char *path)
{
	_cleanup_free_ char *real = NULL;
	const struct pkg *p = rpmdb_owner(g->db, path);

	if (p || root_realpath(g->root, path, false, &real, NULL) < 0)
		return p;
	return rpmdb_owner(g->db, real);
}

static int read_files(const struct guest *g, struct choice *ch, const struct found *f,
		      struct err *e)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		_cleanup_close_ int fd = -1;
		int k;

		ch->builtin[d] = f->builtin[d];
		if (!f->files[d])
			continue;
		ch->paths[d] = strdup(f->files[d]->path);
		if (!ch->paths[d])
			return err_nomem(e);
		fd = root_open_file(g->root, ch->paths[d], NULL, e);
		if (fd < 0)
			return fd;
		k = modinfo_read(fd, ch->paths[d], &ch->infos[d], e);
		if (k < 0)
			return k;
	}
	return 0;
}

static void drop(struct choice *ch)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		free(TAKE_PTR(ch->paths[d]));
		modinfo_free(TAKE_PTR(ch->infos[d]));
		ch->builtin[d] = false;
	}
	ch->by_hand = false;
}

/* Why the kernel would not load this one file; NULL: it would. *foreign: built for
 * another kernel, so that its symbols decide. */
static char *file_misfit(const struct kernel *k, const char *path,
			 const struct modinfo *m, bool *foreign)
{
	const char *own = k->mods->vermagic;

	if (k->arch != ARCH_UNKNOWN && m->arch != k->arch)
		return strf("%s: is for %s, the kernel for %s", path, arch_name(m->arch),
			    arch_name(k->arch));
	if (!m->vermagic) /* 2.4 has none */
		return endswith(path, ".o") ? NULL
					    : strf("%s: does not say which kernel it was "
						   "built for",
						   path);
	if (own && !streq(vermagic_flags(m->vermagic), vermagic_flags(own)))
		return strf("%s: vermagic \"%s\", the kernel's is \"%s\"", path,
			    vermagic_flags(m->vermagic), vermagic_flags(own));
	if (vermagic_is_for(m->vermagic, k->release))
		return NULL;
	*foreign = true;
	if (own && m->has_versions)
		return NULL;
	return strf("%s: was built for %.*s", path, (int)strcspn(m->vermagic, " "),
		    m->vermagic);
}

/* Why the set is of no use; NULL and 0: it is. */
static int set_misfit(struct chooser *c, char **why, struct err *e)
{
	struct choice *ch = c->ch;
	const struct symvers *symvers = NULL;
	const struct modinfo *infos[XENDRV_COUNT];
	const char *labels[XENDRV_COUNT];
	bool foreign = false;
	int k;

	*why = NULL;
	for (size_t d = 0; d < XENDRV_COUNT && !*why; d++) {
		infos[d] = ch->infos[d];
		labels[d] = ch->paths[d];
		if (infos[d])
			*why = file_misfit(ch->kernel, labels[d], infos[d], &foreign);
	}
	if (*why || !foreign)
		return 0;
	/* Whoever linked or copied them has judged; with symbol versions, so can we. */
	k = chooser_symvers(c, &symvers, e);
	if (k >= 0 && symvers)
		infos_compatible(infos, labels, ch->kernel->mods->vermagic, symvers, why);
	return k;
}

/* The folder that all files are below; the caller frees. NULL: all are built in. */
static char *common_folder(const struct choice *ch)
{
	const char *first = NULL;
	size_t len = 0;

	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const char *path = ch->paths[d];
		size_t n = 0;

		if (!path)
			continue;
		if (!first) {
			first = path;
			len = strlen(path);
		}
		while (n < len && path[n] == first[n])
			n++;
		len = n;
	}
	while (len && first[len - 1] != '/')
		len--;
	return len > 1 ? strndup(first, len - 1) : NULL;
}

static int accept(struct chooser *c, const struct found *f, bool own, struct err *e)
{
	struct choice *ch = c->ch;
	const struct pkg *pkg = NULL;
	_cleanup_free_ char *folder = common_folder(ch);
	_cleanup_free_ char *nevra = NULL;

	ch->kind = own ? CHOICE_IN_KERNEL : CHOICE_PACKAGE;
	memcpy(ch->names, f->names, sizeof(ch->names));
	for (size_t d = 0; !own && d < XENDRV_COUNT; d++) {
		const struct pkg *p = ch->paths[d] ? owner_of(c->g, ch->paths[d]) : NULL;

		ch->by_hand = ch->by_hand || (ch->paths[d] && !p);
		pkg = pkg ?: p;
	}
	nevra = pkg && !ch->by_hand ? pkg_nevra(pkg) : NULL;
	if (nevra)
		ch->why = strf("%s, in %s", nevra, folder ?: "/");
	else
		ch->why = folder ? strf("in %s", folder) : strf("built into the kernel");
	return ch->why ? 1 : err_nomem(e);
}

static int try_found(struct chooser *c, const struct found *f, bool own, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	char *misfit = NULL;
	int k = read_files(c->g, c->ch, f, &why);

	if (k == -ENOMEM)
		return err_nomem(e);
	if (k < 0) {
		drop(c->ch);
		return chooser_reject(c, strdup(err_text(&why)), e);
	}
	k = set_misfit(c, &misfit, e);
	if (k < 0 || misfit) {
		drop(c->ch);
		return k < 0 ? k : chooser_reject(c, misfit, e);
	}
	return accept(c, f, own, e);
}

/* A whole set outside the kernel's own tree, or in both. */
static int try_outside(struct chooser *c, const char *const *names, struct err *e)
{
	struct found f;

	find_all(names, c->ch->kernel, false, &f);
	if (f.n == XENDRV_COUNT && f.outside)
		return try_found(c, &f, false, e);
	if (!f.n || !f.missing)
		return 0;
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if (f.files[d])
			return chooser_reject(c,
					      strf("%s is installed, but no %s",
						   f.files[d]->path, f.missing),
					      e);
	return 0;
}

/* A bundle's drivers may have other names than the kernel's own. */
int choose_installed(struct chooser *c, struct err *e)
{
	const struct generation *g = c->g->gen;
	struct found f;
	int k = 0;

	find_all(g->drivers, c->ch->kernel, true, &f);
	if (f.n == XENDRV_COUNT)
		k = try_found(c, &f, true, e);
	if (k == 0)
		k = try_outside(c, g->drivers, e);
	if (k == 0 && memcmp(g->drivers, g->bundled, sizeof(g->drivers)) != 0)
		k = try_outside(c, g->bundled, e);
	return k;
}
