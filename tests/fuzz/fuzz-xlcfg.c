/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_config(&format_xl, data, size);
	return 0;
}
