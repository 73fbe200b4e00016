/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/initrd.h"
#include "tests/unit/image.h"

static int read_image(struct tree *t, const char *name, const struct initrd_limits *l,
		      struct initrd **ret, struct err *e)
{
	_cleanup_close_ int fd = image_open(t, name);

	return initrd_read_limits(fd, name, l, ret, e);
}

/* Entries as cpio counts them. */
static size_t cpio_count(struct tree *t, const char *folder)
{
	_cleanup_free_ char *s = NULL;

	must_sh(t, "find %s -printf x | wc -c >count", folder);
	s = tree_get(t, "count");
	return (size_t)atol(s);
}

static const struct {
	enum comp comp;
	const char *command;
} packers[] = {
	{ COMP_NONE, "cat" },
	{ COMP_GZIP, "gzip -9n" },
	{ COMP_BZIP2, "bzip2" },
	{ COMP_LZMA, "xz --format=lzma" },
	{ COMP_XZ, "xz --check=crc32" },
	{ COMP_LZ4, "lz4 -q" },
	{ COMP_LZ4_LEGACY, "lz4 -q -l" },
	{ COMP_ZSTD, "zstd -q" },
	{ COMP_LZOP, "lzop -q" },
};

static void test_codecs(struct tree *t)
{
	for (size_t i = 0; i < ELEMENTSOF(packers); i++) {
		_cleanup_(initrd_freep) struct initrd *r = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		const char *name = comp_name(packers[i].comp);

		must_sh(t, "%s <plain >image", packers[i].command);
		if (!ok(read_image(t, "image", NULL, &r, &e) == 0, "%s: read", name)) {
			printf("# %s\n", err_text(&e));
			continue;
		}
		ok(r->n_segs == 1 && r->segs[0].comp == packers[i].comp, "%s: detected",
		   name);
		is_int((long long)r->segs[0].entries, (long long)cpio_count(t, "img"),
		       "entries as find counts them");
		if (packers[i].comp != COMP_NONE)
			is_int((long long)r->segs[0].length,
			       (long long)image_size(t, "image"), "length of the stream");
		is(r->init, nash_init, "text of /init");
		is(r->init_name, "init", "name of /init");
		ok(r->modules.n == 4 && strv_has(&r->modules, "lib/ext3.ko"), "modules");
		ok(r->nash && r->has_lib && r->n_inits == 1 && !r->init_linked,
		   "what kind of image");
	}
}

/*
 * Microcode as kernels want it, odd padding, a stream with two archives, again
 * padding, another codec, NULs at the end.
 */
static void test_segments(struct tree *t)
{
	_cleanup_(initrd_freep) struct initrd *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	uint64_t first = image_size(t, "early");
	uint64_t second;

	must_sh(t, "head -c 1023 /dev/zero >odd && head -c 37 /dev/zero >odd2 && "
		   "cat plain odd2 early odd | gzip -9n >two && "
		   "xz --check=crc32 <late >late.xz && "
		   "cat early odd two odd2 late.xz odd2 early odd >image");
	second = first + 1023;
	if (!ok(read_image(t, "image", NULL, &r, &e) == 0, "four segments")) {
		printf("# %s\n", err_text(&e));
		return;
	}
	is_int((long long)r->n_segs, 4, "number of segments");
	if (r->n_segs != 4)
		return;
	is_int((long long)r->segs[0].offset, 0, "first at 0");
	ok(r->segs[0].length <= first && r->segs[0].comp == COMP_NONE,
	   "first: uncompressed, without its padding");
	is_int((long long)r->segs[1].offset, (long long)second, "second");
	is_int((long long)r->segs[1].length, (long long)image_size(t, "two"),
	       "length of the second");
	is_int((long long)r->segs[1].entries,
	       (long long)(cpio_count(t, "img") + cpio_count(t, "early.d")),
	       "both archives of the second");
	is_int((long long)r->segs[2].length, (long long)image_size(t, "late.xz"),
	       "length of the third, an xz stream with padding behind");
	is_int((long long)r->segs[3].offset,
	       (long long)(second + image_size(t, "two") + 37 + image_size(t, "late.xz") +
			   37),
	       "fourth");
	is_int((long long)r->init_seg, 1, "segment of /init");
	ok(strv_has(&r->modules, "lib/late.ko"), "a module of the third");
	is(initrd_module_path(r, "late"), "lib/late.ko", "module by name");
}

