/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/choose-fixture.h"
#include "tests/unit/tap.h"

static void is_kind(struct fixture *f, enum choice_kind kind, const char *what)
{
	const struct choice *ch = decide(f);
	bool whole = ch->kind != CHOICE_NONE;

	is(choice_name(ch->kind), choice_name(kind), what);
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		if ((ch->paths[d] || ch->builtin[d]) != whole ||
		    !ch->paths[d] != !ch->infos[d])
			ok(false, "driver %zu is half chosen", d);
	if (!ch->why)
		ok(false, "a choice without a reason");
}

static void is_rejected(struct fixture *f, const char *a, const char *b)
{
	const char *line = "nothing";

	for (size_t i = 0; i < f->ch->rejected.n; i++) {
		line = f->ch->rejected.v[i];
		if (strstr(line, a) && strstr(line, b))
			break;
	}
	ok(strstr(line, a) && strstr(line, b), "  because: %s", line);
}

static void test_none(void)
{
	struct fixture f;

	fixture_init(&f);
	is_kind(&f, CHOICE_NONE, "a guest without any");
	is_int((long long)f.ch->rejected.n, 0, "nothing was rejected");
	f.g.gen = NULL;
	is_kind(&f, CHOICE_NONE, "an unknown distribution");
	fixture_done(&f);
}

static void test_in_kernel(void)
{
	struct fixture f;

	fixture_init(&f);
	put_set(&f.t, LIB "/kernel/drivers/xenpv_hvm", &for_r);
	is_kind(&f, CHOICE_IN_KERNEL, "in the kernel's own tree");
	is(f.ch->paths[XENDRV_VBD], LIB "/kernel/drivers/xenpv_hvm/xen-vbd.ko",
	   "its path");
	is(f.ch->why, "in " LIB "/kernel/drivers/xenpv_hvm", "why");
	ok(!f.ch->by_hand && !f.ch->modules[XENDRV_VBD] && !f.ch->bytes,
	   "nothing is to be copied");
	tree_put(&f.t, LIB "/extra/xen-vbd.ko", "a left-over\n");
	bundle_set(&f, R, "0.1-9", &for_r);
	is_kind(&f, CHOICE_IN_KERNEL, "whatever else lies around");

	f.kernel.variant = VARIANT_XEN;
	is_kind(&f, CHOICE_NONE, "a PV kernel");
	ok(strstr(f.ch->why, "PV kernel"), "why: %s", f.ch->why);
	fixture_done(&f);
}

static void test_builtin(void)
{
	struct fixture f;

	fixture_init(&f);
	tree_put(&f.t, LIB "/modules.builtin",
		 "kernel/xen-platform-pci.ko\nkernel/xen-balloon.ko\n"
		 "kernel/xen-vbd.ko\nkernel/xen-vnif.ko\n");
	is_kind(&f, CHOICE_IN_KERNEL, "built in");
	is(f.ch->why, "built into the kernel", "why");
	ok(f.ch->builtin[XENDRV_VNIF] && !f.ch->paths[XENDRV_VNIF], "without a file");
	tree_put(&f.t, LIB "/modules.builtin",
		 "kernel/xen-platform-pci.ko\nkernel/xen-balloon.ko\n");
	is_kind(&f, CHOICE_NONE, "half of them built in");
	put_module(&f.t, LIB "/kernel/block", "xen-vbd", &for_r);
	put_module(&f.t, LIB "/kernel/net", "xen-vnif", &for_r);
	is_kind(&f, CHOICE_IN_KERNEL, "the other half as files");
	is(f.ch->why, "in " LIB "/kernel", "why");
	fixture_done(&f);
}

static void test_package(void)
{
	struct fixture f;

	fixture_init(&f);
	put_set(&f.t, LIB EXTRA, &for_r);
	is_kind(&f, CHOICE_PACKAGE, "installed in extra/");
	ok(f.ch->by_hand, "by nobody known");
	is(f.ch->why, "in " LIB EXTRA, "why");
	own_files(&f, LIB EXTRA);
	is_kind(&f, CHOICE_PACKAGE, "installed by a package");
	ok(!f.ch->by_hand, "which the database knows");
	is(f.ch->why, "kmod-xenpv-0.1-9.el5.i686, in " LIB EXTRA, "why");
	f.pkg.files.n = 3;
	is_kind(&f, CHOICE_PACKAGE, "one of them by hand");
	ok(f.ch->by_hand, "is all by hand");
	fixture_done(&f);

	fixture_init(&f);
	put_set(&f.t, LIB "/xenpv", &for_r);
	is_kind(&f, CHOICE_PACKAGE, "copied into a folder of their own");
	is(f.ch->why, "in " LIB "/xenpv", "why");
	fixture_done(&f);
}

