/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels by their names and by the packages that hold them. */
#include <stdlib.h>
#include <string.h>

#include "guest/kernels_parts.h"

/* The suffixes of kernel releases and of kernel packages' names, the longer ones first.
 * The installer's BOOT kernel and kdump's are none that a guest runs on. */
static const struct suffix {
	const char *suffix;
	enum variant variant;
} suffixes[] = {
	{ "largesmp", VARIANT_LARGESMP }, { "hugemem", VARIANT_HUGEMEM },
	{ "PAEdebug", VARIANT_DEBUG },	  { "PAE-debug", VARIANT_DEBUG },
	{ "+debug", VARIANT_DEBUG },	  { "debug", VARIANT_DEBUG },
	{ "kdump", VARIANT_UNKNOWN },	  { "BOOT", VARIANT_UNKNOWN },
	{ "xenU", VARIANT_XEN },	  { "xen0", VARIANT_XEN },
	{ "xen", VARIANT_XEN },		  { "smp", VARIANT_SMP },
	{ "PAE", VARIANT_PAE },
};

enum variant variant_of_release(const char *release, char **ret_base)
{
	/* Debian: "2.6.32-5-xen-amd64", whose modules are of no other variant. */
	enum variant v = strstr(release, "-xen-") ? VARIANT_XEN : VARIANT_UP;
	size_t n = strlen(release);

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++) {
		size_t len = strlen(suffixes[i].suffix);

		/* Not a whole name: "xen" after a digit or a tag, "-xen" and ".xen" too.
		 */
		if (n <= len || !endswith(release, suffixes[i].suffix))
			continue;
		v = suffixes[i].variant;
		n -= len;
		if (n > 1 && strchr("-.", release[n - 1]))
			n--;
		break;
	}
	if (ret_base)
		*ret_base = strndup(release, n);
	return v;
}

/* One word of "6.1.0-18-686 SMP preempt mod_unload modversions 686 ". */
static bool vermagic_has(const char *vermagic, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = vermagic; p && (p = strstr(p, word)); p += n)
		if (p > vermagic && p[-1] == ' ' && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static bool boots_hvm(const struct kconfig *c)
{
	return c->xen == KCONF_NO || c->pvhvm == KCONF_BUILTIN;
}

void kernels_tell_variants(struct kernels *ks, const struct generation *g)
{
	if (!g || g->variants[0] || g->variants[1])
		return;
	for (size_t i = 0; i < ks->n; i++) {
		struct kernel *k = &ks->v[i];

		if (k->variant == VARIANT_XEN && boots_hvm(&k->config))
			k->variant = VARIANT_UP;
		if (k->variant == VARIANT_UP && k->mods &&
		    vermagic_has(k->mods->vermagic, "SMP"))
			k->variant = VARIANT_SMP;
	}
}

/* "R" of a path "PREFIX" "R" "SUFFIX…", when it is a plain name. The caller frees. */
static char *release_in(const char *path, const char *prefix, const char *suffix)
{
	const char *rest;
	size_t n;

	if (!startswith(path, prefix))
		return NULL;
	rest = path + strlen(prefix);
	n = strcspn(rest, "/");
	if (!n || !startswith(rest + n, suffix) || (!*suffix && rest[n]))
		return NULL;
	return strndup(rest, n);
}

/* A package without files below /boot and /lib/modules, by its name. */
static char *release_by_name(const struct rpmdb *db, const struct pkg *p)
{
	const char *flavour = p->name + strlen("kernel");

	/* From RHEL 8 on kernel is an empty package that wants kernel-core. */
	for (size_t i = 0; i < db->n; i++)
		if (streq(db->pkgs[i].name, "kernel-core"))
			return NULL;
	flavour += *flavour == '-';
	if (!*flavour)
		return strf("%s-%s", p->version, p->release);
	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
		if (streq(flavour, suffixes[i].suffix))
			return strf("%s-%s%s", p->version, p->release, flavour);
	return NULL;
}

/* The release of a kernel package's vmlinuz (*ret_image is set), else of its modules,
 * else made of its name; NULL: it holds no kernel. The caller frees. */
static char *release_of_package(const struct rpmdb *db, const struct pkg *p,
				bool *ret_image)
{
	static const struct {
		const char *prefix, *suffix;
		bool image;
	} ways[] = {
		{ "/boot/vmlinuz-", "", true },
		{ "/lib/modules/", "/vmlinuz", true },
		{ "/lib/modules/", "/kernel", false },
	};

	*ret_image = true;
	for (size_t w = 0; w < ELEMENTSOF(ways); w++)
		for (size_t i = 0; i < p->files.n; i++) {
			char *release = release_in(p->files.v[i], ways[w].prefix,
						   ways[w].suffix);

			*ret_image = ways[w].image;
			if (release)
				return release;
		}
	return p->files.n ? NULL : release_by_name(db, p);
}

/* RHEL 3: only the package's architecture tells these from i686 and x86_64. */
static enum variant variant_of_arch(enum variant v, const char *arch)
{
	if (streq(arch, "athlon"))
		return v == VARIANT_SMP ? VARIANT_ATHLON_SMP : VARIANT_ATHLON;
	return streq(arch, "ia32e") ? VARIANT_IA32E : v;
}

static bool is_kernel_package(const struct pkg *p)
{
	const char *rest = p->name + strlen("kernel");

	return startswith(p->name, "kernel") && (!*rest || *rest == '-');
}

int kernels_from_packages(struct kernels *ks, const struct rpmdb *db, struct err *e)
{
	for (size_t i = 0; db && i < db->n; i++) {
		const struct pkg *p = &db->pkgs[i];
		_cleanup_free_ char *release = NULL;
		struct kernel *k;
		bool image;
		int n;

		if (!is_kernel_package(p))
			continue;
		release = release_of_package(db, p, &image);
		/* kernel-modules, kernel-module-FOO: of a kernel, and not the kernel */
		if (!release || !release_is_plain(release) ||
		    (!image && strstr(p->name, "-module")))
			continue;
		n = kernels_get(ks, release, &k, e);
		if (n < 0)
			return n;
		if (k->package && !image)
			continue;
		k->in_rpmdb = true;
		free(k->package);
		k->package = pkg_nevra(p);
		if (!k->package)
			return err_nomem(e);
		k->arch = arch_parse(p->arch);
		k->variant = variant_of_arch(k->variant, p->arch);
	}
	return 0;
}
