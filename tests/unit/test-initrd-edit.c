/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rewriting images. cpio, gzip and cmp judge: they unpack the old and the new
 * image, and what differs must be what was asked for.
 */
#include <sys/resource.h>

#include "guest/kernels.h"
#include "installer/initrd_edit.h"
#include "tests/unit/image.h"

static const char added[] = "insmod /lib/xen-vbd.ko ";

struct job {
	struct tree *t;
	struct kernel kernel;
	struct initrd_edit *edit;
	struct err e;
};

static bool job_open(struct job *j, struct tree *t, const char *image)
{
	_cleanup_free_ char *path = strf("/%s", image);

	*j = (struct job){ .t = t, .kernel = { .release = (char *)"2.6.18-53.el5" } };
	if (initrd_read(t->root, path, &j->kernel.image, &j->e) == 0 &&
	    initrd_edit_new(t->root, &j->kernel, &j->edit, &j->e) == 0)
		return true;
	printf("# %s\n", err_text(&j->e));
	return false;
}

static void job_done(struct job *j)
{
	initrd_edit_free(j->edit);
	initrd_free(j->kernel.image);
	err_done(&j->e);
}

/* The usual change: a driver, and its line before scsi_mod's. */
static void job_change(struct job *j)
{
	_cleanup_close_ int fd = image_open(j->t, "xen-vbd.ko");

	if (initrd_edit_add(j->edit, "lib/xen-vbd.ko", fd, S_IFREG | 0644, &j->e) < 0 ||
	    lines_insert(&j->edit->init, 11, added) < 0)
		abort();
	j->edit->changed_init = true;
}

static int job_write(struct job *j)
{
	return image_rewrite(j->t, j->edit, &j->e);
}

/* Unpack an image of one segment, compressed by gzip or not, into a folder. */
static void unpack_all(struct tree *t, const char *image, const char *folder)
{
	must_sh(t,
		"rm -rf %s && mkdir %s && { gzip -dc %s 2>/dev/null || cat %s; } >cpio &&"
		" cd %s && cpio -idm --quiet --no-absolute-filenames <../cpio",
		folder, folder, image, image, folder);
}

/* Everything that stat knows of each entry but the folders' times and sizes. */
#define LIST                                                                             \
	"find . -print0 | LC_ALL=C sort -z | xargs -0 stat -c '%%n %%f %%u %%g %%t %%T " \
	"%%h' "

static void judge(struct tree *t, const char *what)
{
	unpack_all(t, "image", "was");
	unpack_all(t, "new", "is");
	ok(sh(t, "cmp xen-vbd.ko is/lib/xen-vbd.ko") == 0, "%s: the driver is in it",
	   what);
	ok(sh(t, "test \"$(stat -c '%%a %%u %%g' is/lib/xen-vbd.ko)\" = '644 0 0'") == 0,
	   "%s: its mode and owner", what);
	ok(sh(t, "test \"$(stat -c %%Y is/lib/xen-vbd.ko)\" = \"$(stat -c %%Y "
		 "xen-vbd.ko)\"") == 0,
	   "%s: its time is the module's", what);
	ok(sh(t, "diff was/init is/init >d; printf '11a12\\n> %s\\n' | cmp - d", added) ==
		   0,
	   "%s: one line more in /init, in its place", what);
	must_sh(t, "rm is/lib/xen-vbd.ko && mv is/init new-init && cp -p was/init "
		   "is/init && "
		   "touch -r was/lib is/lib");
	ok(sh(t, "diff -r -x dev --no-dereference was is") == 0, "%s: contents as before",
	   what);
	ok(sh(t, "(cd was && " LIST ") >a && (cd is && " LIST ") >b && cmp a b") == 0,
	   "%s: types, modes, owners, numbers, links as before", what);
	ok(sh(t,
	      "(cd was && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 stat -c "
	      "'%%n %%Y %%s') >a && (cd is && find . -type f -print0 | LC_ALL=C sort -z "
	      "| xargs -0 stat -c '%%n %%Y %%s') >b && cmp a b") == 0,
	   "%s: times as before", what);
}

