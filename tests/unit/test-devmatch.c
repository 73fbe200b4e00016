/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices before and after: what became of each. */
#include <stdlib.h>

#include "guest/emulated.h"
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

/* The findings of devices-pv, "status seen -> remedy" each. */
static char *findings_of(struct fixture *f)
{
	struct facts facts = { .g = &f->g, .rows = &f->rows };
	const struct check *c = check_find("devices-pv");
	_cleanup_strv_ struct strv v = { 0 };
	struct findings out = { 0 };

	if (c->run(c, &facts, &out) < 0)
		abort();
	for (size_t i = 0; i < out.n; i++)
		strv_addf(&v, "%s %s -> %s", status_name(out.v[i].status), out.v[i].seen,
			  out.v[i].remedy ?: "nothing");
	findings_done(&out);
	return strv_join(&v, "; ");
}

/* Match what the log has of its last boot with those of before. */
static void match_log(struct fixture *f, struct device *before, size_t n,
		      struct log_dev *devs, size_t n_devs)
{
	match(f, before, n, NULL, 0);
	f->g.live = false;
	f->log.since = true;
	f->log.devs = devs;
	f->log.n_devs = n_devs;
	f->log.source = (char *)(uintptr_t) "/l";
	devrows_done(&f->rows);
	if (devmatch(&f->g, NULL, &f->rows, NULL) < 0)
		abort();
}

