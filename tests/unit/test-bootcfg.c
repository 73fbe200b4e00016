/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <unistd.h>

#include "guest/bootcfg_parts.h"
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

static void legacy_default(const char *text, const char *title, size_t problems)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	const struct boot_entry *d;
	_cleanup_free_ char *what = NULL;

	ok(bootcfg_parse_legacy(b, "menu.lst", text, strlen(text), "", NULL) == 0,
	   "menu.lst");
	d = bootcfg_default(b);
	what = strf("its default is %s", title);
	is(d ? d->title : NULL, title, what);
	is_int((long long)b->problems.n, (long long)problems, "its problems");
}

/* What GRUB legacy takes that anaconda does not write. */
static void test_legacy_spellings(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	static const char text[] =
		"title one\r\n"
		"kernel --no-mem-option --type=linux (hd0,1)/boot/vmlinuz-1"
		"   ro quiet\r\n"
		"initrd=(hd0,1)/boot/initrd-1.img\r\n"
		"title chain\r\n"
		"rootnoverify (hd1,0)\r\n"
		"chainloader +1\r\n"
		"title xen\r\n"
		"kernel /boot/xen.gz dom0_mem=512M\r\n"
		"module /boot/vmlinuz ro\r\n"
		"module /boot/initrd\r\n";

	legacy_default("default saved\ntitle a\ntitle b\n", "a", 0);
	legacy_default("default=1\n#default=0\ntitle a\ntitle b\n", "b", 0);
	legacy_default("title a\ndefault 1\ntitle b\n", "a", 0);
	legacy_default("default -1\ntitle a\ntitle b\n", "a", 1);
	legacy_default("default 99999999999999999999\ntitle a\n", "a", 1);
	legacy_default("default 0\n", NULL, 0);
	legacy_default("default 1\ntitle\nkernel\ninitrd\nmodule\nroot\ntitle b\n", "b",
		       0);
	ok(bootcfg_parse_legacy(b, "menu.lst", text, strlen(text), "", NULL) == 0 &&
		   b->n == 3,
	   "CRLF, options of GRUB's own, a chain loader and a hypervisor");
	is(b->entries[0].title, "one", "title without CR");
	is(b->entries[0].kernel, "/boot/vmlinuz-1", "kernel behind the options");
	is(b->entries[0].args, "ro quiet", "arguments without CR");
	is(b->entries[0].initrd, "/boot/initrd-1.img", "initrd without CR");
	is(b->entries[1].kernel, NULL, "the chain loader has no kernel");
	is(b->entries[1].grub_device, "(hd1,0)", "but a device");
	is(b->entries[2].kernel, "/boot/vmlinuz",
	   "the first module is the kernel, whatever it is called");
	is(b->entries[2].initrd, "/boot/initrd", "the second its initrd");
}

static void test_bounds(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	_cleanup_(bootcfg_freep) struct bootcfg *b2 = calloc(1, sizeof(*b2));
	_cleanup_err_ struct err e = ERR_INIT;
	size_t n = 100000 * strlen("title\n");
	_cleanup_free_ char *text = malloc(n + 1);
	_cleanup_free_ char *nested = malloc(100001 * strlen("submenu x {\n"));
	char *p = text;
	char *q = nested;

	for (int i = 0; i < 100000; i++) {
		p = stpcpy(p, "title\n");
		q = stpcpy(q, "submenu x {\n");
	}
	ok(bootcfg_parse_legacy(b, "/boot/grub/grub.conf", text, n, "", &e) == -E2BIG,
	   "100,000 entries are refused");
	is(err_text(&e), "/boot/grub/grub.conf: more than 4096 boot entries",
	   "with a sentence");
	ok(bootcfg_parse_grub2(b2, "f", nested, strlen(nested), NULL, NULL) == -E2BIG,
	   "100,000 submenus, too");
}

#define ENV "# GRUB Environment Block\n"