/* The names in order, and each raw header but /init's, are what they were. */
static void judge_raw(struct tree *t)
{
	ok(sh(t, "gzip -dc image >p1 && gzip -dc new >p2 && cpio -it --quiet <p1 >n1 && "
		 "cpio -it --quiet <p2 >n2 && grep -avx lib/xen-vbd.ko n2 | cmp - n1 && "
		 "tail -n 1 n2 | grep -aqx lib/xen-vbd.ko") == 0,
	   "names in their order, the new one last");
	ok(sh(t, "grep -ao '0707010[0-9A-F]\\{103\\}' p1 | sort >h1 && "
		 "grep -ao '0707010[0-9A-F]\\{103\\}' p2 | sort >h2 && "
		 "test \"$(comm -23 h1 h2 | wc -l)\" = 1 && "
		 "test \"$(comm -13 h1 h2 | wc -l)\" = 2") == 0,
	   "all headers but one are the same bits");
	ok(sh(t, "test $(($(stat -c %%s p2) %% 512)) = 0") == 0, "padded to blocks");
	ok(sh(t, "test \"$(head -c 10 new | od -An -tx1 | tr -d ' ')\" = "
		 "1f8b0800000000000003") == 0,
	   "gzip header: no name, no time");
	ok(sh(t, "test \"$(cut -c 7-14 h2 | sort | uniq -d | wc -l)\" = "
		 "\"$(cut -c 7-14 h1 | sort | uniq -d | wc -l)\"") == 0,
	   "the new inode number is nobody else's");
}

static void test_gzip(struct tree *t)
{
	struct job j = { .edit = NULL };

	must_sh(t, "gzip -9n <plain >image");
	if (ok(job_open(&j, t, "image"), "open")) {
		ok(initrd_edit_empty(j.edit), "an edit without changes is empty");
		job_change(&j);
		ok(!initrd_edit_empty(j.edit), "then it is not");
		ok(job_write(&j) == 0, "write, check");
		printf("# %s\n", err_text(&j.e));
		ok(image_size(t, "new") <= initrd_edit_size(j.edit),
		   "no larger than estimated");
		judge(t, "gzip");
		judge_raw(t);
		must_sh(t, "cp new again");
		ok(job_write(&j) == 0 && sh(t, "cmp new again") == 0, "twice the same");
	}
	job_done(&j);
}

static void test_plain(struct tree *t)
{
	struct job j = { .edit = NULL };

	must_sh(t, "cp plain image");
	if (ok(job_open(&j, t, "image"), "open an uncompressed image")) {
		job_change(&j);
		ok(job_write(&j) == 0, "write, check");
		printf("# %s\n", err_text(&j.e));
		judge(t, "uncompressed");
	}
	job_done(&j);
}

/* Every method that kernels read: what the tool unpacks is what gzip's way gave. */
static void test_methods(struct tree *t)
{
	static const struct {
		const char *name;
		const char *pack;
		const char *unpack;
	} rows[] = {
		{ "bzip2", "bzip2", "bzip2 -dc" },
		{ "lzma", "xz --format=lzma", "xz --format=lzma -dc" },
		/* The check that kernels know */
		{ "xz", "xz --check=crc32", "xz -dc" },
		{ "lz4-legacy", "lz4 -q -l", "lz4 -q -dc" },
		{ "zstd", "zstd -q", "zstd -q -dc" },
		{ "lzop", "lzop -q -9", "lzop -q -dc" },
	};

	must_sh(t, "gzip -dc again >want");
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct job j = { .edit = NULL };

		must_sh(t, "%s <plain >image", rows[i].pack);
		if (ok(job_open(&j, t, "image"), "%s: open", rows[i].name)) {
			job_change(&j);
			ok(job_write(&j) == 0, "%s: write, check", rows[i].name);
			printf("# %s\n", err_text(&j.e));
			ok(sh(t, "%s <new >got && cmp got want", rows[i].unpack) == 0,
			   "%s: its tool unpacks it", rows[i].name);
			if (streq(rows[i].name, "xz"))
				ok(sh(t, "cp new new.xz; xz --robot -lvv new.xz | grep "
					 "-q CRC32") == 0,
				   "xz: with the check that kernels know");
			ok(image_size(t, "new") <= initrd_edit_size(j.edit),
			   "%s: no larger than estimated", rows[i].name);
		}
		job_done(&j);
	}
}

