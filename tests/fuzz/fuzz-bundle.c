/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as SHA256SUMS of a bundle with one file: no module of it is good. */
#include "drivers/bundle.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	fuzz_put("/lib/modules/K/extra/xenpv/1/xen-vbd.ko", (const uint8_t *)"x", 1);
	fuzz_put("/SHA256SUMS", data, size);
	if (bundle_open(fuzz_tree()->path, &(struct policy){ 0 }, &b, &e) < 0) {
		check(e.msg && !b);
		return 0;
	}
	check(b->n >= 1);
	for (size_t i = 0; i < b->n; i++)
		check(b->v[i].refused && !b->v[i].info &&
		      startswith(b->v[i].path, "lib/modules/"));
	return 0;
}
