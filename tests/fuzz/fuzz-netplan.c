/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a file of netplan's. */
#include "guest/nicnames_parts.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_(nicnames_freep) struct nicnames *n = calloc(1, sizeof(*n));

	check(n != NULL);
	if (lines_parse(&l, (const char *)data, size, "x", NULL) < 0)
		return 0;
	check(netplan_read(n, "x", &l) == 0);
	for (size_t i = 0; i < n->n; i++)
		check(n->v[i].name[0]);
	return 0;
}
