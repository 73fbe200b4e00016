/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "guest/bootlog.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* "disk hda ide-disk; disk xvdb vbd pv; …" of all devices, in the log's order. */
static char *summary(const struct bootlog *b)
{
	_cleanup_strv_ struct strv v = { 0 };

	for (size_t i = 0; i < b->n_devs; i++)
		strv_addf(&v, "%s %s%s", b->devs[i].name, b->devs[i].driver,
			  b->devs[i].pv ? " pv" : "");
	return strv_join(&v, "; ");
}

/* "vbd-768 hda benign; …" */
static char *refusals(const struct bootlog *b)
{
	_cleanup_strv_ struct strv v = { 0 };

	for (size_t i = 0; i < b->n_refusals; i++)
		strv_addf(&v, "%s %s%s", b->refusals[i].node, b->refusals[i].disk ?: "-",
			  b->refusals[i].benign ? " benign" : "");
	return strv_join(&v, "; ");
}

static const struct {
	const char *what, *text, *devs, *refusals, *failures;
} snippets[] = {
	{ "emulated, as syslog writes it",
	  "Mar  3 09:00:01 web1 syslogd 1.4.1: restart.\n"
	  "Mar  3 09:00:01 web1 kernel: Linux version 2.6.18-53.el5PAE (mock@x) #1 SMP\n"
	  "Mar  3 09:00:01 web1 kernel: hda: QEMU HARDDISK, ATA DISK drive\n"
	  "Mar  3 09:00:01 web1 kernel:  hda: hda1 hda2\n"
	  "Mar  3 09:00:01 web1 kernel: eth0: RealTek RTL8139 at 0xe0a2c100, "
	  "00:16:3E:12:34:56, IRQ 11\n",
	  "hda ide-disk; eth0 8139too", "", "" },
	{ "PV by kmod-xenpv",
	  "Linux version 2.6.18-53.el5 (x) #1\nhda: QEMU HARDDISK, ATA DISK drive\n"
	  "xen-vbd: registered block device major 202\n xvda: xvda1 xvda2 < xvda5 >\n"
	  "netfront: device eth0 has copying receive path.\n",
	  "hda ide-disk; xvda vbd pv; eth0 vif pv", "", "" },
	{ "announcements alone prove nothing",
	  "Linux version 2.6.18-53.el5 (x) #1\nRegistering block device major 202\n"
	  "netfront: Initialising virtual ethernet driver.\n",
	  "", "", "" },
	{ "a disk without partitions",
	  "Linux version 2.6.18-53.el5 (x) #1\nRegistering block device major 202\n"
	  " xvdc: unknown partition table\n",
	  "xvdc vbd pv", "", "" },
	{ "the documentation's sample of success is two errors",
	  "Linux version 2.6.9-67.EL (x) #1\n"
	  "vbd vbd-768: 19 xlvbd_add at /local/domain/0/backend/vbd/21/768\n"
	  "vif vif-0: 2 parsing device/vif/0/mac\n",
	  "", "vbd-768 hda; vif-0 -", "" },
	{ "hda stays with IDE, and its table is read again later",
	  "Linux version 2.6.18-128.el5 (x) #1\nhda: QEMU HARDDISK, ATA DISK drive\n"
	  "Registering block device major 3\nregister_blkdev: cannot get major 3 for "
	  "ide\n"
	  "xen_blk: can't get major 3 with name ide\n"
	  "vbd vbd-768: 19 xlvbd_add at /local/domain/0/backend/qdisk/2/768\n hda: hda1\n"
	  "XENBUS: Timeout connecting to device: device/vbd/768 (state 6)\n",
	  "hda ide-disk", "vbd-768 hda benign", "" },
	{ "a major refused for a disk that IDE does not show",
	  "Linux version 2.6.18-128.el5 (x) #1\nRegistering block device major 3\n"
	  "xen_blk: can't get major 3 with name ide\n"
	  "vbd vbd-832: 19 xlvbd_add at /local/domain/0/backend/vbd/2/832\n",
	  "", "vbd-832 hdb", "xen_blk: can't get major 3 with name ide" },
	{ "failures",
	  "Linux version 2.6.18-128.el5 (x) #1\n"
	  "xen-platform-pci:no resources found\n"
	  "XENBUS: Timeout connecting to device: device/vif/0 (local state 3, remote "
	  "state 1)\n"
	  "XENBUS: Device with no driver: device/vkbd/0\n"
	  "XENBUS: Device with no driver: device/vbd/51712\n"
	  "xen_vbd: Unknown symbol xenbus_driver\n",
	  "", "",
	  "xen-platform-pci:no resources found; xen_vbd: Unknown symbol xenbus_driver; "
	  "XENBUS: Timeout connecting to device: device/vif/0 (local state 3, remote "
	  "state 1); "
	  "XENBUS: Device with no driver: device/vbd/51712" },
	{ "the last boot counts",
	  "Linux version 2.6.18-53.el5 (x) #1\nRegistering block device major 202\n"
	  " xvda: xvda1\nLinux version 2.6.18-53.el5 (x) #1\n"
	  "hda: QEMU HARDDISK, ATA DISK drive\n",
	  "hda ide-disk", "", "" },
	{ "what other programs log is not the kernel's word",
	  "Mar  3 09:00:01 h kernel: Linux version 2.6.18-53.el5 (x) #1\n"
	  "Mar  3 09:00:01 h kernel: Registering block device major 202\n"
	  "Mar  3 09:00:02 h app[12]:  xvda: xvda1\n"
	  "Mar  3 09:00:02 h app: kernel: netfront: device eth0 has copying receive "
	  "path.\n",
	  "", "", "" },
	{ "later kernels, with timestamps",
	  "[    0.000000] Linux version 6.1.0-56-amd64 (x) #1 SMP\n"
	  "[    2.405650] xenbus_probe_frontend: Device with no driver: device/vbd/768\n"
	  "[    3.5] sd 0:0:0:0: [sdb] 131072 512-byte logical blocks: (67.1 MB/64.0 "
	  "MiB)\n"
	  "[    3.550938] blkfront: xvda: flush diskcache: enabled; persistent grants: "
	  "disabled;\n"
	  "[    3.7] 8139cp 0000:00:03.0 eth1: RTL-8139C+ at 0x00000000a1b2c3d4, "
	  "00:16:3e:00:00:0b, IRQ 32\n"
	  "[    3.701690] xen_netfront: Initialising Xen virtual ethernet driver\n"
	  "[    4.1] vif vif-0 enX0: renamed from eth0\n",
	  "sdb sd; xvda vbd pv; eth1 8139cp; enX0 vif pv", "", "" },
	{ "a bus driver that came too late",
	  "Linux version 6.1.0-50-686 (x) #1 SMP\n"
	  "xen_platform_pci: the emulated disks are not unplugged: ata_piix has one in "
	  "use already on 0000:00:01.1; this module has to be loaded before\n"
	  "xen_platform_pci: unplugged the emulated NICs\n",
	  "", "",
	  "xen_platform_pci: the emulated disks are not unplugged: ata_piix has one in "
	  "use already on 0000:00:01.1; this module has to be loaded before" },
	{ "an emulated SCSI disk, and a PV one under the name of such",
	  "Linux version 2.6.18-128.el5 (x) #1\n"
	  "SCSI device sda: 98304 512-byte hdwr sectors (50 MB)\n sda: sda1\n"
	  "Registering block device major 8\n sdb: sdb1\n",
	  "sda sd; sdb vbd pv", "", "" },
};

