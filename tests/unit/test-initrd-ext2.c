/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RHEL 3's initrd: ext2 images made by mke2fs, changed, and judged by e2fsck, debugfs and
 * gzip.
 */
#include "guest/ext2_image.h"
#include "guest/kernels.h"
#include "installer/initrd_edit.h"
#include "tests/unit/image.h"

static const char linuxrc[] = "#!/bin/nash\n"
			      "\n"
			      "echo \"Loading jbd.o module\"\n"
			      "insmod /lib/jbd.o \n"
			      "echo \"Loading ext3.o module\"\n"
			      "insmod /lib/ext3.o \n"
			      "echo \"Loading scsi_mod.o module\"\n"
			      "insmod /lib/scsi_mod.o \n"
			      "echo \"Loading sym53c8xx.o module\"\n"
			      "insmod /lib/sym53c8xx.o \n"
			      "echo Mounting proc\n"
			      "mount -t proc /proc /proc\n"
			      "echo Making device nodes\n"
			      "mkdevices /dev\n"
			      "echo Making the root device\n"
			      "mkrootdev /dev/root\n"
			      "echo 0x0100 > /proc/sys/kernel/real-root-dev\n"
			      "umount /proc\n"
			      "echo Mounting the root file system\n"
			      "mount -o defaults --ro -t ext3 /dev/root /sysroot\n"
			      "pivot_root /sysroot /sysroot/initrd\n"
			      "umount /initrd/proc\n";

#define OLD_FEATURES "-O none,filetype,sparse_super -I 128"

/* img/: what mkinitrd puts in, and what makes trouble. */
static void make_folder(struct tree *t)
{
	tree_put(t, "img/linuxrc", linuxrc);
	must_sh(t,
		"cd img && mkdir bin dev etc lib loopfs proc sbin sysroot && chmod 755 "
		"linuxrc && for m in jbd ext3 scsi_mod sym53c8xx; do seq 1 9000 "
		">lib/$m.o; done && seq 1 50000 >bin/nash && chmod 755 bin/nash && "
		"ln bin/nash bin/insmod && ln -s /sbin/nash sbin/modprobe && : >etc/e && "
		"ln -s $(seq -s / 1 40) etc/long && seq 1 4000 >../xen-vbd.o && "
		"seq 1 3000 >../xen-platform-pci.o && "
		"touch -d 2008-01-01 ../xen-*.o && "
		"find . -exec touch -h -d 2006-06-06T06:06:06 {} +");
}

/* raw: a file system of so many blocks, with device nodes; image: the same, packed. */
static void make_image(struct tree *t, const char *options, int blocks)
{
	must_sh(t,
		"export E2FSPROGS_FAKE_TIME=1149573966; rm -f raw && "
		"mke2fs -q -F -t ext2 -m 0 %s -d img raw %d >log 2>&1 && "
		"debugfs -w -f - raw >log 2>&1 <<-X\n"
		"cd dev\nmknod console c 5 1\nmknod ram b 1 1\nmknod null c 1 3\nX\n"
		"e2fsck -fn raw >log 2>&1 && gzip -9n <raw >image",
		options, blocks);
}

struct job {
	struct tree *t;
	struct kernel kernel;
	struct initrd_edit *edit;
	struct err e;
};

static bool job_open(struct job *j, struct tree *t)
{
	*j = (struct job){ .t = t, .kernel = { .release = (char *)"2.4.21-50.EL" } };
	return initrd_read(t->root, "/image", &j->kernel.image, &j->e) == 0 &&
	       initrd_edit_new(t->root, &j->kernel, &j->edit, &j->e) == 0;
}

static void job_done(struct job *j)
{
	initrd_edit_free(j->edit);
	initrd_free(j->kernel.image);
	err_done(&j->e);
}

/* What an install does. */
static int job_change(struct job *j)
{
	static const struct initrd_want want[] = {
		{ "xen-platform-pci", "lib/xen-platform-pci.o" },
		{ "xen-vbd", "lib/xen-vbd.o" },
	};

	for (size_t i = 0; i < ELEMENTSOF(want); i++) {
		_cleanup_close_ int fd = image_open(j->t, path_base(want[i].path));

		if (initrd_edit_add(j->edit, want[i].path, fd, S_IFREG | 0644, &j->e) < 0)
			abort();
	}
	if (initrd_edit_loads(j->edit, want, ELEMENTSOF(want), &j->e) != 1)
		abort();
	return initrd_edit_fits(j->edit, &j->e);
}

static int job_write(struct job *j)
{
	return image_rewrite(j->t, j->edit, &j->e);
}

