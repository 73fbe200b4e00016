/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether modules that were built for one kernel may be loaded into another. */
#include "drivers/choose_parts.h"

/* The export of a symbol by a module of the set, or NULL. */
static const struct symver *set_exports(const struct modinfo *const infos[XENDRV_COUNT],
					const char *name)
{
	for (size_t i = 0; i < XENDRV_COUNT; i++) {
		const struct symver *s = infos[i] ? symvers_find(&infos[i]->exports, name)
						  : NULL;

		if (s)
			return s;
	}
	return NULL;
}

/* Every import has a version of its own, and it is that of who exports it. */
static char *import_misfit(const struct modinfo *const infos[XENDRV_COUNT],
			   const struct modinfo *info, const char *label,
			   const struct symvers *kernel)
{
	for (size_t i = 0; i < info->imports.n; i++) {
		const struct symver *want = &info->imports.v[i];
		const struct symver *own = set_exports(infos, want->name);
		const struct symver *have = symvers_find(kernel, want->name) ?: own;

		if (!have)
			return strf("%s: the kernel does not export %s", label,
				    want->name);
		if (have->crc != want->crc)
			return strf("%s: %s has version 0x%08x, the kernel's is 0x%08x",
				    label, want->name, want->crc, have->crc);
	}
	return NULL;
}

static char *misfit(const struct modinfo *const infos[XENDRV_COUNT],
		    const struct modinfo *info, const char *label,
		    const char *kernel_vermagic, const struct symvers *kernel)
{
	if (!info->vermagic ||
	    !streq(vermagic_flags(info->vermagic), vermagic_flags(kernel_vermagic)))
		return strf("%s: vermagic \"%s\", the kernel's is \"%s\"", label,
			    vermagic_flags(info->vermagic),
			    vermagic_flags(kernel_vermagic));
	if (!info->has_versions)
		return strf("%s: has no symbol versions", label);
	return import_misfit(infos, info, label, kernel);
}

bool infos_compatible(const struct modinfo *const infos[XENDRV_COUNT],
		      const char *const labels[XENDRV_COUNT], const char *kernel_vermagic,
		      const struct symvers *kernel, char **why)
{
	*why = NULL;
	if (!kernel_vermagic)
		*why = strf("the kernel's own vermagic is not known");
	for (size_t i = 0; i < XENDRV_COUNT && !*why; i++)
		if (infos[i])
			*why = misfit(infos, infos[i], labels[i], kernel_vermagic,
				      kernel);
	return !*why;
}

bool choice_compatible(const struct bundle_module *const set[XENDRV_COUNT],
		       const char *kernel_vermagic, const struct symvers *kernel,
		       char **why)
{
	const struct modinfo *infos[XENDRV_COUNT];
	const char *labels[XENDRV_COUNT];

	for (size_t i = 0; i < XENDRV_COUNT; i++) {
		infos[i] = set[i] ? set[i]->info : NULL;
		labels[i] = set[i] ? set[i]->path : NULL;
	}
	return infos_compatible(infos, labels, kernel_vermagic, kernel, why);
}
