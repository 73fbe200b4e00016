/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a kernel's configuration. */
#include "guest/kconfig.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct kconfig c;

	kconfig_parse(text, &c);
	check((c.xen == KCONF_UNKNOWN) == !strstr(text, "CONFIG_"));
	check((c.vbd == KCONF_UNKNOWN) == (c.vif == KCONF_UNKNOWN));
	check(c.vbd <= KCONF_NO || strstr(text, "CONFIG_XEN_BLKDEV_FRONTEND="));
	check(c.vif <= KCONF_NO || strstr(text, "CONFIG_XEN_NETDEV_FRONTEND="));
	return 0;
}
