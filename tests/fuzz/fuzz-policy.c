/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as the policy of bundles: taken, or refused with a sentence. */
#include "drivers/policy.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_err_ struct err e = ERR_INIT;
	struct policy p = { 0 };

	if (policy_parse(text, strlen(text), "policy", &p, &e) < 0)
		check(startswith(e.msg, "policy:"));
	else
		check(p.file && p.keys && p.keys[0]);
	policy_done(&p);
	return 0;
}
