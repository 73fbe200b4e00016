/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which drivers are planned for which initrd, and where /init loads them. */
#include "installer/plan.h"
#include "tests/unit/image.h"

static const struct generation gen = {
	.id = "rhel5",
	.drivers = { "xen-platform-pci", "xen-balloon", "xen-vbd", "xen-vnif" },
	.module_suffix = ".ko",
	.initrd = INITRD_NASH_CPIO,
};

#define PLATFORM "/lib/modules/K/xen-platform-pci.ko"
#define BALLOON	 "/lib/modules/K/xen-balloon.ko"
#define VBD	 "/lib/modules/K/xen-vbd.ko"
#define VNIF	 "/lib/modules/K/xen-vnif.ko"

/* One guest with one kernel, whose drivers are files of the guest. */
struct world {
	struct tree *t;
	struct kernel kernel;
	struct modinfo infos[XENDRV_COUNT];
	struct choice choice;
	struct choices choices;
	struct guest guest;
	bool selected[1];
	struct planning p;
	struct err e;
};

static void world_init(struct world *w, struct tree *t)
{
	static const char *const depends[] = { "", "xen-platform-pci", "xen-platform-pci",
					       "xen-platform-pci,xen-balloon" };
	static const char *const paths[] = { PLATFORM, BALLOON, VBD, VNIF };

	*w = (struct world){ .t = t,
			     .kernel = { .release = (char *)"K", .is_default = true },
			     .selected = { true } };
	w->choice.kernel = &w->kernel;
	w->choice.kind = CHOICE_IN_KERNEL;
	for (int d = 0; d < XENDRV_COUNT; d++) {
		w->infos[d].depends = (char *)depends[d];
		w->choice.infos[d] = &w->infos[d];
		w->choice.paths[d] = (char *)paths[d];
	}
	w->choices = (struct choices){ .v = &w->choice, .n = 1 };
	w->guest = (struct guest){ .root = t->root, .gen = &gen };
	w->p = (struct planning){ .root = t->root,
				  .g = &w->guest,
				  .choices = &w->choices,
				  .selected = w->selected,
				  .plan = calloc(1, sizeof(struct plan)) };
}

/* Read /boot/image and plan. */
static int world_plan(struct world *w)
{
	int r;

	r = initrd_read(w->t->root, "/boot/image", &w->kernel.image, &w->e);
	if (r < 0)
		w->kernel.image_problem = strdup(err_text(&w->e));
	err_done(&w->e);
	r = plan_initrd(&w->p, &w->e);
	return r < 0 ? r : plan_initrd_ops(&w->p, &w->e);
}

static void world_done(struct world *w)
{
	plan_free(w->p.plan);
	initrd_free(w->kernel.image);
	free(w->kernel.image_problem);
	err_done(&w->e);
}

/* The image gets this /init, and whatever script puts into img/. */
static void make_image(struct tree *t, const char *init, const char *script)
{
	must_sh(t, "rm -rf img boot && mkdir -p boot img/lib");
	tree_put(t, "/img/init", init);
	must_sh(t, "cd img && %s", script);
	must_sh(t,
		"cd img && find . | LC_ALL=C sort | sed 's|^\\./||' | grep -v '^\\.$' | "
		"cpio -o -H newc --quiet | gzip -9n >../boot/image");
}

/* Do the planned op as the transaction will; the new image takes the old one's place. */
static bool perform(struct world *w)
{
	struct op *op = w->p.plan->n == 1 ? &w->p.plan->v[0] : NULL;
	_cleanup_close_ int fd = -1;

	if (!op || !op->produce)
		return false;
	must_sh(w->t, ": >new");
	fd = image_open(w->t, "new");
	if (op->produce(op->arg, fd, &w->e) < 0 || op->check(op->arg, fd, &w->e) < 0)
		return false;
	must_sh(w->t, "cp new boot/image && rm -rf got && mkdir got && cd got && "
		      "gzip -dc ../boot/image | cpio -idm --quiet");
	return true;
}

