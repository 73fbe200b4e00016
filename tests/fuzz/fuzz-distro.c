/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guest/distro.h"
#include "guest/generation.h"
#include "tests/fuzz/fuzz.h"

/* One input as a line of redhat-release, a kernel's release and an architecture. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_free_ char *s = strndup((const char *)data, len);
	_cleanup_(distro_freep) struct distro *d = calloc(1, sizeof(*d));
	const struct generation *g;
	size_t n;

	if (!s || !d)
		return 0;
	if (distro_parse_redhat(s, d)) {
		check(streq(d->name, s) && d->vendor && d->family);
		check(d->major >= 0 && d->major <= 999);
		check(d->minor >= -1 && d->minor <= 999);
	} else {
		check(!d->name && !d->vendor && !d->family);
	}
	g = generation_table(&n);
	for (size_t i = 0; i < n; i++) {
		int minor = generation_minor_of_kernel(&g[i], s);

		check(minor >= -1 && minor < (int)g[i].n_kernel_numbers);
	}
	check(arch_name(arch_parse(s)) != NULL);
	return 0;
}
