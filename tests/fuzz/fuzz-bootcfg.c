/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as GRUB legacy's configuration, GRUB 2's and as a BLS entry: it is refused, or
 * one entry is the default, every entry is whole, and its kernel's line is one of the
 * text.
 */
#include "guest/bootcfg_parts.h"
#include "tests/fuzz/fuzz.h"

static void check_cfg(const struct bootcfg *b, const char *text, size_t size)
{
	_cleanup_free_ char *out = NULL;
	size_t defaults = 0;
	size_t len = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct boot_entry *x = &b->entries[i];
		_cleanup_free_ char *root = bootargs_get(x->args, "root");

		check(x->title && x->file && x->args);
		check(!x->kernel || x->kernel[0] == '/');
		check(!x->initrd || (x->initrd[0] == '/' && x->grub_initrd));
		check(!x->release || (x->release[0] && x->kernel));
		check(x->kernel_line >= -1 && x->kernel_line < (long)b->lines.n);
		check(!root || strstr(x->args, root));
		defaults += x->is_default;
	}
	check(defaults == (b->n > 0));
	check(b->n <= BOOT_ENTRIES_MAX);
	out = lines_text(&b->lines, &len);
	check(len == size && memcmp(out, text, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const saved[] = { NULL, "1", "a>b" };
	const char *text = (const char *)data;
	_cleanup_(bootcfg_freep) struct bootcfg *legacy = calloc(1, sizeof(*legacy));
	_cleanup_(bootcfg_freep) struct bootcfg *bls = calloc(1, sizeof(*bls));

	if (bootcfg_parse_legacy(legacy, "menu.lst", text, size, "/boot", NULL) == 0)
		check_cfg(legacy, text, size);
	for (size_t i = 0; i < ELEMENTSOF(saved); i++) {
		_cleanup_(bootcfg_freep) struct bootcfg *b = calloc(1, sizeof(*b));

		if (bootcfg_parse_grub2(b, "grub.cfg", text, size, saved[i], NULL) == 0)
			check_cfg(b, text, size);
	}
	if (bootcfg_parse_bls(bls, "x.conf", text, size, "ro", NULL) == 0)
		check(bls->n == 1 && bls->entries[0].args &&
		      boot_entry_line(&bls->entries[0], bls->entries[0].n_more + 1) ==
			      -1);
	return 0;
}
