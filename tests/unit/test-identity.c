/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disks are one, and parts of RAIDs as libblkid sees them. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "guest/blkprobe.h"
#include "lib/bytes.h"
#include "tests/unit/devmatch-fixture.h"
#include "tests/unit/tree.h"

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

/* --- parts of a whole ---------------------------------------------------- */

/* A partition with a part of the whole W; own is NULL where the part has no identity. */
static struct dev_fs part_of(const char *type, const char *own)
{
	return (struct dev_fs){ .name = (char *)(uintptr_t) "p1",
				.type = (char *)(uintptr_t)type,
				.uuid = (char *)(uintptr_t) "W",
				.uuid_sub = (char *)(uintptr_t)own };
}

/* What becomes of hdb, one half of a mirror, when it becomes xvde and hda, the other
 * half, stays: "hda/hdb" states. */
static void test_mirror(void)
{
	static const struct {
		const char *what, *type;
		const char *then[2], *now[2];	    /* own identities */
		const char *then_pt[2], *now_pt[2]; /* tables */
		enum dev_state hdb;
	} rows[] = {
		{ "md 1.2",
		  "linux_raid_member",
		  { "a", "b" },
		  { "a", "b" },
		  { NULL, NULL },
		  { NULL, NULL },
		  DEVSTATE_PV },
		{ "md 1.2, tables copied",
		  "linux_raid_member",
		  { "a", "b" },
		  { "a", "b" },
		  { "t", "t" },
		  { "t", "t" },
		  DEVSTATE_PV },
		{ "btrfs",
		  "btrfs",
		  { "a", "b" },
		  { "a", "b" },
		  { NULL, NULL },
		  { NULL, NULL },
		  DEVSTATE_PV },
		{ "a ZFS pool",
		  "zfs_member",
		  { "a", "b" },
		  { "a", "b" },
		  { NULL, NULL },
		  { NULL, NULL },
		  DEVSTATE_PV },
		{ "md 0.90, by tables",
		  "linux_raid_member",
		  { NULL, NULL },
		  { NULL, NULL },
		  { "s", "t" },
		  { "s", "t" },
		  DEVSTATE_PV },
		{ "md 0.90 without tables",
		  "linux_raid_member",
		  { NULL, NULL },
		  { NULL, NULL },
		  { NULL, NULL },
		  { NULL, NULL },
		  DEVSTATE_MISSING },
		{ "recorded by an earlier version",
		  "btrfs",
		  { NULL, NULL },
		  { "a", "b" },
		  { "s", "t" },
		  { "s", "t" },
		  DEVSTATE_PV },
		{ "the half is not there",
		  "linux_raid_member",
		  { "a", "b" },
		  { "a", "c" },
		  { NULL, NULL },
		  { NULL, NULL },
		  DEVSTATE_MISSING },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct fixture f = { 0 };
		struct dev_fs then[2] = { part_of(rows[i].type, rows[i].then[0]),
					  part_of(rows[i].type, rows[i].then[1]) };
		struct dev_fs now[2] = { part_of(rows[i].type, rows[i].now[0]),
					 part_of(rows[i].type, rows[i].now[1]) };
		struct device before[] = { disk("hda", false, &then[0], 100),
					   disk("hdb", false, &then[1], 100) };
		struct device today[] = { disk("hda", false, &now[0], 100),
					  disk("xvde", true, &now[1], 100) };

		for (size_t k = 0; k < 2; k++) {
			before[k].ptuuid = (char *)(uintptr_t)rows[i].then_pt[k];
			today[k].ptuuid = (char *)(uintptr_t)rows[i].now_pt[k];
		}
		strv_add(&f.inv.boot_disks, "hda");
		match(&f, before, 2, today, 2);
		row_is(&f, 0, DEVSTATE_EXPECTED_EMULATED, "hda", rows[i].what);
		row_is(&f, 1, rows[i].hdb, rows[i].hdb == DEVSTATE_PV ? "xvde" : NULL,
		       rows[i].what);
		devrows_done(&f.rows);
		strv_done(&f.inv.boot_disks);
	}
}

/* What an earlier version recorded of one that is a whole by itself, and what is there
 * twice all the same. */
