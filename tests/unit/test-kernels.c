/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels that /boot, /lib/modules, the rpm database and the boot loader tell of. */
#include <stdlib.h>

#include "guest/kernels_parts.h"
#include "tests/unit/module.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static void test_variants(void)
{
	static const struct {
		const char *release, *base;
		enum variant variant;
	} rows[] = {
		{ "2.6.18-53.el5", "2.6.18-53.el5", VARIANT_UP },
		{ "2.6.18-53.el5PAE", "2.6.18-53.el5", VARIANT_PAE },
		{ "2.6.18-53.el5xen", "2.6.18-53.el5", VARIANT_XEN },
		{ "2.6.18-53.el5debug", "2.6.18-53.el5", VARIANT_DEBUG },
		{ "2.6.18-53.el5PAEdebug", "2.6.18-53.el5", VARIANT_DEBUG },
		{ "2.6.18-53.el5kdump", "2.6.18-53.el5", VARIANT_UNKNOWN },
		{ "2.6.18-53.el5.centos.plus", "2.6.18-53.el5.centos.plus", VARIANT_UP },
		{ "2.6.18-53.el5.centos.plusPAE", "2.6.18-53.el5.centos.plus",
		  VARIANT_PAE },
		{ "2.6.18-53.el5.centos.plusxen", "2.6.18-53.el5.centos.plus",
		  VARIANT_XEN },
		{ "2.6.9-67.EL", "2.6.9-67.EL", VARIANT_UP },
		{ "2.6.9-67.ELsmp", "2.6.9-67.EL", VARIANT_SMP },
		{ "2.6.9-67.plus.c4smp", "2.6.9-67.plus.c4", VARIANT_SMP },
		{ "2.6.9-67.ELhugemem", "2.6.9-67.EL", VARIANT_HUGEMEM },
		{ "2.6.9-67.0.22.ELlargesmp", "2.6.9-67.0.22.EL", VARIANT_LARGESMP },
		{ "2.6.9-67.ELxenU", "2.6.9-67.EL", VARIANT_XEN },
		{ "2.4.21-50.EL", "2.4.21-50.EL", VARIANT_UP },
		{ "2.4.21-50.ELsmp", "2.4.21-50.EL", VARIANT_SMP },
		{ "2.4.21-50.ELhugemem", "2.4.21-50.EL", VARIANT_HUGEMEM },
		{ "2.4.21-50.ELBOOT", "2.4.21-50.EL", VARIANT_UNKNOWN },
		{ "2.6.32-71.el6.x86_64", "2.6.32-71.el6.x86_64", VARIANT_UP },
		{ "2.6.32-71.el6.x86_64.debug", "2.6.32-71.el6.x86_64", VARIANT_DEBUG },
		{ "6.5.6-300.fc39.x86_64+debug", "6.5.6-300.fc39.x86_64", VARIANT_DEBUG },
		{ "2.6.16.60-0.21-xen", "2.6.16.60-0.21", VARIANT_XEN },
		{ "2.6.32-5-xen-amd64", "2.6.32-5-xen-amd64", VARIANT_XEN },
		{ "xen", "xen", VARIANT_UP },
		{ "", "", VARIANT_UP },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *base = NULL;

		ok(variant_of_release(rows[i].release, &base) == rows[i].variant,
		   "variant of \"%s\"", rows[i].release);
		is(base, rows[i].base, "and its base");
	}
}

