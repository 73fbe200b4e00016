/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/modtree.h"
#include "tests/unit/module.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

#define R   "2.6.18-53.el5"
#define DIR "/lib/modules/" R

static void test_names(void)
{
	static const char *const names[][2] = {
		{ "xen-vbd.ko", "xen_vbd" },
		{ "xen_vbd.o", "xen_vbd" },
		{ "a.ko.xz", "a" },
		{ "a-b_c.ko.zst", "a_b_c" },
		{ "8139cp.ko.gz", "8139cp" },
		{ "modules.dep", NULL },
		{ ".ko", NULL },
		{ "xen-vbd.ko.orig", NULL },
		{ "xen-vbd.ko~", NULL },
		{ "ko", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(names); i++) {
		_cleanup_free_ char *name = module_name(names[i][0]);

		is(name, names[i][1], names[i][0]);
	}
}

static struct modtree *read_tree(struct tree *t, const char *release, char **msg)
{
	struct err e = ERR_INIT;
	struct modtree *m = NULL;
	int k = modtree_read(t->root, release, &m, &e);

	if ((k < 0) != !m || (k < 0) != (e.code != 0))
		abort();
	*msg = k < 0 ? strdup(err_text(&e)) : NULL;
	err_done(&e);
	return m;
}

static void put_module(struct tree *t, const char *path, const char *arch)
{
	_cleanup_free_ char *name = tree_name(t, path);

	make_module("--name", "m", "--arch", arch, "--vermagic", R " SMP mod_unload",
		    "-o", name);
}

static void is_found(const struct modtree *m, const char *name, const char *path)
{
	const struct modfile *f = modtree_find(m, name);

	is(f ? f->path : NULL, path, name);
}

/* A tree of files whose content does not matter here, but for one module. */
static void test_tree(struct tree *t)
{
	static const char *const files[] = {
		"kernel/drivers/net/8139cp.ko",
		"kernel/both.ko",
		"extra/both.ko",
		"extra/xenpv/0.1-9/xen-vbd.ko",
		"updates/xen_vbd.ko",
		"xenpv/xen-vnif.ko",
		"kernel/README",
	};
	_cleanup_free_ char *fifo = tree_name(t, DIR "/extra/fifo.ko");
	_cleanup_free_ char *msg = NULL;
	struct modtree *m;
	size_t from = 0;
	size_t n = 0;

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_free_ char *path = strf(DIR "/%s", files[i]);

		tree_put(t, path, "no module\n");
	}
	/* The first of kernel/ is damaged: the next one speaks for the kernel. */
	put_module(t, DIR "/kernel/fs/ext3/ext3.ko", "i686");
	tree_link(t, DIR "/weak-updates/xenpv/xen-balloon.ko",
		  "/lib/modules/2.6.18-8.el5/extra/xen-balloon.ko");
	tree_link(t, DIR "/weak-updates/both.ko", "../extra/both.ko");
	tree_link(t, DIR "/weak-updates/linked.ko", DIR "/extra/both.ko");
	tree_link(t, DIR "/build", "/usr/src/kernels/" R "-i686");
	tree_link(t, DIR "/loop", ".");
	tree_link(t, DIR "/out.ko", "../../../../../../../../etc/passwd");
	if (mkfifo(fifo, 0644) < 0)
		abort();
	tree_put(t, DIR "/modules.dep",
		 DIR "/kernel/fs/ext3/ext3.ko:\n" DIR
		     "/extra/xenpv/0.1-9/xen-vbd.ko: " DIR "/kernel/fs/ext3/ext3.ko\n");
	tree_put(t, DIR "/modules.builtin",
		 "kernel/drivers/xen/xen-platform-pci.ko\nkernel/block/blk.ko\n");

	m = read_tree(t, R, &msg);
	if (!ok(m != NULL, "a folder of modules is read")) {
		printf("# %s\n", msg);
		return;
	}
	is_found(m, "8139cp", DIR "/kernel/drivers/net/8139cp.ko");
	is_found(m, "both", DIR "/extra/both.ko");
	is_found(m, "xen-vbd", DIR "/updates/xen_vbd.ko");
	is_found(m, "xen_vnif", DIR "/xenpv/xen-vnif.ko");
	is_found(m, "xen-balloon", NULL);
	is_found(m, "linked", DIR "/weak-updates/linked.ko");
	is_found(m, "vbd", NULL);
	is_found(m, "xen-vbd-2", NULL);
	is_found(m, "fifo", NULL);
	is_found(m, "out", NULL);
	while (modtree_next(m, "both", &from))
		n++;
	is_int((long long)n, 3, "three files of one name");
	ok(modtree_is_builtin(m, "xen_platform_pci"), "built in");
	ok(!modtree_is_builtin(m, "xen_platform"), "not by the beginning of its name");
	ok(m->index.text && !m->index.binary && m->index.absolute && !m->index.modutils,
	   "indexes of module-init-tools");
	ok(m->index.listed.n == 2 && strv_has(&m->index.listed, "xen_vbd"),
	   "what modules.dep lists");
	is_int(m->arch, ARCH_I386, "architecture, though one module is damaged");
	is(m->vermagic, R " SMP mod_unload", "the kernel's vermagic");
	modtree_free(m);
}

