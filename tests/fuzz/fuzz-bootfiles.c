/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as the files beside the boot loader's configuration. */
#include "guest/bootcfg.h"
#include "tests/fuzz/fuzz.h"

static const char grub_cfg[] = "load_env\nset default=\"${saved_entry}\"\nblscfg\n";

static const char *const files[] = { "/boot/grub2/grubenv", "/boot/loader/entries/x.conf",
				     "/etc/default/grub", "/etc/kernel/cmdline" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct root *r = fuzz_tree()->root;
	_cleanup_(bootcfg_freep) struct bootcfg *b = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *path = NULL;
	_cleanup_free_ char *value = NULL;

	fuzz_put("/boot/grub2/grub.cfg", (const uint8_t *)grub_cfg, strlen(grub_cfg));
	for (size_t i = 0; i < ELEMENTSOF(files); i++)
		fuzz_put(files[i], data, size);
	check(grubenv_find(r, "kernelopts", &path, &value) >= 0);
	check(!value || path);
	if (bootcfg_read(r, &b, &e) < 0) {
		check(e.msg && !b);
		return 0;
	}
	for (size_t i = 0; i < b->n; i++)
		check(b->entries[i].title && b->entries[i].file && b->entries[i].args);
	for (size_t i = 0; i < b->n_templates; i++)
		check(b->templates[i].file && b->templates[i].text);
	return 0;
}