static void test_loaders(void)
{
	static const char script[] =
		"menuentry 'A' --id a {\n linux /vmlinuz-1.0 ro\n"
		" initrd /i\n}\n"
		"menuentry \"B\" --id b {\n linux16 /vmlinuz-2.0 ro\n}\n";
	_cleanup_free_ char *literal = strf("set default=\"1\"\n%s", script);
	_cleanup_free_ char *saved = strf("set default=\"${saved_entry}\"\n%s", script);
	struct tree t;

	tree_init(&t);
	default_is(&t, BOOT_NONE, NULL, "no boot loader");
	tree_put(&t, "boot/vmlinuz-5.10.0-8-amd64", "x");
	tree_link(&t, "vmlinuz", "boot/vmlinuz-5.10.0-8-amd64");
	default_is(&t, BOOT_LINKS, "5.10.0-8-amd64", "/vmlinuz");
	tree_put(&t, "boot/loader/entries/m-4.18.0-9.conf",
		 "title Nine\nlinux /vmlinuz-4.18.0-9\ninitrd /i\n");
	tree_put(&t, "boot/loader/entries/m-4.18.0-10.conf",
		 "title Ten\nlinux /vmlinuz-4.18.0-10\n");
	default_is(&t, BOOT_BLS, "4.18.0-10", "BLS: the newest by rpm's comparison");
	tree_put(&t, "boot/grub2/grubenv", ENV "saved_entry=m-4.18.0-9\n####");
	default_is(&t, BOOT_BLS, "4.18.0-9", "BLS: by the entry's name");
	tree_put(&t, "boot/grub2/grub.cfg", literal);
	default_is(&t, BOOT_GRUB2, "2.0",
		   "a grub.cfg without blscfg does not boot what lies in loader/entries");
	tree_put(&t, "boot/grub2/grubenv", ENV "saved_entry=A\n####");
	default_is(&t, BOOT_GRUB2, "2.0", "a stale saved_entry is not its default");
	tree_put(&t, "boot/grub2/grub.cfg", saved);
	default_is(&t, BOOT_GRUB2, "1.0", "grubenv by title");
	tree_put(&t, "boot/grub2/grubenv", ENV "saved_entry=b\n####");
	default_is(&t, BOOT_GRUB2, "2.0", "grubenv by id");
	tree_put(&t, "boot/grub2/grub.cfg",
		 "insmod blscfg\nblscfg\n"
		 "menuentry 'UEFI' { fwsetup }\n");
	default_is(&t, BOOT_BLS, "4.18.0-10", "grub.cfg with blscfg");
	tree_done(&t);
}

/* Loaders that are only known to be there. */
static void test_unread(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/extlinux/extlinux.conf", "default a\n");
	b = read_tree(&t);
	ok(!bootcfg_is_read(b) && b->unread && !b->unread->again, "extlinux");
	is(b->unread ? b->unread->name : NULL, "extlinux", "by name");
	bootcfg_free(TAKE_PTR(b));
	tree_put(&t, "etc/lilo.conf",
		 "bootx=/dev/hdc\n# boot=/dev/hdd\n\tboot = \"/dev/hdb1\" # there\n");
	b = read_tree(&t);
	is(b->unread ? b->unread->again : NULL, "lilo", "LILO, which has to run");
	is(b->boot_comment, "/dev/hdb1", "and where it is");
	bootcfg_free(TAKE_PTR(b));
	tree_put(&t, "boot/grub/grub.conf", legacy);
	b = read_tree(&t);
	ok(bootcfg_is_read(b) && !b->unread, "GRUB beside a lilo.conf that was left");
	tree_done(&t);
}

