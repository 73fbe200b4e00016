/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images with a boot configuration behind them: what the kernel takes off is no part of
 * the image, and stays as it is. */
#include "guest/kernels.h"
#include "installer/initrd_edit.h"
#include "tests/unit/image.h"

/* The script's own folder is not the tree's. */
static const char *script(void)
{
	static char path[4096];
	const char *dir = getenv("srcdir");
	_cleanup_free_ char *real = realpath(dir ? dir : ".", NULL);

	snprintf(path, sizeof(path), "%s/tests/trees/mkbootconfig", real);
	return path;
}

static int read_it(struct tree *t, const char *name, struct initrd **ret, struct err *e)
{
	_cleanup_close_ int fd = image_open(t, name);

	*ret = NULL;
	return initrd_read_fd(fd, name, ret, e);
}

/* Every length of an image and of a text modulo 4. */
static void test_read(struct tree *t)
{
	int good = 0;

	for (int i = 0; i < 16; i++) {
		_cleanup_(initrd_freep) struct initrd *r = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		uint64_t size;

		must_sh(t, "{ gzip -9n <plain; head -c %d /dev/zero; } >image", i / 4);
		size = image_size(t, "image");
		must_sh(t, "%s image 'kernel.a=%.*s'", script(), i % 4, "bcd");
		if (read_it(t, "image", &r, &e) == 0)
			good += r->n_segs == 1 && r->nash && r->end == size &&
				r->size == image_size(t, "image") && r->size % 4 == 0;
		else
			printf("# %s\n", err_text(&e));
	}
	is_int(good, 16, "read as without it");
}

static void test_ends(struct tree *t)
{
	static const struct {
		const char *what;
		const char *change;
		bool good;
	} rows[] = {
		{ "three bytes of a boot loader's", "printf abc >>image", true },
		{ "four, which it never adds", "printf abcd >>image", false },
		{ "another sum",
		  "printf b | dd of=image bs=1 seek=$((n + 1)) conv=notrunc 2>/dev/null",
		  false },
		{ "a size beyond the start",
		  "printf '\\377' | dd of=image bs=1 seek=$(($(stat -c %s image) - 17)) "
		  "conv=notrunc 2>/dev/null",
		  false },
		{ "another magic",
		  "printf B | dd of=image bs=1 seek=$(($(stat -c %s image) - 2)) "
		  "conv=notrunc 2>/dev/null",
		  false },
		{ "nothing but it", "tail -c +$((n + 1)) image >x; mv x image", false },
		{ "its last 19 bytes", "tail -c 19 image >x; mv x image", false },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		_cleanup_(initrd_freep) struct initrd *r = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		int k;

		must_sh(t,
			"gzip -9n <plain >image; n=$(stat -c %%s image); "
			"%s image 'kernel.a=b'; %s",
			script(), rows[i].change);
		k = read_it(t, "image", &r, &e);
		ok(rows[i].good ? k == 0 : k == -EINVAL, "%s: %s", rows[i].what,
		   k < 0 ? err_text(&e) : "read");
	}
}

static int rewrite(struct tree *t, struct initrd *image, struct err *e)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	struct kernel k = { .release = (char *)"2.6.18-53.el5", .image = image };
	_cleanup_close_ int driver = image_open(t, "xen-vbd.ko");
	_cleanup_close_ int fd = -1;
	int r = initrd_edit_new(t->root, &k, &x, e);

	must_sh(t, ": >new");
	fd = image_open(t, "new");
	if (r == 0)
		r = initrd_edit_add(x, "lib/xen-vbd.ko", driver, S_IFREG | 0644, e);
	if (r == 0)
		r = initrd_edit_write(x, fd, e);
	return r < 0 ? r : initrd_edit_check(x, fd, e);
}

/* The new image ends in the same bytes, is a multiple of 4, and unpacks without them. */
static void test_rewrite(struct tree *t)
{
	static const char *const makers[] = {
		"gzip -9n <plain",
		"zstd -q <plain",
		"cat plain",
		"cat early; gzip -9n <plain",
		"gzip -9n <plain; xz --check=crc32 <early",
	};

	for (size_t i = 0; i < 4 * ELEMENTSOF(makers); i++) {
		_cleanup_(initrd_freep) struct initrd *old = NULL;
		_cleanup_(initrd_freep) struct initrd *new = NULL;
		_cleanup_err_ struct err e = ERR_INIT;
		const char *maker = makers[i / 4];

		must_sh(t,
			"seq 1 %zu >xen-vbd.ko; { %s; } >image && "
			"%s image 'kernel { xen_nopv }'",
			2001 + i % 4 * 7, maker, script());
		if (initrd_read(t->root, "/image", &old, &e) < 0 ||
		    rewrite(t, old, &e) < 0 ||
		    initrd_read(t->root, "/new", &new, &e) < 0) {
			ok(false, "%s: %s", maker, err_text(&e));
			continue;
		}
		ok(new->size % 4 == 0 && new->size - new->end == old->size - old->end,
		   "%s: a multiple of 4, all but the configuration is image", maker);
		ok(sh(t, "tail -c %lu image >a; tail -c %lu new | cmp a -",
		      (unsigned long)(old->size - old->end),
		      (unsigned long)(new->size - new->end)) == 0,
		   "… which is as it was");
		ok(new->n_segs == old->n_segs &&strv_has(&new->modules, "lib/xen-vbd.ko"),
		   "… and the driver is in it");
	}
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	image_folder(&t);
	image_cpio(&t, "img", "plain");
	must_sh(&t, "mkdir -p early.d/kernel && seq 1 5000 >early.d/kernel/microcode");
	image_cpio(&t, "early.d", "early");
	test_read(&t);
	test_ends(&t);
	test_rewrite(&t);
	tree_done(&t);
	return tap_done();
}