static void test_read(struct tree *t)
{
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *want = NULL;
	char hex[65] = "";

	make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 1200);
	if (!ok(initrd_read(t->root, "/image", &i, &e) == 0, "read: %s", err_text(&e)))
		return;
	is(initrd_kind_name(i->kind), "nash-ext2", "its kind");
	is_int((long long)i->n_segs, 1, "one segment");
	ok(i->segs[0].comp == COMP_GZIP && i->segs[0].length == i->size,
	   "of gzip, whole");
	is_int((long long)i->modules.n, 4, "modules");
	is(initrd_module_path(i, "sym53c8xx"), "lib/sym53c8xx.o", "a module's path");
	is(i->init, linuxrc, "/linuxrc's text");
	is(i->init_name, "linuxrc", "its name");
	ok(i->has_lib && i->nash && !i->init_linked, "/lib, nash, one name");
	is_int((long long)i->n_loads, 4, "loads");
	is_int(initrd_storage_load(i), 2, "the first disk driver: scsi_mod");
	is_int(initrd_device_line(i), 13, "mkdevices looks for devices");
	is_int(i->root_line, 15, "mkrootdev");
	is(i->root, NULL, "/dev/root is root='s");
	is_int(initrd_digest(t->root, i, "lib/ext3.o", hex, &e), 1, "digest");
	must_sh(t, "sha256sum <img/lib/ext3.o | cut -c 1-64 | tr -d '\\n' >sum");
	want = tree_get(t, "sum");
	is(hex, want, "the file's");
	is_int(initrd_digest(t->root, i, "lib/none.o", hex, &e), 0, "no such file");
}

/* "PATH MODE LINKS OWNER TIME TYPE DEVICE" of all files, by debugfs. */
#define LIST_FS                                                                   \
	"list() { for p in $(find img -mindepth 1 -printf '/%%P ') /dev/console " \
	"/dev/ram "                                                               \
	"/dev/null /lost+found; do debugfs -R \"stat $p\" $1 2>/dev/null | "      \
	"sed -nE -e \"s@^Inode: [0-9]+ +Type: (.*) Flags: .*@$p \\1@p\" "         \
	"-e 's/^User:.*Size.*/&/p' -e 's/^Links: ([0-9]+).*/\\1/p' "              \
	"-e 's/^Fast link dest.*|^Device.*/&/p' -e 's/^.?mtime.*/&/p'; done; }; "

#define STRIP "sed -E -e '/^User/{s/Size.*//;}' "

static void judge(struct tree *t, const char *what)
{
	must_sh(t, "gzip -dc new >new.raw && rm -rf is && mkdir is && "
		   "debugfs -R 'rdump / is' new.raw >log 2>&1");
	ok(sh(t, "e2fsck -fn new.raw >log 2>&1") == 0, "%s: e2fsck finds nothing", what);
	ok(sh(t, "cmp xen-vbd.o is/lib/xen-vbd.o && "
		 "cmp xen-platform-pci.o is/lib/xen-platform-pci.o") == 0,
	   "%s: the drivers are in it", what);
	ok(sh(t, "debugfs -R 'stat /lib/xen-vbd.o' new.raw 2>/dev/null >s && "
		 "grep -q 'Type: regular *Mode: *0644' s && "
		 "grep -Eq 'User: +0 +Group: +0 ' s && grep -q 'Links: 1' s && "
		 "grep -q \"mtime: 0x$(printf %%08x $(stat -c %%Y xen-vbd.o))\" s") == 0,
	   "%s: mode, owner and time of a driver", what);
	ok(sh(t, "diff img/linuxrc is/linuxrc >d; grep '^>' d | tr '\\n' ';' | grep -qx "
		 "'> echo \"Loading xen-platform-pci.o module\";"
		 "> insmod /lib/xen-platform-pci.o ;"
		 "> echo \"Loading xen-vbd.o module\";> insmod /lib/xen-vbd.o ;' && "
		 "! grep -q '^<' d && grep -q '^6a7,10' d") == 0,
	   "%s: /linuxrc loads them before scsi_mod", what);
	must_sh(t, "rm is/lib/xen-*.o && cp img/linuxrc is/linuxrc && rm -rf "
		   "is/lost+found && rm -f is/dev/*");
	ok(sh(t, "diff -r --no-dereference img is") == 0, "%s: contents as before", what);
	ok(sh(t, LIST_FS "list raw | " STRIP ">a && list new.raw | " STRIP
			 ">b && test \"$(grep -c mtime a)\" -gt 20 && cmp a b") == 0,
	   "%s: types, modes, owners, links, times and nodes as before", what);
	ok(sh(t, "test \"$(head -c 10 new | od -An -tx1 | tr -d ' ')\" = "
		 "1f8b0800000000000003") == 0,
	   "%s: gzip header: no name, no time", what);
}

