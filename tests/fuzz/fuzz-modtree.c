/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as modules.dep and modules.builtin: every file that comes out is one of the
 * kernel's own folder. */
#include "guest/modtree.h"
#include "tests/fuzz/fuzz.h"

#define DIR "/lib/modules/R/"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(modtree_freep) struct modtree *m = NULL;
	_cleanup_err_ struct err e = ERR_INIT;

	fuzz_put(DIR "kernel/drivers/xenblk/xen-vbd.ko", data, 0);
	fuzz_put(DIR "modules.dep", data, size);
	fuzz_put(DIR "modules.builtin", data, size);
	if (modtree_read(fuzz_tree()->root, "R", &m, &e) < 0) {
		check(e.msg && !m);
		return 0;
	}
	check(m->index.text && !m->index.binary && modtree_find(m, "xen_vbd"));
	for (size_t i = 0; i < m->n; i++) {
		check(startswith(m->files[i].path, DIR) && m->files[i].name[0]);
		check(!i || strcmp(m->files[i - 1].path, m->files[i].path) <= 0);
	}
	for (size_t i = 0; i < m->builtin.n; i++)
		check(modtree_is_builtin(m, m->builtin.v[i]));
	return 0;
}
