/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as an RPM of drivers: refused as a whole, or each module good or refused. */
#include "drivers/bundle.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *name = root_name(fuzz_tree()->root, "/kmod.rpm");
	_cleanup_(bundle_freep) struct bundle *b = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	fuzz_put("/kmod.rpm", data, size);
	if (bundle_open(name, &(struct policy){ 0 }, &b, &e) < 0) {
		check(e.msg && !b);
		return 0;
	}
	check(b->is_rpm && b->n && b->nevra && b->signature);
	for (size_t i = 0; i < b->n; i++)
		check(!b->v[i].refused == !!b->v[i].info);
	return 0;
}
