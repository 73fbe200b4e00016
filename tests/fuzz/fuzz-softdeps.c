/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as the file that orders drivers: with ours behind it, nothing is lacking. */
#include "drivers/softdeps.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_free_ char *ours = softdeps_text("xen-platform-pci");
	_cleanup_free_ char *both = strf("%s\n%s", text, ours);

	softdeps_lack(text, "xen-platform-pci", NULL);
	check(!softdeps_lack(both, "xen-platform-pci", NULL));
	return 0;
}