/* Which of two GRUBs boots, and which file of GRUB legacy's. */
static void test_both(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/grub/grub.conf", legacy);
	tree_link(&t, "boot/grub/menu.lst", "./grub.conf");
	tree_link(&t, "etc/grub.conf", "../boot/grub/grub.conf");
	b = read_tree(&t);
	ok(b && b->problems.n == 0, "links to grub.conf are no problem");
	is(b ? b->path : NULL, "/boot/grub/grub.conf", "and resolved");
	bootcfg_free(TAKE_PTR(b));
	unlinkat(t.root->fd, "boot/grub/menu.lst", 0);
	tree_put(&t, "boot/grub/menu.lst", "title other\n");
	b = read_tree(&t);
	ok(b && b->n == 2 && b->problems.n == 1,
	   "a menu.lst of its own is said, and grub.conf read");
	bootcfg_free(TAKE_PTR(b));
	unlinkat(t.root->fd, "boot/grub/menu.lst", 0);
	tree_put(&t, "boot/grub/grub.cfg",
		 "menuentry A {\nlinux /boot/vmlinuz-9 ro\n}\n");
	default_is(&t, BOOT_GRUB2, "9", "GRUB 2, where legacy's second stage is gone");
	tree_put(&t, "boot/grub/stage2", "x");
	default_is(&t, BOOT_GRUB_LEGACY, "2.6.18-8.el5",
		   "GRUB legacy, where it is there");
	b = read_tree(&t);
	is(b && b->problems.n ? b->problems.v[0] : NULL,
	   "both /boot/grub/grub.conf and /boot/grub/grub.cfg are there: taken to boot "
	   "by "
	   "GRUB legacy, because /boot/grub/stage2 is there",
	   "and both are named");
	tree_done(&t);
}

static void test_saved(void)
{
	struct tree t;

	tree_init(&t);
	tree_put(&t, "boot/grub/grub.conf",
		 "default saved\ntitle a\nkernel /vmlinuz-1\ntitle b\nkernel "
		 "/vmlinuz-2\nsavedefault\n");
	default_is(&t, BOOT_GRUB_LEGACY, "1", "default saved, and nothing saved");
	tree_put(&t, "boot/grub/default", "1\n#\n#\n#\n");
	default_is(&t, BOOT_GRUB_LEGACY, "2", "default saved, as 1");
	tree_put(&t, "boot/grub/default", "7\n");
	default_is(&t, BOOT_GRUB_LEGACY, "1", "default saved, out of range");
	tree_done(&t);
}

static void test_refused(void)
{
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *want = NULL;
	struct bootcfg *b = NULL;
	struct tree t;

	tree_init(&t);
	tree_mkdir(&t, "boot/grub/grub.conf");
	want = strf("%s/boot/grub/grub.conf: ", t.path);
	ok(bootcfg_read(t.root, &b, &e) < 0 && !b, "a folder for grub.conf is refused");
	ok(startswith(err_text(&e), want), "by name: %s", err_text(&e));
	tree_done(&t);
}

/* Debian's way: submenus, a firmware entry in one line, a function. */
static const char menus[] = "function load_video {\n"
			    "  insmod all_video\n"
			    "}\n"
			    "menuentry 'Debian --id x' --class os $menuentry_id_option "
			    "'simple' {\n"
			    "\tlinux\t/boot/vmlinuz-3 ro\n"
			    "\tinitrd\t/boot/initrd.img-3\n"
			    "}\n"
			    "submenu 'Advanced' $menuentry_id_option 'advanced' {\n"
			    "\tmenuentry 'Three' --id three {\n"
			    "\t\tlinux /boot/vmlinuz-3 ro\n"
			    "\t}\n"
			    "\tmenuentry 'Two' --id two {\n"
			    "\t\tlinux /boot/vmlinuz-2 ro\n"
			    "\t}\n"
			    "}\n"
			    "menuentry 'Xen' {\n"
			    "\tmultiboot2 /boot/xen.gz\n"
			    "\tmodule2 --nounzip /boot/vmlinuz-1 ro\n"
			    "\tmodule2 --nounzip /boot/initrd.img-1\n"
			    "}\n"
			    "menuentry 'UEFI' $menuentry_id_option 'uefi' { fwsetup }\n"
			    "linux /not/of/an/entry\n";