static void change(struct tree *t, const char *what, bool remade, bool larger)
{
	uint64_t size = image_size(t, "raw");
	struct job j = { .edit = NULL };

	if (!ok(job_open(&j, t), "%s: open: %s", what, err_text(&j.e))) {
		job_done(&j);
		return;
	}
	ok(initrd_edit_empty(j.edit), "%s: no change yet", what);
	is_int(job_change(&j), 0, "it fits");
	printf("# %s\n", err_text(&j.e));
	is_int(job_write(&j), 0, "write, check");
	printf("# %s\n", err_text(&j.e));
	judge(t, what);
	ok(image_size(t, "new") <= initrd_edit_size(j.edit),
	   "%s: no larger than estimated", what);
	ok((image_size(t, "new.raw") > size) == larger, "%s: %s", what,
	   larger ? "it has grown" : "it is as large as before");
	is_int((long long)j.edit->details.n, remade ? 2 : 1, "said what is changed");
	must_sh(t, "cp new again");
	ok(job_write(&j) == 0 && sh(t, "cmp new again") == 0, "%s: twice the same", what);
	job_done(&j);
}

static void test_kinds(struct tree *t)
{
	static const struct {
		const char *what;
		const char *options;
		int blocks;
	} rows[] = {
		{ "as mkinitrd makes it", "-b 1024 -N 200 " OLD_FEATURES, 1200 },
		{ "first revision", "-r 0 -O none -b 1024 -N 200", 1200 },
		{ "large inodes", "-b 1024 -O none,filetype,sparse_super -I 256", 1200 },
		{ "blocks of 4 KiB", "-b 4096 -N 200 " OLD_FEATURES, 400 },
		{ "three groups", "-b 1024 -g 1024 -N 600 " OLD_FEATURES, 3000 },
		{ "hashed folders",
		  "-b 1024 -N 200 -O none,filetype,dir_index,ext_attr -I 128", 1200 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		make_image(t, rows[i].options, rows[i].blocks);
		change(t, rows[i].what, false, false);
	}
	make_image(t, rows[0].options, rows[0].blocks);
	must_sh(t, "cp raw image");
	{
		_cleanup_(initrd_freep) struct initrd *i = NULL;

		ok(initrd_read(t->root, "/image", &i, NULL) == 0 &&
			   i->kind == INITRD_KIND_EXT2 && i->segs[0].comp == COMP_NONE,
		   "an image that is not compressed");
	}
}

static void test_is(struct tree *t)
{
	_cleanup_free_ char *name = tree_name(t, "/image");
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int unreadable = open(name, O_WRONLY | O_CLOEXEC);
	_cleanup_close_ int fd = open(name, O_RDONLY | O_CLOEXEC);

	ok(ext2_image_is(fd, name, &e) == 1 && !e.code, "an image is one");
	ok(ext2_image_is(unreadable, name, &e) == -EBADF && strstr(err_text(&e), name),
	   "what cannot be read is not taken for something else");
	err_done(&e);
	must_sh(t, "head -c 100 raw | gzip >cut && truncate -s -9 cut && cat cut >image");
	ok(ext2_image_is(fd, name, &e) == 0 && !e.code, "a corrupt stream is no image");
}

/* The smallest file systems that hold the files: they have to grow. */
static void test_grow(struct tree *t)
{
	static const struct {
		const char *what;
		const char *options;
		int blocks;
	} rows[] = {
		{ "blocks run out", "-b 1024 -N 200 " OLD_FEATURES, 530 },
		{ "inodes run out", "-b 1024 -N 32 " OLD_FEATURES, 1200 },
		{ "blocks of 4 KiB run out", "-b 4096 -N 64 " OLD_FEATURES, 142 },
		{ "first revision, full", "-r 0 -O none -b 1024 -N 200", 530 },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		make_image(t, rows[i].options, rows[i].blocks);
		change(t, rows[i].what, true, i != 1);
	}
}

static void refuse_size(struct tree *t, const char *what, bool fits)
{
	struct job j = { .edit = NULL };

	if (!ok(job_open(&j, t), "%s: open", what))
		printf("# %s\n", err_text(&j.e));
	else if (fits)
		is_int(job_change(&j), 0, what);
	else
		ok(job_change(&j) == -ENOTSUP && strstr(err_text(&j.e), "RAM disk"),
		   "%s: refused", what);
	printf("# %s\n", err_text(&j.e));
	job_done(&j);
}

static void put_grub(struct tree *t, const char *args)
{
	_cleanup_free_ char *text = strf("default=0\ntimeout=5\ntitle A\n\troot (hd0,0)\n"
					 "\tkernel /boot/vmlinuz-2.4.21-50.EL ro "
					 "root=LABEL=/ %s\n"
					 "\tinitrd /image\n",
					 args);

	tree_put(t, "boot/grub/grub.conf", text);
	tree_put(t, "boot/vmlinuz-2.4.21-50.EL", "kernel");
}

static void test_ramdisk(struct tree *t)
{
	make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 530);
	put_grub(t, "ramdisk_size=533");
	refuse_size(t, "533 KiB of RAM disk by ramdisk_size=", false);
	put_grub(t, "ramdisk_size=100");
	refuse_size(t, "less than the image is", false);
	put_grub(t, "ramdisk_size=8192");
	refuse_size(t, "8 MiB of RAM disk", true);
	put_grub(t, "");
	refuse_size(t, "4 MiB, the default", true);
	tree_put(t, "boot/config-2.4.21-50.EL",
		 "CONFIG_BLK_DEV_RAM=y\nCONFIG_BLK_DEV_RAM_SIZE=533\n");
	refuse_size(t, "the kernel's own configuration", false);
	put_grub(t, "ramdisk_size=8192");
	refuse_size(t, "the argument counts before it", true);
	must_sh(t, "rm -r boot");
}

