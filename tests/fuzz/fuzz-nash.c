/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of /init: every line number that comes out is one of the text. */
#include "guest/initrd.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(initrd_freep) struct initrd *i = calloc(1, sizeof(*i));
	long lines = 1;

	if (!i || !(i->init = malloc(size + 1)))
		return 0;
	memcpy(i->init, data, size);
	i->init[size] = '\0';
	for (const char *p = i->init; *p; p++)
		lines += *p == '\n';
	check(initrd_parse_init(i, NULL) == 0);
	check(i->root_line < lines && i->resume_line < lines &&
	      initrd_device_line(i) < lines);
	check(initrd_storage_load(i) < (long)i->n_loads);
	for (size_t n = 0; n < i->n_loads; n++) {
		check((long)i->loads[n].line < lines && i->loads[n].module);
		check(initrd_load_index(i, i->loads[n].module) <= (long)n);
	}
	return 0;
}
