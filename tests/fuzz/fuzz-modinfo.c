/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A module of any bytes: facts or a sentence. Seeds: modules of tests/trees/mkmodule. */
#include <sys/mman.h>
#include <unistd.h>

#include "guest/modinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_close_ int fd = memfd_create("fuzz", MFD_CLOEXEC);
	_cleanup_(modinfo_freep) struct modinfo *m = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	int k;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	k = modinfo_read(fd, "fuzz.ko", &m, &e);
	if ((k < 0) != (m == NULL) || (k < 0) != (e.code != 0))
		__builtin_trap();
	return 0;
}