static void test_indexes(struct tree *t)
{
	_cleanup_free_ char *msg = NULL;
	struct modtree *m;

	/* modutils */
	tree_put(t, "/lib/modules/2.4.21-50.EL/modules.dep",
		 "/lib/modules/2.4.21-50.EL/kernel/a.o:\t/lib/modules/2.4.21-50.EL/b.o "
		 "\\\n"
		 "\t/lib/modules/2.4.21-50.EL/c.o: "
		 "\\\n\n/lib/modules/2.4.21-50.EL/b.o:\n");
	m = read_tree(t, "2.4.21-50.EL", &msg);
	ok(m && m->index.modutils && m->index.absolute, "an index of modutils");
	ok(m && m->index.listed.n == 2 && strv_has(&m->index.listed, "b") &&
		   !strv_has(&m->index.listed, "c"),
	   "continued lines list nothing");
	is_int(m->arch, ARCH_UNKNOWN, "no module, no architecture");
	modtree_free(m);

	/* kmod */
	tree_put(t, "/lib/modules/6.1/modules.dep", "kernel/x.ko.xz: kernel/y.ko.xz\n");
	tree_put(t, "/lib/modules/6.1/modules.dep.bin", "\xb0\x07");
	put_module(t, "/lib/modules/6.1/kernel/x.ko", "x86_64");
	{
		_cleanup_free_ char *ko = tree_name(t, "/lib/modules/6.1/kernel/x.ko");

		if (run("xz", "-f", ko))
			abort();
	}
	m = read_tree(t, "6.1", &msg);
	ok(m && m->index.text && m->index.binary && !m->index.absolute,
	   "indexes of kmod");
	is_found(m, "x", "/lib/modules/6.1/kernel/x.ko.xz");
	is_int(m->arch, ARCH_X86_64, "architecture of a compressed module");
	modtree_free(m);
}

/* The folders of kernel/ are not read where modules.dep lists drivers of Xen's. */
static void test_listed(struct tree *t)
{
	static const char dep[] = "kernel/drivers/xen-blkfront.ko: kernel/lib/x.ko\n"
				  "kernel/lib/x.ko:\n"
				  "/lib/modules/6.2/kernel/abs.ko:\n"
				  "extra/xen-vbd.ko:\n"
				  "/lib/modules/6.2:\n";
	_cleanup_free_ char *msg = NULL;
	struct modtree *m;

	tree_put(t, "/lib/modules/6.2/modules.dep", dep);
	tree_put(t, "/lib/modules/6.2/kernel/drivers/xen-blkfront.ko", "");
	tree_put(t, "/lib/modules/6.2/kernel/unlisted.ko", "");
	tree_put(t, "/lib/modules/6.2/extra/mine.ko", "");
	m = read_tree(t, "6.2", &msg);
	ok(m && m->index.kernel, "kernel/ as modules.dep lists it");
	is_found(m, "xen_blkfront", "/lib/modules/6.2/kernel/drivers/xen-blkfront.ko");
	is_found(m, "x", "/lib/modules/6.2/kernel/lib/x.ko");
	is_found(m, "abs", "/lib/modules/6.2/kernel/abs.ko");
	is_found(m, "unlisted", NULL);
	is_found(m, "xen_vbd", NULL);
	is_found(m, "mine", "/lib/modules/6.2/extra/mine.ko");
	modtree_free(m);

	tree_put(t, "/lib/modules/6.2/modules.dep",
		 "kernel/drivers/xen-blkfront.ko:\nkernel/xen-netfront.ko:\n");
	m = read_tree(t, "6.2", &msg);
	ok(m && !m->index.kernel, "one of them is gone: kernel/ itself is read");
	is_found(m, "xen_blkfront", "/lib/modules/6.2/kernel/drivers/xen-blkfront.ko");
	is_found(m, "xen_netfront", NULL);
	is_found(m, "unlisted", "/lib/modules/6.2/kernel/unlisted.ko");
	modtree_free(m);
}

