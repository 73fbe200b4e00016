/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include <rpm/rpmver.h>

#include "guest/kernels.h"

/* The suffixes of kernel releases and of kernel packages' names, the longer ones first.
 */
static const struct suffix {
	const char *suffix;
	enum variant variant;
} suffixes[] = {
	{ "largesmp", VARIANT_LARGESMP }, { "hugemem", VARIANT_HUGEMEM },
	{ "PAEdebug", VARIANT_DEBUG },	  { "PAE-debug", VARIANT_DEBUG },
	{ "+debug", VARIANT_DEBUG },	  { "debug", VARIANT_DEBUG },
	{ "xenU", VARIANT_XEN },	  { "xen0", VARIANT_XEN },
	{ "xen", VARIANT_XEN },		  { "smp", VARIANT_SMP },
	{ "PAE", VARIANT_PAE },
};

enum variant variant_of_release(const char *release, char **ret_base)
{
	enum variant v = VARIANT_UP;
	size_t n = strlen(release);

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
		size_t len = strlen(suffixes[i].suffix);

		/* Not a whole name: "xen" after a digit or a tag, "-xen" too. */
		if (n <= len || !endswith(release, suffixes[i].suffix))
			continue;
		v = suffixes[i].variant;
		n -= len;
		if (n > 1 && release[n - 1] == '-')
			n--;
		break;
	}
	if (ret_base)
		*ret_base = strndup(release, n);
	return v;
}

void kernels_free(struct kernels *ks)
{
	if (!ks)
		return;
	for (size_t i = 0; i < ks->n; i++) {
		struct kernel *k = &ks->v[i];

		free(k->release);
		free(k->base);
		free(k->vmlinuz);
		free(k->initrd);
		free(k->package);
		modtree_free(k->mods);
		initrd_free(k->image);
		free(k->image_problem);
		strv_done(&k->disagreements);
	}
	free(ks->v);
	free(ks);
}

const struct kernel *kernels_find(const struct kernels *ks, const char *release)
{
	for (size_t i = 0; i < ks->n; i++)
		if (streq(ks->v[i].release, release))
			return &ks->v[i];
	return NULL;
}

static struct kernel *get(struct kernels *ks, const char *release)
{
	struct kernel *k;

	for (size_t i = 0; i < ks->n; i++)
		if (streq(ks->v[i].release, release))
			return &ks->v[i];
	if (vec_grow(&ks->v, ks->n, sizeof(*ks->v)) < 0)
		return NULL;
	k = &ks->v[ks->n++];
	k->release = strdup(release);
	k->variant = variant_of_release(release, &k->base);
	return k->release && k->base ? k : NULL;
}

/* Of a kernel package: the release of its vmlinuz, else of its modules, else made of its
 * name, version and release; NULL: it holds no kernel. The caller frees. */
static char *release_of_package(const struct pkg *p)
{
	static const char boot[] = "/boot/vmlinuz-";
	static const char modules[] = "/lib/modules/";
	const char *flavour = p->name + strlen("kernel");

	for (size_t i = 0; i < p->files.n; i++)
		if (startswith(p->files.v[i], boot))
			return strdup(p->files.v[i] + strlen(boot));
	for (size_t i = 0; i < p->files.n; i++) {
		const char *rest = p->files.v[i] + strlen(modules);

		if (startswith(p->files.v[i], modules) && strstr(rest, "/kernel"))
			return strndup(rest, strcspn(rest, "/"));
	}
	if (p->files.n)
		return NULL;
	flavour += *flavour == '-';
	if (!*flavour)
		return strf("%s-%s", p->version, p->release);
	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
		if (streq(flavour, suffixes[i].suffix))
			return strf("%s-%s%s", p->version, p->release, flavour);
	return NULL;
}

static int from_packages(const struct rpmdb *db, struct kernels *ks)
{
	for (size_t i = 0; db && i < db->n; i++) {
		const struct pkg *p = &db->pkgs[i];
		_cleanup_free_ char *release = NULL;
		struct kernel *k;

		if (!startswith(p->name, "kernel") ||
		    (p->name[strlen("kernel")] && p->name[strlen("kernel")] != '-'))
			continue;
		release = release_of_package(p);
		if (!release)
			continue;
		k = get(ks, release);
		if (!k)
			return -ENOMEM;
		k->in_rpmdb = true;
		free(k->package);
		k->package = pkg_nevra(p);
		if (k->arch == ARCH_UNKNOWN)
			k->arch = arch_parse(p->arch);
		/* RHEL 3: only the package's architecture tells these from i686 and
		 * x86_64. */
		if (streq(p->arch, "athlon"))
			k->variant = k->variant == VARIANT_SMP ? VARIANT_ATHLON_SMP
							       : VARIANT_ATHLON;
		else if (streq(p->arch, "ia32e"))
			k->variant = VARIANT_IA32E;
	}
	return 0;
}

static int from_boot(const struct root *r, struct kernels *ks, struct err *e)
{
	static const char *const prefixes[] = { "vmlinuz-", "vmlinux-" };
	_cleanup_strv_ struct strv names = { 0 };
	int k = root_list(r, "/boot", &names, e);

	if (k == -ENOENT)
		err_done(e);
	else if (k < 0)
		return k;
	for (size_t i = 0; i < names.n; i++)
		for (size_t j = 0; j < ELEMENTSOF(prefixes); j++) {
			_cleanup_free_ char *path = strf("/boot/%s", names.v[i]);
			struct kernel *kernel;

			if (!path)
				return err_nomem(e);
			if (!startswith(names.v[i], prefixes[j]) ||
			    !root_is_file(r, path) || strstr(names.v[i], "rescue"))
				continue;
			kernel = get(ks, names.v[i] + strlen(prefixes[j]));
			if (!kernel)
				return err_nomem(e);
			kernel->in_boot = true;
			free(kernel->vmlinuz);
			kernel->vmlinuz = TAKE_PTR(path);
		}
	return 0;
}