static void test_small_archives(struct tree *t)
{
	_cleanup_(initrd_freep) struct initrd *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	/* Hundreds of archives without any padding, in one stream. */
	must_sh(t,
		"cd early.d && echo kernel | cpio -o -H newc --quiet >../one && cd .. && "
		"i=0; while [ $i -lt 300 ]; do head -c 244 one; i=$((i+1)); done "
		"| gzip -9n >image && gzip -9n <one >>image");
	ok(read_image(t, "image", NULL, &r, &e) == 0 && r->n_segs == 2 &&
		   r->segs[0].entries == 300 && r->segs[1].entries == 1,
	   "300 archives in one stream, another stream behind");
	printf("# %s\n", err_text(&e));
}

/* Every image cut short is an error that names it, in every codec. */
static void test_truncated(struct tree *t)
{
	for (size_t k = 0; k < ELEMENTSOF(packers); k++) {
		_cleanup_close_ int fd = -1;
		off_t size;
		off_t good = 0;

		must_sh(t, "%s <plain >image", packers[k].command);
		/* The plain archive's own padding at its end is no loss. */
		size = (off_t)image_size(t, "image");
		if (packers[k].comp == COMP_NONE)
			size -= 512;
		fd = image_open(t, "image");
		for (off_t at = (size - 1) & ~(off_t)1023; at >= 0; at -= 1024) {
			_cleanup_(initrd_freep) struct initrd *r = NULL;
			_cleanup_err_ struct err e = ERR_INIT;

			if (ftruncate(fd, at) < 0)
				abort();
			good += initrd_read_fd(fd, "cut", &r, &e) == -EINVAL &&
				startswith(err_text(&e), "cut: ") && !r;
		}
		is_int(good, (size - 1) / 1024 + 1, packers[k].command);
	}
}

/*
 * lzop has a checksum for everything: a changed byte of its headers is seen, and one of
 * its data, but for the few where the other instruction unpacks to the same.
 */
static void test_flipped(struct tree *t)
{
	enum {
		HEADERS = 38 + 12
	};
	_cleanup_close_ int fd = -1;
	off_t size;
	int headers = 0;
	int missed = 0;

	must_sh(t, "lzop -q <plain >image && chmod 600 image");
	size = (off_t)image_size(t, "image");
	fd = image_open(t, "image");
	for (off_t at = 0; at < size; at += at < HEADERS ? 1 : 97) {
		_cleanup_(initrd_freep) struct initrd *r = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		unsigned char c;
		bool seen;

		if (pread(fd, &c, 1, at) != 1)
			abort();
		c ^= 0x10;
		if (pwrite(fd, &c, 1, at) != 1)
			abort();
		seen = initrd_read_fd(fd, "flipped", &r, &e) == -EINVAL && !r;
		headers += at < HEADERS && seen;
		missed += at >= HEADERS && !seen;
		c ^= 0x10;
		if (pwrite(fd, &c, 1, at) != 1)
			abort();
	}
	is_int(headers, HEADERS, "each changed byte of lzop's headers is seen");
	ok(missed * 100 < (size - HEADERS) / 97, "and those of its data: %d are not",
	   missed);
}

static void refuse(struct tree *t, const char *script, const struct initrd_limits *l,
		   const char *want)
{
	_cleanup_(initrd_freep) struct initrd *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	int rc;

	must_sh(t, "%s", script);
	rc = read_image(t, "image", l, &r, &e);
	ok(rc == -EINVAL && !r && strstr(err_text(&e), want), "%s", err_text(&e));
}

