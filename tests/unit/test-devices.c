/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of a running guest: by libudev in umockdev's testbed (the test runs
 * itself in it), from a sysfs as today's kernels have it, made of the same words, from
 * one as kernels of RHEL 5 have it, and from /proc.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "guest/devices_read.h"
#include "tests/unit/device-words.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

static const struct {
	const char *what, *devices, *want;
} cases[] = {
	{ "emulated",
	  PCI IDE("0", "hda", "0", "u-a") CDROM RTL("eth0", "00:16:3E:00:00:0A") SOFTWARE,
	  "hda ide-disk ide 0.0 50331648 pt=aabbccdd hda1:ext3:u-a@/\n"
	  "hdc ide-cdrom ide 1.0 1073741312 removable\n"
	  "eth0 8139cp pci 0000:00:03.0 mac=00:16:3e:00:00:0a\n" },
	{ "PV",
	  PCI IDE("0", "hda", "0", "u-a")
		  VBD("vbd-51728", "xvdb", "L: driver=../../../bus/xen/drivers/vbd\n")
			  VIF("eth0", "00:16:3e:00:00:0a") SOFTWARE,
	  "hda ide-disk ide 0.0 50331648 pt=aabbccdd hda1:ext3:u-a@/\n"
	  "xvdb vbd xen vbd-51728 PV 50331648 xvdb1:ext3:u-b@/data\n"
	  "eth0 vif xen vif-0 PV mac=00:16:3e:00:00:0a\n" },
	{ "twice",
	  PCI IDE("0", "hda", "0", "u-a") IDE("1", "hdb", "6", "u-b") VBD(
		  "vbd-51728", "xvdb", "L: driver=../../../bus/xen/drivers/vbd\n")
		  RTL("eth0", "00:16:3e:00:00:0a") VIF("eth1", "00:16:3e:00:00:0a"),
	  "hda ide-disk ide 0.0 50331648 pt=aabbccdd hda1:ext3:u-a@/\n"
	  "hdb ide-disk ide 0.1 50331648 pt=aabbccdd hdb1:ext3:u-b\n"
	  "xvdb vbd xen vbd-51728 PV 50331648 xvdb1:ext3:u-b@/data\n"
	  "eth0 8139cp pci 0000:00:03.0 mac=00:16:3e:00:00:0a\n"
	  "eth1 vif xen vif-0 PV mac=00:16:3e:00:00:0a\n" },
	{ "hda on PV, by ide0=noprobe",
	  VBD("vbd-768", "hda", "L: driver=../../../bus/xen/drivers/vbd\n"),
	  "hda vbd xen vbd-768 PV 50331648 hda1:ext3:u-b@/data\n" },
	{ "libata's disks, by the host's names",
	  PIIX ATA_PORT("3", "1") ATA_PORT("4", "2") ATA_DISK("3", "2", "2:0:0:0", "sda")
		  ATA_DISK("3", "2", "2:0:1:0", "sdb")
			  ATA_DISK("4", "3", "3:0:1:0", "sdc") LSI SCSI_DISK(
				  "0000:00:04.0/host5/target5:0:1", "5:0:1:0", "sdd"),
	  "sda sd scsi 2:0:0:0 50331648 host=hda on=8086:7010\n"
	  "sdb sd scsi 2:0:1:0 50331648 host=hdb on=8086:7010\n"
	  "sdc sd scsi 3:0:1:0 50331648 host=hdd on=8086:7010\n"
	  "sdd sd scsi 5:0:1:0 50331648 host=sdb on=1000:0012\n" },
	{ "a port without number, a target that is no master or slave, other cards",
	  PIIX ATA_DISK("3", "2", "2:0:0:0", "sda") ATA_PORT("4", "2")
		  ATA_DISK("4", "3", "3:0:2:0", "sdb")
			  SCSI_DISK("0000:00:05.0/host5/target5:0:0", "5:0:0:0", "sdc"),
	  "sda sd scsi 2:0:0:0 50331648 on=8086:7010\n"
	  "sdb sd scsi 3:0:2:0 50331648 on=8086:7010\n"
	  "sdc sd scsi 5:0:0:0 50331648\n" },
	{ "what is none of Xen's: passed through, on USB, by iSCSI, virtio",
	  PCI_DEVICE("0000:00:05.0", "0x8086", "0x10ed", "0x8086", "0x7b11",
		     "ixgbevf") PCI_NET("0000:00:05.0", "ens5", "0a:00:00:00:00:01")
		  PCI_DEVICE("0000:00:06.0", "0x144d", "0xa822", "0x1028", "0x1fda",
			     "nvme") NVME("0000:00:06.0", "nvme0n1")
			  PCI_DEVICE("0000:00:01.2", "0x8086", "0x7020", "0x1af4",
				     "0x1100", "uhci_hcd")
				  SCSI_DISK("0000:00:01.2/usb1/1-1/1-1:1.0/host6/"
					    "target6:0:0",
					    "6:0:0:0", "sdb") ISCSI_DISK("sdc")
					  PCI_DEVICE("0000:00:07.0", "0x1af4", "0x1001",
						     "0x1af4", "0x0002", "virtio-pci")
						  VIRTIO("0000:00:07.0", "vda"),
	  "sdb sd scsi 6:0:0:0 50331648 on=none\n"
	  "sdc sd scsi 7:0:0:1 50331648 on=none\n"
	  "vda virtio_blk virtio virtio0 50331648 on=1af4:1001/1af4:0002\n"
	  "nvme0n1 nvme pci 0000:00:06.0 50331648 on=144d:a822/1028:1fda\n"
	  "ens5 ixgbevf pci 0000:00:05.0 on=8086:10ed/8086:7b11 "
	  "mac=0a:00:00:00:00:01\n" },
	{ "a disk whose driver is gone", VBD("vbd-51728", "xvdb", ""),
	  "xvdb - xen vbd-51728 50331648 xvdb1:ext3:u-b@/data\n" },
};