/* /init in the middle of three: the others stay where and what they are. */
static void test_segments(struct tree *t)
{
	_cleanup_(initrd_freep) struct initrd *after = NULL;
	struct job j = { .edit = NULL };

	must_sh(t, "head -c 1023 /dev/zero >odd && head -c 36 /dev/zero >odd2 && "
		   "cat early odd2 plain odd2 | gzip -9n >mid && "
		   "xz --check=crc32 <early >late.xz && cat early odd mid >image && "
		   "truncate -s %%4 image && cat early late.xz odd >>image");
	if (!ok(job_open(&j, t, "image"), "open four segments")) {
		job_done(&j);
		return;
	}
	job_change(&j);
	ok(job_write(&j) == 0, "write, check");
	printf("# %s\n", err_text(&j.e));
	if (initrd_read(t->root, "/new", &after, &j.e) == 0) {
		const struct initrd_seg *s = after->segs;
		long tail = (long)(image_size(t, "new") - s[2].offset);

		ok(after->n_segs == 4 && s[2].offset % 4 == 0 && s[2].comp == COMP_NONE,
		   "an uncompressed archive behind it stays aligned");
		ok(sh(t, "cat early odd | cmp -n %lu - new", (long)s[1].offset) == 0,
		   "what is before is the same");
		ok(sh(t, "tail -c %ld new >x && cat early late.xz odd | cmp x -", tail) ==
			   0,
		   "what is behind is the same");
		ok(s[1].entries == j.kernel.image->segs[1].entries + 1, "one entry more");
	}
	must_sh(t,
		"tail -c +%lu new | gzip -dc 2>/dev/null >p; n=$(stat -c %%s early); "
		"head -c $((n + 36)) p >q && tail -c +$((n + 37)) p >r",
		(unsigned long)j.kernel.image->segs[1].offset + 1);
	ok(sh(t, "cat early odd2 | cmp q -") == 0,
	   "the archive before /init's, in the same stream");
	ok(sh(t, "cpio -it --quiet <r | grep -aqx lib/xen-vbd.ko") == 0,
	   "the driver is in /init's archive");
	job_done(&j);
}

static void test_replace(struct tree *t)
{
	_cleanup_close_ int fd = image_open(t, "xen-vbd.ko");
	static const char *const formats[] = { "newc", "crc" };

	for (size_t i = 0; i < ELEMENTSOF(formats); i++) {
		struct job j = { .edit = NULL };

		must_sh(t,
			"cd img && find . -print0 | cpio -o -0 -H %s --quiet | gzip >"
			"../image",
			formats[i]);
		if (!ok(job_open(&j, t, "image"), "open %s", formats[i])) {
			job_done(&j);
			continue;
		}
		ok(initrd_edit_replace(j.edit, "lib/none.ko", fd, NULL) == -ENOENT,
		   "no such module");
		ok(initrd_edit_add(j.edit, "./lib/jbd.ko", fd, S_IFREG | 0644, NULL) ==
			   -EEXIST,
		   "one that is there is not added");
		job_change(&j);
		ok(initrd_edit_replace(j.edit, "lib/jbd.ko", fd, &j.e) == 0, "replace");
		ok(initrd_edit_add(j.edit, "lib/extra", -1, S_IFDIR | 0755, &j.e) == 0,
		   "add a folder");
		ok(job_write(&j) == 0, "write, check");
		printf("# %s\n", err_text(&j.e));
		unpack_all(t, "new", "is");
		ok(sh(t,
		      "cmp xen-vbd.ko is/lib/jbd.ko && cmp xen-vbd.ko is/lib/xen-vbd.ko "
		      "&& test -d is/lib/extra && cmp img/lib/ext3.ko is/lib/ext3.ko") ==
			   0,
		   "%s: content", formats[i]);
		ok(sh(t, "gzip -dc new | cpio -it --quiet --only-verify-crc") == 0,
		   "%s: checksums", formats[i]);
		job_done(&j);
	}
}

/* The check must find what is wrong: each byte range of the unpacked image. */
static void test_check_finds(struct tree *t)
{
	int found = 0;
	struct job j = { .edit = NULL };

	must_sh(t, "cp plain image");
	if (!job_open(&j, t, "image"))
		abort();
	job_change(&j);
	if (job_write(&j) < 0)
		abort();
	/* Each byte counts, but for checksums and padding. */
	for (int i = 0; i < 40; i++) {
		_cleanup_close_ int fd = -1;
		_cleanup_err_ struct err e = ERR_INIT;
		long at = 200 + i * 911;
		char c;

		must_sh(t, "cp new broken");
		fd = image_open(t, "broken");
		if (pread(fd, &c, 1, at) != 1)
			abort();
		c ^= 1;
		if (pwrite(fd, &c, 1, at) != 1)
			abort();
		if (initrd_edit_check(j.edit, fd, &e) < 0)
			found++;
		else
			printf("# byte %ld\n", at);
	}
	is_int(found, 40, "changed bytes are found");
	for (int i = 1; i < 40; i++) {
		_cleanup_close_ int fd = -1;

		must_sh(t, "cp new broken");
		fd = image_open(t, "broken");
		if (ftruncate(fd, i * 1999) < 0)
			abort();
		found -= initrd_edit_check(j.edit, fd, NULL) < 0;
	}
	is_int(found, 1, "so is a new image that is cut short");
	job_done(&j);
}

