/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of a symvers file: what is taken is sorted, and found again. */
#include "guest/modtree.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	_cleanup_(symvers_done) struct symvers s = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (symvers_parse(text, "fuzz", &s, &e) < 0) {
		check(e.code && !s.n);
		return 0;
	}
	for (size_t i = 0; i < s.n; i++)
		check(symvers_find(&s, s.v[i].name) && !strpbrk(s.v[i].name, " \t\n"));
	return 0;
}
