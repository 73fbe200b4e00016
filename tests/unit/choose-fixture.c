/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/choose-fixture.h"

const char *const set_drivers[4] = { "xen-platform-pci", "xen-balloon", "xen-vbd",
				     "xen-vnif" };

const struct made for_r = { R, FLAGS, "i686", "0x1111", false };
const struct made for_old = { OLD, FLAGS, "i686", "0x1111", false };

void put_module(struct tree *t, const char *dir, const char *name, const struct made *m)
{
	_cleanup_free_ char *path = strf("%s/%s.ko", dir, name);
	_cleanup_free_ char *file = tree_name(t, path);
	_cleanup_free_ char *vermagic = m->kernel ? strf("%s %s", m->kernel, m->flags)
						  : strf("%s", "");
	_cleanup_free_ char *printk = strf("printk=%s", m->printk);
	bool first = streq(name, "xen-platform-pci");

	/* The set needs itself: the platform driver exports what the others import. */
	make_module("--name", name, "--arch", m->arch, "--vermagic", vermagic, "--import",
		    printk, first ? "--export" : "--import", "xenbus_x=0x77", "-o", file,
		    m->no_versions ? "--no-versions" : NULL);
}

void put_set(struct tree *t, const char *dir, const struct made *m)
{
	for (size_t i = 0; i < ELEMENTSOF(set_drivers); i++)
		put_module(t, dir, set_drivers[i], m);
}

void bundle_set(struct fixture *f, const char *kernel, const char *release,
		const struct made *m)
{
	_cleanup_free_ char *dir = strf("/lib/modules/%s/extra/xenpv/%s", kernel,
					release);

	put_set(&f->bundle, dir, m);
}

void put_symvers(struct fixture *f, const char *text)
{
	tree_put(&f->t, LIB "/build/Module.symvers", text);
}

void fixture_init(struct fixture *f)
{
	*f = (struct fixture){ 0 };
	tree_init(&f->t);
	tree_init(&f->bundle);
	f->kernel = (struct kernel){ .release = (char *)(uintptr_t)R,
				     .variant = VARIANT_UP,
				     .arch = ARCH_I386 };
	f->kernels = (struct kernels){ .v = &f->kernel, .n = 1 };
	f->db.state = RPMDB_OK;
	f->g = (struct guest){ .root = f->t.root,
			       .gen = generation_find("rhel", 5),
			       .kernels = &f->kernels,
			       .db = &f->db };
	/* A module of the kernel's own, which tells its vermagic. */
	put_module(&f->t, LIB "/kernel/fs", "ext3", &for_r);
}

void own_files(struct fixture *f, const char *dir)
{
	static char name[] = "kmod-xenpv", version[] = "0.1", release[] = "9.el5";
	static char arch[] = "i686";

	f->pkg = (struct pkg){ .name = name,
			       .version = version,
			       .release = release,
			       .arch = arch,
			       .epoch = -1 };
	for (size_t i = 0; i < ELEMENTSOF(set_drivers); i++)
		if (strv_addf(&f->pkg.files, "%s/%s.ko", dir, set_drivers[i]) < 0)
			abort();
	f->db.pkgs = &f->pkg;
	f->db.n = 1;
}

void add_bundle(struct fixture *f, const char *path)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct bundle *b = NULL;

	if (bundle_open(path, &(struct policy){ 0 }, &b, &e) < 0 ||
	    vec_grow(&f->bundles.v, f->bundles.n, sizeof(*f->bundles.v)) < 0) {
		printf("# %s\n", err_text(&e));
		abort();
	}
	f->bundles.v[f->bundles.n++] = b;
}

void sums(const char *dir)
{
	if (run_in(dir, (const char *const[]){
				"sh", "-c",
				"find lib -type f | sort | xargs sha256sum >SHA256SUMS",
				NULL }))
		abort();
}

const struct choice *decide(struct fixture *f)
{
	_cleanup_err_ struct err e = ERR_INIT;

	choices_free(TAKE_PTR(f->choices));
	modtree_free(TAKE_PTR(f->kernel.mods));
	if (modtree_read(f->t.root, R, &f->kernel.mods, &e) < 0)
		abort();
	if (root_is_dir(f->bundle.root, "/lib")) {
		bundles_done(&f->bundles);
		sums(f->bundle.path);
		add_bundle(f, f->bundle.path);
	}
	if (choices_make(&f->g, &f->bundles, &f->choices, &e) < 0)
		abort();
	f->ch = &f->choices->v[0];
	return f->ch;
}

void fixture_done(struct fixture *f)
{
	f->pkg.files.n = f->db.n ? ELEMENTSOF(set_drivers) : 0;
	strv_done(&f->pkg.files);
	choices_free(f->choices);
	bundles_done(&f->bundles);
	modtree_free(f->kernel.mods);
	tree_done(&f->t);
	tree_done(&f->bundle);
}
