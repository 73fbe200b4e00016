/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as each of depmod's text indexes: once our modules are in it, there is nothing
 * to do a second time, and no line of another module's is gone.
 */
#include "installer/modlines.h"
#include "tests/fuzz/fuzz.h"

static struct modinfo info = {
	.aliases = { (char *[]){ (char[]){ "xen:vbd" },
				 (char[]){ "pci:v00005853d00000001sv*sd*bc*sc*i*" } },
		     2 },
	.exports = { (struct symver[]){ { (char[]){ "gnttab_alloc" }, 1 } }, 1 },
};

static const struct indexed modules[] = {
	{ (char[]){ "xen_platform_pci" },
	  (char[]){ "/lib/modules/R/extra/xen-platform-pci.ko" },
	  &info,
	  { 0 } },
	{ (char[]){ "xen_vbd" },
	  (char[]){ "/lib/modules/R/extra/xen-vbd.ko" },
	  &info,
	  { (char *[]){ (char[]){ "/lib/modules/R/extra/xen-platform-pci.ko" } }, 1 } },
};

static bool is_ours(const struct index *x, const char *line)
{
	_cleanup_free_ char *owner = x->owner(line);

	for (size_t i = 0; i < ELEMENTSOF(modules); i++)
		if (streq(owner, modules[i].name))
			return true;
	return false;
}

/* The lines of other modules are those of before, in their order. */
static void check_others(const struct index *x, const struct lines *old,
			 const struct lines *new)
{
	size_t k = 0;

	for (size_t i = 0; i < old->n; i++) {
		if (is_ours(x, old->v[i].text))
			continue;
		while (k < new->n && is_ours(x, new->v[k].text))
			k++;
		check(k < new->n &&streq(old->v[i].text, new->v[k].text));
		k++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum index_format formats[] = { INDEX_MODULE_INIT_TOOLS,
						     INDEX_MODUTILS };
	_cleanup_lines_ struct lines old = { 0 };

	if (lines_parse(&old, (const char *)data, size, "input", NULL) < 0)
		return 0;
	for (size_t f = 0; f < ELEMENTSOF(formats); f++) {
		size_t n;
		const struct index *x = indexes_of(formats[f], &n);

		for (size_t i = 0; i < n; i++) {
			_cleanup_lines_ struct lines l = { 0 };

			check(lines_parse(&l, (const char *)data, size, "x", NULL) == 0);
			check(index_update(&x[i], &l, modules, ELEMENTSOF(modules)) >= 0);
			check(index_update(&x[i], &l, modules, ELEMENTSOF(modules)) == 0);
			if (x[i].owner)
				check_others(&x[i], &old, &l);
		}
	}
	return 0;
}
