/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/stat.h>

#include "guest/blockname.h"
#include "guest/storage.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

static const char fstab[] =
	"# comment\n"
	"LABEL=/                 /           ext3    defaults        1 1\n"
	"\n"
	"/dev/hda1 /boot ext3 defaults 1 2\n"
	"/dev/hdb1\t/data\\040disk\text3\tdefaults,noatime 1 2\n"
	"/dev/VolGroup00/LogVol01 swap swap defaults 0 0\n"
	"LABEL=SWAP-hda2 none swap sw 0 0\n"
	"none /proc proc defaults 0 0\n"
	"server:/export /mnt nfs ro 0 0\n"
	"garbage\n"
	"UUID=\"0a1b\" /srv ext3 defaults 1 2";

static void test_split(void)
{
	static const struct {
		const char *spec, *disk;
		unsigned int part;
	} rows[] = {
		{ "/dev/hdb1", "hdb", 1 },
		{ "/dev/xvda", "xvda", 0 },
		{ "/dev/sdaa12", "sdaa", 12 },
		{ "/dev/cciss/c0d0p2", "cciss!c0d0", 2 },
		{ "/dev/cciss/c0d0", "cciss!c0d0", 0 },
		{ "/dev/nvme0n1p3", "nvme0n1", 3 },
		{ "/dev/mmcblk0p1", "mmcblk0", 1 },
		{ "/dev/vda2", "vda", 2 },
		{ "/dev/md0", NULL, 0 },
		{ "/dev/VolGroup00/LogVol00", NULL, 0 },
		{ "LABEL=/boot", NULL, 0 },
		{ "hdb1", NULL, 0 },
		{ "/dev/", NULL, 0 },
		{ "/dev/hd", NULL, 0 },
		{ "/dev/hda1x", NULL, 0 },
		{ "/dev/hda0", NULL, 0 },
		{ "/dev/mapper/hda1", NULL, 0 },
		{ "/dev/hdc9999", NULL, 0 },
		{ "/dev/xvd1", NULL, 0 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *disk = NULL;
		unsigned int part = 0;

		storage_split_device(rows[i].spec, &disk, &part);
		is(disk, rows[i].disk, rows[i].spec);
		is_int(part, rows[i].part, "  its partition");
	}
}

/* root= by number: what it names, and the number of that. */
static void test_number(void)
{
	static const struct {
		const char *spec, *disk;
		unsigned int part;
	} rows[] = {
		{ "342", "hdb", 2 },	   { "0342", "hdb", 2 },
		{ "CA42", "xvde", 2 },	   { "ca00", "xvda", 0 },
		{ "cafF", "xvdp", 15 },	   { "812", "sdb", 2 },
		{ "1641", "hdd", 1 },	   { "/dev/hdb2", "hdb", 2 },
		{ "LABEL=ca42", NULL, 0 }, { "42", NULL, 0 },
		{ "0ca42", NULL, 0 },	   { "0x342", NULL, 0 },
		{ "ca42x", NULL, 0 },	   { "fe00", NULL, 0 },
	};
	unsigned int n;

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *disk = NULL;
		unsigned int part = 0;

		is_int(storage_split_root(rows[i].spec, &disk, &part),
		       rows[i].disk != NULL, rows[i].spec);
		is(disk, rows[i].disk, "  its disk");
		is_int(part, rows[i].part, "  its partition");
		if (disk && rows[i].spec[0] != '/')
			ok(blockname_number(disk, part, &n) &&
				   n == strtoul(rows[i].spec, NULL, 16),
			   "  and back");
	}
	ok(!blockname_number("xvdq", 0, &n), "a seventeenth disk has none");
	ok(!blockname_number("xvde", 16, &n), "nor has a sixteenth partition");
	ok(!blockname_number("vda", 1, &n), "nor a disk whose major is not fixed");
}