static void test_menus(void)
{
	static const struct {
		const char *wanted, *title;
		size_t problems;
	} rows[] = {
		{ NULL, "Debian --id x", 0 },
		{ "0", "Debian --id x", 0 },
		{ "simple", "Debian --id x", 0 },
		{ "1", "Three", 0 },
		{ "1>1", "Two", 0 },
		{ "Advanced>Two", "Two", 0 },
		{ "advanced>two", "Two", 0 },
		{ "2", "Xen", 0 },
		{ "3", "UEFI", 0 },
		{ "Two", "Debian --id x", 1 },
		{ "4", "Debian --id x", 1 },
		{ "advanced>nine", "Debian --id x", 1 },
		{ "x", "Debian --id x", 1 },
	};
	_cleanup_free_ char *script = strf("set default=\"${saved_entry}\"\n%s", menus);

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
		_cleanup_free_ char *what = strf("default %s", rows[i].wanted ?: "unset");
		const struct boot_entry *d;

		ok(bootcfg_parse_grub2(b, "grub.cfg", script, strlen(script),
				       rows[i].wanted, NULL) == 0 &&
			   b->n == 5 && b->problems.n == rows[i].problems,
		   "grub.cfg with submenus");
		d = bootcfg_default(b);
		is(d ? d->title : NULL, rows[i].title, what);
		if (i)
			continue;
		ok(b->entries[3].multiboot, "the hypervisor's entry");
		is(b->entries[3].release, "1", "its kernel");
		is(b->entries[3].initrd, "/boot/initrd.img-1", "its initrd");
		is(b->entries[4].kernel, NULL, "a line outside is of no entry");
	}
}

static void test_bls(void)
{
	_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));
	static const char text[] = "# comment\ntitle T\nversion 5.14.0-70.el9.x86_64\n"
				   "linux /1234/5.14.0-70.el9.x86_64/linux\n"
				   "initrd /i $tuned_initrd\n"
				   "options $kernelopts quiet\noptions more\n";

	ok(bootcfg_parse_bls(b, "f", text, strlen(text), "root=/dev/sda2 ro", NULL) == 0,
	   "an entry");
	is(b->entries[0].release, "5.14.0-70.el9.x86_64", "release from version");
	is(b->entries[0].args, "root=/dev/sda2 ro quiet more", "all options");
	is(b->entries[0].initrd, "/boot/i", "initrd");
	is_int(b->entries[0].kernel_line, 5, "line of the first options");
	is_int(boot_entry_line(&b->entries[0], 0), 5, "as the first of their lines");
	is_int(boot_entry_line(&b->entries[0], 1), 6, "line of those that add to them");
	is_int(boot_entry_line(&b->entries[0], 2), -1, "and no more");
}

/* A grub.conf that nobody here wrote. */
static void test_fedora8(void)
{
	_cleanup_free_ char *path = strf("%s/../shared/data/fedora8-root",
					 getenv("srcdir") ?: ".");
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_free_ char *root = NULL;
	const struct boot_entry *d;

	if (access(path, F_OK) < 0 || root_new(&r, path, NULL) < 0) {
		skip("Fedora 8's grub.conf", "../shared/data is absent");
		return;
	}
	ok(bootcfg_read(r, &b, NULL) == 0 && b->loader == BOOT_GRUB_LEGACY && b->n == 4,
	   "Fedora 8's grub.conf");
	d = b ? bootcfg_default(b) : NULL;
	if (!ok(d, "its default"))
		return;
	is(d->kernel, "/boot/vmlinuz-2.6.24.4-64.fc8", "kernel");
	is(d->initrd, "/boot/initrd-2.6.24.4-64.fc8.img", "initrd");
	is(d->grub_device, "(hd0,0)", "GRUB's device");
	root = bootargs_get(d->args, "root");
	is(root, "/dev/vg00/lv00", "root=");
	is(b->boot_comment, "/dev/sda", "#boot=");
	ok(b->entries[2].multiboot, "the xen entry");
	is(b->entries[2].release, "2.6.21.7-3.fc8xen", "its kernel");
	is(b->entries[2].initrd, "/boot/initrd-2.6.21.7-3.fc8xen.img", "its initrd");
	d = bootcfg_for(b, "2.6.24.3-34.fc8");
	ok(d == &b->entries[3], "an entry by its kernel");
}

int main(void)
{
	test_legacy();
	test_legacy_spellings();
	test_bounds();
	test_loaders();
	test_unread();
	test_both();
	test_saved();
	test_refused();
	test_menus();
	test_bls();
	test_fedora8();
	return tap_done();
}