/* Of NICs that the log has no line of: upstream's PV driver prints none. */
static void test_silent(void)
{
	struct fixture f = { .gen = generation_find("rhel", 7), .log = { .vnif = true } };
	struct log_dev disk_line = { .kind = DEV_DISK,
				     .name = (char[]){ "xvdb" },
				     .pv = true };
	struct log_dev emulated[] = { { .kind = DEV_NIC,
					.name = (char[]){ "eth0" },
					.driver = (char[]){ "8139cp" },
					.mac = (char[]){ MAC_A } } };
	struct log_dev stray[] = { { .kind = DEV_NIC,
				     .name = (char[]){ "eth7" },
				     .driver = (char[]){ "8139cp" } } };
	struct device before[] = { disk("sdb", false, NULL, 200),
				   nic("eth0", false, MAC_A) };
	struct device vf[] = { nic("ens5", false, MAC_B) };
	_cleanup_free_ char *found = NULL;
	_cleanup_free_ char *nothing = NULL;

	match_log(&f, before, 2, &disk_line, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvdb", "RHEL 7: a disk has a line");
	row_is(&f, 1, DEVSTATE_UNKNOWN, NULL, "and a NIC has none");
	found = findings_of(&f);
	is(found,
	   "unknown NIC eth0 is unknown: the log tells of the PV driver, which prints no "
	   "line of a NIC -> run xenpv-verify in the running guest",
	   "it is said so");
	match_log(&f, before, 2, NULL, 0);
	row_is(&f, 0, DEVSTATE_MISSING, NULL, "a disk without a line is missing");
	match_log(&f, before + 1, 1, emulated, 1);
	row_is(&f, 0, DEVSTATE_EMULATED, "eth0", "a line of the emulated NIC");
	match_log(&f, before + 1, 1, stray, 1);
	row_is(&f, 0, DEVSTATE_MISSING, NULL, "one of an emulated NIC of another name");
	f.log.vnif = false;
	match_log(&f, before + 1, 1, NULL, 0);
	nothing = findings_of(&f);
	is(nothing,
	   "unknown NIC eth0 is unknown: the log tells neither of it nor of the PV "
	   "driver "
	   "-> run xenpv-verify in the running guest",
	   "no line of the driver either");
	vf[0].driver = (char[]){ "ixgbevf" };
	match_log(&f, vf, 1, NULL, 0);
	row_is(&f, 0, DEVSTATE_UNKNOWN, NULL, "one that is none of Xen's");
	f.gen = generation_find("rhel", 5);
	match_log(&f, before + 1, 1, NULL, 0);
	row_is(&f, 0, DEVSTATE_MISSING, NULL, "RHEL 5: its driver prints a line of each");
	devrows_done(&f.rows);
}

/* A log that is not there, and one without a boot. */
static void test_no_log(void)
{
	struct fixture f = { .gen = generation_find("debian", 12) };
	struct device before[] = { nic("eth0", false, MAC_A) };
	_cleanup_free_ char *none = NULL;
	_cleanup_free_ char *old = NULL;

	match_log(&f, before, 1, NULL, 0);
	f.log.since = false;
	old = findings_of(&f);
	is(old,
	   "skip no boot since xenpv-install in /l -> boot the guest, then run "
	   "xenpv-verify again",
	   "no boot since");
	f.log.source = NULL;
	none = findings_of(&f);
	is(none,
	   "skip /var/log has no kernel log in text (a journal is not read): whether the "
	   "guest has booted since xenpv-install is not known -> boot the guest, then "
	   "run "
	   "xenpv-verify in it",
	   "no log");
	devrows_done(&f.rows);
}

/* What is none of Xen's, by the PCI device that it is or hangs on, else by its driver. */
static void test_foreign(void)
{
	static const struct {
		const char *what;
		enum dev_kind kind;
		const char *bus, *driver, *pci;
		bool foreign;
	} rows[] = {
		{ "PIIX3", DEV_DISK, "scsi", "sd", "8086:7010/1af4:1100", false },
		{ "RHEL 5's IDE", DEV_DISK, "ide", "ide-disk", NULL, false },
		{ "LSI 53C895A", DEV_DISK, "scsi", "sd", "1000:0012/1000:1000", false },
		{ "the device model's AHCI", DEV_DISK, "scsi", "sd",
		  "8086:2922/1af4:1100", false },
		{ "an AHCI, passed through", DEV_DISK, "scsi", "sd",
		  "8086:2922/1043:8277", true },
		{ "the device model's NVMe", DEV_DISK, "pci", "nvme",
		  "1b36:0010/1af4:1100", false },
		{ "an NVMe, passed through", DEV_DISK, "pci", "nvme",
		  "144d:a822/1028:1fda", true },
		{ "an HBA, passed through", DEV_DISK, "scsi", "sd", "1000:0097/1000:3090",
		  true },
		{ "another card of the device model", DEV_DISK, "scsi", "sd",
		  "1022:2020/1af4:1100", false },
		{ "virtio", DEV_DISK, "virtio", "virtio_blk", "1af4:1001/1af4:0002",
		  true },
		{ "USB or iSCSI", DEV_DISK, "scsi", "sd", "none", true },
		{ "a controller that is not known", DEV_DISK, "scsi", "sd", NULL, false },
		{ "a PV disk without its driver", DEV_DISK, "xen", NULL, NULL, false },
		{ "RTL8139", DEV_NIC, "pci", "8139cp", "10ec:8139/1af4:1100", false },
		{ "the same, of the older device model", DEV_NIC, "pci", "8139cp",
		  "10ec:8139/5853:0001", false },
		{ "the device model's 82574L", DEV_NIC, "pci", "e1000e",
		  "8086:10d3/8086:0000", false },
		{ "an 82574L, passed through", DEV_NIC, "pci", "e1000e",
		  "8086:10d3/8086:a01f", true },
		{ "i82551", DEV_NIC, "pci", "e100", "8086:1209/1af4:1100", false },
		{ "SR-IOV", DEV_NIC, "pci", "ixgbevf", "8086:10ed/8086:7b11", true },
		{ "ENA", DEV_NIC, "pci", "ena", "1d0f:ec20/1d0f:ec20", true },
		{ "an emulated card by its driver", DEV_NIC, "pci", "ne2k_pci", NULL,
		  false },
		{ "another by its driver", DEV_NIC, "pci", "ixgbevf", NULL, true },
		{ "a NIC without a driver", DEV_NIC, "pci", NULL, NULL, false },
		{ "ids without a subsystem", DEV_NIC, "pci", "e1000e", "8086:10d3",
		  false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct device d = { .kind = rows[i].kind };

		d.bus = (char *)(uintptr_t)rows[i].bus;
		d.driver = (char *)(uintptr_t)rows[i].driver;
		d.pci = (char *)(uintptr_t)rows[i].pci;
		ok(device_is_foreign(&d) == rows[i].foreign, "%s is %s", rows[i].what,
		   rows[i].foreign ? "none of Xen's" : "Xen's");
	}
}

/* A NIC of the host's hardware beside one of Xen's, which switched. */
static void test_beside(void)
{
	struct fixture f = { .gen = generation_find("rhel", 8) };
	struct device before[] = { nic("ens3", false, MAC_A), nic("ens5", false, MAC_B) };
	struct device now[] = { nic("eth0", true, MAC_A), nic("ens5", false, MAC_B) };
	_cleanup_free_ char *found = NULL;
	_cleanup_free_ char *gone = NULL;

	before[1].driver = now[1].driver = (char[]){ "ixgbevf" };
	match(&f, before, 2, now, 2);
	row_is(&f, 0, DEVSTATE_PV, "eth0", "a NIC that switched");
	row_is(&f, 1, DEVSTATE_OTHER, "ens5", "a NIC that was passed through");
	found = findings_of(&f);
	is(found, "pass 1 on PV, 0 emulated as it must be, 1 none of Xen's -> nothing",
	   "passes");
	now[1].mac = now[0].mac;
	match(&f, before, 1, now, 2);
	row_is(&f, 0, DEVSTATE_PV, "eth0", "one with the same address, as in a bond");
	row_is(&f, 1, DEVSTATE_NEW, "ens5", "is not the other one, twice");
	now[1].mac = (char[]){ "0a:00:00:00:00:99" };
	match(&f, before, 2, now, 2);
	row_is(&f, 1, DEVSTATE_MISSING, NULL, "a virtual function with a random address");
	gone = findings_of(&f);
	is(gone,
	   "warn NIC ens5 is missing: it was none of Xen's -> "
	   "nothing, unless the host is to give it; pass 1 on PV, 0 emulated as it must "
	   "be -> nothing",
	   "does not fail");
	f.of_tree = true;
	match(&f, before, 2, now, 1);
	is(f.rows.v[1].detail, NULL, "what drove it before a tree does not tell");
	devrows_done(&f.rows);
}

/* Disks of the host's hardware, of a name or with the data of one of Xen's. */
static void test_disks_beside(void)
{
	struct fixture f = { 0 };
	struct dev_fs data = { .name = (char[]){ "p1" }, .uuid = (char[]){ "data" } };
	struct device before[] = { disk("sdb", false, NULL, 0) };
	struct device usb[] = { disk("sdb", false, NULL, 300),
				disk("xvdb", true, NULL, 200) };
	struct device same[] = { disk("nvme0n1", false, &data, 200),
				 disk("xvdb", true, &data, 200) };
	_cleanup_free_ char *found = NULL;

	f.of_tree = true;
	usb[0].driver = (char[]){ "sd" };
	usb[0].pci = (char[]){ "none" };
	match(&f, before, 1, usb, 2);
	row_is(&f, 0, DEVSTATE_PV, "xvdb", "a disk of a tree by its place");
	row_is(&f, 1, DEVSTATE_OTHER, "sdb", "and a USB disk that has its name now");
	same[0].pci = (char[]){ "144d:a822/1028:1fda" };
	match(&f, NULL, 0, same, 2);
	row_is(&f, 0, DEVSTATE_TWICE, "nvme0n1, xvdb", "the same data all the same");
	found = findings_of(&f);
	is(found,
	   "fail disk nvme0n1 is seen twice, by another driver and PV at once: "
	   "nothing is mounted -> stop using it now; on the host give it once only",
	   "fails");
	devrows_done(&f.rows);
}

int main(void)
{
	test_devmatch();
	test_left_twice();
	test_late();
	test_logged();
	test_silent();
	test_no_log();
	test_foreign();
	test_beside();
	test_disks_beside();
	return tap_done();
}