static void test_refused(struct tree *t)
{
	static const struct initrd_limits small = {
		.unpacked = 1 << 20, .entries = 5, .links = 5, .archives = 3
	};
	static const struct initrd_limits few = {
		.unpacked = 1 << 20, .entries = 500, .links = 500, .archives = 3
	};
	static const struct initrd_limits links = {
		.unpacked = 1 << 20, .entries = 500, .links = 2, .archives = 3
	};

	refuse(t, ": >image", NULL, "empty");
	refuse(t, "head -c 5000 /dev/zero >image", NULL, "NUL");
	refuse(t, "{ gzip -9n <plain; echo garbage; } >image", NULL, "unknown format");
	refuse(t, "{ cat plain; echo garbage; } | gzip >image", NULL, "something else");
	refuse(t, "head -c 3000 /dev/urandom | gzip >image", NULL, "something else");
	refuse(t, "gzip </dev/null >image", NULL, "nothing");
	refuse(t, "{ gzip -9n <plain; printf '\\037\\213'; } >image", NULL, "cut short");
	refuse(t, "printf 0707 >image", NULL, "unknown format");
	refuse(t, "cd early.d && find . | cpio -o -H odc --quiet >../image", NULL,
	       "unknown format");
	refuse(t, "{ head -c 600 plain; echo junk; tail -c +601 plain; } >image", NULL,
	       "damaged");
	refuse(t,
	       "gzip <plain >image; printf XXXX | dd of=image bs=1 "
	       "seek=$(($(stat -c %s image) - 8)) conv=notrunc 2>/dev/null",
	       NULL, "corrupt");
	/* A name of 3 GiB must not make anybody reserve them. */
	refuse(t,
	       "cp plain image; printf BBBBBBBB | dd of=image bs=1 seek=94 "
	       "conv=notrunc 2>/dev/null",
	       NULL, "damaged");
	refuse(t, "cp plain image", &small, "more than 5 entries");
	refuse(t, "cp plain image", &links, "several links");
	refuse(t, "cat early early early early >image", &few, "cpio archives");
	refuse(t,
	       "mkdir -p bomb && truncate -s 30M bomb/zeros && cd bomb && "
	       "echo zeros | cpio -o -H newc --quiet | gzip >../image",
	       &few, "unpacks to more");
}

static void test_other_inits(struct tree *t)
{
	_cleanup_(initrd_freep) struct initrd *link = NULL;
	_cleanup_(initrd_freep) struct initrd *binary = NULL;
	_cleanup_(initrd_freep) struct initrd *twice = NULL;
	_cleanup_(initrd_freep) struct initrd *big = NULL;
	_cleanup_(initrd_freep) struct initrd *crc = NULL;

	must_sh(t, "mkdir d && cd d && ln -s sbin/init init && ls | cpio -o -H newc "
		   "--quiet >../image");
	ok(read_image(t, "image", NULL, &link, NULL) == 0 && !link->init && !link->nash &&
		   link->init_name,
	   "/init is a link");
	must_sh(t, "cd d && rm init && printf 'a\\0b' >init && ls | cpio -o -H newc "
		   "--quiet >../image");
	ok(read_image(t, "image", NULL, &binary, NULL) == 0 && !binary->init,
	   "/init is no text");
	must_sh(t, "cd d && head -c 2000000 /dev/zero | tr '\\0' x >init && ls | "
		   "cpio -o -H newc --quiet >../image");
	ok(read_image(t, "image", NULL, &big, NULL) == 0 && !big->init,
	   "/init is too large to be a script");
	must_sh(t, "cat plain plain >image");
	ok(read_image(t, "image", NULL, &twice, NULL) == 0 && twice->n_inits == 2,
	   "/init twice");
	must_sh(t, "cd img && find . -print0 | cpio -o -0 -H crc --quiet >../image");
	ok(read_image(t, "image", NULL, &crc, NULL) == 0 && crc->nash,
	   "an archive with checksums");
}