static void test_refused(struct tree *t)
{
	static const struct {
		const char *script;
		int code;
		const char *want;
	} rows[] = {
		{ "debugfs -w -R 'ssv state 0' raw", ENOTSUP, "not unmounted" },
		{ "debugfs -w -R 'ssv free_blocks_count 3' raw", ENOTSUP, "is free" },
		{ "debugfs -w -R 'freeb 300' raw", ENOTSUP, "map of blocks" },
		{ "debugfs -w -R 'sif linuxrc links_count 2' raw", ENOTSUP, "names" },
		{ "debugfs -w -R 'rm linuxrc' raw", ENOTSUP, "linuxrc" },
		{ "debugfs -w -R 'ssv feature_compat 0x4' raw", EINVAL, "features" },
		{ "debugfs -w -R 'ssv feature_incompat 0x42' raw", EINVAL, "features" },
		{ "debugfs -w -R 'ssv blocks_count 4000000' raw", EINVAL, "cut short" },
		{ "debugfs -w -R 'ssv inodes_per_group 8000000' raw", EINVAL, "groups" },
		{ "debugfs -w -R 'ssv blocks_per_group 3' raw", EINVAL, "groups" },
		{ "debugfs -w -R 'ssv log_block_size 9' raw", EINVAL, "blocks" },
		{ "debugfs -w -R 'ssv inode_size 77' raw", EINVAL, "inodes" },
		{ "debugfs -w -R 'set_bg 0 inode_table 1199' raw", EINVAL, "table" },
		{ "debugfs -w -R 'link lib lib/again' raw", EINVAL, "two names" },
		{ "debugfs -w -R 'sif linuxrc block[0] 999999' raw", EINVAL, "block" },
		{ "debugfs -w -R 'sif linuxrc block[0] 3' raw", EINVAL, "twice" },
		{ "debugfs -w -R 'sif bin/nash block[IND] 3' raw", EINVAL, "twice" },
		{ "debugfs -w -R 'sif linuxrc size 0x7fffffff' raw", EINVAL, "large" },
		{ "debugfs -w -R 'sif linuxrc mode 0' raw", EINVAL, "type" },
		{ "debugfs -w -R 'sif linuxrc flags 0x80000' raw", EINVAL, "attributes" },
		{ "debugfs -w -R 'sif / mode 0100644' raw", EINVAL, "root" },
		{ "truncate -s 300K raw", EINVAL, "cut short" },
		{ "truncate -s 66M raw", EINVAL, "too large" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct job j = { .edit = NULL };
		int r = 0;

		make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 1200);
		must_sh(t, "%s >log 2>&1; gzip -1n <raw >image", rows[i].script);
		if (job_open(&j, t))
			r = job_change(&j);
		ok((r < 0 || j.e.code) && j.e.code == rows[i].code &&
			   strstr(err_text(&j.e), rows[i].want),
		   "refused: %s", rows[i].script);
		printf("# %s\n", err_text(&j.e));
		job_done(&j);
	}
}