/* A folder that only holds what a removed kernel left (extra/, weak-updates/) is no
 * kernel. */
static int from_modules(const struct root *r, struct kernels *ks, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	int k = root_list(r, "/lib/modules", &names, e);

	if (k == -ENOENT)
		err_done(e);
	else if (k < 0)
		return k;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *dir = strf("/lib/modules/%s", names.v[i]);
		_cleanup_free_ char *own = strf("/lib/modules/%s/kernel", names.v[i]);
		struct kernel *kernel;

		if (!dir || !own)
			return err_nomem(e);
		if (!root_is_dir(r, dir) ||
		    (!kernels_find(ks, names.v[i]) && !root_is_dir(r, own)))
			continue;
		kernel = get(ks, names.v[i]);
		if (!kernel)
			return err_nomem(e);
		kernel->in_modules = true;
	}
	return 0;
}

static int find_initrd(const struct root *r, const struct bootcfg *boot, struct kernel *k)
{
	const struct boot_entry *b = boot ? bootcfg_for(boot, k->release) : NULL;
	char *candidates[] = {
		strf("%s", b && b->initrd ? b->initrd : ""),
		strf("/boot/initrd-%s.img", k->release),
		strf("/boot/initramfs-%s.img", k->release),
		strf("/boot/initrd.img-%s", k->release),
	};
	bool nomem = false;

	for (size_t i = 0; i < ELEMENTSOF(candidates); i++) {
		nomem = nomem || !candidates[i];
		if (!k->initrd && candidates[i] && candidates[i][0] &&
		    root_is_file(r, candidates[i]))
			k->initrd = TAKE_PTR(candidates[i]);
		free(candidates[i]);
	}
	return nomem ? -ENOMEM : 0;
}

static int read_parts(const struct root *r, struct kernel *k, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	int n;

	if (k->in_modules) {
		n = modtree_read(r, k->release, &k->mods, e);
		if (n < 0)
			return n;
		if (k->mods->arch != ARCH_UNKNOWN)
			k->arch = k->mods->arch;
	}
	if (!k->initrd)
		return 0;
	n = initrd_read(r, k->initrd, &k->image, &why);
	if (n == -ENOMEM)
		return err_nomem(e);
	if (n < 0) {
		k->image_problem = strdup(err_text(&why));
		if (!k->image_problem)
			return err_nomem(e);
	}
	return 0;
}

static int note_disagreements(struct kernel *k, const struct rpmdb *db)
{
	int n = 0;

	if (k->in_rpmdb && !k->in_modules)
		n = strv_addf(&k->disagreements,
			      "%s is installed, but /lib/modules/%s is missing",
			      k->package, k->release);
	if (n >= 0 && k->in_modules && !k->in_boot)
		n = strv_addf(&k->disagreements,
			      "/lib/modules/%s is there, but no /boot/vmlinuz-%s",
			      k->release, k->release);
	if (n >= 0 && !k->in_modules && !k->in_rpmdb)
		n = strv_addf(&k->disagreements, "%s is there, but no /lib/modules/%s",
			      k->vmlinuz, k->release);
	if (n >= 0 && !k->in_rpmdb && k->in_modules && db && db->state == RPMDB_OK)
		n = strv_addf(&k->disagreements,
			      "no package of the rpm database owns kernel %s",
			      k->release);
	return n;
}

static int mark_default(struct kernels *ks, const struct bootcfg *boot,
			const char *running)
{
	const struct boot_entry *b = boot ? bootcfg_default(boot) : NULL;

	for (size_t i = 0; i < ks->n; i++) {
		struct kernel *k = &ks->v[i];

		k->running = running && streq(k->release, running);
		k->is_default = b &&
				(b->release ? streq(b->release, k->release)
					    : b->kernel && streq(b->kernel, k->vmlinuz));
		if (k->is_default && !k->in_boot &&
		    strv_addf(&k->disagreements, "%s boots %s, which is missing", b->file,
			      b->kernel) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int cmp(const void *a, const void *b)
{
	const struct kernel *x = a;
	const struct kernel *y = b;

	return rpmvercmp(x->release, y->release) ?: strcmp(x->release, y->release);
}

int kernels_read(const struct root *r, const struct generation *g, const struct rpmdb *db,
		 const struct bootcfg *boot, const char *running, struct kernels **ret,
		 struct err *e)
{
	_cleanup_(kernels_freep) struct kernels *ks = calloc(1, sizeof(*ks));
	int k;

	if (!ks)
		return err_nomem(e);
	if (from_packages(db, ks) < 0)
		return err_nomem(e);
	k = from_boot(r, ks, e);
	if (k >= 0)
		k = from_modules(r, ks, e);
	if (k < 0)
		return k;
	if (ks->n > 1)
		qsort(ks->v, ks->n, sizeof(*ks->v), cmp);
	for (size_t i = 0; i < ks->n; i++) {
		if (find_initrd(r, boot, &ks->v[i]) < 0)
			return err_nomem(e);
		k = read_parts(r, &ks->v[i], e);
		if (k < 0)
			return k;
		if (note_disagreements(&ks->v[i], db) < 0)
			return err_nomem(e);
	}
	if (mark_default(ks, boot, running) < 0)
		return err_nomem(e);
	*ret = TAKE_PTR(ks);
	return 0;
}
