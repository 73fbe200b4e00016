/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as an initrd image. What is read has segments that lie in the file,
 * one behind the other; what can be rewritten is, and passes its own check.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "guest/kernels.h"
#include "installer/initrd_edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct initrd *i)
{
	uint64_t end = 0;

	for (size_t n = 0; n < i->n_segs; n++) {
		if (i->segs[n].offset < end || !i->segs[n].length)
			__builtin_trap();
		end = i->segs[n].offset + i->segs[n].length;
	}
	if (!i->n_segs || end > i->size || (i->init && i->init_seg >= i->n_segs))
		__builtin_trap();
}

static void rewrite(struct root *r, struct initrd *i)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	static const struct initrd_want want = { "xen-vbd", "lib/xen-vbd.ko" };
	_cleanup_close_ int out = memfd_create("new", MFD_CLOEXEC);
	struct kernel k = { .release = (char[]){ "K" }, .image = i };

	if (initrd_edit_new(r, &k, &x, NULL) < 0)
		return;
	if (initrd_edit_add(x, want.path, r->fd, S_IFREG | 0644, NULL) != -EINVAL)
		__builtin_trap(); /* a folder is no module */
	if (initrd_edit_loads(x, &want, 1, NULL) < 0)
		return;
	if (initrd_edit_write(x, out, NULL) < 0)
		return;
	if (initrd_edit_check(x, out, NULL) < 0)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct initrd_limits limits = {
		.unpacked = 4 << 20, .entries = 10000, .links = 1000, .archives = 100
	};
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int fd = -1;
	static struct root *r;
	static char dir[] = "/tmp/xenpv-fuzz.XXXXXX";

	if (!r && (!mkdtemp(dir) || root_new(&r, dir, NULL) < 0))
		abort();
	fd = openat(r->fd, "image", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (initrd_read_limits(fd, "/image", &limits, &i, &e) < 0) {
		if (e.code != EINVAL || i)
			__builtin_trap();
		return 0;
	}
	check_segments(i);
	rewrite(r, i);
	return 0;
}