static void test_vbd(void)
{
	static const struct {
		unsigned long number;
		const char *disk;
	} rows[] = {
		{ 768, "hda" },	   { 832, "hdb" },
		{ 5632, "hdc" },   { 2048, "sda" },
		{ 2064, "sdb" },   { 51712, "xvda" },
		{ 51728, "xvdb" }, { 51713, "xvda" },
		{ 12345, NULL },   { (1 << 28) | (26 << 8), "xvdaa" },
		{ 999, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_free_ char *disk = NULL;
		_cleanup_free_ char *what = strf("vbd-%lu", rows[i].number);

		blockname_of_vbd(rows[i].number, &disk);
		is(disk, rows[i].disk, what);
	}
}

/* "where spec disk part mountpoint@line" */
static char *ref_text(const struct devref *r)
{
	static const char *const where[] = { "fstab", "root", "resume", "initrd-root",
					     "initrd-resume" };

	return strf("%s %s %s %u %s@%zu %s", where[r->where], r->spec, r->disk ?: "-",
		    r->part, r->mountpoint ?: "-", r->line, r->release ?: "-");
}

static void test_tree(void)
{
	static const char *const want[] = {
		"fstab LABEL=/ - 0 /@1 -",
		"fstab /dev/hda1 hda 1 /boot@3 -",
		"fstab /dev/hdb1 hdb 1 /data disk@4 -",
		"fstab /dev/VolGroup00/LogVol01 - 0 swap@5 -",
		"fstab LABEL=SWAP-hda2 - 0 swap@6 -",
		"fstab UUID=0a1b - 0 /srv@10 -",
		"root /dev/hda2 hda 2 -@12 2.6.18-53.el5",
		"resume /dev/sdc3 sdc 3 -@12 2.6.18-53.el5",
		"initrd-root /dev/hda2 hda 2 -@20 2.6.18-53.el5",
		"initrd-resume LABEL=SWAP-hda2 - 0 -@19 2.6.18-53.el5",
	};
	char title[] = "CentOS", file[] = "/boot/grub/grub.conf",
	     args[] = "ro root=/dev/hda2 resume=/dev/sdc3 quiet",
	     numbered[] = "ro root=342 resume=342";
	char release[] = "2.6.18-53.el5", device[] = "(hd0,0)", comment[] = "/dev/hde";
	char image_path[] = "/boot/initrd-2.6.18-53.el5.img", iroot[] = "/dev/hda2",
	     iresume[] = "LABEL=SWAP-hda2";
	struct boot_entry entry = { .title = title,
				    .file = file,
				    .args = args,
				    .release = release,
				    .grub_device = device,
				    .is_default = true,
				    .kernel_line = 12 };
	struct bootcfg boot = { .loader = BOOT_GRUB_LEGACY,
				.path = file,
				.entries = &entry,
				.n = 1,
				.boot_comment = comment };
	struct initrd image = { .path = image_path,
				.root = iroot,
				.resume = iresume,
				.root_line = 20,
				.resume_line = 19 };
	struct kernel kernel = { .release = release, .image = &image };
	struct kernels kernels = { .v = &kernel, .n = 1 };
	_cleanup_(storage_freep) struct storage *s = NULL;
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *disks = NULL;
	_cleanup_free_ char *numbered_ref = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	mock_put(top, "etc/fstab", fstab);
	mock_dir(top, "lib");
	mock_put(top, "boot/grub/device.map",
		 "# map\n(fd0)\t/dev/fd0\n(hd0)     /dev/hdg\n");
	if (root_new(&r, top, &e) < 0 ||
	    !ok(storage_read(r, &boot, &kernels, &s, &e) == 0, "read")) {
		printf("# %s\n", err_text(&e));
		return;
	}
	is_int((long long)s->n, ELEMENTSOF(want), "references");
	for (size_t i = 0; i < s->n && i < ELEMENTSOF(want); i++) {
		_cleanup_free_ char *got = ref_text(&s->refs[i]);

		is(got, want[i], "  a reference");
	}
	ok(s->boot_in_fstab && !s->boot_present,
	   "an empty /boot that fstab names is not there");
	is(s->boot_spec, "/dev/hda1", "what fstab says of /boot");
	is(s->boot_disk, "hda", "its disk");
	is(s->mbr_disk, "hde", "the MBR's disk by anaconda's comment");
	disks = strv_join(&s->disks, " ");
	is(disks, "hda hdb hde sdc", "all disks");
	ok(s->lib.free_bytes > 0 && s->lib.dev == s->boot.dev, "space of /lib and /boot");
	storage_free(TAKE_PTR(s));

	mock_put(top, "boot/vmlinuz-2.6.18-53.el5", "kernel");
	mock_put(top, "etc/fstab", "LABEL=/boot /boot ext3 defaults 1 2\n");
	boot.boot_comment = NULL;
	ok(storage_read(r, &boot, NULL, &s, &e) == 0 && s->boot_present,
	   "with a kernel in it");
	is(s->boot_disk, "hdg",
	   "the disk of LABEL=/boot by GRUB's device and device.map");
	storage_free(TAKE_PTR(s));

	entry.args = numbered;
	ok(storage_read(r, &boot, NULL, &s, &e) == 0 && s->n == 2,
	   "root= by number, which resume= does not know");
	numbered_ref = s ? ref_text(&s->refs[1]) : NULL;
	is(numbered_ref, "root 342 hdb 2 -@12 2.6.18-53.el5", "  a reference");
	is(s->mbr_disk, "hdg", "the MBR's disk by device.map");
	storage_free(TAKE_PTR(s));

	mock_put(top, "etc/fstab", "/dev/sda1 / ext3 defaults 1 1\n");
	ok(storage_read(r, NULL, NULL, &s, &e) == 0 && s->boot_present &&
		   !s->boot_in_fstab,
	   "/boot on the root");
	is(s->boot_disk, "sda", "is on its disk");
	storage_free(TAKE_PTR(s));

	mock_bytes(top, "etc/fstab", "/dev\0/sda1 / ext3", 18);
	ok(storage_read(r, NULL, NULL, &s, &e) == -EINVAL,
	   "an fstab with a NUL is refused");
	printf("# %s\n", err_text(&e));
}

static void test_identity(void)
{
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *ext = strf("%s/ext3.img", top);
	_cleanup_free_ char *swap = strf("%s/swap.img", top);
	const char *mkfs[] = { "mke2fs", "-q",	 "-F",
			       "-t",	 "ext3", "-L",
			       "/data",	 "-U",	 "0a1b2c3d-1111-2222-3333-444455556666",
			       ext,	 "2048", NULL };
	const char *mkswap[] = { "mkswap", "-q", "-L", "SWAP-hdb2", swap, NULL };
	_cleanup_free_ char *label = NULL;
	_cleanup_free_ char *uuid = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_root_ struct root *tree = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	char spec[] = "/dev/hdb1", disk[] = "hdb", point[] = "/data",
	     label_spec[] = "LABEL=x";
	struct devref ref = { .where = DEVREF_FSTAB,
			      .spec = spec,
			      .disk = disk,
			      .part = 1,
			      .mountpoint = point };

	mock_put(top, "data/x", "");
	mock_put(top, "swap.img", "");
	if (truncate(swap, 1 << 20) < 0 || root_new(&r, "/", &e) < 0 ||
	    root_new(&tree, top, &e) < 0)
		abort();
	mock = (struct mock){ .proc = top };
	ok(storage_identity(tree, &ref, &label, &uuid, &e) < 0 && !label && !uuid,
	   "the label of a mere folder's file system is not the guest's");
	printf("# %s\n", err_text(&e));
	ok(storage_identity(r, &ref, &label, &uuid, &e) < 0,
	   "a device that is not there");
	ref.spec = label_spec;
	ref.disk = NULL;
	ok(storage_identity(tree, &ref, &label, &uuid, &e) == 0,
	   "a label as it is written");
	is(label, "x", "  the label");
	ref.spec = spec;
	ref.disk = disk;
	if (mock_run(mkfs) != 0 || mock_run(mkswap) != 0) {
		skip("identities by libblkid", "no mke2fs or mkswap");
		return;
	}
	free(label);
	label = NULL;
	mock.blocks[0].name = "hdb1";
	mock.blocks[0].image = ext;
	mock.n_blocks = 1;
	ok(storage_identity(r, &ref, &label, &uuid, &e) == 0, "live, by libblkid");
	is(label, "/data", "  label");
	is(uuid, "0a1b2c3d-1111-2222-3333-444455556666", "  UUID");
	free(label);
	free(uuid);
	label = uuid = NULL;
	mock.blocks[0].image = swap;
	ok(storage_identity(r, &ref, &label, &uuid, &e) == 0, "a swap area");
	is(label, "SWAP-hdb2", "  label");
}

static void test_fedora(void)
{
	const char *srcdir = getenv("srcdir");
	_cleanup_free_ char *dir = strf("%s/../shared/data/fedora8-root", srcdir ?: ".");
	_cleanup_(storage_freep) struct storage *s = NULL;
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	if (root_new(&r, dir, &e) < 0) {
		skip("a real fstab", "no ../shared/data/fedora8-root");
		return;
	}
	if (!ok(storage_read(r, NULL, NULL, &s, &e) == 0, "a real fstab"))
		return;
	is_int((long long)s->n, 6, "  its devices");
	is(s->boot_spec, "LABEL=/boot", "  /boot");
	ok(!s->boot_present && !s->boot_disk && !s->disks.n,
	   "  is not there, nor is a disk named");
}

int main(void)
{
	test_split();
	test_number();
	test_vbd();
	test_tree();
	test_identity();
	test_fedora();
	return tap_done();
}
