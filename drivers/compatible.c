/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether modules that were built for one kernel may be loaded into another. */
#include "drivers/choose.h"

/* The export of a symbol by a module of the set, or NULL. */
static const struct symver *set_exports(
	const struct bundle_module *const set[XENDRV_COUNT], const char *name)
{
	for (size_t i = 0; i < XENDRV_COUNT; i++) {
		const struct symver *s = symvers_find(&set[i]->info->exports, name);

		if (s)
			return s;
	}
	return NULL;
}

static bool module_fits(const struct bundle_module *const set[XENDRV_COUNT],
			const struct bundle_module *m, const char *kernel_vermagic,
			const struct symvers *kernel, char **why)
{
	const struct modinfo *info = m->info;

	if (!info->vermagic ||
	    !streq(vermagic_flags(info->vermagic), vermagic_flags(kernel_vermagic))) {
		*why = strf("%s: vermagic \"%s\", the kernel's is \"%s\"", m->file,
			    vermagic_flags(info->vermagic),
			    vermagic_flags(kernel_vermagic));
		return false;
	}
	if (!info->has_versions) {
		*why = strf("%s: has no symbol versions", m->file);
		return false;
	}
	for (size_t i = 0; i < info->imports.n; i++) {
		const struct symver *want = &info->imports.v[i];
		const struct symver *have = symvers_find(kernel, want->name);

		if (!have)
			have = set_exports(set, want->name);
		if (!have)
			*why = strf("%s: the kernel does not export %s", m->file,
				    want->name);
		else if (have->crc != want->crc)
			*why = strf("%s: %s has version 0x%08x, the kernel's is 0x%08x",
				    m->file, want->name, want->crc, have->crc);
		else
			continue;
		return false;
	}
	return true;
}

bool choice_compatible(const struct bundle_module *const set[XENDRV_COUNT],
		       const char *kernel_vermagic, const struct symvers *kernel,
		       char **why)
{
	*why = NULL;
	if (!kernel_vermagic) {
		*why = strf("the kernel's own vermagic is not known");
		return false;
	}
	for (size_t i = 0; i < XENDRV_COUNT; i++)
		if (!module_fits(set, set[i], kernel_vermagic, kernel, why))
			return false;
	return true;
}
