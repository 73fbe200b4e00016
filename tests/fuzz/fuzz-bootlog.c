/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/bootlog.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_(bootlog_freep) struct bootlog *b = NULL;

	if (bootlog_parse((const char *)data, len, &b, NULL) < 0)
		return 0;
	/* What others rely on. */
	for (size_t i = 0; i < b->n_devs; i++)
		check(b->devs[i].name && b->devs[i].driver && b->devs[i].line);
	for (size_t i = 0; i < b->n_refusals; i++)
		check(b->refusals[i].node && b->refusals[i].line);
	return 0;
}
