/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "guest/kernels_parts.h"
#include "guest/version.h"

/*
 * Of memory that the modules and images of all kernels take: each is bounded, but there
 * may be many. Real ones take 2 MiB for a kernel.
 */
#define BYTES_MAX ((size_t)128 * 1024 * 1024)

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
		free(k->kdump);
		initrd_free(k->kdump_image);
		strv_done(&k->disagreements);
	}
	free(ks->v);
	strv_done(&ks->problems);
	free(ks);
}

const struct kernel *kernels_find(const struct kernels *ks, const char *release)
{
	for (size_t i = 0; i < ks->n; i++)
		if (streq(ks->v[i].release, release))
			return &ks->v[i];
	return NULL;
}

int kernels_get(struct kernels *ks, const char *release, struct kernel **ret,
		struct err *e)
{
	struct kernel *k;

	for (size_t i = 0; i < ks->n; i++)
		if (streq(ks->v[i].release, release)) {
			*ret = &ks->v[i];
			return 0;
		}
	if (ks->n >= KERNELS_MAX)
		return err_set(e, E2BIG,
			       "more than %d kernels in /boot, /lib/modules and the rpm "
			       "database",
			       KERNELS_MAX);
	if (vec_grow(&ks->v, ks->n, sizeof(*ks->v)) < 0)
		return err_nomem(e);
	k = &ks->v[ks->n++];
	k->release = strdup(release);
	k->variant = variant_of_release(release, &k->base);
	if (!k->release || !k->base)
		return err_nomem(e);
	*ret = k;
	return 0;
}

/* What package managers and people leave beside a kernel, "vmlinuz-R.old", and kernels
 * for a rescue. */
static bool is_spare(const char *name)
{
	static const char *const suffixes[] = { ".old",	   ".bak",     ".orig", ".save",
						".rpmnew", ".rpmsave", ".hmac", ".sig",
						".gz",	   "~" };

	for (size_t i = 0; i < ELEMENTSOF(suffixes); i++)
		if (endswith(name, suffixes[i]))
			return true;
	return strstr(name, "rescue") || strstr(name, ".dpkg-");
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
			    !release_is_plain(names.v[i] + strlen(prefixes[j])) ||
			    is_spare(names.v[i]) || !root_is_file(r, path))
				continue;
			k = kernels_get(ks, names.v[i] + strlen(prefixes[j]), &kernel, e);
			if (k < 0)
				return k;
			kernel->in_boot = true;
			free(kernel->vmlinuz);
			kernel->vmlinuz = TAKE_PTR(path);
		}
	return 0;
}

/*
 * One folder of /lib/modules. Without kernel/ it holds what a removed kernel left
 * (extra/, weak-updates/), and is no kernel unless /boot or the rpm database knows one.
 */
static int from_folder(const struct root *r, struct kernels *ks, const char *name,
		       struct err *e)
{
	_cleanup_free_ char *dir = strf("/lib/modules/%s", name);
	_cleanup_free_ char *own = strf("/lib/modules/%s/kernel", name);
	struct kernel *k;
	bool whole;
	int n;

	if (!dir || !own)
		return err_nomem(e);
	if (!root_is_dir(r, dir))
		return 0;
	whole = root_is_dir(r, own);
	if (!whole && !kernels_find(ks, name)) {
		if (name[0] < '0' || name[0] > '9') /* kabi-current and their like */
			return 0;
		n = strv_addf(&ks->problems,
			      "%s is not counted as a kernel: it has no kernel/, as "
			      "when a kernel was removed and its other modules stayed",
			      dir);
		return n < 0 ? err_nomem(e) : 0;
	}
	n = kernels_get(ks, name, &k, e);
	if (n < 0)
		return n;
	k->in_modules = true;
	if (!whole && strv_addf(&k->disagreements,
				"%s holds none of the kernel's own modules", dir) < 0)
		return err_nomem(e);
	return 0;
}

static int from_modules(const struct root *r, struct kernels *ks, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	int k = root_list(r, "/lib/modules", &names, e);

	if (k == -ENOENT) {
		err_done(e);
		return 0;
	}
	for (size_t i = 0; k >= 0 && i < names.n; i++)
		k = from_folder(r, ks, names.v[i], e);
	return k;
}

/* The first that is a file; the candidates are freed. NULL among them: -ENOMEM. */
static int take_file(const struct root *r, char **candidates, size_t n, char **ret)
{
	bool nomem = false;

	for (size_t i = 0; i < n; i++) {
		nomem = nomem || !candidates[i];
		if (!*ret && candidates[i] && candidates[i][0] &&
		    root_is_file(r, candidates[i]))
			*ret = TAKE_PTR(candidates[i]);
		free(candidates[i]);
	}
	return nomem ? -ENOMEM : 0;
}

static int find_initrd(const struct root *r, const struct bootcfg *boot, struct kernel *k)
{
	const struct boot_entry *b = boot ? bootcfg_entry_of(boot, k->release) : NULL;
	char *candidates[] = {
		strf("%s", b && b->initrd ? b->initrd : ""),
		strf("/boot/initrd-%s.img", k->release),
		strf("/boot/initramfs-%s.img", k->release),
		strf("/boot/initrd.img-%s", k->release),
	};

	return take_file(r, candidates, ELEMENTSOF(candidates), &k->initrd);
}

