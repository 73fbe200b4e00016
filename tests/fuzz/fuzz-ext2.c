/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as an ext2 image. What is read has been walked within its bounds; what can be
 * rewritten is, and passes its own check.
 */
#include "guest/ext2_image.h"
#include "guest/kernels.h"
#include "installer/initrd_edit.h"
#include "tests/fuzz/fuzz.h"

static void rewrite(struct root *r, struct initrd *i, int module)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	static const struct initrd_want want = { "xen-vbd", "lib/xen-vbd.o" };
	_cleanup_close_ int out = memfd_create("new", MFD_CLOEXEC);
	struct kernel k = { .release = (char[]){ "K" }, .image = i };
	_cleanup_err_ struct err e = ERR_INIT;

	if (initrd_edit_new(r, &k, &x, NULL) < 0)
		return;
	if (initrd_edit_add(x, want.path, module, S_IFREG | 0644, NULL) < 0 ||
	    initrd_edit_loads(x, &want, 1, NULL) < 0 || initrd_edit_fits(x, NULL) < 0)
		return;
	if (initrd_edit_write(x, out, &e) < 0 || initrd_edit_check(x, out, &e) < 0)
		fprintf(stderr, "%s\n", err_text(&e));
	check(!e.code);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int module = fuzz_fd(NULL, 0);
	_cleanup_close_ int fd = fuzz_fd(data, size);
	struct root *r = fuzz_tree()->root;

	fuzz_put("/image", data, size);
	check(ftruncate(module, 40000) == 0);
	if (ext2_image_is(fd, "/image", &e) != 1)
		return 0;
	if (initrd_read(r, "/image", &i, &e) < 0) {
		check(e.code == EINVAL && !i);
		return 0;
	}
	check(i->kind == INITRD_KIND_EXT2 && i->n_segs == 1);
	rewrite(r, i, module);
	return 0;
}