static void refused(struct tree *t, const char *release, const char *why)
{
	_cleanup_free_ char *msg = NULL;
	struct modtree *m = read_tree(t, release, &msg);

	ok(!m && strstr(msg, why), "\"%s\": %s", release, msg ?: "was read");
	modtree_free(m);
}

static void test_refused(struct tree *t)
{
	char deep[256] = "/lib/modules/deep";
	char name[128];

	refused(t, "..", "no kernel release");
	refused(t, "", "no kernel release");
	refused(t, "a/b", "no kernel release");
	refused(t, "missing", "missing");
	for (int i = 0; i < 40; i++)
		strcat(deep, "/d");
	tree_mkdir(t, "/lib/modules/deep");
	strcat(deep, "/x.ko");
	tree_put(t, deep, "");
	refused(t, "deep", "nested too deeply");
	snprintf(name, sizeof(name), "%s/lib/modules/dep/modules.dep", t->path);
	tree_put(t, "/lib/modules/dep/modules.dep", "x");
	put_file(name, "a\0b: c\n", 7);
	refused(t, "dep", "NUL");
	tree_mkdir(t, "/lib/modules/fifo");
	snprintf(name, sizeof(name), "%s/lib/modules/fifo/modules.dep", t->path);
	if (mkfifo(name, 0644) < 0)
		abort();
	refused(t, "fifo", "is a FIFO");
	tree_link(t, "/lib/modules/link/modules.dep", "/etc/shadow-not-there");
	tree_put(t, "/lib/modules/text", "a file\n");
	refused(t, "text", "text");
}

static uint32_t crc_of(const struct symvers *s, const char *name)
{
	const struct symver *v = symvers_find(s, name);

	return v ? v->crc : 0;
}

static void bad_symvers(const char *text, const char *why)
{
	_cleanup_(symvers_done) struct symvers s = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	int k = symvers_parse(text, "S", &s, &e);

	ok(k < 0 && !s.n && strstr(err_text(&e), why), "refused: %s", err_text(&e));
}

static void bad_file(struct tree *t, const char *release, const char *why,
		     const char *what)
{
	_cleanup_(symvers_done) struct symvers s = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *name = strf("%s/boot/symvers-%s.gz", t->path, release);
	int k = kernel_symvers(t->root, release, &s, NULL, &e);

	ok(k < 0 && !s.n && strstr(err_text(&e), why) && strstr(err_text(&e), name),
	   "%s: %s", what, err_text(&e));
}

static void test_symvers_text(void)
{
	_cleanup_(symvers_done) struct symvers s = { 0 };

	ok(symvers_parse("0xb7d40741\tprintk\tvmlinux\tEXPORT_SYMBOL\n"
			 "0x00000001\ta_thing\tfs/x\n\n0xffffffff lonely",
			 "S", &s, NULL) == 0,
	   "three symbols in three styles");
	is_int((long long)s.n, 3, "they are three");
	is_int(crc_of(&s, "printk"), 0xb7d40741, "the first");
	is_int(crc_of(&s, "a_thing"), 1, "the second");
	is_int(crc_of(&s, "lonely"), 0xffffffff, "the last");
	ok(!symvers_find(&s, "print") && !symvers_find(&s, "printk_"), "no other");
	bad_symvers("0x1\ta\nprintk 0x2\n", "line 2");
	bad_symvers("0x100000000\ta\n", "line 1");
	bad_symvers("0x1\n\tprintk\n", "line 1");
	bad_symvers("0x1\t\nprintk\n", "line 1");
	bad_symvers("-0x1\ta\n", "line 1");
	bad_symvers("0x\ta\n", "line 1");
	bad_symvers("0x 1\ta\n", "line 1");
}

