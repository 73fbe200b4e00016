/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a disk is called on PV, by generation, and where only a person can tell. */
#include "guest/naming.h"
#include "tests/unit/tap.h"

static void test_one(void)
{
	static const struct {
		const char *family;
		int major;
		bool scsi;
		const char *disk;
		const char *want; /* NULL: nobody but a person knows */
	} rows[] = {
		{ "rhel", 5, false, "hda", NULL },
		{ "rhel", 6, false, "hda", "xvda" },
		{ "rhel", 6, false, "sda", "xvda" },
		{ "rhel", 6, true, "sda", NULL },
		{ "rhel", 6, true, "hdb", "xvdb" },
		{ "rhel", 7, false, "sda", "xvda" },
		{ "rhel", 7, true, "sda", "xvda" },
		{ "debian", 12, false, "sdb", NULL },
		{ "debian", 12, false, "hdd", "xvdd" },
		{ "debian", 12, false, "sdaa", NULL },
		{ "debian", 12, false, "xvda", NULL },
		{ "debian", 12, false, "vda", NULL },
		{ "debian", 12, false, "nvme0n1", NULL },
		{ "unknown", 1, false, "sda", NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		char *modules[] = { (char *)"lib/modules/R/sym53c8xx.ko" };
		struct initrd image = { .modules = { .v = modules, .n = rows[i].scsi } };
		struct kernel kernel = { .image = &image };
		struct kernels ks = { .v = &kernel, .n = 1 };
		struct guest g = { .gen = generation_find(rows[i].family, rows[i].major),
				   .kernels = &ks };
		_cleanup_free_ char *got = NULL;
		int k = naming_of(&g, rows[i].disk, &got);

		ok(k == (rows[i].want != NULL) && streq(got, rows[i].want),
		   "%s %d: %s%s is %s", rows[i].family, rows[i].major, rows[i].disk,
		   rows[i].scsi ? ", SCSI" : "", rows[i].want ?: "for a person to say");
	}
}

/* Other kernels than RHEL 6's own shift nothing, or nobody knows. */
static void test_foreign(void)
{
	static const struct {
		const char *first, *second, *want;
		bool known; /* that the second one boots */
	} rows[] = {
		{ "2.6.32-754.el6", "2.6.32-696.el6", "xvde", false },
		{ "2.6.32-754.el6", "3.8.13-118.el6uek", "xvda", true },
		{ "2.6.32-754.el6", "4.1.12-124.el6uek", "xvda", true },
		{ "3.8.13-118.el6uek", "2.6.32-754.el6", "xvde", true },
		{ "2.6.32-754.el6", "3.8.13-118.el6uek", NULL, false },
		{ "3.8.13-118.el6uek", "4.1.12-124.el6uek", "xvda", false },
		{ "2.6.32-754.el6", "2.6.32-400.37.el6uek", NULL, true },
		{ "2.6.32-754.el6", "2.6.39-400.215.el6uek", NULL, true },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct device d = { .kind = DEV_DISK,
				    .name = (char *)"sda",
				    .place = (char *)"sda" };
		struct devices ds = { &d, 1 };
		struct bootcfg boot = { .n = 0 };
		struct kernel v[] = { { .release = (char *)rows[i].first },
				      { .release = (char *)rows[i].second,
					.is_default = rows[i].known } };
		struct kernels ks = { .v = v, .n = 2 };
		struct guest g = { .gen = generation_find("rhel", 6),
				   .kernels = &ks,
				   .boot = &boot,
				   .devices = &ds };
		_cleanup_free_ char *got = NULL;
		int k = naming_of(&g, "sda", &got);

		ok(k == (rows[i].want != NULL) && streq(got, rows[i].want),
		   "%s%s: the host's sda is %s", rows[i].second,
		   rows[i].known ? " boots" : " or another one boots",
		   rows[i].want ?: "for a person to say");
	}
}

/* A running guest knows the host's name of a disk by its place. */
static void test_places(void)
{
	static const struct {
		const char *family;
		int major;
		const char *disk, *place, *args, *want;
	} rows[] = {
		{ "debian", 12, "sdb", "hdb", NULL, "xvdb" },
		{ "debian", 12, "sdb", "hdd", NULL, "xvdd" },
		{ "debian", 12, "sdc", "sdb", NULL, "xvdb" },
		{ "rhel", 6, "sda", "hda", NULL, "xvda" },
		{ "rhel", 6, "sda", "sda", NULL, "xvde" },
		{ "rhel", 6, "sdb", "sdz", NULL, NULL },
		{ "rhel", 6, "sda", "sda", "ro xen_blkfront.sda_is_xvda=1", NULL },
		{ "rhel", 7, "sda", "sda", NULL, "xvda" },
		{ "rhel", 5, "sdb", "hdb", NULL, NULL },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct device d = { .kind = DEV_DISK,
				    .name = (char *)rows[i].disk,
				    .place = (char *)rows[i].place };
		struct devices ds = { &d, 1 };
		struct boot_entry entry = { .args = (char *)rows[i].args };
		struct bootcfg boot = { .entries = &entry, .n = 1 };
		struct kernels ks = { .n = 0 };
		struct guest g = { .gen = generation_find(rows[i].family, rows[i].major),
				   .kernels = &ks,
				   .boot = &boot,
				   .devices = &ds };
		_cleanup_free_ char *got = NULL;
		int k = naming_of(&g, rows[i].disk, &got);

		ok(k == (rows[i].want != NULL) && streq(got, rows[i].want),
		   "%s %d: %s, which the host calls %s, is %s", rows[i].family,
		   rows[i].major, rows[i].disk, rows[i].place,
		   rows[i].want ?: "for a person to say");
	}
}

static void test_all(void)
{
	struct devref refs[] = {
		{ .disk = (char *)"sda" },
		{ .disk = (char *)"sda" },
		{ .disk = (char *)"hda" }, /* would be xvda as well */
		{ .disk = NULL },
		{ .disk = (char *)"hdb" },
		{ .disk = (char *)"hdc", .fstype = (char *)"iso9660" },
		{ .disk = (char *)"hdd" },
	};
	struct storage s = { .refs = refs, .n = ELEMENTSOF(refs) };
	struct kernels ks = { .n = 0 };
	struct guest g = { .gen = generation_find("debian", 12),
			   .kernels = &ks,
			   .storage = &s };
	struct rename given[] = { { .from = (char *)"hdb", .to = (char *)"xvde" } };
	struct renames r = { 0 };

	ok(naming_all(&g, given, 1, &r) == 0 && r.n == 2, "two disks");
	ok(r.n == 2 && streq(r.v[0].from, "sda") && streq(r.v[0].to, "xvda"),
	   "sda, named twice, once");
	ok(r.n == 2 && streq(r.v[1].from, "hdd") && streq(r.v[1].to, "xvdd"),
	   "hdd; not hda, which would be xvda too, nor a CD-ROM, nor one that is given");
	renames_done(&r);
}

/* The inventory is the guest's, and its names go into a command for the host. */
static void test_recorded(void)
{
	char *pairs[] = { (char *)"none", (char *)"$(x)=xvdf", (char *)"hdb=xvde",
			  (char *)"hdd=xvdh;x" };
	struct inventory inv = { .renames = { .v = pairs, .n = ELEMENTSOF(pairs) } };
	_cleanup_free_ char *to = NULL;
	_cleanup_free_ char *from = NULL;
	char *none = NULL;

	ok(naming_recorded_to(&inv, "hdb", &to) == 1 && streq(to, "xvde"),
	   "hdb was renamed to xvde");
	ok(naming_recorded_from(&inv, "xvde", &from) == 1 && streq(from, "hdb"),
	   "xvde was hdb");
	ok(naming_recorded_to(&inv, "hdc", &none) == 0 &&
		   naming_recorded_from(&inv, "hdb", &none) == 0 &&
		   naming_recorded_to(NULL, "hdb", &none) == 0,
	   "no other, and none without an inventory");
	ok(naming_recorded_from(&inv, "xvdf", &none) == 0 &&
		   naming_recorded_to(&inv, "hdd", &none) == 0,
	   "what is no plain name is left out");
}

int main(void)
{
	test_one();
	test_places();
	test_foreign();
	test_all();
	test_recorded();
	return tap_done();
}
