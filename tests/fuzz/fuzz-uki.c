/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a unified kernel image. */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "guest/uki.h"
#include "lib/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct initrd_limits limits = { .unpacked = 1 << 20,
						     .entries = 1000 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int fd = memfd_create("image", MFD_CLOEXEC);
	struct uki u;
	int r;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	r = uki_read_fd(fd, "image", &limits, &u, &e);
	if (r < 0 && !e.msg)
		__builtin_trap();
	if (r > 0 && u.image && u.problem)
		__builtin_trap();
	uki_done(&u);
	return 0;
}
