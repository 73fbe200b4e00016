/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices before and after: what became of each. */
#include <stdlib.h>

#include "tests/unit/devmatch-fixture.h"

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

int main(void)
{
	test_devmatch();
	test_left_twice();
	test_late();
	test_logged();
	return tap_done();
}