#define HEAD "#!/bin/nash\nmount -t proc /proc /proc\n"
#define JBD  "echo \"Loading jbd.ko module\"\ninsmod /lib/jbd.ko \n"
#define SCSI "echo \"Loading scsi_mod.ko module\"\ninsmod /lib/scsi_mod.ko \n"
#define PCI                                                                             \
	"echo \"Loading xen-platform-pci.ko module\"\ninsmod /lib/xen-platform-pci.ko " \
	"\n"
#define BLK   "echo \"Loading xen-vbd.ko module\"\ninsmod /lib/xen-vbd.ko \n"
#define TAIL  "mkblkdevs\nresume /dev/hda2\nmkrootdev -t ext3 /dev/hda1\nmount /sysroot\n"
#define NODES "echo Creating block device nodes.\nmkblkdevs\n"
#define BOTH  "cp ../" PLATFORM " ../" VBD " lib"

static const struct {
	const char *what, *init, *script, *want;
} cases[] = {
	{ "before the first disk driver", HEAD NODES JBD SCSI TAIL, "true",
	  HEAD NODES JBD PCI BLK SCSI TAIL },
	{ "no disk driver: before devices are looked for again", HEAD NODES JBD TAIL,
	  "true", HEAD NODES JBD PCI BLK TAIL },
	{ "nothing loaded at all: before devices are looked for", HEAD NODES TAIL, "true",
	  HEAD
	  "echo \"Loading xen-platform-pci.ko module\"\ninsmod "
	  "/lib/xen-platform-pci.ko\n"
	  "echo \"Loading xen-vbd.ko module\"\ninsmod /lib/xen-vbd.ko\n" NODES TAIL },
	{ "udevstart",
	  HEAD "insmod /lib/dm-mod.ko\n/sbin/udevstart\nmkrootdev /dev/root\n", "true",
	  HEAD "insmod /lib/dm-mod.ko\ninsmod /lib/xen-platform-pci.ko\n"
	       "insmod /lib/xen-vbd.ko\n/sbin/udevstart\nmkrootdev /dev/root\n" },
	{ "the second line is missing", HEAD PCI SCSI TAIL, BOTH,
	  HEAD PCI BLK SCSI TAIL },
	{ "the order is wrong", HEAD BLK PCI SCSI TAIL, BOTH, HEAD PCI BLK SCSI TAIL },
	{ "too late", HEAD SCSI JBD PCI BLK TAIL, BOTH, HEAD PCI BLK SCSI JBD TAIL },
	{ "arguments stay", HEAD SCSI "insmod /lib/xen-vbd.ko a=1\n" TAIL, BOTH,
	  HEAD PCI
	  "echo \"Loading xen-vbd.ko module\"\ninsmod /lib/xen-vbd.ko a=1\n" SCSI TAIL },
	{ "a line that names no file", HEAD "insmod /x/xen-vbd.ko\n" SCSI TAIL, "true",
	  HEAD "insmod /lib/xen-platform-pci.ko\ninsmod /lib/xen-vbd.ko\n" SCSI TAIL },
	{ "modules elsewhere", HEAD JBD SCSI TAIL,
	  "mkdir drv && cp ../" PLATFORM " ../" VBD " drv",
	  HEAD JBD
	  "echo \"Loading xen-platform-pci.ko module\"\ninsmod /drv/xen-platform-pci.ko "
	  "\n"
	  "echo \"Loading xen-vbd.ko module\"\ninsmod /drv/xen-vbd.ko \n" SCSI TAIL },
	{ "another build of the module", HEAD PCI BLK SCSI TAIL,
	  BOTH " && echo other >lib/xen-vbd.ko", HEAD PCI BLK SCSI TAIL },
	{ "no /lib", HEAD NODES JBD TAIL, "rmdir lib", HEAD NODES JBD PCI BLK TAIL },
};

