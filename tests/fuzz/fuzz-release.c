/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as each of the files that name the distribution. */
#include "guest/distro.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = { "/etc/redhat-release", "/etc/os-release" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		_cleanup_(distro_freep) struct distro *d = NULL;
		_cleanup_free_ char *name = root_name(fuzz_tree()->root, files[i]);
		_cleanup_err_ struct err e = ERR_INIT;

		fuzz_put(files[i], data, size);
		if (distro_read(fuzz_tree()->root, NULL, &d, &e) < 0)
			check(e.msg && !d);
		else
			check(d->name && d->family && d->major >= -1 && d->minor >= -1);
		unlink(name);
	}
	return 0;
}
