/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as an initrd image. What is read has segments that lie in the file,
 * one behind the other; what can be rewritten is, and passes its own check.
 */
#include "guest/kernels.h"
#include "installer/initrd_edit.h"
#include "tests/fuzz/fuzz.h"

static void check_segments(const struct initrd *i)
{
	uint64_t end = 0;

	for (size_t n = 0; n < i->n_segs; n++) {
		check(i->segs[n].offset >= end && i->segs[n].length);
		end = i->segs[n].offset + i->segs[n].length;
	}
	check(i->n_segs && end <= i->size && (!i->init || i->init_seg < i->n_segs));
}

static void rewrite(struct root *r, struct initrd *i)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	static const struct initrd_want want = { "xen-vbd", "lib/xen-vbd.ko" };
	_cleanup_close_ int out = memfd_create("new", MFD_CLOEXEC);
	struct kernel k = { .release = (char[]){ "K" }, .image = i };

	if (initrd_edit_new(r, &k, &x, NULL) < 0)
		return;
	/* A folder is no module. */
	check(initrd_edit_add(x, want.path, r->fd, S_IFREG | 0644, NULL) == -EINVAL);
	if (initrd_edit_loads(x, &want, 1, NULL) < 0)
		return;
	if (initrd_edit_write(x, out, NULL) < 0)
		return;
	check(initrd_edit_check(x, out, NULL) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct initrd_limits limits = {
		.unpacked = 4 << 20, .entries = 10000, .links = 1000, .archives = 100
	};
	_cleanup_(initrd_freep) struct initrd *i = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int fd = fuzz_fd(data, size);
	struct root *r = fuzz_tree()->root;

	fuzz_put("/image", data, size);
	if (initrd_read_limits(fd, "/image", &limits, &i, &e) < 0) {
		check(e.code == EINVAL && !i);
		return 0;
	}
	check_segments(i);
	rewrite(r, i);
	return 0;
}
