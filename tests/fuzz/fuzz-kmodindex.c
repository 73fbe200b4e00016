/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as each of kmod's indexes, text and binary: our modules are put in, and are
 * there when they are put in again.
 */
#include "installer/kmodindex.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modinfo info = {
		.aliases = { (char *[]){ (char[]){ "xen:vbd" } }, 1 },
		.exports = { (struct symver[]){ { (char[]){ "gnttab_alloc" }, 1 } }, 1 },
	};
	struct kmod_new v[] = {
		{ (char[]){ "extra/xenpv/1/xen-platform-pci.ko" }, &info, { 0 } },
		{ (char[]){ "extra/xenpv/1/xen-blkfront.ko" },
		  &info,
		  { (char *[]){ (char[]){ "extra/xenpv/1/xen-platform-pci.ko" } }, 1 } },
	};

	for (size_t i = 0; kmodindex_file(i); i++) {
		_cleanup_err_ struct err e = ERR_INIT;
		_cleanup_free_ char *new = NULL;
		_cleanup_free_ char *again = NULL;
		size_t len = 0;
		size_t n = 0;
		int k = kmodindex_add(kmodindex_file(i), "input", (const char *)data,
				      size, v, ELEMENTSOF(v), &new, &len, &e);

		check(k >= 0 || (e.msg && !new));
		if (k > 0)
			check(kmodindex_add(kmodindex_file(i), "output", new, len, v,
					    ELEMENTSOF(v), &again, &n, &e) == 0);
	}
	return 0;
}