static void test_weak(void)
{
	struct fixture f;

	fixture_init(&f);
	put_set(&f.t, "/lib/modules/" OLD EXTRA, &for_old);
	for (size_t i = 0; i < 4; i++) {
		_cleanup_free_ char *link = strf(LIB "/weak-updates/xenpv/%s.ko",
						 set_drivers[i]);
		_cleanup_free_ char *file = strf("/lib/modules/" OLD EXTRA "/%s.ko",
						 set_drivers[i]);

		tree_link(&f.t, link, file);
	}
	own_files(&f, "/lib/modules/" OLD EXTRA);
	is_kind(&f, CHOICE_PACKAGE, "linked by weak-modules");
	ok(!f.ch->by_hand, "of the package that their files belong to");
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	is_kind(&f, CHOICE_PACKAGE, "the symbol versions agree");
	put_symvers(&f, "0x2222\tprintk\tvmlinux\n");
	is_kind(&f, CHOICE_NONE, "the symbol versions do not");
	is_rejected(&f, "printk", "0x00002222");
	fixture_done(&f);
}

/* What lies there and would not be loaded does not keep a bundle out. */
static void test_bad_installed(void)
{
	static const struct {
		struct made made;
		const char *what, *a, *b;
	} bad[] = {
		{ { R, FLAGS, "x86_64", "0x1111", false },
		  "of another architecture",
		  "is for x86_64",
		  "xen-platform-pci.ko" },
		{ { R, "SMP gcc-3.4", "i686", "0x1111", false },
		  "with other options",
		  "gcc-3.4",
		  "gcc-4.1" },
		{ { OLD, FLAGS, "i686", "0x1111", true },
		  "of another kernel, without versions",
		  "was built for " OLD,
		  "xen-platform-pci.ko" },
		{ { NULL, "", "i686", "0x1111", false },
		  "that say nothing",
		  "does not say",
		  "xen-platform-pci.ko" },
	};
	struct fixture f;

	fixture_init(&f);
	bundle_set(&f, R, "0.1-9", &for_r);
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		put_set(&f.t, LIB EXTRA, &bad[i].made);
		is_kind(&f, CHOICE_BUNDLE, bad[i].what);
		is_rejected(&f, bad[i].a, bad[i].b);
	}
	put_set(&f.t, LIB EXTRA, &for_r);
	tree_put(&f.t, LIB EXTRA "/xen-vnif.ko", "cut short\n");
	is_kind(&f, CHOICE_BUNDLE, "one of them damaged");
	is_rejected(&f, "xen-vnif.ko", "is no ELF module");
	{
		_cleanup_free_ char *vnif = tree_name(&f.t, LIB EXTRA "/xen-vnif.ko");

		unlink(vnif);
	}
	is_kind(&f, CHOICE_BUNDLE, "three of four");
	is_rejected(&f, "is installed, but no xen-vnif", LIB EXTRA);
	fixture_done(&f);
}

static void test_exact(void)
{
	uint64_t bytes = 0;
	struct fixture f;

	fixture_init(&f);
	bundle_set(&f, R, "0.1-9", &for_r);
	is_kind(&f, CHOICE_BUNDLE, "bundled for this kernel");
	is(f.ch->paths[XENDRV_BALLOON], LIB EXTRA "/xen-balloon.ko", "where it goes");
	for (size_t d = 0; d < XENDRV_COUNT; d++)
		bytes += f.ch->modules[d] ? f.ch->modules[d]->size : 0;
	ok(bytes && f.ch->bytes == bytes, "bytes to copy");
	is(f.ch->why, "release 0.1-9, built for this kernel", "why");

	bundle_set(&f, R, "0.1-10", &for_r);
	is_kind(&f, CHOICE_BUNDLE, "two releases");
	is(f.ch->modules[XENDRV_VBD]->release, "0.1-10", "the later one is taken");
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	bundle_set(&f, OLD, "0.2-1", &for_old);
	is_kind(&f, CHOICE_BUNDLE, "exact before compatible");

	f.kernel.arch = ARCH_X86_64;
	is_kind(&f, CHOICE_NONE, "another architecture");
	is_rejected(&f, "is for i686, the kernel for x86_64", R);
	f.kernel.arch = ARCH_UNKNOWN;
	is_kind(&f, CHOICE_NONE, "architecture not known");
	fixture_done(&f);
}

static void test_two_bundles(void)
{
	struct fixture second;
	struct fixture f;

	fixture_init(&second);
	fixture_init(&f);
	bundle_set(&second, R, "0.1-2", &for_r);
	bundle_set(&f, R, "0.1-1", &for_r);
	decide(&f);
	sums(second.bundle.path);
	add_bundle(&f, second.bundle.path);
	choices_free(TAKE_PTR(f.choices));
	if (choices_make(&f.g, &f.bundles, &f.choices, NULL) < 0)
		abort();
	is(f.choices->v[0].modules[0]->release, "0.1-1",
	   "the bundle given first is taken");
	fixture_done(&f);
	fixture_done(&second);
}

