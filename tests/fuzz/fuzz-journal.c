/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal as a whole, and, past the checksums, line by line as records. */
#include "installer/jrecord.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal j = { 0 };
	const char *p = (const char *)data;
	const char *end = p + size;

	journal_parse(&j, p, size, "journal", NULL);
	journal_done(&j);
	for (; p < end; p++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p)) ?: end;

		if (jrecord_parse(&j, p, (size_t)(nl - p)) == -ENOMEM)
			break;
		p = nl;
	}
	journal_done(&j);
	return 0;
}