static const struct {
	const char *text;
	bool nash;
	const char *loads; /* modules, joined */
	const char *root, *resume;
	long root_line, resume_line;
	long storage, look;
} inits[] = {
	{ nash_init, true, "jbd, ext3, scsi_mod, sd_mod", "/dev/sda1", "/dev/sdc2", 18,
	  16, 2, 15 },
	{ "#! /sbin/nash\ninsmod /lib/xen-vbd.ko a=1 b=2\nmkrootdev /dev/root\n", true,
	  "xen_vbd", NULL, NULL, 2, -1, -1, 2 },
	{ "#!/bin/nash --force\n modprobe -q piix\n\tinsmod '/lib/my mod.ko' # x\n", true,
	  "piix, my mod", NULL, NULL, -1, -1, 0, -1 },
	{ "#!/bin/nash\nresume LABEL=SWAP-sda2\nmkrootdev -t ext3 -o defaults,ro "
	  "LABEL=/\n",
	  true, "", "LABEL=/", "LABEL=SWAP-sda2", 2, 1, -1, 1 },
	{ "#!/bin/sh\ninsmod /lib/ide-disk.ko\n", false, "ide_disk", NULL, NULL, -1, -1,
	  0, -1 },
	{ "#!/bin/nashville\n# insmod /lib/x.ko\ninsmod\nmkrootdev\nresume", false, "",
	  NULL, NULL, 3, 4, -1, 3 },
	{ "", false, "", NULL, NULL, -1, -1, -1, -1 },
	{ "#!/bin/nash\n/sbin/udevstart\nmkrootdev x\ninsmod /lib/late.ko\n", true,
	  "late", "x", NULL, 2, -1, -1, 1 },
};

static struct initrd *parse(const char *text)
{
	struct initrd *i = calloc(1, sizeof(*i));

	i->init = strdup(text);
	if (initrd_parse_init(i, NULL) < 0)
		abort();
	return i;
}

static char *loads(const struct initrd *i)
{
	_cleanup_strv_ struct strv names = { 0 };

	for (size_t n = 0; n < i->n_loads; n++)
		strv_add(&names, i->loads[n].module);
	return strv_join(&names, ", ");
}

static void test_nash(void)
{
	for (size_t k = 0; k < ELEMENTSOF(inits); k++) {
		_cleanup_(initrd_freep) struct initrd *i = parse(inits[k].text);
		_cleanup_free_ char *l = loads(i);

		ok(i->nash == inits[k].nash, "nash or not");
		is(l, inits[k].loads, "loads");
		is(i->root, inits[k].root, "root");
		is(i->resume, inits[k].resume, "resume");
		is_int(i->root_line, inits[k].root_line, "line of the root");
		is_int(i->resume_line, inits[k].resume_line, "line of resume");
		is_int(initrd_storage_load(i), inits[k].storage, "first storage driver");
		is_int(initrd_device_line(i), inits[k].look,
		       "where devices are looked for");
	}
}

/* The same for files that nobody here wrote. */
static void test_shared(void)
{
	static const struct {
		const char *file, *loads, *root, *resume;
		long look;
	} files[] = {
		{ "centos5-xen-init.txt", "jbd, ext3, xenblk, xennet", "/dev/sda1",
		  "/dev/sdc2", 51 },
		{ "fc4-init.txt", "scsi_mod, sd_mod, libata, ata_piix, dm_mod", NULL,
		  NULL, 29 },
	};
	_cleanup_free_ char *dir = strf("%s/../shared/data/nash-init",
					getenv("srcdir") ?: ".");
	_cleanup_root_ struct root *r = NULL;

	if (root_new(&r, dir, NULL) < 0) {
		skip("nash scripts of real images", "../shared/data is not here");
		return;
	}
	for (size_t k = 0; k < ELEMENTSOF(files); k++) {
		_cleanup_(initrd_freep) struct initrd *i = NULL;
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ char *l = NULL;

		if (root_read(r, files[k].file, 65536, &text, NULL, NULL) < 0)
			abort();
		i = parse(text);
		l = loads(i);
		ok(i->nash, "%s", files[k].file);
		is(l, files[k].loads, "loads");
		is(i->root, files[k].root, "root");
		is(i->resume, files[k].resume, "resume");
		is_int(initrd_device_line(i), files[k].look,
		       "where devices are looked for");
	}
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	image_folder(&t);
	image_cpio(&t, "img", "plain");
	must_sh(&t,
		"mkdir -p early.d/kernel/x86/microcode late.d/lib && "
		"head -c 5555 /dev/urandom >early.d/kernel/x86/microcode/GenuineIntel.bin"
		" && seq 1 9999 >late.d/lib/late.ko");
	image_cpio(&t, "early.d", "early");
	image_cpio(&t, "late.d", "late");
	test_codecs(&t);
	test_segments(&t);
	test_small_archives(&t);
	test_truncated(&t);
	test_flipped(&t);
	test_refused(&t);
	test_other_inits(&t);
	test_nash();
	test_shared();
	tree_done(&t);
	return tap_done();
}
