/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/devices.h"
#include "tests/fuzz/fuzz.h"

/* What is accepted is written and read again without a difference. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_(inventory_freep) struct inventory *i = NULL;
	_cleanup_(inventory_freep) struct inventory *back = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *again = NULL;

	if (inventory_parse((const char *)data, len, "input", &i, NULL) < 0)
		return 0;
	text = inventory_format(i, NULL);
	check(text && inventory_parse(text, strlen(text), "again", &back, NULL) == 0);
	again = inventory_format(back, NULL);
	check(streq(text, again));
	return 0;
}
