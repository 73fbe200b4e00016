/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images of dracut and initramfs-tools: udev in them loads what the indexes list for a
 * device's alias. So the block driver, with what it needs, is put where depmod has it,
 * and into the image's own indexes. The network driver is of no use before the root is
 * mounted, and comes from the root then.
 */
#include <fcntl.h>
#include <string.h>

#include "installer/kmodindex.h"
#include "installer/plan.h"
#include "lib/at.h"

#define DEP_MAX (16u * 1024 * 1024)
#define NEW_MAX 64 /* modules that one driver brings along */

/* What one image gets. */
struct adding {
	struct planning *p;
	const struct choice *c;
	struct initrd_edit *x;
	char *dep;    /* the kernel's modules.dep */
	char *prefix; /* "/lib/modules/R/" */
	struct kmod_new v[NEW_MAX];
	struct modinfo *infos[NEW_MAX];
	size_t n;
};

static void adding_done(struct adding *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->v[i].path);
		strv_done(&a->v[i].deps);
		modinfo_free(a->infos[i]);
	}
	free(a->dep);
	free(a->prefix);
}

/* The words behind a module's colon in modules.dep; absolute ones made relative. */
static int find_deps(const struct adding *a, const char *rel, struct strv *ret)
{
	size_t len = strlen(rel);

	for (const char *l = a->dep; l && *l; l = line_next(l)) {
		const char *p = startswith(l, a->prefix) ? l + strlen(a->prefix) : l;
		const char *end = l + strcspn(l, "\n");

		if (strncmp(p, rel, len) != 0 || p[len] != ':')
			continue;
		for (p += len + 1; p < end;) {
			size_t n = strcspn(p, " \t\n");
			_cleanup_free_ char *word = strndup(p, n);
			const char *w = word;

			if (word && startswith(word, a->prefix))
				w += strlen(a->prefix);
			if (!word || (n && strv_add(ret, w) < 0))
				return -ENOMEM;
			p += n + (p + n < end);
		}
		return 1;
	}
	return 0;
}

static bool image_has_folder(const struct initrd_edit *x, const char *path)
{
	for (size_t i = 0; i < x->n_files; i++)
		if (x->files[i].fd < 0 && streq(x->files[i].path, path))
			return true;
	return strv_has(&x->image->moddirs, path);
}

/* The folders below lib/modules/R that a new file needs, outermost first. */
static int add_folders(struct adding *a, const char *path, struct err *e)
{
	size_t from = strlen(a->x->image->moddir) + 1;
	_cleanup_free_ char *dir = strdup(path);

	if (!dir)
		return err_nomem(e);
	for (char *s = strchr(dir + from, '/'); s; s = strchr(s + 1, '/')) {
		int r = 0;

		*s = '\0';
		if (!image_has_folder(a->x, dir))
			r = initrd_edit_add(a->x, dir, -1, S_IFDIR | 0755, e);
		*s = '/';
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_file(struct adding *a, const char *rel, int fd, struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", a->x->image->moddir, rel);
	int r = path ? add_folders(a, path, e) : err_nomem(e);

	if (r == 0)
		r = initrd_edit_add(a->x, path, fd, S_IFREG | 0644, e);
	if (r == 0 && strv_addf(&a->x->details, "%s added", path_base(path)) < 0)
		r = err_nomem(e);
	return r;
}

/* A file of the guest, or one of a bundle that will be. */
static int open_module(const struct adding *a, const char *file, struct err *e)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const struct bundle_module *m = a->c->modules[d];
		int fd;

		if (!m || !streq(a->c->paths[d], file))
			continue;
		fd = dup_cloexec(m->fd);
		return fd < 0 ? err_errno(e, errno, "%s", m->path) : fd;
	}
	return root_open_file(a->p->root, file, NULL, e);
}

/* By another driver that needs it, too. */
static bool is_added(const struct adding *a, const char *rel)
{
	for (size_t i = 0; i < a->n; i++)
		if (streq(a->v[i].path, rel))
			return true;
	return false;
}

/* One module, which the image may have; its index entries at any rate. */
static int add_module(struct adding *a, const char *rel, struct err *e)
{
	_cleanup_free_ char *file = strf("%s%s", a->prefix, rel);
	_cleanup_free_ char *name = module_name(path_base(rel));
	_cleanup_close_ int fd = -1;
	struct kmod_new *m;
	bool there;
	int r;

	if (!file || !name)
		return err_nomem(e);
	there = initrd_has_module(a->x->image, name);
	if ((there && initrd_lists_module(a->x->image, name)) || is_added(a, rel))
		return 0;
	if (a->n == NEW_MAX)
		return err_set(e, E2BIG, "%s: it needs more than %d modules",
			       a->c->kernel->release, NEW_MAX);
	fd = open_module(a, file, e);
	if (fd < 0)
		return fd;
	m = &a->v[a->n];
	r = modinfo_read(fd, file, &a->infos[a->n], e);
	if (r < 0)
		return r;
	m->info = a->infos[a->n];
	m->path = strdup(rel);
	a->n++;
	if (!m->path || find_deps(a, rel, &m->deps) < 0)
		return err_nomem(e);
	return there ? 0 : add_file(a, rel, fd, e);
}

