/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judgement on facts made by hand: devices before and after, the host, kernel variants.
 */
#include <stdlib.h>

#include "checks/checks.h"
#include "tests/unit/tap.h"

/* A device as a literal; everything points into constants and is never freed. */
static struct device disk(const char *name, bool pv, struct dev_fs *fs, uint64_t size)
{
	struct device d = { .kind = DEV_DISK, .pv = pv, .size = size };

	d.name = (char *)(uintptr_t)name;
	d.driver = (char *)(uintptr_t)(pv ? "vbd" : "ide-disk");
	d.fs = fs;
	d.n_fs = fs ? 1 : 0;
	return d;
}

static struct device nic(const char *name, bool pv, const char *mac)
{
	struct device d = { .kind = DEV_NIC, .pv = pv };

	d.name = (char *)(uintptr_t)name;
	d.driver = (char *)(uintptr_t)(pv ? "vif" : "8139cp");
	d.mac = (char *)(uintptr_t)mac;
	return d;
}

#define MAC_A "00:16:3e:00:00:0a"
#define MAC_B "00:16:3e:00:00:0b"

struct fixture {
	struct guest g;
	struct devices before, now;
	struct inventory inv;
	struct storage storage;
	struct bootlog log;
	struct devrows rows;
	const struct generation *gen; /* NULL: RHEL 5 */
	struct xenbus *bus;
	struct kernels kernels;
	const struct choices *choices;
	bool of_tree; /* the inventory */
};

static void match(struct fixture *f, struct device *before, size_t n_before,
		  struct device *now, size_t n_now)
{
	f->before = (struct devices){ before, n_before };
	f->now = (struct devices){ now, n_now };
	f->inv.devices = &f->before;
	f->inv.live = !f->of_tree;
	f->g = (struct guest){
		.live = true,
		.gen = f->gen ?: generation_find("rhel", 5),
		.xenbus = f->bus,
		.kernels = &f->kernels,
		.inventory = before ? &f->inv : NULL,
		.devices = &f->now,
		.storage = &f->storage,
		.log = &f->log,
	};
	devrows_done(&f->rows);
	if (devmatch(&f->g, f->choices, &f->rows, NULL) < 0)
		abort();
}

static void row_is(const struct fixture *f, size_t i, enum dev_state state,
		   const char *after, const char *what)
{
	if (!ok(i < f->rows.n, "%s: there is a row", what))
		return;
	is(dev_state_name(f->rows.v[i].state), dev_state_name(state), what);
	is(f->rows.v[i].after, after, what);
}