/* What the modules were built for counts; the package's word is second. */
static int note_arch(struct kernel *k)
{
	enum arch told = k->arch;

	if (k->mods->arch == ARCH_UNKNOWN)
		return 0;
	k->arch = k->mods->arch;
	if (told == ARCH_UNKNOWN || told == k->arch)
		return 0;
	return strv_addf(&k->disagreements,
			 "%s is installed, but /lib/modules/%s holds %s "
			 "modules",
			 k->package, k->release, arch_name(k->arch));
}

/*
 * The image that kdump boots with after a crash [mkdumprd, kdumpctl]. One that cannot be
 * read is told of by nobody here: kdump makes it again by itself.
 */
static int read_kdump(const struct root *r, struct kernel *k)
{
	char *candidates[] = {
		strf("/boot/initrd-%skdump.img", k->release),
		strf("/boot/initramfs-%skdump.img", k->release),
		strf("/boot/initrd-%s-kdump", k->release),
	};

	_cleanup_err_ struct err ignored = ERR_INIT;

	if (take_file(r, candidates, ELEMENTSOF(candidates), &k->kdump) < 0)
		return -ENOMEM;
	if (k->kdump && initrd_read(r, k->kdump, &k->kdump_image, &ignored) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

static int read_parts(const struct root *r, struct kernel *k, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	int n;

	if (k->in_modules) {
		n = modtree_read(r, k->release, &k->mods, e);
		if (n < 0)
			return n;
		if (note_arch(k) < 0)
			return err_nomem(e);
	}
	if (read_kdump(r, k) < 0 || kconfig_read(r, k->release, &k->config) < 0)
		return err_nomem(e);
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

static size_t bytes_of(const struct kernel *k)
{
	return (k->mods ? k->mods->bytes : 0) + initrd_bytes(k->image) +
	       initrd_bytes(k->kdump_image);
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

static void mark_default(struct kernels *ks, const struct bootcfg *boot,
			 const char *running)
{
	const struct boot_entry *b = boot ? bootcfg_default(boot) : NULL;

	for (size_t i = 0; i < ks->n; i++) {
		struct kernel *k = &ks->v[i];

		k->running = running && streq(k->release, running);
		k->is_default = b &&
				(b->release ? streq(b->release, k->release)
					    : b->kernel && streq(b->kernel, k->vmlinuz));
	}
}

/* Once, however many entries name it. */
static int say(struct strv *to, char *sentence)
{
	int n = -ENOMEM;

	if (sentence)
		n = strv_has(to, sentence) ? 0 : strv_add(to, sentence);
	free(sentence);
	return n;
}

/* A boot entry with the files it names. */
static int note_entry(const struct root *r, struct kernels *ks,
		      const struct boot_entry *b)
{
	struct strv *to = &ks->problems;
	const char *how = b->is_default ? " by default" : "";
	const char *spare = NULL;

	for (size_t i = 0; i < ks->n; i++)
		if (streq(ks->v[i].release, b->release)) {
			to = &ks->v[i].disagreements;
			spare = ks->v[i].initrd;
		}
	if (!root_is_file(r, b->kernel))
		return say(to, strf("%s boots %s%s, which is missing", b->file, b->kernel,
				    how));
	if (b->initrd && !root_is_file(r, b->initrd))
		return say(to, strf("%s boots %s%s with %s, which is missing", b->file,
				    b->kernel, how, b->initrd));
	if (!b->initrd && spare)
		return say(to, strf("%s boots %s%s without an initrd, though %s is there",
				    b->file, b->kernel, how, spare));
	return 0;
}

static int cmp(const void *a, const void *b)
{
	const struct kernel *x = a;
	const struct kernel *y = b;

	return version_cmp(x->release, y->release) ?: strcmp(x->release, y->release);
}

int kernels_read(const struct root *r, const struct rpmdb *db, const struct bootcfg *boot,
		 const char *running, struct kernels **ret, struct err *e)
{
	_cleanup_(kernels_freep) struct kernels *ks = calloc(1, sizeof(*ks));
	size_t bytes = 0;
	int k;

	if (!ks)
		return err_nomem(e);
	k = kernels_from_packages(ks, db, e);
	if (k >= 0)
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
		bytes += bytes_of(&ks->v[i]);
		if (bytes > BYTES_MAX)
			return err_set(
				e, E2BIG,
				"the modules and images of the kernels in "
				"/lib/modules and /boot are too many: what is to be "
				"known of them takes more than %zu MiB",
				BYTES_MAX >> 20);
		if (note_disagreements(&ks->v[i], db) < 0)
			return err_nomem(e);
	}
	mark_default(ks, boot, running);
	for (size_t i = 0; boot && i < boot->n; i++)
		if (boot->entries[i].kernel && note_entry(r, ks, &boot->entries[i]) < 0)
			return err_nomem(e);
	*ret = TAKE_PTR(ks);
	return 0;
}
