/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module of any bytes: facts or a sentence. Seeds: modules of tests/trees/mkmodule. */
#include "guest/modinfo.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = fuzz_fd(data, size);
	_cleanup_(modinfo_freep) struct modinfo *m = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	int k;

	k = modinfo_read(fd, "fuzz.ko", &m, &e);
	check((k < 0) == !m && (k < 0) == !!e.code);
	return 0;
}