/* What a name does not say, the modules do, where there is no table of variants. */
static void test_told_variants(void)
{
	static const struct {
		const char *family;
		int major;
		enum variant before;
		const char *vermagic;
		enum variant want;
	} rows[] = {
		{ "debian", 12, VARIANT_UP, "6.1.0-18-686 SMP preempt mod_unload 686 ",
		  VARIANT_SMP },
		{ "debian", 7, VARIANT_UP, "3.2.0-4-486 mod_unload 486 ", VARIANT_UP },
		{ "debian", 7, VARIANT_UP, "3.2-SMPX SMPX mod_unload ", VARIANT_UP },
		{ "debian", 7, VARIANT_XEN, "2.6.32-5-xen-686 SMP ", VARIANT_XEN },
		{ "debian", 12, VARIANT_UP, NULL, VARIANT_UP },
		{ "rhel", 9, VARIANT_UP, "5.14.0-284.el9.x86_64 SMP", VARIANT_SMP },
		{ "rhel", 5, VARIANT_UP, "2.6.18-128.el5 SMP gcc-4.1", VARIANT_UP },
		{ "rhel", 2, VARIANT_UP, "2.4.9-e.3 SMP", VARIANT_UP },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct modtree m = { .vermagic = (char *)(uintptr_t)rows[i].vermagic };
		struct kernel k = { .variant = rows[i].before, .mods = &m };
		struct kernels ks = { .v = &k, .n = 1 };

		kernels_tell_variants(&ks,
				      generation_find(rows[i].family, rows[i].major));
		is(variant_name(k.variant), variant_name(rows[i].want),
		   rows[i].vermagic ?: "no vermagic");
	}
}

/* A kernel called "-xen" that its configuration says boots in an HVM guest */
static void test_told_by_configuration(void)
{
	static const struct {
		const char *what;
		struct kconfig config;
		enum variant want;
	} rows[] = {
		{ "nothing is known", { .xen = KCONF_UNKNOWN }, VARIANT_XEN },
		{ "no Xen", { .xen = KCONF_NO }, VARIANT_UP },
		{ "PV alone", { .xen = KCONF_BUILTIN, .pvhvm = KCONF_NO }, VARIANT_XEN },
		{ "both", { .xen = KCONF_BUILTIN, .pvhvm = KCONF_BUILTIN }, VARIANT_UP },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct kernel k = { .variant = VARIANT_XEN, .config = rows[i].config };
		struct kernels ks = { .v = &k, .n = 1 };

		kernels_tell_variants(&ks, generation_find("debian", 12));
		is(variant_name(k.variant), variant_name(rows[i].want), rows[i].what);
	}
}

static struct kernels *read_kernels(struct tree *t, const struct rpmdb *db,
				    const char *running)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	struct kernels *ks = NULL;

	if (bootcfg_read(t->root, &b, &e) < 0 ||
	    kernels_read(t->root, db, b, running, &ks, &e) < 0)
		printf("# %s\n", err_text(&e));
	return ks;
}

/* All sentences about one kernel, or (NULL) about none of them. */
static void said(const struct kernels *ks, const char *release, const char *want)
{
	const struct kernel *k = ks && release ? kernels_find(ks, release) : NULL;
	_cleanup_free_ char *what = strf("said of %s", release ?: "no kernel");
	_cleanup_free_ char *all = NULL;

	if (ks && (k || !release))
		all = strv_join(k ? &k->disagreements : &ks->problems, "\n");
	is(all, want, what);
}