/* An index that is edited; one that the image has more than once, once. */
static bool is_edited(const struct initrd *i, size_t k, const struct initrd_blob *v,
		      size_t n)
{
	const char *path = i->indexes.v[k];

	for (size_t o = 0; o < n; o++)
		if (streq(v[o].path, path))
			return false;
	return startswith(path, i->moddir) && kmodindex_knows(path_base(path));
}

/* The image's indexes with the new modules in them. */
static int edit_indexes(struct adding *a, struct err *e)
{
	const struct initrd *i = a->x->image;
	_cleanup_free_ struct initrd_blob *v = calloc(i->indexes.n + 1, sizeof(*v));
	size_t n = 0;
	int r;

	if (!v)
		return err_nomem(e);
	for (size_t k = 0; k < i->indexes.n; k++)
		if (is_edited(i, k, v, n))
			v[n++].path = i->indexes.v[k];
	r = initrd_read_blobs(a->p->root, i, v, n, DEP_MAX, &a->x->sums, e);
	for (size_t k = 0; r >= 0 && k < n; k++) {
		_cleanup_free_ char *label = strf("%s: %s", i->path, v[k].path);
		_cleanup_free_ char *new = NULL;
		size_t len = 0;

		r = label ? kmodindex_add(path_base(v[k].path), label, v[k].data,
					  v[k].len, a->v, a->n, &new, &len, e)
			  : err_nomem(e);
		if (r > 0)
			r = initrd_edit_replace_data(a->x, v[k].path, new, len, e);
	}
	for (size_t k = 0; k < n; k++)
		free(v[k].data);
	return r < 0 ? r : 0;
}

static int add_driver(struct adding *a, const char *path, struct err *e)
{
	_cleanup_strv_ struct strv deps = { 0 };
	const char *rel;
	int r = 0;

	if (!startswith(path, a->prefix))
		return err_set(e, ENOTSUP, "%s: is not below %s", path, a->prefix);
	rel = path + strlen(a->prefix);
	if (find_deps(a, rel, &deps) < 0)
		return err_nomem(e);
	/* modules.dep has what is to be loaded first last. */
	for (size_t i = deps.n; r == 0 && i > 0; i--)
		r = add_module(a, deps.v[i - 1], e);
	return r < 0 ? r : add_module(a, rel, e);
}

static int edit_image(struct planning *p, const struct choice *c, struct err *e)
{
	_cleanup_(adding_done) struct adding a = { .p = p, .c = c };
	_cleanup_free_ char *dep = strf("/lib/modules/%s/modules.dep",
					c->kernel->release);
	int r;

	a.prefix = strf("/lib/modules/%s/", c->kernel->release);
	if (!dep || !a.prefix)
		return err_nomem(e);
	a.x = plan_initrd_edit(p, c->kernel, e);
	if (!a.x)
		return e && e->code ? -e->code : -ENOTSUP;
	if (a.x->kernel != c->kernel)
		return err_set(e, ENOTSUP, "%s: it is the initrd of kernel %s too",
			       a.x->image->path, a.x->kernel->release);
	/* As it will be, with a bundle's modules. */
	r = plan_text(p, dep, &a.dep, NULL, e);
	if (r == 0)
		r = err_set(e, ENOENT, "%s: there is none", dep);
	/* The bus first, where it is a module; what the kernel has built in has no path.
	 */
	if (r > 0 && c->paths[XENDRV_PLATFORM])
		r = add_driver(&a, c->paths[XENDRV_PLATFORM], e);
	if (r >= 0)
		r = add_driver(&a, c->paths[XENDRV_VBD], e);
	if (r >= 0)
		r = plan_softdeps_image(p, c, a.x, e);
	return r < 0 || !a.n ? r : edit_indexes(&a, e);
}

static int plan_kernel(struct planning *p, const struct choice *c, struct err *e)
{
	if (c->builtin[XENDRV_VBD])
		return 0;
	if (!c->paths[XENDRV_VBD])
		return err_set(e, ENOENT, "kernel %s: it has no file of %s",
			       c->kernel->release, c->names[XENDRV_VBD]);
	return edit_image(p, c, e);
}

int plan_initramfs(struct planning *p, struct err *e)
{
	return plan_images(p, plan_kernel, e);
}
