/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as an ext2 image. What is read has been walked within its bounds; what can be
 * rewritten is, and passes its own check.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "guest/ext2_image.h"
#include "guest/kernels.h"
#include "installer/initrd_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	if (initrd_edit_write(x, out, &e) < 0 || initrd_edit_check(x, out, &e) < 0) {
		fprintf(stderr, "%s\n", err_text(&e));
		__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int module = -1;
	_cleanup_close_ int fd = -1;
	static struct root *r;
	static char dir[] = "/tmp/xenpv-fuzz.XXXXXX";

	if (!r && (!mkdtemp(dir) || root_new(&r, dir, NULL) < 0))
		abort();
	module = openat(r->fd, "module", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	fd = openat(r->fd, "image", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || module < 0 || ftruncate(module, 40000) < 0 ||
	    write(fd, data, size) != (ssize_t)size)
		abort();
	if (!ext2_image_is(fd))
		return 0;
	if (initrd_read(r, "/image", &i, &e) < 0) {
		if (e.code != EINVAL || i)
			__builtin_trap();
		return 0;
	}
	if (i->kind != INITRD_KIND_EXT2 || i->n_segs != 1)
		__builtin_trap();
	rewrite(r, i, module);
	return 0;
}