static void test_disagreements(void)
{
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	const struct kernel *k;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/grub/grub.conf",
		 "default=1\n"
		 "title gone\n"
		 "kernel /vmlinuz-2.6.18-7.el5 ro\n"
		 "title here\n"
		 "kernel /vmlinuz-2.6.18-8.el5 ro\n"
		 "initrd /initrd-2.6.18-8.el5.img\n"
		 "title no image\n"
		 "kernel /vmlinuz-2.6.18-9.el5 ro\n"
		 "initrd /initrd-2.6.18-9.el5.img\n"
		 "title the same\n"
		 "kernel /vmlinuz-2.6.18-9.el5 ro single\n"
		 "initrd /initrd-2.6.18-9.el5.img\n"
		 "title bare\n"
		 "kernel /vmlinuz-2.6.18-10.el5 ro\n");
	for (int i = 8; i <= 10; i++) {
		_cleanup_free_ char *image = strf("boot/vmlinuz-2.6.18-%d.el5", i);
		_cleanup_free_ char *dir = strf("lib/modules/2.6.18-%d.el5/kernel", i);

		tree_put(&t, image, "x");
		free(tree_name(&t, dir));
		tree_mkdir(&t, dir);
	}
	tree_put(&t, "boot/initrd-2.6.18-8.el5.img", "not an image");
	tree_put(&t, "boot/initrd-2.6.18-10.el5.img", "not an image");
	tree_put(&t, "lib/modules/2.6.18-8.1.1.el5/kernel/x", "x");
	tree_put(&t, "boot/vmlinuz-2.6.18-11.el5", "x");
	tree_put(&t, "boot/vmlinuz-2.6.18-12.el5", "x");
	tree_put(&t, "lib/modules/2.6.18-12.el5/extra/xenpv/1/xen-vbd.ko", "x");
	/* no kernels */
	tree_put(&t, "lib/modules/2.6.18-4.el5/extra/xenpv/1/xen-vbd.ko", "left behind");
	tree_put(&t, "lib/modules/kabi-current/x", "x");
	tree_put(&t, "boot/vmlinuz-2.6.18-8.el5.rpmsave", "x");
	tree_put(&t, "boot/vmlinuz-2.6.18-8.el5.old", "x");
	tree_put(&t, "boot/vmlinuz-0-rescue-1234", "x");
	tree_put(&t, "boot/vmlinux-2.6.18-8.el5.gz", "x");
	tree_link(&t, "boot/vmlinuz-dangling", "nowhere");
	tree_mkdir(&t, "boot/vmlinuz-2.6.18-1.el5");
	ks = read_kernels(&t, NULL, "2.6.18-9.el5");
	is_int(ks ? (long long)ks->n : -1, 6, "six kernels");
	if (!ks || ks->n != 6)
		return;
	is(ks->v[0].release, "2.6.18-8.el5", "sorted as rpm compares: 8 first");
	is(ks->v[1].release, "2.6.18-8.1.1.el5", "its erratum");
	is(ks->v[5].release, "2.6.18-12.el5", "12 last");
	k = kernels_find(ks, "2.6.18-8.el5");
	ok(k->is_default && !k->running && k->in_boot && k->in_modules && !k->in_rpmdb,
	   "the default kernel");
	is(k->vmlinuz, "/boot/vmlinuz-2.6.18-8.el5", "its vmlinuz");
	is(k->initrd, "/boot/initrd-2.6.18-8.el5.img", "its initrd");
	ok(!k->image && k->image_problem, "which cannot be read, and that is a fact");
	ok(kernels_find(ks, "2.6.18-9.el5")->running, "the running one");
	said(ks, "2.6.18-8.el5", "");
	said(ks, "2.6.18-8.1.1.el5",
	     "/lib/modules/2.6.18-8.1.1.el5 is there, but no "
	     "/boot/vmlinuz-2.6.18-8.1.1.el5");
	said(ks, "2.6.18-9.el5",
	     "/boot/grub/grub.conf boots /boot/vmlinuz-2.6.18-9.el5 with "
	     "/boot/initrd-2.6.18-9.el5.img, which is missing");
	said(ks, "2.6.18-10.el5",
	     "/boot/grub/grub.conf boots /boot/vmlinuz-2.6.18-10.el5 without an initrd, "
	     "though /boot/initrd-2.6.18-10.el5.img is there");
	said(ks, "2.6.18-11.el5",
	     "/boot/vmlinuz-2.6.18-11.el5 is there, but no /lib/modules/2.6.18-11.el5");
	said(ks, "2.6.18-12.el5",
	     "/lib/modules/2.6.18-12.el5 holds none of the kernel's own modules");
	said(ks, NULL,
	     "/lib/modules/2.6.18-4.el5 is not counted as a kernel: it has no kernel/, "
	     "as when a kernel was removed and its other modules stayed\n"
	     "/boot/grub/grub.conf boots /boot/vmlinuz-2.6.18-7.el5, which is missing");
	tree_done(&t);
}