static void test_cases(struct tree *t)
{
	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *got = NULL;
		struct world w;

		make_image(t, cases[i].init, cases[i].script);
		world_init(&w, t);
		ok(world_plan(&w) == 0 && perform(&w), "%s", cases[i].what);
		if (w.e.code)
			printf("# %s\n", err_text(&w.e));
		got = tree_get(t, "/got/init");
		is(got, cases[i].want, "/init");
		ok(sh(t, "cd got; f=$(find . -name xen-vbd.ko); cmp $f ../" VBD
			 " && cmp ${f%%/*}/xen-platform-pci.ko ../" PLATFORM) == 0,
		   "the drivers are the kernel's");
		ok(sh(t, "find got | grep -q 'vnif\\|balloon'") != 0, "and no others");
		world_done(&w);
		world_init(&w, t);
		ok(world_plan(&w) == 0 && w.p.plan->n == 0, "a second plan is empty");
		world_done(&w);
	}
}

static void test_op(struct tree *t)
{
	struct world w;

	make_image(t, HEAD JBD SCSI TAIL, "true");
	must_sh(t, "mv boot/image boot/real && ln -s real boot/image");
	world_init(&w, t);
	if (ok(world_plan(&w) == 0 && w.p.plan->n == 1, "one op")) {
		const struct op *op = &w.p.plan->v[0];
		_cleanup_free_ char *sum = strf("%s  boot/real", op->old_digest);

		is(op->path, "/boot/real", "its path, links resolved");
		is(op->keep, "/boot/real.xenpv-orig", "the original is kept");
		is(op->action, "rewrite-initrd", "action");
		is(op->detail,
		   "xen-platform-pci.ko added; xen-vbd.ko added; /init loads "
		   "xen-platform-pci, xen-vbd before scsi_mod",
		   "detail");
		ok(op->exists && op->boot && op->bytes, "how");
		ok(sh(t, "echo '%s' | sha256sum --status -c", sum) == 0, "digest");
	}
	world_done(&w);
}

static void test_depends(struct tree *t)
{
	struct world w;

	make_image(t, HEAD SCSI TAIL, "true");
	world_init(&w, t);
	w.infos[XENDRV_VBD].depends = (char *)"xen_balloon,xen_platform_pci";
	ok(world_plan(&w) == 0 && perform(&w) &&
		   sh(t, "grep '^insmod' got/init | tr -d '\\n' | grep -q "
			 "platform-pci.*balloon.*vbd.*scsi") == 0,
	   "balloon when vbd depends on it");
	world_done(&w);

	make_image(t, HEAD SCSI TAIL, "true");
	world_init(&w, t);
	w.choice.builtin[XENDRV_PLATFORM] = true;
	w.choice.paths[XENDRV_PLATFORM] = NULL;
	ok(world_plan(&w) == 0 && perform(&w) &&
		   sh(t, "grep -q vbd got/init && ! grep -q platform got/init") == 0,
	   "what is built in is not loaded");
	world_done(&w);

	make_image(t, HEAD SCSI TAIL, "true");
	world_init(&w, t);
	w.infos[XENDRV_PLATFORM].depends = (char *)"xen-vbd";
	ok(world_plan(&w) == 0 && perform(&w), "modules that depend on each other");
	world_done(&w);

	world_init(&w, t);
	w.infos[XENDRV_VBD].depends = (char *)"xenbus,xen-platform-pci";
	ok(world_plan(&w) == -ENOTSUP && strstr(err_text(&w.e), "xenbus"), "%s",
	   err_text(&w.e));
	world_done(&w);
}

static void test_bundle(struct tree *t)
{
	struct bundle_module m = { .file = (char *)"xen-vbd.ko" };
	struct world w;

	make_image(t, HEAD SCSI TAIL, "true");
	must_sh(t, "mv ." VBD " bundled");
	m.fd = image_open(t, "bundled");
	world_init(&w, t);
	w.choice.modules[XENDRV_VBD] = &m;
	ok(world_plan(&w) == 0 && perform(&w) &&
		   sh(t, "cmp bundled got/lib/xen-vbd.ko") == 0,
	   "from a bundle");
	world_done(&w);
	closep(&m.fd);
	must_sh(t, "mv bundled ." VBD);
}