static void test_snippets(void)
{
	for (size_t i = 0; i < ELEMENTSOF(snippets); i++) {
		_cleanup_(bootlog_freep) struct bootlog *b = NULL;
		_cleanup_free_ char *devs = NULL;
		_cleanup_free_ char *refused = NULL;
		_cleanup_free_ char *failed = NULL;

		if (bootlog_parse(snippets[i].text, strlen(snippets[i].text), &b, NULL) <
		    0) {
			ok(false, "%s", snippets[i].what);
			continue;
		}
		devs = summary(b);
		refused = refusals(b);
		failed = strv_join(&b->failures, "; ");
		is(devs, snippets[i].devs, snippets[i].what);
		is(refused, snippets[i].refusals, "  its refusals");
		is(failed, snippets[i].failures, "  its failures");
	}
}

static const struct {
	const char *file, *devs, *refusals, *release;
	bool xen, vnif;
} recordings[] = {
	{ "rhel5.3-emul", "hda ide-disk; eth0 8139cp", "", "2.6.18-128.el5", false,
	  false },
	{ "rhel5.7-emul", "hda ide-disk; eth0 8139cp", "", "2.6.18-274.7.1.el5", false,
	  false },
	{ "rhel5.3-pv",
	  "hda ide-disk; hdb ide-disk; eth0 8139cp; xvdb vbd pv; eth1 vif pv; eth2 vif "
	  "pv",
	  "vbd-768 hda benign", "2.6.18-128.el5", true, true },
	{ "rhel5.7-pv",
	  "hda ide-disk; hdb ide-disk; eth0 8139cp; xvdb vbd pv; eth1 vif pv; eth2 vif "
	  "pv",
	  "vbd-768 hda benign", "2.6.18-274.7.1.el5", true, true },
	{ "rhel5.3-noprobe",
	  "eth0 8139cp; hda vbd pv; xvdb vbd pv; eth1 vif pv; eth2 vif pv", "",
	  "2.6.18-128.el5", true, true },
	{ "rhel5.3-cdrom", "hda ide-disk; eth0 8139cp; eth1 vif pv",
	  "vbd-768 hda benign; vbd-5632 hdc benign", "2.6.18-128.el5", true, true },
	/* of these only the lines that name Xen were recorded */
	{ "debian12-pv", "xvda vbd pv", "", NULL, true, true },
	{ "debian12-e1000", "eth0 e1000", "", NULL, true, false },
};

