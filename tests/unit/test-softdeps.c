/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of loading: which drivers come behind the bus, and the file that says so, in
 * images of udev's kind. cpio judges.
 */
#include "drivers/softdeps.h"
#include "guest/emulated.h"
#include "installer/plan.h"
#include "tests/unit/image.h"

#define BUS "xen-platform-pci"

static void test_table(void)
{
	struct modtree m = { 0 };

	ok(nic_is_emulated("8139cp") && nic_is_emulated("ne2k_pci"), "emulated NICs");
	ok(!nic_is_emulated("ata_piix") && !nic_is_emulated("tg3") &&
		   !nic_is_emulated(NULL),
	   "others are none");
	ok(!nic_is_emulated("e1000e"), "a driver of real cards as well proves nothing");
	strv_add(&m.builtin, "libata");
	strv_add(&m.builtin, "ahci");
	ok(!emulated_builtin_ide(&m), "built in, but not what has the IDE disks");
	strv_add(&m.builtin, "ata_piix");
	is(emulated_builtin_ide(&m), "ata_piix", "what has the IDE disks, built in");
	ok(!emulated_builtin_ide(NULL), "no modules are known");
	strv_done(&m.builtin);
}

static void test_bus(void)
{
	static const struct {
		enum choice_kind kind;
		const char *path;
		bool builtin;
		bool want;
	} rows[] = {
		{ CHOICE_BUNDLE, "/p", false, true },
		{ CHOICE_COMPATIBLE, "/p", false, true },
		{ CHOICE_PACKAGE, "/p", false, true },
		{ CHOICE_PACKAGE, NULL, true, false }, /* a newer xen-blkfront */
		{ CHOICE_IN_KERNEL, "/p", false, false },
		{ CHOICE_NONE, NULL, false, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct choice c = { .kind = rows[i].kind };

		c.names[XENDRV_PLATFORM] = BUS;
		c.paths[XENDRV_PLATFORM] = (char *)(uintptr_t)rows[i].path;
		c.builtin[XENDRV_PLATFORM] = rows[i].builtin;
		is(choice_bus(&c), rows[i].want ? BUS : NULL, choice_name(rows[i].kind));
	}
}

static void test_lack(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ NULL, "ata_piix" },
		{ "", "ata_piix" },
		{ "softdep ata_piix pre: xen-platform-pci\n", "8139cp" },
		{ "softdep ata_piix pre: xen-platform-pci\n"
		  "softdep 8139cp pre: xen-platform-pci",
		  NULL },
		{ " softdep\tata-piix pre: libata xen_platform_pci post: x\r\n"
		  "softdep 8139cp post: x pre: xen-platform-pci\n",
		  NULL },
		{ "softdep ata_piix post: xen-platform-pci\n", "ata_piix" },
		{ "softdep ata_piix xen-platform-pci\n", "ata_piix" },
		{ "#softdep ata_piix pre: xen-platform-pci\n", "ata_piix" },
		{ "softdep ata_piix2 pre: xen-platform-pci\n", "ata_piix" },
		{ "softdep ata_piix pre: xen-platform\n", "ata_piix" },
		{ "softdep\nsoftdep ata_piix\n", "ata_piix" },
	};
	struct initrd i = { 0 };
	_cleanup_free_ char *text = softdeps_text(BUS);

	strv_add(&i.modules, "lib/modules/R/kernel/ata_piix.ko.xz");
	strv_add(&i.modules, "lib/modules/R/kernel/8139cp.ko");
	strv_add(&i.modules, "lib/modules/R/kernel/tg3.ko");
	for (size_t n = 0; n < ELEMENTSOF(rows); n++) {
		_cleanup_free_ char *what = strf("text %zu", n);

		is(softdeps_lack(rows[n].text, BUS, &i), rows[n].want, what);
	}
	is(softdeps_lack(text, BUS, &i), NULL, "our own text orders what the image has");
	is(softdeps_lack(text, BUS, NULL), NULL, "and all that there are");
	is(softdeps_lack(rows[3].text, BUS, NULL), "piix", "another one does not");
	ok(text && text[0] == '#' && strstr(text, "\nsoftdep ata_piix pre: " BUS "\n"),
	   "a comment, and lines");
	ok(text && endswith(text, "\nsoftdep xen-vnif pre: xen-balloon\n"),
	   "the balloon comes with the NICs");
	strv_done(&i.modules);
}

/* --- images --- */

struct job {
	struct kernel kernel;
	struct choice choice;
	struct plan plan;
	struct planning p;
	struct initrd_edit *x;
	struct err e;
};

static bool job_open(struct job *j, struct tree *t, const char *image)
{
	_cleanup_free_ char *path = strf("/%s", image);

	*j = (struct job){ .kernel = { .release = (char *)"R" },
			   .choice = { .kind = CHOICE_BUNDLE } };
	j->choice.kernel = &j->kernel;
	j->choice.names[XENDRV_PLATFORM] = BUS;
	j->choice.paths[XENDRV_PLATFORM] = (char *)"/p";
	j->p = (struct planning){ .root = t->root, .plan = &j->plan };
	if (initrd_read(t->root, path, &j->kernel.image, &j->e) == 0 &&
	    initrd_edit_new(t->root, &j->kernel, &j->x, &j->e) == 0)
		return true;
	printf("# %s\n", err_text(&j->e));
	return false;
}

static void job_done(struct job *j)
{
	initrd_edit_free(j->x);
	initrd_free(j->kernel.image);
	strv_done(&j->plan.notes);
	err_done(&j->e);
}

