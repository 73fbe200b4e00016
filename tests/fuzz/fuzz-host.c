/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/dmi.h"
#include "guest/hypervisor.h"
#include "tests/fuzz/fuzz.h"

/* One input as --host, as a Xen version, as an SMBIOS table and as a BIOS. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_free_ char *s = strndup((const char *)data, len);
	_cleanup_dmi_ struct dmi dmi = { 0 };
	struct host h = { 0 };
	uint64_t addr;
	size_t size;

	if (!s)
		return 0;
	check(host_parse(s, &h, NULL) < 0 ||
	      (h.major >= 0 && h.minor >= 0 && h.evidence));
	free(h.evidence);
	h = (struct host){ .minor = -1 };
	check(!host_from_xen_version(s, &h) || (h.major == 5 && h.minor >= 0));
	dmi_parse_table(data, len, &dmi);
	dmi_find_table(data, len, &addr, &size);
	return 0;
}