static void test_recordings(void)
{
	const char *srcdir = getenv("srcdir");

	for (size_t i = 0; i < ELEMENTSOF(recordings); i++) {
		_cleanup_free_ char *dir = strf("%s/../shared/data/xen-guests",
						srcdir ?: ".");
		_cleanup_free_ char *file = strf("%s.txt", recordings[i].file);
		_cleanup_(bootlog_freep) struct bootlog *b = NULL;
		_cleanup_root_ struct root *r = NULL;
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *devs = NULL;
		_cleanup_free_ char *refused = NULL;
		size_t len;

		if (root_new(&r, dir, NULL) < 0 ||
		    root_read(r, file, ROOT_TEXT_MAX, &text, &len, NULL) < 0) {
			skip(recordings[i].file, "no ../shared/data/xen-guests");
			continue;
		}
		ok(bootlog_parse(text, len, &b, NULL) == 0, "%s parses",
		   recordings[i].file);
		devs = summary(b);
		refused = refusals(b);
		is(devs, recordings[i].devs, recordings[i].file);
		is(refused, recordings[i].refusals, "  its refusals");
		is(b->release, recordings[i].release, "  its kernel");
		ok(b->xen == recordings[i].xen && b->vnif == recordings[i].vnif,
		   "  its announcements");
		is_int((long long)b->failures.n, 0, "  no failures");
		for (size_t k = 0; k < b->failures.n; k++)
			printf("# %s\n", b->failures.v[k]);
	}
}

/* --- which log, and whether since ---------------------------------------- */

#define BOOT_EMUL \
	"Linux version 2.6.18-53.el5 (x) #1\nhda: QEMU HARDDISK, ATA DISK drive\n"