/* What planning saw of the old image is what the new one is compared with. */
static void test_check_after_change(struct tree *t)
{
	struct job j = { .edit = NULL };
	struct initrd *i;

	must_sh(t, "cp plain image");
	if (!job_open(&j, t, "image"))
		abort();
	i = j.kernel.image;
	ok(initrd_read_blobs(t->root, i, NULL, 0, 0, &j.edit->sums, &j.e) == 0 &&
		   j.edit->sums.n == i->segs[0].entries,
	   "a sum for each entry");
	job_change(&j);
	ok(job_write(&j) == 0, "with these: write, check");
	must_sh(t, "at=$(grep -abo lib/ext3.ko image | tail -n 1 | cut -d : -f 1) && "
		   "printf X | dd of=image bs=1 seek=$((at + 200)) conv=notrunc "
		   "status=none");
	is_int(job_write(&j), -EBADMSG, "another byte in the image, once they were read");
	ok(strstr(err_text(&j.e), "ext3.ko"), "… which file: %s", err_text(&j.e));
	must_sh(t, "cat plain early >image");
	ok(initrd_read_blobs(t->root, i, NULL, 0, 0, &j.edit->sums, NULL) == 0,
	   "a further segment is none of it");
	must_sh(t, "cd img && find . | head -n 5 | cpio -o -H newc --quiet >../image");
	ok(initrd_read_blobs(t->root, i, NULL, 0, 0, &j.edit->sums, NULL) == -ESTALE &&
		   !j.edit->sums.v,
	   "entries are gone");
	job_done(&j);
}

static void refuse(struct tree *t, const char *script, int code, const char *want)
{
	struct job j = { .edit = NULL };

	must_sh(t, "%s", script);
	ok(!job_open(&j, t, "image") && j.e.code == code && strstr(err_text(&j.e), want),
	   "refused: %s", want);
	job_done(&j);
}

static void test_refused(struct tree *t)
{
	struct job j = { .edit = NULL };

	refuse(t, "lz4 -q <plain >image", ENOTSUP, "lz4");
	refuse(t, "gzip <early >image", ENOTSUP, "mkinitrd");
	refuse(t, "cat plain plain >image", ENOTSUP, "more than once");
	refuse(t,
	       "rm -rf l && cp -a img l && ln l/init l/init2 && cd l && find . -print0 | "
	       "cpio -o -0 -H newc --quiet >../image",
	       ENOTSUP, "several names");
	must_sh(t, "cp plain image");
	if (!job_open(&j, t, "image"))
		abort();
	job_change(&j);
	must_sh(t, "echo >>image");
	ok(job_write(&j) == -ESTALE, "an image that changed meanwhile");
	printf("# %s\n", err_text(&j.e));
	job_done(&j);
}

/* Peak memory of writing and checking, in KiB, in a process of its own. */
static long peak(struct tree *t, const char *image)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct job j = { .edit = NULL };
		bool good = job_open(&j, t, image);

		if (good) {
			job_change(&j);
			good = job_write(&j) == 0;
			printf("# %s\n", err_text(&j.e));
			fflush(stdout);
		}
		_exit(!good);
	}
	if (wait4(pid, &status, 0, &usage) != pid || status != 0)
		return -1;
	return usage.ru_maxrss;
}

static void test_memory(struct tree *t)
{
	long small;
	long large;

	must_sh(t, "rm -rf m && cp -a img m && head -c 5M /dev/urandom >m/lib/big.ko && "
		   "cd m && find . | cpio -o -H newc --quiet 2>/dev/null | gzip -1 "
		   ">../small");
	must_sh(t,
		"for i in $(seq 1 39); do ln -f m/lib/big.ko m/lib/big$i; done; cd m && "
		"for i in $(seq 1 39); do rm lib/big$i; head -c 300K lib/big.ko "
		">lib/big$i; "
		"truncate -s 5M lib/big$i; done; "
		"find . | cpio -o -H newc --quiet 2>/dev/null | gzip -1 >../large");
	small = peak(t, "small");
	large = peak(t, "large");
	printf("# peak memory: %ld KiB for an image of 5 MiB, %ld KiB for one of 200 MiB "
	       "unpacked\n",
	       small, large);
	ok(small > 0 && large > 0 && large < small + 2048,
	   "memory does not grow with the image");
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	image_folder(&t);
	image_cpio(&t, "img", "plain");
	must_sh(&t, "mkdir -p early.d/kernel && seq 1 5000 >early.d/kernel/microcode && "
		    "seq 1 3001 >xen-vbd.ko && touch -d 2008-01-01 xen-vbd.ko");
	image_cpio(&t, "early.d", "early");
	test_gzip(&t);
	test_methods(&t);
	test_plain(&t);
	test_segments(&t);
	test_replace(&t);
	test_check_finds(&t);
	test_check_after_change(&t);
	test_refused(&t);
	test_memory(&t);
	tree_done(&t);
	return tap_done();
}