static void print_devices(FILE *f, const struct devices *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct device *v = &d->v[i];

		fprintf(f, "%s %s %s %s%s", v->name, v->driver ?: "-", v->bus ?: "-",
			v->node ?: "-", v->pv ? " PV" : "");
		if (v->kind == DEV_DISK)
			fprintf(f, " %llu", (unsigned long long)v->size);
		if (v->place)
			fprintf(f, " host=%s", v->place);
		if (v->pci)
			fprintf(f, " on=%s", v->pci);
		if (v->removable)
			fprintf(f, " removable");
		if (v->ptuuid)
			fprintf(f, " pt=%s", v->ptuuid);
		if (v->mac)
			fprintf(f, " mac=%s", v->mac);
		for (size_t k = 0; k < v->n_fs; k++) {
			_cleanup_free_ char *mounts = strv_join(&v->fs[k].mounts, ",");

			fprintf(f, " %s:%s:%s%s%s", v->fs[k].name, v->fs[k].type ?: "-",
				v->fs[k].uuid ?: "-", *mounts ? "@" : "", mounts);
		}
		fputc('\n', f);
	}
}

/* In the testbed: print what is there. */
static int child(const char *proc)
{
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	mock.sys = "/sys";
	mock.proc = proc;
	if (devices_read(&d, &e) < 0) {
		printf("%s\n", err_text(&e));
		return 1;
	}
	print_devices(stdout, d);
	return 0;
}

