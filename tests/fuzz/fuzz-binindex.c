/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A binary module index: parsed, written, parsed again: the same. */
#include "lib/binindex.h"
#include "lib/strv.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_binindex_ struct binindex x = { 0 };
	_cleanup_binindex_ struct binindex y = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ uint8_t *out = NULL;
	size_t len = 0;

	if (binindex_parse(data, size, "input", &x, &e) < 0)
		return 0;
	if (binindex_write(&x, &out, &len) < 0)
		return 0;
	check(binindex_parse(out, len, "output", &y, &e) == 0 && x.n == y.n);
	for (size_t i = 0; i < x.n; i++)
		check(streq(x.v[i].key, y.v[i].key) && streq(x.v[i].value, y.v[i].value));
	return 0;
}