/* One byte of the file system after the other: read, or refused with a sentence. */
static void test_damage(struct tree *t)
{
	int read = 0;
	int refused = 0;
	int other = 0;

	make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 1200);
	for (long at = 1024; at < 60000; at += at < 2300 ? 1 : 97) {
		_cleanup_(initrd_freep) struct initrd *i = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_close_ int fd = image_open(t, "raw");
		unsigned char was;
		unsigned char c;
		int r;

		if (pread(fd, &was, 1, at) != 1)
			abort();
		c = (unsigned char)(was ^ (1u << at % 8));
		if (pwrite(fd, &c, 1, at) != 1)
			abort();
		r = initrd_read_fd(fd, "raw", &i, &e);
		read += r == 0;
		refused += r == -EINVAL && *err_text(&e);
		other += r != 0 && r != -EINVAL;
		if (pwrite(fd, &was, 1, at) != 1)
			abort();
	}
	printf("# %d read, %d refused\n", read, refused);
	ok(other == 0 && read > 0 && refused > 0, "damaged images are read or refused");
}

/* The check must find what is wrong with a new image. */
static void test_check_finds(struct tree *t)
{
	static const char *const scripts[] = {
		"debugfs -w -R 'sif lib/ext3.o mode 0100600' new.raw",
		"debugfs -w -R 'sif lib/ext3.o uid 3' new.raw",
		"debugfs -w -R 'sif lib/ext3.o mtime 20200101' new.raw",
		"debugfs -w -R 'sif lib/ext3.o size 5' new.raw",
		"debugfs -w -R 'sif dev/console block[0] 7' new.raw",
		"debugfs -w -R 'rm lib/xen-vbd.o' new.raw",
		"debugfs -w -R 'rm etc/e' new.raw",
		"debugfs -w -R 'write img/etc/e lib/new' new.raw",
		"debugfs -w -R 'freei etc/e' new.raw",
		"sed -i 's@xen-vbd.o module@xen-vbD.o module@' new.raw",
		"sed -i 's@^1000$@1001@' new.raw",
		"truncate -s -1K new.raw",
	};
	struct job j = { .edit = NULL };

	make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 1200);
	if (!job_open(&j, t) || job_change(&j) < 0 || job_write(&j) < 0)
		abort();
	for (size_t i = 0; i < ELEMENTSOF(scripts); i++) {
		_cleanup_close_ int fd = -1;

		must_sh(t,
			"gzip -dc new >new.raw && %s >log 2>&1 && gzip -9n <new.raw "
			">bad",
			scripts[i]);
		fd = image_open(t, "bad");
		ok(initrd_edit_check(j.edit, fd, &j.e) < 0, "found: %s", scripts[i]);
		printf("# %s\n", err_text(&j.e));
	}
	job_done(&j);
}

static void test_replace(struct tree *t)
{
	_cleanup_close_ int fd = image_open(t, "xen-vbd.o");
	struct job j = { .edit = NULL };

	make_image(t, "-b 1024 -N 200 " OLD_FEATURES, 1200);
	if (ok(job_open(&j, t), "open")) {
		ok(initrd_edit_add(j.edit, "lib/jbd.o", fd, S_IFREG | 0644, NULL) ==
			   -EEXIST,
		   "one that is there is not added");
		is_int(initrd_edit_replace(j.edit, "lib/jbd.o", fd, &j.e), 0, "replace");
		is_int(initrd_edit_add(j.edit, "lib/more", -1, S_IFDIR | 0755, &j.e), 0,
		       "add a folder");
		is_int(initrd_edit_add(j.edit, "lib/more/x.o", fd, S_IFREG | 0644, &j.e),
		       0, "and a file in it");
		is_int(job_write(&j), 0, "write, check");
		printf("# %s\n", err_text(&j.e));
		ok(sh(t, "gzip -dc new >new.raw && e2fsck -fn new.raw >log 2>&1 && "
			 "debugfs -R 'cat /lib/jbd.o' new.raw 2>log | cmp - xen-vbd.o && "
			 "debugfs -R 'cat /lib/more/x.o' new.raw 2>log | cmp - "
			 "xen-vbd.o") == 0,
		   "contents, by debugfs; clean");
	}
	job_done(&j);
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	make_folder(&t);
	test_read(&t);
	test_kinds(&t);
	test_is(&t);
	test_grow(&t);
	test_ramdisk(&t);
	test_refused(&t);
	test_damage(&t);
	test_check_finds(&t);
	test_replace(&t);
	tree_done(&t);
	return tap_done();
}