/* Standard output of umockdev-run over this program; NULL when it cannot be had. */
static char *run_testbed(const char *self, const char *devices, const char *proc)
{
	_cleanup_free_ char *out = strf("%s.out", devices);
	_cleanup_root_ struct root *r = NULL;
	char *text = NULL;

	if (!mock_testbed(self, devices, proc, out))
		return NULL;
	if (root_new(&r, "/", NULL) < 0 ||
	    root_read(r, out, 65536, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

static char *mock_proc(void)
{
	char *proc = mock_tmp();

	mock_put(proc, "self/mountinfo",
		 "15 1 3:1 / / rw - ext3 /dev/root rw\n16 15 0:3 / /proc rw - proc proc "
		 "rw\n"
		 "17 15 202:17 / /data rw,noatime shared:1 - ext3 /dev/xvdb1 rw\n"
		 "18 15 garbage\n");
	mock_put(proc, "swaps",
		 "Filename Type Size Used Priority\n"
		 "/dev/hda2 partition 1000 0 -1\n");
	return proc;
}

static void test_testbed(const char *self)
{
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *proc = mock_proc();

	for (size_t i = 0; devices_know_udev && i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *file = strf("%s/%zu", top, i);
		_cleanup_free_ char *got = NULL;

		if (!mock_has_testbed()) {
			skip(cases[i].what, "umockdev-run does not run here");
			continue;
		}
		mock_put(top, path_base(file), cases[i].devices);
		got = run_testbed(self, file, proc);
		is(got, cases[i].want, cases[i].what);
	}
}

/* --- the same devices in sysfs, as today's kernels show them ---------------------- */

/* What is wanted, without what only udev's properties tell. */
static char *without_properties(const char *want)
{
	static const char *const known[] = { " pt=aabbccdd", ":ext3:u-a", ":ext3:u-b" };
	char *s = strdup(want);

	for (size_t i = 0; s && i < ELEMENTSOF(known); i++)
		for (char *p; (p = strstr(s, known[i]));) {
			size_t n = strlen(known[i]);
			const char *other = *known[i] == ':' ? ":-:-" : "";

			memcpy(p, other, strlen(other));
			memmove(p + strlen(other), p + n, strlen(p + n) + 1);
		}
	return s;
}

static void test_new_sysfs(void)
{
	_cleanup_free_ char *proc = mock_proc();

	for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
		_cleanup_free_ char *sys = mock_tmp();
		_cleanup_free_ char *want = without_properties(cases[i].want);
		_cleanup_free_ char *got = NULL;
		_cleanup_(devices_freep) struct devices *d = calloc(1, sizeof(*d));
		_cleanup_mounts_ struct mount_list mounts = { 0 };
		_cleanup_root_ struct root *r = NULL;
		size_t len;
		FILE *f = open_memstream(&got, &len);

		mock = (struct mock){ .sys = sys, .proc = proc };
		mock_sysfs(sys, cases[i].devices);
		if (!f || !d || mount_list_read(&mounts, NULL) < 0 ||
		    root_new(&r, sys, NULL) < 0 || devices_read_sysfs(r, d, &mounts) < 0)
			abort();
		devices_sort(d);
		print_devices(f, d);
		fclose(f);
		is(got, want, cases[i].what);
	}
}

/* --- sysfs of 2.6.18 ----------------------------------------------------- */

static void old_disk(const char *sys, const char *name, const char *dev,
		     const char *device, const char *driver, const char *bus)
{
	_cleanup_free_ char *file = strf("block/%s/dev", name);
	_cleanup_free_ char *size = strf("block/%s/size", name);
	_cleanup_free_ char *removable = strf("block/%s/removable", name);
	_cleanup_free_ char *part = strf("block/%s/%s1/dev", name, name);
	_cleanup_free_ char *part_size = strf("block/%s/%s1/size", name, name);
	_cleanup_free_ char *link = strf("block/%s/device", name);
	_cleanup_free_ char *target = strf("../../%s", device);
	_cleanup_free_ char *driver_link = strf("%s/driver", device);
	_cleanup_free_ char *bus_link = strf("%s/bus", device);
	_cleanup_free_ char *to_driver = strf("../../bus/%s/drivers/%s", bus,
					      driver ?: "");
	_cleanup_free_ char *to_bus = strf("../../bus/%s", bus);
	_cleanup_free_ char *part_dev = strf("%.*s1\n", (int)strlen(dev) - 1, dev);

	mock_put(sys, file, dev);
	mock_put(sys, size, "98304\n");
	mock_put(sys, removable, "0\n");
	mock_put(sys, part, part_dev);
	mock_put(sys, part_size, "81920\n");
	mock_dir(sys, device);
	mock_link(sys, link, target);
	if (driver)
		mock_link(sys, driver_link, to_driver);
	mock_link(sys, bus_link, to_bus);
}

static void test_old_sysfs(void)
{
	_cleanup_free_ char *sys = mock_tmp();
	_cleanup_free_ char *proc = mock_tmp();
	_cleanup_free_ char *img = strf("%s/img", proc);
	const char *mkfs[] = { "mke2fs",
			       "-q",
			       "-F",
			       "-t",
			       "ext3",
			       "-U",
			       "0a1b2c3d-1111-2222-3333-444455556666",
			       img,
			       "2048",
			       NULL };
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	mock = (struct mock){ .sys = sys, .proc = proc };
	if (mock_run(mkfs) != 0) {
		skip("sysfs of 2.6.18", "no mke2fs");
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		mock.blocks[i].name = i ? "xvdb1" : "hdb1";
		mock.blocks[i].image = img;
	}
	mock.n_blocks = 2;
	mock_link(sys, "devices/pci0000:00/0000:00:01.1/driver",
		  "../../bus/pci/drivers/PIIX_IDE");
	old_disk(sys, "hda", "3:0", "devices/pci0000:00/0000:00:01.1/ide0/0.0",
		 "ide-disk", "ide");
	old_disk(sys, "hdb", "3:60", "devices/pci0000:00/0000:00:01.1/ide0/0.1",
		 "ide-disk", "ide");
	old_disk(sys, "xvdb", "202:10", "devices/xen/vbd-51728", "vbd", "xen");
	old_disk(sys, "xvdc", "202:30", "devices/xen/vbd-51744", NULL, "xen");
	mock_put(sys, "block/ram0/dev", "1:0\n");
	mock_put(sys, "block/loop0/dev", "7:0\n");
	mock_put(sys, "class/net/lo/address", "00:00:00:00:00:00\n");
	mock_put(sys, "class/net/eth0/address", "00:16:3E:00:00:0A\n");
	mock_link(sys, "class/net/eth0/device",
		  "../../../devices/pci0000:00/0000:00:03.0");
	mock_link(sys, "devices/pci0000:00/0000:00:03.0/driver",
		  "../../bus/pci/drivers/8139cp");
	mock_link(sys, "devices/pci0000:00/0000:00:03.0/bus", "../../bus/pci");
	mock_put(sys, "class/net/eth1/address", "00:16:3e:00:00:0a\n");
	mock_link(sys, "class/net/eth1/device", "../../../devices/xen/vif-0");
	mock_link(sys, "devices/xen/vif-0/driver", "../../bus/xen/drivers/vif");
	mock_link(sys, "devices/xen/vif-0/bus", "../../bus/xen");
	mock_put(proc, "self/mounts",
		 "rootfs / rootfs rw 0 0\n/dev/hda1 /boot ext3 rw 0 0\n"
		 "/dev/xvdb1 /da\\040ta ext3 rw 0 0\n");
	mock_put(proc, "swaps", "Filename Type\n/dev/hdb1 partition 1 0 -1\n");
	if (!ok(devices_read(&d, &e) == 0, "sysfs of 2.6.18 reads")) {
		printf("# %s\n", err_text(&e));
		return;
	}
	is_int((long long)d->n, 6, "  four disks and two NICs");
	if (d->n != 6)
		return;
	is(d->v[0].driver, "ide-disk", "  hda's driver");
	is(d->v[0].node, "0.0", "  its node");
	ok(!d->v[0].pv && d->v[0].size == 50331648, "  emulated, and its size");
	is(d->v[0].fs[0].mounts.n ? d->v[0].fs[0].mounts.v[0] : NULL, "/boot",
	   "  its mount by name");
	is(d->v[1].fs[0].uuid, "0a1b2c3d-1111-2222-3333-444455556666", "  hdb1's UUID");
	is(d->v[1].fs[0].mounts.n ? d->v[1].fs[0].mounts.v[0] : NULL, "swap",
	   "  used as swap");
	is(d->v[2].name, "xvdb", "  then xvdb");
	ok(d->v[2].pv, "  on PV");
	is(d->v[2].fs[0].uuid, d->v[1].fs[0].uuid, "  with the same file system");
	is(d->v[2].fs[0].mounts.n ? d->v[2].fs[0].mounts.v[0] : NULL, "/da ta",
	   "  mounted too");
	ok(!d->v[3].pv && !d->v[3].driver && streq(d->v[3].bus, "xen"),
	   "  a disk whose driver is gone is not on PV");
	is(d->v[4].driver, "8139cp", "  eth0's driver");
	is(d->v[4].mac, "00:16:3e:00:00:0a", "  its MAC");
	ok(!d->v[4].pv && d->v[5].pv, "  eth0 emulated, eth1 on PV");
	is(d->v[5].node, "vif-0", "  eth1's node");
}

/* --- no sysfs: 2.4 ----------------------------------------------------------- */

static void test_proc(void)
{
	static const char want[] = "hda ide-disk ide - 2147483648 hda1:-:-@/boot\n"
				   "hdb vbd xen - PV 50331648 hdb1:-:-\n"
				   "hdc ide-cdrom ide - 671088640 removable\n"
				   "sda sd scsi - 1048576\n"
				   "xvdb vbd xen - PV 50331648 xvdb1:-:-@/data\n"
				   "eth0 8139cp - - mac=00:16:3e:00:00:0a\n"
				   "eth1 vif xen - PV mac=00:16:3e:00:00:0b\n"
				   "eth2 - - -\n";
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_free_ char *sys = mock_tmp();
	_cleanup_free_ char *proc = mock_tmp();
	_cleanup_free_ char *got = NULL;
	size_t len;
	FILE *f = open_memstream(&got, &len);

	mock = (struct mock){
		.sys = sys,
		.proc = proc,
		.nics = { { "eth0", "00:16:3E:00:00:0A", "8139cp" },
			  { "eth1", "00:16:3e:00:00:0b", "netfront" } },
	};
	mock_put(proc, "partitions",
		 "major minor  #blocks  name     rio rmerge rsect ruse wio\n\n"
		 "   3     0    2097152 hda 1 2 3 4 5\n   3     1     104391 hda1 1 2 3\n"
		 "   3    64      49152 hdb\n   3    65      40960 hdb1\n"
		 "  22     0     655360 hdc\n   8     0       1024 sda\n"
		 "   7     0       1024 loop0\n 202    16      49152 xvdb\n"
		 " 202    17      40960 xvdb1\nx y z\n 9 9 9\n");
	mock_put(proc, "ide/hda/driver", "ide-disk version 1.17\n");
	mock_put(proc, "ide/hda/media", "disk\n");
	mock_put(proc, "ide/hdc/driver", "ide-cdrom version 4.59-ac1\n");
	mock_put(proc, "ide/hdc/media", "cdrom\n");
	mock_put(proc, "net/dev",
		 "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n"
		 "    lo: 1 2 3\n  eth0:100 2 3\n  eth1: 1 2 3\neth0.5: 1\n  eth2: 1\n"
		 "  sit0: 0 0\n");
	mock_put(proc, "self/mounts",
		 "/dev/hda1 /boot ext3 rw 0 0\n/dev/xvdb1 /data ext3 rw 0 0\n");
	if (!ok(f && devices_read(&d, NULL) == 0, "/proc of 2.4 reads"))
		return;
	print_devices(f, d);
	fclose(f);
	is(got, want, "disks, drives and NICs of 2.4");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return child(argv[1]);
	/* umockdev's library comes before a sanitizer's, which dislikes that. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 0);
	test_testbed(argv[0]);
	test_new_sysfs();
	test_old_sysfs();
	test_proc();
	return tap_done();
}