static void test_single(void)
{
	struct fixture f = { 0 };
	struct dev_fs then = part_of("btrfs", NULL);
	struct dev_fs now = part_of("btrfs", "a");
	struct device before[] = { disk("hdb", false, &then, 100) };
	struct device today[] = { disk("xvdf", true, &now, 100) };
	struct device twice[] = { disk("hdb", false, &now, 100),
				  disk("xvdf", true, &now, 100) };

	match(&f, before, 1, today, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvdf", "the only part, of another size at most");
	match(&f, before, 1, twice, 2);
	row_is(&f, 0, DEVSTATE_TWICE, "hdb, xvdf", "and twice");
	match(&f, NULL, 0, twice, 2);
	row_is(&f, 0, DEVSTATE_TWICE, "hdb, xvdf", "by the part's own identity");
	devrows_done(&f.rows);
}

static void test_size(void)
{
	struct fixture f = { 0 };
	struct dev_fs data = { .name = (char[]){ "p1" }, .uuid = (char[]){ "data" } };
	struct device before[] = { disk("hdb", false, &data, 200) };
	struct device copy[] = { disk("hdb", false, &data, 200),
				 disk("xvdf", true, &data, 300) };
	struct device grown[] = { disk("xvde", true, &data, 300) };

	match(&f, before, 1, copy, 2);
	row_is(&f, 0, DEVSTATE_EMULATED, "hdb", "a larger copy is not the disk");
	row_is(&f, 1, DEVSTATE_NEW, "xvdf", "it is a new one");
	match(&f, NULL, 0, copy, 2);
	row_is(&f, 0, DEVSTATE_EMULATED, "hdb", "without an inventory too");
	match(&f, before, 1, grown, 1);
	row_is(&f, 0, DEVSTATE_PV, "xvde", "a disk that was made larger is");
	copy[1].size = 200;
	copy[0].ptuuid = (char[]){ "s" };
	copy[1].ptuuid = (char[]){ "t" };
	match(&f, NULL, 0, copy, 2);
	row_is(&f, 0, DEVSTATE_EMULATED, "hdb", "a file system copied to another table");
	devrows_done(&f.rows);
}

static void put(unsigned char *p, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

/*
 * A member of an array with md's superblock 1.2, 4 KiB from its start:
 *
 *	  0 magic  4 version  16 array's UUID  32 name  64 times, level …
 *	128 data, superblock's own sector at 144, 160 number in the array
 *	168 member's UUID  216 checksum  220 members at most  256 their roles
 */
static void put_member(const char *path, unsigned char own)
{
	unsigned char sb[260] = { 0 };
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint64_t sum = 0;

	put(sb, 0xa92b4efc);
	put(sb + 4, 1);
	memset(sb + 16, 0x11, 16);
	put(sb + 72, 1);
	put(sb + 92, 2);
	put(sb + 128, 2048);
	put(sb + 144, 8);
	memset(sb + 168, own, 16);
	put(sb + 220, 2);
	for (size_t i = 0; i < sizeof(sb); i += 4)
		sum += le32(sb + i);
	put(sb + 216, (uint32_t)(sum + (sum >> 32)));
	if (fd < 0 || ftruncate(fd, 8 << 20) < 0 ||
	    pwrite(fd, sb, sizeof(sb), 4096) != sizeof(sb))
		abort();
}

static void test_member(void)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_blkprobe_ struct blkprobe b = { 0 };
	_cleanup_close_ int fd = -1;
	struct tree t;

	tree_init(&t);
	path = strf("%s/member", t.path);
	if (!path)
		abort();
	put_member(path, 0x22);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ok(fd >= 0 && blkprobe_fd(fd, &b) == 0, "a member of an array is probed");
	is(b.type, "linux_raid_member", "its type");
	is(b.uuid, "11111111-1111-1111-1111-111111111111", "the array's identity");
	is(b.uuid_sub, "22222222-2222-2222-2222-222222222222", "and its own");
	tree_done(&t);
}

int main(void)
{
	test_identity();
	test_mirror();
	test_single();
	test_size();
	test_member();
	return tap_done();
}