static void test_exact_refused(void)
{
	static const struct made other = { R, "SMP gcc-3.4", "i686", "0x1111", false };
	_cleanup_free_ char *vbd = NULL;
	struct fixture f;

	fixture_init(&f);
	bundle_set(&f, R, "0.1-9", &for_r);
	vbd = tree_name(&f.bundle, LIB EXTRA "/xen-vbd.ko");
	if (truncate(vbd, 900) < 0)
		abort();
	is_kind(&f, CHOICE_NONE, "one of them cut short");
	is_rejected(&f, "xen-vbd.ko", "is cut short");
	unlink(vbd);
	is_kind(&f, CHOICE_NONE, "one of them not there");
	is_rejected(&f, "is without xen-vbd", R);
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	bundle_set(&f, OLD, "0.1-9", &for_old);
	is_kind(&f, CHOICE_COMPATIBLE, "a whole one for another kernel stands in");
	fixture_done(&f);

	fixture_init(&f);
	bundle_set(&f, R, "0.1-9", &other);
	is_kind(&f, CHOICE_NONE, "built with other options");
	is_rejected(&f, "gcc-3.4", "gcc-4.1");
	fixture_done(&f);
}

static void test_compatible(void)
{
	static const struct {
		const char *symvers, *what, *a, *b;
	} bad[] = {
		{ "0x2222\tprintk\tvmlinux\n", "another version of a symbol", "printk",
		  "0x00001111" },
		{ "0x1111\tkfree\tvmlinux\n", "a symbol that is not exported",
		  "does not export printk", OLD },
		{ "0x1111\tprintk\tvmlinux\n0x78\txenbus_x\tvmlinux\n",
		  "the kernel's own before the set's", "xenbus_x", "0x00000078" },
		{ "no symvers\n", "a damaged symvers", "Module.symvers", "line 1" },
	};
	struct fixture f;

	fixture_init(&f);
	bundle_set(&f, OLD, "0.1-9", &for_old);
	is_kind(&f, CHOICE_NONE, "no symvers, no compatibility");
	is_rejected(&f, "no symbol versions", OLD);
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n0x5\tkfree\tvmlinux\n");
	is_kind(&f, CHOICE_COMPATIBLE, "all symbol versions match");
	is(f.ch->why, "release 0.1-9, built for " OLD "; all symbol versions match",
	   "why");
	is(f.ch->paths[XENDRV_VBD], LIB EXTRA "/xen-vbd.ko", "where it goes");
	ok(f.ch->modules[XENDRV_VBD] && streq(f.ch->modules[XENDRV_VBD]->kernel, OLD),
	   "what it is");
	for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
		put_symvers(&f, bad[i].symvers);
		is_kind(&f, CHOICE_NONE, bad[i].what);
		is_rejected(&f, bad[i].a, bad[i].b);
	}
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	f.kernel.arch = ARCH_X86_64;
	is_kind(&f, CHOICE_NONE, "another architecture");
	is_rejected(&f, "is for i686, the kernel for x86_64", OLD);
	f.kernel.arch = ARCH_I386;

	/* Copied by an earlier run: found, and left as it is. */
	put_set(&f.t, LIB EXTRA, &for_old);
	is_kind(&f, CHOICE_PACKAGE, "installed by an earlier run");
	fixture_done(&f);
}

static void test_incompatible_modules(void)
{
	static const struct made bare = { OLD, FLAGS, "i686", "0x1111", true };
	static const struct made other = { OLD, "SMP gcc-3.4", "i686", "0x1111", false };
	_cleanup_free_ char *ext3 = NULL;
	struct fixture f;

	fixture_init(&f);
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	bundle_set(&f, OLD, "1", &bare);
	is_kind(&f, CHOICE_NONE, "no version table");
	is_rejected(&f, "no symbol versions", "xen-platform-pci.ko");
	bundle_set(&f, OLD, "1", &other);
	is_kind(&f, CHOICE_NONE, "another vermagic");
	is_rejected(&f, "gcc-3.4", "gcc-4.1");
	bundle_set(&f, OLD, "1", &for_old);
	ext3 = tree_name(&f.t, LIB "/kernel/fs/ext3.ko");
	unlink(ext3);
	is_kind(&f, CHOICE_NONE, "a kernel without a module of its own");
	is_rejected(&f, "vermagic is not known", "");
	fixture_done(&f);
}

static void test_nearest(void)
{
	static const struct made for_older = { OLDER, FLAGS, "i686", "0x1111", false };
	static const struct made for_newer = { NEWER, FLAGS, "i686", "0x1111", false };
	struct fixture f;

	fixture_init(&f);
	put_symvers(&f, "0x1111\tprintk\tvmlinux\n");
	bundle_set(&f, NEWER, "1", &for_newer);
	is_kind(&f, CHOICE_COMPATIBLE, "built for a later kernel");
	bundle_set(&f, OLDER, "1", &for_older);
	is_kind(&f, CHOICE_COMPATIBLE, "and for one before");
	is(f.ch->modules[0]->kernel, OLDER, "the one before is taken");
	bundle_set(&f, OLD, "1", &for_old);
	is_kind(&f, CHOICE_COMPATIBLE, "and for two before");
	is(f.ch->modules[0]->kernel, OLD, "the nearest is taken");
	fixture_done(&f);
}

int main(void)
{
	test_none();
	test_in_kernel();
	test_builtin();
	test_package();
	test_weak();
	test_bad_installed();
	test_exact();
	test_two_bundles();
	test_exact_refused();
	test_compatible();
	test_incompatible_modules();
	test_nearest();
	return tap_done();
}
