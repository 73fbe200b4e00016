/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot loaders' configurations, and the kernels that they and the tree's folders tell of.
 */
#include <stdlib.h>
#include <unistd.h>

#include "guest/kernels.h"
#include "lib/root.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

static const char legacy[] =
	"# grub.conf\n"
	"#boot=/dev/hda\n"
	"default=1\n"
	"timeout 5\n"
	"title Xen\n"
	"\troot (hd0,0)\n"
	"\tkernel /xen.gz-2.6.18-8.el5\n"
	"\tmodule /vmlinuz-2.6.18-8.el5xen ro root=LABEL=/\n"
	"\tmodule /initrd-2.6.18-8.el5xen.img\n"
	"title Plain\n"
	"\troot (hd0,0)\n"
	"\tkernel (hd0,0)/vmlinuz-2.6.18-8.el5 ro root=/dev/hda2 root=/dev/hdb2 quiet\n"
	"\tinitrd /initrd-2.6.18-8.el5.img\n";

static const char outside[] = "default 7\ntitle a\nkernel /boot/vmlinuz-1\n";

static void test_legacy(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	_cleanup_(bootcfg_freep) struct bootcfg *far = calloc(1, sizeof(*far));
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *root = NULL;
	const struct boot_entry *d;

	ok(bootcfg_parse_legacy(b, "/boot/grub/grub.conf", legacy, strlen(legacy),
				"/boot", &e) == 0,
	   "grub.conf");
	is_int((long long)b->n, 2, "two entries");
	is(b->boot_comment, "/dev/hda", "where the boot loader is");
	ok(b->entries[0].multiboot, "the first is a hypervisor's");
	is(b->entries[0].release, "2.6.18-8.el5xen", "its kernel is the first module");
	is(b->entries[0].initrd, "/boot/initrd-2.6.18-8.el5xen.img",
	   "its initrd the second");
	d = bootcfg_default(b);
	if (!ok(d == &b->entries[1], "default=1 is the second"))
		return;
	is(d->kernel, "/boot/vmlinuz-2.6.18-8.el5",
	   "kernel below /boot, device taken off");
	is(d->grub_initrd, "/initrd-2.6.18-8.el5.img", "initrd as GRUB names it");
	is_int(d->kernel_line, 11, "line of the kernel");
	root = bootargs_get(d->args, "root");
	is(root, "/dev/hdb2", "the last root= counts");
	ok(bootcfg_parse_legacy(far, "f", outside, strlen(outside), "/boot", &e) == 0,
	   "a default out of range");
	ok(far->n == 1 && far->entries[0].is_default && far->problems.n == 1,
	   "is the first entry, and said");
	is(far->entries[0].kernel, "/boot/vmlinuz-1", "/boot/ is not doubled");
}

static struct bootcfg *read_tree(struct tree *t)
{
	struct bootcfg *b = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	if (bootcfg_read(t->root, &b, &e) < 0)
		printf("# %s\n", err_text(&e));
	return b;
}

static void default_is(struct tree *t, enum bootloader loader, const char *release,
		       const char *what)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = read_tree(t);
	const struct boot_entry *d = b ? bootcfg_default(b) : NULL;

	ok(b && b->loader == loader, "%s: the loader", what);
	is(d ? d->release : NULL, release, what);
}