/* 300,000 lines are read in a moment, and a bomb is not read. */
static void test_symvers_size(struct tree *t)
{
	_cleanup_free_ char *path = tree_name(t, "/boot/symvers-big");
	_cleanup_free_ char *packed = strf("%s.gz", path);
	_cleanup_(symvers_done) struct symvers s = { 0 };
	FILE *f = fopen(path, "w");

	for (unsigned int i = 0; f && i < 300000; i++)
		fprintf(f, "0x%08x\tsymbol_%u\tvmlinux\tEXPORT_SYMBOL\n", i, i);
	if (!f || fclose(f) || run("gzip", "-1", path))
		abort();
	alarm(60);
	is_int(kernel_symvers(t->root, "big", &s, NULL, NULL), 1, "a large table");
	alarm(0);
	is_int(crc_of(&s, "symbol_299999"), 299999, "all of it");

	unlink(packed);
	put_file(path, "", 0);
	if (truncate(path, (off_t)200 << 20) < 0 || run("gzip", "-1", path))
		abort();
	bad_file(t, "big", "unpacks to more", "200 MB of nothing");
}

static void is_found_symvers(struct tree *t, const char *where)
{
	_cleanup_(symvers_done) struct symvers s = { 0 };
	_cleanup_free_ char *path = NULL;

	is_int(kernel_symvers(t->root, R, &s, &path, NULL), 1, "a table");
	is(path, where, "its place");
	is_int(crc_of(&s, "y"), 9, "its symbol");
}

static void must_rename(struct tree *t, const char *from, const char *to)
{
	_cleanup_free_ char *a = tree_name(t, from);
	_cleanup_free_ char *b = tree_name(t, to);

	if (rename(a, b) < 0)
		abort();
}

static void test_kernel_symvers(struct tree *t)
{
	_cleanup_free_ char *boot = tree_name(t, "/boot/symvers-" R);
	_cleanup_free_ char *packed = strf("%s.gz", boot);
	_cleanup_(symvers_done) struct symvers s = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *path = NULL;

	is_int(kernel_symvers(t->root, "none", &s, &path, &e), 0, "none is a fact");
	ok(!path && !e.code, "without a sentence");

	tree_link(t, "/lib/modules/built/build", "/usr/src/kernels/built");
	tree_put(t, "/usr/src/kernels/built/Module.symvers", "0x00000007\tx\tvmlinux\n");
	is_int(kernel_symvers(t->root, "built", &s, &path, &e), 1, "of the build folder");
	is(path, "/lib/modules/built/build/Module.symvers", "its path");
	is_int(crc_of(&s, "x"), 7, "its symbol");
	symvers_done(&s);
	free(TAKE_PTR(path));

	put_file(boot, "0x00000009\ty\tvmlinux\n", 21);
	if (run("gzip", "-k", boot))
		abort();
	is_int(kernel_symvers(t->root, R, &s, &path, &e), 1, "compressed, in /boot");
	is_int(crc_of(&s, "y"), 9, "its symbol");
	symvers_done(&s);

	/* RHEL 9 and Fedora: a link in /boot to the file beside the modules. */
	if (run("xz", "-k", boot) || run("zstd", "-q", boot) || unlink(packed) < 0)
		abort();
	is_found_symvers(t, "/boot/symvers-" R ".xz");
	must_rename(t, "/boot/symvers-" R ".xz", "/lib/modules/" R "/symvers.xz");
	is_found_symvers(t, "/boot/symvers-" R ".zst");
	must_rename(t, "/boot/symvers-" R ".zst", "/lib/modules/" R "/symvers.zst");
	is_found_symvers(t, "/lib/modules/" R "/symvers.xz");
	tree_link(t, "/boot/symvers-" R ".xz", "../lib/modules/" R "/symvers.xz");
	is_found_symvers(t, "/boot/symvers-" R ".xz");

	if (run("gzip", "-k", boot) || truncate(packed, 25) < 0)
		abort();
	bad_file(t, R, "cut short", "half of it");
	put_file(packed, "0x1\ta\0b\n", 8);
	bad_file(t, R, "no text", "a NUL byte");
	put_file(packed, "no such thing\n", 14);
	bad_file(t, R, "line 1", "another text");
	put_file(packed, "", 0);
	bad_file(t, R, "is empty", "an empty file");
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	test_names();
	test_tree(&t);
	test_indexes(&t);
	test_listed(&t);
	test_refused(&t);
	test_symvers_text();
	test_kernel_symvers(&t);
	test_symvers_size(&t);
	tree_done(&t);
	return tap_done();
}