static int job_write(struct job *j, struct tree *t)
{
	return image_rewrite(t, j->x, &j->e);
}

/* What the image does not order. */
static const char *fact_image(const struct job *j)
{
	return softdeps_lack(j->kernel.image->modprobe.text, BUS, j->kernel.image);
}

/* An image of initramfs-tools: tools/ as it is now, packed. */
static void pack(struct tree *t, const char *image)
{
	must_sh(t,
		"cd tools && find . | sed 's|^\\./||' | LC_ALL=C sort | cpio -o -H newc "
		"--quiet | gzip -9n >../%s",
		image);
}

/* Edit "image": what is in "new" afterwards is one file of each name, and the text. */
static void edit(struct tree *t, const char *what, const char *detail)
{
	_cleanup_free_ char *text = softdeps_text(BUS);
	struct job j;

	tree_put(t, "want", text);
	if (!ok(job_open(&j, t, "image"), "%s: read", what)) {
		job_done(&j);
		return;
	}
	is(fact_image(&j), "ata_piix", what);
	is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0, what);
	is(j.x->details.n ? j.x->details.v[0] : NULL, detail, what);
	is_int(job_write(&j, t), 0, what);
	job_done(&j);
	ok(sh(t, "rm -rf is && mkdir is && gzip -dc new >cpio && cd is && "
		 "cpio -idm --quiet <../cpio && cmp ../want " INITRD_SOFTDEPS) == 0,
	   "%s: the text", what);
	ok(sh(t, "test -z \"$(cpio -it --quiet <cpio | sort | uniq -d)\"") == 0,
	   "%s: nothing is in it twice", what);
	ok(sh(t, "rm -rf was && mkdir was && cd was && gzip -dc ../image | cpio -idm "
		 "--quiet && rm -f " INITRD_SOFTDEPS " ../is/" INITRD_SOFTDEPS
		 " && mkdir -p etc/modprobe.d && diff -r . ../is") == 0,
	   "%s: all else as before", what);
	if (ok(job_open(&j, t, "new"), "%s: the new one is read", what)) {
		is(fact_image(&j), NULL, "the new one is right");
		is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0, "again");
		ok(initrd_edit_empty(j.x), "%s: nothing to do", what);
	}
	job_done(&j);
}

static void test_images(struct tree *t)
{
	tree_put(t, "tools/init", "#!/bin/sh\n");
	tree_put(t, "tools/conf/initramfs.conf", "MODULES=most\n");
	tree_put(t, "tools/lib/modules/R/modules.dep", "kernel/ata_piix.ko:\n");
	tree_put(t, "tools/lib/modules/R/kernel/ata_piix.ko", "x");
	pack(t, "image");
	edit(t, "no folder", "xenpv.conf added");
	tree_put(t, "tools/etc/hosts", "x");
	pack(t, "image");
	edit(t, "etc alone", "xenpv.conf added");
	tree_put(t, "tools/etc/modprobe.d/few.conf", "blacklist x\n");
	pack(t, "image");
	edit(t, "etc/modprobe.d", "xenpv.conf added");
	must_sh(t, "cd tools && find . | LC_ALL=C sort | cpio -o -H newc --quiet | gzip "
		   "-9n >../image");
	edit(t, "names with ./", "xenpv.conf added");
	tree_put(t, "tools/" INITRD_SOFTDEPS, "softdep ata_piix pre: other\n");
	pack(t, "image");
	edit(t, "another text", "xenpv.conf replaced");
	must_sh(t, "printf 'a\\000b' >tools/" INITRD_SOFTDEPS);
	pack(t, "image");
	edit(t, "no text", "xenpv.conf replaced");
}

/* A segment of modules, another one of the rest: before it, and behind. */
static void test_segments(struct tree *t)
{
	struct job j;

	must_sh(t, "rm -rf mods && mkdir mods && mv tools/lib mods/ && rm "
		   "tools/" INITRD_SOFTDEPS);
	pack(t, "rest");
	must_sh(t, "mv tools rest.d && mv mods tools");
	pack(t, "modules");
	must_sh(t, "cat rest modules >image");
	if (ok(job_open(&j, t, "image"), "the image is read")) {
		is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0, "behind it");
		is_int((long long)j.x->n_files, 1, "the folders are there already");
	}
	job_done(&j);
	must_sh(t, "cat modules rest >image");
	if (ok(job_open(&j, t, "image"), "the image is read")) {
		is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0, "before it");
		is_int((long long)j.x->n_files, 3, "the folders come too late");
		is_int(job_write(&j, t), 0, "written");
	}
	job_done(&j);
	if (ok(job_open(&j, t, "new"), "and read"))
		is(fact_image(&j), NULL, "and right");
	job_done(&j);
	tree_put(t, "rest.d/" INITRD_SOFTDEPS, "old\n");
	must_sh(t, "mv tools mods && mv rest.d tools");
	pack(t, "rest");
	must_sh(t, "cat modules rest >image");
	if (ok(job_open(&j, t, "image"), "the image is read")) {
		is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0,
		       "a file there");
		ok(initrd_edit_empty(j.x) && j.plan.notes.n == 1, "is told of");
		j.choice.kind = CHOICE_IN_KERNEL;
		is_int(plan_softdeps_image(&j.p, &j.choice, j.x, &j.e), 0, "no bus");
		is_int((long long)j.plan.notes.n, 1, "nothing is said");
	}
	job_done(&j);
}

int main(void)
{
	struct tree t;

	test_table();
	test_bus();
	test_lack();
	tree_init(&t);
	test_images(&t);
	test_segments(&t);
	tree_done(&t);
	return tap_done();
}
