/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a unified kernel image. */
#include "guest/uki.h"
#include "lib/cleanup.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct initrd_limits limits = { .unpacked = 1 << 20,
						     .entries = 1000 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int fd = fuzz_fd(data, size);
	struct uki u;
	int r;

	r = uki_read_fd(fd, "image", &limits, &u, &e);
	check(r >= 0 || e.msg);
	check(r <= 0 || !u.image || !u.problem);
	for (const char *p = r > 0 ? u.args : NULL; p && *p; p++)
		check((unsigned char)*p >= ' ' && *p != 0x7f);
	uki_done(&u);
	return 0;
}