#define BOOT_PV                                                                     \
	"Linux version 2.6.18-53.el5 (x) #1\nRegistering block device major 202\n " \
	"xvda: xvda1\n"

static void put(const struct root *r, const char *path, const char *text, int flags)
{
	_cleanup_close_ int fd = root_open(r, path, O_WRONLY | O_CREAT | flags, 0644,
					   NULL);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
}

static void expect(const struct root *r, const struct inventory *inv, const char *source,
		   bool since, const char *devs, const char *what)
{
	_cleanup_(bootlog_freep) struct bootlog *b = NULL;
	_cleanup_free_ char *got = NULL;

	if (!ok(bootlog_read(r, inv, &b, NULL) == 0, "%s", what))
		return;
	got = summary(b);
	is(b->source, source, "  from that log");
	ok(b->since == since, "  since the inventory: %s", since ? "yes" : "no");
	is(got, devs, "  its devices");
}

static void test_since(void)
{
	_cleanup_(inventory_freep) struct inventory *inv = calloc(1, sizeof(*inv));
	_cleanup_(inventory_freep) struct inventory *late = calloc(1, sizeof(*late));
	const struct root *r;
	struct tree t;

	if (!inv || !late)
		abort();
	tree_init(&t);
	r = t.root;
	expect(r, NULL, NULL, false, "", "no log at all is a fact");
	mkdirat(r->fd, "var", 0755);
	mkdirat(r->fd, "var/log", 0755);
	put(r, "/var/log/messages", "Mar  3 09:00:01 h prog: nothing\n", 0);
	expect(r, NULL, NULL, false, "", "a log without a boot");
	put(r, "/var/log/messages", BOOT_EMUL, O_APPEND);
	ok(bootlog_mark(r, inv, NULL) == 0, "mark");
	is_int((long long)inv->n_logs, 1, "one log is marked");
	expect(r, inv, "/var/log/messages", false, "hda ide-disk",
	       "a boot before the inventory");
	put(r, "/var/log/messages", "more\n", O_APPEND);
	expect(r, inv, "/var/log/messages", false, "hda ide-disk",
	       "the log grew without a boot");
	put(r, "/var/log/dmesg", BOOT_PV, 0);
	expect(r, inv, "/var/log/dmesg", true, "xvda vbd pv", "a log that is new");
	put(r, "/var/log/messages", BOOT_PV, O_APPEND);
	expect(r, inv, "/var/log/messages", true, "xvda vbd pv",
	       "a boot after the inventory");
	unlinkat(r->fd, "var/log/dmesg", 0);
	renameat(r->fd, "var/log/messages", r->fd, "var/log/messages.1");
	put(r, "/var/log/messages", "Mar  3 09:00:01 h prog: nothing\n", 0);
	expect(r, inv, "/var/log/messages.1", true, "xvda vbd pv", "the log was rotated");
	ok(bootlog_mark(r, late, NULL) == 0, "mark again");
	expect(r, late, "/var/log/messages.1", false, "xvda vbd pv",
	       "a rotated log of before");
	put(r, "/var/log/messages", BOOT_EMUL, O_TRUNC);
	expect(r, late, "/var/log/messages", true, "hda ide-disk",
	       "the log was written anew");
	renameat(r->fd, "var/log/messages.1", r->fd, "var/log/messages-20261125");
	unlinkat(r->fd, "var/log/messages", 0);
	expect(r, NULL, "/var/log/messages-20261125", false, "xvda vbd pv",
	       "a rotated log with a date");
	mkfifoat(r->fd, "var/log/messages", 0644);
	expect(r, NULL, "/var/log/messages-20261125", false, "xvda vbd pv",
	       "a FIFO in a log's place is passed over");
	tree_done(&t);
}

int main(void)
{
	test_snippets();
	test_recordings();
	test_since();
	return tap_done();
}
