/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text either does not parse, or survives unedited; an alias that was set is there,
 * setting it again changes nothing, and after its removal it is gone.
 */
#include "guest/modconf.h"
#include "guest/modtree.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "/etc/modprobe.conf", "/etc/modules.conf" };

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		_cleanup_(modconf_file_freep) struct modconf_file *f = NULL;
		_cleanup_free_ char *out = NULL;
		struct modconf_file *files[1];
		struct modconf c = { .files = files, .n = 1 };
		size_t len = 0;
		const struct modconf_entry *x;

		if (modconf_parse(paths[i], (const char *)data, size, &f, NULL) < 0)
			return 0;
		files[0] = f;
		out = lines_text(&f->lines, &len);
		check(len == size && memcmp(out, data, size) == 0);
		check(modconf_set_alias(f, "eth0", "xen-vnif") >= 0);
		x = modconf_alias(&c, "eth0", NULL);
		check(x && module_same(x->arg2, "xen-vnif"));
		check(modconf_set_alias(f, "eth0", "xen-vnif") == 0);
		check(modconf_remove_alias(f, "eth0") > 0);
		check(modconf_alias(&c, "eth0", NULL) == NULL);
	}
	return 0;
}