static void test_devmatch(void)
{
	struct fixture f = { 0 };
	struct dev_fs boot = { .name = (char[]){ "p1" }, .uuid = (char[]){ "boot" } };
	struct dev_fs data = { .name = (char[]){ "p1" }, .uuid = (char[]){ "data" } };
	struct dev_fs fresh = { .name = (char[]){ "p1" }, .uuid = (char[]){ "fresh" } };
	struct device before[] = { disk("hda", false, &boot, 100),
				   disk("hdb", false, &data, 200),
				   nic("eth0", false, MAC_A) };
	struct device switched[] = { disk("hda", false, &boot, 100),
				     disk("xvde", true, &data, 200),
				     nic("eth1", true, MAC_A) };
	struct device twice[] = { disk("hda", false, &boot, 100),
				  disk("hdb", false, &data, 200),
				  disk("xvdb", true, &data, 200),
				  nic("eth0", false, MAC_A), nic("eth1", true, MAC_A) };
	struct device other[] = { disk("hda", true, &boot, 100),
				  disk("xvdb", true, &fresh, 300),
				  nic("eth0", true, MAC_B) };
	struct device no_fs[] = { disk("sdb", false, NULL, 200) };
	struct device no_fs_pv[] = { disk("xvdb", true, NULL, 200) };
	struct device no_fs_other[] = { disk("xvdb", true, NULL, 201) };

	strv_add(&f.inv.boot_disks, "hda");
	match(&f, before, 3, before, 3);
	row_is(&f, 0, DEVSTATE_EXPECTED_EMULATED, "hda", "the boot disk stays");
	row_is(&f, 1, DEVSTATE_EMULATED, "hdb", "a disk that did not switch");
	row_is(&f, 2, DEVSTATE_EMULATED, "eth0", "a NIC that did not switch");
	match(&f, before, 3, switched, 3);
	row_is(&f, 1, DEVSTATE_PV, "xvde", "a disk by its file system");
	is(f.rows.v[1].identity, "UUID data", "and it says so");
	row_is(&f, 2, DEVSTATE_PV, "eth1", "a NIC by its MAC");
	match(&f, before, 3, twice, 5);
	row_is(&f, 1, DEVSTATE_TWICE, "hdb, xvdb", "a disk twice");
	row_is(&f, 2, DEVSTATE_TWICE, "eth0, eth1", "a NIC twice");
	is_int((long long)f.rows.n, 3, "no row more");
	match(&f, before, 3, other, 3);
	row_is(&f, 0, DEVSTATE_PV, "hda", "PV under its old name");
	row_is(&f, 1, DEVSTATE_MISSING, NULL, "another size is another disk");
	row_is(&f, 2, DEVSTATE_MISSING, NULL, "another MAC is another NIC");
	row_is(&f, 3, DEVSTATE_NEW, "xvdb", "a new disk");
	row_is(&f, 4, DEVSTATE_NEW, "eth0", "a new NIC");
	f.of_tree = true;
	match(&f, before, 1, switched, 3);
	row_is(&f, 1, DEVSTATE_PV, "xvde", "a disk that the tree did not name");
	match(&f, before, 1, before, 3);
	row_is(&f, 0, DEVSTATE_EXPECTED_EMULATED, "hda", "the boot disk, which it did");
	row_is(&f, 1, DEVSTATE_EMULATED, "hdb", "an emulated disk that it did not name");
	row_is(&f, 2, DEVSTATE_EMULATED, "eth0", "and a NIC");
	f.of_tree = false;
	match(&f, no_fs, 1, no_fs_pv, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvdb", "a disk by size and position");
	match(&f, no_fs, 1, no_fs_other, 1);
	row_is(&f, 0, DEVSTATE_MISSING, NULL, "the size differs");
	match(&f, NULL, 0, twice, 5);
	row_is(&f, 1, DEVSTATE_TWICE, "hdb, xvdb", "twice without an inventory");
	devrows_done(&f.rows);
	strv_done(&f.inv.boot_disks);
}

/* What is there twice since the kernel was told to leave it. */
static void test_left_twice(void)
{
	struct xenbus bus = { .args = (char[]){ "xen_emul_unplug=ide-disks" } };
	struct fixture f = { .gen = generation_find("debian", 12), .bus = &bus };
	struct dev_fs data = { .name = (char[]){ "p1" }, .uuid = (char[]){ "data" } };
	struct device twice[] = { disk("sda", false, &data, 200),
				  disk("xvda", true, &data, 200),
				  nic("eth0", false, MAC_A), nic("eth1", true, MAC_A) };

	match(&f, NULL, 0, twice, 4);
	row_is(&f, 0, DEVSTATE_TWICE, "sda, xvda", "a disk, unplugged in vain");
	is(f.rows.v[0].detail, "nothing is mounted", "no argument keeps it");
	ok(f.rows.v[0].cause == CAUSE_NONE, "no cause is known");
	row_is(&f, 1, DEVSTATE_TWICE, "eth0, eth1", "a NIC that was not to be unplugged");
	is(f.rows.v[1].detail,
	   "this boot's kernel argument xen_emul_unplug=ide-disks keeps it",
	   "the argument is named");
	ok(f.rows.v[1].cause == CAUSE_ARGUMENT, "it is the cause");
	devrows_done(&f.rows);
}

/* A bus driver that is a module, and comes after the built-in driver of the disks. */
static void test_late(void)
{
	struct modtree mods = { 0 };
	struct kernel k = { .release = (char[]){ "R" }, .mods = &mods };
	struct choice ch = { .kernel = &k, .kind = CHOICE_BUNDLE };
	struct choices cs = { &ch, 1 };
	struct xenbus bus = { 0 };
	struct fixture f = { .gen = generation_find("debian", 12),
			     .bus = &bus,
			     .choices = &cs };
	struct device disks[] = { disk("sda", false, NULL, 100),
				  disk("sdb", false, NULL, 200) };

	ch.names[XENDRV_PLATFORM] = "xen-platform-pci";
	ch.paths[XENDRV_PLATFORM] = (char[]){ "/p" };
	strv_add(&f.inv.boot_disks, "sda");
	match(&f, disks, 2, disks, 2);
	row_is(&f, 0, DEVSTATE_EMULATED, "sda", "a module in time: not unplugged");
	strv_add(&mods.builtin, "ata_piix");
	match(&f, disks, 2, disks, 2);
	row_is(&f, 0, DEVSTATE_EXPECTED_EMULATED, "sda", "too late: the boot disk stays");
	row_is(&f, 1, DEVSTATE_EMULATED, "sdb", "another one does not switch");
	ch.kind = CHOICE_IN_KERNEL;
	match(&f, disks, 2, disks, 2);
	row_is(&f, 0, DEVSTATE_EMULATED, "sda", "the kernel's own is never too late");
	devrows_done(&f.rows);
	strv_done(&f.inv.boot_disks);
	strv_done(&mods.builtin);
}

/* What tells two disks apart or makes them one, the surest first. */
static void test_identity(void)
{
	struct fixture f = { 0 };
	struct dev_fs a = { .name = (char[]){ "p1" }, .uuid = (char[]){ "a" } };
	struct dev_fs b = { .name = (char[]){ "p1" }, .uuid = (char[]){ "b" } };
	struct device before[] = { disk("hdb", false, NULL, 200) };
	struct device now[] = { disk("xvdf", true, NULL, 200) };
	struct device pair[] = { disk("hdb", false, &a, 200),
				 disk("hdc", false, &b, 200) };
	struct device swapped[] = { disk("hdb", false, &b, 200),
				    disk("xvdc", true, &a, 200) };
	struct device unread[] = { disk("hdb", false, &a, 200),
				   disk("xvdb", true, NULL, 200) };

	before[0].ptuuid = (char[]){ "pt-1" };
	now[0].ptuuid = (char[]){ "pt-1" };
	match(&f, before, 1, now, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvdf", "a disk by its partition table");
	is(f.rows.v[0].identity, "partition table pt-1", "and it says so");
	now[0].name = (char[]){ "xvdb" };
	now[0].ptuuid = (char[]){ "pt-2" };
	match(&f, before, 1, now, 1);
	row_is(&f, 0, DEVSTATE_MISSING, NULL, "another table in the same place");
	row_is(&f, 1, DEVSTATE_NEW, "xvdb", "is another disk");
	strv_add(&f.inv.renames, "hdb=xvdg");
	now[0].name = (char[]){ "xvdg" };
	now[0].ptuuid = NULL;
	match(&f, before, 1, now, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvdg", "a disk by the name that --rename gave");
	strv_done(&f.inv.renames);

	match(&f, pair, 2, swapped, 2);
	row_is(&f, 0, DEVSTATE_PV, "xvdc", "disks of one size that changed places");
	row_is(&f, 1, DEVSTATE_EMULATED, "hdb", "are told apart by file system");
	is_int((long long)f.rows.n, 2, "no row more");
	match(&f, pair, 1, unread, 2);
	row_is(&f, 0, DEVSTATE_TWICE, "hdb, xvdb", "twice, one of them unreadable");
	devrows_done(&f.rows);
}

/* A tree is judged by the log of its last boot. */
static void test_logged(void)
{
	struct fixture f = { 0 };
	struct log_dev devs[] = {
		{ .kind = DEV_NIC, .name = (char[]){ "eth0" }, .pv = true },
		{ .kind = DEV_DISK, .name = (char[]){ "xvdb" }, .pv = true },
	};
	struct device before[] = { disk("hdb", false, NULL, 200),
				   nic("eth0", false, MAC_A) };

	match(&f, before, 2, NULL, 0);
	f.g.live = false;
	f.log = (struct bootlog){ .devs = devs, .n_devs = 2 };
	devrows_done(&f.rows);
	ok(devmatch(&f.g, NULL, &f.rows, NULL) == 0 && !f.rows.n, "not booted: no row");
	f.log.since = true;
	ok(devmatch(&f.g, NULL, &f.rows, NULL) == 0, "booted");
	row_is(&f, 0, DEVSTATE_PV, "xvdb", "the log's disk, by its place");
	row_is(&f, 1, DEVSTATE_PV, "eth0", "the log's NIC, by its name");
	devrows_done(&f.rows);
}

/* The finding of one check on a guest with one kernel. */
static enum status judge(const char *id, const struct guest *g)
{
	struct choice ch = { .kernel = g->kernels->v };
	struct choices cs = { &ch, 1 };
	bool selected = true;
	struct facts f = { .g = g, .choices = &cs, .selected = &selected };
	struct findings out = { 0 };
	const struct check *c = check_find(id);
	enum status s = STATUS_SKIP;

	if (c->run(c, &f, &out) < 0)
		abort();
	if (out.n)
		s = out.v[0].status;
	findings_done(&out);
	return s;
}

/* The documentation's table of kernels, row by row. */
static void test_variants(void)
{
	static const struct {
		int major;
		enum arch arch;
		enum variant variant;
		bool good;
	} rows[] = {
		{ 3, ARCH_I386, VARIANT_ATHLON, true },
		{ 3, ARCH_I386, VARIANT_ATHLON_SMP, true },
		{ 3, ARCH_X86_64, VARIANT_IA32E, true },
		{ 3, ARCH_I386, VARIANT_UP, true },
		{ 3, ARCH_I386, VARIANT_SMP, true },
		{ 3, ARCH_I386, VARIANT_HUGEMEM, true },
		{ 3, ARCH_X86_64, VARIANT_UP, true },
		{ 3, ARCH_X86_64, VARIANT_SMP, true },
		{ 3, ARCH_X86_64, VARIANT_LARGESMP, false },
		{ 4, ARCH_I386, VARIANT_ATHLON, false },
		{ 4, ARCH_I386, VARIANT_UP, true },
		{ 4, ARCH_I386, VARIANT_SMP, true },
		{ 4, ARCH_I386, VARIANT_HUGEMEM, true },
		{ 4, ARCH_I386, VARIANT_PAE, false },
		{ 4, ARCH_X86_64, VARIANT_UP, true },
		{ 4, ARCH_X86_64, VARIANT_SMP, true },
		{ 4, ARCH_X86_64, VARIANT_LARGESMP, true },
		{ 4, ARCH_X86_64, VARIANT_HUGEMEM, false },
		{ 5, ARCH_I386, VARIANT_UP, true },
		{ 5, ARCH_I386, VARIANT_PAE, true },
		{ 5, ARCH_I386, VARIANT_SMP, false },
		{ 5, ARCH_X86_64, VARIANT_UP, true },
		{ 5, ARCH_X86_64, VARIANT_PAE, false },
		{ 5, ARCH_X86_64, VARIANT_XEN, false },
		{ 5, ARCH_OTHER, VARIANT_UP, false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct kernel k = { .release = (char[]){ "R" },
				    .arch = rows[i].arch,
				    .variant = rows[i].variant,
				    .is_default = true };
		struct kernels ks = { .v = &k, .n = 1 };
		struct guest g = { .gen = generation_find("rhel", rows[i].major),
				   .kernels = &ks };

		ok(judge("kernel-variant", &g) ==
			   (rows[i].good ? STATUS_PASS : STATUS_FAIL),
		   "RHEL %d, %s %s: %s", rows[i].major, arch_name(rows[i].arch),
		   variant_name(rows[i].variant), rows[i].good ? "yes" : "no");
	}
}

static void test_host(void)
{
	static const struct {
		int major, minor, xen_major, xen_minor;
		enum status want;
	} releases[] = {
		{ 5, 1, -1, -1, STATUS_PASS },	    { 5, 0, -1, -1, STATUS_FAIL },
		{ 5, 6, 3, 1, STATUS_PASS },	    { 4, 9, -1, -1, STATUS_FAIL },
		{ -1, -1, 4, 17, STATUS_PASS },	    { -1, -1, 3, 0, STATUS_FAIL },
		{ -1, -1, -1, -1, STATUS_UNKNOWN },
	};
	static const struct {
		enum arch host, guest;
		enum status want;
	} archs[] = {
		{ ARCH_X86_64, ARCH_X86_64, STATUS_PASS },
		{ ARCH_X86_64, ARCH_I386, STATUS_PASS },
		{ ARCH_I386, ARCH_I386, STATUS_PASS },
		{ ARCH_I386, ARCH_X86_64, STATUS_FAIL },
		{ ARCH_UNKNOWN, ARCH_X86_64, STATUS_UNKNOWN },
	};
	struct kernel k = { .release = (char[]){ "R" }, .is_default = true };
	struct kernels ks = { .v = &k, .n = 1 };
	struct hypervisor hv = { 0 };
	struct guest g = { .gen = generation_find("rhel", 5), .kernels = &ks, .hv = &hv };

	for (size_t i = 0; i < ELEMENTSOF(releases); i++) {
		hv.host.major = releases[i].major;
		hv.host.minor = releases[i].minor;
		hv.xen_major = releases[i].xen_major;
		hv.xen_minor = releases[i].xen_minor;
		ok(judge("host-release", &g) == releases[i].want,
		   "host %d.%d, Xen %d.%d: %s", releases[i].major, releases[i].minor,
		   releases[i].xen_major, releases[i].xen_minor,
		   status_name(releases[i].want));
	}
	for (size_t i = 0; i < ELEMENTSOF(archs); i++) {
		hv.host.arch = archs[i].host;
		k.arch = archs[i].guest;
		ok(judge("host-arch", &g) == archs[i].want, "a %s guest on a %s host: %s",
		   arch_name(archs[i].guest), arch_name(archs[i].host),
		   status_name(archs[i].want));
	}
	g.gen = generation_find("rhel", 3);
	hv.host.arch = ARCH_X86_64;
	k.arch = ARCH_I386;
	ok(judge("host-arch", &g) == STATUS_WARN,
	   "RHEL 3 on a host of the other kind warns");
	hv.virt = VIRT_XEN_HVM;
	ok(judge("xen-hvm", &g) == STATUS_FAIL,
	   "no platform device: the drivers would panic");
	hv.platform_pci = true;
	ok(judge("xen-hvm", &g) == STATUS_PASS, "with the platform device");
	hv.virt = VIRT_XEN_PV;
	ok(judge("xen-hvm", &g) == STATUS_FAIL, "a PV guest");
	hv.virt = VIRT_NONE;
	ok(judge("xen-hvm", &g) == STATUS_FAIL, "bare metal");
}

int main(void)
{
	test_devmatch();
	test_left_twice();
	test_late();
	test_identity();
	test_logged();
	test_variants();
	test_host();
	return tap_done();
}
