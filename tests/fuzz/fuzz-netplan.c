/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a file of netplan's. */
#include <stdint.h>
#include <stdlib.h>

#include "guest/nicnames_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_lines_ struct lines l = { 0 };
	_cleanup_(nicnames_freep) struct nicnames *n = calloc(1, sizeof(*n));

	if (!n)
		abort();
	if (lines_parse(&l, (const char *)data, size, "x", NULL) < 0)
		return 0;
	if (netplan_read(n, "x", &l) < 0)
		__builtin_trap();
	for (size_t i = 0; i < n->n; i++)
		if (!n->v[i].name[0])
			__builtin_trap();
	return 0;
}