static void test_loaders(void)
{
	struct tree t;

	tree_init(&t);
	default_is(&t, BOOT_NONE, NULL, "no boot loader");
	tree_put(&t, "boot/vmlinuz-5.10.0-8-amd64", "x");
	tree_link(&t, "vmlinuz", "boot/vmlinuz-5.10.0-8-amd64");
	default_is(&t, BOOT_LINKS, "5.10.0-8-amd64", "/vmlinuz");
	tree_put(&t, "boot/grub2/grub.cfg",
		 "set default=\"1\"\n"
		 "menuentry 'A' --id a {\n linux /vmlinuz-1.0 ro\n initrd /i\n}\n"
		 "menuentry \"B\" --id b {\n linux16 /vmlinuz-2.0 ro\n}\n");
	default_is(&t, BOOT_GRUB2, "2.0", "grub.cfg's own default");
	tree_put(&t, "boot/grub2/grubenv",
		 "# GRUB Environment Block\nsaved_entry=A\n####");
	default_is(&t, BOOT_GRUB2, "1.0", "grubenv by title");
	tree_put(&t, "boot/grub2/grubenv",
		 "# GRUB Environment Block\nsaved_entry=b\n####");
	default_is(&t, BOOT_GRUB2, "2.0", "grubenv by id");
	tree_put(&t, "boot/loader/entries/m-4.18.0-9.conf",
		 "title Nine\nlinux /vmlinuz-4.18.0-9\ninitrd /i\noptions $kernelopts "
		 "quiet\n");
	tree_put(&t, "boot/loader/entries/m-4.18.0-10.conf",
		 "title Ten\nlinux /vmlinuz-4.18.0-10\n");
	tree_put(&t, "boot/grub2/grubenv",
		 "saved_entry=\nkernelopts=root=/dev/sda2 ro\n");
	default_is(&t, BOOT_BLS, "4.18.0-10", "BLS: the newest by rpm's comparison");
	tree_put(&t, "boot/grub2/grubenv", "saved_entry=m-4.18.0-9\n");
	default_is(&t, BOOT_BLS, "4.18.0-9", "BLS: by the entry's name");
	tree_put(&t, "boot/grub/grub.conf", legacy);
	default_is(&t, BOOT_GRUB_LEGACY, "2.6.18-8.el5", "GRUB legacy comes first");
	tree_done(&t);
}

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
		{ "2.6.18-53.el5.centos.plusPAE", "2.6.18-53.el5.centos.plus",
		  VARIANT_PAE },
		{ "2.6.9-67.EL", "2.6.9-67.EL", VARIANT_UP },
		{ "2.6.9-67.ELsmp", "2.6.9-67.EL", VARIANT_SMP },
		{ "2.6.9-67.ELhugemem", "2.6.9-67.EL", VARIANT_HUGEMEM },
		{ "2.6.9-67.0.22.ELlargesmp", "2.6.9-67.0.22.EL", VARIANT_LARGESMP },
		{ "2.6.9-67.ELxenU", "2.6.9-67.EL", VARIANT_XEN },
		{ "xen", "xen", VARIANT_UP },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *base = NULL;

		ok(variant_of_release(rows[i].release, &base) == rows[i].variant, "%s",
		   rows[i].release);
		is(base, rows[i].base, "and its base");
	}
}

static void test_kernels(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	_cleanup_(kernels_freep) struct kernels *ks = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	const struct kernel *k;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/grub/grub.conf", legacy);
	tree_put(&t, "boot/vmlinuz-2.6.18-8.el5", "x");
	tree_put(&t, "boot/initrd-2.6.18-8.el5.img", "not an image");
	tree_put(&t, "lib/modules/2.6.18-8.el5/kernel/x", "x");
	tree_put(&t, "lib/modules/2.6.18-8.1.1.el5/kernel/x", "x");
	tree_put(&t, "lib/modules/2.6.18-4.el5/extra/xenpv/1/xen-vbd.ko", "left behind");
	b = read_tree(&t);
	ok(kernels_read(t.root, NULL, NULL, b, NULL, &ks, &e) == 0, "kernels");
	is_int(ks ? (long long)ks->n : -1, 2, "what a removed kernel left is no kernel");
	k = ks ? kernels_find(ks, "2.6.18-8.el5") : NULL;
	ok(k && k->is_default && k->in_boot && k->in_modules, "the default kernel");
	is(k ? k->initrd : NULL, "/boot/initrd-2.6.18-8.el5.img", "its initrd");
	ok(k && !k->image && k->image_problem,
	   "which cannot be read, and that is a fact");
	k = ks ? kernels_find(ks, "2.6.18-8.1.1.el5") : NULL;
	ok(k && !k->in_boot && k->disagreements.n == 1,
	   "a kernel without vmlinuz is said");
	tree_done(&t);
}

int main(void)
{
	test_legacy();
	test_loaders();
	test_variants();
	test_kernels();
	return tap_done();
}
