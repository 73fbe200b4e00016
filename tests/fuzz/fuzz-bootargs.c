/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A word put into a line is there, and one taken out is there once less. */
#include "guest/bootargs.h"
#include "lib/strv.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *line = strndup((const char *)data, size);
	_cleanup_free_ char *with = NULL;
	_cleanup_free_ char *without = NULL;

	if (!line)
		return 0;
	with = bootargs_with(line, "nopv");
	without = bootargs_without(line, "nopv");
	check(with && without && bootargs_has(with, "nopv"));
	check(bootargs_has(line, "nopv") == (strlen(without) < strlen(line)));
	return 0;
}
