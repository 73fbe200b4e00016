/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as each kind of name: of a kernel, a module, a disk, a device of the bus. */
#include "guest/blockname.h"
#include "guest/kernels.h"
#include "guest/kernels_parts.h"
#include "guest/storage.h"
#include "guest/xenbus.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *s = fuzz_text(data, size);
	_cleanup_free_ char *base = NULL;
	_cleanup_free_ char *module = module_name(s);
	_cleanup_free_ char *disk = NULL;
	_cleanup_free_ char *host = NULL;
	_cleanup_free_ char *top = NULL;
	struct xenbus bus = { .v = &(struct xenbus_dev){ s, false }, .n = 1 };
	unsigned int len;
	unsigned int part;
	unsigned int number;

	variant_of_release(s, &base);
	check(base && startswith(s, base));
	check(!module || (module[0] && !strchr(module, '-')));
	if (blockname_split(s, &len, &part))
		check(len && len <= strlen(s));
	if (storage_split_device(s, &disk, &part))
		check(startswith(s, "/dev/") && disk[0]);
	if (storage_split_root(s, &top, &part) && s[0] != '/')
		check(blockname_number(top, part, &number) &&
		      number == strtoul(s, NULL, 16));
	check(blockname_of_vbd(strtoul(s, NULL, 10), &host) == 0);
	xenbus_disk(&bus, "hdb");
	xenbus_disk(&bus, s);
	return 0;
}
