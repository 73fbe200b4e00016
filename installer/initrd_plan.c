/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which drivers go into which initrd. xen-vbd and what it depends on: the others
 * are of no use before the root is mounted, and loading xen-balloon where there is
 * no Xen platform device panics kernels from RHEL 5.6 on.
 */
#include <fcntl.h>
#include <string.h>

#include "checks/uki.h"
#include "guest/initrd_walk.h"
#include "installer/plan.h"
#include "lib/at.h"
#include "lib/digest.h"

struct initrd_edit *plan_initrd_edit(struct planning *p, const struct kernel *k,
				     struct err *e)
{
	struct plan *plan = p->plan;
	struct initrd_edit *x = NULL;

	for (size_t i = 0; k->image && i < plan->n_edits; i++)
		if (streq(plan->edits[i]->image->path, k->image->path))
			return plan->edits[i];
	if (initrd_edit_new(p->root, k, &x, e) < 0)
		return NULL;
	if (vec_grow(&plan->edits, plan->n_edits, sizeof(struct initrd_edit *)) < 0) {
		initrd_edit_free(x);
		err_nomem(e);
		return NULL;
	}
	plan->edits[plan->n_edits++] = x;
	return x;
}

/* The drivers for one image, in the order in which they must be loaded. */
struct needs {
	enum xendrv v[XENDRV_COUNT];
	size_t n;
};

static bool has_need(const struct needs *s, enum xendrv d)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i] == d)
			return true;
	return false;
}