/* The default entry's kernel is missing; and its initrd counts before another entry's. */
static void test_default(void)
{
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/grub/grub.conf", "title gone\nkernel /vmlinuz-1.el5 ro\n");
	ks = read_kernels(&t, NULL, NULL);
	ok(ks && ks->n == 0, "no kernel");
	said(ks, NULL,
	     "/boot/grub/grub.conf boots /boot/vmlinuz-1.el5 by default, which is "
	     "missing");
	kernels_free(TAKE_PTR(ks));
	tree_put(&t, "boot/grub/grub.conf",
		 "default 1\n"
		 "title other\nkernel /vmlinuz-1.el5\ninitrd /other.img\n"
		 "title default\nkernel /vmlinuz-1.el5\ninitrd /mine.img\n");
	tree_put(&t, "boot/vmlinuz-1.el5", "x");
	tree_put(&t, "boot/other.img", "x");
	tree_put(&t, "boot/mine.img", "x");
	tree_put(&t, "boot/initrd-1.el5.img", "x");
	ks = read_kernels(&t, NULL, NULL);
	is(ks && ks->n == 1 ? ks->v[0].initrd : NULL, "/boot/mine.img",
	   "the initrd of the default entry");
	tree_done(&t);
}

static struct pkg package(const char *name, const char *version, const char *release,
			  const char *arch, char **files)
{
	struct pkg p = {
		.name = (char *)name,
		.version = (char *)version,
		.release = (char *)release,
		.arch = (char *)arch,
		.epoch = -1,
		.files = { .v = files },
	};

	while (files && files[p.files.n])
		p.files.n++;
	return p;
}

#define FILES(...) ((char *[]){ __VA_ARGS__, NULL })

static void test_packages(void)
{
	struct pkg pkgs[] = {
		package("kernel", "2.6.18", "8.el5", "x86_64",
			FILES((char *)"/boot/vmlinuz-2.6.18-8.el5",
			      (char *)"/lib/modules/2.6.18-8.el5/kernel/a.ko")),
		package("kernel-module-openafs", "1", "2", "i386",
			FILES((char *)"/lib/modules/2.6.18-8.el5/kernel/afs.ko")),
		package("kernel-PAE", "2.6.18", "9.el5", "i686", NULL),
		package("kernel-devel", "2.6.18", "10.el5", "x86_64", NULL),
		package("kernel-PAE-devel", "2.6.18", "10.el5", "x86_64", NULL),
		package("kernelshark", "1", "1", "x86_64", NULL),
		package("kmod-xenpv", "0.1", "9", "x86_64",
			FILES((char *)"/lib/modules/2.6.18-1.el5/kernel/x.ko")),
		package("kernel", "2.4.21", "50.EL", "athlon", NULL),
		package("kernel-smp", "2.4.21", "50.EL", "athlon", NULL),
		package("kernel", "2.4.21", "40.EL", "ia32e", NULL),
		package("kernel", "1", "1", "x86_64",
			FILES((char *)"/boot/vmlinuz-../../etc/passwd")),
		package("gpg-pubkey", "1", "2", "", NULL),
	};
	struct rpmdb db = { .state = RPMDB_OK, .pkgs = pkgs, .n = ELEMENTSOF(pkgs) };
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	_cleanup_free_ char *module = NULL;
	const struct kernel *k;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/vmlinuz-2.6.18-8.el5", "x");
	module = tree_name(&t, "lib/modules/2.6.18-8.el5/kernel/a.ko");
	make_module("--arch", "i686", "--name", "a", "--vermagic", "2.6.18-8.el5 SMP",
		    "-o", module);
	tree_put(&t, "boot/vmlinuz-2.6.18-77.el5", "x");
	tree_put(&t, "lib/modules/2.6.18-77.el5/kernel/x", "x");
	ks = read_kernels(&t, &db, NULL);
	is_int(ks ? (long long)ks->n : -1, 6, "kernels of packages, and one of nobody's");
	if (!ks || ks->n != 6)
		return;
	k = kernels_find(ks, "2.6.18-8.el5");
	is(k->package, "kernel-2.6.18-8.el5.x86_64",
	   "the kernel's package, not that of a module of it");
	ok(k->arch == ARCH_I386, "the modules decide on the architecture");
	said(ks, "2.6.18-8.el5",
	     "kernel-2.6.18-8.el5.x86_64 is installed, but /lib/modules/2.6.18-8.el5 "
	     "holds i686 modules");
	k = kernels_find(ks, "2.6.18-9.el5PAE");
	ok(k && k->variant == VARIANT_PAE && k->arch == ARCH_I386 && !k->in_boot,
	   "a package without files, by its name");
	said(ks, "2.6.18-9.el5PAE",
	     "kernel-PAE-2.6.18-9.el5.i686 is installed, but "
	     "/lib/modules/2.6.18-9.el5PAE is missing");
	k = kernels_find(ks, "2.4.21-50.EL");
	ok(k && k->variant == VARIANT_ATHLON, "athlon by the package's architecture");
	k = kernels_find(ks, "2.4.21-50.ELsmp");
	ok(k && k->variant == VARIANT_ATHLON_SMP && k->arch == ARCH_I386, "athlon-smp");
	k = kernels_find(ks, "2.4.21-40.EL");
	ok(k && k->variant == VARIANT_IA32E && k->arch == ARCH_X86_64, "ia32e");
	said(ks, "2.6.18-77.el5",
	     "no package of the rpm database owns kernel 2.6.18-77.el5");
	tree_done(&t);
}