static void refuse(struct tree *t, const char *what, int code)
{
	struct world w;

	world_init(&w, t);
	ok(world_plan(&w) == code, "%s: %s", what, err_text(&w.e));
	world_done(&w);
	world_init(&w, t);
	w.kernel.is_default = false;
	ok(world_plan(&w) == 0 && w.p.plan->n == 0 && w.p.plan->n_edits == 0 &&
		   w.p.plan->notes.n == 1,
	   "%s: a note when it is not the default", what);
	if (w.p.plan->notes.n)
		printf("# %s\n", w.p.plan->notes.v[0]);
	world_done(&w);
}

static void test_refused(struct tree *t)
{
	struct world w;

	make_image(t, "#!/bin/sh\nmodprobe sd_mod\n", "true");
	refuse(t, "a shell's /init", -ENOTSUP);
	make_image(t, HEAD "switchroot\n", "true");
	refuse(t, "no place", -ENOTSUP);
	must_sh(t, "gzip -dc boot/image | lz4 -q >x && mv x boot/image");
	refuse(t, "lz4 in frames", -ENOTSUP);
	must_sh(t, "head -c 100 /dev/urandom >boot/image");
	refuse(t, "no image", -ENOTSUP);
	must_sh(t, "rm boot/image");
	refuse(t, "missing", -ENOTSUP);

	world_init(&w, t);
	w.kernel.variant = VARIANT_XEN;
	ok(world_plan(&w) == 0 && !w.p.plan->notes.n, "a -xen kernel is none of ours");
	w.kernel.variant = VARIANT_UP;
	w.selected[0] = false;
	ok(plan_initrd(&w.p, &w.e) == 0, "nor one that is not selected");
	w.selected[0] = true;
	w.choice.kind = CHOICE_NONE;
	ok(plan_initrd(&w.p, &w.e) == 0, "nor one without drivers");
	world_done(&w);
}

/* The boot disk on the emulated SCSI card: whoever comes first owns it. */
static void test_scsi(struct tree *t)
{
	static const char sym[] = HEAD SCSI "insmod /lib/sym53c8xx.ko \n" JBD TAIL;
	static const struct {
		const char *boot_disk;
		bool asked;
		const char *want;
	} rows[] = {
		{ "sda", false,
		  HEAD SCSI "insmod /lib/sym53c8xx.ko \n" JBD PCI BLK TAIL },
		{ "sda", true, HEAD PCI BLK SCSI "insmod /lib/sym53c8xx.ko \n" JBD TAIL },
		{ "hda", false,
		  HEAD PCI BLK SCSI "insmod /lib/sym53c8xx.ko \n" JBD TAIL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct storage s = { .boot_disk = (char *)rows[i].boot_disk };
		_cleanup_free_ char *got = NULL;
		struct world w;

		make_image(t, sym, "true");
		world_init(&w, t);
		w.guest.storage = &s;
		w.p.boot_disk_pv = rows[i].asked;
		ok(world_plan(&w) == 0 && perform(&w), "boot disk %s%s: planned, done",
		   rows[i].boot_disk, rows[i].asked ? ", to be PV" : "");
		got = tree_get(t, "got/init");
		ok(streq(got, rows[i].want), "the drivers are loaded %s",
		   rows[i].want[sizeof(HEAD) - 1] == 'e' &&
				   strstr(rows[i].want, PCI) ==
					   rows[i].want + sizeof(HEAD) - 1
			   ? "before the card's"
			   : "after the card's");
		world_done(&w);
		world_init(&w, t);
		w.guest.storage = &s;
		w.p.boot_disk_pv = rows[i].asked;
		ok(world_plan(&w) == 0 && w.p.plan->n == 0, "and then nothing is to do");
		world_done(&w);
	}
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	tree_put(&t, PLATFORM, "platform");
	tree_put(&t, BALLOON, "balloon");
	tree_put(&t, VBD, "block");
	tree_put(&t, VNIF, "net");
	test_cases(&t);
	test_op(&t);
	test_depends(&t);
	test_bundle(&t);
	test_refused(&t);
	test_scsi(&t);
	tree_done(&t);
	return tap_done();
}