/* "xen_vbd" and "xen-vbd" are one module; len is a's. */
static bool same_module(const char *a, size_t len, const char *b)
{
	if (strlen(b) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (a[i] != b[i] && !(strchr("-_", a[i]) && strchr("-_", b[i])))
			return false;
	return true;
}

/*
 * d behind what it depends on. Each is added once, so that modules that claim
 * to depend on each other end the walk too.
 */
static void add_need(const struct generation *g, const struct choice *c, enum xendrv d,
		     bool seen[XENDRV_COUNT], struct needs *s)
{
	const char *depends = c->infos[d] ? c->infos[d]->depends : NULL;

	if (seen[d])
		return;
	seen[d] = true;
	for (const char *p = depends; p && *p;) {
		size_t len = strcspn(p, ",");

		for (unsigned int o = 0; o < XENDRV_COUNT; o++)
			if (g->drivers[o] && same_module(p, len, g->drivers[o]))
				add_need(g, c, o, seen, s);
		p += len + (p[len] == ',');
	}
	if (!c->builtin[d] && !has_need(s, d))
		s->v[s->n++] = d;
}

static struct needs needs_of(const struct generation *g, const struct choice *c)
{
	bool seen[XENDRV_COUNT] = { false };
	struct needs s = { .n = 0 };

	/* First whatever the module says: the bus that vbd sits on. */
	add_need(g, c, XENDRV_PLATFORM, seen, &s);
	add_need(g, c, XENDRV_VBD, seen, &s);
	return s;
}

/* The module's file as it is or will be: an fd to be closed. */
static int open_driver(struct planning *p, const struct choice *c, enum xendrv d,
		       struct err *e)
{
	const struct bundle_module *m = c->modules[d];
	int fd;

	if (!m && !c->paths[d])
		return err_set(e, ENOENT, "kernel %s: it has no file of %s",
			       c->kernel->release, p->g->gen->drivers[d]);
	if (!m && !endswith(c->paths[d], p->g->gen->module_suffix))
		return err_set(e, ENOTSUP,
			       "%s: nash does not load modules that are "
			       "compressed",
			       c->paths[d]);
	if (!m)
		return root_open_file(p->root, c->paths[d], NULL, e);
	fd = dup_cloexec(m->fd);
	return fd < 0 ? err_errno(e, errno, "%s", m->path) : fd;
}

/* A module of the kernel that is in its image already: other bytes are replaced. */
static int refresh(struct planning *p, struct initrd_edit *x, const char *path, int fd,
		   struct err *e)
{
	char want[DIGEST_HEX];
	char have[DIGEST_HEX] = "";
	int r = digest_fd(fd, want, NULL);

	if (r < 0)
		return err_errno(e, r, "reading %s", path_base(path));
	r = initrd_digest(p->root, x->image, path, have, e);
	if (r < 0 || streq(want, have))
		return r < 0 ? r : 0;
	r = initrd_edit_replace(x, path, fd, e);
	if (r == 0 &&
	    strv_addf(&x->details, "%s replaced by this kernel's", path_base(path)) < 0)
		r = err_nomem(e);
	return r;
}

/* The image's own way to write paths: "./lib/", "/lib/" or "lib/". */
static const char *path_prefix(const struct initrd *i)
{
	if (startswith(i->init_name, "./"))
		return "./";
	return i->init_name[0] == '/' ? "/" : "";
}

static int add_module(struct initrd_edit *x, const char *path, int fd, struct err *e)
{
	const struct initrd *i = x->image;
	bool has_lib = i->has_lib;
	int r = 0;

	for (size_t n = 0; n < x->n_files; n++)
		has_lib = has_lib || initrd_name_is(x->files[n].path, "lib");
	if (!has_lib) {
		_cleanup_free_ char *lib = strf("%slib", path_prefix(i));

		if (!lib)
			return err_nomem(e);
		r = initrd_edit_add(x, lib, -1, S_IFDIR | 0755, e);
	}
	if (r == 0)
		r = initrd_edit_add(x, path, fd, S_IFREG | 0644, e);
	if (r == 0 && strv_addf(&x->details, "%s added", path_base(path)) < 0)
		r = err_nomem(e);
	return r;
}

/* Have one driver in the image; *ret_path is where, the caller frees. */
static int have_driver(struct planning *p, const struct choice *c, struct initrd_edit *x,
		       enum xendrv d, char **ret_path, struct err *e)
{
	const char *there = initrd_module_path(x->image, p->g->gen->drivers[d]);
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (there)
		path = strdup(there);
	else
		path = strf("%slib/%s%s", path_prefix(x->image), p->g->gen->drivers[d],
			    p->g->gen->module_suffix);
	if (!path)
		return err_nomem(e);
	fd = open_driver(p, c, d, e);
	if (fd < 0)
		return fd;
	r = there ? refresh(p, x, path, fd, e) : add_module(x, path, fd, e);
	if (r == 0)
		*ret_path = TAKE_PTR(path);
	return r;
}

/* Modules beside ours that a driver needs must be the image's own already. */
static int check_depends(struct planning *p, const struct choice *c,
			 const struct initrd *i, enum xendrv d, struct err *e)
{
	const struct generation *g = p->g->gen;
	const char *depends = c->infos[d] ? c->infos[d]->depends : NULL;

	for (const char *s = depends; s && *s;) {
		size_t len = strcspn(s, ",");
		_cleanup_free_ char *name = strndup(s, len);
		bool ours = false;

		if (!name)
			return err_nomem(e);
		for (unsigned int o = 0; o < XENDRV_COUNT; o++)
			ours = ours ||
			       (g->drivers[o] && same_module(s, len, g->drivers[o]));
		if (!ours && len && initrd_load_index(i, name) < 0)
			return err_set(
				e, ENOTSUP,
				"%s: %s needs the module %s, which it does not load",
				i->path, g->drivers[d], name);
		s += len + (s[len] == ',');
	}
	return 0;
}

static int plan_kernel(struct planning *p, const struct choice *c, struct err *e)
{
	const struct kernel *k = c->kernel;
	struct needs s = needs_of(p->g->gen, c);
	struct initrd_want want[XENDRV_COUNT];
	char *paths[XENDRV_COUNT] = { NULL };
	struct initrd_edit *x;
	int r = 0;

	if (!s.n)
		return 0;
	x = plan_initrd_edit(p, k, e);
	if (!x)
		return e && e->code ? -e->code : -ENOTSUP;
	if (!x->image->nash)
		return err_set(e, ENOTSUP, "%s: its /init is not one that nash runs",
			       x->image->path);
	if (x->kernel != k)
		return err_set(e, ENOTSUP, "%s: it is the initrd of kernel %s too",
			       x->image->path, x->kernel->release);
	x->after_scsi = !p->boot_disk_pv && p->g->storage && p->g->storage->boot_disk &&
			startswith(p->g->storage->boot_disk, "sd");
	for (size_t i = 0; r == 0 && i < s.n; i++) {
		r = check_depends(p, c, x->image, s.v[i], e);
		if (r == 0)
			r = have_driver(p, c, x, s.v[i], &paths[i], e);
		want[i] = (struct initrd_want){ .module = p->g->gen->drivers[s.v[i]],
						.path = paths[i] };
	}
	if (r == 0)
		r = initrd_edit_loads(x, want, s.n, e);
	if (r >= 0)
		r = initrd_edit_fits(x, e);
	for (size_t i = 0; i < s.n; i++)
		free(paths[i]);
	return r < 0 ? r : 0;
}

/* A kernel whose image cannot be done: nothing half done stays in the plan. */
static void drop_edit(struct plan *plan, const struct kernel *k)
{
	for (size_t i = 0; i < plan->n_edits; i++) {
		if (plan->edits[i]->kernel != k)
			continue;
		initrd_edit_free(plan->edits[i]);
		plan->edits[i] = plan->edits[--plan->n_edits];
		return;
	}
}

/*
 * What cannot be edited is left alone and said so, unless it is what the guest
 * boots by default.
 */
int plan_images(struct planning *p,
		int (*one)(struct planning *p, const struct choice *c, struct err *e),
		struct err *e)
{
	for (size_t i = 0; i < p->choices->n; i++) {
		const struct choice *c = &p->choices->v[i];
		const struct kernel *k = c->kernel;
		_cleanup_err_ struct err why = ERR_INIT;
		int r;

		if (!p->selected[i] || c->kind == CHOICE_NONE ||
		    k->variant == VARIANT_XEN)
			continue;
		/* See uki.c. */
		if (uki_alone(p->g, k))
			continue;
		r = one(p, c, &why);
		if (r >= 0)
			continue;
		if (r != -ENOTSUP || k->is_default)
			return err_set(e, r, "%s", err_text(&why));
		drop_edit(p->plan, k);
		if (strv_addf(&p->plan->notes,
			      "kernel %s: its initrd is left as it is, so it does not "
			      "boot from PV disks: %s",
			      k->release, err_text(&why)) < 0)
			return err_nomem(e);
	}
	return 0;
}

int plan_initrd(struct planning *p, struct err *e)
{
	return plan_images(p, plan_kernel, e);
}

static int plan_op_of(struct planning *p, struct initrd_edit *x, struct err *e)
{
	_cleanup_free_ char *real = NULL;
	_cleanup_close_ int fd = -1;
	struct op *op;
	int r;

	r = root_realpath(p->root, x->image->path, false, &real, e);
	if (r < 0)
		return r;
	fd = root_open_file(p->root, real, NULL, e);
	if (fd < 0)
		return fd;
	op = plan_op(p->plan, OP_WRITE, "rewrite-initrd", real);
	if (!op)
		return err_nomem(e);
	op->exists = true;
	op->boot = true;
	op->produce = initrd_edit_write;
	op->check = initrd_edit_check;
	op->arg = x;
	op->bytes = initrd_edit_size(x);
	op->detail = strv_join(&x->details, "; ");
	op->keep = strf("%s.xenpv-orig", real);
	if (!op->detail || !op->keep)
		return err_nomem(e);
	r = digest_fd(fd, op->old_digest, NULL);
	return r < 0 ? err_errno(e, r, "reading %s", real) : 0;
}

int plan_initrd_ops(struct planning *p, struct err *e)
{
	for (size_t i = 0; i < p->plan->n_edits; i++) {
		struct initrd_edit *x = p->plan->edits[i];
		int r = initrd_edit_empty(x) ? 0 : plan_op_of(p, x, e);

		if (r < 0)
			return r;
	}
	return 0;
}