/* RHEL 8 and later: kernel is empty, kernel-core holds vmlinuz below /lib/modules. */
static void test_split_packages(void)
{
	static const char r[] = "5.14.0-70.el9.x86_64";
	char *core[] = { strf("/lib/modules/%s/vmlinuz", r), NULL };
	char *modules[] = { strf("/lib/modules/%s/kernel/a.ko.xz", r), NULL };
	struct pkg pkgs[] = {
		package("kernel", "5.14.0", "70.el9", "x86_64", NULL),
		package("kernel-modules", "5.14.0", "70.el9", "x86_64", modules),
		package("kernel-core", "5.14.0", "70.el9", "x86_64", core),
	};
	struct rpmdb db = { .state = RPMDB_OK, .pkgs = pkgs, .n = ELEMENTSOF(pkgs) };
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/vmlinuz-5.14.0-70.el9.x86_64", "x");
	tree_put(&t, "lib/modules/5.14.0-70.el9.x86_64/kernel/x", "x");
	ks = read_kernels(&t, &db, NULL);
	ok(ks && ks->n == 1, "one kernel of three packages");
	is(ks && ks->n ? ks->v[0].package : NULL, "kernel-core-5.14.0-70.el9.x86_64",
	   "the one with its vmlinuz");
	said(ks, r, "");
	tree_done(&t);
	free(core[0]);
	free(modules[0]);
}

static void test_bounds(void)
{
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	struct tree t;

	tree_init(&t);
	for (int i = 0; i <= KERNELS_MAX; i++) {
		_cleanup_free_ char *path = strf("boot/vmlinuz-%d", i);

		tree_put(&t, path, "");
	}
	ok(kernels_read(t.root, NULL, NULL, NULL, &ks, &e) == -E2BIG && !ks,
	   "%d kernels are refused", KERNELS_MAX + 1);
	is(err_text(&e),
	   "more than 1024 kernels in /boot, /lib/modules and the rpm database",
	   "with a sentence");
	tree_done(&t);
}

int main(void)
{
	test_variants();
	test_told_variants();
	test_told_by_configuration();
	test_disagreements();
	test_default();
	test_packages();
	test_split_packages();
	test_bounds();
	return tap_done();
}
